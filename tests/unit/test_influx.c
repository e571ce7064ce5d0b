/* Line protocol: what lines say, what is wrong with others, and back again. */
#include "influx.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#define TEXT(S) ((struct slice){ S, sizeof(S) - 1 })

static struct slice
copy_of(const char *text, size_t length)
{
	char *copy = malloc(length + (length == 0));

	assert_non_null(copy);
	memcpy(copy, text, length);
	return (struct slice){ copy, length };
}

static void
show_point(struct buffer *b, struct influx_point p)
{
	struct influx_field f;
	struct influx_tag t;
	size_t tags = 0, fields = 0;

	buffer_put(b, p.measurement.text, p.measurement.length);
	for (; influx_next_tag(&p, &t); tags++)
		buffer_printf(b, " [%.*s|%.*s]", (int)t.name.length,
		    t.name.text, (int)t.value.length, t.value.text);
	for (; influx_next_field(&p, &f); fields++) {
		buffer_printf(b, " %.*s:%d:", (int)f.name.length, f.name.text,
		    f.value.type);
		buffer_value(b, &f.value);
	}
	assert_int_equal(tags, p.n_tags);
	assert_int_equal(fields, p.n_fields);
	if (p.timed)
		buffer_printf(b, " @%lld", (long long)p.time);
}

/* Points shown, wrong lines as !reason, each ended by ";". */
static void
show(struct buffer *b, struct slice rest)
{
	struct influx_point p;
	struct error err;
	int got;

	buffer_clear(b);
	while ((got = influx_parse(&rest, &p, &err)) != 0) {
		if (got > 0)
			show_point(b, p);
		else
			buffer_printf(b, "!%s", err.text);
		buffer_putc(b, ';');
	}
}

static const struct {
	const char *text;
	const char *want;
} cases[] = {
	{ "", "" },
	{ "\n\n# comment \"\n \r\n", "" },
	{ "cpu,host=a,core=0 load=1.5,n=3i 1700000000000000000",
	    "cpu [host|a] [core|0] load:1:1.5 n:2:3 @1700000000000000000;" },
	{ "m f=1", "m f:1:1;" },
	{ "m f=-1.5e-3 -5 ", "m f:1:-0.0015 @-5;" },
	{ "m  f=1  7\r\n", "m f:1:1 @7;" },
	{ "m a=1i,b=18446744073709551615u,c=t,d=FALSE,e=\"x\"",
	    "m a:2:1 b:3:18446744073709551615 c:4:true d:4:false e:5:x;" },
	{ "m a=9223372036854775807i,b=-9223372036854775808i",
	    "m a:2:9223372036854775807 b:2:-9223372036854775808;" },
	{ "m e=\"\",f=\"a, b=c \\\" \\\\\" 1",
	    "m e:5: f:5:a, b=c \\\" \\\\ @1;" },
	{ "m e=\"two\nlines\"\nn f=1", "m e:5:two\nlines;n f:1:1;" },
	{ "a\\ b\\,c\\=,t\\ 1=v\\,\\= f\\ 2=1",
	    "a\\ b\\,c\\= [t\\ 1|v\\,\\=] f\\ 2:1:1;" },
	{ "m,p=C:\\x f=1", "m [p|C:\\x] f:1:1;" },
	{ "m a=1\nbad\nn b=2",
	    "m a:1:1;!field 1 of \"bad\" is wrong;n b:1:2;" },
	{ ",a=b f=1", "!a line without a measurement;" },
	{ "m, f=1", "!tag 1 of \"m\" is wrong;" },
	{ "m,a f=1", "!tag 1 of \"m\" is wrong;" },
	{ "m,a= f=1", "!tag 1 of \"m\" is wrong;" },
	{ "m,a=b, f=1", "!tag 2 of \"m\" is wrong;" },
	{ "m,a=b=c f=1", "!tag 1 of \"m\" is wrong;" },
	{ "m,a=b", "!field 1 of \"m\" is wrong;" },
	{ "m a\"b=1 5\nn f=\"x\"", "m a\"b:1:1 @5;n f:5:x;" },
	{ "m f=1,", "!field 2 of \"m\" is wrong;" },
	{ "m f=1, 5", "!field 2 of \"m\" is wrong;" },
	{ "m f=", "!field 1 of \"m\" is wrong;" },
	{ "m =1", "!field 1 of \"m\" is wrong;" },
	{ "m f=1.5i", "!field 1 of \"m\" is wrong;" },
	{ "m f=-1u", "!field 1 of \"m\" is wrong;" },
	{ "m f=9223372036854775808i", "!field 1 of \"m\" is wrong;" },
	{ "m f=nan", "!field 1 of \"m\" is wrong;" },
	{ "m f=inf", "!field 1 of \"m\" is wrong;" },
	{ "m f=0x10", "!field 1 of \"m\" is wrong;" },
	{ "m f=1e999", "!field 1 of \"m\" is wrong;" },
	{ "m f=1e-999", "m f:1:0;" },
	{ "m f=tru", "!field 1 of \"m\" is wrong;" },
	{ "m f=\"x\"y", "!field 1 of \"m\" is wrong;" },
	{ "m f=\"x\nn g=1", "!field 1 of \"m\" is wrong;" },
	{ "m f=1 2x", "!the time of \"m\" is wrong;" },
	{ "m f=1 2 3", "!the time of \"m\" is wrong;" },
	{ "m f=1 9223372036854775808", "!the time of \"m\" is wrong;" },
};

static void
test_cases(void **unused)
{
	struct buffer b = BUFFER_INIT;
	struct slice copy;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		copy = copy_of(cases[i].text, strlen(cases[i].text));
		show(&b, copy);
		if (strcmp(buffer_text(&b), cases[i].want) != 0)
			fail_msg("%s: %s instead of %s", cases[i].text,
			    buffer_text(&b), cases[i].want);
		free((char *)copy.text);
	}
	buffer_free(&b);
}

static void
test_zero_bytes(void **unused)
{
	static const char line[] = "m\0,a\0=\0 f\0=1\nn f=\0\n";
	struct slice copy = copy_of(line, sizeof(line) - 1), rest = copy;
	struct influx_point p;
	struct error err;

	(void)unused;
	assert_int_equal(influx_parse(&rest, &p, &err), 1);
	assert_int_equal(p.measurement.length, 2);
	assert_int_equal(p.n_tags, 1);
	assert_int_equal(influx_parse(&rest, &p, &err), -1);
	assert_int_equal(rest.length, 0);
	free((char *)copy.text);
}

static void
test_print(void **unused)
{
	const struct farm_value values[] = { farm_double(1.5), farm_int64(-3),
		farm_uint64(3), farm_boolean(true), farm_text("a \"b\" \\", 7),
		farm_double(NAN), farm_double(-INFINITY),
		{ .type = FARM_NONE } };
	struct buffer b = BUFFER_INIT;
	struct influx_line l;
	struct error err;
	char name[] = "f 0";
	size_t i;

	(void)unused;
	assert_int_equal(influx_begin(&l, &b, TEXT("a b,c=d"), &err), 0);
	assert_int_equal(
	    influx_put_tag(&l, TEXT("t,1"), TEXT("C:\\x =y"), &err), 0);
	assert_int_equal(influx_put_tag(&l, TEXT("empty"), TEXT(""), &err), 0);
	for (i = 0; i < COUNT(values); i++, name[2]++)
		assert_int_equal(
		    influx_put_field(&l, TEXT(name), &values[i], &err), 0);
	assert_int_equal(influx_end(&l, 17), 1);
	assert_string_equal(buffer_text(&b),
	    "a\\ b\\,c=d,t\\,1=C:\\x\\ \\=y f\\ 0=1.5,f\\ 1=-3i,f\\ 2=3u,"
	    "f\\ 3=true,f\\ 4=\"a \\\"b\\\" \\\\\" 17\n");
	assert_int_equal(influx_begin(&l, &b, TEXT("nothing"), &err), 0);
	assert_int_equal(influx_put_field(&l, TEXT("f"), &values[5], &err), 0);
	assert_int_equal(influx_end(&l, 18), 0);
	assert_int_equal(strlen(buffer_text(&b)), b.size);
	assert_null(strstr(buffer_text(&b), "nothing"));
	buffer_free(&b);
}

static void
test_refusals(void **unused)
{
	const struct farm_value v = farm_int64(1);
	struct buffer b = BUFFER_INIT;
	struct influx_line l;
	struct error err;

	(void)unused;
	assert_int_equal(influx_begin(&l, &b, TEXT(""), &err), -1);
	assert_string_equal(err.text, "measurement without a name");
	assert_int_equal(influx_begin(&l, &b, TEXT("#m"), &err), -1);
	assert_string_equal(
	    err.text, "measurement \"#m\" cannot be said in line protocol");
	assert_int_equal(influx_begin(&l, &b, TEXT("m\\"), &err), -1);
	assert_int_equal(b.size, 0);
	assert_int_equal(influx_begin(&l, &b, TEXT("m"), &err), 0);
	assert_int_equal(
	    influx_put_tag(&l, TEXT("t"), TEXT("a\\,b"), &err), -1);
	assert_string_equal(
	    err.text, "tag value \"a\\,b\" cannot be said in line protocol");
	assert_int_equal(influx_put_tag(&l, TEXT("t"), TEXT("a\nb"), &err), -1);
	assert_int_equal(influx_put_field(&l, TEXT("f\\"), &v, &err), -1);
	assert_string_equal(
	    err.text, "field \"f\\\" cannot be said in line protocol");
	assert_string_equal(buffer_text(&b), "m");
	buffer_free(&b);
}

/* --- properties --- */

static uint32_t
random_number(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static struct slice
random_text(uint32_t *state, char to[12])
{
	static const char bytes[] = "aZ09 ,=\"\\#.:t";
	size_t i, n = 1 + random_number(state) % 11;

	for (i = 0; i < n; i++)
		to[i] = bytes[random_number(state) % (sizeof(bytes) - 1)];
	return (struct slice){ to, n };
}

static struct farm_value
random_value(uint32_t *state, char to[12])
{
	struct slice text = random_text(state, to);
	uint64_t bits = (uint64_t)random_number(state) << 40 ^
			(uint64_t)random_number(state) << 20 ^
			random_number(state);

	switch (bits % 5) {
	case 0:
		return farm_double((double)bits * 1.1e-7);
	case 1:
		return farm_int64((int64_t)bits);
	case 2:
		return farm_uint64(bits);
	case 3:
		return farm_boolean(bits & 32);
	}
	return farm_text(text.text, text.length);
}

static void
assert_name(struct slice want, struct slice got,
    size_t (*unescaped)(char *, struct slice))
{
	char text[32];
	size_t n = unescaped(text, got);

	assert_int_equal(n, want.length);
	assert_memory_equal(text, want.text, n);
}

static void
assert_value(const struct farm_value *want, const struct farm_value *got)
{
	assert_int_equal(got->type, want->type);
	if (want->type == FARM_TEXT)
		assert_name((struct slice){ want->text, want->length },
		    (struct slice){ got->text, got->length },
		    influx_unescape_text);
	else if (want->type == FARM_BOOLEAN)
		assert_int_equal(got->boolean, want->boolean);
	else
		assert_int_equal(got->uint64, want->uint64);
}

/* What can be written is read back as it was. */
static bool
round_trip(struct buffer *b, uint32_t *state)
{
	char texts[4][12], value[12];
	struct slice m = random_text(state, texts[0]);
	struct slice t = random_text(state, texts[1]);
	struct slice tv = random_text(state, texts[2]);
	struct slice f = random_text(state, texts[3]);
	struct farm_value v = random_value(state, value);
	int64_t time_ns = (int64_t)random_number(state) - 1000000;
	struct influx_field field;
	struct influx_point p;
	struct influx_tag tag;
	struct influx_line l;
	struct error err;
	struct slice rest;

	buffer_clear(b);
	if (influx_begin(&l, b, m, NULL) != 0 ||
	    influx_put_tag(&l, t, tv, NULL) != 0 ||
	    influx_put_field(&l, f, &v, NULL) != 0)
		return false;
	influx_end(&l, time_ns);
	rest = (struct slice){ b->data, b->size };
	if (influx_parse(&rest, &p, &err) != 1)
		fail_msg("%s: %s", b->data, err.text);
	assert_int_equal(rest.length, 0);
	assert_int_equal(p.n_tags, 1);
	assert_int_equal(p.n_fields, 1);
	assert_true(p.timed && p.time == time_ns);
	assert_name(m, p.measurement, influx_unescape_measurement);
	assert_true(influx_next_tag(&p, &tag));
	assert_name(t, tag.name, influx_unescape_name);
	assert_name(tv, tag.value, influx_unescape_name);
	assert_true(influx_next_field(&p, &field));
	assert_name(f, field.name, influx_unescape_name);
	assert_value(&v, &field.value);
	return true;
}

static void
test_round_trips(void **unused)
{
	struct buffer b = BUFFER_INIT;
	size_t round, written = 0;
	uint32_t state = 3;

	(void)unused;
	for (round = 0; round < 20000; round++)
		written += round_trip(&b, &state);
	assert_true(written > 1000);
	buffer_free(&b);
}

/* All is answered, each line once. */
static void
test_mutations(void **unused)
{
	static const char seed[] =
	    "cpu,host=a\\ b,c=d f=1.5,g=\"x\\\"y\nz\",h=3u 17\nm f=1i\n";
	struct buffer b = BUFFER_INIT;
	uint32_t state = 5;
	size_t round, length, k;
	struct slice copy;

	(void)unused;
	for (round = 0; round < 20000; round++) {
		length = sizeof(seed) - 1;
		if (round % 2)
			length = 1 + random_number(&state) % length;
		copy = copy_of(seed, length);
		for (k = 0; k < round % 4; k++)
			((char *)copy.text)[random_number(&state) % length] =
			    (char)random_number(&state);
		show(&b, copy);
		free((char *)copy.text);
	}
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_zero_bytes),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
