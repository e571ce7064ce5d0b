#include "parts.h"

#include <stdlib.h>
#include <string.h>

/* Of the same source, about the same; else where it would be linked. */
static struct part **
find(struct group *group, const uint8_t *key, size_t size)
{
	struct part **at = &group->parts;

	while (*at != NULL &&
	       ((*at)->key_end - (*at)->key_begin != size ||
		   memcmp((*at)->bytes + (*at)->key_begin, key, size) != 0))
		at = &(*at)->next;
	return at;
}

static void
drop(struct parts *p, struct part **at)
{
	struct part *part = *at;

	*at = part->next;
	p->bytes -= sizeof(*part) + part->size;
	free(part);
}

int
parts_take(struct parts *p, struct group *group, const struct partial *partial,
    int64_t time_ns, const void *bytes, size_t size)
{
	struct part **at = find(group,
	    (const uint8_t *)bytes + partial->key_begin,
	    partial->key_end - partial->key_begin);
	struct part *part;

	if (*at != NULL && (*at)->time_ns > time_ns)
		return 0;
	if (p->bytes + sizeof(*part) + size > PARTS_BYTES_MAX)
		return -1;
	part = malloc(sizeof(*part) + size);
	if (part == NULL)
		return -1;
	if (*at != NULL)
		drop(p, at);
	*part = (struct part){
		.next = *at,
		.time_ns = time_ns,
		.key_begin = partial->key_begin,
		.key_end = partial->key_end,
		.size = size,
	};
	memcpy(part->bytes, bytes, size);
	*at = part;
	p->bytes += sizeof(*part) + size;
	return 0;
}

void
parts_expire(struct parts *p, struct group *group, int64_t time_ns)
{
	struct part **at = &group->parts;

	while (*at != NULL)
		if ((*at)->time_ns < time_ns)
			drop(p, at);
		else
			at = &(*at)->next;
}
