/* What a filter can ask of the host. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "filter_private.h"
#include "module.h"

static struct filter *
filter_of(struct farm_host *host)
{
	return ((struct call *)host)->instance->station;
}

static struct emitted *
emitted_room(struct farm_host *host)
{
	struct emissions *e = &filter_of(host)->emissions;
	size_t capacity = e->capacity == 0 ? 16 : e->capacity * 2;
	struct emitted *grown;

	if (!filter_of(host)->emitting) {
		farm_fail(host, "emits outside of apply() and tick()");
		return NULL;
	}
	if (e->n < e->capacity)
		return &e->items[e->n];
	grown = realloc(e->items, capacity * sizeof(*grown));
	if (grown == NULL) {
		farm_fail(host, "out of memory");
		return NULL;
	}
	e->items = grown;
	e->capacity = capacity;
	return &e->items[e->n];
}

/* A text is the caller's: keep a copy. */
static int
add_row(struct farm_host *host, const struct farm_value *row)
{
	struct filter *f = filter_of(host);
	struct farm_value v = *row;
	char *text;

	if (series_get(f->chain->series, v.series) == NULL)
		return farm_fail(
		    host, "handle %u stands for nothing", v.series);
	if (v.type == FARM_NONE || v.type > FARM_TEXT)
		return farm_fail(host, "a value of type %u", v.type);
	if (v.type == FARM_TEXT) {
		text = chain_alloc(f->chain, v.length);
		if (text == NULL)
			return farm_fail(host, "out of memory");
		memcpy(text, v.text, v.length);
		v.text = text;
	}
	if (rows_add(&f->rows, &v, 1) != 0)
		return farm_fail(host, "out of memory");
	return 0;
}

static int
filter_emit_rows(struct farm_host *host, struct farm_target *target,
    int64_t time_ns, uint32_t flags, const struct farm_value *rows, size_t n)
{
	struct filter *f = filter_of(host);
	struct emitted *e = emitted_room(host);
	size_t first = f->rows.n;

	(void)target;
	if (e == NULL)
		return -1;
	if (n > FILTER_ROWS_MAX - first)
		return farm_fail(
		    host, "emits more than %d values at once", FILTER_ROWS_MAX);
	if (chain_bytes(f->chain) > FILTER_BYTES_MAX)
		return farm_fail(host, "emits more than %u MiB at once",
		    FILTER_BYTES_MAX >> 20);
	for (size_t i = 0; i < n; i++) {
		if (add_row(host, &rows[i]) != 0) {
			f->rows.n = first;
			return -1;
		}
	}
	*e = (struct emitted){
		.time_ns = time_ns != 0 ? time_ns : clock_wall_ns(),
		.type = FARM_RESULT,
		.flags = (uint16_t)(flags & FARM_PARTIAL),
		.first = first,
		.n = n,
	};
	if (n > 0)
		f->emissions.n++;
	return 0;
}

static int
filter_emit_record(struct farm_host *host, struct farm_target *target, int type,
    int64_t time_ns, const void *payload, size_t size)
{
	struct filter *f = filter_of(host);
	struct emitted *e = emitted_room(host);
	void *copy;

	(void)target;
	if (e == NULL)
		return -1;
	if (type <= FARM_RESULT || type > UINT16_MAX)
		return farm_fail(host, "a record of type %d", type);
	if (chain_bytes(f->chain) > FILTER_BYTES_MAX)
		return farm_fail(host, "emits more than %u MiB at once",
		    FILTER_BYTES_MAX >> 20);
	copy = chain_alloc(f->chain, size);
	if (copy == NULL)
		return farm_fail(host, "out of memory");
	memcpy(copy, payload, size);
	*e = (struct emitted){
		.time_ns = time_ns != 0 ? time_ns : clock_wall_ns(),
		.type = (uint16_t)type,
		.payload = copy,
		.payload_size = size,
	};
	f->emissions.n++;
	return 0;
}

/* Kind and unit come from the module's catalogue if neither is given. */
static struct farm_series
names_of(struct filter *f, const struct farm_spec *spec)
{
	struct farm_parameter parameter;
	struct farm_series s = {
		.farm = spec->farm != NULL ? spec->farm : f->chain->farm,
		.cluster = spec->cluster,
		.node = spec->node,
		.parameter = spec->parameter,
		.unit = spec->unit,
		.labels = spec->labels,
		.n_labels = spec->n_labels,
		.kind = spec->kind,
	};

	if (spec->unit == NULL && spec->kind == 0 && spec->parameter != NULL &&
	    module_find_parameter(
		f->instance->module, spec->parameter, &parameter)) {
		s.unit = parameter.unit;
		s.kind = parameter.kind;
	}
	return s;
}

static uint32_t
filter_series(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec)
{
	struct filter *f = filter_of(host);
	struct farm_series names = names_of(f, spec);
	struct filter_series *s;
	struct error err;
	uint32_t number;

	(void)target;
	if (names.cluster == NULL || names.node == NULL ||
	    names.parameter == NULL) {
		farm_fail(host, "a filter's series needs a cluster, a node "
				"and a parameter");
		return 0;
	}
	number = series_define(f->chain->series, &names, &err);
	if (number == 0) {
		farm_fail(host, "%s", err.text);
		return 0;
	}
	s = column_need(&f->series, number);
	if (s == NULL || s->held)
		series_unpin(f->chain->series, number);
	if (s == NULL) {
		farm_fail(host, "out of memory");
		return 0;
	}
	s->held = true;
	series_set_lifetime(f->chain->series, number,
	    spec->lifetime_ns > 0 ? spec->lifetime_ns : 0);
	return number;
}

static void
filter_release(struct farm_host *host, uint32_t series)
{
	struct filter *f = filter_of(host);
	struct filter_series *s = column_at(&f->series, series);

	if (s == NULL || !s->held)
		return;
	s->held = false;
	series_unpin(f->chain->series, series);
}

static int
filter_emit(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec, struct farm_value value)
{
	value.series = filter_series(host, target, spec);
	if (value.series == 0)
		return -1;
	return filter_emit_rows(host, target, spec->time_ns, 0, &value, 1);
}

static const struct farm_series *
filter_info(struct farm_host *host, uint32_t series)
{
	return series_get(filter_of(host)->chain->series, series);
}

static int64_t
filter_lifetime_ns(struct farm_host *host, uint32_t series)
{
	return series_lifetime(filter_of(host)->chain->series, series);
}

/* Only series that the chain keeps track of can be forgotten again. */
static void *
filter_state(struct farm_host *host, uint32_t series)
{
	struct filter *f = filter_of(host);
	size_t size = f->instance->module->descriptor.filter.series_state_size;
	const struct route *r = column_at(&f->chain->routes, series);
	struct filter_series *s;

	if (size == 0 || r == NULL || r->class == 0)
		return NULL;
	s = column_need(&f->series, series);
	if (s != NULL && s->state == NULL)
		s->state = calloc(1, size);
	return s != NULL ? s->state : NULL;
}

void
filter_make_ops(struct farm_host_ops *ops)
{
	*ops = call_ops;
	ops->emit = filter_emit;
	ops->series = filter_series;
	ops->release = filter_release;
	ops->emit_rows = filter_emit_rows;
	ops->emit_record = filter_emit_record;
	ops->info = filter_info;
	ops->lifetime_ns = filter_lifetime_ns;
	ops->series_state = filter_state;
}
