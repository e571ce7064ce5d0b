/* Transfers; those over a network are in the tests of the modules. */
#include "fetch.h"

#include "unit.h"

#include "clock.h"

/* Who has no turn is over, which nothing else will say. */
static void
test_too_late(void **unused)
{
	const struct fetch_rules rules = { .method = "GET", .at_once = 1 };
	struct fetcher *r = NULL;
	struct fetch *f;
	struct error err;
	int cookie;

	(void)unused;
	assert_int_equal(fetcher_new(&r, &rules, &err), 0);
	assert_null(fetcher_over(r));
	assert_int_equal(fetcher_due_ns(r), INT64_MAX);
	assert_int_equal(fetcher_ask(r, "http://127.0.0.1/", NULL,
			     clock_mono_ns(), &cookie, &err),
	    0);
	assert_int_equal(fetcher_running(r), 1);
	assert_true(fetcher_due_ns(r) <= clock_mono_ns());
	f = fetcher_over(r);
	assert_non_null(f);
	assert_ptr_equal(f->cookie, &cookie);
	assert_string_equal(f->why.text,
	    "had no turn before its deadline: 0 others were under way");
	assert_true(f->times.names < 0 && f->times.connect < 0 &&
		    f->times.tls < 0 && f->times.first_byte < 0 &&
		    f->times.total < 0);
	fetch_free(f);
	assert_int_equal(fetcher_running(r), 0);
	assert_int_equal(fetcher_due_ns(r), INT64_MAX);
	fetcher_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
