/* LSF as OpenLava was recorded, behind programs that say it again. */
#include "plugins/lsf/read.h"

#include <stdio.h>
#include <string.h>

#include "stubs.h"
#include "unit.h"

static void
begin(struct stubs *s)
{
	stubs_begin(s, "lsf");
	stub(s, "lsid", "lsid.txt", 0, NULL);
	stub(s, "bjobs", "bjobs-wa.txt", 0, NULL);
	stub(s, "bhosts", "bhosts-w.txt", 0, NULL);
	stub(s, "bqueues", "bqueues-w.txt", 0, NULL);
	stub(s, "lshosts", "lshosts-w.txt", 0, NULL);
	stub(s, "lsload", "lsload-w.txt", 0, NULL);
}

static void
test_counts(void **unused)
{
	static const struct stubs_wanted want[] = {
		{ "farm", "head", "status", 0 },
		{ "farm", "head", "jobs_running", 4 },
		{ "farm", "head", "jobs_pending", 6 },
		{ "farm", "head", "jobs_held", 1 },
		{ "farm", "head", "jobs_done", 1 },
		{ "farm", "head", "jobs_failed", 0 },
		{ "farm", "head", "slots_running", 4 },
		/* 20:52, and it was 21:00. */
		{ "farm", "head", "wait_oldest", 480 },
		{ "farm", "head", "nodes_full", 1 },
		{ "farm", "head", "nodes_down", 1 },
		{ "farm", "head", "slots_total", 8 },
		{ "farm", "head", "slots_used", 4 },
		{ "farm", "head", "slots_free", 0 },
		{ "farm_queues", "short", "jobs_running", 1 },
		{ "farm_queues", "short", "slots_total", 1 },
		{ "farm_queues", "normal", "jobs_pending", 5 },
		{ "farm_queues", "normal", "open", 1 },
		{ "farm_queues", "closedq", "active", 1 },
		{ "farm_users", "nobody", "jobs_held", 1 },
		{ "farm_nodes", "lsf01", "cpus", 2 },
		{ "farm_nodes", "lsf01", "load1", 1.9 },
		{ "farm_nodes", "lsf01", "load15", 2 },
		{ "farm_nodes", "lsf01", "memory_total", 25275924480 },
		{ "farm_nodes", "lsf01", "memory_free", 24696061952 },
		{ "farm_nodes", "lsf01", "swap_free", 0 },
		{ "farm_nodes", "ghost1", "up", 0 },
	};
	struct stubs s;

	(void)unused;
	begin(&s);
	stubs_open(&s, NULL);
	stubs_cycle(&s);
	stubs_want_all(&s, want, COUNT(want));
	assert_string_equal(
	    stubs_text(&s, "farm_nodes", "lsf01", "state"), "closed_Full");
	/* What is not said is not 0. */
	assert_false(stubs_has(&s, "farm", "head", "slots_pending"));
	assert_false(stubs_has(&s, "farm_nodes", "ghost1", "load1"));
	assert_false(stubs_has(&s, "farm_nodes", "ghost1", "cpus"));
	assert_false(stubs_has(&s, "farm_nodes", "lsf01", "swap_total"));
	assert_false(stubs_has(&s, "farm_queues", "normal", "slots_total"));
	stubs_end(&s);
}

static void
test_monalisa(void **unused)
{
	static const struct stubs_wanted want[] = {
		{ "farm", "head", "Running", 4 },
		{ "farm", "head", "Pending", 6 },
		{ "farm", "head", "Done/h", 1 },
		{ "farm", "head", "Exit/h", 0 },
		{ "PN_LSF", "lsf01", "NoCPUs", 2 },
		{ "PN_LSF", "lsf01", "MEM_total", 24105 },
		{ "PN_LSF", "lsf01", "Load15", 2 },
		{ "PN_LSF_Statistics", "Statistics", "Total Slots", 8 },
		{ "PN_LSF_Statistics", "Statistics", "Total Free  Slots", 0 },
		{ "PN_LSF_Statistics", "Statistics", "Total Down Nodes", 1 },
		{ "PN_LSF_Statistics", "Status", "PN_LSF_Status", 0 },
		{ "farm_Totals", "Totals", "RunningJobs", 4 },
		{ "farm_Totals", "Totals", "IdleJobs", 6 },
	};
	struct stubs s;

	(void)unused;
	begin(&s);
	stubs_open(&s, "names", "monalisa", NULL);
	stubs_cycle(&s);
	stubs_want_all(&s, want, COUNT(want));
	stubs_end(&s);
}

/* An empty system is one with 0 jobs, and every user is told so once. */
static void
test_no_jobs(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	stubs_open(&s, NULL);
	stubs_cycle(&s);
	stub(&s, "bjobs", NULL, 255, "No job found");
	stubs_cycle(&s);
	stubs_want(&s, "farm", "head", "jobs_running", 0);
	stubs_want(&s, "farm", "head", "jobs_pending", 0);
	stubs_want(&s, "farm", "head", "wait_oldest", 0);
	stubs_want(&s, "farm_users", "nobody", "jobs_running", 0);
	stubs_cycle(&s);
	assert_false(stubs_has(&s, "farm_users", "nobody", "jobs_running"));
	stubs_end(&s);
}

static void
test_failures(void **unused)
{
	static const struct {
		const char *program, *script;
		double status;
		const char *want; /* how the error begins */
	} cases[] = {
		{ "bhosts",
		    "cat ${0%/*}/data/lsf/bhosts-mbd-down.txt; sleep 100", 6,
		    "bhosts -w: not over after " },
		{ "bhosts", "cat ${0%/*}/data/lsf/bhosts-mbd-down.txt", 2,
		    "bhosts -w: said nothing" },
		{ "bjobs", "cat ${0%/*}/data/lsf/bjobs-lim-down.txt", 2,
		    "bjobs -a -u all -w: said nothing" },
		{ "lsload",
		    "cat ${0%/*}/data/lsf/lsload-lim-down.txt >&2;"
		    "exit 255",
		    7,
		    "lsload -w: ended with status 255: lsload: LIM is down; "
		    "try later" },
		{ "bjobs", "echo User permission denied >&2; exit 255", 7,
		    "bjobs -a -u all -w: ended with status 255: User "
		    "permission denied" },
		{ "bqueues",
		    "head -n 2 ${0%/*}/data/lsf/bqueues-w.txt;"
		    "kill -TERM $$",
		    7, "bqueues -w: ended by SIGTERM" },
	};
	struct stubs s;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		begin(&s);
		stub_script(&s, cases[i].program, cases[i].script);
		stubs_open(&s, "timeout", "1s", NULL);
		assert_int_equal(stubs_collect(&s), -1);
		if (strncmp(fake_failure(s.fake), cases[i].want,
			strlen(cases[i].want)) != 0)
			fail_msg("%s", fake_failure(s.fake));
		stubs_want(&s, "farm", "head", "status", cases[i].status);
		assert_int_equal(s.fake->n_values, 3);
		stubs_end(&s);
	}
}

/* The release that has it is asked for JSON, whose form is documented. */
static void
test_json(void **unused)
{
	static const char spectrum[] =
	    "echo IBM Spectrum LSF Standard 10.1.0.13, Apr 15 2022; "
	    "echo x >>${0%/*}/asked";
	static const char by_form[] =
	    "case \"$*\" in *-json) cat ${0%/*}/data/lsf/bjobs-json.txt;; *) "
	    "echo as a table? >&2; exit 255; esac";
	static const struct stubs_wanted want[] = {
		{ "farm", "head", "status", 0 },
		{ "farm", "head", "jobs_running", 4 },
		{ "farm", "head", "jobs_pending", 6 },
		{ "farm", "head", "jobs_held", 1 },
		{ "farm", "head", "jobs_done", 1 },
		{ "farm", "head", "slots_running", 4 },
		{ "farm", "head", "wait_oldest", 480 },
		{ "farm", "head", "efficiency", 25.5 },
		{ "farm", "head", "nodes_full", 1 },
		{ "farm_groups", "cms", "jobs_running", 3 },
		{ "farm_groups", "default", "jobs_running", 1 },
		{ "farm_queues", "short", "jobs_running", 1 },
	};
	char asked[100];
	struct stubs s;
	int i;

	(void)unused;
	begin(&s);
	stub_script(&s, "lsid", spectrum);
	stub_script(&s, "bjobs", by_form);
	stubs_open(&s, "job_values", "yes", NULL);
	for (i = 0; i < 2; i++) {
		stubs_cycle(&s);
		stubs_want_all(&s, want, COUNT(want));
	}
	assert_string_equal(
	    stubs_text(&s, "farm_jobs", "107[2]", "job_state"), "running");
	assert_false(stubs_has(&s, "farm", "head", "slots_pending"));
	/* Once is enough. */
	snprintf(asked, sizeof(asked), "test $(wc -l <%s/asked) = 1", s.folder);
	assert_int_equal(system(asked), 0);
	stubs_end(&s);
}

static void
test_releases(void **unused)
{
	static const struct {
		const char *text;
		bool want;
	} cases[] = {
		{ "", false },
		{ "OpenLava 4.0dev4, Nov 20 2026\n", false },
		{ "OpenLava 11.0\n", false },
		{ "Platform LSF 9.1.3.0, Jul 04 2014\n", false },
		{ "Platform LSF Express 10.1.0.0 for IBM, Jun 1 2016\n",
		    false },
		{ "IBM Spectrum LSF Standard 10.1, Jun 1 2016\n", false },
		{ "IBM Spectrum LSF Standard 10.1.0.1, Jan 1 2017\n", false },
		{ "IBM Spectrum LSF Standard 10.1.0.2, Apr 1 2017\n", true },
		{ "IBM Spectrum LSF Standard 10.1.0.13, Apr 15 2022\n", true },
		{ "IBM Spectrum LSF 10.2\n", true },
		{ "IBM Spectrum LSF Suite 11.0.0.0\n", true },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++)
		if (has_json((struct slice){ cases[i].text,
			strlen(cases[i].text) }) != cases[i].want)
			fail_msg("%s", cases[i].text);
}

static void
test_bad_json(void **unused)
{
	static const char none[] = "wait\n{\"JOBS\":0,\"RECORDS\":[]}";
	static const struct stubs_bad cases[] = {
		{ read_bjobs_json, "",
		    "no JSON, or broken off, after record 0" },
		{ read_bjobs_json, "Cannot connect to LSF. Please wait ...\n",
		    "no JSON, or broken off, after record 0" },
		{ read_bjobs_json, "{}", "has no RECORDS" },
		{ read_bjobs_json, "{\"RECORDS\":[{}]}",
		    "record 1 has no JOBID or STAT" },
		{ read_bjobs_json, "{\"RECORDS\":[{\"JOBID\":\"1\"}]}",
		    "record 1 has no JOBID or STAT" },
		{ read_bjobs_json,
		    "{\"JOBS\":2,\"RECORDS\":[{\"JOBID\":\"1\","
		    "\"STAT\":\"RUN\"}]}",
		    "says there are 2 jobs, and has 1" },
	};
	struct census *c;
	struct error err;

	(void)unused;
	check_bad(cases, COUNT(cases));
	c = read_text(read_bjobs_json, none, strlen(none), &err);
	assert_non_null(c);
	census_free(c);
}

/* It answers after all. */
static void
test_patience(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	stub_script(&s, "bhosts",
	    "cat ${0%/*}/data/lsf/bhosts-mbd-down.txt "
	    "${0%/*}/data/lsf/bhosts-w.txt");
	stubs_open(&s, NULL);
	stubs_cycle(&s);
	stubs_want(&s, "farm", "head", "nodes_full", 1);
	stubs_end(&s);
}

/* What IBM documents beyond the recorded. */
static void
test_documented(void **unused)
{
	static const char jobs[] =
	    "JOBID USER STAT QUEUE FROM_HOST EXEC_HOST JOB_NAME SUBMIT_TIME\n"
	    "1 a RUN q h 4*hostA:2*hostB my job with blanks Nov 20 20:52\n"
	    "2 a RUN q h hostA:hostA:hostA x Nov 20 20:52\n"
	    "3 a UNKWN q h hostA x Nov 20 20:52\n"
	    "4 a PROV q h hostA x Nov 20 20:52\n"
	    "5 a USUSP q h 8*hostA x Nov 20 20:52\n"
	    "6 a EXIT q h hostA x Nov 20 20:52\n";
	static const char queues[] =
	    "QUEUE_NAME PRIO STATUS MAX JL/U JL/P JL/H NJOBS PEND RUN SUSP "
	    "RSV PJOBS\n"
	    "night 30 Open:Inact_Win 8 - - - 4 4 0 0 0 2\n"
	    "shut 30 Closed:Active - - - - 4 0 4 0 0 0\n";
	static const char loads[] =
	    "HOST_NAME status r15s r1m r15m ut pg io ls it tmp swp mem gpu\n"
	    "hostA -ok *2.6 *3.5 1e+1 94% 0.0 5 0 2e+08 73G 0M *1.5T 7\n";
	struct census *c;
	struct error err;

	(void)unused;
	c = read_text(read_bjobs, jobs, strlen(jobs), &err);
	assert_non_null(c);
	assert_int_equal(c->total.jobs[JOB_RUNNING], 3);
	assert_int_equal(c->total.slots[JOB_RUNNING], 10);
	assert_int_equal(c->total.slots[JOB_SUSPENDED], 8);
	assert_int_equal(c->total.jobs[JOB_FAILED], 1);
	assert_int_equal(c->total.jobs[JOB_UNKNOWN], 1);
	census_free(c);
	c = read_text(read_bqueues, queues, strlen(queues), &err);
	assert_non_null(c);
	assert_int_equal(c->queues.first->queue.active, 0);
	assert_int_equal(c->queues.first->queue.open, 1);
	assert_int_equal(c->queues.first->next->queue.open, 0);
	assert_int_equal(c->queues.first->next->queue.used, 4);
	census_free(c);
	c = census_new(10, 0);
	census_node(c, &(struct job_node){ .name = { "hostA", 5 } });
	assert_int_equal(
	    read_lsload(c, (struct slice){ loads, strlen(loads) }, &err), 0);
	assert_true(c->nodes.first->node.load1 > 3.4);
	assert_true(c->nodes.first->node.load15 > 9.9);
	assert_int_equal(c->nodes.first->node.memory_free, 3LL << 39);
	census_free(c);
}

/* What is documented of the one, what the code says of the other. */
static void
test_shares(void **unused)
{
	static const struct stubs_wanted want[] = {
		{ "farm", "head", "status", 0 },
		{ "farm", "head", "shares_status", 0 },
		{ "farm_shares", "normal/physics", "shares", 100 },
		{ "farm_shares", "normal/physics", "priority", 11.034 },
		{ "farm_shares", "normal/physics", "slots_used", 2 },
		{ "farm_shares", "normal/physics", "slots_reserved", 1 },
		{ "farm_shares", "normal/physics", "usage", 120.5 },
		{ "farm_shares", "normal/physics", "usage_wall", 340 },
		{ "farm_shares", "normal/others", "priority", 0.333 },
		{ "farm_shares", "normal/physics/ann", "shares", 10 },
		{ "farm_shares", "normal/physics/bob", "usage_wall", 0 },
		/* The other has neither RESERVED nor ADJUST. */
		{ "farm_shares", "short/eve", "usage", 7.2 },
		{ "farm_shares", "short/eve", "usage_wall", 60 },
	};
	static const char by_option[] =
	    "case $1 in -r) cat ${0%/*}/data/lsf/bqueues-r.txt;; *) "
	    "cat ${0%/*}/data/lsf/bqueues-w.txt; esac";
	struct stubs s;

	(void)unused;
	begin(&s);
	stub_script(&s, "bqueues", by_option);
	stubs_open(&s, "shares", "yes", NULL);
	stubs_cycle(&s);
	stubs_want_all(&s, want, COUNT(want));
	assert_false(
	    stubs_has(&s, "farm_shares", "short/eve", "slots_reserved"));
	assert_false(stubs_has(&s, "farm_shares", "normal/others", "usage"));
	stubs_end(&s);
}

/* An OpenLava without -r has all else. */
static void
test_no_shares(void **unused)
{
	static const char by_option[] =
	    "case $1 in -r) echo bqueues: illegal option -- r >&2; exit 255;; "
	    "*) cat ${0%/*}/data/lsf/bqueues-w.txt; esac";
	struct stubs s;

	(void)unused;
	begin(&s);
	stub_script(&s, "bqueues", by_option);
	stubs_open(&s, "shares", "yes", "format", "table", NULL);
	stubs_cycle(&s);
	stubs_want(&s, "farm", "head", "status", 0);
	stubs_want(&s, "farm", "head", "shares_status", 7);
	stubs_want(&s, "farm_queues", "normal", "jobs_pending", 5);
	stubs_end(&s);
}

static void
test_bad_shares(void **unused)
{
	static const struct stubs_bad cases[] = {
		{ read_queue_shares, "", "names no QUEUE:" },
		{ read_queue_shares, "batch system daemon ... still trying\n",
		    "names no QUEUE:" },
		{ read_queue_shares, "QUEUE: a\n", "queue a breaks off" },
		{ read_queue_shares, "QUEUE: a\n\nQUEUE: b\nUSERS: all\n",
		    "queue a breaks off" },
		{ read_queue_shares, "QUEUE: a\nSHARE_INFO_FOR: a/\n\nUSER",
		    "breaks off in line 4" },
		{ read_queue_shares, "QUEUE: a\nSHARE_INFO_FOR: a/\nann 1\n",
		    "line 3 does not begin with USER/GROUP" },
		{ read_queue_shares,
		    "QUEUE: a\nSHARE_INFO_FOR: a/\nUSER/GROUP SHARES\n"
		    "ann 1 2\nUSERS: all\n",
		    "line 4 is no row of its table, with 3 words" },
	};

	(void)unused;
	check_bad(cases, COUNT(cases));
}

/* Whichever line is the last, the shares are not taken for all. */
static void
test_shares_break_off(void **unused)
{
	struct error err;
	struct census *c;
	struct stubs s;
	size_t size, at, whole = 0;
	char *text;

	(void)unused;
	begin(&s);
	check_truncations(&s, read_queue_shares, "bqueues-r.txt", false);
	text = recorded(&s, "bqueues-r.txt", &size);
	for (at = 1; at < size; at++) {
		if (text[at - 1] != '\n')
			continue;
		c = read_text(read_queue_shares, text, at, &err);
		if (c == NULL)
			continue;
		/* A queue has ended, and the next has not begun. */
		assert_null(strstr(text + at, "SHARE_INFO_FOR: normal"));
		whole++;
		census_free(c);
	}
	assert_in_range(whole, 3, 20);
	free(text);
	stubs_end(&s);
}

static void
test_truncations(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	check_truncations(&s, read_bjobs, "bjobs-wa.txt", false);
	check_truncations(&s, read_bjobs, "bjobs-w.txt", false);
	check_truncations(&s, read_bjobs_json, "bjobs-json.txt", true);
	check_truncations(&s, read_bhosts, "bhosts-w.txt", false);
	check_truncations(&s, read_bqueues, "bqueues-w.txt", false);
	check_truncations(&s, read_lshosts, "lshosts-w.txt", false);
	check_truncations(&s, read_lsload, "lsload-w.txt", false);
	check_truncations(&s, read_lsload, "lsload-l.txt", false);
	/* Without -w. */
	check_truncations(&s, read_bhosts, "bhosts.txt", false);
	check_truncations(&s, read_bqueues, "bqueues.txt", false);
	check_truncations(&s, read_lshosts, "lshosts.txt", false);
	check_truncations(&s, read_lsload, "lsload.txt", false);
	stubs_end(&s);
}

static void
test_accounting(void **unused)
{
	(void)unused;
	check_accounting(begin, "lsb.acct", "lsb.acct.json");
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
	    stubs_text(&s, "farm_jobs", "107[2]", "job_state"), "running");
	assert_string_equal(
	    stubs_text(&s, "farm_jobs", "106", "job_state"), "held");
	stubs_end(&s);
}

/* The end of a job that no snapshot has seen, with how it ended. */
static void
test_end_by_accounting(void **unused)
{
	struct fake_record *r;
	struct stubs s;
	char path[100];
	size_t size;
	char *text;

	(void)unused;
	begin(&s);
	text = recorded(&s, "lsb.acct", &size);
	snprintf(path, sizeof(path), "%s/log", s.folder);
	stubs_write(&s, "log", "");
	stubs_open(&s, "job_events", "yes", "accounting", path, NULL);
	stubs_cycle(&s);
	stubs_write(&s, "log", text);
	assert_int_equal(stubs_collect(&s), 0);
	assert_int_equal(s.fake->n_records, 12);
	r = &s.fake->records[s.fake->n_records - 1];
	assert_int_equal(r->type, FARM_EVENT);
	assert_int_equal(r->time_ns, s.fake->records[10].time_ns);
	assert_non_null(strstr(r->payload,
	    "{\"event\":\"JOB.END\",\"text\":\"job 109 of nobody: failed\","
	    "\"cluster\":\"farm\",\"node\":\"head\",\"to\":\"failed\","
	    "\"system\":\"LSF\",\"job\":\"109\","));
	free(text);
	stubs_end(&s);
}

/* Records come in groups, each with its checkpoint. */
static void
test_groups_of_records(void **unused)
{
	struct stubs s;
	char path[100];
	size_t size, i;
	char *text;

	(void)unused;
	begin(&s);
	text = recorded(&s, "lsb.acct", &size);
	snprintf(path, sizeof(path), "%s/log", s.folder);
	stubs_write(&s, "log", "");
	stubs_open(&s, "accounting", path, NULL);
	stubs_cycle(&s);
	for (i = 0; i < 50; i++)
		stubs_append(&s, "log", text);
	assert_int_equal(stubs_collect(&s), 0);
	assert_int_equal(s.fake->n_records, 300);
	assert_in_range(s.fake->n_checkpoints, 4, 30);
	assert_int_equal(s.fake->n_flushes, s.fake->n_checkpoints);
	assert_int_equal(stubs_collect(&s), 0);
	assert_int_equal(s.fake->n_records, 0);
	free(text);
	stubs_end(&s);
}

static void
test_any_failure(void **unused)
{
	(void)unused;
	check_failures(begin, "bjobs");
	check_failures(begin, "lsload");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_monalisa),
		cmocka_unit_test(test_no_jobs),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_releases),
		cmocka_unit_test(test_bad_json),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_documented),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_no_shares),
		cmocka_unit_test(test_bad_shares),
		cmocka_unit_test(test_shares_break_off),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_accounting),
		cmocka_unit_test(test_jobs_by_name),
		cmocka_unit_test(test_end_by_accounting),
		cmocka_unit_test(test_groups_of_records),
		cmocka_unit_test(test_any_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
