/* The writer `http': what is said in each format, and what answers mean. */
#include <string.h>
#include <zlib.h>

#include <snappy-c.h>

#include "composer.h"
#include "clock.h"
#include "remote_write.h"
#include "telling.h"
#include "text_writer.h"
#include "unit.h"
#include "verdict.h"

#define TIME_NS INT64_C(1769853600123456789)

extern const struct farm_entry farm_module;

static const struct farm_pair own_tags[] = { { "host", "{node}" } };

struct scene {
	struct composer_options options;
	struct composer composer;
	struct known known[8];
};

static struct farm_label labels[] = { { "rack", "r 1" }, { "2nd", "x" },
	{ "node", "y" }, { "empty", "" } };

static const struct farm_series series[] = {
	{ "f", "c", "n1", "load", "", NULL, 0, FARM_GAUGE },
	{ "f", "c", "n1", "bytes_in", "By", NULL, 0, FARM_COUNTER64 },
	{ "f", "c", "n1", "/boot", "%", labels, 4, FARM_GAUGE },
	{ "f", "c", "n2", "load", "", NULL, 0, FARM_GAUGE },
	{ "f", "c", "n1", "bad\\", "", NULL, 0, FARM_GAUGE },
};

static void
begin(struct scene *s, enum http_format format, const char *measurement)
{
	struct error err;

	memset(s, 0, sizeof(*s));
	s->options = (struct composer_options){ .format = format,
		.measurement = measurement,
		.tags = { own_tags, 1 },
		.labels = true,
		.integers = true };
	assert_int_equal(composer_open(&s->composer, &s->options, &err), 0);
	composer_begin(&s->composer);
}

static void
end(struct scene *s)
{
	size_t i;

	composer_close(&s->composer);
	for (i = 0; i < COUNT(s->known); i++)
		composer_forget(&s->known[i]);
}

static void
add(struct scene *s, size_t i, struct farm_value v, int64_t time_ns)
{
	v.series = (uint32_t)i + 1;
	assert_int_equal(
	    composer_add(&s->composer, &s->known[i], &series[i], &v, time_ns),
	    0);
}

static const char *
finished(struct scene *s)
{
	assert_int_equal(composer_finish(&s->composer), 0);
	return buffer_text(&s->composer.body);
}

/* ----------------------------------------------------------------- lines -- */

static void
test_lines(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, HTTP_INFLUX, "{parameter}");
	add(&s, 0, farm_double(0.25), TIME_NS);
	add(&s, 1, farm_uint64(INT64_MAX), TIME_NS);
	add(&s, 1, farm_uint64(UINT64_MAX), TIME_NS); /* cannot be said */
	add(&s, 2, farm_text("a \"b\"", 5), TIME_NS);
	add(&s, 3, farm_boolean(true), TIME_NS + 1);
	add(&s, 4, farm_int64(1), TIME_NS);
	add(&s, 4, farm_int64(2), TIME_NS);
	assert_string_equal(finished(&s),
	    "load,host=n1 value=0.25 1769853600123456789\n"
	    "bytes_in,host=n1 value=9223372036854775807i "
	    "1769853600123456789\n"
	    "/boot,host=n1,rack=r\\ 1,2nd=x,node=y value=\"a \\\"b\\\"\" "
	    "1769853600123456789\n"
	    "load,host=n2 value=true 1769853600123456790\n");
	assert_int_equal(s.composer.left_out[LEFT_NUMBER], 1);
	assert_int_equal(s.composer.left_out[LEFT_NAME], 2);
	assert_string_equal(s.composer.why.text,
	    "measurement \"bad\\\" cannot be said in line protocol");
	end(&s);
}

static void
test_no_integers(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, HTTP_INFLUX, "{parameter}");
	s.options.integers = false;
	add(&s, 0, farm_int64(-3), TIME_NS);
	add(&s, 1, farm_uint64(UINT64_MAX), TIME_NS);
	assert_string_equal(finished(&s),
	    "load,host=n1 value=-3 1769853600123456789\n"
	    "bytes_in,host=n1 value=1.8446744073709552e+19 "
	    "1769853600123456789\n");
	end(&s);
}

/* Parameters of a node at one time share a line. */
static void
test_fields(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, HTTP_INFLUX, "{cluster}");
	add(&s, 0, farm_double(1), TIME_NS);
	add(&s, 1, farm_uint64(2), TIME_NS);
	add(&s, 4, farm_int64(3), TIME_NS);
	add(&s, 3, farm_double(4), TIME_NS);
	add(&s, 3, farm_double(5), TIME_NS + 1);
	assert_string_equal(finished(&s),
	    "c,host=n1 load=1,bytes_in=2i 1769853600123456789\n"
	    "c,host=n2 load=4 1769853600123456789\n"
	    "c,host=n2 load=5 1769853600123456790\n");
	assert_int_equal(s.composer.left_out[LEFT_NAME], 1);
	end(&s);
}

static void
test_gzip(void **state)
{
	char text[200] = "";
	z_stream z = { .next_out = (Bytef *)text,
		.avail_out = sizeof(text) - 1 };
	struct scene s;

	(void)state;
	begin(&s, HTTP_INFLUX, "{parameter}");
	s.options.gzip = true;
	add(&s, 0, farm_double(0.25), TIME_NS);
	z.next_in = (Bytef *)finished(&s);
	z.avail_in = (uInt)s.composer.body.size;
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	(void)inflateEnd(&z);
	assert_string_equal(
	    text, "load,host=n1 value=0.25 1769853600123456789\n");
	end(&s);
}

/* ---------------------------------------------------------- remote write -- */

/* A request in words: NAME=VALUE,...: NUMBER@MS ...; */
static const char *
words_of(struct scene *s, struct buffer *b)
{
	struct remote_sample sample;
	struct remote_series one;
	struct remote_label l;
	size_t size = 10000;
	char plain[10000];
	struct slice rest;
	struct error err;

	(void)finished(s);
	assert_int_equal(snappy_uncompress(s->composer.body.data,
			     s->composer.body.size, plain, &size),
	    SNAPPY_OK);
	rest = (struct slice){ plain, size };
	while (remote_write_next(&rest, &one, &err) == 1) {
		while (remote_write_next_label(&one, &l))
			buffer_printf(b, "%.*s=%.*s,", (int)l.name.length,
			    l.name.text, (int)l.value.length, l.value.text);
		while (remote_write_next_sample(&one, &sample))
			buffer_printf(b, " %g@%lld", sample.value,
			    (long long)sample.time_ms);
		buffer_putc(b, '\n');
	}
	return buffer_text(b);
}

static void
test_remote_write(void **state)
{
	struct buffer b = BUFFER_INIT;
	struct scene s;

	(void)state;
	begin(&s, HTTP_REMOTE_WRITE, "{parameter}");
	add(&s, 3, farm_boolean(true), 2000000);
	add(&s, 0, farm_double(2), 2000000);
	add(&s, 0, farm_double(1), 1000000);
	add(&s, 0, farm_double(3), 2999999); /* the same millisecond */
	add(&s, 1, farm_uint64(7), 1000000);
	add(&s, 2, farm_int64(-5), 1000000);
	add(&s, 0, farm_text("x", 1), 1000000);
	assert_string_equal(words_of(&s, &b),
	    "__name__=farm_load,cluster=c,farm=f,node=n1, 1@1 3@2\n"
	    "__name__=farm_bytes_in_bytes_total,cluster=c,farm=f,node=n1, "
	    "7@1\n"
	    "_2nd=x,__name__=farm__boot_percent,cluster=c,farm=f,node=n1,"
	    "node_2=y,parameter=/boot,rack=r 1, -5@1\n"
	    "__name__=farm_load,cluster=c,farm=f,node=n2, 1@2\n");
	assert_int_equal(s.composer.left_out[LEFT_TEXT], 1);
	assert_int_equal(s.composer.left_out[LEFT_DOUBLE], 1);
	buffer_free(&b);
	end(&s);
}

/* Nothing to say is no request. */
static void
test_nothing(void **state)
{
	static const enum http_format formats[] = { HTTP_INFLUX,
		HTTP_REMOTE_WRITE };
	struct scene s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(formats); i++) {
		begin(&s, formats[i], "{parameter}");
		assert_string_equal(finished(&s), "");
		assert_int_equal(s.composer.body.size, 0);
		assert_int_equal(composer_make_empty(&s.composer), 0);
		assert_int_equal(s.composer.body.size, i);
		end(&s);
	}
}

/* --------------------------------------------------------------- answers -- */

static void
test_verdicts(void **state)
{
	static const struct {
		long status;
		enum farm_verdict want;
	} cases[] = {
		{ 200, FARM_DONE },
		{ 204, FARM_DONE },
		{ 301, FARM_AGAIN },
		{ 400, FARM_BAD },
		{ 401, FARM_AGAIN },
		{ 404, FARM_AGAIN },
		{ 413, FARM_BAD },
		{ 422, FARM_BAD },
		{ 429, FARM_AGAIN },
		{ 500, FARM_AGAIN },
		{ 503, FARM_AGAIN },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(verdict_of(cases[i].status), cases[i].want);
}

static void
test_words(void **state)
{
	struct buffer b = BUFFER_INIT;
	char many[2000];

	(void)state;
	verdict_words(&b, "\n a\t b\r\n\x01 c ", 11);
	assert_string_equal(buffer_text(&b), "a b c");
	buffer_clear(&b);
	memset(many, 'x', sizeof(many));
	verdict_words(&b, many, sizeof(many));
	assert_int_equal(b.size, 300);
	buffer_free(&b);
}

/* ------------------------------------------------------------ the module -- */

static void
test_options(void **state)
{
	static const struct {
		const char *name, *value, *want;
	} bad[] = {
		{ "url", "ftp://x/", "url: \"ftp\" is neither http nor https" },
		{ "url", "http://", "url: it is none" },
		{ "measurement", "", "measurement: is empty" },
		{ "measurement", "{host}", NULL },
		{ "gzip", "true", "gzip: it is for lines only" },
		{ "headers", "{A: \"b\\nc\"}",
		    "headers: \"A\" is more than one line" },
		{ "key", "/k.pem", "key: there is no certificate" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		struct fake_host *fake = fake_new(&farm_module);

		fake_options(fake, "url", "http://127.0.0.1:1/w", "format",
		    "remote_write", bad[i].name, bad[i].value, NULL);
		assert_int_equal(fake_check(fake), -1);
		if (bad[i].want != NULL)
			assert_string_equal(fake_failure(fake), bad[i].want);
		fake_free(fake);
	}
}

/* Nobody is there: not now; secrets of the URL are not told. */
static void
test_nobody(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);

	(void)state;
	fake_options(fake, "url", "http://me:secret@127.0.0.1:1/w?p=secret",
	    "format", "influx", NULL);
	assert_int_equal(fake_open(fake), 0);
	assert_int_equal(text_write_number(fake, 0.5), FARM_AGAIN);
	assert_non_null(strstr(fake_failure(fake),
	    "http://127.0.0.1:1/w: Failed to connect to 127.0.0.1 port 1"));
	assert_null(strstr(fake_failure(fake), "secret"));
	/* Nothing for it is nothing to be sent. */
	assert_int_equal(
	    fake_write(fake, &(struct farm_batch){ .n_records = 0 }),
	    FARM_DONE);
	fake_free(fake);
}

/* ---------------------------------------------------- what is left out -- */

static void
expect_log(const struct fake_host *fake, size_t n, const char *text)
{
	assert_int_equal(fake->n_logs, n);
	assert_string_equal(fake->logs[n - 1].text, text);
}

/* When it begins, when it is much more than in the hour before, when it is
   over; and when it begins again. */
static void
test_telling(void **state)
{
	static const struct {
		uint64_t more;   /* in this half of an hour */
		const char *log; /* NULL: no word */
	} cases[] = {
		{ 0, NULL },
		{ 5, "values are left out: a text, and only numbers are "
		     "stored" },
		{ 100, NULL },
		{ 20, NULL }, /* the first hour: 120 */
		{ 200, NULL },
		{ 40, NULL },
		{ 200, NULL },
		{ 41,
		    "241 values an hour are left out, instead of 120: a text, "
		    "and only numbers are stored" },
		{ 0, NULL },
		{ 1, NULL },
		{ 0, NULL },
		{ 0, "no more values are left out, 607 were: a text, and only "
		     "numbers are stored" },
		{ 0, NULL },
		{ 1, "values are left out: a text, and only numbers are "
		     "stored" },
	};
	struct fake_host *fake = fake_new(&farm_module);
	struct telling tellings[LEFT_OUTS] = { { .told = false } };
	struct composer c = { .left_out = { 0 } };
	int64_t now = NS_PER_S;
	size_t n = 0, i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		c.left_out[LEFT_TEXT] += cases[i].more;
		telling_of(&fake->host, tellings, &c, now);
		now += 1800 * NS_PER_S;
		if (cases[i].log != NULL)
			expect_log(fake, ++n, cases[i].log);
		assert_int_equal(fake->n_logs, n);
	}
	fake_free(fake);
}

/* Each series once, however often it comes again. */
static void
test_names_left_out(void **state)
{
	static const char *const names[] = { "one\\", "two\\" };
	struct fake_host *fake = fake_new(&farm_module);
	struct farm_value v[2] = { farm_double(1), farm_double(2) };
	size_t i;

	(void)state;
	fake_options(
	    fake, "url", "http://127.0.0.1:1/w", "format", "influx", NULL);
	assert_int_equal(fake_open(fake), 0);
	for (i = 0; i < COUNT(names); i++)
		v[i].series = text_series(fake, names[i]);
	for (i = 0; i < 3; i++)
		assert_int_equal(text_write(fake, v, 2), FARM_DONE);
	expect_log(fake, 2,
	    "c/n1/two\\: left out: measurement \"two\\\" cannot be said in "
	    "line protocol");
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_no_integers),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_remote_write),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_telling),
		cmocka_unit_test(test_names_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
