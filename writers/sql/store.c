/*
 * store.c - how the schemas write what the contract numbers, the same in each.
 */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {
	[FARM_GAUGE] = "gauge",
	[FARM_COUNTER32] = "counter32",
	[FARM_COUNTER64] = "counter64",
	[FARM_STATE] = "state",
};

static const char *const record_types[] = {
	[FARM_REMOVAL] = "removal",
	[FARM_EVENT] = "event",
	[FARM_ALARM] = "alarm",
	[FARM_CONFIG] = "config",
	[FARM_ACCOUNTING] = "accounting",
	[FARM_AGGREGATE] = "aggregate",
};

const char *
store_kind_name(uint32_t kind)
{
	return kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[kind] : NULL;
}

uint32_t
store_kind(const char *name)
{
	const char *known;

	for (uint32_t k = 0; (known = store_kind_name(k)) != NULL; k++) {
		if (strcmp(known, name) == 0)
			return k;
	}
	return FARM_GAUGE;
}

const char *
store_record_type(const struct farm_record *r, char number[8])
{
	if (r->type < sizeof(record_types) / sizeof(record_types[0]) &&
	    record_types[r->type] != NULL)
		return record_types[r->type];
	snprintf(number, 8, "%d", r->type);
	return number;
}

bool
store_payload_is_text(const struct farm_record *r)
{
	return r->type >= FARM_REMOVAL && r->type <= FARM_ACCOUNTING;
}

void
store_put_labels(struct buffer *json, const struct farm_series *series)
{
	buffer_putc(json, '{');
	for (uint32_t i = 0; i < series->n_labels; i++) {
		if (i > 0)
			buffer_putc(json, ',');
		buffer_json_text(json, series->labels[i].name);
		buffer_putc(json, ':');
		buffer_json_text(json, series->labels[i].value);
	}
	buffer_putc(json, '}');
}

static int
by_key(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	if (x->series != y->series)
		return x->series < y->series ? -1 : 1;
	if (x->record->time_ns != y->record->time_ns)
		return x->record->time_ns < y->record->time_ns ? -1 : 1;
	if (x->record->position != y->record->position)
		return x->record->position < y->record->position ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

/* What came in one step of the collectors mostly is in order. */
static bool
is_sorted(const struct load *l)
{
	for (size_t i = 1; i < l->n_samples; i++) {
		if (by_key(&l->samples[i - 1], &l->samples[i]) > 0)
			return false;
	}
	return true;
}

void
store_sort(struct load *l)
{
	if (!is_sorted(l))
		qsort(l->samples, l->n_samples, sizeof(*l->samples), by_key);
}
