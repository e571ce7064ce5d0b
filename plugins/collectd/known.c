#include "known.h"

#include <stdlib.h>
#include <string.h>

#include "by_name.h"
#include "clock.h"

/* An identifier: five names and what is between them. */
#define IDENTIFIER_SIZE (6 * DATA_MAX_NAME_LEN)

struct entry {
	char *identifier;
	int64_t used_mono_ns;
	size_t n;          /* 0: refused */
	uint32_t series[]; /* each pinned */
};

struct known {
	struct series_table *table;
	const struct map *map;
	struct by_name entries; /* by their identifiers */
	/* Whose a series is, by its number. */
	struct entry **owners;
	size_t n_owners;
};

struct known *
known_new(struct series_table *table, const struct map *map)
{
	struct known *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->table = table;
	k->map = map;
	return k;
}

size_t
known_count(const struct known *k)
{
	return k->entries.n;
}

static void
entry_free(struct known *k, struct entry *e)
{
	size_t i;

	for (i = 0; i < e->n; i++) {
		if (e->series[i] < k->n_owners && k->owners[e->series[i]] == e)
			k->owners[e->series[i]] = NULL;
		series_unpin(k->table, e->series[i]);
	}
	free(e->identifier);
	free(e);
}

void
known_free(struct known *k)
{
	size_t i;

	if (k == NULL)
		return;
	for (i = 0; i < k->entries.size; i++)
		if (k->entries.slots[i].name != NULL)
			entry_free(k, k->entries.slots[i].thing);
	by_name_free(&k->entries);
	free(k->owners);
	free(k);
}

/* ------------------------------------------------------------------ making */

static struct entry *
entry_new(const char *identifier, size_t n)
{
	struct entry *e = calloc(1, sizeof(*e) + n * sizeof(e->series[0]));

	if (e == NULL)
		return NULL;
	e->identifier = strdup(identifier);
	if (e->identifier != NULL)
		return e;
	free(e);
	return NULL;
}

/* Labels make another series of the same names: of these it must be the first.
   -1 if they are another's. */
static int
check_free(const struct known *k, const struct entry *e,
    const struct farm_series *names, struct error *err)
{
	uint32_t there = series_find(k->table, names->farm, names->cluster,
	    names->node, names->parameter);

	if (there == 0 || there >= k->n_owners || k->owners[there] == NULL ||
	    k->owners[there] == e)
		return 0;
	return error_set(err,
	    "%s would be the same parameter as %s; \"names: full\" keeps them "
	    "apart",
	    e->identifier, k->owners[there]->identifier);
}

static int
own(struct known *k, struct entry *e, uint32_t series, struct error *err)
{
	size_t bound = series_bound(k->table);
	struct entry **grown;

	if (bound > k->n_owners) {
		grown = reallocarray(k->owners, bound * 2, sizeof(*k->owners));
		if (grown == NULL)
			return error_set(err, "out of memory");
		memset(grown + k->n_owners, 0,
		    (bound * 2 - k->n_owners) * sizeof(*grown));
		k->owners = grown;
		k->n_owners = bound * 2;
	}
	k->owners[series] = e;
	return 0;
}

static int
define(struct known *k, struct entry *e, const data_set_t *ds,
    const value_list_t *list, size_t i, struct error *err)
{
	struct buffer parameter = BUFFER_INIT;
	struct farm_label labels[MAP_LABELS_MAX];
	struct farm_series names = { .farm = k->map->farm,
		.cluster = k->map->cluster,
		.node = map_node(k->map, list->host),
		.labels = labels,
		.kind = map_kind(ds->ds[i].type) };
	uint32_t series = 0;

	names.n_labels = map_labels(labels, names.node, list);
	map_parameter(&parameter, k->map->names, ds, list, i);
	names.parameter = buffer_text(&parameter);
	if (check_free(k, e, &names, err) == 0) {
		series = series_define(k->table, &names, err);
		if (series == 0)
			error_prefix(err, "%s", e->identifier);
	}
	buffer_free(&parameter);
	if (series == 0)
		return -1;
	if (own(k, e, series, err) != 0) {
		series_unpin(k->table, series);
		return -1;
	}
	e->series[i] = series;
	e->n = i + 1;
	return 0;
}

/* One that is refused is remembered as such, so that it is said once. */
static struct entry *
make(struct known *k, const char *identifier, const data_set_t *ds,
    const value_list_t *list, struct error *err)
{
	struct entry *e = entry_new(identifier, ds->ds_num), *empty;
	size_t i;

	if (e == NULL)
		return NULL;
	for (i = 0; i < ds->ds_num; i++)
		if (define(k, e, ds, list, i, err) != 0)
			break;
	if (i < ds->ds_num) {
		empty = entry_new(identifier, 0);
		entry_free(k, e);
		e = empty;
	}
	if (e != NULL && by_name_put(&k->entries, e->identifier, e) == 0)
		return e;
	if (e != NULL)
		entry_free(k, e);
	return NULL;
}

const uint32_t *
known_series(struct known *k, const data_set_t *ds, const value_list_t *list,
    struct error *err)
{
	char identifier[IDENTIFIER_SIZE];
	struct entry *e;

	if (FORMAT_VL(identifier, sizeof(identifier), list) != 0) {
		error_set(err, "its identifier is too long");
		return NULL;
	}
	e = by_name_get(&k->entries, identifier);
	if (e == NULL) {
		error_set(err, "out of memory");
		e = make(k, identifier, ds, list, err);
	} else {
		err->text[0] = '\0';
	}
	if (e == NULL)
		return NULL;
	e->used_mono_ns = clock_mono_ns();
	/* The type may have been given other sources since. */
	return e->n == ds->ds_num ? e->series : NULL;
}

/* -------------------------------------------------------------- forgetting */

/* What is behind one that goes may move to its place. */
void
known_sweep(struct known *k, int64_t unused_ns)
{
	int64_t before = clock_mono_ns() - unused_ns;
	struct entry *e;
	size_t i = 0;

	while (i < k->entries.size) {
		e = k->entries.slots[i].thing;
		if (e == NULL || e->used_mono_ns >= before) {
			i++;
			continue;
		}
		by_name_remove(&k->entries, e->identifier);
		entry_free(k, e);
	}
}
