#include "frame.h"

#include <stdlib.h>
#include <string.h>

#include "crc32c.h"
#include "frame_format.h"
#include "hash.h"
#include "varint.h"

#define NUMBERS_FIRST 1024
#define INSTANCE_HEADS 64
/* Type and size before a record: 16 and 32 bits as varints. */
#define PREFIX_MAX 8
/* Position, time, instance, flags, number of values. */
#define HEAD_MAX (5 * VARINT_MAX)
/* Type, difference of series, and the longest number. */
#define VALUE_MAX (1 + 5 + VARINT_MAX)

struct instance {
	struct instance *next;
	uint32_t number;
	char name[];
};

struct frame_encoder {
	struct series_table *table;
	uint32_t *numbers; /* in the stream, plus one; by handle; 0: none */
	size_t n_numbers;
	uint32_t n_series;
	uint32_t last;    /* handle of the series defined last; 0: none */
	uint64_t defined; /* bytes of definitions */
	struct instance *instances[INSTANCE_HEADS];
	struct hash_key key;
	uint32_t n_instances;
};

/* A frame being written. */
struct writing {
	struct frame_encoder *encoder;
	struct buffer *out;
	struct error *err;
	uint64_t position; /* of the record before */
	int64_t time_ns;
	uint32_t n_records; /* with definitions */
};

struct frame_encoder *
frame_encoder_new(struct series_table *table)
{
	struct frame_encoder *e;

	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return NULL;
	e->table = table;
	hash_key_draw(&e->key);
	return e;
}

void
frame_encoder_reset(struct frame_encoder *e)
{
	struct instance *in;
	size_t i;

	for (i = 0; i < e->n_numbers; i++)
		if (e->numbers[i] != 0)
			series_unpin(e->table, (uint32_t)i);
	free(e->numbers);
	e->numbers = NULL;
	e->n_numbers = 0;
	e->n_series = 0;
	e->last = 0;
	e->defined = 0;
	for (i = 0; i < INSTANCE_HEADS; i++)
		while ((in = e->instances[i]) != NULL) {
			e->instances[i] = in->next;
			free(in);
		}
	e->n_instances = 0;
}

uint64_t
frame_encoder_defined(const struct frame_encoder *e)
{
	return e->defined;
}

void
frame_encoder_free(struct frame_encoder *e)
{
	if (e == NULL)
		return;
	frame_encoder_reset(e);
	free(e);
}

/* Put type and size before the `size' bytes written at room + PREFIX_MAX. */
static void
record_end(struct writing *w, uint8_t *room, unsigned type, size_t size)
{
	uint8_t *p;

	p = varint_put(room, type);
	p = varint_put(p, size);
	memmove(p, room + PREFIX_MAX, size);
	buffer_added(w->out, (size_t)(p - room) + size);
	w->n_records++;
}

static uint8_t *
record_begin(struct writing *w, size_t size_max)
{
	char *room;

	room = size_max > FRAME_BODY_MAX
		   ? NULL
		   : buffer_room(w->out, PREFIX_MAX + size_max);
	if (room == NULL)
		error_set(w->err,
		    "no room for a record of up to %zu bytes in a frame",
		    size_max);
	return (uint8_t *)room;
}

/* ------------------------------------------------------- definitions -- */

static uint8_t *
put_text(uint8_t *p, const char *text, size_t length)
{
	p = varint_put(p, length);
	memcpy(p, text, length);
	return p + length;
}

/* One more than the length and the text; 0: as in the definition before. */
static uint8_t *
put_name(uint8_t *p, const char *name, const char *before)
{
	size_t length = strlen(name);

	if (before != NULL && strcmp(name, before) == 0)
		return varint_put(p, 0);
	p = varint_put(p, length + 1);
	memcpy(p, name, length);
	return p + length;
}

static uint8_t *
put_series(
    uint8_t *p, const struct farm_series *s, const struct farm_series *before)
{
	static const struct farm_series nothing;
	const struct farm_label *l;
	uint32_t i;

	if (before == NULL)
		before = &nothing;
	p = varint_put(p, s->kind);
	p = put_name(p, s->farm, before->farm);
	p = put_name(p, s->cluster, before->cluster);
	p = put_name(p, s->node, before->node);
	p = put_name(p, s->parameter, before->parameter);
	p = put_name(p, s->unit, before->unit);
	p = varint_put(p, s->n_labels);
	for (i = 0; i < s->n_labels; i++) {
		l = &s->labels[i];
		p = put_text(p, l->name, strlen(l->name));
		p = put_text(p, l->value, strlen(l->value));
	}
	return p;
}

static int
numbers_grow(struct frame_encoder *e, uint32_t series)
{
	size_t n = e->n_numbers == 0 ? NUMBERS_FIRST : e->n_numbers;
	uint32_t *numbers;

	while (n <= series)
		n *= 2;
	numbers = realloc(e->numbers, n * sizeof(*numbers));
	if (numbers == NULL)
		return -1;
	memset(
	    numbers + e->n_numbers, 0, (n - e->n_numbers) * sizeof(*numbers));
	e->numbers = numbers;
	e->n_numbers = n;
	return 0;
}

static int
define_series(struct writing *w, uint32_t series)
{
	struct frame_encoder *e = w->encoder;
	const struct farm_series *s = series_get(e->table, series);
	uint8_t *room, *end;

	if (s == NULL)
		return error_set(
		    w->err, "a value of unknown series %u", series);
	if (series >= e->n_numbers && numbers_grow(e, series) != 0)
		return error_set(w->err, "out of memory for a stream");
	room = record_begin(
	    w, (5 + 2 * FARM_LABELS_MAX) * (2 + FARM_NAME_MAX) + VARINT_MAX);
	if (room == NULL)
		return -1;
	series_pin(e->table, series);
	end = put_series(room + PREFIX_MAX, s, series_get(e->table, e->last));
	record_end(w, room, FRAME_SERIES, (size_t)(end - room) - PREFIX_MAX);
	e->defined += (size_t)(end - room);
	e->numbers[series] = ++e->n_series;
	e->last = series;
	return 0;
}

static struct instance **
instance_link(struct frame_encoder *e, const char *name, size_t length)
{
	uint64_t hash = hash_bytes(&e->key, 0, name, length);
	struct instance **link = &e->instances[hash % INSTANCE_HEADS];

	while (*link != NULL && strcmp((*link)->name, name) != 0)
		link = &(*link)->next;
	return link;
}

static int
define_instance(struct writing *w, const char *name, uint32_t *ret)
{
	struct frame_encoder *e = w->encoder;
	size_t length = strlen(name);
	struct instance **link = instance_link(e, name, length);
	uint8_t *room, *end;

	if (*link != NULL) {
		*ret = (*link)->number;
		return 0;
	}
	room = record_begin(w, VARINT_MAX + length);
	if (room == NULL)
		return -1;
	*link = calloc(1, sizeof(**link) + length + 1);
	if (*link == NULL)
		return error_set(w->err, "out of memory for a stream");
	memcpy((*link)->name, name, length + 1);
	(*link)->number = e->n_instances++;
	end = put_text(room + PREFIX_MAX, name, length);
	record_end(w, room, FRAME_INSTANCE, (size_t)(end - room) - PREFIX_MAX);
	*ret = (*link)->number;
	return 0;
}

/* Everything the values need is known, and how much room they take at most. */
static int
define_all(struct writing *w, const struct farm_record *r, size_t *ret_max)
{
	const struct frame_encoder *e = w->encoder;
	size_t max = HEAD_MAX + (size_t)r->n_values * VALUE_MAX;
	const struct farm_value *v = r->values;
	const struct farm_value *end = v + r->n_values;

	for (; v < end; v++) {
		if (v->type == FARM_NONE || v->type > FARM_TEXT)
			return error_set(w->err,
			    "a value of type %d cannot travel", v->type);
		if (v->type == FARM_TEXT)
			max += v->length;
		if ((v->series >= e->n_numbers || e->numbers[v->series] == 0) &&
		    define_series(w, v->series) != 0)
			return -1;
	}
	*ret_max = max;
	return 0;
}

/* ----------------------------------------------------------- records -- */

static uint8_t *
put_value(uint8_t *p, const struct farm_value *v)
{
	switch (v->type) {
	case FARM_DOUBLE: /* bit by bit, whatever NaN it is */
		put_le64(p, v->uint64);
		return p + 8;
	case FARM_INT64:
		return varint_put(p, zigzag(v->int64));
	case FARM_UINT64:
		return varint_put(p, v->uint64);
	case FARM_BOOLEAN:
		*p = v->boolean;
		return p + 1;
	default:
		return put_text(p, v->text, v->length);
	}
}

static uint8_t *
put_values(
    uint8_t *p, const struct frame_encoder *e, const struct farm_record *r)
{
	const struct farm_value *v = r->values;
	const struct farm_value *end = v + r->n_values;
	int64_t before = 0, number;

	p = varint_put(p, r->n_values);
	for (; v < end; v++) {
		number = (int64_t)e->numbers[v->series] - 1;
		*p++ = v->type;
		p = varint_put(p, zigzag(number - before));
		p = put_value(p, v);
		before = number;
	}
	return p;
}

static uint8_t *
put_head(uint8_t *p, struct writing *w, const struct farm_record *r,
    uint32_t instance)
{
	p = varint_put(p, zigzag((int64_t)(r->position - w->position)));
	p = varint_put(
	    p, zigzag((int64_t)((uint64_t)r->time_ns - (uint64_t)w->time_ns)));
	p = varint_put(p, instance);
	p = varint_put(p, r->flags);
	w->position = r->position;
	w->time_ns = r->time_ns;
	return p;
}

static int
encode_record(struct writing *w, const struct farm_record *r)
{
	size_t max = HEAD_MAX + r->payload_size;
	uint8_t *room, *p;
	uint32_t instance = 0;

	if (r->type == 0 || r->type >= FRAME_DEFINITION_FIRST)
		return error_set(
		    w->err, "a record of type %d cannot travel", r->type);
	if (define_instance(w, r->instance, &instance) != 0)
		return -1;
	if (r->type == FARM_RESULT && define_all(w, r, &max) != 0)
		return -1;
	room = record_begin(w, max);
	if (room == NULL)
		return -1;
	p = put_head(room + PREFIX_MAX, w, r, instance);
	if (r->type == FARM_RESULT) {
		p = put_values(p, w->encoder, r);
	} else if (r->payload_size > 0) {
		memcpy(p, r->payload, r->payload_size);
		p += r->payload_size;
	}
	record_end(w, room, r->type, (size_t)(p - room) - PREFIX_MAX);
	return 0;
}

/* ------------------------------------------------------------- frame -- */

static void
put_header(uint8_t *header, const struct writing *w, size_t body,
    uint32_t definitions, uint64_t position)
{
	uint32_t crc;

	memset(header, 0, FRAME_HEADER);
	memcpy(header, FRAME_MAGIC, 4);
	header[FRAME_AT_VERSION] = FRAME_VERSION;
	put_le32(header + FRAME_AT_SIZE, (uint32_t)body);
	put_le32(header + FRAME_AT_DEFINITIONS, definitions);
	put_le64(header + FRAME_AT_POSITION, position);
	put_le32(header + FRAME_AT_RECORDS, w->n_records);
	crc = crc32c(0, header, FRAME_AT_CRC);
	crc = crc32c(crc, header + FRAME_HEADER, body);
	put_le32(header + FRAME_AT_CRC, crc);
}

static int
encode_records(struct writing *w, const struct farm_batch *batch)
{
	size_t i;

	if (buffer_room(w->out, FRAME_HEADER) == NULL)
		return error_set(w->err, "no room for a frame");
	buffer_added(w->out, FRAME_HEADER);
	for (i = 0; i < batch->n_records; i++)
		if (encode_record(w, &batch->records[i]) != 0)
			return -1;
	return 0;
}

int
frame_encode(struct frame_encoder *e, const struct farm_batch *batch,
    struct buffer *out, struct error *err)
{
	struct writing w = { .encoder = e, .out = out, .err = err };
	uint32_t definitions = e->n_series + e->n_instances;
	size_t start = out->size, body;

	if (batch->n_records > 0)
		w.position = batch->records[0].position;
	if (buffer_failed(out))
		return error_set(err, "no room for a frame");
	if (encode_records(&w, batch) != 0)
		goto fail;
	body = out->size - start - FRAME_HEADER;
	if (body > FRAME_BODY_MAX) {
		error_set(err, "a frame of %zu bytes; at most %d may be", body,
		    FRAME_BODY_MAX);
		goto fail;
	}
	put_header((uint8_t *)out->data + start, &w, body, definitions,
	    batch->n_records > 0 ? batch->records[0].position : 0);
	return 0;
fail:
	out->failed = false;
	out->size = start;
	if (out->data != NULL)
		out->data[start] = '\0';
	return -1;
}
