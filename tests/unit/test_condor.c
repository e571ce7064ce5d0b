/* HTCondor as it is documented; nothing here was recorded. */
#include "plugins/condor/history.h"
#include "plugins/condor/read.h"

#include <stdio.h>
#include <string.h>

#include "stubs.h"
#include "unit.h"

static void
begin_form(struct stubs *s, bool json)
{
	stubs_begin(s, "condor");
	stub(s, "condor_q", json ? "q.json" : "q-long.txt", 0, NULL);
	stub(s, "condor_status", json ? "status.json" : "status-long.txt", 0,
	    NULL);
}

static void
begin(struct stubs *s)
{
	begin_form(s, true);
}

/* Both forms say the same. */
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
	int json;

	(void)unused;
	for (json = 0; json <= 1; json++) {
		begin_form(&s, json);
		stubs_open(&s, "format", json ? "json" : "long", NULL);
		if (stubs_collect(&s) != 0)
			fail_msg("%s", fake_failure(s.fake));
		stubs_want_all(&s, want, COUNT(want));
		/* Slots by an expression are not known. */
		assert_false(stubs_has(&s, "farm", "head", "slots_held"));
		stubs_end(&s);
	}
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
		{ read_queue_long, "JobStatus = 1\n\nOwner = \"a\"\n",
		    "ad 2 has no JobStatus, or no Machine and State" },
		{ read_queue_long, "JobStatus = 1\nnothing\n",
		    "line 2 is no attribute" },
		{ read_status_long, "Machine = \"a\"\nState = \"Own",
		    "breaks off in line 2" },
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
	check_truncations(&s, read_queue_long, "q-long.txt", false);
	check_truncations(&s, read_status_long, "status-long.txt", false);
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

static void
test_accounting(void **unused)
{
	(void)unused;
	check_accounting(begin, "history.txt", "history.json");
}

/* What is no record of a job is told from one that cannot be read. */
static void
test_records(void **unused)
{
	static const struct {
		const char *text;
		int want;
	} cases[] = {
		{ "***", 0 },
		{ "\n*** Offset = 0", 0 },
		{ "ClusterId = 1\n***", -1 },
		{ "nothing\n***", -1 },
		{ "ClusterId = 1\nOwner = \"a\"\nJobStatus = 2\n"
		  "EnteredCurrentStatus = 7\n***",
		    -1 },
		{ "ClusterId = 1\nOwner = \"a\"\nJobStatus = 3\n***", -1 },
		{ "ClusterId = 1\nOwner = \"a\"\nJobStatus = 3\n"
		  "EnteredCurrentStatus = 7\n***",
		    1 },
	};
	struct job_record r;
	struct slice text;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		text = (struct slice){ cases[i].text, strlen(cases[i].text) };
		assert_int_equal(read_history(text, &r), cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_nothing_is_none),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_accounting),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_jobs_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
