/* HTCondor as it is documented; nothing here was recorded. */
#include "plugins/condor/read.h"

#include <stdio.h>
#include <string.h>

#include "stubs.h"
#include "unit.h"

static void
begin(struct stubs *s)
{
	stubs_begin(s, "condor");
	stub(s, "condor_q", "q.json", 0, NULL);
	stub(s, "condor_status", "status.json", 0, NULL);
}

static void
test_counts(void **unused)
{
	static const struct stubs_wanted want[] = {
		{ "farm", "head", "status", 0 },
		{ "farm", "head", "jobs_running", 1 },
		{ "farm", "head", "jobs_pending", 1 },
		{ "farm", "head", "jobs_held", 1 },
		{ "farm", "head", "jobs_suspended", 1 },
		{ "farm", "head", "slots_running", 4 },
		{ "farm", "head", "slots_pending", 8 },
		{ "farm", "head", "wait_oldest", 400 },
		/* 200 s in 100 s on four CPUs. */
		{ "farm", "head", "efficiency", 50 },
		{ "farm", "head", "nodes_free", 1 },
		{ "farm", "head", "nodes_full", 1 },
		{ "farm", "head", "nodes_closed", 1 },
		{ "farm", "head", "slots_total", 12 },
		{ "farm", "head", "slots_used", 6 },
		{ "farm", "head", "slots_free", 4 },
		{ "farm_users", "ann", "jobs_running", 1 },
		{ "farm_groups", "cms", "slots_running", 4 },
		{ "farm_nodes", "wn1", "slots_total", 8 },
		{ "farm_nodes", "wn1", "cpus", 8 },
		{ "farm_nodes", "wn1", "load1", 3.75 },
		{ "farm_nodes", "wn2", "memory_total", 8388608000 },
	};
	struct stubs s;

	(void)unused;
	begin(&s);
	stubs_open(&s, NULL);
	if (stubs_collect(&s) != 0)
		fail_msg("%s", fake_failure(s.fake));
	stubs_want_all(&s, want, COUNT(want));
	/* Slots by an expression are not known. */
	assert_false(stubs_has(&s, "farm", "head", "slots_held"));
	stubs_end(&s);
}

static void
test_nothing_is_none(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	stub(&s, "condor_q", NULL, 0, NULL);
	stubs_open(&s, NULL);
	assert_int_equal(stubs_collect(&s), 0);
	stubs_want(&s, "farm", "head", "jobs_running", 0);
	/* But only if it ends well. */
	stub(&s, "condor_q", NULL, 1, "Failed to fetch ads");
	((struct jobs_memory *)s.target->state)->next_mono_ns = 0;
	assert_int_equal(stubs_collect(&s), -1);
	assert_false(stubs_has(&s, "farm", "head", "jobs_running"));
	stubs_end(&s);
}

static void
test_bad(void **unused)
{
	static const struct {
		jobs_parse *parse;
		const char *text, *want;
	} cases[] = {
		{ read_queue, "{}", "is no list" },
		{ read_queue, "[{}]",
		    "ad 1 has no JobStatus, or no Machine and State" },
		{ read_queue, "[{\"JobStatus\": 1}, {",
		    "no JSON, or broken off, after ad 1" },
		{ read_status, "[{\"Machine\": \"a\"}]",
		    "ad 1 has no JobStatus, or no Machine and State" },
	};
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		assert_null(read_text(cases[i].parse, cases[i].text,
		    strlen(cases[i].text), &err));
		assert_string_equal(err.text, cases[i].want);
	}
}

static void
test_truncations(void **unused)
{
	struct stubs s;
	struct census *c;
	struct error err;

	(void)unused;
	begin(&s);
	/* Of nothing there is no end to miss. */
	c = read_text(read_queue, "", 0, &err);
	assert_non_null(c);
	census_free(c);
	check_truncations(&s, read_queue, "q.json", true);
	check_truncations(&s, read_status, "status.json", true);
	stubs_end(&s);
}

static void
test_jobs_by_name(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	stubs_open(&s, "job_values", "yes", NULL);
	assert_int_equal(stubs_collect(&s), 0);
	assert_string_equal(
	    stubs_text(&s, "farm_jobs", "40[1]", "job_state"), "running");
	assert_string_equal(
	    stubs_text(&s, "farm_jobs", "41[0]", "job_state"), "pending");
	stubs_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_nothing_is_none),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_jobs_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
