#include "schedule.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "stage.h"
#include "unit.h"

#define farm_module acts_entry
#include "../modules/acts.c"
#undef farm_module
#define farm_module acts_many_entry
#define farm_descriptor_ acts_many_descriptor
#define farm_note_ acts_many_note
#include "../modules/acts_many.c"
#undef farm_module
#undef farm_descriptor_
#undef farm_note_

/* One instance on a stage, and a file that hanging runs wait for. */
struct fixture {
	struct stage stage;
	struct stage_instance i;
	struct acts acts;
	struct acts_many many;
	char hold[32];
	uint64_t want; /* of a condition */
};

static void
begin(struct fixture *f, int threads)
{
	memset(f, 0, sizeof(*f));
	strcpy(f->hold, "/tmp/test_schedule.XXXXXX");
	close(mkstemp(f->hold));
	f->acts.until = f->hold;
	f->many.until = f->hold;
	stage_begin(&f->stage, threads);
}

static void
start(struct fixture *f, size_t n_nodes, int64_t every_ns)
{
	stage_instance(
	    &f->stage, &f->i, &acts_entry, &f->acts, n_nodes, every_ns);
	schedule_add(f->stage.schedule, f->i.instance);
	stage_run(&f->stage);
}

static void
start_many(struct fixture *f, size_t n_nodes, int64_t every_ns)
{
	stage_instance(
	    &f->stage, &f->i, &acts_many_entry, &f->many, n_nodes, every_ns);
	schedule_add(f->stage.schedule, f->i.instance);
	stage_run(&f->stage);
}

static int64_t
soon(void)
{
	return clock_mono_ns() + STAGE_BOUND;
}

static void
end(struct fixture *f)
{
	unlink(f->hold);
	assert_int_equal(
	    schedule_remove(f->stage.schedule, f->i.instance, soon()), 0);
	assert_int_equal(f->i.instance->status, INSTANCE_CLOSED);
	stage_instance_end(&f->i);
	stage_end(&f->stage);
}

static uint64_t
runs(struct fixture *f)
{
	return atomic_load(&f->i.instance->ledger.runs);
}

static bool
has_run(void *context)
{
	struct fixture *f = context;

	return runs(f) >= f->want;
}

static bool
has_values(void *context)
{
	struct fixture *f = context;
	uint64_t values;

	pthread_mutex_lock(&f->stage.lock);
	values = f->stage.values;
	pthread_mutex_unlock(&f->stage.lock);
	return values >= f->want;
}

static void
await_values(struct fixture *f, uint64_t n)
{
	f->want = n;
	stage_await(has_values, f);
}

static void
await_runs(struct fixture *f, uint64_t n)
{
	f->want = n;
	stage_await(has_run, f);
}

static bool
has_overrun(void *context)
{
	struct fixture *f = context;

	return atomic_load(&f->i.instance->ledger.overruns) >= f->want;
}

static bool
is_running(void *context)
{
	struct fixture *f = context;

	return atomic_load(&f->i.instance->status) == INSTANCE_RUNNING;
}

static bool
is_hung(void *context)
{
	struct fixture *f = context;

	return atomic_load(&f->i.instance->status) == INSTANCE_HUNG;
}

static bool
is_backing_off(void *context)
{
	struct fixture *f = context;

	return atomic_load(&f->i.instance->status) == INSTANCE_BACKOFF;
}

static bool
have_all_failed(void *context)
{
	struct fixture *f = context;

	return atomic_load(&f->i.instance->ledger.failures) == runs(f);
}

static bool
is_settled(void *context)
{
	struct fixture *f = context;

	return schedule_settled(f->stage.schedule);
}

static char *
last_error(struct fixture *f)
{
	struct ledger *l = &f->i.instance->ledger;
	char *copy;

	pthread_mutex_lock(&l->lock);
	copy = strdup(l->last_error != NULL ? l->last_error : "");
	pthread_mutex_unlock(&l->lock);
	return copy;
}

/* ------------------------------------------------------------------- rhythm */

static void
test_few_targets_run_at_once(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 4);
	/* Spread over the days hardly one would run while we wait. */
	start(&f, 16, 1000 * 3600 * NS_PER_S);
	await_runs(&f, 16);
	stage_await(is_settled, &f);
	end(&f);
}

/* The first runs of many targets are spread, and then keep their phase. */
static void
test_many_targets_are_spread(void **state)
{
	enum { N = 200 };
	struct fixture f;
	struct target *t;
	unsigned early = 0, i;
	int64_t begun;

	(void)state;
	begin(&f, 4);
	begun = clock_mono_ns();
	start(&f, N, NS_PER_S);
	await_runs(&f, N);
	assert_true(clock_mono_ns() - begun > 700 * NS_PER_MS);
	await_runs(&f, 3 * N);
	stage_halt(&f.stage);
	for (i = 0; i < N; i++) {
		t = f.i.instance->targets[i];
		early += (uint64_t)t->due_mono_ns % NS_PER_S < NS_PER_S / 2;
	}
	assert_true(early > N / 4 && early < 3 * N / 4);
	end(&f);
}

/* The last run began as the clock said so. */
static bool
began_with_the_clock(void *context)
{
	struct fixture *f = context;
	struct ledger *l = &f->i.instance->ledger;
	int64_t at;

	pthread_mutex_lock(&l->lock);
	at = l->last_run_ns;
	pthread_mutex_unlock(&l->lock);
	return at % (NS_PER_S / 4) < 5 * NS_PER_MS;
}

static void
test_aligned_to_the_clock(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 4);
	stage_instance(&f.stage, &f.i, &acts_entry, &f.acts, 2, NS_PER_S / 4);
	f.i.instance->own.align = true;
	schedule_add(f.stage.schedule, f.i.instance);
	stage_run(&f.stage);
	/* A busy machine may be late for some; whoever keeps another rhythm is
	   so for all. */
	await_runs(&f, 8);
	stage_await(began_with_the_clock, &f);
	end(&f);
}

/* A run longer than the interval: the next is skipped and counted. */
static void
test_never_overlapping_skipped_and_counted(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 8);
	f.acts.least_ns = 130 * NS_PER_MS;
	f.acts.most_ns = 170 * NS_PER_MS;
	stage_instance(&f.stage, &f.i, &acts_entry, &f.acts, 2, 50 * NS_PER_MS);
	f.i.instance->own.deadline_ns = 10 * NS_PER_S;
	schedule_add(f.stage.schedule, f.i.instance);
	stage_run(&f.stage);
	await_runs(&f, 10);
	assert_true(f.i.instance->ledger.skipped >= 10);
	assert_int_equal(f.i.instance->ledger.failures, 0);
	end(&f);
}

/* acts_collect() aborts if it overlaps itself in a target. */
static void
test_random_durations_never_overlap(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 12);
	f.acts.most_ns = 25 * NS_PER_MS;
	stage_instance(
	    &f.stage, &f.i, &acts_entry, &f.acts, 40, 10 * NS_PER_MS);
	f.i.instance->own.deadline_ns = NS_PER_S;
	schedule_add(f.stage.schedule, f.i.instance);
	stage_run(&f.stage);
	await_runs(&f, 1500);
	assert_true(f.i.instance->ledger.skipped > 0);
	end(&f);
}

static void
test_serial_modules_are_queued(void **state)
{
	struct fixture f;
	struct pool_stats stats;

	(void)state;
	begin(&f, 8);
	f.acts.least_ns = f.acts.most_ns = 2 * NS_PER_MS;
	stage_instance(
	    &f.stage, &f.i, &acts_entry, &f.acts, 10, 100 * NS_PER_MS);
	f.i.module.descriptor.flags |= FARM_SERIAL;
	schedule_add(f.stage.schedule, f.i.instance);
	stage_run(&f.stage);
	await_runs(&f, 30);
	pool_stats(f.stage.pool, &stats, 0);
	assert_true(stats.peak_busy <= 2);
	end(&f);
}

/* ----------------------------------------------------------------- failures */

static void
test_failing_targets_back_off_and_return(void **state)
{
	struct fixture f;
	struct target *t;
	struct acts *acts;
	char *error;

	(void)state;
	begin(&f, 4);
	f.acts.act = FAIL;
	start(&f, 1, 20 * NS_PER_MS);
	await_runs(&f, 5);
	stage_await(is_backing_off, &f);
	error = last_error(&f);
	assert_string_equal(error, "told to fail");
	free(error);

	schedule_pause(f.stage.schedule, f.i.instance, true, NULL);
	stage_await(have_all_failed, &f);
	t = f.i.instance->targets[0];
	assert_true(t->breaker.failures >= 5);
	assert_true(t->breaker.until_mono_ns > 0);
	acts = f.i.instance->state;
	acts->act = SLEEP;
	schedule_pause(f.stage.schedule, f.i.instance, false, NULL);
	f.want = 0;
	stage_await(is_running, &f);
	end(&f);
}

static void
test_every_second_run_fails(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 4);
	f.acts.act = ALTERNATE;
	start(&f, 1, 10 * NS_PER_MS);
	await_runs(&f, 20);
	assert_int_equal(f.i.instance->status, INSTANCE_RUNNING);
	assert_true(f.i.instance->ledger.failures >= 9);
	end(&f);
}

static int
refuse_to_open(struct farm_host *host, void *state)
{
	struct acts *a = state;

	if (access(a->until, F_OK) == 0)
		return farm_fail(host, "%s: still there", a->until);
	return 0;
}

static bool
has_failed(void *context)
{
	struct fixture *f = context;

	return atomic_load(&f->i.instance->status) == INSTANCE_FAILED;
}

static void
test_open_is_tried_again(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 4);
	stage_instance(&f.stage, &f.i, &acts_entry, &f.acts, 1, NS_PER_S);
	f.i.module.descriptor.open = refuse_to_open;
	schedule_add(f.stage.schedule, f.i.instance);
	stage_run(&f.stage);
	stage_await(has_failed, &f);
	assert_true(schedule_settled(f.stage.schedule));
	unlink(f.hold);
	await_runs(&f, 1);
	assert_int_equal(f.i.instance->status, INSTANCE_RUNNING);
	end(&f);
}

/* -------------------------------------------------------------------- hangs */

static void
check_hang(int act, const char *want)
{
	struct fixture f;
	struct pool_stats stats;
	char *error;

	begin(&f, 4);
	f.acts.act = act;
	f.acts.only = "n000";
	start(&f, 3, 200 * NS_PER_MS);
	f.want = 1;
	stage_await(has_overrun, &f);
	error = last_error(&f);
	assert_string_equal(error, want);
	free(error);
	pool_stats(f.stage.pool, &stats, 0);
	assert_int_equal(stats.written_off, 1);
	/* The others go on, and the lost one gets no call. */
	await_runs(&f, runs(&f) + 6);
	assert_int_equal(f.i.instance->status, INSTANCE_RUNNING);
	assert_int_equal(
	    schedule_run_now(f.stage.schedule, f.i.instance, "n000", NULL), -1);
	unlink(f.hold);
	f.want = runs(&f) + 6;
	stage_await(has_run, &f);
	end(&f);
	assert_int_equal(f.acts.act, act);
}

static void
test_a_hanging_run_is_reported(void **state)
{
	(void)state;
	check_hang(HANG, "past its deadline of 200ms, hangs in poll "
			 "(libc.so.6)");
}

static void
test_a_spinning_run_is_reported(void **state)
{
	(void)state;
	check_hang(SPIN, "past its deadline of 200ms, runs on the CPU in acts");
}

static bool
has_late_results(void *context)
{
	struct fixture *f = context;
	struct schedule_stats stats;

	schedule_stats(f->stage.schedule, &stats);
	return stats.late_results >= f->want;
}

static void
test_a_flood_is_refused_in_the_end(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 4);
	f.acts.act = FLOOD;
	start(&f, 1, NS_PER_S);
	f.want = 1;
	stage_await(has_late_results, &f);
	await_runs(&f, 1);
	/* Before it was given up, it was heard. */
	await_values(&f, 1);
	end(&f);
}

/* Remove gives up on what hangs, and can be asked again. */
static void
test_remove_does_not_wait_for_ever(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 4);
	f.acts.act = HANG;
	start(&f, 1, 100 * NS_PER_MS);
	f.want = 1;
	stage_await(has_overrun, &f);
	assert_int_equal(schedule_remove(f.stage.schedule, f.i.instance,
			     clock_mono_ns() + 50 * NS_PER_MS),
	    -1);
	assert_true(f.i.instance->opened);
	end(&f);
}

/* ------------------------------------------------------------- collect_many */

static void
test_sets(void **state)
{
	static const int manners[] = { WAKES, SIMPLE };
	struct fixture f;
	struct pool_stats stats;
	unsigned i;

	(void)state;
	for (i = 0; i < COUNT(manners); i++) {
		begin(&f, 8);
		f.many.manner = manners[i];
		f.many.takes_ns = 5 * NS_PER_MS;
		start_many(&f, 100, 200 * NS_PER_MS);
		await_runs(&f, 500);
		assert_int_equal(f.i.instance->ledger.failures, 0);
		pool_stats(f.stage.pool, &stats, 0);
		assert_true(stats.peak_busy <= 2);
		await_values(&f, 400);
		end(&f);
	}
}

static void
test_a_failing_set(void **state)
{
	struct fixture f;
	char *error;

	(void)state;
	begin(&f, 2);
	f.many.manner = FAILS;
	start_many(&f, 2, 50 * NS_PER_MS);
	await_runs(&f, 4);
	/* The first of each set was done before the call failed. */
	assert_true(f.i.instance->ledger.failures < runs(&f));
	error = last_error(&f);
	assert_string_equal(error, "told to fail");
	free(error);
	end(&f);
}

static void
test_a_silent_set_is_given_up(void **state)
{
	struct fixture f;
	char *error;

	(void)state;
	begin(&f, 2);
	f.many.manner = SILENT;
	start_many(&f, 3, 100 * NS_PER_MS);
	stage_await(is_hung, &f);
	error = last_error(&f);
	assert_string_equal(error,
	    "collect_many() is past its deadline of 100ms, hangs in "
	    "poll (libc.so.6)");
	free(error);
	assert_int_equal(f.i.instance->ledger.overruns, 3);
	unlink(f.hold);
	stage_await(is_running, &f);
	await_runs(&f, 6);
	end(&f);
}

/* ------------------------------------------------------------ many at a time
 */

/* As they took here: 50 ms and what a busy machine adds. */
static int64_t
longest_run(struct fixture *f)
{
	return histogram_quantile(&f->i.instance->ledger.wall, 0.99);
}

/* Statement 16, thirty times as fast: 300 targets of 33 to 50 ms each second
   need 10 to 15 threads. */
static void
test_300_targets(void **state)
{
	struct fixture f;
	struct pool_stats stats;
	int64_t sum = 0;
	int n = 0;

	(void)state;
	begin(&f, 64);
	f.acts.least_ns = 33 * NS_PER_MS;
	f.acts.most_ns = 50 * NS_PER_MS;
	start(&f, 300, NS_PER_S);
	await_runs(&f, 300);
	pool_stats(f.stage.pool, &stats, 1);
	while (runs(&f) < 1200) {
		pool_stats(f.stage.pool, &stats, 0);
		sum += stats.busy;
		n++;
		usleep(10000);
	}
	assert_true(sum / n >= 10);
	assert_true(sum / n <= 2 + 300 * longest_run(&f) / NS_PER_S);
	assert_int_equal(f.i.instance->ledger.failures, 0);
	/* Statement 20: without load the pool shrinks. */
	schedule_pause(f.stage.schedule, f.i.instance, true, NULL);
	do {
		usleep(10000);
		pool_stats(f.stage.pool, &stats, 0);
	} while (stats.threads > 0);
	end(&f);
}

static bool
only_the_hung_are_busy(void *context)
{
	struct fixture *f = context;
	struct pool_stats stats;

	pool_stats(f->stage.pool, &stats, 0);
	return stats.waiting == 0 && stats.busy == 20 - WRITTEN_OFF_MAX;
}

static uint64_t
skipped_by_the_others(struct fixture *f)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 20; i < 300; i++)
		n += f->i.instance->targets[i]->skipped;
	return n;
}

/* How many runs the others missed in five rounds. */
static uint64_t
missed_in_five_rounds(struct fixture *f)
{
	uint64_t before = skipped_by_the_others(f);

	stage_run(&f->stage);
	await_runs(f, runs(f) + 1400);
	stage_halt(&f->stage);
	stage_await(only_the_hung_are_busy, f);
	return skipped_by_the_others(f) - before;
}

/* Statement 17: with 20 of 300 hung the others keep their period.  If those
   were in their way, it would be so in each round. */
static void
test_300_targets_20_hung(void **state)
{
	struct fixture f;
	int64_t until = clock_mono_ns() + 3 * STAGE_BOUND;
	uint64_t others = 0;
	unsigned i;

	(void)state;
	begin(&f, 64);
	f.acts.act = HANG;
	f.acts.only = "n00";
	f.acts.least_ns = 10 * NS_PER_MS;
	f.acts.most_ns = 20 * NS_PER_MS;
	stage_instance(&f.stage, &f.i, &acts_entry, &f.acts, 300, NS_PER_S);
	for (i = 10; i < 20; i++) {
		char *name = (char *)f.i.instance->targets[i]->view.node;

		name[2] = '0';
		name[3] = (char)('a' + i - 10);
	}
	schedule_add(f.stage.schedule, f.i.instance);
	stage_run(&f.stage);
	f.want = 20;
	stage_await(has_overrun, &f);
	stage_halt(&f.stage);
	stage_await(only_the_hung_are_busy, &f);
	/* A machine that stood still for a second has another chance. */
	while (missed_in_five_rounds(&f) > 0)
		assert_true(clock_mono_ns() < until);
	for (i = 20; i < 300; i++)
		others += f.i.instance->targets[i]->runs;
	assert_int_equal(others, runs(&f));
	end(&f);
}

/* More hangs than threads may be lost: the instance stops, and comes back. */
static void
test_too_many_hung(void **state)
{
	struct fixture f;
	struct pool_stats stats;

	(void)state;
	begin(&f, 8);
	f.acts.act = HANG;
	start(&f, 40, 200 * NS_PER_MS);
	stage_await(is_hung, &f);
	pool_stats(f.stage.pool, &stats, 0);
	assert_int_equal(stats.written_off, WRITTEN_OFF_MAX);
	unlink(f.hold);
	stage_await(is_running, &f);
	await_runs(&f, runs(&f) + 40);
	end(&f);
}

static void
test_json(void **state)
{
	struct fixture f;
	struct buffer b = BUFFER_INIT;

	(void)state;
	begin(&f, 2);
	start(&f, 1, 3600 * NS_PER_S);
	await_runs(&f, 1);
	schedule_targets_json(f.stage.schedule, f.i.instance, &b);
	assert_non_null(strstr(buffer_text(&b),
	    "[{\"node\":\"n000\",\"address\":\"n000\",\"state\":\"idle\","
	    "\"runs\":1,\"failures\":0,\"skipped\":0,\"overruns\":0,"));
	assert_non_null(strstr(buffer_text(&b), "\"last_error\":null}]"));
	buffer_free(&b);
	end(&f);
}

static int
quiet(void **state)
{
	(void)state;
	log_setup(LOG_LEVEL_ERROR, 0);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_targets_run_at_once),
		cmocka_unit_test(test_many_targets_are_spread),
		cmocka_unit_test(test_aligned_to_the_clock),
		cmocka_unit_test(test_never_overlapping_skipped_and_counted),
		cmocka_unit_test(test_random_durations_never_overlap),
		cmocka_unit_test(test_serial_modules_are_queued),
		cmocka_unit_test(test_failing_targets_back_off_and_return),
		cmocka_unit_test(test_every_second_run_fails),
		cmocka_unit_test(test_open_is_tried_again),
		cmocka_unit_test(test_a_hanging_run_is_reported),
		cmocka_unit_test(test_a_spinning_run_is_reported),
		cmocka_unit_test(test_a_flood_is_refused_in_the_end),
		cmocka_unit_test(test_remove_does_not_wait_for_ever),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_a_failing_set),
		cmocka_unit_test(test_a_silent_set_is_given_up),
		cmocka_unit_test(test_300_targets),
		cmocka_unit_test(test_300_targets_20_hung),
		cmocka_unit_test(test_too_many_hung),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
