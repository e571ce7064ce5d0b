/* ULM: lines that come out as they went in, and what is wrong with others. */
#include "ulm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* NetLogger's. */
#define SAMPLE                                                                 \
	"DATE=20000330112320.957943 HOST=dps1.lbl.gov PROG=testProg "          \
	"LVL=Usage NL.EVNT=WriteData SEND.SZ=49332"
#define HEAD "DATE=20000330112320 HOST=h PROG=p LVL=Usage"

/* In a block of its own, so that sanitizers see its end. */
static char *
copy_of(const char *text, size_t length)
{
	char *copy = malloc(length + (length == 0));

	assert_non_null(copy);
	memcpy(copy, text, length);
	return copy;
}

static void
assert_raw_again(const char *line, size_t length)
{
	struct buffer b = BUFFER_INIT;
	char *copy = copy_of(line, length);
	struct error err = { "" };
	struct ulm_event e;
	struct ulm_field f;
	size_t n = 0;

	if (ulm_parse(copy, length, &e, &err) != 0)
		fail_msg("%.*s: %s", (int)length, line, err.text);
	for (; ulm_next(&e, &f); n++)
		ulm_put_raw(&b, &f);
	assert_int_equal(n, e.n_fields);
	assert_string_equal(buffer_text(&b), line);
	buffer_free(&b);
	free(copy);
}

static void
test_raw(void **unused)
{
	static const char *const lines[] = {
		SAMPLE,
		HEAD,
		"LVL=Debug A=\"\" PROG=p DATE=20261121132257.000001 B= "
		"HOST=\"h\" A=\"x\\\"y\\\\z\"",
		HEAD " C=a=b=\\c D=\xc3\xa9",
	};
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(lines); i++)
		assert_raw_again(lines[i], strlen(lines[i]));
}

static void
test_sample(void **unused)
{
	struct ulm_event e;
	struct error err;
	struct ulm_field f;

	(void)unused;
	assert_int_equal(
	    ulm_parse(SAMPLE "\r\n", sizeof(SAMPLE) + 1, &e, &err), 0);
	assert_int_equal(e.time_ns, INT64_C(954415400957943000));
	assert_int_equal(e.digits, 6);
	assert_true(slice_is(e.host, "dps1.lbl.gov"));
	assert_true(slice_is(e.prog, "testProg"));
	assert_true(slice_is(e.level, "Usage"));
	assert_int_equal(e.n_fields, 6);
	while (ulm_next(&e, &f))
		;
	assert_true(slice_is(f.name, "SEND.SZ"));
	assert_true(slice_is(f.value, "49332"));
}

static const struct {
	const char *line;
	const char *want;
} bad[] = {
	{ "", "DATE is missing" },
	{ " \t", "DATE is missing" },
	{ "DATE=20000330112320 PROG=p LVL=x", "HOST is missing" },
	{ "DATE=20000330112320 HOST=h LVL=x", "PROG is missing" },
	{ "DATE=20000330112320 HOST=h PROG=p", "LVL is missing" },
	{ "date=20000330112320 HOST=h PROG=p LVL=x", "DATE is missing" },
	{ "DATE=20000330112320 HOST= PROG=p LVL=x", "HOST is empty" },
	{ HEAD " HOST=x", "HOST is there twice" },
	{ HEAD " word", "\"word\" is not a field NAME=VALUE" },
	{ HEAD " =x y", "\"=x\" is not a field NAME=VALUE" },
	{ HEAD " A*B=x", "\"A*B=x\" is not a field NAME=VALUE" },
	{ HEAD " A=\"x", "A: a quote is missing or misplaced" },
	{ HEAD " A=\"x\\\"", "A: a quote is missing or misplaced" },
	{ HEAD " A=\"x\"y", "A: a quote is missing or misplaced" },
	{ HEAD " A=x\"y", "A: a quote is missing or misplaced" },
	{ HEAD " A=\x01", "byte 47 is a control character (1)" },
	{ HEAD " A=\n\n", "byte 47 is a control character (10)" },
	{ HEAD " A=\xff", "byte 47 is not UTF-8" },
	{ HEAD " A=\xef\xbf\xbf", "byte 47 is not UTF-8" },
};

static void
test_bad(void **unused)
{
	struct ulm_event e = { .n_fields = 77 };
	struct error err;
	char *copy;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(bad); i++) {
		copy = copy_of(bad[i].line, strlen(bad[i].line));
		if (ulm_parse(copy, strlen(bad[i].line), &e, &err) == 0)
			fail_msg("%s: accepted", bad[i].line);
		assert_string_equal(err.text, bad[i].want);
		assert_int_equal(e.n_fields, 77);
		free(copy);
	}
	copy = calloc(1, ULM_LINE_MAX + 1);
	assert_non_null(copy);
	assert_int_equal(ulm_parse(copy, ULM_LINE_MAX + 1, &e, &err), -1);
	assert_string_equal(err.text, "a line of more than 65535 bytes");
	free(copy);
}

static const struct {
	const char *text;
	int64_t time_ns; /* 0: refused */
	int digits;
} dates[] = {
	{ "20000330112320.957943", INT64_C(954415400957943000), 6 },
	{ "20000330112320", INT64_C(954415400000000000), 0 },
	{ "20000330112320.5", INT64_C(954415400500000000), 1 },
	{ "20000330112320.123456789", INT64_C(954415400123456789), 9 },
	{ "19691231235959.999999", -1000, 6 },
	{ "20240229000000", INT64_C(1709164800000000000), 0 },
	{ "20161231235960", INT64_C(1483228800000000000), 0 },
	{ "16780101000000", INT64_C(-9214560000000000000), 0 },
	{ "22611231235959.999999999", INT64_C(9214646399999999999), 9 },
	{ "20000330112320.", 0, 0 },
	{ "20000330112320.1234567890", 0, 0 },
	{ "20000330112320.12345x", 0, 0 },
	{ "20000330112320,5", 0, 0 },
	{ "2000033011232", 0, 0 },
	{ "200003301123200", 0, 0 },
	{ "20001301112320", 0, 0 },
	{ "20000030112320", 0, 0 },
	{ "20000431112320", 0, 0 },
	{ "20000400112320", 0, 0 },
	{ "20230229000000", 0, 0 },
	{ "21000229000000", 0, 0 },
	{ "20000330242320", 0, 0 },
	{ "20000330116020", 0, 0 },
	{ "20000330112361", 0, 0 },
	{ "2000-3-30112320", 0, 0 },
	{ "16771231235959", 0, 0 },
	{ "22620101000000", 0, 0 },
};

static void
test_dates(void **unused)
{
	struct buffer b = BUFFER_INIT;
	struct ulm_event e;
	struct error err;
	char line[128], want[160];
	size_t i;
	int n;

	(void)unused;
	for (i = 0; i < COUNT(dates); i++) {
		n = snprintf(line, sizeof(line), "DATE=%s HOST=h PROG=p LVL=x",
		    dates[i].text);
		if (ulm_parse(line, (size_t)n, &e, &err) == 0) {
			if (e.time_ns != dates[i].time_ns ||
			    e.digits != dates[i].digits)
				fail_msg("%s: %lld", dates[i].text,
				    (long long)e.time_ns);
			buffer_clear(&b);
			ulm_put_date(&b, e.time_ns, e.digits, &err);
			if (strstr(dates[i].text, "5960") == NULL)
				assert_string_equal(
				    buffer_text(&b) + 5, dates[i].text);
			continue;
		}
		assert_int_equal(dates[i].time_ns, 0);
		snprintf(want, sizeof(want),
		    "DATE: \"%s\" is not YYYYMMDDhhmmss[.digits]",
		    dates[i].text);
		assert_string_equal(err.text, want);
	}
	buffer_free(&b);
}

#define TEXT(S) ((struct slice){ S, sizeof(S) - 1 })

static void
test_put(void **unused)
{
	struct buffer b = BUFFER_INIT;
	struct error err;

	(void)unused;
	ulm_put_date(&b, INT64_C(954415400957943999), 6, &err);
	ulm_put(&b, TEXT("A"), TEXT(""), &err);
	ulm_put(&b, TEXT("B.C_D-1"), TEXT("x y"), &err);
	ulm_put(&b, TEXT("D"), TEXT("a\\b"), &err);
	ulm_put(&b, TEXT("E"), TEXT("\"a\\b\""), &err);
	assert_int_equal(ulm_put(&b, TEXT("F G"), TEXT("x"), &err), -1);
	assert_string_equal(err.text, "\"F G\" cannot be the name of a field");
	assert_int_equal(ulm_put(&b, TEXT(""), TEXT("x"), &err), -1);
	assert_int_equal(ulm_put(&b, TEXT("F"), TEXT("x\ny"), &err), -1);
	assert_string_equal(err.text, "F: byte 2 is a control character (10)");
	assert_string_equal(buffer_text(&b),
	    "DATE=20000330112320.957943 A=\"\" B.C_D-1=\"x y\" D=a\\b "
	    "E=\"\\\"a\\\\b\\\"\"");
	buffer_free(&b);
}

static void
test_xml(void **unused)
{
	static const char line[] = HEAD " A=\"<a> & \\\"b\\\\\" B=\\n C=";
	struct buffer b = BUFFER_INIT;
	struct ulm_event e;
	struct error err;

	(void)unused;
	assert_int_equal(ulm_parse(line, sizeof(line) - 1, &e, &err), 0);
	ulm_put_xml(&b, e);
	assert_string_equal(buffer_text(&b),
	    "<event><field name=\"DATE\">20000330112320</field>"
	    "<field name=\"HOST\">h</field><field name=\"PROG\">p</field>"
	    "<field name=\"LVL\">Usage</field>"
	    "<field name=\"A\">&lt;a&gt; &amp; \"b\\</field>"
	    "<field name=\"B\">\\n</field><field name=\"C\"></field></event>");
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
random_text(uint32_t *state, char to[16])
{
	static const char bytes[] = "aZ09 \t\"\\=<&'.\xc3\xa9";
	size_t i, n = random_number(state) % 16;

	for (i = 0; i < n; i++) {
		to[i] = bytes[random_number(state) % (sizeof(bytes) - 1)];
		if ((unsigned char)to[i] < 0x80)
			continue;
		if (i + 1 == n) {
			to[i] = 'x';
		} else {
			to[i++] = '\xc3';
			to[i] = '\xa9';
		}
	}
	return (struct slice){ to, n };
}

/* Any values go in and come out; the line itself comes out again. */
static void
test_round_trips(void **unused)
{
	struct buffer b = BUFFER_INIT;
	char texts[8][16], got[16];
	struct slice values[8];
	uint32_t state = 1;
	struct ulm_event e;
	struct ulm_field f;
	struct error err;
	size_t round, i;

	(void)unused;
	for (round = 0; round < 5000; round++) {
		buffer_clear(&b);
		buffer_puts(&b, HEAD);
		for (i = 0; i < 8; i++) {
			values[i] = random_text(&state, texts[i]);
			ulm_put(&b, TEXT("X"), values[i], &err);
		}
		assert_raw_again(b.data, b.size);
		assert_int_equal(ulm_parse(b.data, b.size, &e, &err), 0);
		for (i = 0; i < 4; i++)
			assert_true(ulm_next(&e, &f));
		for (i = 0; ulm_next(&e, &f); i++) {
			if (f.quoted)
				f.value.length = ulm_unescape(got, f.value);
			assert_int_equal(f.value.length, values[i].length);
			assert_memory_equal(f.quoted ? got : f.value.text,
			    values[i].text, f.value.length);
		}
		assert_int_equal(i, 8);
	}
	buffer_free(&b);
}

/* All is answered, and what is accepted can be written again. */
static void
test_mutations(void **unused)
{
	static const char seed[] = SAMPLE " Q=\"a \\\"b\\\\\" R=\xc3\xa9";
	size_t refused = 0, accepted = 0, length, round, k;
	uint32_t state = 7;
	struct ulm_event e;
	struct ulm_field f;
	struct error err;
	char *copy;

	(void)unused;
	for (round = 0; round < 20000; round++) {
		length = sizeof(seed) - 1;
		if (round % 2)
			length = 1 + random_number(&state) % length;
		copy = copy_of(seed, length);
		for (k = 0; k < round % 3; k++)
			copy[random_number(&state) % length] = (char)
			    random_number(&state);
		err.text[0] = '\0';
		if (ulm_parse(copy, length, &e, &err) != 0) {
			assert_true(err.text[0] != '\0');
			refused++;
		} else {
			for (k = 0; ulm_next(&e, &f); k++)
				;
			assert_int_equal(k, e.n_fields);
			accepted++;
		}
		free(copy);
	}
	assert_true(refused > 1000 && accepted > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
