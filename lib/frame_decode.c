#include "frame.h"

#include <stdlib.h>
#include <string.h>

#include "crc32c.h"
#include "frame_format.h"
#include "intern.h"
#include "name.h"
#include "varint.h"

/* Texts of a definition: four names, the unit, labels. */
#define NAMES 5
#define TEXTS (NAMES + 2 * FARM_LABELS_MAX)

struct frame_decoder {
	struct series_table *table;
	uint32_t *series; /* handles, by number in the stream */
	size_t n_series;
	size_t series_capacity;
	const char **instances; /* names, by number in the stream */
	size_t n_instances;
	size_t instances_capacity;
	uint32_t n_definitions; /* with those of unknown type */
	struct intern names;    /* of instances, of all streams */
	struct farm_value *rows;
	size_t rows_capacity;
	uint64_t skipped;
	bool bears_full;
	uint64_t refused;    /* values of series that stand as 0 */
	struct error reason; /* of the last of them */
	/* The names stay from one definition to the next. */
	char texts[TEXTS][FARM_NAME_MAX + 1];
};

/* A frame, or one record of it, being read. */
struct reading {
	struct frame_decoder *decoder;
	struct batch *to;
	const uint8_t *begin; /* of the frame, for messages */
	const uint8_t *p;
	const uint8_t *end;
	uint64_t position; /* of the record before */
	int64_t time_ns;
	struct error *err;
};

/* What every record of data begins with. */
struct head {
	uint64_t position;
	int64_t time_ns;
	const char *instance;
	uint16_t flags;
};

struct frame_decoder *
frame_decoder_new(struct series_table *table)
{
	struct frame_decoder *d;

	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return NULL;
	d->table = table;
	intern_init(&d->names);
	return d;
}

void
frame_decoder_reset(struct frame_decoder *d)
{
	size_t i;

	for (i = 0; i < d->n_series; i++)
		if (d->series[i] != 0)
			series_unpin(d->table, d->series[i]);
	d->n_series = 0;
	d->n_instances = 0;
	d->n_definitions = 0;
}

void
frame_decoder_free(struct frame_decoder *d)
{
	if (d == NULL)
		return;
	frame_decoder_reset(d);
	intern_free(&d->names);
	free(d->series);
	free(d->instances);
	free(d->rows);
	free(d);
}

uint64_t
frame_decoder_skipped(const struct frame_decoder *d)
{
	return d->skipped;
}

void
frame_decoder_bear_full(struct frame_decoder *d)
{
	d->bears_full = true;
}

uint64_t
frame_decoder_refused(const struct frame_decoder *d, const char **ret_why)
{
	*ret_why = d->reason.text;
	return d->refused;
}

__attribute__((cold, noinline)) static int
bad(const struct reading *in, const char *what)
{
	return error_set(in->err, "byte %zu of a frame: %s",
	    (size_t)(in->p - in->begin), what);
}

static int
out_of_memory(const struct reading *in)
{
	return bad(in, "out of memory");
}

static inline int
get_varint(struct reading *in, uint64_t *ret, uint64_t max)
{
	const uint8_t *p = varint_get(in->p, in->end, ret);

	if (p == NULL || *ret > max) {
		(void)bad(in,
		    p == NULL ? "a broken varint" : "a number is too large");
		return -1;
	}
	in->p = p;
	return 0;
}

/* Room for `n' elements in an array that doubles. */
static int
reserve(void *array_pointer, size_t *capacity, size_t n, size_t size)
{
	void **array = array_pointer;
	size_t fresh = *capacity == 0 ? 64 : *capacity;
	void *p;

	if (n <= *capacity)
		return 0;
	while (fresh < n)
		fresh *= 2;
	p = reallocarray(*array, fresh, size);
	if (p == NULL)
		return -1;
	*array = p;
	*capacity = fresh;
	return 0;
}

/* ------------------------------------------------------- definitions -- */

/* `length' bytes that are to be a text of ours, ending in NUL. */
static int
get_text(struct reading *in, uint64_t length, char *to)
{
	if (length > FARM_NAME_MAX)
		return bad(in, "a name of a definition is too long");
	if (length > (size_t)(in->end - in->p))
		return bad(in, "a name goes on behind its definition");
	if (memchr(in->p, '\0', length) != NULL)
		return bad(in, "a NUL in a name");
	memcpy(to, in->p, length);
	to[length] = '\0';
	in->p += length;
	return 0;
}

/* 0: as in the definition before; else one more than the length. */
static int
get_name(struct reading *in, char *to)
{
	uint64_t n;

	if (get_varint(in, &n, FARM_NAME_MAX + 1) != 0)
		return -1;
	if (n > 0)
		return get_text(in, n - 1, to);
	if (in->decoder->n_series == 0)
		return bad(in, "the first definition refers to one before");
	return 0;
}

static int
get_labels(struct reading *in, struct farm_label *labels, uint32_t *ret_n)
{
	char(*texts)[FARM_NAME_MAX + 1] = in->decoder->texts + NAMES;
	uint64_t n, length, i;

	if (get_varint(in, &n, FARM_LABELS_MAX) != 0)
		return -1;
	for (i = 0; i < 2 * n; i++)
		if (get_varint(in, &length, FARM_NAME_MAX) != 0 ||
		    get_text(in, length, texts[i]) != 0)
			return -1;
	for (i = 0; i < n; i++) {
		labels[i].name = texts[2 * i];
		labels[i].value = texts[2 * i + 1];
	}
	*ret_n = (uint32_t)n;
	return 0;
}

static int
decode_series(struct reading *in)
{
	struct farm_label labels[FARM_LABELS_MAX];
	struct frame_decoder *d = in->decoder;
	struct farm_series s = { .farm = d->texts[0],
		.cluster = d->texts[1],
		.node = d->texts[2],
		.parameter = d->texts[3],
		.unit = d->texts[4],
		.labels = labels };
	uint64_t kind;
	uint32_t series;
	int i;

	if (get_varint(in, &kind, UINT32_MAX) != 0)
		return -1;
	s.kind = (uint32_t)kind;
	for (i = 0; i < NAMES; i++)
		if (get_name(in, d->texts[i]) != 0)
			return -1;
	if (get_labels(in, labels, &s.n_labels) != 0)
		return -1;
	if (reserve(&d->series, &d->series_capacity, d->n_series + 1,
		sizeof(*d->series)) != 0)
		return out_of_memory(in);
	series = series_define(d->table, &s, in->err);
	if (series == 0 && d->bears_full && series_check(&s, NULL) == 0)
		d->reason = *in->err;
	else if (series == 0)
		return error_prefix(in->err, "byte %zu of a frame",
		    (size_t)(in->p - in->begin));
	d->series[d->n_series++] = series;
	return 0;
}

static int
decode_instance(struct reading *in)
{
	struct frame_decoder *d = in->decoder;
	char text[FARM_NAME_MAX + 1];
	const char *name;
	uint64_t length;

	if (get_varint(in, &length, FARM_NAME_MAX) != 0 ||
	    get_text(in, length, text) != 0)
		return -1;
	if (length > 0 && name_check("instance", text, length, in->err) != 0)
		return error_prefix(in->err, "byte %zu of a frame",
		    (size_t)(in->p - in->begin));
	name = intern_ref(&d->names, text);
	if (name == NULL || reserve(&d->instances, &d->instances_capacity,
				d->n_instances + 1, sizeof(*d->instances)) != 0)
		return out_of_memory(in);
	d->instances[d->n_instances++] = name;
	return 0;
}

/* ------------------------------------------------------------ values -- */

static int
get_number(struct reading *in, struct farm_value *v)
{
	uint64_t n;

	if (get_varint(in, &n, UINT64_MAX) != 0)
		return -1;
	if (v->type == FARM_INT64)
		v->int64 = unzigzag(n);
	else
		v->uint64 = n;
	return 0;
}

static int
get_boolean(struct reading *in, struct farm_value *v)
{
	if (in->p == in->end || *in->p > 1)
		return bad(in, "neither true nor false");
	v->boolean = *in->p++;
	return 0;
}

static int
get_text_value(struct reading *in, struct farm_value *v)
{
	uint64_t length;

	if (get_varint(in, &length, FARM_TEXT_MAX) != 0)
		return -1;
	if (length > (size_t)(in->end - in->p))
		return bad(in, "a text goes on behind its record");
	v->text = (const char *)in->p;
	v->length = (uint16_t)length;
	in->p += length;
	return 0;
}

/* A value from the future: its length, then what we do not understand. */
static int
skip_value(struct reading *in)
{
	uint64_t length;

	if (get_varint(in, &length, UINT64_MAX) != 0)
		return -1;
	if (length > (size_t)(in->end - in->p))
		return bad(in, "a value goes on behind its record");
	in->p += length;
	in->decoder->skipped++;
	return 0;
}

static int
get_other(struct reading *in, struct farm_value *v)
{
	switch (v->type) {
	case FARM_INT64:
	case FARM_UINT64:
		return get_number(in, v);
	case FARM_BOOLEAN:
		return get_boolean(in, v);
	case FARM_TEXT:
		return get_text_value(in, v);
	default:
		return bad(in, "a value of a type that cannot be skipped");
	}
}

/* The series a value belongs to: its number, from the one before. */
static int
get_series(struct reading *in, uint64_t *number, uint32_t *ret)
{
	const struct frame_decoder *d = in->decoder;
	uint64_t difference;

	if (get_varint(in, &difference, UINT64_MAX) != 0)
		return -1;
	*number += (uint64_t)unzigzag(difference);
	if (*number >= d->n_series)
		return bad(in, "a series that was not defined");
	*ret = d->series[*number];
	return 0;
}

/* `n' values into the decoder's rows; those skipped leave no row. */
static int
get_values(struct reading *in, uint64_t n, size_t *ret_n)
{
	struct farm_value *v = in->decoder->rows;
	uint64_t number = 0;

	for (; n > 0; n--) {
		if (in->p == in->end)
			return bad(in, "fewer values than announced");
		*v = (struct farm_value){ .type = *in->p++ };
		if (get_series(in, &number, &v->series) != 0)
			return -1;
		if (v->type == FARM_DOUBLE && in->end - in->p >= 8) {
			v->uint64 = get_le64(in->p);
			in->p += 8;
		} else if (v->type >= FRAME_VALUE_SIZED) {
			if (skip_value(in) != 0)
				return -1;
			continue;
		} else if (get_other(in, v) != 0) {
			return -1;
		}
		if (v->series == 0)
			in->decoder->refused++;
		else
			v++;
	}
	*ret_n = (size_t)(v - in->decoder->rows);
	return 0;
}

/* ----------------------------------------------------------- records -- */

static int
get_head(struct reading *in, struct head *ret)
{
	const struct frame_decoder *d = in->decoder;
	uint64_t position, time, instance, flags;

	if (get_varint(in, &position, UINT64_MAX) != 0 ||
	    get_varint(in, &time, UINT64_MAX) != 0 ||
	    get_varint(in, &instance, UINT64_MAX) != 0 ||
	    get_varint(in, &flags, UINT16_MAX) != 0)
		return -1;
	if (instance >= d->n_instances)
		return bad(in, "an instance that was not defined");
	in->position += (uint64_t)unzigzag(position);
	in->time_ns = (int64_t)((uint64_t)in->time_ns +
				(uint64_t)unzigzag(time));
	ret->position = in->position;
	ret->time_ns = in->time_ns;
	ret->instance = d->instances[instance];
	ret->flags = (uint16_t)flags;
	return 0;
}

static int
decode_result(struct reading *in, const struct head *h)
{
	struct frame_decoder *d = in->decoder;
	uint64_t announced, refused = d->refused;
	size_t n = 0;

	/* Never believed beyond what the bytes left can hold. */
	if (get_varint(in, &announced,
		(size_t)(in->end - in->p) / FRAME_VALUE_MIN) != 0)
		return -1;
	if (reserve(&d->rows, &d->rows_capacity, announced, sizeof(*d->rows)) !=
	    0)
		return out_of_memory(in);
	if (get_values(in, announced, &n) != 0)
		return -1;
	if (in->p != in->end)
		return bad(in, "more bytes than values");
	if (n == 0 && d->refused > refused)
		return 0;
	if (batch_add_result(
		in->to, h->time_ns, h->instance, h->flags, d->rows, n) != 0)
		return out_of_memory(in);
	batch_last(in->to)->position = h->position;
	return 0;
}

static int
decode_payload(struct reading *in, int type, const struct head *h)
{
	size_t size = (size_t)(in->end - in->p);
	struct farm_record *r;

	if (batch_add_payload(
		in->to, type, h->time_ns, h->instance, in->p, size) != 0)
		return out_of_memory(in);
	r = batch_last(in->to);
	r->position = h->position;
	r->flags = h->flags;
	in->p = in->end;
	return 0;
}

static int
decode_definition(struct reading *in, uint64_t type)
{
	int status = 0;

	if (type == FRAME_SERIES) {
		status = decode_series(in);
	} else if (type == FRAME_INSTANCE) {
		status = decode_instance(in);
	} else {
		in->decoder->skipped++;
		in->p = in->end;
	}
	if (status == 0 && in->p != in->end)
		return bad(in, "more bytes than a definition has");
	in->decoder->n_definitions++;
	return status;
}

/* One record, which ends where `in' ends. */
static int
decode_record(struct reading *in, uint64_t type)
{
	struct head h = { .instance = "" };

	if (type == 0)
		return bad(in, "a record of type 0");
	if (type >= FRAME_DEFINITION_FIRST && type <= FRAME_DEFINITION_LAST)
		return decode_definition(in, type);
	/* Differences count on, also from a type we do not know. */
	if (type < FRAME_DEFINITION_FIRST && get_head(in, &h) != 0)
		return -1;
	if (type == FARM_RESULT)
		return decode_result(in, &h);
	if (type <= FARM_CHECKPOINT)
		return decode_payload(in, (int)type, &h);
	in->decoder->skipped++;
	in->p = in->end;
	return 0;
}

static int
decode_body(struct reading *in, uint32_t n_records)
{
	const uint8_t *end = in->end;
	uint64_t type, size;

	for (; n_records > 0; n_records--) {
		if (get_varint(in, &type, UINT64_MAX) != 0 ||
		    get_varint(in, &size, UINT64_MAX) != 0)
			return -1;
		if (size > (size_t)(end - in->p))
			return bad(in, "a record goes on behind its frame");
		in->end = in->p + size;
		if (decode_record(in, type) != 0)
			return -1;
		in->end = end;
	}
	return in->p == end ? 0 : bad(in, "more bytes than records");
}

/* ------------------------------------------------------------- frame -- */

ssize_t
frame_size(const void *bytes, size_t size)
{
	const uint8_t *header = bytes;
	uint32_t body;

	if (size > 0 && memcmp(header, FRAME_MAGIC, size < 4 ? size : 4) != 0)
		return -1;
	if (size < FRAME_HEADER)
		return 0;
	body = get_le32(header + FRAME_AT_SIZE);
	return body > FRAME_BODY_MAX ? -1 : FRAME_HEADER + (ssize_t)body;
}

int
frame_check(const void *bytes, size_t size, struct error *err)
{
	const uint8_t *header = bytes;
	ssize_t whole = frame_size(header, size);
	uint32_t crc;

	if (whole < 0)
		return error_set(err, "no frame begins here");
	if (whole == 0 || (size_t)whole != size)
		return error_set(err, "%zu bytes, but the frame has %zd", size,
		    whole == 0 ? FRAME_HEADER : whole);
	crc = crc32c(0, header, FRAME_AT_CRC);
	crc = crc32c(crc, header + FRAME_HEADER, size - FRAME_HEADER);
	if (crc != get_le32(header + FRAME_AT_CRC))
		return error_set(err, "the checksum of the frame is wrong");
	if (header[FRAME_AT_VERSION] != FRAME_VERSION)
		return error_set(err, "a frame of version %d; we know %d",
		    header[FRAME_AT_VERSION], FRAME_VERSION);
	if (header[FRAME_AT_FLAGS] != 0 || header[FRAME_AT_RESERVED] != 0 ||
	    header[FRAME_AT_RESERVED + 1] != 0)
		return error_set(err, "a frame with flags we do not know");
	return 0;
}

int
frame_decode(struct frame_decoder *d, const void *bytes, size_t size,
    struct batch *to, struct error *err)
{
	const uint8_t *header = bytes;
	size_t n_before = to->view.n_records;
	struct reading in = {
		.decoder = d, .to = to, .begin = header, .err = err
	};
	uint32_t definitions;

	if (frame_check(header, size, err) != 0)
		return -1;
	definitions = get_le32(header + FRAME_AT_DEFINITIONS);
	/* Nothing defined before it: the beginning of a stream. */
	if (definitions == 0)
		frame_decoder_reset(d);
	if (definitions != d->n_definitions)
		return error_set(err,
		    "a frame after %u definitions, but the stream has %u: "
		    "something is missing",
		    definitions, d->n_definitions);
	in.p = header + FRAME_HEADER;
	in.end = header + size;
	in.position = get_le64(header + FRAME_AT_POSITION);
	if (decode_body(&in, get_le32(header + FRAME_AT_RECORDS)) != 0) {
		batch_truncate(to, n_before);
		return -1;
	}
	return 0;
}
