/*
 * intake.c - a batch taken apart.
 */
#include "intake.h"

#include <stdlib.h>

/* Room at the end of an array for one more; 0, or -1 if memory is out. */
static int
reserve(void **array, size_t n, size_t *max, size_t size)
{
	size_t wanted = *max == 0 ? 256 : 2 * *max;
	void *grown;

	if (n < *max)
		return 0;
	grown = reallocarray(*array, wanted, size);
	if (grown == NULL)
		return -1;
	*array = grown;
	*max = wanted;
	return 0;
}

static int
no_memory(struct error *err)
{
	error_set(err, "out of memory");
	return STORE_AGAIN;
}

void
intake_free(struct intake *in)
{
	free(in->load.samples);
	free(in->load.records);
	free(in->strangers);
	*in = (struct intake){ .max_samples = 0 };
}

/* A series without an id: its number, negative, stands in for one. */
static int
meet(struct intake *in, struct farm_host *host, const struct farm_record *r,
    const struct farm_value *value, struct sql_series *known, struct error *err)
{
	const struct farm_series *names = farm_series_info(host, value->series);
	void *array = in->strangers;

	if (names == NULL) {
		error_set(err, "series %u is unknown", value->series);
		return STORE_BAD;
	}
	if (store_kind_name(names->kind) == NULL) {
		error_set(err, "%s/%s/%s/%s: unknown kind %u", names->farm,
		    names->cluster, names->node, names->parameter, names->kind);
		return STORE_BAD;
	}
	if (reserve(&array, in->n_strangers, &in->max_strangers,
		sizeof(*in->strangers)) != 0)
		return no_memory(err);
	in->strangers = array;
	in->strangers[in->n_strangers] = (struct stranger){ .names = names,
		.record = r,
		.handle = value->series,
		.type = value->type };
	known->id = -1 - (int64_t)in->n_strangers++;
	return STORE_OK;
}

static int
take_value(struct intake *in, struct farm_host *host, uint64_t generation,
    const struct farm_record *r, const struct farm_value *value,
    struct error *err)
{
	struct sql_series *known = farm_series_state(host, value->series);
	void *array = in->load.samples;
	int status = STORE_OK;

	if (known == NULL || reserve(&array, in->load.n_samples,
				 &in->max_samples, sizeof(struct sample)) != 0)
		return no_memory(err);
	in->load.samples = array;
	if (known->generation != generation || known->type != value->type) {
		status = meet(in, host, r, value, known, err);
		if (status != STORE_OK)
			return status;
		known->generation = generation;
		known->type = value->type;
	}
	in->load.samples[in->load.n_samples++] = (struct sample){
		.series = known->id, .record = r, .value = value
	};
	return STORE_OK;
}

static int
take_result(struct intake *in, struct farm_host *host, uint64_t generation,
    const struct farm_record *r, struct error *err)
{
	int status = STORE_OK;

	for (size_t i = 0; status == STORE_OK && i < r->n_values; i++) {
		if (r->values[i].type == FARM_NONE)
			continue;
		if (r->values[i].type > FARM_TEXT) {
			error_set(err, "value %zu is of unknown type %u", i,
			    (unsigned)r->values[i].type);
			return STORE_BAD;
		}
		status = take_value(
		    in, host, generation, r, &r->values[i], err);
	}
	return status;
}

static int
take_record(struct intake *in, const struct farm_record *r, struct error *err)
{
	void *array = in->load.records;

	if (reserve(&array, in->load.n_records, &in->max_records,
		sizeof(*in->load.records)) != 0)
		return no_memory(err);
	in->load.records = array;
	in->load.records[in->load.n_records++] = r;
	return STORE_OK;
}

static int
take(struct intake *in, struct farm_host *host, uint64_t generation,
    const struct farm_record *r, struct error *err)
{
	if (r->position > INT64_MAX) {
		error_set(err, "position %llu is beyond 2^63",
		    (unsigned long long)r->position);
		return STORE_BAD;
	}
	switch (r->type) {
	case FARM_RESULT:
		in->imported |= (r->flags & FARM_IMPORTED) != 0;
		return take_result(in, host, generation, r, err);
	case FARM_CHECKPOINT:
		return STORE_OK; /* the host's own matter */
	}
	return take_record(in, r, err);
}

int
intake_batch(struct intake *in, struct farm_host *host, uint64_t generation,
    const struct farm_batch *batch, struct error *err)
{
	int status = STORE_OK;

	in->n_strangers = 0;
	in->imported = false;
	in->load = (struct load){ .samples = in->load.samples,
		.records = in->load.records,
		.now_ns = farm_now_ns(host) };
	for (size_t i = 0; status == STORE_OK && i < batch->n_records; i++) {
		in->load.bad = &batch->records[i];
		status = take(in, host, generation, &batch->records[i], err);
	}
	if (status == STORE_OK)
		in->load.bad = NULL;
	return status;
}

void
intake_settle(struct intake *in, struct farm_host *host)
{
	struct sql_series *known;
	struct sample *s;

	for (size_t i = 0; i < in->load.n_samples; i++) {
		s = &in->load.samples[i];
		if (s->series < 0)
			s->series = in->strangers[-1 - s->series].id;
	}
	for (size_t i = 0; i < in->n_strangers; i++) {
		known = farm_series_state(host, in->strangers[i].handle);
		if (known == NULL || known->id != -1 - (int64_t)i)
			continue;
		known->id = in->strangers[i].id;
		known->series = in->strangers[i].series;
		if (known->series == 0)
			known->series = known->id;
	}
}
