#include "option.h"

#include "unit.h"

#define NOT " is not an address such as host:8649, [::1]:162 or unix:/run/x"

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* scheme|host|port|path, or the error */
	} cases[] = {
		{ "host", "|host|0|" },
		{ "host:8649", "|host|8649|" },
		{ "127.0.0.1:0", "|127.0.0.1|0|" },
		{ "udp://[::1]:162", "udp|::1|162|" },
		{ "[fe80::1%eth0]", "|fe80::1%eth0|0|" },
		{ "::1", "|::1|0|" },
		{ "unix:/run/x", "unix||0|/run/x" },
		{ "unix:///run/x", "unix||0|/run/x" },
		{ "unixgram:/run/x", "unixgram||0|/run/x" },
		{ "udp+share://*:1", "udp+share||1|" },
		{ ":8884", "||8884|" },
		{ "8884", "||8884|" },
		{ "*", "||0|" },
		{ "*:8884", "||8884|" },
		{ "tcp://*:1", "tcp||1|" },
		{ "", "\"\"" NOT },
		{ "udp://", "\"udp://\"" NOT },
		{ "[::1", "\"[::1\"" NOT },
		{ "[::1]x", "\"[::1]x\"" NOT },
		{ "[host]:1", "\"[host]:1\"" NOT },
		{ "a b:1", "\"a b:1\"" NOT },
		{ "host/x", "\"host/x\"" NOT },
		{ "http://host/x", "\"http://host/x\"" NOT },
		{ "host:", "the port \"\" of \"host:\" is not 0 to 65535" },
		{ "host:65536",
		    "the port \"65536\" of \"host:65536\" is not 0 to 65535" },
		{ "99999", "the port \"99999\" of \"99999\" is not 0 to "
			   "65535" },
		{ "h:1:2", "the port \"1:2\" of \"h:1:2\" is not 0 to 65535" },
	};
	struct arena *arena = arena_new(0);
	struct buffer got = BUFFER_INIT;
	struct farm_address a;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buffer_clear(&got);
		if (address_parse(arena, cases[i].text, &a, &err) != 0) {
			buffer_puts(&got, err.text);
		} else {
			assert_string_equal(a.text, cases[i].text);
			buffer_printf(&got, "%s|%s|%u|%s", a.scheme, a.host,
			    (unsigned)a.port, a.path);
		}
		assert_string_equal(buffer_text(&got), cases[i].want);
	}
	buffer_free(&got);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
