/* Finished jobs of Slurm, by a sacct that says what was recorded. */
#include "plugins/slurm/sacct.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "job_window.h"
#include "stubs.h"
#include "unit.h"

/* What stands between fields in the recording, and in other texts here. */
#define MARK "~#"
/* Before the first of them ended: 2026-11-22T01:56:00. */
#define BEFORE INT64_C(1795312560)

static const char head[] =
    "DBIndex~#JobID~#State~#ExitCode~#Submit~#Start~#End~#ElapsedRaw~#"
    "AllocCPUS~#TotalCPU~#MaxRSS~#NodeList~#Partition~#User~#Account~#"
    "JobName\n";

/* A sacct that says `text', whatever it is asked, between its marks. */
static void
stub_sacct(struct stubs *s, const char *text)
{
	stubs_write(s, "said", text);
	stub_script(s, "sacct",
	    "mark=$(printf '%s\\n' \"$@\" | sed -n 's/^--delimiter=//p')\n"
	    "sed \"s/~#/$mark/g\" ${0%/*}/said");
}

static void
begin(struct stubs *s)
{
	stubs_begin(s, "slurm");
	stub(s, "squeue", "squeue.txt", 0, NULL);
	stub(s, "sinfo", "sinfo.txt", 0, NULL);
	s->fake->now_ns = BEFORE * NS_PER_S;
}

static void
begin_recorded(struct stubs *s)
{
	size_t size;
	char *text;

	begin(s);
	text = recorded(s, "sacct.txt", &size);
	stub_sacct(s, text);
	free(text);
}

/* A job with this index that ended so many seconds after BEFORE; with one
   below 0 only half of its row is there yet. */
static void
put_job(struct buffer *b, int index, int seconds)
{
	time_t t = (time_t)(BEFORE + seconds);
	char when[40];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	buffer_printf(b,
	    "%d~#%d~#COMPLETED~#0:0~#%s~#%s~#%s~#0~#1~#00:00:01~#~#n1~#%s~#u"
	    "~#a~#name\n",
	    abs(index), abs(index), when, when, when, index > 0 ? "batch" : "");
}

static const char *const payloads[] = {
	"{\"system\":\"Slurm\",\"job\":\"1\",\"name\":\"fa|il\","
	"\"user\":\"nobody\",\"group\":\"physics\",\"queue\":\"batch\","
	"\"node\":\"n1\",\"submitted\":1795312572,\"started\":1795312575,"
	"\"ended\":1795312575,\"wall\":0,\"cpu\":0.001,\"slots\":1,"
	"\"exit\":3,\"outcome\":\"FAILED\",\"state\":\"failed\"}",
	"{\"system\":\"Slurm\",\"job\":\"2\","
	"\"name\":\"we|ird \\n name\\n99|99|x\",\"user\":\"nobody\","
	"\"group\":\"physics\",\"queue\":\"batch\",\"node\":\"n1\","
	"\"submitted\":1795312572,\"started\":1795312575,"
	"\"ended\":1795312575,\"wall\":0,\"cpu\":0.001,\"slots\":1,"
	"\"exit\":0,\"outcome\":\"COMPLETED\",\"state\":\"done\"}",
	"{\"system\":\"Slurm\",\"job\":\"3\",\"task\":1,\"name\":\"wrap\","
	"\"user\":\"nobody\",\"group\":\"physics\",\"queue\":\"batch\","
	"\"node\":\"n2\",\"submitted\":1795312572,\"started\":1795312575,"
	"\"ended\":1795312576,\"wall\":1,\"cpu\":0.003,\"slots\":1,"
	"\"memory\":2744320,\"exit\":0,\"outcome\":\"COMPLETED\","
	"\"state\":\"done\"}",
	NULL, /* 3_2 */
	"{\"system\":\"Slurm\",\"job\":\"4\",\"name\":\"wrap\","
	"\"user\":\"nobody\",\"group\":\"physics\",\"queue\":\"batch\","
	"\"node\":\"n1\",\"submitted\":1795312572,\"started\":1795312578,"
	"\"ended\":1795312578,\"wall\":0,\"cpu\":0.001,\"slots\":1,"
	"\"signal\":9,\"outcome\":\"FAILED\",\"state\":\"failed\"}",
	NULL, /* 3_3 */
	NULL, /* 5 */
	"{\"system\":\"Slurm\",\"job\":\"6\",\"name\":\"wrap\","
	"\"user\":\"nobody\",\"group\":\"physics\",\"queue\":\"batch\","
	"\"submitted\":1795312572,\"ended\":1795312582,\"slots\":1,"
	"\"exit\":0,\"outcome\":\"CANCELLED\",\"state\":\"failed\"}",
	NULL, /* 7, an array that never ran */
	"{\"system\":\"Slurm\",\"job\":\"8\",\"name\":\"wrap\","
	"\"user\":\"nobody\",\"group\":\"physics\",\"queue\":\"batch\","
	"\"node\":\"n2\",\"submitted\":1795312572,\"started\":1795312578,"
	"\"ended\":1795312582,\"wall\":4,\"cpu\":0.001,\"slots\":1,"
	"\"memory\":2957312,\"exit\":0,\"outcome\":\"REQUEUED\","
	"\"state\":\"failed\"}",
	"{\"system\":\"Slurm\",\"job\":\"9\",\"name\":\"wrap\","
	"\"user\":\"nobody\",\"group\":\"physics\",\"queue\":\"batch\","
	"\"node\":\"n1\",\"submitted\":1795312572,\"started\":1795312582,"
	"\"ended\":1795312584,\"wall\":2,\"cpu\":0.012,\"slots\":2,"
	"\"memory\":10813440,\"exit\":0,\"outcome\":\"COMPLETED\","
	"\"state\":\"done\"}",
	NULL, /* 8 again, cancelled */
};

static void
test_recorded(void **unused)
{
	struct stubs s;
	size_t i;

	(void)unused;
	begin_recorded(&s);
	stubs_open(&s, "accounting", "yes", NULL);
	stubs_cycle(&s);
	stubs_want(&s, "farm", "head", "accounting_status", 0);
	assert_int_equal(s.fake->n_records, COUNT(payloads));
	for (i = 0; i < COUNT(payloads); i++) {
		assert_int_equal(s.fake->records[i].type, FARM_ACCOUNTING);
		if (payloads[i] != NULL)
			assert_string_equal(
			    s.fake->records[i].payload, payloads[i]);
	}
	stubs_end(&s);
}

/* ----------------------------------------------------------- exactly once --
 */

static void
want_jobs(struct stubs *s, const char *const *jobs)
{
	char want[40];
	size_t i;

	for (i = 0; jobs[i] != NULL; i++) {
		if (i == s->fake->n_records)
			fail_msg("job %s was not told", jobs[i]);
		snprintf(want, sizeof(want), "\"job\":\"%s\"", jobs[i]);
		if (strstr(s->fake->records[i].payload, want) == NULL)
			fail_msg("not job %s: %s", jobs[i],
			    s->fake->records[i].payload);
	}
	assert_int_equal(s->fake->n_records, i);
}

#define WANT(S, ...) want_jobs(S, (const char *const[]){ __VA_ARGS__, NULL })

/* A list of jobs: pairs of index and end, up to 0. */
static void
list(struct stubs *s, const int *pairs)
{
	struct buffer b = BUFFER_INIT;

	buffer_puts(&b, head);
	for (; pairs[0] != 0; pairs += 2)
		put_job(&b, pairs[0], pairs[1]);
	stub_sacct(s, buffer_text(&b));
	buffer_free(&b);
}

#define LIST(S, ...) list(S, (const int[]){ __VA_ARGS__, 0 })

/* The next life of the instance, from the checkpoint of this one. */
static void
live_again(struct stubs *s)
{
	static char place[JOB_WINDOW_BYTES_MAX];
	size_t size = s->fake->checkpoint_size;
	int64_t now_ns = s->fake->now_ns;

	assert_in_range(size, 1, sizeof(place));
	memcpy(place, s->fake->checkpoint, size);
	stubs_end(s);
	begin(s);
	s->fake->now_ns = now_ns;
	s->fake->restore = place;
	s->fake->restore_size = size;
}

static void
test_each_once(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	LIST(&s, 5, -100);
	stubs_open(&s, "accounting", "yes", "late", "1m", NULL);
	stubs_cycle(&s);
	/* What ended before anybody looked is old. */
	assert_int_equal(s.fake->n_records, 0);
	assert_int_equal(s.fake->n_checkpoints, 1);
	live_again(&s);
	s.fake->now_ns += 1000 * NS_PER_S;
	LIST(&s, 9, 100, 7, 90, 9, 100);
	stubs_open(&s, "accounting", "yes", "late", "1m", NULL);
	stubs_cycle(&s);
	WANT(&s, "7", "9");
	/* Again, and one that comes late. */
	LIST(&s, 7, 90, 8, 50, 9, 100);
	stubs_cycle(&s);
	WANT(&s, "8");
	live_again(&s);
	/* One of the past that is too late, one that nobody may believe. */
	LIST(&s, 7, 90, 8, 50, 6, 39, 9, 100, 10, 40, 11, 100000);
	stubs_open(&s, "accounting", "yes", "late", "1m", NULL);
	stubs_cycle(&s);
	WANT(&s, "10");
	stubs_cycle(&s);
	assert_int_equal(s.fake->n_records, 0);
	assert_int_equal(s.fake->n_checkpoints, 0);
	stubs_end(&s);
}

/* A row that has little but its end for now. */
static void
test_not_whole_yet(void **unused)
{
	struct stubs s;

	(void)unused;
	begin(&s);
	s.fake->now_ns += 100 * NS_PER_S;
	LIST(&s, -7, 110);
	stubs_open(&s, "accounting", "yes", "late", "0s", NULL);
	stubs_cycle(&s);
	assert_int_equal(s.fake->n_records, 0);
	/* Others end later, but it is not forgotten. */
	LIST(&s, -7, 110, 8, 120);
	stubs_cycle(&s);
	WANT(&s, "8");
	LIST(&s, 7, 110, 8, 120);
	stubs_cycle(&s);
	WANT(&s, "7");
	/* Nor is waited for ever. */
	LIST(&s, -9, 130);
	stubs_cycle(&s);
	assert_int_equal(s.fake->n_records, 0);
	s.fake->now_ns += 331 * NS_PER_S;
	stubs_cycle(&s);
	WANT(&s, "9");
	stubs_end(&s);
}

/* With each group a checkpoint, so that a crash finds all of it or none. */
static void
test_groups(void **unused)
{
	struct stubs s;
	int pairs[601], i;

	(void)unused;
	begin(&s);
	for (i = 0; i < 300; i++) {
		pairs[2 * i] = 1000 + 7 * i;
		pairs[2 * i + 1] = 10 + i % 50;
	}
	pairs[600] = 0;
	list(&s, pairs);
	stubs_open(&s, "accounting", "yes", NULL);
	s.fake->now_ns += 100 * NS_PER_S;
	stubs_cycle(&s);
	assert_int_equal(s.fake->n_records, 300);
	assert_in_range(s.fake->n_checkpoints, 4, 30);
	assert_int_equal(s.fake->n_flushes, s.fake->n_checkpoints);
	live_again(&s);
	list(&s, pairs);
	stubs_open(&s, "accounting", "yes", NULL);
	stubs_cycle(&s);
	assert_int_equal(s.fake->n_records, 0);
	stubs_end(&s);
}

/* What an outage of days leaves is told in order, and no window is too small
   for it: of what ended long before the newest nobody waits for more. */
static void
test_catching_up(void **unused)
{
	static int pairs[40001];
	struct stubs s;
	size_t n = 0;
	int i;

	(void)unused;
	begin(&s);
	for (i = 0; i < 20000; i++) {
		pairs[2 * i] = 1000 + 7 * ((i * 7919) % 20000);
		pairs[2 * i + 1] = 10 + pairs[2 * i];
	}
	list(&s, pairs);
	stubs_open(&s, "accounting", "yes", "late", "10m", NULL);
	s.fake->now_ns += 200000 * NS_PER_S;
	for (i = 0; i < 2; i++) {
		stubs_cycle(&s);
		assert_int_equal(s.fake->n_logs, 0);
		n += s.fake->n_records;
		assert_int_equal(n, (i + 1) * 10000);
		live_again(&s);
		list(&s, pairs);
		stubs_open(&s, "accounting", "yes", "late", "10m", NULL);
	}
	stubs_cycle(&s);
	assert_int_equal(s.fake->n_records, 0);
	stubs_end(&s);
}

/* ---------------------------------------------------------------- failures --
 */

static void
test_failures(void **unused)
{
	static const struct {
		const char *script;
		double status;
		const char *want; /* how the message ends */
	} cases[] = {
		{ "echo 'sacct: error: Problem talking to the database: "
		  "Connection refused' >&2; exit 1",
		    7,
		    ": ended with status 1: sacct: error: Problem talking to "
		    "the database: Connection refused" },
		{ "echo 'Slurm accounting storage is disabled' >&2; exit 1", 7,
		    ": ended with status 1: Slurm accounting storage is "
		    "disabled" },
		{ "echo 'sacct: error: Access/permission denied' >&2; exit 1",
		    7,
		    ": ended with status 1: sacct: error: Access/permission "
		    "denied" },
		{ "sleep 100", 6, ": not over after " },
		{ "yes", 3, ": said more than " },
		{ "exit 127", 5, ": ended with status 127" },
		{ "exit 0", 2, ": said nothing" },
		{ "echo 1", 2, ": does not begin with DBIndex" },
	};
	const char *text;
	struct stubs s;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		begin(&s);
		stub_script(&s, "sacct", cases[i].script);
		stubs_open(&s, "accounting", "yes", "timeout", "1s",
		    "output_max", "1MiB", NULL);
		stubs_cycle(&s);
		stubs_want(
		    &s, "farm", "head", "accounting_status", cases[i].status);
		/* The jobs that are there are another matter. */
		stubs_want(&s, "farm", "head", "status", 0);
		stubs_want(&s, "farm", "head", "jobs_running", 3);
		assert_int_equal(s.fake->n_checkpoints, 0);
		assert_int_equal(s.fake->n_logs, 1);
		text = s.fake->logs[0].text;
		if (strncmp(text, "accounting: sacct -a -D -P '--delimiter=~",
			41) != 0 &&
		    strncmp(text, "accounting: sacct -a -D -P --delimiter=~",
			40) != 0)
			fail_msg("%s", text);
		if (strstr(text, cases[i].want) == NULL)
			fail_msg("%s", text);
		stubs_end(&s);
	}
}

/* -------------------------------------------------------------- the reader --
 */

/* How many jobs there are in it; -1 and what is wrong. */
static int
count_jobs(const char *text, size_t size, struct error *err)
{
	char *exact = malloc(size > 0 ? size : 1);
	struct job_list l = { .mark = MARK };
	struct job_pulled p;
	int n = 0, rc;

	assert_non_null(exact);
	memcpy(exact, text, size);
	l.rest = (struct slice){ exact, size };
	while ((rc = read_sacct(&l, &p, err)) > 0)
		n++;
	free(exact);
	return rc < 0 ? rc : n;
}

#define FIELDS_15                                                              \
	"~#COMPLETED~#0:0~#2026-11-22T01:56:12~#None~#2026-11-22T01:56:15~#0"  \
	"~#1~#00:00:00~#~#n1~#batch~#u~#a~#n"

static void
test_reader(void **unused)
{
	static const struct {
		const char *text; /* below the head */
		int want;
		const char *error;
	} cases[] = {
		{ "", 0, "" },
		{ "1~#1" FIELDS_15 "\n", 1, "" },
		{ "1~#1" FIELDS_15, -1, "breaks off in line 2" },
		{ "1~#1~#COMPLETED\n", -1,
		    "line 2 has 3 fields instead of 16" },
		/* A step of no job, a name of none. */
		{ "1~#1.batch" FIELDS_15 "\n", -1,
		    "line 2 is no run of a job" },
		{ "name\n", -1, "line 2 is no run of a job" },
		{ "x~#1" FIELDS_15 "\n", -1, "line 2 is no run of a job" },
		{ "-1~#1" FIELDS_15 "\n", -1, "line 2 is no run of a job" },
		{ "9223372036854775807~#1" FIELDS_15 "\n", -1,
		    "line 2 is no run of a job" },
		/* Who would forge another's record does not know the mark. */
		{ "1~#1" FIELDS_15 "\n2|2|COMPLETED|0:0|a|b|c|0|1|0|0|n|p|root|"
		  "a|x\n",
		    1, "" },
		{ "1~#1" FIELDS_15 "\n1~#1.0" FIELDS_15 "\nx\n2~#2" FIELDS_15
		  "\n",
		    2, "" },
	};
	struct error err;
	char text[1000];
	size_t i;
	int n;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		n = snprintf(text, sizeof(text), "%s%s", head, cases[i].text);
		err.text[0] = '\0';
		assert_int_equal(
		    count_jobs(text, (size_t)n, &err), cases[i].want);
		assert_string_equal(err.text, cases[i].error);
	}
}

static void
test_nodes(void **unused)
{
	static const struct {
		const char *list, *want;
	} cases[] = {
		{ "n1", "n1" },
		{ "n1,n2", "n1" },
		{ "wn[007-009,12]", "wn007" },
		{ "wn[7],x", "wn7" },
		{ "None assigned", "" },
		{ "", "" },
		{ "wn[", "wn" },
	};
	struct job_list l;
	struct job_pulled p;
	struct error err;
	char text[1000];
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof(text),
		    "%s1~#1~#FAILED~#0:0~#~#~#~#0~#1~#~#~#%s~#b~#u~#a~#n\n",
		    head, cases[i].list);
		l = (struct job_list){ .rest = { text, strlen(text) },
			.mark = MARK };
		assert_int_equal(read_sacct(&l, &p, &err), 1);
		if (!slice_is(p.record.node, cases[i].want))
			fail_msg("%s: %.*s", cases[i].list,
			    (int)p.record.node.length, p.record.node.text);
	}
}

static void
test_truncations(void **unused)
{
	struct stubs s;
	struct error err;
	size_t size, at;
	char *text;
	int n, last = 0;

	(void)unused;
	begin(&s);
	text = recorded(&s, "sacct.txt", &size);
	for (at = 1; at <= size; at++) {
		n = count_jobs(text, at, &err);
		if (text[at - 1] != '\n') {
			assert_int_equal(n, -1);
			continue;
		}
		/* What is missing is found the next time. */
		assert_in_range(n, last, last + 1);
		last = n;
	}
	assert_int_equal(last, 12);
	free(text);
	stubs_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_each_once),
		cmocka_unit_test(test_not_whole_yet),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_catching_up),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_reader),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_truncations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
