#include "frame.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crc32c.h"
#include "unit.h"
#include "varint.h"

/* Both ends of a stream, each with a table of its own. */
struct ends {
	struct series_table *from;
	struct series_table *to;
	struct frame_encoder *encoder;
	struct frame_decoder *decoder;
	struct buffer bytes;
};

static struct ends
ends_open(void)
{
	struct ends e = { .from = series_table_new(10000),
		.to = series_table_new(10000) };

	e.encoder = frame_encoder_new(e.from);
	e.decoder = frame_decoder_new(e.to);
	return e;
}

static void
ends_close(struct ends *e)
{
	frame_encoder_free(e->encoder);
	frame_decoder_free(e->decoder);
	series_table_free(e->from);
	series_table_free(e->to);
	buffer_free(&e->bytes);
}

static uint32_t
define(struct series_table *t, const char *node, const char *parameter)
{
	const struct farm_label labels[] = { { "site", node }, { "x", "" } };
	const struct farm_series s = { "f", "c", node, parameter, "By", labels,
		parameter[1] == '7' ? 2 : 0, FARM_COUNTER64 };

	return series_define(t, &s, NULL);
}

static void
assert_series_equal(const struct farm_series *a, const struct farm_series *b)
{
	uint32_t i;

	assert_string_equal(a->farm, b->farm);
	assert_string_equal(a->cluster, b->cluster);
	assert_string_equal(a->node, b->node);
	assert_string_equal(a->parameter, b->parameter);
	assert_string_equal(a->unit, b->unit);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->n_labels, b->n_labels);
	for (i = 0; i < a->n_labels; i++) {
		assert_string_equal(a->labels[i].name, b->labels[i].name);
		assert_string_equal(a->labels[i].value, b->labels[i].value);
	}
}

static void
assert_value_equal(const struct farm_value *a, const struct farm_value *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->length, b->length);
	if (a->type == FARM_TEXT)
		assert_memory_equal(a->text, b->text, a->length);
	else if (a->type == FARM_BOOLEAN)
		assert_int_equal(a->boolean, b->boolean);
	else
		assert_int_equal(a->uint64, b->uint64);
}

static void
assert_batch_equal(const struct ends *e, const struct farm_batch *a,
    const struct farm_batch *b)
{
	const struct farm_record *x, *y;
	size_t i, j;

	assert_int_equal(a->n_records, b->n_records);
	for (i = 0; i < a->n_records; i++) {
		x = &a->records[i];
		y = &b->records[i];
		assert_int_equal(x->position, y->position);
		assert_int_equal(x->time_ns, y->time_ns);
		assert_string_equal(x->instance, y->instance);
		assert_int_equal(x->type, y->type);
		assert_int_equal(x->flags, y->flags);
		assert_int_equal(x->n_values, y->n_values);
		assert_int_equal(x->payload_size, y->payload_size);
		if (x->payload_size > 0)
			assert_memory_equal(
			    x->payload, y->payload, x->payload_size);
		for (j = 0; j < x->n_values; j++) {
			assert_series_equal(
			    series_get(e->from, x->values[j].series),
			    series_get(e->to, y->values[j].series));
			assert_value_equal(&x->values[j], &y->values[j]);
		}
	}
}

static uint64_t
random64(void)
{
	return (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^
	       (uint64_t)rand();
}

/* Of any type, and often at an end of its range. */
static struct farm_value
random_value(void)
{
	static const uint64_t ends[] = { 0, 1, UINT64_MAX, INT64_MAX,
		(uint64_t)INT64_MIN, UINT64_C(0x7ff8000000000001),
		UINT64_C(0xfff0000000000000), UINT64_C(0x8000000000000000) };
	static char text[300];
	uint64_t n = rand() % 2 ? random64() : ends[rand() % 8];
	struct farm_value v = { .type = (uint8_t)(FARM_DOUBLE + rand() % 5),
		.uint64 = rand() % 3 ? n : n >> rand() % 64 };
	size_t i;

	if (v.type == FARM_BOOLEAN)
		return farm_boolean(rand() % 2);
	if (v.type != FARM_TEXT)
		return v;
	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)rand();
	return farm_text(text, rand() % 3 ? (size_t)rand() % 300 : 0);
}

static void
random_record(struct batch *b, struct series_table *t)
{
	static const char *const instances[] = { "", "proc", "snmp/a", "b" };
	const char *instance = instances[rand() % 4];
	char node[16], parameter[16];
	struct farm_value v;
	int n, type = 1 + rand() % 8;

	if (type > FARM_RESULT) {
		v = random_value();
		batch_add_payload(b, type, (int64_t)random64(), instance, &v,
		    (size_t)rand() % (sizeof(v) + 1));
	} else {
		batch_add_result(b, (int64_t)random64(), instance, 0, NULL, 0);
		for (n = rand() % 30; n > 0; n--) {
			v = random_value();
			snprintf(node, sizeof(node), "n%d", rand() % 20);
			snprintf(
			    parameter, sizeof(parameter), "p%d", rand() % 20);
			v.series = define(t, node, parameter);
			batch_add_value(b, &v);
		}
	}
	batch_last(b)->position = random64();
	batch_last(b)->flags = (uint16_t)rand();
}

static void
test_round_trip(void **state)
{
	struct ends e = ends_open();
	struct batch *a, *b;
	struct error err;
	int round, n;

	(void)state;
	srand(1);
	for (round = 0; round < 300; round++) {
		a = batch_new();
		b = batch_new();
		for (n = rand() % 10; n > 0; n--)
			random_record(a, e.from);
		if (round % 50 == 49)
			frame_encoder_reset(e.encoder);
		buffer_clear(&e.bytes);
		buffer_puts(&e.bytes, "before");
		assert_int_equal(
		    frame_encode(e.encoder, &a->view, &e.bytes, &err), 0);
		assert_int_equal(frame_size(e.bytes.data + 6, e.bytes.size - 6),
		    e.bytes.size - 6);
		if (frame_decode(e.decoder, e.bytes.data + 6, e.bytes.size - 6,
			b, &err) != 0)
			fail_msg("%s", err.text);
		assert_batch_equal(&e, &a->view, &b->view);
		batch_unref(a);
		batch_unref(b);
	}
	assert_int_equal(frame_decoder_skipped(e.decoder), 0);
	ends_close(&e);
}

/* A copy of exactly its size, so that one byte too far is seen. */
static int
decode_copy(const void *bytes, size_t size, struct error *err)
{
	struct series_table *t = series_table_new(10000);
	struct frame_decoder *d = frame_decoder_new(t);
	struct batch *to = batch_new();
	uint8_t *copy = malloc(size + (size == 0));
	int status;

	memcpy(copy, bytes, size);
	status = frame_decode(d, copy, size, to, err);
	if (status != 0)
		assert_true(batch_empty(to));
	free(copy);
	batch_unref(to);
	frame_decoder_free(d);
	series_table_free(t);
	return status;
}

/* Make a changed frame sound on its outside again. */
static void
seal(uint8_t *frame, size_t size)
{
	uint32_t body = htole32((uint32_t)(size - FRAME_HEADER)), crc;

	memcpy(frame + 8, &body, sizeof(body));
	crc = crc32c(0, frame, 28);
	crc = htole32(crc32c(crc, frame + FRAME_HEADER, size - FRAME_HEADER));
	memcpy(frame + 28, &crc, sizeof(crc));
}

static void
test_damage(void **state)
{
	struct ends e = ends_open();
	struct batch *a = batch_new();
	uint8_t *bytes;
	size_t i;
	int n, bit;

	(void)state;
	srand(2);
	for (n = 0; n < 6; n++)
		random_record(a, e.from);
	assert_int_equal(frame_encode(e.encoder, &a->view, &e.bytes, NULL), 0);
	bytes = (uint8_t *)e.bytes.data;
	assert_int_equal(decode_copy(bytes, e.bytes.size, NULL), 0);
	for (i = 0; i < e.bytes.size; i++) {
		assert_int_equal(decode_copy(bytes, i, NULL), -1);
		bit = 1 + rand() % 255;
		bytes[i] ^= (uint8_t)bit;
		assert_int_equal(decode_copy(bytes, e.bytes.size, NULL), -1);
		bytes[i] ^= (uint8_t)bit;
	}
	batch_unref(a);
	ends_close(&e);
}

/* Damage behind a sound checksum: refused or not, never read too far. */
static void
test_forgeries(void **state)
{
	struct ends e = ends_open();
	struct batch *a = batch_new();
	uint8_t *forged;
	size_t size, i;
	int round, n, refused = 0;

	(void)state;
	srand(3);
	for (n = 0; n < 6; n++)
		random_record(a, e.from);
	assert_int_equal(frame_encode(e.encoder, &a->view, &e.bytes, NULL), 0);
	forged = malloc(e.bytes.size);
	for (round = 0; round < 3000; round++) {
		memcpy(forged, e.bytes.data, e.bytes.size);
		size = e.bytes.size;
		if (round % 2)
			size = FRAME_HEADER +
			       (size_t)rand() % (size - FRAME_HEADER);
		for (n = rand() % 4; n > 0 && size > FRAME_HEADER; n--) {
			i = FRAME_HEADER +
			    (size_t)rand() % (size - FRAME_HEADER);
			forged[i] = (uint8_t)rand();
		}
		seal(forged, size);
		refused += decode_copy(forged, size, NULL) != 0;
	}
	assert_in_range(refused, 1000, 3000);
	free(forged);
	batch_unref(a);
	ends_close(&e);
}

/* A frame from a body, as another implementation might write it. */
static size_t
frame_of(uint8_t *to, const void *body, size_t size, uint32_t records,
    uint32_t definitions)
{
	memset(to, 0, FRAME_HEADER);
	memcpy(to, "FRM1\1", 5);
	definitions = htole32(definitions);
	memcpy(to + 12, &definitions, 4);
	records = htole32(records);
	memcpy(to + 24, &records, 4);
	memcpy(to + FRAME_HEADER, body, size);
	seal(to, FRAME_HEADER + size);
	return FRAME_HEADER + size;
}

#define INSTANCE "\x41\x02\1i"
#define SERIES "\x40\x0b\0\2f\2c\2n\2p\1\0"

/* Bytes written by hand from the description of the format. */
static void
test_refused(void **state)
{
	static const struct {
		const char *body;
		size_t size;
		uint32_t records;
		uint32_t definitions;
		const char *want;
	} cases[] = {
#define CASE(BODY, RECORDS, DEFINITIONS, WANT)                                 \
	{ BODY, sizeof(BODY) - 1, RECORDS, DEFINITIONS, WANT }
		CASE("", 0, 0, ""),
		CASE("", 0, 1,
		    "a frame after 1 definitions, but the stream has 0: "
		    "something is missing"),
		CASE("", 1, 0, "byte 32 of a frame: a broken varint"),
		CASE("\0\0", 1, 0, "byte 34 of a frame: a record of type 0"),
		CASE(INSTANCE, 1, 0, ""),
		CASE(INSTANCE "x", 1, 0,
		    "byte 36 of a frame: more bytes than records"),
		CASE("\x41\x03\1ix", 1, 0,
		    "byte 36 of a frame: more bytes than a definition has"),
		CASE("\x41\x02\1", 1, 0,
		    "byte 34 of a frame: a record goes on behind its frame"),
		CASE("\x41\x02\2i", 1, 0,
		    "byte 35 of a frame: a name goes on behind its "
		    "definition"),
		CASE("\x41\x02\1\0", 1, 0,
		    "byte 35 of a frame: a NUL in a name"),
		CASE("\x41\x02\1\n", 1, 0,
		    "byte 36 of a frame: the instance name \"\\x0a\" holds a "
		    "control character"),
		CASE("\x41\x83\0\1i", 1, 0,
		    "byte 33 of a frame: a broken varint"),
		CASE("\x40\x08\0\0\0\0\0\0\0\0", 1, 0,
		    "byte 36 of a frame: the first definition refers to one "
		    "before"),
		CASE("\x40\x0d\0\2f\2c\2n\2p\1\x11\0\0", 1, 0,
		    "byte 44 of a frame: a number is too large"),
		CASE("\1\5\0\0\0\0\0", 1, 0,
		    "byte 38 of a frame: an instance that was not defined"),
		CASE(INSTANCE "\1\5\0\0\0\0\0", 2, 0, ""),
		CASE(INSTANCE "\1\5\0\0\0\0\1", 2, 0,
		    "byte 42 of a frame: a number is too large"),
		CASE(INSTANCE "\1\x08\0\0\0\0\1\4\0\1", 2, 0,
		    "byte 45 of a frame: a series that was not defined"),
		CASE(INSTANCE "\1\6\0\0\0\0\0x", 2, 0,
		    "byte 43 of a frame: more bytes than values"),
#undef CASE
	};
	uint8_t frame[200];
	struct error err;
	size_t size, i;
	int status;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		err.text[0] = '\0';
		size = frame_of(frame, cases[i].body, cases[i].size,
		    cases[i].records, cases[i].definitions);
		status = decode_copy(frame, size, &err);
		assert_string_equal(err.text, cases[i].want);
		assert_int_equal(status, cases[i].want[0] == '\0' ? 0 : -1);
	}
}

static void
test_headers(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
		const char *want;
	} cases[] = {
		{ 0, 'f', "no frame begins here" },
		{ 4, 2, "a frame of version 2; we know 1" },
		{ 5, 1, "a frame with flags we do not know" },
		{ 7, 1, "a frame with flags we do not know" },
	};
	uint8_t frame[FRAME_HEADER];
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		frame_of(frame, "", 0, 0, 0);
		frame[cases[i].at] = cases[i].byte;
		seal(frame, sizeof(frame));
		assert_int_equal(decode_copy(frame, sizeof(frame), &err), -1);
		assert_string_equal(err.text, cases[i].want);
	}
	frame_of(frame, "", 0, 0, 0);
	assert_int_equal(decode_copy(frame, 31, &err), -1);
	assert_string_equal(err.text, "31 bytes, but the frame has 32");
	frame[30] ^= 1;
	assert_int_equal(decode_copy(frame, sizeof(frame), &err), -1);
	assert_string_equal(err.text, "the checksum of the frame is wrong");
	assert_int_equal(frame_size("", 0), 0);
	assert_int_equal(frame_size("FRM", 3), 0);
	assert_int_equal(frame_size("FRx", 3), -1);
	memset(frame + 8, 0xff, 4);
	assert_int_equal(frame_size(frame, sizeof(frame)), -1);
}

/* What later versions may add is stepped over, and counted. */
static void
test_unknown_types(void **state)
{
	static const char body[] = INSTANCE SERIES
	    /* a definition of type 66, a record of type 200 */
	    "\x42\2xx"
	    "\xc8\1\3yyy"
	    /* a record of type 9, one position and 2 ns on */
	    "\x09\6\2\4\0\0zz"
	    /* a result, one more of each, of three values: a boolean, one of
	       type 16 and four bytes, a boolean */
	    "\1\x12\2\2\0\0\3\4\0\1\x10\0\4wwww\4\0\0";
	struct ends e = ends_open();
	struct batch *b = batch_new();
	uint8_t frame[200];
	const struct farm_record *r;
	struct error err;
	size_t size;

	(void)state;
	size = frame_of(frame, body, sizeof(body) - 1, 6, 0);
	if (frame_decode(e.decoder, frame, size, b, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(b->view.n_records, 1);
	r = b->view.records;
	assert_int_equal(r->position, 2);
	assert_int_equal(r->time_ns, 3);
	assert_string_equal(r->instance, "i");
	assert_int_equal(r->n_values, 2);
	assert_true(r->values[0].boolean);
	assert_false(r->values[1].boolean);
	assert_string_equal(
	    series_get(e.to, r->values[0].series)->parameter, "p");
	assert_int_equal(frame_decoder_skipped(e.decoder), 4);
	/* Also unknown definitions are counted in the stream. */
	size = frame_of(frame, "", 0, 0, 3);
	assert_int_equal(frame_decode(e.decoder, frame, size, b, &err), 0);
	batch_unref(b);
	ends_close(&e);
}

static void
test_encoder_refuses(void **state)
{
	const struct {
		struct farm_record record;
		const char *want;
	} cases[] = {
		{ { .type = FARM_RESULT,
		      .instance = "",
		      .n_values = 1,
		      .values = &(struct farm_value){ .type = FARM_DOUBLE,
			  .series = 9 } },
		    "a value of unknown series 9" },
		{ { .type = FARM_RESULT,
		      .instance = "",
		      .n_values = 1,
		      .values = &(struct farm_value){ .type = FARM_NONE } },
		    "a value of type 0 cannot travel" },
		{ { .type = 64, .instance = "" },
		    "a record of type 64 cannot travel" },
		{ { .type = FARM_EVENT,
		      .instance = "",
		      .payload = "",
		      .payload_size = FRAME_BODY_MAX + 1 },
		    "no room for a record of up to 16777267 bytes in a "
		    "frame" },
	};
	struct ends e = ends_open();
	struct error err;
	size_t i;

	(void)state;
	buffer_puts(&e.bytes, "before");
	for (i = 0; i < COUNT(cases); i++) {
		struct farm_batch batch = { &cases[i].record, 1 };

		assert_int_equal(
		    frame_encode(e.encoder, &batch, &e.bytes, &err), -1);
		assert_string_equal(err.text, cases[i].want);
		assert_string_equal(buffer_text(&e.bytes), "before");
		assert_int_equal(e.bytes.size, 6);
		frame_encoder_reset(e.encoder);
	}
	ends_close(&e);
}

/* A number given anew while a stream lives would change its meaning. */
static void
test_streams_pin(void **state)
{
	struct ends e = ends_open();
	struct batch *a = batch_new(), *b = batch_new();
	struct farm_value v = farm_double(1);

	(void)state;
	v.series = define(e.from, "n", "p1");
	batch_add_result(a, 1, "", 0, &v, 1);
	assert_int_equal(frame_encode(e.encoder, &a->view, &e.bytes, NULL), 0);
	assert_int_equal(
	    frame_decode(e.decoder, e.bytes.data, e.bytes.size, b, NULL), 0);
	series_unpin(e.from, v.series);
	assert_int_equal(series_count(e.from), 1);
	assert_int_equal(series_count(e.to), 1);
	frame_encoder_reset(e.encoder);
	frame_decoder_reset(e.decoder);
	assert_int_equal(series_count(e.from), 0);
	assert_int_equal(series_count(e.to), 0);
	batch_unref(a);
	batch_unref(b);
	ends_close(&e);
}

static void
test_varints(void **state)
{
	static const struct {
		uint64_t n;
		size_t size;
	} cases[] = {
		{ 0, 1 },
		{ 127, 1 },
		{ 128, 2 },
		{ 16383, 2 },
		{ 16384, 3 },
		{ INT64_MAX, 9 },
		{ UINT64_MAX, 10 },
	};
	static const int64_t signs[] = { 0, -1, 1, INT64_MAX, INT64_MIN };
	uint8_t bytes[VARINT_MAX];
	uint64_t n;
	size_t i, size;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		size = (size_t)(varint_put(bytes, cases[i].n) - bytes);
		assert_int_equal(size, cases[i].size);
		assert_ptr_equal(
		    varint_get(bytes, bytes + size, &n), bytes + size);
		assert_int_equal(n, cases[i].n);
		assert_null(varint_get(bytes, bytes + size - 1, &n));
	}
	bytes[9] = 2;
	assert_null(varint_get(bytes, bytes + 10, &n));
	for (i = 0; i < COUNT(signs); i++)
		assert_int_equal(unzigzag(zigzag(signs[i])), signs[i]);
	assert_int_equal(zigzag(-1), 1);
	assert_int_equal(zigzag(1), 2);
}

static void
limit_series(struct ends *e, uint32_t max)
{
	frame_decoder_free(e->decoder);
	series_table_free(e->to);
	e->to = series_table_new(max);
	e->decoder = frame_decoder_new(e->to);
}

/* Five series, of which a table has room for three. */
static void
test_full_table(void **state)
{
	struct ends e = ends_open();
	struct batch *all = batch_new(), *got = batch_new();
	struct farm_value rows[5];
	char name[] = "p0";
	const char *why;
	struct error err;
	int i;

	(void)state;
	limit_series(&e, 3);
	for (i = 0; i < 5; i++) {
		name[1] = (char)('0' + i);
		rows[i] = farm_int64(i);
		rows[i].series = define(e.from, "n", name);
	}
	assert_int_equal(batch_add_result(all, 1, "i", 0, rows, 5), 0);
	assert_int_equal(batch_add_result(all, 2, "i", 0, rows + 3, 2), 0);
	assert_int_equal(
	    frame_encode(e.encoder, &all->view, &e.bytes, &err), 0);
	assert_int_equal(
	    frame_decode(e.decoder, e.bytes.data, e.bytes.size, got, &err), -1);
	assert_non_null(strstr(err.text, "the table of series is full (3)"));

	/* Another table: the numbers of this one are in quarantine now. */
	limit_series(&e, 3);
	frame_decoder_bear_full(e.decoder);
	assert_int_equal(frame_decoder_refused(e.decoder, &why), 0);
	assert_int_equal(
	    frame_decode(e.decoder, e.bytes.data, e.bytes.size, got, &err), 0);
	assert_int_equal(got->view.n_records, 1);
	assert_int_equal(got->view.records[0].n_values, 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(got->view.records[0].values[i].int64, i);
	assert_int_equal(frame_decoder_refused(e.decoder, &why), 4);
	assert_string_equal(why, "the table of series is full (3)");
	assert_int_equal(series_count(e.to), 3);
	frame_decoder_reset(e.decoder);
	assert_int_equal(series_count(e.to), 0);
	batch_unref(all);
	batch_unref(got);
	ends_close(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_forgeries),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_unknown_types),
		cmocka_unit_test(test_encoder_refuses),
		cmocka_unit_test(test_full_table),
		cmocka_unit_test(test_streams_pin),
		cmocka_unit_test(test_varints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
