/* Grid Engine as recorded, behind programs that say it again. */
#include "plugins/gridengine/read.h"

#include <stdio.h>
#include <string.h>

#include "stubs.h"
#include "unit.h"

static void
begin(struct stubs *s)
{
	stubs_begin(s, "gridengine");
	stub(s, "qstat", "qstat-ext-urg-busy.xml", 0, NULL);
	stub(s, "qhost", "qhost-q-busy.xml", 0, NULL);
	/* A minute after the jobs that wait were submitted. */
	s->fake->now_ns = INT64_C(1795311330000000000);
}

static void
test_counts(void **unused)
{
	static const struct stubs_wanted want[] = {
		{ "farm", "head", "status", 0 },
		/* Of one of them each of two queues has a slot. */
		{ "farm", "head", "jobs_running", 2 },
		{ "farm", "head", "slots_running", 4 },
		/* One, and three elements of an array. */
		{ "farm", "head", "jobs_pending", 4 },
		{ "farm", "head", "jobs_held", 1 },
		{ "farm", "head", "wait_oldest", 60 },
		/* None of their CPU time was known to that cell. */
		{ "farm", "head", "efficiency", 0 },
		{ "farm", "head", "nodes_full", 1 },
		{ "farm", "head", "slots_total", 4 },
		{ "farm", "head", "slots_used", 4 },
		{ "farm", "head", "slots_free", 0 },
		{ "farm_queues", "all.q", "jobs_running", 1 },
		{ "farm_queues", "all.q", "slots_total", 3 },
		{ "farm_queues", "all.q", "slots_used", 3 },
		{ "farm_queues", "long.q", "slots_used", 1 },
		{ "farm_queues", "long.q", "open", 1 },
		{ "farm_users", "nobody", "jobs_pending", 4 },
		{ "farm_groups", "cms", "jobs_running", 1 },
		{ "farm_groups", "cms", "jobs_pending", 3 },
		{ "farm_nodes", "grid", "cpus", 2 },
		{ "farm_nodes", "grid", "load5", 1 },
		{ "farm_nodes", "grid", "memory_total", 25232932864 },
		{ "farm_nodes", "grid", "swap_total", 0 },
	};
	struct stubs s;

	(void)unused;
	begin(&s);
	stubs_open(&s, NULL);
	stubs_cycle(&s);
	stubs_want_all(&s, want, COUNT(want));
	/* "global" is no host. */
	assert_false(stubs_has(&s, "farm_nodes", "global", "cpus"));
	stubs_end(&s);
}

static void
test_stopped(void **unused)
{
	static const struct stubs_wanted want[] = {
		{ "farm", "head", "jobs_running", 0 },
		{ "farm", "head", "jobs_suspended", 2 },
		{ "farm_queues", "all.q", "open", 0 },
		{ "farm_queues", "long.q", "active", 0 },
		{ "farm", "head", "nodes_closed", 1 },
	};
	struct stubs s;

	(void)unused;
	begin(&s);
	stub(&s, "qstat", "qstat-ext-urg-stopped.xml", 0, NULL);
	stub(&s, "qhost", "qhost-q-stopped.xml", 0, NULL);
	stubs_open(&s, NULL);
	stubs_cycle(&s);
	stubs_want_all(&s, want, COUNT(want));
	assert_string_equal(stubs_text(&s, "farm_nodes", "grid", "state"), "d");
	/* Its daemon was killed. */
	stub(&s, "qhost", "qhost-q-gone.xml", 0, NULL);
	stubs_cycle(&s);
	stubs_want(&s, "farm", "head", "nodes_down", 1);
	stubs_want(&s, "farm_nodes", "grid", "up", 0);
	assert_false(stubs_has(&s, "farm_nodes", "grid", "load5"));
	stubs_end(&s);
}

static void
test_efficiency(void **unused)
{
	static const char job[] =
	    "<job_info><queue_info><job_list><state>r</state>"
	    "<JAT_start_time>2026-11-20T20:58:20</JAT_start_time>"
	    "<cpu_usage>150.5</cpu_usage><slots>2</slots></job_list>"
	    "</queue_info></job_info>";
	struct census *c;
	struct error err;

	(void)unused;
	c = read_text(read_qstat, job, strlen(job), &err);
	assert_non_null(c);
	/* 100 s of two slots. */
	assert_true(c->total.cpu_ns == 150.5e9);
	assert_true(c->total.held_ns == 200e9);
	census_free(c);
}

static void
test_shares(void **unused)
{
	static const struct stubs_wanted want[] = {
		{ "farm", "head", "shares_status", 0 },
		{ "farm_shares", "cms", "shares", 300 },
		{ "farm_shares", "cms", "shares_part", 0.75 },
		{ "farm_shares", "default/nobody", "shares_part", 0.25 },
		{ "farm_shares", "default/nobody", "shares_actual", 0 },
	};
	struct stubs s;

	(void)unused;
	begin(&s);
	stub(&s, "sge_share_mon", "sge_share_mon.txt", 0, NULL);
	stubs_open(&s, "shares", "yes", NULL);
	stubs_cycle(&s);
	stubs_want_all(&s, want, COUNT(want));
	/* Without a tree, as it was recorded; the rest is as it was. */
	stub(&s, "sge_share_mon", NULL, 2, "No share tree");
	stubs_cycle(&s);
	stubs_want(&s, "farm", "head", "shares_status", 7);
	stubs_want(&s, "farm", "head", "jobs_running", 2);
	assert_false(stubs_has(&s, "farm_shares", "cms", "shares"));
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
	stubs_cycle(&s);
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
	static const struct stubs_bad cases[] = {
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
		{ read_shares, "", "has no root" },
		{ read_shares, "No share tree\n",
		    "does not begin with node_name|" },
		{ read_shares, "node_name|a|b|c|d|e|\n\n", "has no root" },
		{ read_shares, "node_name|a|b|c|d|e|\n\n/|1|",
		    "breaks off in line 3" },
		{ read_shares, "node_name|a|b|c|d|e|\n\n/|1|\n",
		    "line 3 has not 6 fields" },
	};
	struct census *c;
	struct error err;

	(void)unused;
	check_bad(cases, COUNT(cases));
	c = read_text(read_qstat, "<job_info/>\n", 12, &err);
	assert_non_null(c);
	census_free(c);
}

static void
test_truncations(void **unused)
{
	static const char *const jobs[] = { "qstat-ext-urg-busy.xml",
		"qstat-ext-urg-empty.xml", "qstat-ext-urg-stopped.xml",
		"qstat-xml.xml", "qstat-s-z-xml.xml", "qstat-eqw.xml",
		"qstat-hostile.xml" };
	static const char *const hosts[] = { "qhost-q-busy.xml",
		"qhost-q-empty.xml", "qhost-q-stopped.xml", "qhost-q-gone.xml",
		"qhost-xml.xml", "qhost-F-xml.xml" };
	struct stubs s;
	size_t i;

	(void)unused;
	begin(&s);
	for (i = 0; i < COUNT(jobs); i++)
		check_truncations(&s, read_qstat, jobs[i], true);
	check_truncations(&s, read_shares, "sge_share_mon.txt", false);
	for (i = 0; i < COUNT(hosts); i++)
		check_truncations(&s, read_qhost, hosts[i], true);
	stubs_end(&s);
}

static void
test_accounting(void **unused)
{
	(void)unused;
	check_accounting(begin, "accounting.txt", "accounting.json");
}

static void
test_jobs_by_name(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	stubs_open(&s, "job_values", "yes", NULL);
	stubs_cycle(&s);
	assert_string_equal(
	    stubs_text(&s, "farm_jobs", "2", "job_state"), "running");
	stubs_end(&s);
}

static void
test_any_failure(void **unused)
{
	(void)unused;
	check_failures(begin, "qstat");
	check_failures(begin, "qhost");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_efficiency),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_errors_are_held),
		cmocka_unit_test(test_master_down),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_accounting),
		cmocka_unit_test(test_jobs_by_name),
		cmocka_unit_test(test_any_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
