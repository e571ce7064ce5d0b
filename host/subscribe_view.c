#include "subscribe_view.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "access.h"
#include "column.h"
#include "predicate.h"
#include "rows.h"
#include "subscribe_events.h"
#include "subscribe_memory.h"

/* What is remembered of a series is forgotten after so long: sooner than its
   number can come to mean another one. */
#define MEMORY_NS (SERIES_QUARANTINE_NS / 4)
/* Points of one event. */
#define POINTS_MAX 200

struct view {
	struct series_table *series;
	struct matcher *all;
	struct matcher **each;
	uint64_t *floors;
	size_t n;
	uint64_t floor; /* the largest of them */
	struct access_who *access;
	bool trusted;
	struct form *form;
	struct mode_rule rule;
	struct memory *memory; /* NULL: the mode needs none */
	int64_t due_mono_ns;
	struct buffer *out; /* where what was remembered is told */
	struct column seen;
	uint32_t age; /* of what is seen now */
	int64_t age_mono_ns;
	uint64_t sequence;
	struct rows rows;
	char *open; /* names of the series whose points are being put */
	size_t n_points;
};

struct seen {
	uint32_t age; /* when it was looked at; 0: never */
	bool wanted;
};

static memory_fn tell_point;

/* Slots are looked after once a second, the latest when they are due. */
static void
set_due(struct view *v)
{
	int64_t now = clock_mono_ns();

	if (v->rule.mode == MODE_LATEST)
		v->due_mono_ns = now + v->rule.every_ns;
	else if (v->rule.mode == MODE_SUMMARY)
		v->due_mono_ns = now + NS_PER_S;
	else
		v->due_mono_ns = INT64_MAX;
}

static int
set_mode(struct view *v, const struct mode_rule *rule, struct error *err)
{
	v->rule = *rule;
	set_due(v);
	if (!mode_remembers(rule))
		return 0;
	v->memory = memory_new(v->series, rule, tell_point, v);
	return v->memory != NULL ? 0 : error_set(err, "out of memory");
}

static int
set_predicates(struct view *v, const struct view_question *q, struct error *err)
{
	v->each = calloc(q->n + 1, sizeof(struct matcher *));
	v->floors = calloc(q->n + 1, sizeof(*v->floors));
	if (v->each == NULL || v->floors == NULL)
		return error_set(err, "out of memory");
	if (matcher_new(&v->all, q->predicates, q->n, err) != 0)
		return -1;
	for (; v->n < q->n; v->n++)
		if (matcher_new(&v->each[v->n], &q->predicates[v->n], 1, err) !=
		    0)
			return -1;
	return 0;
}

int
view_new(struct view **ret, struct series_table *series,
    const struct view_question *q, struct error *err)
{
	struct view *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return error_set(err, "out of memory");
	v->series = series;
	v->access = access_who_ref(q->access);
	v->trusted = q->trusted;
	v->seen.item = sizeof(struct seen);
	v->age = 1;
	v->sequence = 1;
	v->age_mono_ns = clock_mono_ns();
	v->form = form_new(q->format, series);
	if (v->form == NULL) {
		error_set(err, "out of memory");
		goto fail;
	}
	if (set_mode(v, q->mode, err) != 0 || set_predicates(v, q, err) != 0)
		goto fail;
	*ret = v;
	return 0;
fail:
	view_free(v);
	return -1;
}

void
view_free(struct view *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->n; i++)
		matcher_free(v->each[i]);
	free(v->each);
	free(v->floors);
	matcher_free(v->all);
	memory_free(v->memory);
	form_free(v->form);
	access_who_free(v->access);
	column_free(&v->seen);
	rows_free(&v->rows);
	free(v->open);
	free(v);
}

const struct matcher *
view_matcher(const struct view *v)
{
	return v->all;
}

const struct matcher *
view_matcher_at(const struct view *v, size_t i)
{
	return v->each[i];
}

void
view_set_floor(struct view *v, size_t i, uint64_t position)
{
	v->floors[i] = position;
	if (position > v->floor)
		v->floor = position;
}

uint64_t
view_floor(const struct view *v)
{
	return v->floor;
}

void
view_note(struct view *v, const char *type, uint64_t position,
    const char *members, struct buffer *out)
{
	form_note(v->form, type, position, v->sequence++, members, out);
}

void
view_note_aside(struct view *v, const char *type, uint64_t position,
    const char *members, struct buffer *out)
{
	form_note(v->form, type, position, v->sequence - 1, members, out);
}

void
view_nothing(struct view *v, struct buffer *out)
{
	form_nothing(v->form, out);
}

void
view_anew(struct view *v)
{
	form_anew(v->form);
}

/* ---------------------------------------------------------------- values -- */

/* Who may have values as they come may have what becomes of them. */
static bool
may_series(const struct view *v, const struct farm_series *names)
{
	enum access_mode mode = mode_access(v->rule.mode);

	if (access_may(v->access, ACCESS_LIVE, names))
		return true;
	if (mode == ACCESS_SUMMARY &&
	    v->rule.every_ns < access_finest_ns(v->access))
		return false;
	return mode != ACCESS_LIVE && access_may(v->access, mode, names);
}

/* Its names match, and who asks may have it. */
static bool
decide(const struct view *v, const struct farm_series *names)
{
	return matcher_series(v->all, names) && may_series(v, names);
}

static bool
wants_series(struct view *v, uint32_t number, const struct farm_series *names)
{
	struct seen *s = column_need(&v->seen, number);

	if (s == NULL)
		return decide(v, names);
	if (s->age != v->age) {
		s->age = v->age;
		s->wanted = decide(v, names);
	}
	return s->wanted;
}

/* Has a predicate that wants it been answered further than to here? */
static bool
is_answered(const struct view *v, const struct farm_series *names,
    const struct farm_value *value, uint64_t position)
{
	for (size_t i = 0; i < v->n; i++)
		if (position <= v->floors[i] &&
		    matcher_value(v->each[i], names, value))
			return true;
	return false;
}

static bool
wants(struct view *v, const struct farm_value *value, uint64_t position)
{
	const struct farm_series *names = series_get(v->series, value->series);

	if (names == NULL || !wants_series(v, value->series, names))
		return false;
	if (matcher_has_constraints(v->all) &&
	    !matcher_value(v->all, names, value))
		return false;
	return position > v->floor || !is_answered(v, names, value, position);
}

static void
put_result(struct view *v, const struct farm_record *r, struct buffer *out)
{
	v->rows.n = 0;
	v->out = out;
	for (uint32_t i = 0; i < r->n_values; i++)
		if (wants(v, &r->values[i], r->position) &&
		    (v->memory == NULL ||
			memory_take(v->memory, r->time_ns, &r->values[i])) &&
		    rows_add(&v->rows, &r->values[i], 1) != 0)
			out->failed = true;
	if (v->rows.n > 0)
		form_result(
		    v->form, v->sequence++, r, v->rows.items, v->rows.n, out);
}

/* --------------------------------------------------------- other records -- */

/* Who may not have all series is told of those alone that are named whole. */
static bool
may_payload(const struct view *v, const struct farm_series *names)
{
	if (access_may_all(v->access, ACCESS_LIVE))
		return true;
	return names->farm != NULL && names->cluster != NULL &&
	       names->node != NULL && names->parameter != NULL &&
	       may_series(v, names);
}

/* What it is about: the names that it has. */
static bool
wants_payload(const struct view *v, const struct farm_record *r)
{
	struct farm_series names = { .farm = NULL };
	json_t *root;
	bool wanted;

	if (r->type == FARM_CONFIG)
		return v->trusted;
	root = json_loadb(r->payload, r->payload_size, 0, NULL);
	names.farm = json_string_value(json_object_get(root, "farm"));
	names.cluster = json_string_value(json_object_get(root, "cluster"));
	names.node = json_string_value(json_object_get(root, "node"));
	names.parameter = json_string_value(json_object_get(root, "parameter"));
	wanted = json_is_object(root) && matcher_partly(v->all, &names) &&
		 may_payload(v, &names);
	json_decref(root);
	return wanted;
}

static bool
has_payload(const struct farm_record *r)
{
	return r->type >= FARM_REMOVAL && r->type <= FARM_ACCOUNTING;
}

static void
grow_old(struct view *v)
{
	int64_t now = clock_mono_ns();

	if (now - v->age_mono_ns < MEMORY_NS)
		return;
	v->age_mono_ns = now;
	v->age++;
	if (v->memory != NULL)
		memory_age(v->memory, now);
}

static void
put_news(struct view *v, const struct view_news *news, struct buffer *out)
{
	const struct farm_series *s = series_get(v->series, news->series);

	if (s != NULL && wants_series(v, news->series, s))
		form_series(v->form, news->changed ? "changed" : "added",
		    v->sequence++, s, out);
}

void
view_batch(struct view *v, const struct farm_batch *batch, uint64_t after,
    const struct view_news *news, size_t n_news, struct buffer *out)
{
	size_t k = 0;

	grow_old(v);
	for (size_t i = 0; i < batch->n_records; i++) {
		const struct farm_record *r = &batch->records[i];

		for (; k < n_news && news[k].record == i; k++)
			put_news(v, &news[k], out);
		if (r->position <= after || (r->flags & FARM_IMPORTED) != 0)
			continue;
		if (r->type == FARM_RESULT)
			put_result(v, r, out);
		else if (has_payload(r) && wants_payload(v, r) &&
			 form_payload(v->form, v->sequence, r, out))
			v->sequence++;
	}
	view_points_end(v, out);
	if (v->memory != NULL)
		out->failed |= memory_failed(v->memory);
}

/* --------------------------------------------------------------- history -- */

static bool
is_open(const struct view *v, const struct buffer *names)
{
	return v->open != NULL && strcmp(v->open, buffer_text(names)) == 0;
}

static void
close_points(struct view *v, struct buffer *out)
{
	if (v->open == NULL)
		return;
	events_series_end(out);
	events_end(out);
	free(v->open);
	v->open = NULL;
}

void
view_points_end(struct view *v, struct buffer *out)
{
	close_points(v, out);
	form_flush(v->form, out);
}

static void
put_point(struct view *v, const char *type, const struct farm_series *s,
    const struct history_point *p, struct buffer *out)
{
	struct buffer names = BUFFER_INIT;

	if (!form_joins_points(v->form)) {
		v->sequence++;
		form_point(v->form, type, s, p, out);
		return;
	}
	events_series(&names, s);
	if (!is_open(v, &names) || v->n_points == POINTS_MAX) {
		close_points(v, out);
		events_begin(out, type, 0, v->sequence++);
		buffer_put(out, names.data, names.size);
		v->open = buffer_take(&names, NULL);
		v->n_points = 0;
		out->failed |= v->open == NULL;
	}
	events_point(out, p, v->n_points++ == 0);
	buffer_free(&names);
}

/* What was remembered; an event that is open holds others. */
static void
tell_point(
    void *context, const struct farm_series *s, const struct history_point *p)
{
	struct view *v = context;

	close_points(v, v->out);
	put_point(v, mode_word(v->rule.mode), s, p, v->out);
	close_points(v, v->out);
}

/* Of values that become averages, or of which the last is told, nothing else
   is seen. */
static bool
may_point(const struct view *v, const struct farm_series *s,
    const struct history_point *p)
{
	if (access_may(v->access, ACCESS_HISTORY, s))
		return true;
	if (p->average != NULL)
		return p->average->span_ns >= access_finest_ns(v->access) &&
		       access_may(v->access, ACCESS_SUMMARY, s);
	return v->memory != NULL && mode_access(v->rule.mode) != ACCESS_LIVE &&
	       may_series(v, s);
}

void
view_point(struct view *v, const struct farm_series *s,
    const struct history_point *p, struct buffer *out)
{
	v->out = out;
	if (!may_point(v, s, p))
		return;
	if (v->memory == NULL || p->average != NULL ||
	    memory_take_named(v->memory, s, p->time_ns, &p->value))
		put_point(v, "history", s, p, out);
}

/* ------------------------------------------------------- over a while ---- */

int64_t
view_due_mono_ns(const struct view *v)
{
	return v->due_mono_ns;
}

void
view_tell(struct view *v, struct buffer *out)
{
	v->out = out;
	if (v->memory != NULL)
		memory_tell(v->memory, clock_wall_ns());
	form_flush(v->form, out);
	set_due(v);
}

bool
view_resumes(const struct view *v)
{
	return v->rule.mode != MODE_SUMMARY;
}
