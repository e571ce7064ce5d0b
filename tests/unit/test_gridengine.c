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

static void
test_accounting(void **unused)
{
	static const char *const payloads[] = {
		"{\"system\":\"SGE\",\"job\":\"3\",\"name\":\"par\","
		"\"user\":\"nobody\",\"queue\":\"all.q\","
		"\"node\":\"localhost\",\"submitted\":1795207505,"
		"\"slots\":2,\"state\":\"failed\"}",
		"{\"system\":\"SGE\",\"job\":\"2\","
		"\"name\":\"sleeper\",\"user\":\"nobody\","
		"\"queue\":\"long.q\",\"node\":\"localhost\","
		"\"submitted\":1795207505,\"slots\":1,"
		"\"state\":\"failed\"}",
		"{\"system\":\"SGE\",\"job\":\"4\",\"task\":1,"
		"\"name\":\"arr\",\"user\":\"nobody\","
		"\"queue\":\"all.q\",\"node\":\"localhost\","
		"\"submitted\":1795207505,\"slots\":1,"
		"\"state\":\"failed\"}",
		"{\"system\":\"SGE\",\"job\":\"8\","
		"\"name\":\"waiting\",\"user\":\"nobody\","
		"\"queue\":\"long.q\",\"node\":\"localhost\","
		"\"submitted\":1795207505,\"slots\":1,"
		"\"state\":\"failed\"}",
		"{\"system\":\"SGE\",\"job\":\"9\","
		"\"name\":\"failing\",\"user\":\"nobody\","
		"\"queue\":\"all.q\",\"node\":\"localhost\","
		"\"submitted\":1795207505,\"slots\":1,"
		"\"state\":\"failed\"}",
		"{\"system\":\"SGE\",\"job\":\"10\","
		"\"name\":\"errjob\",\"user\":\"nobody\","
		"\"queue\":\"long.q\",\"node\":\"localhost\","
		"\"submitted\":1795207505,\"slots\":1,"
		"\"state\":\"failed\"}",
		"{\"system\":\"SGE\",\"job\":\"1\",\"name\":\"burn1\","
		"\"user\":\"nobody\",\"queue\":\"all.q\","
		"\"node\":\"localhost\",\"submitted\":1795207505,"
		"\"started\":1795207506,\"ended\":1795207526,"
		"\"wall\":20,\"cpu\":19.76286,\"slots\":1,\"exit\":0,"
		"\"state\":\"done\"}",
		"{\"system\":\"SGE\",\"job\":\"6\",\"name\":\"dep\","
		"\"user\":\"nobody\",\"queue\":\"all.q\","
		"\"node\":\"localhost\",\"submitted\":1795207505,"
		"\"slots\":1,\"state\":\"failed\"}",
		"{\"system\":\"SGE\",\"job\":\"14\",\"task\":1,"
		"\"name\":\"arr\",\"user\":\"nobody\","
		"\"queue\":\"all.q\",\"node\":\"localhost\","
		"\"submitted\":1795207549,\"started\":1795207550,"
		"\"ended\":1795207558,\"wall\":8,\"cpu\":0.007384,"
		"\"slots\":1,\"exit\":0,\"state\":\"done\"}",
		"{\"system\":\"SGE\",\"job\":\"19\","
		"\"name\":\"failing\",\"user\":\"nobody\","
		"\"queue\":\"all.q\",\"node\":\"localhost\","
		"\"submitted\":1795207550,\"started\":1795207560,"
		"\"ended\":1795207560,\"wall\":0,\"cpu\":0.008818,"
		"\"slots\":1,\"exit\":0,\"state\":\"done\"}",
		"{\"system\":\"SGE\",\"job\":\"11\",\"name\":\"burn1\","
		"\"user\":\"nobody\",\"queue\":\"all.q\","
		"\"node\":\"localhost\",\"submitted\":1795207549,"
		"\"started\":1795207550,\"ended\":1795207570,"
		"\"wall\":20,\"cpu\":17.059224,\"slots\":1,\"exit\":0,"
		"\"state\":\"done\"}",
		"{\"system\":\"SGE\",\"job\":\"14\",\"task\":2,"
		"\"name\":\"arr\",\"user\":\"nobody\","
		"\"queue\":\"all.q\",\"node\":\"localhost\","
		"\"submitted\":1795207549,\"started\":1795207562,"
		"\"ended\":1795207570,\"wall\":8,\"cpu\":0.008661,"
		"\"slots\":1,\"exit\":0,\"state\":\"done\"}",
		"{\"system\":\"SGE\",\"job\":\"16\",\"name\":\"dep\","
		"\"user\":\"nobody\",\"queue\":\"all.q\","
		"\"node\":\"localhost\",\"submitted\":1795207550,"
		"\"started\":1795207572,\"ended\":1795207573,"
		"\"wall\":1,\"cpu\":0.007983,\"slots\":1,\"exit\":0,"
		"\"state\":\"done\"}",
		"{\"system\":\"SGE\",\"job\":\"14\",\"task\":3,"
		"\"name\":\"arr\",\"user\":\"nobody\","
		"\"queue\":\"all.q\",\"node\":\"localhost\","
		"\"submitted\":1795207549,\"started\":1795207573,"
		"\"ended\":1795207581,\"wall\":8,\"cpu\":0.008359,"
		"\"slots\":1,\"exit\":0,\"state\":\"done\"}",
		"{\"system\":\"SGE\",\"job\":\"13\",\"name\":\"par\","
		"\"user\":\"nobody\",\"queue\":\"all.q\","
		"\"node\":\"localhost\",\"submitted\":1795207549,"
		"\"started\":1795207550,\"ended\":1795207590,"
		"\"wall\":40,\"cpu\":0.008636,\"slots\":2,\"exit\":0,"
		"\"state\":\"done\"}",
		"{\"system\":\"SGE\",\"job\":\"14\",\"task\":4,"
		"\"name\":\"arr\",\"user\":\"nobody\","
		"\"queue\":\"all.q\",\"node\":\"localhost\","
		"\"submitted\":1795207549,\"started\":1795207583,"
		"\"ended\":1795207591,\"wall\":8,\"cpu\":0.00842,"
		"\"slots\":1,\"exit\":0,\"state\":\"done\"}",
		"{\"system\":\"SGE\",\"job\":\"12\","
		"\"name\":\"sleeper\",\"user\":\"nobody\","
		"\"queue\":\"long.q\",\"node\":\"localhost\","
		"\"submitted\":1795207549,\"started\":1795207550,"
		"\"ended\":1795207595,\"wall\":45,\"cpu\":0.008777,"
		"\"slots\":1,\"exit\":0,\"state\":\"done\"}",
		NULL,
	};

	(void)unused;
	check_accounting("accounting.txt", begin, payloads);
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
	    stubs_text(&s, "farm_jobs", "11", "job_state"), "running");
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
		cmocka_unit_test(test_accounting),
		cmocka_unit_test(test_jobs_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
