#include "metric.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "clock.h"
#include "name.h"
#include "ganglia_text.h"

#define ROUNDED_NS (2 * NS_PER_S)

static bool
is_same(const struct gmond_metadata *a, const struct gmond_metadata *b)
{
	return a->type == b->type && a->slope == b->slope &&
	       a->tmax == b->tmax && a->dmax == b->dmax &&
	       a->units.length == b->units.length &&
	       memcmp(a->units.text, b->units.text, a->units.length) == 0;
}

static int
keep_metadata(struct metric *m, const struct gmond_metadata *d)
{
	char *units = malloc(d->units.length + 1);

	if (units == NULL)
		return -1;
	memcpy(units, d->units.text, d->units.length);
	free((char *)m->metadata.units.text);
	m->metadata = *d;
	m->metadata.units.text = units;
	return 0;
}

/* 0: nothing is said. */
static int64_t
lifetime_of(const struct gmond_metadata *d, const struct making *how)
{
	int64_t ns = gmond_lifetime_ns(d);

	return ns == 0 || ns > how->lifetime_min_ns ? ns : how->lifetime_min_ns;
}

static const char *
unit_of(const struct metric *m, struct buffer *room)
{
	const char *unit;

	if (m->alias != NULL && m->alias->unit != NULL)
		return m->alias->unit;
	unit = ganglia_text_string(gmond_unit(m->metadata.units), room);
	/* One that cannot be is no reason to have no values. */
	if (unit == NULL || name_check("unit", unit, strlen(unit), NULL) != 0)
		return "";
	return unit;
}

static int
ask(struct metric *m, const struct making *how, const struct owner *who,
    const char *parameter, struct error *err)
{
	struct buffer unit = BUFFER_INIT;
	uint32_t before = m->series;

	m->lifetime_ns = lifetime_of(&m->metadata, how);
	m->series = 0;
	if (name_check("cluster", who->cluster, strlen(who->cluster), err) ==
		0 &&
	    name_check("node", who->node, strlen(who->node), err) == 0 &&
	    name_check("parameter", parameter, strlen(parameter), err) == 0) {
		m->series = uses_take(how->uses, how->host, how->target,
		    &(struct farm_spec){
			.size = sizeof(struct farm_spec),
			.cluster = who->cluster,
			.node = who->node,
			.parameter = parameter,
			.unit = unit_of(m, &unit),
			.kind = gmond_kind(m->metadata.type, m->metadata.slope),
			.labels = m->labels == NULL ? NULL : m->labels->items,
			.n_labels = m->labels == NULL ? 0 : m->labels->n,
			.lifetime_ns = m->lifetime_ns,
		    });
		if (m->series == 0)
			error_set(err, "%s/%s/%s: no series to be had",
			    who->cluster, who->node, parameter);
	}
	uses_give(how->uses, how->host, before);
	buffer_free(&unit);
	return m->series == 0 ? -1 : 0;
}

int
metric_define(struct metric *m, const struct making *how,
    const struct owner *who, struct slice name, const struct gmond_metadata *d,
    struct error *err)
{
	struct buffer room = BUFFER_INIT;
	const char *parameter;
	int status;

	if (m->defined && is_same(&m->metadata, d) &&
	    m->lifetime_ns >= lifetime_of(d, how))
		return 0;
	if (keep_metadata(m, d) != 0)
		return error_set(err, "out of memory");
	m->defined = true;
	m->alias = how->monalisa ? ganglia_alias_find(name) : NULL;
	parameter = m->alias != NULL ? m->alias->ours
				     : ganglia_text_string(name, &room);
	if (parameter == NULL)
		return error_set(err, "out of memory");
	status = ask(m, how, who, parameter, err);
	buffer_free(&room);
	return status;
}

bool
metric_label(struct metric *m, const struct making *how, struct slice name,
    struct slice value)
{
	if (how->labels->n == 0 ||
	    !ganglia_labels_set(&m->labels, how->labels, name, value))
		return false;
	m->defined = false;
	return true;
}

void
metric_release(struct metric *m, const struct making *how)
{
	uses_give(how->uses, how->host, m->series);
	free((char *)m->metadata.units.text);
	ganglia_labels_free(m->labels);
	*m = (struct metric){ 0 };
}

struct farm_value
metric_row(const struct metric *m, struct farm_value v)
{
	v = ganglia_alias_value(m->alias, v);
	v.series = m->series;
	return v;
}

/* FNV-1a; who finds two texts with one print gets the second a poll later. */
static uint64_t
print_of(const struct farm_value *v)
{
	uint64_t print = UINT64_C(0xcbf29ce484222325);
	size_t i;

	if (v->type != FARM_TEXT)
		return v->uint64;
	for (i = 0; i < v->length; i++)
		print = (print ^ (unsigned char)v->text[i]) *
			UINT64_C(0x100000001b3);
	return print;
}

bool
metric_is_new(struct metric *m, const struct farm_value *v, int64_t *time_ns)
{
	uint64_t print = print_of(v);

	if (m->time_ns != 0 && print == m->print &&
	    *time_ns <= m->time_ns + ROUNDED_NS)
		return false;
	if (m->time_ns != 0 && *time_ns <= m->time_ns)
		*time_ns = m->time_ns + 1;
	m->time_ns = *time_ns;
	m->print = print;
	return true;
}
