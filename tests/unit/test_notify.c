/* What the service manager is told, byte by byte. */
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "notify.h"
#include "unit.h"

static void
test_put(void **state)
{
	static const struct {
		const char *value;
		const char *want;
	} cases[] = {
		{ "1", "STATUS=1\n" },
		{ "", "STATUS=\n" },
		{ "up\nWATCHDOG=1", "STATUS=up WATCHDOG=1\n" },
		{ "a\tb\x01", "STATUS=a b \n" },
		{ "Größe", "STATUS=Größe\n" },
	};
	struct buffer b = BUFFER_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		notify_put(&b, "STATUS", cases[i].value);
		assert_string_equal(buffer_text(&b), cases[i].want);
		buffer_clear(&b);
	}
	buffer_free(&b);
}

static void
test_address(void **state)
{
	const size_t before = offsetof(struct sockaddr_un, sun_path);
	struct sockaddr_un a;

	(void)state;
	assert_int_equal(
	    notify_address("/run/notify", &a, NULL), (int)before + 11);
	assert_string_equal(a.sun_path, "/run/notify");
	assert_int_equal(notify_address("@farm", &a, NULL), (int)before + 5);
	assert_memory_equal(a.sun_path, "\0farm", 5);
	assert_int_equal(a.sun_family, AF_UNIX);
}

static void
test_bad_address(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "",
		    "NOTIFY_SOCKET=: neither a path nor an abstract address" },
		{ "@", "NOTIFY_SOCKET=@: neither a path nor an abstract "
		       "address" },
		{ "run/notify", "NOTIFY_SOCKET=run/notify: neither a path nor "
				"an abstract address" },
		{ "vsock:2:1", "NOTIFY_SOCKET=vsock:2:1: neither a path nor an "
			       "abstract address" },
	};
	struct sockaddr_un a;
	struct error err;
	char text[sizeof(a.sun_path) + 1];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(notify_address(cases[i].text, &a, &err), -1);
		assert_string_equal(err.text, cases[i].want);
	}
	memset(text, '/', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(notify_address(text, &a, &err), -1);
	assert_non_null(strstr(err.text, "longer than an address"));
	text[sizeof(text) - 2] = '\0';
	assert_true(notify_address(text, &a, &err) > 0);
}

static void
test_watchdog(void **state)
{
	static const struct {
		const char *usec;
		const char *pid;
		int64_t want;
	} cases[] = {
		{ NULL, NULL, 0 },
		{ "30000000", NULL, INT64_C(30000000000) },
		{ "30000000", "42", INT64_C(30000000000) },
		{ "30000000", "43", 0 }, /* meant for another process */
		{ "30000000", "x", 0 },
		{ "0", NULL, 0 },
		{ "-5", NULL, 0 },
		{ "5s", NULL, 0 },
		{ "9223372036854775807", NULL, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(
		    notify_watchdog(cases[i].usec, cases[i].pid, 42),
		    cases[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_bad_address),
		cmocka_unit_test(test_watchdog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
