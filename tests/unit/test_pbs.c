/* PBS as OpenPBS was recorded, behind programs that say it again. */
#include "plugins/pbs/read.h"

#include <stdio.h>
#include <string.h>

#include "stubs.h"
#include "unit.h"

static void
begin(struct stubs *s, bool json)
{
	const char *dir = "${0%/*}/data/pbs";
	const char *form = json ? "json" : "txt";
	char script[300];

	stubs_begin(s, "pbs");
	snprintf(script, sizeof(script),
	    "case $1 in -Q) cat %s/qstat-Qf.%s ;; *) cat %s/qstat-ft.%s ;; "
	    "esac",
	    dir, form, dir, form);
	stub_script(s, "qstat", script);
	stub(s, "pbsnodes", json ? "pbsnodes-a.json" : "pbsnodes-a.txt", 0,
	    NULL);
	/* A minute after the jobs were submitted. */
	s->fake->now_ns = INT64_C(1795210509000000000);
}

/* Both forms say the same. */
static void
test_counts(void **unused)
{
	static const struct stubs_wanted want[] = {
		{ "farm", "head", "status", 0 },
		{ "farm", "head", "jobs_running", 4 },
		{ "farm", "head", "jobs_pending", 2 },
		{ "farm", "head", "jobs_held", 2 },
		{ "farm", "head", "jobs_suspended", 1 },
		{ "farm", "head", "jobs_unknown", 0 },
		{ "farm", "head", "slots_running", 5 },
		{ "farm", "head", "slots_pending", 100 },
		{ "farm", "head", "wait_oldest", 60 },
		/* 22 s of CPU; 23 s of one, one and two CPUs. */
		{ "farm", "head", "efficiency", 100.0 * 22 / 92 },
		{ "farm", "head", "nodes_free", 1 },
		{ "farm", "head", "nodes_down", 1 },
		{ "farm", "head", "slots_total", 6 },
		{ "farm", "head", "slots_used", 5 },
		{ "farm", "head", "slots_free", 1 },
		{ "farm_queues", "workq", "jobs_running", 3 },
		{ "farm_queues", "workq", "slots_used", 4 },
		{ "farm_queues", "short", "jobs_pending", 1 },
		{ "farm_queues", "closed", "open", 0 },
		{ "farm_queues", "closed", "active", 0 },
		{ "farm_users", "nagios", "jobs_running", 4 },
		{ "farm_nodes", "pbs01", "memory_total", 25276502016 },
		{ "farm_nodes", "pbsgone", "up", 0 },
	};
	struct stubs s;
	int json;

	(void)unused;
	for (json = 0; json <= 1; json++) {
		begin(&s, json);
		stubs_open(&s, "format", json ? "json" : "text", NULL);
		stubs_cycle(&s);
		stubs_want_all(&s, want, COUNT(want));
		assert_false(
		    stubs_has(&s, "farm_nodes", "pbsgone", "slots_total"));
		assert_false(stubs_has(&s, "farm_nodes", "pbs01", "load1"));
		stubs_end(&s);
	}
}

static void
test_server_down(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s, true);
	stub_script(&s, "qstat",
	    "cat ${0%/*}/data/pbs/qstat-server-down.txt >&2; exit 255");
	stubs_open(&s, NULL);
	assert_int_equal(stubs_collect(&s), -1);
	assert_string_equal(fake_failure(s.fake),
	    "qstat -t -f -F json: ended with status 255: Connection refused "
	    "qstat: cannot connect to server pbs01 (errno=15010)");
	stubs_want(&s, "farm", "head", "status", 7);
	assert_int_equal(s.fake->n_values, 3);
	stubs_end(&s);
}

/* Torque's attributes, as they are documented. */
static void
test_torque(void **unused)
{
	static const char jobs[] = "Job Id: 1.head\n"
				   "    Job_Owner = ann@ui\n"
				   "    job_state = Q\n"
				   "    queue = long\n"
				   "    Account_Name = cms\n"
				   "    Resource_List.nodes = 2:ppn=4+1:big\n"
				   "    qtime = Fri Nov 20 20:35:13 2026\n\n"
				   "Job Id: 2.head\n"
				   "    Job_Owner = ann@ui\n"
				   "    job_state = C\n"
				   "    exit_status = 271\n"
				   "    que\n\tue = lo\n\tng\n\n";
	static const char nodes[] =
	    "wn1\n"
	    "     state = job-exclusive\n"
	    "     np = 4\n"
	    "     jobs = 0/1.head, 1/1.head, 2/1.head, 3/1.head\n"
	    "     status = rectime=1,opsys=linux,ncpus=4,loadave=3.50,"
	    "availmem=100kb,physmem=200kb\n\n"
	    "wn2\n"
	    "     state = free,offline\n"
	    "     np = 4\n\n";
	struct census *c;
	struct error err;

	(void)unused;
	c = read_text(read_jobs_text, jobs, strlen(jobs), &err);
	assert_non_null(c);
	assert_int_equal(c->total.slots[JOB_PENDING], 9);
	assert_int_equal(c->total.jobs[JOB_FAILED], 1);
	assert_int_equal(c->queues.n, 1);
	assert_string_equal(c->groups_seen.first->name, "cms");
	assert_int_equal(c->total.oldest_ns, INT64_C(1795206913000000000));
	census_free(c);
	c = read_text(read_nodes_text, nodes, strlen(nodes), &err);
	assert_non_null(c);
	assert_int_equal(c->nodes.first->node.state, NODE_FULL);
	assert_int_equal(c->nodes.first->node.used, 4);
	assert_true(c->nodes.first->node.load1 > 3.4);
	assert_int_equal(c->nodes.first->node.memory_free, 102400);
	assert_int_equal(c->nodes.first->next->node.state, NODE_CLOSED);
	assert_int_equal(c->nodes.first->next->node.used, 0);
	census_free(c);
}

static void
test_no_jobs(void **unused)
{
	static const char json[] = "{\"timestamp\": 1, \"pbs_server\": \"a\"}";
	struct census *c;
	struct error err;

	(void)unused;
	c = read_text(read_jobs_json, json, strlen(json), &err);
	assert_non_null(c);
	census_free(c);
	c = read_text(read_jobs_text, "", 0, &err);
	assert_non_null(c);
	census_free(c);
}

static void
test_bad(void **unused)
{
	static const struct stubs_bad cases[] = {
		{ read_jobs_json, "{}", "has neither Jobs nor pbs_server" },
		{ read_jobs_json, "", "no JSON, or broken off, in line 1" },
		{ read_jobs_json, "{\n\"Jobs\": {\"1\": {\"a\": \"x\"y\"",
		    "no JSON, or broken off, in line 2" },
		{ read_jobs_json, "{\"Jobs\": {\"1.a\": {\"queue\": \"q\"}}}",
		    "1.a has no job_state" },
		{ read_jobs_text, "    a = b\n\n", "line 1 is no attribute" },
		{ read_jobs_text, "Job Id: 1\n    job_state = Q\n\n",
		    "1 has no queue" },
		{ read_jobs_text, "Job Id: 1\nJob Id: 2\n",
		    "line 2 is not expected" },
		{ read_jobs_text, "Job Id: 1\n    job_state = Q\n",
		    "breaks off after line 2" },
		{ read_nodes_text, "wn1\n    x = y\n\n", "wn1 has no state" },
	};

	(void)unused;
	check_bad(cases, COUNT(cases));
}

/* JSON anywhere; text anywhere but between two things. */
static void
test_truncations(void **unused)
{
	static const struct {
		jobs_parse *parse;
		const char *name;
		bool json;
	} files[] = {
		{ read_jobs_json, "qstat-ft.json", true },
		{ read_jobs_json, "qstat-xf.json", true },
		{ read_nodes_json, "pbsnodes-a.json", true },
		{ read_nodes_json, "pbsnodes-av.json", true },
		{ read_queues_json, "qstat-Qf.json", true },
		{ read_jobs_text, "qstat-ft.txt", false },
		{ read_jobs_text, "qstat-f-w.txt", false },
		{ read_nodes_text, "pbsnodes-a.txt", false },
		{ read_nodes_text, "pbsnodes-av.txt", false },
		{ read_queues_text, "qstat-Qf.txt", false },
	};
	struct stubs s;
	size_t i;

	(void)unused;
	begin(&s, true);
	for (i = 0; i < COUNT(files); i++)
		check_truncations(
		    &s, files[i].parse, files[i].name, files[i].json);
	stubs_end(&s);
}

/* ... of which each line but an empty one leaves a thing open. */
static void
test_text_breaks_off_between_lines(void **unused)
{
	struct stubs s;
	struct census *c;
	struct error err;
	size_t size, at;
	char *text;

	(void)unused;
	begin(&s, false);
	text = recorded(&s, "qstat-ft.txt", &size);
	for (at = 1; at < size; at++) {
		if (text[at - 1] != '\n' || (at > 1 && text[at - 2] == '\n') ||
		    text[at] == '\n')
			continue;
		c = read_text(read_jobs_text, text, at, &err);
		if (c != NULL)
			fail_msg("whole with %zu bytes", at);
	}
	free(text);
	stubs_end(&s);
}

static void
begin_json(struct stubs *s)
{
	begin(s, true);
}

static void
test_accounting(void **unused)
{
	(void)unused;
	check_accounting(begin_json, "accounting.txt", "accounting.json");
}

static void
test_jobs_by_name(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s, true);
	stubs_open(&s, "job_values", "yes", NULL);
	stubs_cycle(&s);
	assert_string_equal(
	    stubs_text(&s, "farm_jobs", "10.pbs01", "job_state"), "running");
	stubs_end(&s);
}

static void
test_any_failure(void **unused)
{
	(void)unused;
	check_failures(begin_json, "qstat");
	check_failures(begin_json, "pbsnodes");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_server_down),
		cmocka_unit_test(test_torque),
		cmocka_unit_test(test_no_jobs),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_text_breaks_off_between_lines),
		cmocka_unit_test(test_accounting),
		cmocka_unit_test(test_jobs_by_name),
		cmocka_unit_test(test_any_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
