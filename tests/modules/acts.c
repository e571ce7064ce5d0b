/* A collector that does what tests need: sleep, hang, spin, fail, flood. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <farm/module.h>

#include "held.h"

enum act { SLEEP, HANG, SPIN, FAIL, ALTERNATE, FLOOD, BAD_NAMES, MANY, QUIET };

struct acts {
	int act;
	int64_t least_ns; /* how long a run takes */
	int64_t most_ns;
	const char *only;  /* nodes whose name begins so; the others sleep */
	const char *until; /* hang and spin as long as this file is there */
	const char *parameter; /* what counts the runs */
	int64_t count;         /* of `many' */
	bool stamp;
};

struct acts_target {
	atomic_int inside;
	unsigned runs;
	unsigned seed;
};

static const struct farm_option acts_options[] = {
	FARM_OPTION_ENUM("act", struct acts, act, "sleep",
	    "sleep|hang|spin|fail|alternate|flood|bad_names|many|quiet",
	    "what to do"),
	FARM_OPTION_DURATION("least", struct acts, least_ns, "0s", 0, 0,
	    "a run takes at least this"),
	FARM_OPTION_DURATION("most", struct acts, most_ns, "0s", 0, 0,
	    "a run takes at most this"),
	FARM_OPTION_STRING("only", struct acts, only, "",
	    "nodes whose names begin so act, the others sleep"),
	FARM_OPTION_PATH("until", struct acts, until, NULL,
	    "hang, spin, fail or be quiet as long as this file is there"),
	FARM_OPTION_STRING("parameter", struct acts, parameter, "runs",
	    "name of what counts the runs"),
	FARM_OPTION_INTEGER("count", struct acts, count, "0", 0, 10000000,
	    "many: so many parameters"),
	FARM_OPTION_BOOLEAN("stamp", struct acts, stamp, "false",
	    "also say when the run began"),
	FARM_OPTION_END
};

static const struct farm_parameter acts_parameters[] = {
	{ "runs", FARM_COUNTER64, "1", "runs so far" },
	{ "began", FARM_GAUGE, "ns", "start of the run, CLOCK_MONOTONIC" },
	{ "flood_*", FARM_GAUGE, "B", "one of very many" },
	{ 0 },
};

static void
pause_ns(int64_t ns)
{
	struct timespec t = { .tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000 };

	nanosleep(&t, NULL);
}

static void
take_time(const struct acts *a, struct acts_target *t)
{
	int64_t span = a->most_ns - a->least_ns;
	int64_t ns = a->least_ns;

	if (span > 0)
		ns += (int64_t)((double)rand_r(&t->seed) / RAND_MAX *
				(double)span);
	if (ns > 0)
		pause_ns(ns);
}

static bool
is_held(const struct acts *a)
{
	return a->until == NULL || access(a->until, F_OK) == 0;
}

static void
spin(const struct acts *a)
{
	volatile unsigned i;

	do
		for (i = 0; i < 20000000; i++)
			;
	while (is_held(a));
}

static int
flood(struct farm_host *host, struct farm_target *target)
{
	char name[] = "flood_a";
	int i;

	for (i = 0;; i++) {
		name[6] = (char)('a' + i % 26);
		if (farm_emit_double(host, target, name, i) != 0)
			return -1;
	}
}

static int
many(struct farm_host *host, const struct acts *a, struct farm_target *target)
{
	char name[32];
	int64_t i;

	for (i = 0; i < a->count; i++) {
		(void)snprintf(name, sizeof(name), "many_%lld", (long long)i);
		(void)farm_emit_int64(host, target, name, i);
	}
	return 0;
}

static int
bad_names(struct farm_host *host, struct farm_target *target)
{
	(void)farm_emit_double(host, target, "good", 1);
	(void)farm_emit_double(host, target, "bad\nname", 2);
	(void)farm_emit_double(host, target, "", 3);
	return farm_emit_double(host, target, "fine", 4);
}

static int
act(struct farm_host *host, const struct acts *a, struct farm_target *target)
{
	struct acts_target *t = target->state;
	size_t n = a->only != NULL ? strlen(a->only) : 0;

	if (n > 0 && strncmp(target->node, a->only, n) != 0)
		return 0;
	switch (a->act) {
	case HANG:
		hang_while_held(a->until);
		return 0;
	case SPIN:
		spin(a);
		return 0;
	case FAIL:
		return is_held(a) ? farm_fail(host, "told to fail") : 0;
	case ALTERNATE:
		return t->runs % 2 == 0 ? 0 : farm_fail(host, "every second");
	case FLOOD:
		return flood(host, target);
	case BAD_NAMES:
		return bad_names(host, target);
	case MANY:
		return many(host, a, target);
	default:
		return 0;
	}
}

static int64_t
mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static bool
is_quiet(const struct acts *a, const struct farm_target *target)
{
	return a->act == QUIET && is_held(a) &&
	       (a->only == NULL ||
		   strncmp(target->node, a->only, strlen(a->only)) == 0);
}

static int
tell(struct farm_host *host, const struct acts *a, struct farm_target *target,
    int64_t began)
{
	const struct acts_target *t = target->state;
	const char *name = a->parameter != NULL ? a->parameter : "runs";

	if (a->stamp && farm_emit_int64(host, target, "began", began) != 0)
		return -1;
	return farm_emit_uint64(host, target, name, t->runs);
}

static int
acts_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct acts *a = state;
	struct acts_target *t = target->state;
	int64_t began = mono_ns();
	int rc;

	/* The first promise of the contract. */
	if (atomic_exchange(&t->inside, 1) != 0)
		abort();
	if (t->runs++ == 0)
		t->seed = (unsigned)(uintptr_t)target;
	take_time(a, t);
	rc = act(host, a, target);
	if (rc == 0 && !is_quiet(a, target))
		rc = tell(host, a, target, began);
	atomic_store(&t->inside, 0);
	return rc;
}

FARM_MODULE(acts, FARM_COLLECTOR) = {
	.summary = "does what tests need",
	.options = acts_options,
	.parameters = acts_parameters,
	.state_size = sizeof(struct acts),
	.target_state_size = sizeof(struct acts_target),
	.collector = { .collect = acts_collect },
};
