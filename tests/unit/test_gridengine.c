/* Grid Engine as recorded, behind programs that say it again. */
#include "plugins/gridengine/read.h"

#include <stdio.h>
#include <string.h>

#include "stubs.h"
#include "unit.h"

struct want {
	const char *cluster, *node, *parameter;
	double value;
};

static void
check_all(const struct stubs *s, const struct want *w, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		stubs_want(
		    s, w[i].cluster, w[i].node, w[i].parameter, w[i].value);
}

static void
begin(struct stubs *s)
{
	stubs_begin(s, "gridengine");
	stub(s, "qstat", "qstat-f-xml.xml", 0, NULL);
	stub(s, "qhost", "qhost-xml.xml", 0, NULL);
	/* A minute after the first jobs were submitted. */
	s->fake->now_ns = INT64_C(1795207609000000000);
}

static void
test_counts(void **unused)
{
	static const struct want want[] = {
		{ "farm", "head", "status", 0 },
		{ "farm", "head", "jobs_running", 5 },
		{ "farm", "head", "slots_running", 6 },
		/* Three, and three elements of an array. */
		{ "farm", "head", "jobs_pending", 6 },
		{ "farm", "head", "jobs_held", 2 },
		{ "farm", "head", "wait_oldest", 60 },
		{ "farm", "head", "nodes_full", 1 },
		{ "farm", "head", "slots_total", 6 },
		{ "farm", "head", "slots_used", 6 },
		{ "farm", "head", "slots_free", 0 },
		{ "farm_queues", "all.q", "jobs_running", 3 },
		{ "farm_queues", "all.q", "slots_total", 4 },
		{ "farm_queues", "long.q", "slots_used", 2 },
		{ "farm_queues", "long.q", "open", 1 },
		{ "farm_users", "nobody", "jobs_pending", 6 },
		{ "farm_nodes", "localhost", "cpus", 2 },
		{ "farm_nodes", "localhost", "load5", 1.74 },
		{ "farm_nodes", "localhost", "memory_total", 25232932864 },
		{ "farm_nodes", "localhost", "swap_total", 0 },
	};
	struct stubs s;

	(void)unused;
	begin(&s);
	stubs_open(&s, NULL);
	if (stubs_collect(&s) != 0)
		fail_msg("%s", fake_failure(s.fake));
	check_all(&s, want, COUNT(want));
	/* "global" is no host. */
	assert_false(stubs_has(&s, "farm_nodes", "global", "cpus"));
	assert_false(stubs_has(&s, "farm", "head", "efficiency"));
	stubs_end(&s);
}

static void
test_disabled(void **unused)
{
	static const struct want want[] = {
		{ "farm", "head", "jobs_running", 1 },
		{ "farm", "head", "jobs_suspended", 1 },
		{ "farm", "head", "jobs_held", 1 },
		{ "farm_queues", "all.q", "open", 1 },
		{ "farm_queues", "long.q", "open", 0 },
		/* One of its two queues takes jobs. */
		{ "farm", "head", "nodes_free", 1 },
	};
	struct stubs s;

	(void)unused;
	begin(&s);
	stub(&s, "qstat", "qstat-f-disabled.xml", 0, NULL);
	stubs_open(&s, NULL);
	assert_int_equal(stubs_collect(&s), 0);
	check_all(&s, want, COUNT(want));
	stubs_end(&s);
}

static void
test_errors_are_held(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	stub(&s, "qstat", "qstat-eqw.xml", 0, NULL);
	stubs_open(&s, NULL);
	assert_int_equal(stubs_collect(&s), 0);
	stubs_want(&s, "farm", "head", "jobs_running", 1);
	/* Six in error, two held; the rest of the array waits: 2-5. */
	stubs_want(&s, "farm", "head", "jobs_held", 8);
	stubs_want(&s, "farm", "head", "jobs_pending", 4);
	stubs_end(&s);
}

static void
test_master_down(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	stub(&s, "qstat", NULL, 1,
	    "error: commlib error: got select error (Connection refused)");
	stubs_open(&s, NULL);
	assert_int_equal(stubs_collect(&s), -1);
	assert_non_null(strstr(fake_failure(s.fake),
	    "-xml: ended with status 1: error: commlib error: got select "
	    "error (Connection refused)"));
	assert_int_equal(s.fake->n_values, 3);
	stubs_end(&s);
}

static void
test_bad(void **unused)
{
	static const struct {
		jobs_parse *parse;
		const char *text, *want;
	} cases[] = {
		{ read_qstat, "", "no XML, or broken off, in line 1" },
		{ read_qstat, "error", "no XML, or broken off, in line 1" },
		{ read_qstat, "<qhost></qhost>", "has no job_info" },
		{ read_qstat, "<job_info>\n<a></b></job_info>",
		    "no XML, or broken off, in line 2" },
		{ read_qstat, "<job_info/><job_info/>",
		    "no XML, or broken off, in line 1" },
		{ read_qstat, "<!DOCTYPE x><job_info/>",
		    "no XML, or broken off, in line 1" },
		{ read_qhost, "<job_info/>", "has no qhost" },
	};
	struct census *c;
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		assert_null(read_text(cases[i].parse, cases[i].text,
		    strlen(cases[i].text), &err));
		assert_string_equal(err.text, cases[i].want);
	}
	c = read_text(read_qstat, "<job_info/>\n", 12, &err);
	assert_non_null(c);
	census_free(c);
}

static void
test_truncations(void **unused)
{
	static const char *const jobs[] = { "qstat-f-xml.xml",
		"qstat-f-disabled.xml", "qstat-xml.xml", "qstat-s-z-xml.xml",
		"qstat-eqw.xml", "qstat-hostile.xml" };
	struct stubs s;
	size_t i;

	(void)unused;
	begin(&s);
	for (i = 0; i < COUNT(jobs); i++)
		check_truncations(&s, read_qstat, jobs[i], true);
	check_truncations(&s, read_qhost, "qhost-xml.xml", true);
	check_truncations(&s, read_qhost, "qhost-F-xml.xml", true);
	stubs_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_disabled),
		cmocka_unit_test(test_errors_are_held),
		cmocka_unit_test(test_master_down),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_truncations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
