#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "filter_private.h"
#include "log.h"

#define ARENA_FIRST (64u << 10)

static const char *const any_name[] = { "*" };
static const struct farm_predicate match_all = {
	.farm = "*",
	.cluster = "*",
	.node = "*",
	.parameters = any_name,
	.n_parameters = 1,
};

void *
chain_alloc(struct chain *c, size_t size)
{
	if (c->arena == NULL)
		c->arena = arena_new(ARENA_FIRST);
	return c->arena != NULL ? arena_alloc(c->arena, size) : NULL;
}

/* ----------------------------------------------------- what goes on -- */

static void pass(struct chain *, size_t i, const struct farm_record *,
    uint32_t n_known, bool borrowed);

/* Out of the chain; rows that a filter will use again are copied. */
static void
come_out(struct chain *c, const struct farm_record *record, bool borrowed)
{
	struct farm_record r = *record;
	struct farm_value *copy;

	if (borrowed && r.n_values > 0) {
		copy = chain_alloc(c, r.n_values * sizeof(*copy));
		if (copy == NULL) {
			ledger_drop(&c->filters[0].instance->ledger,
			    DROP_MEMORY, r.n_values);
			return;
		}
		memcpy(copy, r.values, r.n_values * sizeof(*copy));
		r.values = copy;
	}
	c->out(c->context, &r, c->lifetimes);
}

static void
pass_emitted(struct filter *f, size_t next, const struct emitted *e,
    const char *instance)
{
	struct farm_record r = {
		.time_ns = e->time_ns,
		.instance = instance,
		.type = e->type,
		.flags = e->flags,
		.n_values = (uint32_t)e->n,
		.values = e->n > 0 ? f->rows.items + e->first : NULL,
		.payload = e->payload,
		.payload_size = e->payload_size,
	};

	pass(f->chain, next, &r, 0, true);
}

/*
 * The values that went on as they were, then what was emitted.  If that begins
 * with a result of the same time, the two are one record still.
 */
static void
pass_results(struct filter *f, size_t next, const struct farm_record *record,
    size_t n_rest)
{
	const struct emitted *e = f->emissions.items;
	size_t n = f->emissions.n;
	struct farm_record r = *record;
	size_t i = 0;

	r.n_values = (uint32_t)n_rest;
	r.values = f->rows.items;
	if (n > 0 && e[0].type == FARM_RESULT &&
	    e[0].time_ns == record->time_ns) {
		r.n_values += (uint32_t)e[0].n;
		r.flags |= e[0].flags;
		i = 1;
	}
	if (r.n_values > 0)
		pass(f->chain, next, &r, (uint32_t)n_rest, true);
	for (; i < n; i++) {
		struct emitted emitted = e[i];

		emitted.flags |= record->flags;
		pass_emitted(f, next, &emitted, record->instance);
	}
}

/* ------------------------------------------------------ calling it -- */

static void
note_failure(struct filter *f, const char *reason)
{
	atomic_fetch_add(&f->instance->ledger.failures, 1);
	error_set(&f->failure, "%s", reason);
	if (f->failing)
		return;
	f->failing = true;
	ledger_error(&f->instance->ledger, clock_wall_ns(), reason);
	log_line(LOG_LEVEL_ERROR, f->instance->name,
	    f->chain->alone ? "%s; gives nothing while it fails"
			    : "%s; results pass unfiltered while it fails",
	    reason);
}

static void
note_success(struct filter *f)
{
	if (f->failing)
		log_line(LOG_LEVEL_NOTICE, f->instance->name, "works again");
	f->failing = false;
}

static int
finish(struct filter *f, const struct call *call, int rc)
{
	f->emitting = false;
	atomic_fetch_add_explicit(
	    &f->instance->ledger.runs, 1, memory_order_relaxed);
	if (rc != 0)
		note_failure(
		    f, call->failed ? call->error.text : "no reason given");
	else
		note_success(f);
	return rc;
}

static void
start(struct filter *f, struct call *call)
{
	call->host.ops = &f->ops;
	call->instance = f->instance;
	call->purpose = FARM_FOR_WORK;
	call->deadline_mono_ns = INT64_MAX;
	call->failed = false;
	call->reply = NULL;
	f->emitting = true;
	f->emissions.n = 0;
}

/* A result with the values that matched, any other record as it is. */
static int
apply(struct filter *f, const struct farm_record *record)
{
	struct farm_record r = *record;
	struct call call;

	if (r.type == FARM_RESULT) {
		r.values = f->matched.items;
		r.n_values = (uint32_t)f->matched.n;
	}
	start(f, &call);
	return finish(f, &call,
	    f->instance->module->descriptor.filter.apply(
		&call.host, f->instance->state, &r));
}

static bool
asks_for(const struct filter *f, uint16_t type)
{
	uint64_t types = f->instance->module->descriptor.filter.types;

	return type < 64 && (types & FARM_RECORD_BIT(type)) != 0;
}

/* Is it a record that the filter asks for?  Then what it made of it goes on. */
static bool
pass_record(struct filter *f, size_t next, const struct farm_record *record)
{
	if (!asks_for(f, record->type))
		return false;
	f->rows.n = 0;
	if (apply(f, record) != 0)
		return false;
	if (f->keep)
		pass(f->chain, next, record, 0, false);
	for (size_t i = 0; i < f->emissions.n; i++)
		pass_emitted(f, next, &f->emissions.items[i], record->instance);
	return true;
}

/* Does any of its values match?  Then what the filter made of them goes on. */
static bool
pass_result(struct filter *f, size_t next, const struct farm_record *record)
{
	size_t n_rest;

	if (!routes_split(f->chain, next - 1, record)) {
		note_failure(f, "out of memory");
		return false;
	}
	n_rest = f->rows.n;
	if (f->matched.n == 0 || apply(f, record) != 0)
		return false;
	pass_results(f, next, record, n_rest);
	return true;
}

/* Copies of what a tap wants; the record goes on as it is. */
static void
give(struct filter *f, size_t i, const struct farm_record *record)
{
	struct farm_record r = *record;

	if (r.type != FARM_RESULT) {
		if (asks_for(f, r.type))
			tap_give(f->tap, &r);
	} else if (!routes_split(f->chain, i, record)) {
		note_failure(f, "out of memory");
	} else if (f->matched.n > 0) {
		r.values = f->matched.items;
		r.n_values = (uint32_t)f->matched.n;
		tap_give(f->tap, &r);
	}
}

/* The first n_known of a result's values were in the one that was at hand. */
static void
pass(struct chain *c, size_t i, const struct farm_record *record,
    uint32_t n_known, bool borrowed)
{
	bool result = record->type == FARM_RESULT;
	bool ends = c->alone && i < c->n;

	if (result && i < c->n)
		routes_look(c, record, n_known);
	for (;; i++) {
		struct filter *f;

		if (result)
			i = routes_next(c, i);
		if (i >= c->n)
			break;
		f = &c->filters[i];
		if (f->tap != NULL)
			give(f, i, record);
		else if (result ? pass_result(f, i + 1, record)
				: pass_record(f, i + 1, record))
			return;
	}
	if (!ends)
		come_out(c, record, borrowed);
}

size_t
chain_entry(const struct chain *c, const struct instance *in)
{
	size_t i = 0;

	if (in->module == NULL || in->module->role != FARM_FILTER)
		return 0;
	while (i < c->n && c->filters[i].instance != in)
		i++;
	return i < c->n ? i + 1 : SIZE_MAX;
}

void
chain_apply(struct chain *c, size_t entry, const struct farm_record *record,
    const struct lifetimes *lifetimes)
{
	c->lifetimes = lifetimes;
	pass(c, entry, record, 0, false);
}

const char *
chain_failure(const struct chain *c)
{
	return c->filters[0].failing ? c->filters[0].failure.text : NULL;
}

void
chain_tick(struct chain *c, int64_t wall_ns)
{
	for (size_t i = 0; i < c->n; i++) {
		struct filter *f = &c->filters[i];
		const struct farm_descriptor *d =
		    &f->instance->module->descriptor;
		struct call call;

		if (d->tick == NULL || f->tap != NULL)
			continue;
		f->rows.n = 0;
		start(f, &call);
		if (finish(f, &call,
			d->tick(&call.host, f->instance->state, wall_ns)) != 0)
			continue;
		c->lifetimes = &f->instance->lifetimes;
		for (size_t n = 0; n < f->emissions.n; n++)
			pass_emitted(f, i + 1, &f->emissions.items[n],
			    f->instance->name);
	}
}

/* ------------------------------------------------------- the chain -- */

static int
filter_init(struct filter *f, struct chain *c, struct instance *instance)
{
	const struct instance_config *config = instance->config;
	struct error err;

	filter_make_ops(&f->ops);
	f->chain = c;
	f->instance = instance;
	f->tap = c->alone ? NULL : instance->tap;
	f->keep = config->keep && !c->alone;
	f->series.item = sizeof(struct filter_series);
	if (matcher_new(&f->matcher, c->alone ? &match_all : config->match,
		c->alone ? 1 : config->n_match, &err) != 0)
		return -1;
	f->constraints = matcher_has_constraints(f->matcher);
	matching_init(&f->matching, f->matcher);
	return 0;
}

static void
filter_free(struct filter *f)
{
	matching_free(&f->matching);
	matcher_free(f->matcher);
	column_free(&f->series);
	rows_free(&f->matched);
	rows_free(&f->rows);
	free(f->emissions.items);
}

/* Filters for these instances, knowing no series; NULL if memory is out. */
static struct filter *
make_filters(struct chain *c, struct instance *const *instances, size_t n)
{
	struct filter *filters = calloc(n + 1, sizeof(*filters));
	size_t i;

	for (i = 0; filters != NULL && i < n; i++) {
		if (filter_init(&filters[i], c, instances[i]) == 0)
			continue;
		do
			filter_free(&filters[i]);
		while (i-- > 0);
		free(filters);
		return NULL;
	}
	return filters;
}

/* A tap is at home in its own chain. */
static void
set_station(struct filter *f, void *station)
{
	if (f->tap == NULL)
		f->instance->station = station;
}

static void
take_filters(struct chain *c, struct filter *filters, size_t n)
{
	c->filters = filters;
	c->n = n;
	for (size_t i = 0; i < n; i++)
		set_station(&filters[i], &filters[i]);
}

static struct filter *
find_filter(struct filter *filters, size_t n, const struct instance *instance)
{
	for (size_t i = 0; i < n; i++)
		if (filters[i].instance == instance)
			return &filters[i];
	return NULL;
}

/* What was known of its series goes over. */
static void
inherit(struct filter *to, struct filter *from)
{
	struct column series = to->series;

	to->series = from->series;
	to->failing = from->failing;
	from->series = series;
}

int
chain_change(struct chain *c, struct instance *const *instances, size_t n)
{
	struct filter *before = c->filters;
	size_t n_before = c->n;
	uint64_t *wanted = calloc(n / 64 + 1, sizeof(*wanted));
	struct filter *filters = wanted != NULL ? make_filters(c, instances, n)
						: NULL;
	size_t i;

	if (filters == NULL) {
		free(wanted);
		return -1;
	}
	for (i = 0; i < n_before; i++) {
		struct filter *f = find_filter(filters, n, before[i].instance);

		if (f != NULL)
			inherit(f, &before[i]);
		else
			route_release(c, &before[i]);
		set_station(&before[i], NULL);
		filter_free(&before[i]);
	}
	free(before);
	take_filters(c, filters, n);
	free(c->classes);
	c->classes = NULL;
	c->classes_capacity = 0;
	free(c->wanted);
	c->wanted = wanted;
	c->words = n / 64 + 1;
	routes_forget(c);
	return 0;
}

static struct chain *
make_chain(struct series_table *series, const char *farm,
    struct instance *const *instances, size_t n, bool alone)
{
	struct chain *c = calloc(1, sizeof(*c));
	struct filter *filters;

	if (c == NULL)
		return NULL;
	c->series = series;
	c->farm = farm;
	c->alone = alone;
	c->words = n / 64 + 1;
	c->routes.item = sizeof(struct route);
	c->wanted = calloc(c->words, sizeof(*c->wanted));
	filters = c->wanted != NULL ? make_filters(c, instances, n) : NULL;
	if (filters == NULL) {
		chain_free(c);
		return NULL;
	}
	take_filters(c, filters, n);
	return c;
}

struct chain *
chain_new(struct series_table *series, const char *farm,
    struct instance *const *instances, size_t n, chain_out_fn *out,
    void *context)
{
	struct chain *c = make_chain(series, farm, instances, n, false);

	if (c == NULL)
		return NULL;
	c->out = out;
	c->context = context;
	return c;
}

struct chain *
chain_new_alone(struct series_table *series, const char *farm,
    struct instance *instance, chain_out_fn *out, void *context)
{
	struct chain *c = make_chain(series, farm, &instance, 1, true);

	if (c == NULL)
		return NULL;
	c->out = out;
	c->context = context;
	return c;
}

void
chain_free(struct chain *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++) {
		set_station(&c->filters[i], NULL);
		filter_free(&c->filters[i]);
	}
	free(c->filters);
	free(c->classes);
	free(c->wanted);
	column_free(&c->routes);
	arena_free(c->arena);
	free(c);
}

void
chain_begin(struct chain *c, int64_t mono_ns)
{
	c->now_s = (uint32_t)(mono_ns / NS_PER_S);
	for (size_t i = 0; i < c->n; i++)
		if (c->filters[i].tap == NULL)
			instance_hold(c->filters[i].instance);
}

void
chain_end(struct chain *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->filters[i].tap == NULL)
			instance_let_go(c->filters[i].instance);
		else
			tap_send(c->filters[i].tap);
}

void
chain_reset(struct chain *c)
{
	if (c->arena != NULL)
		arena_free(c->arena);
	c->arena = NULL;
}

size_t
chain_bytes(const struct chain *c)
{
	return c->arena != NULL ? arena_bytes(c->arena) : 0;
}
