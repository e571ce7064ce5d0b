#include "homes.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* What is known of a number of the table. */
struct slot {
	struct home *home; /* NULL: unknown, or refused */
	bool known;        /* and pinned */
	bool whole;        /* made for integers */
	uint32_t rival;    /* whose name it would have; 0: nobody's */
	int64_t used_mono_ns;
};

struct homes {
	struct series_table *table;
	const struct identity_rules *rules;
	cdtime_t interval;
	c_avl_tree_t *owners; /* homes by their names */
	struct slot *slots;   /* by series */
	size_t n_slots;
};

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

struct homes *
homes_new(struct series_table *table, const struct identity_rules *rules,
    cdtime_t interval)
{
	struct homes *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->table = table;
	p->rules = rules;
	p->interval = interval;
	p->owners = c_avl_create(compare);
	if (p->owners != NULL)
		return p;
	free(p);
	return NULL;
}

static void
home_free(struct home *home)
{
	if (home == NULL)
		return;
	free(home->name);
	free(home);
}

static void
empty_slot(struct homes *p, size_t series)
{
	struct slot *s = &p->slots[series];

	if (s->home != NULL)
		(void)c_avl_remove(p->owners, s->home->name, NULL, NULL);
	if (s->known)
		series_unpin(p->table, (uint32_t)series);
	home_free(s->home);
	*s = (struct slot){ .home = NULL };
}

void
homes_free(struct homes *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n_slots; i++)
		empty_slot(p, i);
	c_avl_destroy(p->owners);
	free(p->slots);
	free(p);
}

/* ------------------------------------------------------------------ making */

static struct slot *
need_slot(struct homes *p, uint32_t series)
{
	size_t bound;
	struct slot *grown;

	if (series < p->n_slots)
		return &p->slots[series];
	bound = 2 * (size_t)series_bound(p->table);
	grown = reallocarray(p->slots, bound, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	memset(grown + p->n_slots, 0, (bound - p->n_slots) * sizeof(*grown));
	p->slots = grown;
	p->n_slots = bound;
	return &p->slots[series];
}

/* Another unit or label makes another series of the same parameter. */
static bool
same_parameter(const struct farm_series *a, const struct farm_series *b)
{
	return strcmp(a->farm, b->farm) == 0 &&
	       strcmp(a->cluster, b->cluster) == 0 &&
	       strcmp(a->node, b->node) == 0 &&
	       strcmp(a->parameter, b->parameter) == 0;
}

/* What has its name goes if it is the same parameter. */
static int
take_over(struct homes *p, struct home *home, const struct home *from,
    struct error *err)
{
	const struct farm_series *s = series_get(p->table, home->series);
	const struct farm_series *other = series_get(p->table, from->series);

	if (!same_parameter(s, other)) {
		p->slots[home->series].rival = from->series;
		return error_set(err,
		    "%s/%s/%s would be the same as %s/%s/%s, %s; \"match\" or "
		    "\"identifier\" keeps them apart",
		    s->cluster, s->node, s->parameter, other->cluster,
		    other->node, other->parameter, home->name);
	}
	home->time = from->time;
	home->interval = from->interval;
	empty_slot(p, from->series);
	return 0;
}

static int
own_name(struct homes *p, struct home *home, struct error *err)
{
	void *found;

	if (c_avl_get(p->owners, home->name, &found) == 0 &&
	    take_over(p, home, found, err) != 0)
		return -1;
	if (c_avl_insert(p->owners, home->name, home) != 0)
		return error_set(err, "out of memory");
	return 0;
}

static struct home *
make(struct homes *p, const struct farm_value *v, struct error *err)
{
	const struct farm_series *s = series_get(p->table, v->series);
	struct home *home = calloc(1, sizeof(*home));
	char name[IDENTITY_NAME_MAX];

	error_set(err, "out of memory");
	if (home == NULL || s == NULL ||
	    identity_of(p->rules, s, v->type, &home->identity, err) != 0) {
		home_free(home);
		return NULL;
	}
	identity_name(&home->identity, name);
	home->name = strdup(name);
	home->series = v->series;
	home->interval = p->interval;
	if (home->name != NULL && own_name(p, home, err) == 0)
		return home;
	home_free(home);
	return NULL;
}

/* By rules, the type of a counter depends on what its values are. */
static bool
is_whole(const struct farm_value *v)
{
	return v->type == FARM_INT64 || v->type == FARM_UINT64;
}

/* Is the name free that it was refused? */
static bool
rival_is_gone(const struct homes *p, const struct slot *s)
{
	return s->rival != 0 && p->slots[s->rival].home == NULL;
}

struct home *
homes_find(struct homes *p, const struct farm_value *v, struct error *err)
{
	struct slot *s = need_slot(p, v->series);

	if (s == NULL) {
		error_set(err, "out of memory");
		return NULL;
	}
	error_set(err, "%s", "");
	if (s->known && (s->whole != is_whole(v) || rival_is_gone(p, s)))
		empty_slot(p, v->series);
	if (!s->known) {
		s->home = make(p, v, err);
		s->whole = is_whole(v);
		s->known = true;
		series_pin(p->table, v->series);
	}
	s->used_mono_ns = clock_mono_ns();
	return s->home;
}

cdtime_t
homes_interval(const struct homes *p, struct home *home, cdtime_t time)
{
	cdtime_t between = time - home->time;

	if (time <= home->time)
		return home->interval;
	home->interval = p->interval;
	/* The macro rounds. */
	if (home->time != 0 && between > p->interval + p->interval / 2)
		home->interval = TIME_T_TO_CDTIME_T(
		    CDTIME_T_TO_TIME_T(between));
	home->time = time;
	return home->interval;
}

/* -------------------------------------------------------------- forgetting */

void
homes_sweep(struct homes *p, int64_t unused_ns)
{
	int64_t before = clock_mono_ns() - unused_ns;
	size_t i;

	for (i = 0; i < p->n_slots; i++)
		if (p->slots[i].known && p->slots[i].used_mono_ns < before)
			empty_slot(p, i);
}
