/* Sets of targets in one call, as tests need them: well-behaved, simple,
   silent, failing. */
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <farm/module.h>

#include "held.h"

enum manner { WAKES, SIMPLE, SILENT, FAILS };

struct acts_many {
	int manner;
	int64_t takes_ns;  /* each target */
	const char *until; /* silent as long as this file is there */
	bool inside;
};

struct acts_many_target {
	int64_t ready_ns; /* monotonic; 0: not in hand */
};

static const struct farm_option acts_many_options[] = {
	FARM_OPTION_ENUM("manner", struct acts_many, manner, "wakes",
	    "wakes|simple|silent|fails", "how to behave"),
	FARM_OPTION_DURATION("takes", struct acts_many, takes_ns, "0s", 0, 0,
	    "how long each target takes"),
	FARM_OPTION_PATH("until", struct acts_many, until, NULL,
	    "silent as long as this file is there"),
	FARM_OPTION_END
};

#define IN_HAND_MAX 64

static int64_t
many_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void
many_pause(int64_t ns)
{
	struct timespec t = { .tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000 };

	nanosleep(&t, NULL);
}

static void
many_begin(const struct acts_many *a, struct farm_target *target)
{
	struct acts_many_target *t = target->state;

	if (t->ready_ns != 0)
		abort();
	t->ready_ns = many_now() + a->takes_ns;
}

/* Finish what is ready; returns how many are still in hand. */
static size_t
many_finish(struct farm_host *host, struct farm_target **in_hand, size_t n)
{
	struct acts_many_target *t;
	size_t left = 0, i;

	for (i = 0; i < n; i++) {
		t = in_hand[i]->state;
		if (t->ready_ns > many_now()) {
			in_hand[left++] = in_hand[i];
			continue;
		}
		t->ready_ns = 0;
		(void)farm_emit_double(host, in_hand[i], "rtt", 1);
		farm_done(host, in_hand[i]);
	}
	return left;
}

static int
many_wakes(struct farm_host *host, const struct acts_many *a,
    struct farm_target *const *targets, size_t n)
{
	struct pollfd wake = { .fd = farm_wake_fd(host), .events = POLLIN };
	struct farm_target *in_hand[IN_HAND_MAX];
	size_t have = 0, taken = 0, i, more;

	if (wake.fd < 0)
		return -1;
	for (;;) {
		for (; have < IN_HAND_MAX && taken < n; taken++) {
			many_begin(a, targets[taken]);
			in_hand[have++] = targets[taken];
		}
		more = (size_t)farm_more(
		    host, in_hand + have, IN_HAND_MAX - have);
		for (i = have; i < have + more; i++)
			many_begin(a, in_hand[i]);
		have = many_finish(host, in_hand, have + more);
		if (have == 0 && taken == n)
			return 0;
		(void)poll(&wake, 1, 2);
	}
}

static int
acts_many_collect(struct farm_host *host, void *state,
    struct farm_target *const *targets, size_t n)
{
	struct acts_many *a = state;
	size_t i;
	int rc = 0;

	if (a->inside)
		abort();
	a->inside = true;
	switch (a->manner) {
	case WAKES:
		rc = many_wakes(host, a, targets, n);
		break;
	case SIMPLE:
		many_pause(a->takes_ns);
		for (i = 0; i < n; i++)
			(void)farm_emit_double(host, targets[i], "rtt", 1);
		break;
	case SILENT:
		hang_while_held(a->until);
		break;
	default:
		farm_done(host, targets[0]);
		farm_done(host, targets[0]);
		rc = farm_fail(host, "told to fail");
		break;
	}
	a->inside = false;
	return rc;
}

/* How long it takes can change, how it behaves cannot. */
static int
acts_many_reconfigure(struct farm_host *host, void *state, const void *fresh)
{
	const struct acts_many *a = state, *b = fresh;

	(void)host;
	if (a->inside)
		abort();
	return a->manner == b->manner ? 0 : -1;
}

FARM_MODULE(acts_many, FARM_COLLECTOR) = {
	.summary = "does with many targets what tests need",
	.options = acts_many_options,
	.state_size = sizeof(struct acts_many),
	.target_state_size = sizeof(struct acts_many_target),
	.reconfigure = acts_many_reconfigure,
	.collector = { .collect_many = acts_many_collect },
};
