#include "reading.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calling.h"
#include "ganglia_labels.h"
#include "ganglia_text.h"
#include "gmond.h"
#include "name.h"

/* What a module may leave out is NULL. */
static struct slice
slice_if(const char *text)
{
	return slice_of(text != NULL ? text : "");
}

static struct gmond_abi_metric *
metric_of(const struct reading *r)
{
	return &r->module->theirs->metrics[r->index];
}

/* ----------------------------------------------------------------- series */

static enum gmond_type
type_of(int type)
{
	static const enum gmond_type types[] = { GMOND_TYPE_UNKNOWN,
		GMOND_TYPE_STRING, GMOND_TYPE_UINT16, GMOND_TYPE_INT16,
		GMOND_TYPE_UINT32, GMOND_TYPE_INT32, GMOND_TYPE_FLOAT,
		GMOND_TYPE_DOUBLE };

	return type > 0 && type <= GMOND_ABI_DOUBLE ? types[type]
						    : GMOND_TYPE_UNKNOWN;
}

static const char *
said(const struct reading *r, const struct ganglia *g, const char *name)
{
	const void *table = metric_of(r)->metadata;

	return table == NULL ? NULL : g->table_get(table, name);
}

static void
put_labels(struct ganglia_labels **labels, const struct reading *r,
    const struct naming_rules *rules, const struct ganglia *g)
{
	const char *name, *value;
	size_t i;

	for (i = 0; i < rules->labels.n; i++) {
		name = rules->labels.items[i];
		value = said(r, g, name);
		if (strcmp(name, "TITLE") == 0 && r->title != NULL)
			value = r->title;
		if (strcmp(name, "DESC") == 0 && value == NULL)
			value = metric_of(r)->description;
		if (value != NULL)
			(void)ganglia_labels_set(labels, &rules->labels,
			    slice_of(name), slice_of(value));
	}
}

/* A module may speak for another host: "ADDRESS:NAME". */
static struct slice
node_of(const struct reading *r, const struct naming_rules *rules,
    const struct ganglia *g)
{
	const char *host = said(r, g, "SPOOF_HOST");
	const char *colon = host == NULL ? NULL : strchr(host, ':');

	if (colon == NULL || colon[1] == '\0')
		return slice_of(rules->node);
	return slice_of(colon + 1);
}

/* One that cannot be is no reason to have no values. */
static const char *
unit_of(const struct reading *r, struct buffer *room)
{
	const char *unit;

	if (r->alias != NULL && r->alias->unit != NULL)
		return r->alias->unit;
	unit = ganglia_text_string(
	    gmond_unit(slice_if(metric_of(r)->units)), room);
	if (unit == NULL || name_check("unit", unit, strlen(unit), NULL) != 0)
		return "";
	return unit;
}

int
reading_define(struct reading *r, const struct naming_rules *rules,
    const struct ganglia *g, struct series_table *table,
    int64_t lifetime_min_ns, struct arena *arena, struct error *err)
{
	const struct gmond_abi_metric *m = metric_of(r);
	const char *name = said(r, g, "SPOOF_NAME");
	struct gmond_metadata d = { .type = type_of(m->type),
		.slope = gmond_slope_of(slice_if(m->slope)),
		.tmax = m->tmax > 0 ? (uint32_t)m->tmax : 0 };
	struct buffer parameter = BUFFER_INIT, node = BUFFER_INIT;
	struct buffer unit = BUFFER_INIT;
	struct ganglia_labels *labels = NULL;
	int64_t lifetime = gmond_lifetime_ns(&d);
	struct farm_series s = { .farm = rules->farm,
		.cluster = rules->cluster,
		.kind = gmond_kind(d.type, d.slope) };

	name = name != NULL ? name : m->name;
	r->alias = rules->monalisa ? ganglia_alias_find(slice_if(name)) : NULL;
	put_labels(&labels, r, rules, g);
	s.parameter = r->alias != NULL
			  ? r->alias->ours
			  : ganglia_text_string(slice_if(name), &parameter);
	s.node = ganglia_text_string(node_of(r, rules, g), &node);
	s.unit = unit_of(r, &unit);
	s.labels = labels != NULL ? labels->items : NULL;
	s.n_labels = labels != NULL ? labels->n : 0;
	r->what = arena_printf(arena, "reading of %s", m->name);
	if (s.parameter == NULL || s.node == NULL || r->what == NULL)
		error_set(err, "out of memory");
	else
		r->series = series_define(table, &s, err);
	if (r->series != 0)
		series_set_lifetime(table, r->series,
		    lifetime > lifetime_min_ns ? lifetime : lifetime_min_ns);
	ganglia_labels_free(labels);
	buffer_free(&parameter);
	buffer_free(&node);
	buffer_free(&unit);
	return r->series != 0 ? 0 : -1;
}

/* ------------------------------------------------------------------ value */

/* The shortest number that is this one in single precision: 5.4, and not
   5.400000095367432. */
static double
widen(float f)
{
	char text[32];
	int digits;

	for (digits = 6; digits < 9; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, (double)f);
		if (strtof(text, NULL) == f)
			return strtod(text, NULL);
	}
	return (double)f;
}

static struct farm_value
value_of(struct reading *r)
{
	const union gmond_abi_value *raw = &r->raw;
	struct slice text;

	switch (metric_of(r)->type) {
	case GMOND_ABI_STRING:
		text = ganglia_text_utf8(
		    (struct slice){
			raw->text, strnlen(raw->text, sizeof(raw->text)) },
		    &r->text);
		return farm_text(text.text, text.length);
	case GMOND_ABI_USHORT:
		return farm_uint64(raw->uint16);
	case GMOND_ABI_SHORT:
		return farm_int64(raw->int16);
	case GMOND_ABI_UINT:
		return farm_uint64(raw->uint32);
	case GMOND_ABI_INT:
		return farm_int64(raw->int32);
	case GMOND_ABI_FLOAT:
		return farm_double(widen(raw->single));
	case GMOND_ABI_DOUBLE:
		return farm_double(raw->number);
	default:
		return (struct farm_value){ .type = FARM_NONE };
	}
}

static double
number_of(const struct farm_value *v)
{
	return v->type == FARM_UINT64  ? (double)v->uint64
	       : v->type == FARM_INT64 ? (double)v->int64
				       : v->number;
}

static bool
has_changed(const struct reading *r, const struct farm_value *before,
    const union gmond_abi_value *raw_before)
{
	if (r->threshold < 0 || before->type == FARM_NONE)
		return false;
	if (r->value.type == FARM_TEXT)
		return strncmp(r->raw.text, raw_before->text,
			   sizeof(r->raw.text)) != 0;
	return fabs(number_of(&r->value) - number_of(before)) > r->threshold;
}

bool
reading_take(struct reading *r)
{
	union gmond_abi_value raw_before = r->raw;
	struct farm_value before = r->value;
	bool changed;

	calling_begin(r->module->name, r->what);
	r->raw = r->module->theirs->handler(r->index);
	calling_end();
	r->value = value_of(r);
	/* What a module could not read, it calls so at best. */
	if (r->value.type == FARM_DOUBLE && !isfinite(r->value.number))
		r->value.type = FARM_NONE;
	changed = r->value.type != FARM_NONE &&
		  has_changed(r, &before, &raw_before);
	return changed;
}

struct farm_value
reading_row(const struct reading *r)
{
	struct farm_value v = ganglia_alias_value(r->alias, r->value);

	v.series = r->series;
	return v;
}
