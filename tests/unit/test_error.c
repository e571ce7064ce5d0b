#include "error.h"

#include <errno.h>
#include <string.h>

#include "unit.h"

static void
test_set(void **state)
{
	struct error err;

	(void)state;
	errno = ENOENT;
	assert_int_equal(error_set(&err, "%s: %m", "/none"), -1);
	assert_string_equal(err.text, "/none: No such file or directory");
	assert_int_equal(errno, ENOENT);
	assert_int_equal(error_set(NULL, "nobody asks"), -1);
}

static void
test_prefix(void **state)
{
	struct error err;

	(void)state;
	error_set(&err, "is gone");
	assert_int_equal(error_prefix(&err, "file %d", 7), -1);
	assert_string_equal(err.text, "file 7: is gone");
	assert_int_equal(error_prefix(NULL, "nobody asks"), -1);
}

static void
test_too_long(void **state)
{
	char text[3000];
	struct error err;
	size_t fits;

	(void)state;
	memset(text, 'x', sizeof(text));
	fits = sizeof(err.text) - 1;
	error_set(&err, "%.*s", (int)fits, text);
	assert_int_equal(strlen(err.text), fits);
	assert_string_equal(err.text + fits - 3, "xxx");
	error_set(&err, "%.*s", (int)fits + 1, text);
	assert_int_equal(strlen(err.text), fits);
	assert_string_equal(err.text + fits - 4, "x...");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
