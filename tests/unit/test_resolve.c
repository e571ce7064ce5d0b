/* Names that are asked for, forgotten and answered on other threads. */
#include "resolve.h"

#include <netdb.h>
#include <poll.h>
#include <stdlib.h>

#include "unit.h"

/* More names than threads. */
#define NAMES 50

static struct query *
wait_answer(struct resolver *r)
{
	struct pollfd p = { .fd = resolver_fd(r), .events = POLLIN };
	struct query *q;

	while ((q = resolver_answer(r)) == NULL)
		if (poll(&p, 1, 30000) != 1)
			fail_msg("no answer in 30 s");
	return q;
}

static void
test_answers(void **unused)
{
	struct resolver *r = resolver_new();
	bool seen[NAMES] = { false };
	struct query *q;
	size_t i;

	(void)unused;
	assert_non_null(r);
	assert_null(resolver_answer(r));
	for (i = 0; i < NAMES; i++)
		assert_non_null(resolver_ask(
		    r, i % 2 ? "127.0.0.1" : "", AF_INET, &seen[i]));
	for (i = 0; i < NAMES; i++) {
		q = wait_answer(r);
		assert_false(*(bool *)q->cookie);
		*(bool *)q->cookie = true;
		if (q->name[0] == '\0') {
			assert_int_equal(q->family, 0);
			assert_int_equal(q->error, EAI_NONAME);
		} else {
			assert_int_equal(q->family, AF_INET);
			assert_int_equal(q->address.ipv4.sin_addr.s_addr,
			    htonl(INADDR_LOOPBACK));
		}
		free(q);
	}
	assert_null(resolver_answer(r));
	resolver_free(r);
}

/* Of the dropped nothing is heard, wherever they were. */
static void
test_dropped(void **unused)
{
	struct resolver *r = resolver_new();
	struct query *q[NAMES], *answer;
	size_t i;

	(void)unused;
	assert_non_null(r);
	for (i = 0; i < NAMES; i++) {
		q[i] = resolver_ask(r, "127.0.0.1", AF_INET, &q[i]);
		assert_non_null(q[i]);
	}
	for (i = 0; i < NAMES; i++)
		if (i % 2)
			resolver_drop(r, q[i]);
	for (i = 0; i < NAMES; i += 2) {
		answer = wait_answer(r);
		assert_int_equal(((struct query **)answer->cookie - q) % 2, 0);
		free(answer);
	}
	resolver_free(r);
}

static void
test_freed_with_open_questions(void **unused)
{
	struct resolver *r;
	int i, round;

	(void)unused;
	for (round = 0; round < 20; round++) {
		r = resolver_new();
		assert_non_null(r);
		for (i = 0; i < round; i++)
			assert_non_null(
			    resolver_ask(r, "127.0.0.1", AF_INET, NULL));
		resolver_free(r);
	}
	resolver_free(NULL);
}

static void
test_numeric(void **unused)
{
	static const struct {
		const char *text;
		int family;
	} cases[] = {
		{ "127.0.0.1", AF_INET },
		{ "::1", AF_INET6 },
		{ "fe80::1%lo", AF_INET6 },
		{ "localhost", 0 },
		{ "", 0 },
		{ "1.2.3.4.5", 0 },
	};
	union address address;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++)
		if (resolve_numeric(cases[i].text, &address) != cases[i].family)
			fail_msg("\"%s\"", cases[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_freed_with_open_questions),
		cmocka_unit_test(test_numeric),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
