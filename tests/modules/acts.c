/* A collector that does what tests need: sleep, hang, spin, fail, flood. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <farm/module.h>

enum act { SLEEP, HANG, SPIN, FAIL, ALTERNATE, FLOOD, BAD_NAMES };

struct acts {
	int act;
	int64_t least_ns; /* how long a run takes */
	int64_t most_ns;
	const char *only;  /* nodes whose name begins so; the others sleep */
	const char *until; /* hang and spin as long as this file is there */
};

struct acts_target {
	atomic_int inside;
	unsigned runs;
	unsigned seed;
};

static const struct farm_option acts_options[] = {
	FARM_OPTION_ENUM("act", struct acts, act, "sleep",
	    "sleep|hang|spin|fail|alternate|flood|bad_names", "what to do"),
	FARM_OPTION_DURATION("least", struct acts, least_ns, "0s", 0, 0,
	    "a run takes at least this"),
	FARM_OPTION_DURATION("most", struct acts, most_ns, "0s", 0, 0,
	    "a run takes at most this"),
	FARM_OPTION_STRING("only", struct acts, only, "",
	    "nodes whose names begin so act, the others sleep"),
	FARM_OPTION_PATH("until", struct acts, until, NULL,
	    "hang as long as this file is there"),
	FARM_OPTION_END
};

static const struct farm_parameter acts_parameters[] = {
	{ "runs", FARM_COUNTER64, "1", "runs so far" },
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

static void
hang(const struct acts *a)
{
	do
		pause_ns(20000000);
	while (access(a->until, F_OK) == 0);
}

static void
spin(const struct acts *a)
{
	volatile unsigned i;

	do
		for (i = 0; i < 20000000; i++)
			;
	while (access(a->until, F_OK) == 0);
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
bad_names(struct farm_host *host, struct farm_target *target)
{
	(void)farm_emit_double(host, target, "good", 1);
	(void)farm_emit_double(host, target, "", 2);
	(void)farm_emit_double(host, target, "bad\nname", 3);
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
		hang(a);
		return 0;
	case SPIN:
		spin(a);
		return 0;
	case FAIL:
		return farm_fail(host, "told to fail");
	case ALTERNATE:
		return t->runs % 2 == 0 ? 0 : farm_fail(host, "every second");
	case FLOOD:
		return flood(host, target);
	case BAD_NAMES:
		return bad_names(host, target);
	default:
		return 0;
	}
}

static int
acts_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct acts *a = state;
	struct acts_target *t = target->state;
	int rc;

	/* The first promise of the contract. */
	if (atomic_exchange(&t->inside, 1) != 0)
		abort();
	if (t->runs++ == 0)
		t->seed = (unsigned)(uintptr_t)target;
	take_time(a, t);
	rc = act(host, a, target);
	if (rc == 0)
		rc = farm_emit_uint64(host, target, "runs", t->runs);
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
