/* Formats of export and import-data: what goes out comes in as it was, what is
   bad is named by its line, and no bytes do harm. */
#include "data/format.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

static const struct text_format *const texts[] = { &csv_format, &json_format,
	&influx_format };

static const struct farm_label labels[] = { { "if", "Gi1/0/1" },
	{ "quote, and = more", "a\"b\\\"c, d=e" } };

#define T0 INT64_C(1700000000123456789)
#define SERIES(PARAMETER)                                                      \
	{                                                                      \
		.farm = "farm", .cluster = "c", .node = "n 1", .unit = "",     \
		.parameter = (PARAMETER)                                       \
	}

static struct row rows[64];

/* Rows of everything that is special somewhere. */
static size_t
make_rows(void)
{
	static const char nul[] = "a\0b";
	static const char lines[] = "two\nlines, \"quoted\"\r\n\\ and more";
	static const struct farm_series series[] = {
		SERIES("plain"),
		SERIES("a,b=c \"d\" #e"),
		SERIES("r\xc3\xa9seau \xf0\x9f\x90\x84"),
		{ .farm = "f'",
		    .cluster = "{c}",
		    .node = "[::1]/x",
		    .parameter = "If,In",
		    .unit = "By/s, or \"so\"",
		    .kind = FARM_COUNTER64,
		    .labels = labels,
		    .n_labels = 2 },
		{ .farm = "f",
		    .cluster = "c",
		    .node = "n",
		    .parameter = "p",
		    .unit = "%",
		    .kind = FARM_STATE },
	};
	const struct farm_value values[] = { farm_double(0.1),
		farm_double(-0.0), farm_double(3), farm_double(NAN),
		farm_double(INFINITY), farm_double(-INFINITY),
		farm_double(5e-324), farm_double(1.7976931348623157e308),
		farm_double(1e22), farm_int64(0), farm_int64(INT64_MIN),
		farm_int64(INT64_MAX), farm_int64((INT64_C(1) << 53) + 1),
		farm_uint64(0), farm_uint64(UINT64_MAX),
		farm_uint64((UINT64_C(1) << 53) + 1), farm_boolean(false),
		farm_boolean(true), farm_text("", 0), farm_text("12", 2),
		farm_text("NaN", 3), farm_text(nul, 3),
		farm_text(lines, sizeof(lines) - 1),
		farm_text("# \xf0\x9f\x90\x84", 6) };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(values); i++, n++)
		rows[n] = (struct row){ .series = series[i % COUNT(series)],
			.time_ns = i == 5 ? -1 : T0 + (int64_t)i,
			.value = values[i] };
	rows[n - 1].time_ns = INT64_MAX;
	return n;
}

static bool
same_value(const struct farm_value *a, const struct farm_value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == FARM_TEXT)
		return a->length == b->length &&
		       memcmp(a->text, b->text, a->length) == 0;
	if (a->type == FARM_BOOLEAN)
		return a->boolean == b->boolean;
	if (a->type == FARM_DOUBLE && isnan(b->number))
		return isnan(a->number);
	return a->uint64 == b->uint64;
}

static void
assert_same(const struct row *have, const struct row *want)
{
	assert_string_equal(have->series.farm, want->series.farm);
	assert_string_equal(have->series.cluster, want->series.cluster);
	assert_string_equal(have->series.node, want->series.node);
	assert_string_equal(have->series.parameter, want->series.parameter);
	assert_string_equal(have->series.unit, want->series.unit);
	assert_int_equal(have->series.kind, want->series.kind);
	assert_int_equal(have->series.n_labels, want->series.n_labels);
	for (uint32_t i = 0; i < want->series.n_labels; i++) {
		assert_string_equal(
		    have->series.labels[i].name, want->series.labels[i].name);
		assert_string_equal(
		    have->series.labels[i].value, want->series.labels[i].value);
	}
	assert_true(have->time_ns == want->time_ns);
	if (!same_value(&have->value, &want->value))
		fail_msg("type %d, %" PRIx64 ", not type %d, %" PRIx64,
		    have->value.type, have->value.uint64, want->value.type,
		    want->value.uint64);
}

static int
memory_file(void)
{
	int fd = memfd_create("rows", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void
put_all(struct sink *sink, size_t n)
{
	struct error err;

	for (size_t i = 0; i < n; i++)
		if (sink->ops->put(sink, &rows[i], &err) != 0)
			fail_msg("row %zu: %s", i, err.text);
	assert_int_equal(sink->ops->end(sink, &err), 0);
	sink->ops->free(sink);
}

static void
expect_all(struct source *source, size_t n)
{
	struct error err;
	struct row row;
	int rc;

	for (size_t i = 0; i < n; i++) {
		rc = source->ops->next(source, &row, &err);
		if (rc != 1)
			fail_msg("row %zu: %d, %s", i, rc, err.text);
		assert_same(&row, &rows[i]);
	}
	assert_int_equal(source->ops->next(source, &row, &err), 0);
	source->ops->free(source);
}

static void
text_comes_back(void **state)
{
	size_t n = make_rows();
	struct source *source;
	struct sink *sink;
	struct error err;

	(void)state;
	for (size_t f = 0; f < COUNT(texts); f++) {
		int fd = memory_file();

		assert_int_equal(text_sink_open(&sink, texts[f], fd, &err), 0);
		put_all(sink, n);
		assert_true(lseek(fd, 0, SEEK_SET) == 0);
		assert_int_equal(
		    text_source_open(&source, texts[f], fd, "f", &err), 0);
		expect_all(source, n);
		close(fd);
	}
}

static void
sqlite_comes_back(void **state)
{
#ifdef HAVE_SQLITE
	char path[] = "/tmp/test_formats.XXXXXX";
	size_t n = make_rows();
	struct source *source;
	struct sink *sink;
	struct error err;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(sqlite_sink_open(&sink, path, &err), 0);
	put_all(sink, n);
	assert_int_equal(sqlite_source_open(&source, path, &err), 0);
	expect_all(source, n);
	/* What is not whole is not there. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sqlite_sink_open(&sink, path, &err), 0);
	sink->ops->free(sink);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(sqlite_source_open(&source, path, &err), -1);
	assert_non_null(strstr(err.text, path));
#else
	(void)state;
	skip();
#endif
}

static void
a_line_that_cannot_be_said(void **state)
{
	struct row row = { .series = SERIES("back\\"),
		.value = farm_double(1) };
	struct buffer out = BUFFER_INIT;
	struct error err;

	(void)state;
	assert_int_equal(influx_format.put(&out, &row, &err), -1);
	assert_string_equal(
	    err.text, "measurement \"back\\\" cannot be said in line protocol");
	assert_int_equal(out.size, 0);
	buffer_free(&out);
}

/* --- bad lines --- */

/* What reading the text comes to: values, and what is wrong, a line each. */
static void
read_text(const struct text_format *format, const char *text, size_t size,
    struct buffer *out)
{
	int fd = memory_file();
	struct source *source;
	struct error err;
	struct row row;
	int rc;

	buffer_clear(out);
	assert_true(write(fd, text, size) == (ssize_t)size);
	assert_true(lseek(fd, 0, SEEK_SET) == 0);
	assert_int_equal(text_source_open(&source, format, fd, "f", &err), 0);
	do {
		rc = source->ops->next(source, &row, &err);
		if (rc == 1)
			buffer_value(out, &row.value);
		else if (rc < 0)
			buffer_puts(out, err.text);
		buffer_puts(out, rc == 0 ? "" : "\n");
	} while (rc == 1 || rc == -1);
	source->ops->free(source);
	close(fd);
}

/* An average is said with all it has, and is no value when it is read. */
static void
averages_only_go_out(void **state)
{
	static const char *const want[] = {
		"farm,c,n 1,p,gauge,,,2023-11-14T22:13:20.123456789Z,double,"
		"1.5,60,7,-1,3,2.25,59.5\r\n",
		"{\"farm\":\"farm\",\"cluster\":\"c\",\"node\":\"n 1\","
		"\"parameter\":\"p\",\"unit\":\"\",\"kind\":\"gauge\","
		"\"time\":\"2023-11-14T22:13:20.123456789Z\","
		"\"type\":\"double\",\"value\":1.5,\"step_ns\":60000000000,"
		"\"count\":7,\"min\":-1,\"max\":3,\"last\":2.25,"
		"\"held_ns\":59500000000}\n",
		"p,farm=farm,cluster=c,node=n\\ 1,kind=gauge,step=60 "
		"value=1.5,count=7u,min=-1,max=3,last=2.25,held=59.5 "
		"1700000000123456789\n",
	};
	const struct row row = { .series = SERIES("p"),
		.time_ns = T0,
		.value = farm_double(1.5),
		.average = { .step_ns = INT64_C(60000000000),
		    .held_ns = INT64_C(59500000000),
		    .count = 7,
		    .min = -1,
		    .max = 3,
		    .last = 2.25 } };
	struct buffer text = BUFFER_INIT;
	struct buffer out = BUFFER_INIT;
	struct error err;
	size_t head;

	(void)state;
	for (size_t f = 0; f < COUNT(texts); f++) {
		buffer_clear(&text);
		if (texts[f]->head != NULL)
			buffer_puts(&text, texts[f]->head);
		head = text.size;
		assert_int_equal(texts[f]->put(&text, &row, &err), 0);
		assert_string_equal(text.data + head, want[f]);
		read_text(texts[f], text.data, text.size, &out);
		assert_string_equal(buffer_text(&out),
		    head > 0 ? "f:2: an average; only values can be imported\n"
			     : "f:1: an average; only values can be "
			       "imported\n");
	}
	buffer_free(&text);
	buffer_free(&out);
}

#define HEAD "farm,cluster,node,parameter,time,type,value\n"
#define AT "2026-01-01T00:00:00Z"
#define J                                                                      \
	"{\"farm\":\"f\",\"cluster\":\"c\",\"node\":\"n\","                    \
	"\"parameter\":\"p\",\"time\":\"" AT "\","

static void
bad_lines_are_named(void **state)
{
	static const struct {
		const struct text_format *format;
		const char *text;
		const char *want;
	} cases[] = {
		{ &csv_format, "", "" },
		{ &csv_format, "farm,node\n1,2\n",
		    "f:1: the header has no column cluster\n" },
		{ &csv_format, "farm,farm\n", "f:1: column farm twice\n" },
		{ &csv_format, "\xef\xbb\xbf" HEAD "f,c,n,p," AT ",double,1\n",
		    "1\n" },
		{ &csv_format,
		    HEAD "f,c,n,p," AT ",double,1\r\n"
			 "f,c,n,p," AT ",double,one\n"
			 "f,c,n,p," AT ",double\n"
			 "f,c,n,p,yesterday,double,1\n"
			 "f,c,n,p," AT ",float,1\n"
			 "f,c,n,," AT ",double,1\n"
			 "\n"
			 "f,c,n,p," AT ",uint64,-1\n"
			 "f,c,n,p," AT ",int64,9223372036854775808\n"
			 "f,c,n,p," AT ",boolean,yes\n"
			 "f,c,n,p," AT ",text,\"two\nlines\"\n"
			 "f,c,n,p," AT ",text,\"x\"y\n"
			 "f,c,n,p," AT ",text,\"open\n"
			 "f,c,n,p," AT ",double,2",
		    "1\n"
		    "f:3: \"one\" is no double\n"
		    "f:4: 6 fields, and the header has 7\n"
		    "f:5: the time is \"yesterday\"; it must be as in "
		    "2026-01-31T10:00:00.5Z\n"
		    "f:6: the type is \"float\"; it must be double, int64, "
		    "uint64, boolean or text\n"
		    "f:7: the name of a parameter is empty\n"
		    "f:9: \"-1\" is no uint64\n"
		    "f:10: \"9223372036854775808\" is no int64\n"
		    "f:11: \"yes\" is no boolean\n"
		    "two\nlines\n"
		    "f:14: neither a comma nor the end of the line follows a "
		    "field\n"
		    "f:15: a quote is not closed\n"
		    "2\n" },
		{ &json_format,
		    J "\"type\":\"double\",\"value\":1}\n"
		      "[]\n"
		      "{\n"
		      "\n" J "\"type\":\"int64\",\"value\":1.5}\n" J
		      "\"type\":\"text\",\"value\":\"x\"}",
		    "1\n"
		    "f:2: not an object\n"
		    "f:3: no JSON: string or '}' expected near end of file\n"
		    "f:5: the value is no int64\n"
		    "x\n" },
		{ &influx_format,
		    "p,farm=f,cluster=c,node=n value=1 1\n"
		    "# a comment\n"
		    "p,farm=f,cluster=c,node=n value=1\n"
		    "p,farm=f,cluster=c,node=n value=1,x=2 1\n"
		    "p,farm=f,cluster=c,node=n,host=h value=1 1\n"
		    "p,farm=f,cluster=c value=1 1\n"
		    "p,farm=f,cluster=c,node=n nonfinite=\"-Inf\" 2\n"
		    "p,farm=f,cluster=c,node=n value=\"open 3\n"
		    "p,farm=f,cluster=c,node=n value=3i 3\n",
		    "1\n"
		    "f:3: there is no time\n"
		    "f:4: 2 fields; there must be one, value\n"
		    "f:5: tag host is not known\n"
		    "f:6: farm, cluster, node and parameter are needed\n"
		    "-Inf\n"
		    "f:8: field 1 of \"p\" is wrong\n"
		    "3\n" },
	};
	struct buffer out = BUFFER_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		read_text(cases[i].format, cases[i].text, strlen(cases[i].text),
		    &out);
		assert_string_equal(buffer_text(&out), cases[i].want);
	}
	buffer_free(&out);
}

static void
a_zero_byte_cuts_no_name(void **state)
{
	static const char line[] = "p,farm=f,cluster=c,node=n\0x value=1 1\n"
				   "p\0q,farm=f,cluster=c,node=n value=1 1\n"
				   "p,farm=f,cluster=c,node=n value=2 1\n";
	struct buffer out = BUFFER_INIT;

	(void)state;
	read_text(&influx_format, line, sizeof(line) - 1, &out);
	assert_string_equal(buffer_text(&out),
	    "f:1: a zero byte in a tag\n"
	    "f:2: a zero byte in a measurement\n"
	    "2\n");
	buffer_free(&out);
}

/* A row may end anywhere in what is read at once; one that never ends costs no
   more than the bound, and what follows it is found. */
static void
rows_of_all_sizes(void **state)
{
	struct buffer text = BUFFER_INIT;
	struct buffer out = BUFFER_INIT;
	const char *want = "f:2: a row of more than 1048576 bytes\n7\n";

	(void)state;
	buffer_puts(&text, HEAD "f,c,n,p," AT ",text,\"");
	for (size_t i = 0; i < 3000000; i++)
		buffer_putc(&text, 'x');
	buffer_puts(&text, "\nf,c,n,p," AT ",double,7\n");
	read_text(&csv_format, text.data, text.size, &out);
	assert_string_equal(buffer_text(&out), want);
	buffer_clear(&text);
	buffer_puts(&text, HEAD);
	for (size_t i = 0; i < 20000; i++)
		buffer_printf(&text, "f,c,n,p," AT ",int64,%zu\n", i);
	read_text(&csv_format, text.data, text.size, &out);
	for (size_t i = 0, at = 0; i < 20000; i++) {
		assert_int_equal(strtoul(out.data + at, NULL, 10), i);
		at = (size_t)(strchr(out.data + at, '\n') + 1 - out.data);
	}
	buffer_free(&text);
	buffer_free(&out);
}

/* Bytes flipped and cut: rows or reasons, and always an end. */
static void
any_bytes_will_do(void **state)
{
	struct buffer text = BUFFER_INIT;
	struct buffer out = BUFFER_INIT;
	struct error err;
	size_t n = make_rows();
	unsigned seed = 7;

	(void)state;
	for (size_t f = 0; f < COUNT(texts); f++) {
		buffer_clear(&text);
		if (texts[f]->head != NULL)
			buffer_puts(&text, texts[f]->head);
		for (size_t i = 0; i < n; i++)
			(void)texts[f]->put(&text, &rows[i], &err);
		for (int turn = 0; turn < 300; turn++) {
			size_t at = (size_t)rand_r(&seed) % text.size;
			char was = text.data[at];

			text.data[at] = (char)rand_r(&seed);
			read_text(texts[f], text.data,
			    text.size - (size_t)rand_r(&seed) % 40, &out);
			text.data[at] = was;
		}
	}
	buffer_free(&text);
	buffer_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_comes_back),
		cmocka_unit_test(sqlite_comes_back),
		cmocka_unit_test(a_line_that_cannot_be_said),
		cmocka_unit_test(averages_only_go_out),
		cmocka_unit_test(bad_lines_are_named),
		cmocka_unit_test(a_zero_byte_cuts_no_name),
		cmocka_unit_test(rows_of_all_sizes),
		cmocka_unit_test(any_bytes_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
