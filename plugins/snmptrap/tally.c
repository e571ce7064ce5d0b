#include "tally.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "name.h"

#define PREFIX "trap_"
/* A number may be longer than a name; nothing real is. */
#define NAMELESS PREFIX "other"

static void
drop(void *value, void *cookie)
{
	struct tally *t = value;

	if (cookie != NULL && t->series != 0)
		farm_release((struct farm_host *)cookie, t->series);
	free(t->parameter);
}

int
tallies_init(struct tallies *t, size_t max)
{
	t->known = lru_new(max, sizeof(struct tally), drop);
	return t->known == NULL ? -1 : 0;
}

/* The host takes the series back itself. */
void
tallies_free(struct tallies *t)
{
	lru_free(t->known, NULL);
	t->known = NULL;
}

static char *
name_trap(
    const struct tallies *all, const struct rule *rule, struct ber_bytes id)
{
	const struct object *object = objects_by_oid(all->objects, id);
	struct buffer b = BUFFER_INIT;

	buffer_puts(&b, PREFIX);
	if (rule != NULL && rule->name != NULL)
		buffer_puts(&b, rule->name);
	else if (object != NULL && ber_oid_compare(object->oid, id) == 0)
		buffer_puts(&b, object->name);
	else
		oid_print(&b, id);
	if (!buffer_failed(&b) &&
	    name_check("parameter", b.data, b.size, NULL) != 0) {
		buffer_clear(&b);
		buffer_puts(&b, NAMELESS);
	}
	return buffer_take(&b, NULL);
}

static int
begin(struct tallies *all, struct farm_host *host, struct tally *t,
    const char *node, struct ber_bytes id)
{
	t->rule = rules_find(all->rules, id);
	t->parameter = name_trap(all, t->rule, id);
	if (t->parameter == NULL)
		return farm_fail(host, "out of memory");
	t->series = farm_series(host, NULL, .cluster = all->cluster,
	    .node = node, .parameter = t->parameter, .unit = "1",
	    .kind = FARM_COUNTER64);
	return t->series == 0 ? -1 : 0;
}

struct tally *
tallies_get(struct tallies *all, struct farm_host *host, const char *node,
    struct ber_bytes id)
{
	char key[FARM_NAME_MAX + 1 + BER_OID_BYTES];
	size_t length = strlen(node);
	struct tally *t;

	memcpy(key, node, length + 1);
	memcpy(key + length + 1, id.data, id.size);
	t = lru_find(all->known, key, length + 1 + id.size);
	if (t == NULL)
		t = lru_add(all->known, key, length + 1 + id.size, host);
	if (t == NULL) {
		farm_fail(host, "out of memory");
		return NULL;
	}
	if (t->series == 0) {
		free(t->parameter);
		if (begin(all, host, t, node, id) != 0)
			return NULL;
	}
	return t;
}

const char *
tally_name(const struct tally *t)
{
	return t->parameter + sizeof(PREFIX) - 1;
}

/* ------------------------------------------------------------- emitting -- */

struct emission {
	struct farm_host *host;
	bool all;
};

static void
emit(void *value, void *cookie)
{
	const struct emission *e = cookie;
	struct tally *t = value;
	struct farm_value row = farm_uint64(t->count);

	if (t->series == 0 || (!t->changed && !e->all))
		return;
	row.series = t->series;
	t->changed = farm_emit_rows(e->host, NULL, 0, 0, &row, 1) != 0;
}

void
tallies_emit(struct tallies *t, struct farm_host *host, bool all)
{
	struct emission e = { host, all };

	lru_each(t->known, emit, &e);
}
