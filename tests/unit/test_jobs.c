/* What batch systems say, piece by piece, and the counts. */
#include "census.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "job_roll.h"
#include "jobs_text.h"
#include "unit.h"

static void
test_bytes(void **unused)
{
	static const struct {
		const char *text;
		int64_t want; /* -1: none */
	} cases[] = {
		{ "0", 0 },
		{ "117532kb", 117532LL << 10 },
		{ "24105M", 24105LL << 20 },
		{ "23.5G", 25232932864 },
		{ "200mb", 200LL << 20 },
		{ "0M", 0 },
		{ "12b", 12 },
		{ "1.5T", 3LL << 39 },
		{ "-", -1 },
		{ "", -1 },
		{ "M", -1 },
		{ "-1M", -1 },
		{ "1Q", -1 },
		{ "1Mbx", -1 },
		{ "0x10", -1 },
		{ "inf", -1 },
		{ "nan", -1 },
		{ "9999999999T", -1 },
		{ "1e3", 1000 },
	};
	int64_t got;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		got = -1;
		assert_int_equal(slice_bytes(slice_of(cases[i].text), &got),
		    cases[i].want >= 0);
		assert_int_equal(got, cases[i].want);
	}
}

static void
test_elapsed(void **unused)
{
	static const struct {
		const char *text;
		double want; /* -1: none */
	} cases[] = {
		{ "0:12", 12 },
		{ "00:20.013", 20.013 },
		{ "00:00:22", 22 },
		{ "1:02:03", 3723 },
		{ "1-00:00:01", 86401 },
		{ "2-03:04:05", 183845 },
		{ "100:00:00", 360000 },
		{ "12", -1 },
		{ "", -1 },
		{ ":", -1 },
		{ "1:2:3:4", -1 },
		{ "-1:00", -1 },
		{ "1-", -1 },
		{ "a-1:00", -1 },
		{ "INVALID", -1 },
		{ "UNLIMITED", -1 },
		{ "106000-00:00:00", 106000.0 * 86400 },
		/* More ns than an int64 has. */
		{ "107000-00:00:00", -1 },
		{ "1000000-00:00:00", -1 },
		{ "100000000:00:00", -1 },
	};
	int64_t got;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		got = -NS_PER_S;
		assert_int_equal(slice_elapsed(slice_of(cases[i].text), &got),
		    cases[i].want >= 0);
		assert_true(
		    fabs((double)got / NS_PER_S - (cases[i].want)) <= 1e-6);
	}
}

static void
test_times(void **unused)
{
	int64_t now_ns = INT64_C(1795208400) * NS_PER_S; /* Nov 20 21:00 */
	int64_t ns;

	(void)unused;
	assert_true(slice_iso_time(slice_of("2026-11-20T20:35:13"), &ns));
	assert_int_equal(ns / NS_PER_S, 1795206913);
	assert_false(slice_iso_time(slice_of("N/A"), &ns));
	assert_false(slice_iso_time(slice_of("2026-11-20T20:35:13Z"), &ns));
	assert_false(slice_iso_time(slice_of("9999-11-20T20:35:13"), &ns));
	assert_false(slice_iso_time(slice_of("0001-11-20T20:35:13"), &ns));
	assert_true(slice_c_time(slice_of("Fri Nov 20 20:35:13 2026"), &ns));
	assert_int_equal(ns / NS_PER_S, 1795206913);
	assert_true(slice_short_time(slice_of("Nov 20 20:52"), now_ns, &ns));
	assert_int_equal(ns / NS_PER_S, 1795207920);
	/* Tomorrow it is, in their zone; the day after was last year. */
	assert_true(slice_short_time(slice_of("Nov 21 20:52"), now_ns, &ns));
	assert_int_equal(ns / NS_PER_S, 1795207920 + 86400);
	assert_true(slice_short_time(slice_of("Nov 22 20:52"), now_ns, &ns));
	assert_int_equal(ns / NS_PER_S, 1795207920 + 2 * 86400 - 365 * 86400);
	assert_false(slice_short_time(slice_of("Nov 20"), now_ns, &ns));
}

/* As the C library has it, of any time that can be said. */
static void
test_any_time(void **unused)
{
	static const struct {
		const char *format;
		bool (*read)(struct slice, int64_t *);
	} forms[] = { { "%Y-%m-%dT%H:%M:%S", slice_iso_time },
		{ "%a %b %e %H:%M:%S %Y", slice_c_time },
		{ "%a %b %d %H:%M:%S %Y", slice_c_time } };
	uint64_t random = 1;
	char text[64];
	struct tm tm;
	int64_t ns;
	time_t t;
	size_t i, k;

	(void)unused;
	for (i = 0; i < 20000; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		t = (time_t)(random >> 20) % INT64_C(9223372036);
		if (i % 2 == 0)
			t = -t;
		assert_non_null(gmtime_r(&t, &tm));
		for (k = 0; k < COUNT(forms); k++) {
			strftime(text, sizeof(text), forms[k].format, &tm);
			assert_true(forms[k].read(slice_of(text), &ns));
			assert_true(ns == (int64_t)t * NS_PER_S);
		}
		if (t < 86400 * 800 || t > INT64_C(9100000000))
			continue;
		/* Within the year before. */
		strftime(text, sizeof(text), "%b %e %H:%M", &tm);
		assert_true(slice_short_time(slice_of(text),
		    ((int64_t)t + (int64_t)(random % 300) * 86400) * NS_PER_S,
		    &ns));
		assert_true(ns == (int64_t)(t - tm.tm_sec) * NS_PER_S);
	}
}

static void
test_no_times(void **unused)
{
	static const char *const texts[] = { "", "2026-13-20T20:35:13",
		"2026-00-20T20:35:13", "2026-11-32T20:35:13",
		"2026-11-20T24:35:13", "2026-11-20T20:60:13",
		"2026-11-20T20:35:61", "2026-11-20T20:35:", "2026-11-20T20:35",
		"x026-11-20T20:35:13", "2026-11-20 20:35:13",
		"Fri Nov 20 20:35:13", "Fri Nov 20 20:35:13 26x6",
		"Fri Nov 20 20:35 2026", "Fri nov 20 20:35:13 2026",
		"FriNov 20 20:35:13 2026", "Fri Nov 20 20:35:13 2026 ",
		"Nov 20 20:35:13", "Nov 20", "Nov", "Nov 0 20:35", "Nov 20 :35",
		"Nov 20 20:3x", "No" };
	int64_t ns = 7;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(texts); i++) {
		assert_false(slice_iso_time(slice_of(texts[i]), &ns));
		assert_false(slice_c_time(slice_of(texts[i]), &ns));
		assert_false(slice_short_time(slice_of(texts[i]), 0, &ns));
		assert_int_equal(ns, 7);
	}
}

static void
test_waits(void **unused)
{
	struct census *c = census_new(10, 1000 * NS_PER_S);
	struct job j = JOB_INIT;
	int i;

	(void)unused;
	j.queue = slice_of("q");
	for (i = 1; i <= 99; i++) {
		j.submit_ns = (1000 - i) * NS_PER_S;
		census_job(c, &j);
	}
	j.submit_ns = 2000 * NS_PER_S; /* a clock that is ahead */
	census_job(c, &j);
	j.submit_ns = 0; /* not known */
	census_job(c, &j);
	j.submit_ns = INT64_MIN; /* nonsense that can be said */
	census_job(c, &j);
	assert_int_equal(c->total.jobs[JOB_PENDING], 102);
	assert_int_equal(c->waits.n, 100);
	assert_true(fabs(sketch_quantile(&c->waits, 0.5) - 49) <= 0.5);
	assert_int_equal(c->total.oldest_ns, 901 * NS_PER_S);
	/* An array is as many, at no more cost. */
	j.submit_ns = 990 * NS_PER_S;
	j.count = INT64_C(1) << 40;
	census_job(c, &j);
	assert_int_equal(c->waits.n, 100 + j.count);
	assert_true(fabs(sketch_quantile(&c->waits, 0.5) - 10) <= 0.1);
	census_free(c);
}

static void
test_efficiency(void **unused)
{
	struct census *c = census_new(10, 0);
	struct job j = { .state = JOB_RUNNING,
		.slots = 4,
		.cpu_ns = 200 * NS_PER_S,
		.wall_ns = 100 * NS_PER_S };

	(void)unused;
	census_job(c, &j);
	/* Of one part nothing is known: it does not count as idle. */
	j.cpu_ns = -1;
	census_job(c, &j);
	assert_true(fabs(c->total.cpu_ns - 200e9) <= 0);
	assert_true(fabs(c->total.held_ns - 400e9) <= 0);
	/* A day and a half of 100000 slots. */
	j.slots = 100000;
	j.wall_ns = 129600 * NS_PER_S;
	j.cpu_ns = 0;
	census_job(c, &j);
	assert_true(fabs(c->total.held_ns / 1.296e19 - 1) <= 1e-6);
	census_free(c);
}

/* More than can be added up is not known. */
static void
test_slots(void **unused)
{
	struct census *c = census_new(10, 0);
	struct job j = JOB_INIT;

	(void)unused;
	j.slots = INT64_MAX;
	census_job(c, &j);
	assert_false(c->total.slots_missing[JOB_PENDING]);
	census_job(c, &j);
	assert_true(c->total.slots_missing[JOB_PENDING]);
	assert_int_equal(c->total.slots[JOB_PENDING], INT64_MAX);
	c->total.slots_missing[JOB_PENDING] = false;
	j.count = 2;
	census_job(c, &j);
	assert_true(c->total.slots_missing[JOB_PENDING]);
	census_free(c);
}

static void
test_bounded(void **unused)
{
	struct census *c = census_new(3, 0);
	struct job j = JOB_INIT;
	char name[20];
	int i;

	(void)unused;
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "user%d", i % 5);
		j.user = slice_of(name);
		census_job(c, &j);
	}
	assert_int_equal(c->users.n, 3);
	assert_int_equal(c->left_out, 400);
	assert_int_equal(c->total.jobs[JOB_PENDING], 1000);
	assert_int_equal(census_find(c, &c->users, slice_of("user2"))
			     ->counts.jobs[JOB_PENDING],
	    200);
	assert_null(census_find(c, &c->users, slice_of("user3")));
	census_free(c);
}

/* What one command does not know, another may have said. */
static void
test_nodes_are_merged(void **unused)
{
	struct census *c = census_new(10, 0);
	struct job_node n = JOB_NODE_INIT;

	(void)unused;
	n.name = slice_of("n1");
	n.slots = 4;
	n.state = NODE_FREE;
	n.word = slice_of("ok");
	census_node(c, &n);
	n = (struct job_node)JOB_NODE_INIT;
	n.name = slice_of("n1");
	n.load1 = 0.5;
	census_node(c, &n);
	assert_int_equal(c->nodes.n, 1);
	assert_int_equal(c->nodes.first->node.slots, 4);
	assert_int_equal(c->nodes.first->node.used, -1);
	assert_int_equal(c->nodes.first->node.state, NODE_FREE);
	assert_string_equal(c->nodes.first->word, "ok");
	assert_true(fabs(c->nodes.first->node.load1 - (0.5)) <= 0);
	assert_true(isnan(c->nodes.first->node.load5));
	census_free(c);
}

static void
test_roll(void **unused)
{
	struct arena *arena = arena_new(0);
	struct job_roll *r = job_roll_new(arena, 5000);
	struct job j = JOB_INIT;
	char id[20];
	int i;

	(void)unused;
	for (i = 0; i < 6000; i++) {
		snprintf(id, sizeof(id), "%d", i / 2);
		j.id = slice_of(id);
		j.task = i % 2;
		job_roll_add(r, &j);
	}
	assert_int_equal(r->n, 5000);
	assert_int_equal(r->left_out, 1000);
	assert_true(r->n_heads >= 4096);
	j.id = slice_of("2499");
	assert_non_null(job_roll_find(r, &j));
	j.task = -1;
	assert_null(job_roll_find(r, &j));
	/* Listed for each of its nodes. */
	j.task = 0;
	j.state = JOB_RUNNING;
	job_roll_add(r, &j);
	assert_int_equal(r->n, 5000);
	assert_int_equal(job_roll_find(r, &j)->job.state, JOB_RUNNING);
	j.id.length = 0;
	job_roll_add(r, &j);
	assert_int_equal(r->left_out, 1000);
	arena_free(arena);
}

static int
load(const char *text, struct group_map **ret, struct error *err)
{
	char path[] = "/tmp/farm-groups-XXXXXX";
	int fd = mkstemp(path), rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	rc = group_map_load(ret, path, err);
	unlink(path);
	return rc;
}

static void
test_groups(void **unused)
{
	struct job j = JOB_INIT;
	struct census *c = census_new(10, 0);
	struct group_map *g;
	struct error err;

	(void)unused;
	/* OSG's user-vo-map has comments of its own. */
	assert_int_equal(load("#voi cms\n#VOc CMS\n\n cms01 cms\n"
			      "cms02\tcms # two\nth atlas",
			     &g, &err),
	    0);
	c->groups = g;
	c->by_user = true;
	j.user = slice_of("cms01");
	j.group = slice_of("ignored");
	census_job(c, &j);
	j.user = slice_of("cms02");
	census_job(c, &j);
	j.user = slice_of("th");
	census_job(c, &j);
	j.user = slice_of("nobody");
	census_job(c, &j);
	assert_int_equal(c->groups_seen.n, 3);
	assert_string_equal(c->groups_seen.first->name, "cms");
	assert_int_equal(c->groups_seen.first->counts.jobs[JOB_PENDING], 2);
	assert_non_null(census_find(c, &c->groups_seen, slice_of("atlas")));
	assert_non_null(census_find(c, &c->groups_seen, slice_of("nobody")));
	census_free(c);
	group_map_free(g);
	assert_int_equal(load("a b\nalone\n", &g, &err), -1);
	assert_non_null(strstr(err.text, ":2: is not NAME GROUP"));
	assert_int_equal(group_map_load(&g, "/no/such", &err), -1);
	assert_string_equal(err.text, "/no/such: No such file or directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_elapsed),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_any_time),
		cmocka_unit_test(test_no_times),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_efficiency),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_nodes_are_merged),
		cmocka_unit_test(test_roll),
		cmocka_unit_test(test_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
