#include "subscribe_form.h"

#include <math.h>
#include <string.h>

#include "clock.h"
#include "frame.h"
#include "unit.h"

#define WHEN (INT64_C(1769853600) * NS_PER_S + 123456789)

static struct series_table *series;

static uint32_t
define(const char *parameter, const char *unit)
{
	const struct farm_series s = { .farm = "f",
		.cluster = "c",
		.node = "n 1",
		.parameter = parameter,
		.unit = unit };

	return series_define(series, &s, NULL);
}

static void
put_result(struct form *f, uint64_t position, const struct farm_value *rows,
    size_t n, struct buffer *out)
{
	const struct farm_record r = { .position = position,
		.time_ns = WHEN,
		.instance = "c/x",
		.type = FARM_RESULT,
		.n_values = (uint32_t)n,
		.values = rows };

	form_result(f, 7, &r, rows, n, out);
	form_flush(f, out);
}

/* Three values of different types, as each format says them. */
static void
a_result_in_each_format(void **state)
{
	static const struct {
		enum format format;
		const char *want;
	} cases[] = {
		{ FORMAT_JSON,
		    "id: 42\nevent: values\ndata: {\"sequence\":7,\"time\":"
		    "\"2026-01-31T10:00:00.123456789Z\",\"instance\":\"c/x\","
		    "\"values\":[{\"farm\":\"f\",\"cluster\":\"c\",\"node\":"
		    "\"n 1\",\"parameter\":\"load\",\"unit\":\"1\",\"kind\":"
		    "\"gauge\",\"type\":\"double\",\"value\":0.5},{\"farm\":"
		    "\"f\",\"cluster\":\"c\",\"node\":\"n 1\",\"parameter\":"
		    "\"note\",\"unit\":\"\",\"kind\":\"gauge\",\"type\":"
		    "\"text\",\"value\":\"a \\\"b\\\"\"}]}\n\n" },
		{ FORMAT_ULM,
		    "id: 42\nevent: values\n"
		    "data: DATE=20260131100000.123456789 HOST=\"n 1\" "
		    "PROG=farmd LVL=Usage NL.EVNT=load FARM=f CLUSTER=c "
		    "UNIT=1 TYPE=double VAL=0.5\n"
		    "data: DATE=20260131100000.123456789 HOST=\"n 1\" "
		    "PROG=farmd LVL=Usage NL.EVNT=note FARM=f CLUSTER=c "
		    "TYPE=text VAL=\"a \\\"b\\\"\"\n\n" },
		{ FORMAT_XML,
		    "id: 42\nevent: values\n"
		    "data: <event><field name=\"DATE\">"
		    "20260131100000.123456789</field><field name=\"HOST\">n 1"
		    "</field><field name=\"PROG\">farmd</field><field "
		    "name=\"LVL\">Usage</field><field name=\"NL.EVNT\">load"
		    "</field><field name=\"FARM\">f</field><field "
		    "name=\"CLUSTER\">c</field><field name=\"UNIT\">1</field>"
		    "<field name=\"TYPE\">double</field><field name=\"VAL\">"
		    "0.5</field></event>\n"
		    "data: <event><field name=\"DATE\">"
		    "20260131100000.123456789</field><field name=\"HOST\">n 1"
		    "</field><field name=\"PROG\">farmd</field><field "
		    "name=\"LVL\">Usage</field><field name=\"NL.EVNT\">note"
		    "</field><field name=\"FARM\">f</field><field "
		    "name=\"CLUSTER\">c</field><field name=\"TYPE\">text"
		    "</field><field name=\"VAL\">a \"b\"</field></event>\n"
		    "\n" },
		{ FORMAT_INFLUX,
		    "id: 42\nevent: values\n"
		    "data: load,farm=f,cluster=c,node=n\\ 1 value=0.5 "
		    "1769853600123456789\n"
		    "data: note,farm=f,cluster=c,node=n\\ 1 value=\"a "
		    "\\\"b\\\"\" 1769853600123456789\n\n" },
	};
	struct farm_value rows[] = { farm_double(0.5),
		farm_text("a \"b\"", 5) };
	struct buffer out = BUFFER_INIT;

	(void)state;
	series = series_table_new(1000);
	rows[0].series = define("load", "1");
	rows[1].series = define("note", "");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct form *f = form_new(cases[i].format, series);

		buffer_clear(&out);
		put_result(f, 42, rows, COUNT(rows), &out);
		assert_string_equal(cases[i].want, buffer_text(&out));
		form_free(f);
	}
	buffer_free(&out);
	series_table_free(series);
}

/* What a format cannot say is said otherwise, or left out; never half. */
static void
hard_values(void **state)
{
	struct farm_value rows[] = { farm_text("two\nlines", 9),
		farm_double(NAN) };
	struct buffer out = BUFFER_INIT;
	struct form *f;

	(void)state;
	series = series_table_new(1000);
	rows[0].series = rows[1].series = define("x", "");
	f = form_new(FORMAT_ULM, series);
	put_result(f, 1, rows, 2, &out);
	assert_non_null(strstr(buffer_text(&out), "JSON=\"\\\"two\\\\nlines"));
	assert_non_null(strstr(buffer_text(&out), "VAL=NaN"));
	form_free(f);
	buffer_clear(&out);
	f = form_new(FORMAT_INFLUX, series);
	put_result(f, 1, rows, 2, &out);
	assert_string_equal("id: 1\nevent: values\n"
			    "data: x,farm=f,cluster=c,node=n\\ 1 value=\"two\n"
			    "data: lines\" 1769853600123456789\n\n",
	    buffer_text(&out));
	form_free(f);
	buffer_free(&out);
	series_table_free(series);
}

static size_t
decode_all(struct frame_decoder *d, const struct buffer *b, struct batch *to)
{
	size_t at = 0, n = 0;
	struct error err;

	while (at < b->size) {
		ssize_t size = frame_size(b->data + at, b->size - at);

		assert_true(size > 0);
		if (frame_decode(d, b->data + at, (size_t)size, to, &err) != 0)
			fail_msg("%s", err.text);
		at += (size_t)size;
		n++;
	}
	return n;
}

/* Two readers of one stream, one of whom comes in later: both follow. */
static void
frames_for_one_who_comes_later(void **state)
{
	struct series_table *names[2] = { series_table_new(100),
		series_table_new(100) };
	struct frame_decoder *readers[2];
	struct batch *got[2] = { batch_new(), batch_new() };
	struct buffer out = BUFFER_INIT;
	struct farm_value row = farm_uint64(UINT64_MAX);
	const struct farm_record *r;
	struct form *f;

	(void)state;
	series = series_table_new(100);
	row.series = define("x", "By");
	f = form_new(FORMAT_FRAMES, series);
	for (int i = 0; i < 2; i++)
		readers[i] = frame_decoder_new(names[i]);
	form_note(f, "begin", 0, 1, ",\"subscription\":3", &out);
	put_result(f, 10, &row, 1, &out);
	(void)decode_all(readers[0], &out, got[0]);
	form_anew(f);
	buffer_clear(&out);
	form_note(f, "live", 10, 2, "", &out);
	(void)decode_all(readers[1], &out, got[1]);
	form_anew(f);
	buffer_clear(&out);
	put_result(f, 11, &row, 1, &out);
	form_nothing(f, &out);
	for (int i = 0; i < 2; i++)
		assert_int_equal(2, decode_all(readers[i], &out, got[i]));
	r = got[0]->view.records;
	assert_int_equal(3, got[0]->view.n_records);
	assert_int_equal(FARM_EVENT, r[0].type);
	assert_memory_equal("{\"event\":\"subscription_begin\",\"sequence\":1,"
			    "\"subscription\":3}",
	    r[0].payload, r[0].payload_size);
	assert_int_equal(10, r[1].position);
	assert_int_equal(11, r[2].position);
	assert_int_equal(WHEN, r[2].time_ns);
	assert_true(r[2].values[0].uint64 == UINT64_MAX);
	assert_string_equal(
	    "x", series_get(names[0], r[2].values[0].series)->parameter);
	assert_int_equal(2, got[1]->view.n_records);
	for (int i = 0; i < 2; i++) {
		batch_unref(got[i]);
		frame_decoder_free(readers[i]);
		series_table_free(names[i]);
	}
	form_free(f);
	buffer_free(&out);
	series_table_free(series);
}

static void
points_of_a_history(void **state)
{
	const struct level_slot slot = { .time_ns = WHEN,
		.span_ns = NS_PER_S,
		.held_ns = 5,
		.count = 3,
		.mean = 2,
		.min = 1,
		.max = 4,
		.last = 3 };
	const struct history_point points[] = {
		{ .time_ns = WHEN, .value = farm_double(2), .average = &slot },
		{ .time_ns = WHEN, .value = farm_int64(-1) },
	};
	const struct farm_series s = { .farm = "f",
		.cluster = "c",
		.node = "n",
		.parameter = "p",
		.unit = "" };
	struct series_table *names = series_table_new(100);
	struct frame_decoder *reader = frame_decoder_new(names);
	struct batch *got = batch_new();
	struct buffer out = BUFFER_INIT;
	struct form *f;

	(void)state;
	series = series_table_new(100);
	f = form_new(FORMAT_FRAMES, series);
	for (size_t i = 0; i < COUNT(points); i++)
		form_point(f, "history", &s, &points[i], &out);
	form_flush(f, &out);
	assert_int_equal(1, decode_all(reader, &out, got));
	assert_int_equal(2, got->view.n_records);
	assert_int_equal(FARM_AVERAGE, got->view.records[0].flags);
	assert_int_equal(7, got->view.records[0].n_values);
	assert_true(got->view.records[0].values[4].uint64 == 3);
	assert_true(got->view.records[1].values[0].int64 == -1);
	form_free(f);
	batch_unref(got);
	frame_decoder_free(reader);
	series_table_free(names);
	buffer_free(&out);
	series_table_free(series);
}

static void
words_of_formats(void **state)
{
	enum format format;
	struct error err;

	(void)state;
	assert_int_equal(0, format_parse(NULL, &format, &err));
	assert_int_equal(FORMAT_JSON, format);
	assert_int_equal(0, format_parse("frames", &format, &err));
	assert_int_equal(FORMAT_FRAMES, format);
	assert_int_equal(-1, format_parse("yaml", &format, &err));
	assert_string_equal(
	    "format: \"yaml\": json, ulm, xml, influx or frames", err.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_result_in_each_format),
		cmocka_unit_test(hard_values),
		cmocka_unit_test(frames_for_one_who_comes_later),
		cmocka_unit_test(points_of_a_history),
		cmocka_unit_test(words_of_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
