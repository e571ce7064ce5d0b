/* Which filters want a series: found out once, when it is first seen. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "filter_private.h"

/* The sweep is through all series after so many calls. */
#define SWEEP_PARTS 60

static bool
class_has(const struct chain *c, uint32_t class, size_t filter)
{
	return c->classes[class * c->words + filter / 64] >> filter % 64 & 1;
}

static int
classes_grow(struct chain *c)
{
	size_t capacity = c->classes_capacity * 2 + 8;
	uint64_t *grown;

	if (c->n_classes < c->classes_capacity)
		return 0;
	grown = realloc(c->classes, capacity * c->words * sizeof(*grown));
	if (grown == NULL)
		return -1;
	c->classes = grown;
	c->classes_capacity = capacity;
	return 0;
}

/*
 * The class of these names; 0 if memory is out.  The new one is written behind
 * all others, and stays if it is not there already.
 */
static uint32_t
class_find(struct chain *c, const struct farm_series *names)
{
	size_t size = c->words * sizeof(uint64_t);
	uint64_t *fresh;
	size_t i;

	if (c->n_classes == 0)
		c->n_classes = 1;
	if (classes_grow(c) != 0)
		return 0;
	fresh = c->classes + c->n_classes * c->words;
	memset(fresh, 0, size);
	for (i = 0; i < c->n; i++)
		if (matcher_series(c->filters[i].matcher, names))
			fresh[i / 64] |= UINT64_C(1) << i % 64;
	for (i = 1; i < c->n_classes; i++)
		if (memcmp(c->classes + i * c->words, fresh, size) == 0)
			return (uint32_t)i;
	return (uint32_t)c->n_classes++;
}

static struct route *
route_make(struct chain *c, uint32_t series)
{
	const struct farm_series *names = series_get(c->series, series);
	struct route *r;
	uint32_t class;

	if (names == NULL)
		return NULL;
	r = column_need(&c->routes, series);
	class = r != NULL ? class_find(c, names) : 0;
	if (class == 0)
		return NULL;
	if (r->class != ROUTE_STALE)
		series_pin(c->series, series);
	r->class = class;
	return r;
}

static uint32_t
lifetime_s(const struct chain *c, uint32_t series)
{
	int64_t ns = series_lifetime(c->series, series);

	if (ns == 0)
		ns = c->lifetimes->parameter_ns;
	ns = ns / NS_PER_S + (ns % NS_PER_S > 0);
	return ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
}

/* Who wants values of the series; NULL: nobody, or memory is out. */
static const uint64_t *
look(struct chain *c, uint32_t series)
{
	struct route *r = column_at(&c->routes, series);

	if (r == NULL || r->class == 0 || r->class == ROUTE_STALE)
		r = route_make(c, series);
	if (r == NULL)
		return NULL;
	r->seen_s = c->now_s;
	r->lifetime_s = lifetime_s(c, series);
	return c->classes + r->class * c->words;
}

void
routes_look(struct chain *c, const struct farm_record *record, uint32_t n_known)
{
	if (n_known == 0)
		memset(c->wanted, 0, c->words * sizeof(uint64_t));
	for (uint32_t v = n_known; v < record->n_values; v++) {
		const uint64_t *class = look(c, record->values[v].series);

		for (size_t i = 0; class != NULL && i < c->words; i++)
			c->wanted[i] |= class[i];
	}
}

size_t
routes_next(const struct chain *c, size_t i)
{
	while (i < c->n) {
		uint64_t rest = c->wanted[i / 64] >> i % 64;

		if (rest != 0)
			return i + (size_t)__builtin_ctzll(rest);
		i += 64 - i % 64;
	}
	return c->n;
}

static inline bool
wants(struct chain *c, size_t i, int64_t time_ns, const struct farm_value *v)
{
	const struct route *r = column_at(&c->routes, v->series);
	struct filter *f = &c->filters[i];

	if (r == NULL || r->class == 0 || r->class == ROUTE_STALE ||
	    !class_has(c, r->class, i))
		return false;
	return !f->constraints ||
	       matching_passes(&f->matching, v->series,
		   series_get(c->series, v->series), time_ns, v);
}

bool
routes_split(struct chain *c, size_t i, const struct farm_record *r)
{
	struct filter *f = &c->filters[i];

	f->matched.n = 0;
	f->rows.n = 0;
	if (rows_reserve(&f->matched, r->n_values) != 0 ||
	    rows_reserve(&f->rows, r->n_values) != 0)
		return false;
	for (uint32_t v = 0; v < r->n_values; v++) {
		bool wanted = wants(c, i, r->time_ns, &r->values[v]);

		if (wanted)
			f->matched.items[f->matched.n++] = r->values[v];
		if (!wanted || f->keep)
			f->rows.items[f->rows.n++] = r->values[v];
	}
	return true;
}

static void
forget_in(struct filter *f, uint32_t series)
{
	const struct farm_filter *module =
	    &f->instance->module->descriptor.filter;
	struct filter_series *s = column_at(&f->series, series);
	struct call call;
	void *state;

	if (s == NULL || s->state == NULL)
		return;
	state = s->state;
	s->state = NULL;
	if (module->forget != NULL) {
		call_init(&call, &f->ops, f->instance);
		module->forget(&call.host, f->instance->state, state);
	}
	free(state);
}

static void
forget(struct chain *c, uint32_t series, struct route *r)
{
	for (size_t i = 0; i < c->n; i++) {
		forget_in(&c->filters[i], series);
		matching_forget(&c->filters[i].matching, series);
	}
	*r = (struct route){ .class = 0 };
	series_unpin(c->series, series);
}

void
chain_expire(struct chain *c, int64_t mono_ns)
{
	uint32_t bound = column_bound(&c->routes);
	uint32_t part = bound / SWEEP_PARTS + 1;

	c->now_s = (uint32_t)(mono_ns / NS_PER_S);
	for (uint32_t n = 0; n < part && bound > 0; n++) {
		struct route *r;

		c->swept = c->swept + 1 < bound ? c->swept + 1 : 0;
		r = column_at(&c->routes, c->swept);
		if (r != NULL && r->class != 0 && r->lifetime_s != 0 &&
		    c->now_s - r->seen_s > r->lifetime_s)
			forget(c, c->swept, r);
	}
}

/* What farm_series() gave goes back too. */
static void
release_all(struct chain *c, struct filter *f)
{
	for (uint32_t i = 0; i < column_bound(&f->series); i++) {
		struct filter_series *s = column_at(&f->series, i);

		if (s != NULL && s->held)
			series_unpin(c->series, i);
		if (s != NULL)
			s->held = false;
	}
}

void
route_release(struct chain *c, struct filter *f)
{
	for (uint32_t i = 0; i < column_bound(&f->series); i++)
		forget_in(f, i);
	release_all(c, f);
}

void
routes_forget(struct chain *c)
{
	c->n_classes = 0;
	for (uint32_t i = 0; i < column_bound(&c->routes); i++) {
		struct route *r = column_at(&c->routes, i);

		if (r != NULL && r->class != 0)
			r->class = ROUTE_STALE;
	}
}

void
chain_close(struct chain *c)
{
	for (uint32_t i = 0; i < column_bound(&c->routes); i++) {
		struct route *r = column_at(&c->routes, i);

		if (r != NULL && r->class != 0)
			forget(c, i, r);
	}
	for (size_t i = 0; i < c->n; i++) {
		if (c->filters[i].tap != NULL)
			continue;
		instance_close(c->filters[i].instance, &c->filters[i].ops);
		release_all(c, &c->filters[i]);
	}
}
