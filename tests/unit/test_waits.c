/* How long jobs of one name have waited, in little room. */
#include "waits.h"

#include <math.h>
#include <stdio.h>

#include "census.h"
#include "clock.h"
#include "sketch.h"
#include "unit.h"

#define JOBS 3001

static bool
is_near(double got, double want)
{
	return fabs(got - want) <= SKETCH_ERROR * want * 1.000001;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* From less than a second to some years. */
static double
draw(uint64_t *random)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return pow(10, (double)(*random >> 40) / (1 << 24) * 10 - 2);
}

/* What a sketch and a sorted list say, after each. */
static void
test_any(void **unused)
{
	struct waits_room room = { .arena = arena_new(0), .left = 1 << 20 };
	static struct sketch sketch;
	static double all[JOBS];
	struct waits w = { .n = 0 };
	uint64_t random = 7;
	size_t i;

	(void)unused;
	assert_true(isnan(waits_median(&w)));
	for (i = 0; i < JOBS; i++) {
		all[i] = i % 7 == 0 ? 0 : draw(&random);
		waits_add(&w, &room, all[i], 1);
		sketch_add(&sketch, all[i]);
		assert_true(fabs(waits_median(&w) -
				 sketch_quantile(&sketch, 0.5)) <= 0);
	}
	qsort(all, JOBS, sizeof(all[0]), by_size);
	assert_true(is_near(waits_median(&w), all[JOBS / 2]));
	assert_int_equal(room.lost, 0);
	arena_free(room.arena);
}

static void
test_few(void **unused)
{
	static const struct {
		double seconds[4]; /* below 0: no more */
		uint64_t jobs;     /* of the first */
		double want;
	} cases[] = {
		{ { 0, -1 }, 1, 0 },
		{ { 1, -1 }, 1, 1 },
		{ { 0.25, -1 }, 3, 0.25 },
		/* The lower of two. */
		{ { 100, 10, -1 }, 1, 10 },
		{ { 10, 0, -1 }, 1, 0 },
		{ { 9e9, 10, 0, -1 }, 1, 10 },
		{ { 5, 600, 86400, 86400 }, UINT64_C(1) << 40, 5 },
	};
	size_t i, k;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		struct waits_room room = { .arena = arena_new(0),
			.left = 4096 };
		struct waits w = { .n = 0 };

		for (k = 0; k < 4 && cases[i].seconds[k] >= 0; k++)
			waits_add(&w, &room, cases[i].seconds[k],
			    k == 0 ? cases[i].jobs : 1);
		if (!is_near(waits_median(&w), cases[i].want))
			fail_msg("%zu: %f", i, waits_median(&w));
		arena_free(room.arena);
	}
}

/* Who found no room has no median, rather than a wrong one. */
static void
test_no_room(void **unused)
{
	struct waits_room room = { .arena = arena_new(0), .left = 400 };
	struct waits has = { .n = 0 }, lacks = { .n = 0 };
	size_t used;
	int i;

	(void)unused;
	waits_add(&has, &room, 60, 1);
	for (i = 0; i < 20; i++)
		waits_add(&lacks, &room, 1 << i, 2);
	used = arena_used(room.arena);
	assert_in_range(used, 100, 400);
	assert_true(room.lost > 20);
	assert_true(isnan(waits_median(&lacks)));
	/* That needs no more. */
	waits_add(&has, &room, 60, 5);
	assert_true(is_near(waits_median(&has), 60));
	assert_int_equal(arena_used(room.arena), used);
	assert_false(room.failed);
	arena_free(room.arena);
}

/* Of a queue, a user, a group: those of their own jobs that wait. */
static void
test_by_name(void **unused)
{
	static const struct {
		const char *queue, *user, *group;
		enum job_state state;
		int wait;
	} jobs[] = {
		{ "short", "ann", "cms", JOB_PENDING, 10 },
		{ "short", "bob", "cms", JOB_PENDING, 20 },
		{ "short", "bob", "atlas", JOB_PENDING, 300 },
		{ "long", "bob", "atlas", JOB_PENDING, 4000 },
		{ "long", "ann", "atlas", JOB_HELD, 90000 },
		{ "idle", "eve", "alice", JOB_RUNNING, 90000 },
	};
	struct census *c = census_new(10, 1000000 * NS_PER_S);
	struct job j = JOB_INIT;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(jobs); i++) {
		j.queue = slice_of(jobs[i].queue);
		j.user = slice_of(jobs[i].user);
		j.group = slice_of(jobs[i].group);
		j.state = jobs[i].state;
		j.submit_ns = c->now_ns - jobs[i].wait * NS_PER_S;
		census_job(c, &j);
	}
#define MEDIAN(TABLE, NAME)                                                    \
	waits_median(&census_find(c, &c->TABLE, slice_of(NAME))->waits)
	assert_true(is_near(MEDIAN(queues, "short"), 20));
	assert_true(is_near(MEDIAN(queues, "long"), 4000));
	assert_true(isnan(MEDIAN(queues, "idle")));
	assert_true(is_near(MEDIAN(users, "ann"), 10));
	assert_true(is_near(MEDIAN(users, "bob"), 300));
	assert_true(isnan(MEDIAN(users, "eve")));
	assert_true(is_near(MEDIAN(groups_seen, "cms"), 10));
	assert_true(is_near(MEDIAN(groups_seen, "atlas"), 300));
	assert_int_equal(c->waits_room.lost, 0);
	census_free(c);
}

/* So many names that wait so differently that there is no room for all: the
   census stays within its bound, and its totals are whole. */
static void
test_bounded(void **unused)
{
	struct census *c = census_new(10, 1000000000 * NS_PER_S);
	struct job j = JOB_INIT;
	int i;

	(void)unused;
	c->waits_room.left = 20000;
	for (i = 0; i < 100000; i++) {
		char name[20];

		snprintf(name, sizeof(name), "u%d", i % 10);
		j.user = slice_of(name);
		j.submit_ns = c->now_ns - (INT64_C(1) << (i % 27)) * NS_PER_S;
		census_job(c, &j);
	}
	assert_true(arena_used(c->arena) < 40000);
	assert_true(c->waits_room.lost > 0);
	assert_int_equal(c->waits.n, 100000);
	assert_int_equal(c->total.jobs[JOB_PENDING], 100000);
	assert_int_equal(c->users.n, 10);
	census_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_by_name),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
