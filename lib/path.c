#include "path.h"

#include <stdlib.h>
#include <string.h>

static int
add_part(struct path *p, struct slice part, struct error *err)
{
	char *text;
	int rc;

	if (part.length == 0)
		return error_set(err, "a part of it is empty");
	if (p->n == PATH_PARTS_MAX)
		return error_set(err, "more than %d parts", PATH_PARTS_MAX);
	text = strndup(part.text, part.length);
	if (text == NULL)
		return error_set(err, "out of memory");
	rc = template_new(&p->parts[p->n], text, 0, err);
	p->n += rc == 0;
	free(text);
	return rc;
}

int
path_open(struct path *p, const char *text, bool whole, struct error *err)
{
	struct slice rest = { text, strlen(text) };
	bool more = rest.length > 0;

	p->each = strstr(text, "{parameter}") != NULL;
	if (whole)
		return more ? add_part(p, rest, err) : 0;
	while (more) {
		more = memchr(rest.text, '.', rest.length) != NULL;
		if (add_part(p, slice_cut(&rest, '.'), err) != 0)
			return -1;
	}
	return 0;
}

void
path_free(struct path *p)
{
	for (size_t i = 0; i < p->n; i++)
		template_free(p->parts[i]);
	p->n = 0;
}

size_t
path_print(const struct path *p, const struct farm_series *s,
    struct buffer *room, struct slice ret[PATH_PARTS_MAX])
{
	size_t ends[PATH_PARTS_MAX + 1] = { 0 };
	size_t i;

	buffer_clear(room);
	for (i = 0; i < p->n; i++) {
		template_print(p->parts[i], room, s, NULL, NULL);
		ends[i + 1] = room->size;
	}
	for (i = 0; i < p->n; i++)
		ret[i] = (struct slice){ buffer_text(room) + ends[i],
			ends[i + 1] - ends[i] };
	return p->n;
}

int
tags_open(struct tags *t, const struct farm_map *map, struct error *err)
{
	if (map->n > PATH_PARTS_MAX)
		return error_set(err, "more than %d", PATH_PARTS_MAX);
	for (size_t i = 0; i < map->n; i++) {
		if (template_new(
			&t->values[t->n], map->pairs[i].value, 0, err) != 0)
			return error_prefix(err, "%s", map->pairs[i].key);
		t->names[t->n++] = map->pairs[i].key;
	}
	return 0;
}

void
tags_free(struct tags *t)
{
	for (size_t i = 0; i < t->n; i++)
		template_free(t->values[i]);
	t->n = 0;
}

int
tags_each(const struct tags *t, const struct farm_series *s, bool labels,
    struct buffer *room, tags_fn *each, void *cookie, struct error *err)
{
	struct slice value;
	int rc = 0;

	for (size_t i = 0; i < t->n && rc == 0; i++) {
		buffer_clear(room);
		template_print(t->values[i], room, s, NULL, NULL);
		value = (struct slice){ buffer_text(room), room->size };
		if (value.length > 0)
			rc = each(cookie, slice_of(t->names[i]), value, err);
	}
	for (uint32_t i = 0; labels && i < s->n_labels && rc == 0; i++)
		if (*s->labels[i].value != '\0')
			rc = each(cookie, slice_of(s->labels[i].name),
			    slice_of(s->labels[i].value), err);
	return rc;
}
