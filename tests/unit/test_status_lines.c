/* What scripts say to monStatusCmd. */
#include "status_lines.h"

#include <stdlib.h>

#include "buffer.h"
#include "unit.h"

#define BREAKS_OFF                                                             \
	"!breaks off: the last line is neither DONE nor SCRIPTRESULT;"

static const struct {
	const char *text;
	const char *want; /* service or * name=value ...; or !reason; */
} cases[] = {
	{ "", "" },
	{ "DONE\n", "" },
	{ "web\tup\t1\tstate\tvery well\r\n\nmail\tup\t0\nDONE",
	    "web up=1 state='very well';mail up=0;" },
	{ "web\tup\t1\nSCRIPTRESULT\tStatus\t0\n", "web up=1;* Status=0;" },
	{ "DONE\nweb\tup\t1\n", "" },
	{ "a\tx\t\nDONE\n",
	    "!\"a\": \"x\" is no PARAMETER before a TAB and its value;" },
	{ "a\tx\nb\ty\t2\nDONE\n",
	    "!\"a\": \"x\" is no PARAMETER before a TAB and its value;b y=2;" },
	{ "a\t\t1\nDONE\n",
	    "!\"a\": \"\" is no PARAMETER before a TAB and its value;" },
	{ "\tx\t1\nDONE\n", "!a line without a service;" },
	{ "a\tx\t\ty\t1\nDONE\n", "a x='' y=1;" },
	{ "a\nDONE\n", "a;" },
	{ "a\tx\t1\nb\tx\t2\n", "a x=1;" BREAKS_OFF },
	{ "a\tx\t1", BREAKS_OFF },
	{ "DONE?\n", BREAKS_OFF },
};

static void
show(struct buffer *b, struct slice rest)
{
	struct farm_value value;
	struct status_line l;
	struct slice name;
	struct error err;
	int got;

	buffer_clear(b);
	while ((got = status_line_parse(&rest, &l, &err)) != 0) {
		if (got < 0) {
			buffer_printf(b, "!%s;", err.text);
			continue;
		}
		if (l.own)
			buffer_putc(b, '*');
		else
			buffer_put(b, l.service.text, l.service.length);
		while (status_next(&l, &name, &value)) {
			buffer_printf(b, " %.*s=", (int)name.length, name.text);
			if (value.type == FARM_TEXT)
				buffer_printf(
				    b, "'%.*s'", value.length, value.text);
			else
				buffer_value(b, &value);
		}
		buffer_putc(b, ';');
	}
}

static void
test_lines(void **unused)
{
	struct buffer b = BUFFER_INIT;
	size_t i, length;
	char *exact;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		length = strlen(cases[i].text);
		exact = malloc(length + (length == 0));
		assert_non_null(exact);
		memcpy(exact, cases[i].text, length);
		show(&b, (struct slice){ exact, length });
		assert_string_equal(buffer_text(&b), cases[i].want);
		free(exact);
	}
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
