/* Dumps of gmond and gmetad, also such as no parser of XML takes. */
#include "ganglia_xml.h"

#include <stdio.h>

#include "unit.h"
#include "whole_file.h"

#define FOLDER TEST_DATA "/ganglia/"

struct seen {
	struct buffer text; /* a line for each element */
	size_t tags[GANGLIA_METRICS + 1];
	size_t closed[GANGLIA_METRICS + 1];
};

static int
look(void *cookie, const struct ganglia_element *e)
{
	struct slice rest = e->attributes, name, value;
	struct buffer room = BUFFER_INIT;
	struct seen *seen = cookie;

	seen->tags[e->tag] += e->opens;
	seen->closed[e->tag] += e->closes;
	buffer_printf(&seen->text, "%s%d%s", e->opens ? "+" : "", e->tag,
	    e->closes ? "-" : "");
	while (ganglia_xml_next(&rest, &name, &value)) {
		value = ganglia_xml_text(value, &room);
		buffer_printf(&seen->text, " %.*s=[%.*s]", (int)name.length,
		    name.text, (int)value.length, value.text);
	}
	buffer_putc(&seen->text, '\n');
	buffer_free(&room);
	return 0;
}

/* In pieces of so many bytes; the number of malformed tags. */
static uint64_t
scan(struct seen *seen, const char *bytes, size_t size, size_t piece)
{
	struct ganglia_scanner s;
	size_t at, n;
	char *copy;

	*seen = (struct seen){ .text = BUFFER_INIT };
	ganglia_xml_init(&s, look, seen);
	for (at = 0; at < size; at += n) {
		n = size - at < piece ? size - at : piece;
		copy = malloc(n);
		assert_non_null(copy);
		memcpy(copy, bytes + at, n);
		assert_int_equal(ganglia_xml_push(&s, copy, n), 0);
		free(copy);
	}
	assert_int_equal(s.bytes, size);
	ganglia_xml_free(&s);
	return s.malformed;
}

static char *
load(const char *file, size_t *ret_size)
{
	char path[512];

	snprintf(path, sizeof(path), FOLDER "%s", file);
	return whole_file(path, ret_size);
}

static void
real_dumps_are_read_whole(void **state)
{
	static const struct {
		const char *file;
		size_t hosts;
		size_t metrics;
		size_t summaries;
		size_t grids;
	} cases[] = {
		{ "gmond.xml", 2, 27, 0, 0 },
		{ "gmond-hostile.xml", 2, 30, 0, 0 },
		{ "gmetad.xml", 2, 26, 0, 1 },
		{ "gmetad-node01.xml", 1, 26, 0, 1 },
		{ "gmetad-summary.xml", 0, 0, 46, 1 },
	};
	struct seen seen;
	size_t i, size;
	char *bytes;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		bytes = load(cases[i].file, &size);
		assert_int_equal(scan(&seen, bytes, size, size), 0);
		assert_int_equal(seen.tags[GANGLIA_HOST], cases[i].hosts);
		assert_int_equal(seen.closed[GANGLIA_HOST], cases[i].hosts);
		assert_int_equal(seen.tags[GANGLIA_METRIC], cases[i].metrics);
		assert_int_equal(seen.closed[GANGLIA_METRIC], cases[i].metrics);
		assert_int_equal(
		    seen.tags[GANGLIA_METRICS], cases[i].summaries);
		assert_int_equal(seen.tags[GANGLIA_GRID], cases[i].grids);
		assert_int_equal(seen.closed[GANGLIA_XML], 1);
		buffer_free(&seen.text);
		free(bytes);
	}
}

/* What expat stops at. */
static void
what_is_no_xml_is_read(void **state)
{
	static const char *const want[] = {
		"URL=[http://x/?a=1&b=2]\n",
		"NAME=[ctrl] VAL=[a\tb\001c] ",
		"NAME=[utf1] VAL=[w\303\266rld] ",
		"NAME=[esc1] VAL=[a<b&c>d] ",
		"NAME=[DESC] VAL=[d&<e]\n",
		"NAME=[name with space] VAL=[1] ",
	};
	struct seen seen;
	size_t i, size;
	char *bytes = load("gmond-hostile.xml", &size);

	(void)state;
	scan(&seen, bytes, size, size);
	for (i = 0; i < COUNT(want); i++)
		if (strstr(buffer_text(&seen.text), want[i]) == NULL)
			fail_msg("no \"%s\"", want[i]);
	buffer_free(&seen.text);
	free(bytes);
}

static void
pieces_of_any_size_are_the_same(void **state)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 61, 1000, 4096 };
	struct seen whole, seen;
	size_t i, size;
	char *bytes = load("gmond-hostile.xml", &size);

	(void)state;
	scan(&whole, bytes, size, size);
	for (i = 0; i < COUNT(pieces); i++) {
		scan(&seen, bytes, size, pieces[i]);
		assert_string_equal(
		    buffer_text(&seen.text), buffer_text(&whole.text));
		buffer_free(&seen.text);
	}
	buffer_free(&whole.text);
	free(bytes);
}

static void
one_tag_at_a_time(void **state)
{
	static const struct {
		const char *text;
		const char *want;
		uint64_t malformed;
	} cases[] = {
		{ "<HOST NAME=\"a\">", "+4 NAME=[a]\n", 0 },
		{ "</HOST>", "4-\n", 0 },
		{ "<HOST/>", "+4-\n", 0 },
		{ "<HOST NAME=\"a\" />", "+4- NAME=[a]\n", 0 },
		{ "<HOST\n NAME = \"a\">", "+4\n", 0 },
		{ "<HOST NAME=a>", "+4\n", 0 },
		{ "<host NAME=\"a\">", "", 0 },
		{ "<HOSTS UP=\"1\">", "+8 UP=[1]\n", 0 },
		{ "<METRIC NAME=\"x\" VAL=\"\">", "+5 NAME=[x] VAL=[]\n", 0 },
		/* A quote in a value, and a ">". */
		{ "<EXTRA_ELEMENT NAME=\"D\" VAL=\"a \"b\" c\"/>",
		    "+7- NAME=[D] VAL=[a \"b\" c]\n", 0 },
		{ "<EXTRA_ELEMENT NAME=\"D\" VAL=\"a>b\"/>",
		    "+7- NAME=[D] VAL=[a>b]\n", 0 },
		{ "<EXTRA_ELEMENT NAME=\"D\" VAL=\"a > 3 and <b>\"/>",
		    "+7- NAME=[D] VAL=[a > 3 and <b>]\n", 0 },
		/* References. */
		{ "<HOST NAME=\"&#233;&#xe9;&#x20AC;&#128512;\">",
		    "+4 NAME=[\303\251\303\251\342\202\254\360\237\230\200]\n",
		    0 },
		{ "<HOST NAME=\"&#xd800;&#0;&#;&#x;&nbsp;&;&amp\">",
		    "+4 NAME=[&#xd800;&#0;&#;&#x;&nbsp;&;&amp]\n", 0 },
		{ "<HOST NAME=\"&#99999999999;&#\300\065;\">",
		    "+4 NAME=[&#99999999999;\245]\n", 0 },
		{ "<HOST NAME=\"&\">", "+4 NAME=[&]\n", 0 },
		/* One that never ended. */
		{ "<METRIC NAME=\"x\" VAL=\"\n<METRIC NAME=\"y\" VAL=\"2\">",
		    "+5 NAME=[y] VAL=[2]\n", 1 },
		{ "<METRIC NAME=\"x\" VAL=\"1\n</METRIC>\n</HOST>", "5-\n4-\n",
		    1 },
		{ "<METRIC NAME=\"x\" VAL=\"\n<b>\">",
		    "+5 NAME=[x] VAL=[\n<b>]\n", 0 },
		{ "<", "", 0 },
		{ "<>", "", 0 },
		{ "</>", "", 0 },
		{ "", "", 0 },
		{ "no tag > at all", "", 0 },
	};
	struct seen seen;
	uint64_t malformed;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		malformed = scan(
		    &seen, cases[i].text, strlen(cases[i].text), 5);
		assert_string_equal(buffer_text(&seen.text), cases[i].want);
		if (malformed != cases[i].malformed)
			fail_msg(
			    "%s: %d malformed", cases[i].text, (int)malformed);
		buffer_free(&seen.text);
	}
}

/* A tag without end holds as much memory as a tag may, and no more. */
static void
a_tag_is_bounded(void **state)
{
	static char many[65536];
	struct seen seen = { .text = BUFFER_INIT };
	struct ganglia_scanner s;
	size_t i;

	(void)state;
	memset(many, '<', sizeof(many));
	ganglia_xml_init(&s, look, &seen);
	assert_int_equal(ganglia_xml_push(&s, "<METRIC VAL=\"", 13), 0);
	for (i = 0; i < 400; i++) {
		assert_int_equal(ganglia_xml_push(&s, many, sizeof(many)), 0);
		assert_true(s.rest.size <= GANGLIA_XML_TAG_MAX);
	}
	assert_int_equal(ganglia_xml_push(&s, "\n<HOST NAME=\"a\">", 16), 0);
	assert_string_equal(buffer_text(&seen.text), "+4 NAME=[a]\n");
	assert_true(s.malformed > 0);
	ganglia_xml_free(&s);
	buffer_free(&seen.text);
}

static int
stop(void *cookie, const struct ganglia_element *e)
{
	(void)e;
	++*(int *)cookie;
	return 7;
}

static void
each_may_stop(void **state)
{
	struct ganglia_scanner s;
	int calls = 0;

	(void)state;
	ganglia_xml_init(&s, stop, &calls);
	assert_int_equal(ganglia_xml_push(&s, "<HOST><HOST>", 12), 7);
	assert_int_equal(calls, 1);
	ganglia_xml_free(&s);
}

static void
what_is_escaped_reads_the_same(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "plain 1.5", "plain 1.5" },
		{ "a<b&c>\"d'", "a&lt;b&amp;c&gt;&quot;d&apos;" },
		{ "\tx\r\n", "&#9;x&#13;&#10;" },
		{ "w\303\266rld", "w&#246;rld" },
		{ "\342\202\254 \360\237\230\200", "&#8364; &#128512;" },
	};
	struct buffer b = BUFFER_INIT, room = BUFFER_INIT;
	struct slice got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buffer_clear(&b);
		ganglia_xml_escape(&b, cases[i].text, strlen(cases[i].text));
		assert_string_equal(buffer_text(&b), cases[i].want);
		got = ganglia_xml_text(
		    (struct slice){ buffer_text(&b), b.size }, &room);
		assert_true(slice_is(got, cases[i].text));
	}
	buffer_clear(&b);
	/* What XML cannot say. */
	ganglia_xml_escape(&b, "a\001\0\377\357\277\277b", 8);
	assert_string_equal(
	    buffer_text(&b), "a&#65533;&#65533;&#65533;&#65533;b");
	buffer_clear(&b);
	ganglia_xml_attribute(&b, "VAL", "a\"b", 3);
	assert_string_equal(buffer_text(&b), " VAL=\"a&quot;b\"");
	buffer_free(&b);
	buffer_free(&room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_dumps_are_read_whole),
		cmocka_unit_test(what_is_no_xml_is_read),
		cmocka_unit_test(pieces_of_any_size_are_the_same),
		cmocka_unit_test(one_tag_at_a_time),
		cmocka_unit_test(a_tag_is_bounded),
		cmocka_unit_test(each_may_stop),
		cmocka_unit_test(what_is_escaped_reads_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
