/* Slurm as recorded, behind programs that say it again. */
#include "plugins/slurm/read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "job_roll.h"
#include "json_pieces.h"
#include "stubs.h"
#include "unit.h"

static void
begin(struct stubs *s)
{
	stubs_begin(s, "slurm");
	stub(s, "squeue", "squeue.txt", 0, NULL);
	stub(s, "sinfo", "sinfo.txt", 0, NULL);
	/* 100 s after the jobs were submitted. */
	s->fake->now_ns = INT64_C(1795298660000000000);
}

static void
test_counts(void **unused)
{
	static const struct stubs_wanted want[] = {
		{ "farm", "head", "status", 0 },
		{ "farm", "head", "jobs_running", 3 },
		{ "farm", "head", "jobs_pending", 8 },
		{ "farm", "head", "jobs_held", 1 },
		{ "farm", "head", "jobs_unknown", 0 },
		{ "farm", "head", "slots_pending", 9 },
		{ "farm", "head", "slots_running", 3 },
		{ "farm", "head", "nodes_free", 1 },
		{ "farm", "head", "nodes_full", 1 },
		{ "farm", "head", "nodes_down", 1 },
		{ "farm", "head", "slots_total", 8 },
		{ "farm", "head", "slots_used", 3 },
		{ "farm", "head", "slots_free", 1 },
		{ "farm", "head", "wait_oldest", 100 },
		{ "farm", "head", "names_left_out", 0 },
		{ "farm", "head", "stale", 0 },
		{ "farm_queues", "batch", "jobs_running", 3 },
		{ "farm_queues", "batch", "jobs_pending", 7 },
		{ "farm_queues", "debug", "jobs_pending", 1 },
		{ "farm_queues", "debug", "open", 1 },
		{ "farm_users", "nobody", "jobs_pending", 8 },
		{ "farm_nodes", "n1", "slots_used", 1 },
		{ "farm_nodes", "n1", "load1", 3.3 },
		{ "farm_nodes", "n2", "memory_total", 104857600 },
		{ "farm_nodes", "gone", "up", 0 },
	};
	static const struct {
		const char *cluster, *node;
		double wait;
	} waiting[] = {
		{ "farm", "head", 100 },
		{ "farm_queues", "batch", 100 },
		{ "farm_queues", "debug", 100 },
		{ "farm_users", "nobody", 100 },
	};
	struct stubs s;
	size_t i;

	(void)unused;
	begin(&s);
	stubs_open(&s, NULL);
	stubs_cycle(&s);
	stubs_want_all(&s, want, COUNT(want));
	assert_string_equal(
	    stubs_text(&s, "farm_nodes", "n1", "state"), "mixed");
	for (i = 0; i < COUNT(waiting); i++) {
		double median = stubs_value(
		    &s, waiting[i].cluster, waiting[i].node, "wait_median");

		stubs_want(&s, waiting[i].cluster, waiting[i].node,
		    "wait_oldest", waiting[i].wait);
		if (fabs(median - waiting[i].wait) > waiting[i].wait / 100)
			fail_msg("%s: %g", waiting[i].node, median);
	}
	/* What is not known is not 0. */
	assert_false(stubs_has(&s, "farm_nodes", "gone", "load1"));
	assert_false(stubs_has(&s, "farm_nodes", "gone", "memory_free"));
	assert_false(stubs_has(&s, "farm", "head", "efficiency"));
	assert_false(stubs_has(&s, "farm", "head", "jobs_done"));
	stubs_end(&s);
}

static void
test_monalisa(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	stubs_open(&s, "names", "monalisa", NULL);
	stubs_cycle(&s);
	stubs_want(&s, "farm", "head", "Running", 3);
	stubs_want(&s, "farm", "head", "Pending", 8);
	stubs_want(&s, "PN_Slurm", "n2", "NoCPUs", 2);
	stubs_want(&s, "PN_Slurm", "n2", "MEM_total", 100);
	stubs_want(
	    &s, "PN_Slurm_Statistics", "Statistics", "Total Down Nodes", 1);
	stubs_want(&s, "PN_Slurm_Statistics", "Status", "PN_Slurm_Status", 0);
	stubs_want(&s, "farm_Totals", "Totals", "TotalJobs", 12);
	stubs_want(&s, "farm_Users", "nobody", "HeldJobs", 1);
	stubs_end(&s);
}

static void
test_failures(void **unused)
{
	static const struct {
		const char *script;
		double status;
		const char *want; /* how the error ends */
	} cases[] = {
		{ "echo 'slurm_load_jobs error: Unable to contact slurm "
		  "controller (connect failure)' >&2; exit 1",
		    7,
		    ": ended with status 1: slurm_load_jobs error: Unable to "
		    "contact slurm controller (connect failure)" },
		{ "echo 'slurm_load_jobs error: Access/permission denied' "
		  ">&2; exit 1",
		    7,
		    ": ended with status 1: slurm_load_jobs error: "
		    "Access/permission denied" },
		{ "sleep 100", 6, ": not over after " },
		{ "yes", 3, ": said more than 4KiB" },
		{ "kill -KILL $$", 7, ": ended by SIGKILL" },
		{ "exit 127", 5, ": ended with status 127" },
		{ "exit 0", 2, ": said nothing" },
		{ "echo 1", 2, ": does not begin with JOBID|" },
		{ "echo 'JOBID|'; echo '1|a|b'", 2,
		    ": line 2 has 3 fields instead of 10" },
		{ "echo 'JOBID|'; printf '1|a|b'", 2,
		    ": breaks off in line 2" },
	};
	static const char line[] =
	    "squeue -a -r -o '%i|%P|%u|%a|%T|%C|%V|%M|%D|%r'";
	struct stubs s;
	char want[500];
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		begin(&s);
		stub_script(&s, "squeue", cases[i].script);
		stubs_open(&s, "timeout", "1s", "output_max", "4KiB", NULL);
		assert_int_equal(stubs_collect(&s), -1);
		snprintf(want, sizeof(want), "%s%s", line, cases[i].want);
		/* How long exactly depends on the machine. */
		if (cases[i].status == 6)
			assert_memory_equal(
			    fake_failure(s.fake), want, strlen(want));
		else
			assert_string_equal(fake_failure(s.fake), want);
		stubs_want(&s, "farm", "head", "status", cases[i].status);
		stubs_want(&s, "farm", "head", "stale", 1);
		/* Status, latency, stale: no count, of anything. */
		assert_int_equal(s.fake->n_values, 3);
		stubs_end(&s);
	}
}

static void
test_no_such_command(void **unused)
{
	struct stubs s;

	(void)unused;
	stubs_begin(&s, "slurm");
	stubs_open(&s, "environment", "{PATH: /nowhere}", NULL);
	assert_int_equal(stubs_collect(&s), -1);
	assert_string_equal(fake_failure(s.fake),
	    "squeue -a -r -o '%i|%P|%u|%a|%T|%C|%V|%M|%D|%r': no such program "
	    "in /nowhere");
	stubs_want(&s, "farm", "head", "status", 5);
	stubs_end(&s);
}

/* What follows is not asked again at once, and says so. */
static void
test_rests(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	stubs_open(&s, "min_interval", "1h", NULL);
	stubs_cycle(&s);
	stub(&s, "squeue", NULL, 1, "must not be run");
	assert_int_equal(stubs_collect(&s), 0);
	stubs_want(&s, "farm", "head", "stale", 1);
	assert_true(stubs_has(&s, "farm", "head", "snapshot_age"));
	assert_int_equal(s.fake->n_values, 2);
	stubs_end(&s);
}

static void
test_slow_answers_are_not_pressed(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	stub_script(&s, "sinfo", "sleep 0.2; cat ${0%/*}/data/slurm/sinfo.txt");
	stubs_open(&s, "min_interval", "1s", "slow", "100ms", NULL);
	stubs_cycle(&s);
	assert_true(stubs_value(&s, "farm", "head", "latency") >= 0.2);
	stub(&s, "squeue", NULL, 1, "must not be run");
	assert_int_equal(stubs_collect(&s), 0);
	stubs_want(&s, "farm", "head", "stale", 1);
	stubs_end(&s);
}

static void
test_states(void **unused)
{
	static const struct {
		const char *state, *reason;
		enum job_state want;
	} cases[] = {
		{ "PENDING", "Priority", JOB_PENDING },
		{ "PENDING", "None", JOB_PENDING },
		{ "PENDING", "Dependency", JOB_HELD },
		{ "PENDING", "BeginTime", JOB_HELD },
		{ "PENDING", "JobHeldAdmin", JOB_HELD },
		{ "REQUEUE_HOLD", "None", JOB_HELD },
		{ "CONFIGURING", "None", JOB_RUNNING },
		{ "SUSPENDED", "None", JOB_SUSPENDED },
		{ "COMPLETING", "None", JOB_ENDING },
		{ "COMPLETED", "None", JOB_DONE },
		{ "OUT_OF_MEMORY", "None", JOB_FAILED },
		{ "NEWFANGLED", "None", JOB_UNKNOWN },
	};
	struct census *c;
	struct error err;
	char text[200];
	size_t i;
	int n;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		n = snprintf(text, sizeof(text),
		    "JOBID|x\n7|a,b|u|acc|%s|4|N/A|1-00:00:01|1|%s\n",
		    cases[i].state, cases[i].reason);
		c = read_text(read_squeue, text, (size_t)n, &err);
		assert_non_null(c);
		assert_int_equal(c->total.jobs[cases[i].want], 1);
		assert_int_equal(c->total.slots[cases[i].want], 4);
		assert_string_equal(c->queues.first->name, "a");
		assert_string_equal(c->groups_seen.first->name, "acc");
		census_free(c);
	}
}

static void
test_node_states(void **unused)
{
	static const struct {
		const char *word;
		enum node_state want;
	} cases[] = {
		{ "idle", NODE_FREE },
		{ "idle*", NODE_DOWN },
		{ "mixed", NODE_FREE },
		{ "mixed-", NODE_FREE },
		{ "allocated", NODE_FULL },
		{ "allocated+", NODE_FULL },
		{ "drained", NODE_CLOSED },
		{ "draining@", NODE_CLOSED },
		{ "drained*", NODE_DOWN },
		{ "down", NODE_DOWN },
		{ "unknown*", NODE_DOWN },
		{ "unknown", NODE_UNKNOWN },
		{ "powered_down~", NODE_CLOSED },
		{ "maint", NODE_CLOSED },
	};
	struct census *c;
	struct error err;
	char text[200];
	size_t i;
	int n;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		n = snprintf(text, sizeof(text),
		    "NODELIST|\nn|p*|inact|N/A|N/A|4000|N/A|%s\n",
		    cases[i].word);
		c = read_text(read_sinfo, text, (size_t)n, &err);
		assert_non_null(c);
		assert_int_equal(c->nodes.first->node.state, cases[i].want);
		assert_int_equal(c->nodes.first->node.slots, -1);
		assert_string_equal(c->queues.first->name, "p");
		assert_int_equal(c->queues.first->queue.open, 0);
		census_free(c);
	}
}

/* --------------------------------------------------------- jobs, each -- */

static void
list(struct stubs *s, const char *lines)
{
	char script[500];

	snprintf(script, sizeof(script), "echo 'JOBID|PARTITION'; printf '%s'",
	    lines);
	stub_script(s, "squeue", script);
}

static void
test_job_values(void **unused)
{
	const struct fake_value *v;
	struct stubs s;

	(void)unused;
	begin(&s);
	list(&s,
	    "17_4|batch|ann|cms|RUNNING|2|2026-11-21T22:02:40|1:00|1|None\\n"
	    "17_[5-9]|batch|ann|cms|PENDING|2|2026-11-21T22:02:40|0:00|1|None"
	    "\\n"
	    "18|batch|bob|(null)|PENDING|1|2026-11-21T22:02:40|0:00|1|None"
	    "\\n");
	stubs_open(&s, "job_values", "yes", "job_lifetime", "2m", NULL);
	stubs_cycle(&s);
	assert_string_equal(
	    stubs_text(&s, "farm_jobs", "17[4]", "job_state"), "running");
	stubs_want(&s, "farm_jobs", "17[4]", "job_slots", 2);
	stubs_want(&s, "farm_jobs", "17[4]", "job_wall", 60);
	stubs_want(&s, "farm_jobs", "18", "job_wait", 100);
	assert_false(stubs_has(&s, "farm_jobs", "18", "job_wall"));
	/* Of several at once nothing can be said one by one. */
	assert_int_equal(fake_count(s.fake, "17"), 0);
	v = fake_find(s.fake, "17[4]", "job_slots");
	assert_int_equal(v->lifetime_ns, 120 * NS_PER_S);
	assert_int_equal(v->n_labels, 3);
	assert_string_equal(v->labels[1].name, "group");
	assert_string_equal(v->labels[1].value, "cms");
	stubs_end(&s);
}

static void
test_job_events(void **unused)
{
	static const struct {
		const char *was, *now, *want; /* "" gone; NULL: no event */
	} cases[] = {
		{ "", "PENDING", "SUBMIT" },
		{ "", "RUNNING", "START" },
		{ "", "COMPLETING", "START" },
		{ "", "COMPLETED", "END" },
		{ "", "NEWFANGLED", NULL },
		{ "PENDING", "PENDING", NULL },
		{ "PENDING", "REQUEUE_HOLD", "HOLD" },
		{ "REQUEUE_HOLD", "PENDING", "RELEASE" },
		{ "PENDING", "RUNNING", "START" },
		{ "PENDING", "COMPLETED", "END" },
		{ "PENDING", "", "END" },
		{ "RUNNING", "SUSPENDED", "SUSPEND" },
		{ "SUSPENDED", "RUNNING", "RESUME" },
		{ "RUNNING", "COMPLETING", NULL },
		{ "RUNNING", "PENDING", "REQUEUE" },
		{ "RUNNING", "FAILED", "END" },
		{ "COMPLETING", "", "END" },
		{ "FAILED", "COMPLETED", NULL },
		{ "FAILED", "PENDING", "REQUEUE" },
		{ "FAILED", "RUNNING", "START" },
		{ "COMPLETED", "", NULL },
		{ "RUNNING", "NEWFANGLED", NULL },
		{ "NEWFANGLED", "TIMEOUT", "END" },
	};
	char line[200], want[100];
	struct stubs s;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		begin(&s);
		snprintf(line, sizeof(line), "%s%s%s",
		    cases[i].was[0] ? "7|b|ann|cms|" : "", cases[i].was,
		    cases[i].was[0] ? "|1|N/A|0:00|1|None\\n" : "");
		list(&s, line);
		stubs_open(&s, "job_events", "yes", NULL);
		stubs_cycle(&s);
		assert_int_equal(s.fake->n_records, 0);
		snprintf(line, sizeof(line), "%s%s%s",
		    cases[i].now[0] ? "7|b|ann|cms|" : "", cases[i].now,
		    cases[i].now[0] ? "|1|N/A|0:00|1|None\\n" : "");
		list(&s, line);
		stubs_cycle(&s);
		if (s.fake->n_records != (cases[i].want != NULL))
			fail_msg("%s, then %s: %zu events", cases[i].was,
			    cases[i].now, s.fake->n_records);
		if (cases[i].want == NULL) {
			stubs_end(&s);
			continue;
		}
		assert_int_equal(s.fake->records[0].type, FARM_EVENT);
		snprintf(want, sizeof(want), "{\"event\":\"JOB.%s\",",
		    cases[i].want);
		assert_memory_equal(
		    s.fake->records[0].payload, want, strlen(want));
		stubs_end(&s);
	}
}

static void
test_what_an_event_says(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	list(&s, "17_4|b|ann|cms|RUNNING|2|2026-11-21T22:02:40|1:00|1|None\\n");
	stubs_open(&s, "job_events", "yes", NULL);
	stubs_cycle(&s);
	/* What could not be read is no reason for events. */
	stub(&s, "squeue", NULL, 1, "no");
	((struct jobs_memory *)s.target->state)->next_mono_ns = 0;
	assert_int_equal(stubs_collect(&s), -1);
	assert_int_equal(s.fake->n_records, 0);
	list(&s, "");
	stubs_cycle(&s);
	assert_int_equal(s.fake->n_records, 1);
	assert_string_equal(s.fake->records[0].payload,
	    "{\"event\":\"JOB.END\",\"text\":\"job 17[4] of ann: gone\","
	    "\"cluster\":\"farm\",\"node\":\"head\",\"from\":\"running\","
	    "\"to\":\"gone\",\"system\":\"Slurm\",\"job\":\"17\",\"task\":4,"
	    "\"user\":\"ann\",\"group\":\"cms\",\"queue\":\"b\","
	    "\"submitted\":1795298560,\"slots\":2}");
	stubs_end(&s);
}

/* Who has come, where not all are known? */
static void
test_more_jobs_than_may_be(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	list(&s, "1|b|u|a|PENDING|1|N/A|0:00|1|None\\n"
		 "2|b|u|a|PENDING|1|N/A|0:00|1|None\\n");
	stubs_open(&s, "job_events", "yes", "jobs_max", "1", NULL);
	stubs_cycle(&s);
	list(&s, "1|b|u|a|RUNNING|1|N/A|0:00|1|None\\n");
	stubs_cycle(&s);
	assert_int_equal(s.fake->n_records, 1);
	assert_int_equal(s.fake->n_logs, 1);
	assert_string_equal(s.fake->logs[0].text,
	    "more than jobs_max: no events of jobs that come and go");
	stubs_end(&s);
}

static void
test_truncations(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	check_truncations(&s, read_squeue, "squeue.txt", false);
	check_truncations(&s, read_sinfo, "sinfo.txt", false);
	stubs_end(&s);
}

/* ------------------------------------------------------- sdiag, sshare -- */

static void
test_controller(void **unused)
{
	static const struct stubs_wanted want[] = {
		{ "farm", "head", "sdiag_status", 0 },
		{ "farm", "head", "controller_threads", 3 },
		{ "farm", "head", "controller_dbd_queue", 0 },
		{ "farm", "head", "controller_jobs_submitted", 15 },
		{ "farm", "head", "controller_jobs_canceled", 3 },
		{ "farm", "head", "schedule_last", 30e-6 },
		{ "farm", "head", "schedule_mean", 538e-6 },
		{ "farm", "head", "schedule_max", 1157e-6 },
		{ "farm", "head", "schedule_cycles", 5 },
		{ "farm", "head", "schedule_depth_mean", 3 },
		{ "farm", "head", "backfill_max", 0 },
		{ "farm", "head", "backfill_jobs", 0 },
		{ "farm", "head", "calls", 34 },
		{ "farm", "head", "calls_time", 21726e-6 },
		{ "farm", "head", "calls_mean", 639e-6 },
		{ "farm_calls", "REQUEST_SUBMIT_BATCH_JOB", "calls", 9 },
		{ "farm_calls", "REQUEST_SUBMIT_BATCH_JOB", "calls_time",
		    9846e-6 },
		{ "farm_calls", "REQUEST_SUBMIT_BATCH_JOB", "calls_mean",
		    1094e-6 },
		{ "farm", "head", "sshare_status", 0 },
		{ "farm_shares", "root", "usage_part", 1 },
		{ "farm_shares", "physics", "shares", 1 },
		{ "farm_shares", "physics", "shares_part", 0.5 },
		{ "farm_shares", "physics/nobody", "fair_share", 1 },
		{ "farm", "head", "jobs_running", 3 },
	};
	struct stubs s;

	(void)unused;
	begin(&s);
	stub(&s, "sdiag", "sdiag.txt", 0, NULL);
	stub(&s, "sshare", "sshare.txt", 0, NULL);
	stubs_open(&s, "sdiag", "yes", "sshare", "yes", NULL);
	stubs_cycle(&s);
	stubs_want_all(&s, want, COUNT(want));
	/* What is not said is not 0. */
	assert_false(stubs_has(&s, "farm", "head", "backfill_mean"));
	assert_false(stubs_has(&s, "farm_shares", "physics", "fair_share"));
	assert_false(stubs_has(&s, "farm_shares", "root", "shares"));
	stubs_end(&s);
}

/* Neither fails the snapshot, nor hides that it failed. */
static void
test_beside_the_snapshot(void **unused)
{
	static const struct {
		const char *program, *script;
		double status;
		const char *want; /* how the message begins */
	} cases[] = {
		{ "sdiag",
		    "echo 'slurm_get_statistics: Access/permission denied' "
		    ">&2; exit 1",
		    7,
		    "sdiag: ended with status 1: slurm_get_statistics: "
		    "Access/permission denied" },
		{ "sdiag",
		    "echo 'slurm_get_statistics: Unable to contact slurm "
		    "controller (connect failure)' >&2; exit 255",
		    7,
		    "sdiag: ended with status 255: slurm_get_statistics: "
		    "Unable to contact slurm controller (connect failure)" },
		{ "sdiag", "exit 0", 2, "sdiag: said nothing" },
		{ "sdiag", "echo 1", 2,
		    "sdiag: has no line \"sdiag output at\"" },
		{ "sdiag", "head -n 20 ${0%/*}/data/slurm/sdiag.txt", 2,
		    "sdiag: breaks off after line 20" },
		{ "sdiag", "sleep 100", 6, "sdiag: not over after " },
		{ "sdiag", "exit 127", 5, "sdiag: ended with status 127" },
		{ "sshare",
		    "echo 'You are not running a supported accounting_storage "
		    "plugin' >&2; exit 1",
		    7, "sshare -a -P -o Account,User,RawShares" },
		{ "sshare", "exit 0", 2, "sshare -a -P -o Account,User," },
		{ "sshare", "echo 'Account|User'; echo 'a|b'", 2,
		    "sshare -a -P -o Account,User," },
	};
	struct stubs s;
	char name[40];
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		begin(&s);
		stub_script(&s, cases[i].program, cases[i].script);
		stubs_open(&s, cases[i].program, "yes", "timeout", "2s", NULL);
		stubs_cycle(&s);
		snprintf(name, sizeof(name), "%s_status", cases[i].program);
		stubs_want(&s, "farm", "head", name, cases[i].status);
		stubs_want(&s, "farm", "head", "status", 0);
		stubs_want(&s, "farm", "head", "jobs_running", 3);
		assert_false(stubs_has(&s, "farm", "head", "calls"));
		assert_false(
		    stubs_has(&s, "farm", "head", "controller_threads"));
		assert_false(stubs_has(&s, "farm_shares", "a", "shares"));
		assert_int_equal(s.fake->n_logs, 1);
		assert_memory_equal(
		    s.fake->logs[0].text, cases[i].want, strlen(cases[i].want));
		stubs_end(&s);
	}
}

/* Between lines it is found out, too, as long as anything that is read may be
   missing. */
static void
test_sdiag_breaks_off(void **unused)
{
	struct stubs s;
	struct census *c, *all;
	struct error err;
	size_t size, at, last;
	char *text;

	(void)unused;
	begin(&s);
	check_truncations(&s, read_sdiag, "sdiag.txt", false);
	check_truncations(&s, read_sshare, "sshare.txt", false);
	text = recorded(&s, "sdiag.txt", &size);
	last = (size_t)(strstr(text, "statistics by user\n") - text);
	all = read_text(read_sdiag, text, size, &err);
	assert_non_null(all);
	for (at = 1; at < size; at++) {
		if (text[at - 1] != '\n')
			continue;
		c = read_text(read_sdiag, text, at, &err);
		if ((c != NULL) != (at > last))
			fail_msg("%zu of %zu bytes", at, size);
		if (c != NULL)
			assert_int_equal(c->n_figures, all->n_figures);
		census_free(c);
	}
	census_free(all);
	free(text);
	stubs_end(&s);
}

/* --------------------------------------------------------- squeue --json -- */

static void
begin_json(struct stubs *s)
{
	begin(s);
	stub(s, "squeue", "squeue.json", 0, NULL);
	/* 41 s after the jobs were submitted that are there. */
	s->fake->now_ns = INT64_C(1795312633000000000);
}

/* The same jobs, listed a moment later as text. */
static void
test_json_counts(void **unused)
{
	static const char *const parameters[] = { "jobs_pending", "jobs_held",
		"jobs_running", "jobs_suspended", "jobs_ending", "jobs_unknown",
		"slots_pending", "slots_held", "slots_running", "wait_oldest",
		"wait_median" };
	struct stubs json, text;
	size_t i;

	(void)unused;
	begin_json(&json);
	stubs_open(&json, "format", "json", "job_values", "yes", NULL);
	stubs_cycle(&json);
	begin(&text);
	text.fake->now_ns = json.fake->now_ns;
	stub(&text, "squeue", "squeue-beside-json.txt", 0, NULL);
	stubs_open(&text, NULL);
	stubs_cycle(&text);
	for (i = 0; i < COUNT(parameters); i++) {
		stubs_want(&json, "farm", "head", parameters[i],
		    stubs_value(&text, "farm", "head", parameters[i]));
		stubs_want(&json, "farm_queues", "batch", parameters[i],
		    stubs_value(&text, "farm_queues", "batch", parameters[i]));
	}
	stubs_want(&json, "farm", "head", "jobs_pending", 9);
	/* What text does not list. */
	stubs_want(&json, "farm", "head", "jobs_done", 6);
	stubs_want(&json, "farm", "head", "jobs_failed", 9);
	assert_false(stubs_has(&text, "farm", "head", "jobs_done"));
	assert_string_equal(
	    stubs_text(&json, "farm_jobs", "13[1]", "job_state"), "running");
	stubs_want(&json, "farm_jobs", "9", "job_wall", 2);
	assert_int_equal(fake_count(json.fake, "13"), 0);
	stubs_end(&json);
	stubs_end(&text);
}

/* How a job ended is known without accounting. */
static void
test_json_ends(void **unused)
{
	struct stubs s;
	size_t i, n = 0;

	(void)unused;
	begin_json(&s);
	stub_script(&s, "squeue", "echo '{\"jobs\": []}'");
	stubs_open(&s, "format", "json", "job_events", "yes", NULL);
	stubs_cycle(&s);
	stub(&s, "squeue", "squeue.json", 0, NULL);
	stubs_cycle(&s);
	for (i = 0; i < s.fake->n_records; i++) {
		const char *said = s.fake->records[i].payload;

		if (strstr(said, "\"job\":\"1\"") != NULL)
			n += strstr(said, "\"exit\":3}") != NULL;
		if (strstr(said, "\"job\":\"4\"") != NULL)
			n += strstr(said, "\"signal\":9}") != NULL;
	}
	assert_int_equal(n, 2);
	stubs_end(&s);
}

/* Of releases from 23.11 on, by their documentation. */
static void
test_json_of_later_releases(void **unused)
{
	static const char text[] =
	    "{\"job_id\":{\"set\":true,\"infinite\":false,\"number\":16},"
	    "\"array_job_id\":{\"set\":true,\"infinite\":false,"
	    "\"number\":13},\"array_task_id\":{\"set\":true,"
	    "\"infinite\":false,\"number\":4},\"array_task_string\":\"\","
	    "\"job_state\":[\"FAILED\"],\"user_name\":\"u\","
	    "\"account\":\"a\",\"partition\":\"b\","
	    "\"state_reason\":\"None\",\"cpus\":{\"set\":true,"
	    "\"infinite\":false,\"number\":2},\"submit_time\":{\"set\":"
	    "false,\"infinite\":false,\"number\":0},\"exit_code\":{"
	    "\"status\":[\"SIGNALED\"],\"return_code\":{\"set\":false,"
	    "\"infinite\":false,\"number\":0},\"signal\":{\"id\":{"
	    "\"set\":true,\"infinite\":false,\"number\":9},"
	    "\"name\":\"KILL\"}}}";
	struct census *c = census_new(10, 0);
	const struct job *j;
	struct error err;

	(void)unused;
	c->roll = job_roll_new(c->arena, 10);
	assert_int_equal(
	    read_squeue_job(c, (struct slice){ text, strlen(text) }, &err), 0);
	j = &c->roll->first->job;
	assert_true(slice_is(j->id, "13"));
	assert_int_equal(j->task, 4);
	assert_int_equal(j->state, JOB_FAILED);
	assert_int_equal(j->slots, 2);
	assert_int_equal(j->submit_ns, 0);
	assert_int_equal(j->signal, 9);
	assert_int_equal(j->exit, -1);
	census_free(c);
}

static void
test_json_jobs(void **unused)
{
	static const struct {
		const char *text;
		int state; /* -1: an error */
		int64_t n;
		const char *error;
	} cases[] = {
		{ "{\"job_id\":1,\"job_state\":\"RUNNING\"}", JOB_RUNNING, 1,
		    "" },
		{ "{\"job_id\":1,\"job_state\":[\"RUNNING\",\"COMPLETING\"]}",
		    JOB_ENDING, 1, "" },
		{ "{\"job_id\":1,\"job_state\":[\"RUNNING\",\"ODD\"]}",
		    JOB_RUNNING, 1, "" },
		{ "{\"job_id\":1,\"job_state\":\"PENDING\","
		  "\"array_task_string\":\"1-9:2,11%3\"}",
		    JOB_PENDING, 6, "" },
		{ "{\"job_id\":1,\"job_state\":\"PENDING\","
		  "\"state_reason\":\"Dependency\"}",
		    JOB_HELD, 1, "" },
		{ "{\"job_id\":1,\"job_state\":\"PENDING\","
		  "\"array_task_string\":\"1,3,5,...\"}",
		    -1, 0, "job 1 does not name all its tasks" },
		{ "{\"job_id\":1}", -1, 0,
		    "a job has no job_id or no job_state" },
		{ "{\"job_state\":\"RUNNING\"}", -1, 0,
		    "a job has no job_id or no job_state" },
		{ "[]", -1, 0, "a job is no object" },
		{ "{\"job_id\":1,}", -1, 0, "a job is no JSON" },
	};
	struct census *c;
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		c = read_text(read_squeue_job, cases[i].text,
		    strlen(cases[i].text), &err);
		assert_int_equal(c != NULL, cases[i].state >= 0);
		if (c != NULL)
			assert_int_equal(
			    c->total.jobs[cases[i].state], cases[i].n);
		else
			assert_string_equal(err.text, cases[i].error);
		census_free(c);
	}
}

static void
test_json_failures(void **unused)
{
	static const struct {
		const char *script;
		double status;
		const char *want;
	} cases[] = {
		{ "exit 0", 2, "squeue -a --json: said nothing" },
		{ "echo 'slurm_load_jobs error: Unable to contact slurm "
		  "controller (connect failure)' >&2; exit 1",
		    7,
		    "squeue -a --json: ended with status 1: slurm_load_jobs "
		    "error: Unable to contact slurm controller (connect "
		    "failure)" },
		{ "head -c 20000 ${0%/*}/data/slurm/squeue.json", 2,
		    "squeue -a --json: no JSON, or broken off, after element "
		    "5" },
		{ "echo '{\"errors\":[{\"error\":\"no\"}],\"jobs\":[]}'", 2,
		    "squeue -a --json: reports an error: no" },
		{ "echo '{\"jobs\":[1]}'; sleep 100", 2,
		    "squeue -a --json: a job is no object" },
		{ "echo '{\"jobs\":['; exec sleep 100", 6,
		    "squeue -a --json: not over after " },
		{ "exec yes '{'", 2, "squeue -a --json: " },
	};
	struct stubs s;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		begin(&s);
		stub_script(&s, "squeue", cases[i].script);
		stubs_open(&s, "format", "json", "timeout", "2s", NULL);
		assert_int_equal(stubs_collect(&s), -1);
		assert_memory_equal(
		    fake_failure(s.fake), cases[i].want, strlen(cases[i].want));
		stubs_want(&s, "farm", "head", "status", cases[i].status);
		/* Status, latency, stale: no count, of anything. */
		assert_int_equal(s.fake->n_values, 3);
		stubs_end(&s);
	}
}

static int
take_element(
    void *cookie, struct slice list, struct slice element, struct error *err)
{
	return slice_is(list, "jobs") ? read_squeue_job(cookie, element, err)
				      : 0;
}

/* Wherever it breaks off, it is found out. */
static void
test_json_truncations(void **unused)
{
	struct json_pieces p;
	struct census *c;
	struct stubs s;
	struct error err;
	size_t size, at;
	char *text;

	(void)unused;
	begin(&s);
	text = recorded(&s, "squeue.json", &size);
	size = (size_t)(strrchr(text, '}') - text) + 1;
	for (at = 1; at <= size; at++) {
		if (at < size && text[at - 1] != '\n' && at % 97 != 0)
			continue;
		c = census_new(100, 0);
		p = (struct json_pieces){ .depth = 0 };
		if ((json_pieces_feed(&p, (struct slice){ text, at },
			 take_element, c, &err) == 0 &&
			json_pieces_end(&p, &err) == 0) != (at == size))
			fail_msg("%zu of %zu bytes", at, size);
		json_pieces_free(&p);
		census_free(c);
	}
	free(text);
	stubs_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_monalisa),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_no_such_command),
		cmocka_unit_test(test_rests),
		cmocka_unit_test(test_slow_answers_are_not_pressed),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_node_states),
		cmocka_unit_test(test_job_values),
		cmocka_unit_test(test_job_events),
		cmocka_unit_test(test_what_an_event_says),
		cmocka_unit_test(test_more_jobs_than_may_be),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_controller),
		cmocka_unit_test(test_beside_the_snapshot),
		cmocka_unit_test(test_sdiag_breaks_off),
		cmocka_unit_test(test_json_counts),
		cmocka_unit_test(test_json_ends),
		cmocka_unit_test(test_json_of_later_releases),
		cmocka_unit_test(test_json_jobs),
		cmocka_unit_test(test_json_failures),
		cmocka_unit_test(test_json_truncations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
