#include "table.h"

#include <stdlib.h>
#include <string.h>

void
table_free(struct table *t)
{
	free(t->rows);
	arena_free(t->names);
	*t = (struct table)TABLE_INIT;
}

/* Room for one more: 16 at first, then twice as many. */
static int
grow(struct table *t)
{
	struct row *rows;

	if (t->n != 0 && (t->n < 16 || (t->n & (t->n - 1)) != 0))
		return 0;
	rows = reallocarray(t->rows, t->n == 0 ? 16 : 2 * t->n, sizeof(*rows));
	if (rows == NULL)
		return -1;
	t->rows = rows;
	return 0;
}

struct row *
table_add(struct table *t, struct scan name, struct error *err)
{
	struct row *row;
	const char *copy;

	if (t->n == TABLE_MAX) {
		error_set(err, "more than %d entries", TABLE_MAX);
		return NULL;
	}
	if (t->names == NULL)
		t->names = arena_new(0);
	if (t->names == NULL || grow(t) != 0)
		goto fail;
	copy = arena_strndup(t->names, name.at, scan_size(name));
	if (copy == NULL)
		goto fail;
	row = &t->rows[t->n++];
	*row = (struct row){ .name = copy };
	return row;
fail:
	error_set(err, "out of memory");
	return NULL;
}

const struct row *
table_find(const struct table *t, const char *name, size_t probably)
{
	size_t i, at;

	for (i = 0; i < t->n; i++) {
		at = (probably + i) % t->n;
		if (strcmp(t->rows[at].name, name) == 0)
			return &t->rows[at];
	}
	return NULL;
}

void
table_move(struct table *to, struct table *from)
{
	table_free(to);
	*to = *from;
	*from = (struct table)TABLE_INIT;
}
