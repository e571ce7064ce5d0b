/* Frames of another farmd, in pieces of any size. */
#include <string.h>

#include "batch.h"
#include "buffer.h"
#include "frame.h"
#include "intake.h"
#include "unit.h"

#define RESULTS 20

struct seen {
	size_t records;
	double sum;
	size_t anew;
	uint64_t position;
};

static void
see_anew(void *context)
{
	((struct seen *)context)->anew++;
}

static void
see_record(void *context, const struct series_table *table,
    const struct farm_record *r)
{
	struct seen *s = context;

	s->records++;
	s->position = r->position;
	for (uint32_t i = 0; i < r->n_values; i++) {
		assert_string_equal(
		    series_get(table, r->values[i].series)->farm, "child");
		s->sum += r->values[i].number;
	}
}

/* Two frames of a stream: values 0, 1, ... */
static void
build(struct buffer *out)
{
	struct series_table *table = series_table_new(100);
	struct frame_encoder *e = frame_encoder_new(table);
	const struct farm_series names = { "child", "c", "n", "p", "" };
	uint32_t series = series_define(table, &names, NULL);

	for (int k = 0; k < RESULTS; k += RESULTS / 2) {
		struct batch *b = batch_new();

		for (int i = k; i < k + RESULTS / 2; i++) {
			struct farm_value v = farm_double(i);

			v.series = series;
			assert_int_equal(
			    batch_add_result(b, i + 1, "i", 0, &v, 1), 0);
			batch_last(b)->position = (uint64_t)i + 1;
		}
		assert_int_equal(frame_encode(e, &b->view, out, NULL), 0);
		batch_unref(b);
	}
	frame_encoder_free(e);
	series_unpin(table, series);
	series_table_free(table);
}

static void
test_pieces(void **state)
{
	struct buffer stream = BUFFER_INIT;
	struct error err;

	(void)state;
	build(&stream);
	for (size_t piece = 1; piece <= stream.size; piece += 1 + piece / 8) {
		struct seen seen = { 0 };
		const struct intake_to to = { see_anew, see_record, &seen };
		struct intake *in = intake_new(100, &to);

		for (size_t at = 0; at < stream.size; at += piece) {
			size_t n = stream.size - at < piece ? stream.size - at
							    : piece;

			assert_int_equal(
			    intake_put(in, stream.data + at, n, &err), 0);
		}
		assert_int_equal(seen.records, RESULTS);
		assert_true(seen.sum == RESULTS * (RESULTS - 1) / 2.0);
		assert_int_equal(seen.position, RESULTS);
		assert_int_equal(seen.anew, 1);
		intake_free(in);
	}
	buffer_free(&stream);
}

/* Nothing of a bad frame is taken, nor of what follows; a new stream is. */
static void
test_broken(void **state)
{
	static const char page[] = "HTTP/1.1 200 OK\r\nServer: another of "
				   "these\r\n\r\n";
	struct buffer stream = BUFFER_INIT;
	struct seen seen = { 0 };
	const struct intake_to to = { see_anew, see_record, &seen };
	struct intake *in = intake_new(100, &to);
	struct error err;

	(void)state;
	build(&stream);
	assert_int_equal(intake_put(in, page, sizeof(page) - 1, &err), -1);
	assert_string_equal(err.text, "these are no frames");
	assert_int_equal(intake_put(in, stream.data, stream.size, &err), -1);
	assert_string_equal(err.text, "the stream is broken");
	intake_reset(in);
	stream.data[stream.size - 1] ^= 1;
	assert_int_equal(intake_put(in, stream.data, stream.size, &err), -1);
	assert_int_equal(seen.records, RESULTS / 2);
	intake_reset(in);
	stream.data[stream.size - 1] ^= 1;
	assert_int_equal(intake_put(in, stream.data, stream.size, &err), 0);
	assert_int_equal(seen.records, RESULTS / 2 + RESULTS);
	intake_free(in);
	buffer_free(&stream);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
