#include "variables.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define SYNTAX                                                                 \
	" is neither ${NAME} nor ${NAME:-default}; a dollar sign is written "  \
	"$$"

static void
test_expand(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* or the error */
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "${FARM_A}", "one" },
		{ "<${FARM_A}${FARM_A}>", "<oneone>" },
		{ "${FARM_EMPTY}", "" },
		{ "${FARM_EMPTY:-two}", "two" },
		{ "${FARM_NONE:-two}", "two" },
		{ "${FARM_NONE:-}", "" },
		{ "${FARM_A:-two}", "one" },
		{ "$$", "$" },
		{ "$${FARM_A}", "${FARM_A}" },
		{ "5$", "5$" },
		{ "$x", "$x" },
		{ "${FARM_NONE}", "the variable FARM_NONE is not set and has "
				  "no default (${FARM_NONE:-default})" },
		{ "${", "a \"${\" without its \"}\"; a dollar sign is written "
			"$$" },
		{ "${}", "\"${}\"" SYNTAX },
		{ "${1}", "\"${1}\"" SYNTAX },
		{ "${a-b}", "\"${a-b}\"" SYNTAX },
		{ "${a:b}", "\"${a:b}\"" SYNTAX },
	};
	struct buffer got = BUFFER_INIT;
	struct error err;
	size_t i;

	(void)state;
	setenv("FARM_A", "one", 1);
	setenv("FARM_EMPTY", "", 1);
	unsetenv("FARM_NONE");
	for (i = 0; i < COUNT(cases); i++) {
		buffer_clear(&got);
		if (variables_expand(&got, cases[i].text, strlen(cases[i].text),
			&err) != 0) {
			buffer_clear(&got);
			buffer_puts(&got, err.text);
		}
		assert_string_equal(buffer_text(&got), cases[i].want);
	}
	buffer_free(&got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
