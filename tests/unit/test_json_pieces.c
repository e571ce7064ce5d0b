/* Elements of lists, out of a text that comes bit by bit. */
#include "json_pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* "LIST:ELEMENT;" of each, after another. */
static int
note(void *cookie, struct slice list, struct slice element, struct error *err)
{
	struct buffer *b = cookie;

	buffer_put(b, list.text, list.length);
	buffer_putc(b, ':');
	while (element.length > 0 &&
	       strchr(" \n", element.text[element.length - 1]) != NULL)
		element.length--;
	buffer_put(b, element.text, element.length);
	buffer_putc(b, ';');
	return slice_is(element, "\"refuse\"") ? error_set(err, "refused") : 0;
}

/* Given `step' bytes at a time, each from memory of its own. */
static int
feed(const char *text, size_t size, size_t step, struct buffer *said,
    struct error *err)
{
	struct json_pieces p = { .depth = 0 };
	size_t at, n;
	char *bytes;
	int rc = 0;

	for (at = 0; at < size && rc == 0; at += n) {
		n = size - at < step ? size - at : step;
		bytes = malloc(n);
		assert_non_null(bytes);
		memcpy(bytes, text + at, n);
		rc = json_pieces_feed(
		    &p, (struct slice){ bytes, n }, note, said, err);
		free(bytes);
	}
	if (rc == 0)
		rc = json_pieces_end(&p, err);
	json_pieces_free(&p);
	return rc;
}

static void
test_texts(void **unused)
{
	static const struct {
		const char *text;
		const char *said;
		const char *error; /* "" if it is whole */
	} cases[] = {
		{ "{}", "", "" },
		{ "{\"a\":[]}", "", "" },
		{ "{\"a\":[1]}", "a:1;", "" },
		{ "{\"a\" : [ 1 , {\"b\":[2,3]} ],\n\"c\":[\"x,]\\\"\"]}",
		    "a:1;a:{\"b\":[2,3]};c:\"x,]\\\"\";", "" },
		{ "{\"m\":{\"l\":[1,2]},\"a\":[null,[]]}", "a:null;a:[];", "" },
		{ "{\"k\":\"v\",\"a\":[true]}", "a:true;", "" },
		{ "", "", "said nothing" },
		{ "[1]", "", "is no JSON object" },
		{ "yes", "", "is no JSON object" },
		{ "{\"a\":[1]", "a:1;",
		    "no JSON, or broken off, after element 1" },
		{ "{\"a\":[1", "", "no JSON, or broken off, after element 0" },
		{ "{\"a\":[1]}}", "a:1;",
		    "no JSON, or broken off, after element 1" },
		{ "{\"a\":[1,,2]}", "a:1;a:2;",
		    "no JSON, or broken off, after element 2" },
		{ "{\"a\":[,1]}", "a:1;",
		    "no JSON, or broken off, after element 1" },
		{ "{\"a\":[1,2,3],\"b\":[4]}", "a:1;a:2;a:3;b:4;", "" },
		{ "{\"a\":[1,]}", "a:1;",
		    "no JSON, or broken off, after element 1" },
		{ "{\"a\":[1 2]}", "a:1 2;", "" }, /* for whoever takes it */
		{ "{\"a\":[1]]}", "a:1;",
		    "no JSON, or broken off, after element 1" },
		{ "{\"a\":[\"refuse\",2]}", "a:\"refuse\";", "refused" },
	};
	struct buffer said = BUFFER_INIT;
	struct error err;
	size_t i, step;
	int rc;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		for (step = 1; step < 40; step++) {
			buffer_clear(&said);
			rc = feed(cases[i].text, strlen(cases[i].text), step,
			    &said, &err);
			assert_string_equal(
			    rc == 0 ? "" : err.text, cases[i].error);
			assert_string_equal(buffer_text(&said), cases[i].said);
		}
	}
	buffer_free(&said);
}

static void
test_bounds(void **unused)
{
	struct buffer text = BUFFER_INIT, said = BUFFER_INIT;
	struct error err;
	int i;

	(void)unused;
	buffer_puts(&text, "{\"a\":[\"");
	for (i = 0; i < JSON_PIECE_MAX; i++)
		buffer_putc(&text, 'x');
	assert_int_equal(feed(text.data, text.size, 4096, &said, &err), -1);
	assert_string_equal(err.text, "element 1 is longer than 1048576 bytes");
	buffer_clear(&text);
	buffer_puts(&text, "{\"a\":\"");
	for (i = 0; i < JSON_FRAME_MAX; i++)
		buffer_putc(&text, 'x');
	assert_int_equal(feed(text.data, text.size, 4096, &said, &err), -1);
	assert_string_equal(err.text, "more than 65536 bytes beside its lists");
	/* Of elements there may be any number. */
	buffer_clear(&text);
	buffer_puts(&text, "{\"a\":[1");
	for (i = 0; i < JSON_FRAME_MAX; i++)
		buffer_puts(&text, " ,\n1");
	buffer_puts(&text, "]}");
	buffer_clear(&said);
	assert_int_equal(feed(text.data, text.size, 4096, &said, &err), 0);
	assert_int_equal(said.size, 4 * (JSON_FRAME_MAX + 1));
	buffer_free(&text);
	buffer_free(&said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
