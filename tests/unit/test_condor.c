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
		stubs_cycle(&s);
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
	stubs_cycle(&s);
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
	static const struct stubs_bad cases[] = {
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

	(void)unused;
	check_bad(cases, COUNT(cases));
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
	stubs_cycle(&s);
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

/* Ads of the file as condor_history says them: the newest first. */
static char *
said_by_history(struct stubs *s)
{
	size_t size, n = 0;
	char *text = recorded(s, "history.txt", &size), *rest = text, *line;
	char *ads[10] = { rest }, *said = calloc(1, size + 1);

	assert_non_null(said);
	while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
		rest[-1] = '\n';
		if (strncmp(line, "***", 3) != 0)
			continue;
		*line = '\0';
		ads[++n] = rest;
	}
	while (n-- > 0) {
		strcat(said, ads[n]);
		strcat(said, "\n");
	}
	free(text);
	return said;
}

/* Again and again, over a restart, and each once. */
static void
test_history(void **unused)
{
	struct stubs s[2];
	char *said, *lines, *line;
	char place[400];
	size_t i, k, size;

	(void)unused;
	for (i = 0; i < 2; i++) {
		begin(&s[i]);
		s[i].fake->now_ns = INT64_C(1795204400000000000);
	}
	said = said_by_history(&s[0]);
	lines = line = recorded(&s[0], "history.json", &size);
	stub_script(&s[0], "condor_history",
	    "echo \"$*\" >${0%/*}/asked; test \"$1 $5\" = '-long -since'");
	stubs_open(&s[0], "history", "yes", NULL);
	stubs_cycle(&s[0]);
	assert_int_equal(s[0].fake->n_records, 0);
	stubs_want(&s[0], "farm", "head", "accounting_status", 7);
	stubs_write(&s[0], "said", said);
	stub_script(&s[0], "condor_history",
	    "case \"$*\" in \"-long -attributes ClusterId,\"*\" -since "
	    "EnteredCurrentStatus < 1795204400 -constraint "
	    "EnteredCurrentStatus >= 1795204400 && EnteredCurrentStatus <= "
	    "\"*) cat ${0%/*}/said;; *) exit 9;; esac");
	s[0].fake->now_ns = INT64_C(1795209000000000000);
	stubs_cycle(&s[0]);
	stubs_want(&s[0], "farm", "head", "accounting_status", 0);
	assert_int_equal(s[0].fake->n_records, 4);
	for (k = 0; k < 4; k++)
		assert_string_equal(
		    s[0].fake->records[k].payload, strsep(&line, "\n"));
	assert_in_range(s[0].fake->checkpoint_size, 1, sizeof(place));
	memcpy(place, s[0].fake->checkpoint, s[0].fake->checkpoint_size);
	s[1].fake->restore = place;
	s[1].fake->restore_size = s[0].fake->checkpoint_size;
	stubs_cycle(&s[0]);
	assert_int_equal(s[0].fake->n_records, 0);
	s[1].fake->now_ns = INT64_C(1795209100000000000);
	stubs_write(&s[1], "said", said);
	stub_script(&s[1], "condor_history", "cat ${0%/*}/said");
	stubs_open(&s[1], "history", "yes", NULL);
	stubs_cycle(&s[1]);
	stubs_want(&s[1], "farm", "head", "accounting_status", 0);
	assert_int_equal(s[1].fake->n_records, 0);
	/* What breaks off is no list of fewer jobs. */
	said[strlen(said) - 5] = '\0';
	stubs_write(&s[1], "said", said);
	stubs_cycle(&s[1]);
	stubs_want(&s[1], "farm", "head", "accounting_status", 2);
	free(said);
	free(lines);
	stubs_end(&s[0]);
	stubs_end(&s[1]);
}

static void
collect_jobs(struct stubs *s, const char *jobs)
{
	char script[1000];

	snprintf(script, sizeof(script), "echo '[%s]'", jobs);
	stub_script(s, "condor_q", script);
	s->fake->now_ns += INT64_C(100000000000);
	stubs_cycle(s);
}

/* With a map of groups, and ends from the history, which come a cycle after
   the snapshot that they were read with. */
static void
test_vo(void **unused)
{
	static const struct stubs_wanted second[] = {
		{ "farm", "CMS", "RunningJobs", 2 },
		{ "farm", "CMS", "TotalJobs", 2 },
		{ "farm", "CMS", "VO_Status", 0 },
		{ "farm", "CMS", "SubmittedJobs", 1 },
		{ "farm", "CMS", "FinishedJobs", 0 },
		/* 50 s of the old one, 5 of the new. */
		{ "farm", "CMS", "CPUTime", 55 },
		{ "farm", "CMS", "WallClockTime", 120 },
		{ "farm", "CMS", "RunTime", 2 },
		{ "farm_Rates", "CMS", "SubmittedJobs_R", 0.01 },
		{ "farm_Rates", "CMS", "CPUTime_R", 0.55 },
		{ "farm_Rates", "CMS", "VO_Status", 0 },
		{ "farm_Users", "bob", "IdleJobs", 0 },
		{ "farm_Users", "bob", "FinishedJobs", 1 },
		{ "farm_Users", "bob", "User_Status", 1 },
		{ "farm_Users_Rates", "bob", "FinishedJobs_R", 0.01 },
		{ "farm_Totals", "Totals", "SubmittedJobs", 1 },
		{ "farm_Totals", "Totals", "FinishedJobs", 1 },
		{ "farm_Totals", "Totals", "FinishedJobs_Error", 0 },
		{ "farm_Totals", "Total_Rates", "FinishedJobs_R", 0.01 },
		{ "farm_Totals", "Status", "VO_JOBS_Status", 0 },
		{ "CMS_JOBS_OSG", "1[0]", "CPUTime", 60 },
		{ "CMS_JOBS_OSG", "3[0]", "WallClockTime", 20 },
	};
	static const struct stubs_wanted third[] = {
		{ "farm_Users", "bob", "FinishedJobs", 0 },
		{ "farm_Users", "bob", "FinishedJobs_Error", 1 },
		{ "farm_Totals", "Totals", "FinishedJobs_Success", 0 },
		{ "farm_Totals", "Total_Rates", "FinishedJobs_Error_R", 0.01 },
		{ "farm", "CMS", "FinishedJobs", 2 },
		{ "farm", "CMS", "TotalJobs", 0 },
		{ "farm", "CMS", "VO_Status", 1 },
		/* Who did not run did not use any. */
		{ "farm", "CMS", "CPUTime", 0 },
	};
	static const char old[] =
	    "{\"ClusterId\":1,\"ProcId\":0,\"JobStatus\":2,"
	    "\"Owner\":\"ann\",\"AcctGroup\":\"cms\","
	    "\"JobCurrentStartDate\":1795208450,\"RemoteUserCpu\":%d}";
	char groups[100], history[100], jobs[600], one[300];
	struct stubs s;

	(void)unused;
	begin(&s);
	stubs_write(&s, "groups", "cms CMS\n");
	stubs_write(&s, "history", "");
	snprintf(groups, sizeof(groups), "%s/groups", s.folder);
	snprintf(history, sizeof(history), "%s/history", s.folder);
	stubs_open(&s, "names", "monalisa", "groups", groups, "accounting",
	    history, "job_values", "yes", NULL);
	snprintf(one, sizeof(one), old, 10);
	snprintf(jobs, sizeof(jobs),
	    "%s,{\"ClusterId\":2,\"ProcId\":0,\"JobStatus\":1,"
	    "\"Owner\":\"bob\"}",
	    one);
	collect_jobs(&s, jobs);
	stubs_want(&s, "farm_Users", "bob", "IdleJobs", 1);
	/* There is nothing yet to compare with. */
	assert_false(stubs_has(&s, "farm", "CMS", "SubmittedJobs"));
	assert_false(stubs_has(&s, "farm_Rates", "CMS", "VO_Status"));
	snprintf(one, sizeof(one), old, 60);
	snprintf(jobs, sizeof(jobs),
	    "%s,{\"ClusterId\":3,\"ProcId\":0,\"JobStatus\":2,"
	    "\"Owner\":\"ann\",\"AcctGroup\":\"cms\","
	    "\"JobCurrentStartDate\":1795208580,\"RemoteUserCpu\":5}",
	    one);
	stubs_write(&s, "history",
	    "ClusterId = 2\nProcId = 0\nOwner = \"bob\"\nJobStatus = 3\n"
	    "EnteredCurrentStatus = 1795208550\n*** Offset = 0\n");
	collect_jobs(&s, jobs);
	stubs_want_all(&s, second, COUNT(second));
	collect_jobs(&s, "");
	stubs_want_all(&s, third, COUNT(third));
	/* Once. */
	collect_jobs(&s, "");
	assert_false(stubs_has(&s, "farm", "CMS", "FinishedJobs"));
	stubs_want(&s, "farm_Totals", "Totals", "FinishedJobs_Error", 0);
	stubs_end(&s);
}

static void
test_one_of_two(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	fake_options(s.fake, "accounting", "/none", "history", "yes", NULL);
	assert_int_equal(fake_open(s.fake), -1);
	assert_string_equal(fake_failure(s.fake),
	    "history: gives the same jobs as accounting, which is set, too");
	stubs_end(&s);
}

static void
test_any_failure(void **unused)
{
	(void)unused;
	check_failures(begin, "condor_q");
	check_failures(begin, "condor_status");
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
		cmocka_unit_test(test_vo),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_one_of_two),
		cmocka_unit_test(test_jobs_by_name),
		cmocka_unit_test(test_any_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
