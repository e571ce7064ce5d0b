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

bool
route_wants(
    struct chain *c, size_t i, int64_t time_ns, const struct farm_value *v)
{
	struct route *r = column_at(&c->routes, v->series);
	struct filter *f = &c->filters[i];

	if (r == NULL || r->class == 0 || r->class == ROUTE_STALE)
		r = route_make(c, v->series);
	if (r == NULL)
		return false;
	r->seen_s = c->now_s;
	r->lifetime_s = lifetime_s(c, v->series);
	if (!class_has(c, r->class, i))
		return false;
	return !f->constraints ||
	       matching_passes(&f->matching, v->series,
		   series_get(c->series, v->series), time_ns, v);
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
