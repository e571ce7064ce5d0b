#include "subscribe_memory.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "column.h"
#include "level.h"
#include "value.h"

/* A series of which nothing was heard for so long begins anew. */
#define FORGET_NS (7200 * NS_PER_S)
/* A slot waits so long for values that are late. */
#define GRACE_NS (2 * NS_PER_S)

/* The last value, with a text of its own. */
struct latest {
	int64_t time_ns;
	struct farm_value value;
	bool pending;
};

struct remembered {
	struct mode_state mode;
	union {
		struct latest latest;
		struct level level;
	};
	int64_t heard_mono_ns;
	bool used; /* and its series is pinned */
};

struct memory {
	struct series_table *series;
	struct mode_rule rule;
	memory_fn *each;
	void *context;
	struct column column;
	const struct farm_series *at; /* the series whose slots come out */
	bool failed;
};

struct memory *
memory_new(struct series_table *series, const struct mode_rule *rule,
    memory_fn *each, void *context)
{
	struct memory *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->series = series;
	m->rule = *rule;
	m->each = each;
	m->context = context;
	m->column.item = sizeof(struct remembered);
	return m;
}

static void
forget(struct memory *m, uint32_t number, struct remembered *r)
{
	if (m->rule.mode == MODE_LATEST && r->latest.value.type == FARM_TEXT)
		free((void *)r->latest.value.text);
	*r = (struct remembered){ .used = false };
	series_unpin(m->series, number);
}

static void
forget_all(struct memory *m, int64_t heard_before_mono_ns)
{
	for (uint32_t i = 0; i < column_bound(&m->column); i++) {
		struct remembered *r = column_at(&m->column, i);

		if (r != NULL && r->used &&
		    r->heard_mono_ns < heard_before_mono_ns)
			forget(m, i, r);
	}
}

void
memory_age(struct memory *m, int64_t mono_ns)
{
	forget_all(m, mono_ns - FORGET_NS);
}

void
memory_free(struct memory *m)
{
	if (m == NULL)
		return;
	forget_all(m, INT64_MAX);
	column_free(&m->column);
	free(m);
}

bool
memory_failed(struct memory *m)
{
	bool failed = m->failed;

	m->failed = false;
	return failed;
}

/* ------------------------------------------------------------------ latest --
 */

static void
keep_latest(struct memory *m, struct latest *l, int64_t time_ns,
    const struct farm_value *v)
{
	char *text = NULL;

	if (v->type == FARM_TEXT) {
		text = malloc(v->length + 1u);
		if (text == NULL) {
			m->failed = true;
			return;
		}
		memcpy(text, v->text, v->length);
	}
	if (l->value.type == FARM_TEXT)
		free((void *)l->value.text);
	*l = (struct latest){
		.time_ns = time_ns, .value = *v, .pending = true
	};
	if (text != NULL)
		l->value.text = text;
}

static void
tell_latest(struct memory *m, uint32_t number, struct latest *l)
{
	const struct history_point point = { .time_ns = l->time_ns,
		.value = l->value };

	if (!l->pending)
		return;
	l->pending = false;
	m->each(m->context, series_get(m->series, number), &point);
}

/* ----------------------------------------------------------------- summary --
 */

static void
tell_slot(void *context, const struct level_slot *slot)
{
	struct memory *m = context;
	const struct history_point point = { .time_ns = slot->time_ns,
		.value = farm_double(slot->mean),
		.average = slot };

	m->each(m->context, m->at, &point);
}

static void
summarize(struct memory *m, struct level *l, uint32_t number, int64_t time_ns,
    const struct farm_value *v)
{
	double value;

	if (!value_number(v, &value))
		return;
	l->step_ns = m->rule.every_ns;
	l->manner = LEVEL_HELD;
	l->each = tell_slot;
	l->context = m;
	m->at = series_get(m->series, number);
	level_add_value(l, time_ns, value, 0);
}

static void
tell_over(struct memory *m, struct level *l, uint32_t number, int64_t wall_ns)
{
	int64_t end = l->slot.time_ns + l->slot.span_ns;

	if (l->slot.span_ns == 0 || wall_ns - GRACE_NS < end)
		return;
	m->at = series_get(m->series, number);
	level_end(l, end);
}

/* ------------------------------------------------------------------ values --
 */

static struct remembered *
remember(struct memory *m, uint32_t number)
{
	struct remembered *r = column_need(&m->column, number);

	if (r == NULL) {
		m->failed = true;
		return NULL;
	}
	if (!r->used)
		series_pin(m->series, number);
	r->used = true;
	r->heard_mono_ns = clock_mono_ns();
	return r;
}

bool
memory_take(struct memory *m, int64_t time_ns, const struct farm_value *v)
{
	struct remembered *r = remember(m, v->series);

	if (r == NULL || !mode_take(&m->rule, &r->mode, time_ns, v))
		return false;
	if (m->rule.mode == MODE_LATEST)
		keep_latest(m, &r->latest, time_ns, v);
	else if (m->rule.mode == MODE_SUMMARY)
		summarize(m, &r->level, v->series, time_ns, v);
	else
		return true;
	return false;
}

bool
memory_take_named(struct memory *m, const struct farm_series *s,
    int64_t time_ns, const struct farm_value *v)
{
	struct farm_value value = *v;
	bool told;

	value.series = series_define(m->series, s, NULL);
	if (value.series == 0) {
		m->failed = true;
		return false;
	}
	told = memory_take(m, time_ns, &value);
	series_unpin(m->series, value.series);
	return told;
}

void
memory_tell(struct memory *m, int64_t wall_ns)
{
	for (uint32_t i = 0; i < column_bound(&m->column); i++) {
		struct remembered *r = column_at(&m->column, i);

		if (r == NULL || !r->used)
			continue;
		if (m->rule.mode == MODE_LATEST)
			tell_latest(m, i, &r->latest);
		else if (m->rule.mode == MODE_SUMMARY)
			tell_over(m, &r->level, i, wall_ns);
	}
}
