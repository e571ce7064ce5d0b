/* A collector that does what ends a process, or should. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <farm/module.h>

/* What a worker talks to farmd at. */
#define SOCKET 3
#define PAGE 65536

enum act {
	WELL,
	SEGV,
	ABORT,
	EXIT,
	LEAK,
	GULP,
	SPIN,
	FLOOD,
	FORK,
	CLOSE,
	GARBAGE,
	HALF,
	BAD_FRAME,
	SILENCE,
	CHATTER,
};

struct crashes {
	int act;
	const char *until; /* only as long as this file is there */
	const char *only;  /* nodes whose name begins so */
	bool in_open;
};

static const struct farm_option crashes_options[] = {
	FARM_OPTION_ENUM("act", struct crashes, act, "well",
	    "well|segv|abort|exit|leak|gulp|spin|flood|fork|close|garbage|half|"
	    "bad_frame|silence|chatter",
	    "what to do"),
	FARM_OPTION_PATH("until", struct crashes, until, NULL,
	    "only as long as this file is there"),
	FARM_OPTION_STRING("only", struct crashes, only, "",
	    "only for nodes whose names begin so"),
	FARM_OPTION_BOOLEAN(
	    "in_open", struct crashes, in_open, "false", "in open()"),
	FARM_OPTION_END
};

/* All there is, slow enough to be seen at it or too fast for that. */
static void
leak(int pause_ns)
{
	char *p;
	int i;

	for (i = 0;; i++) {
		p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			abort();
		memset(p, 1, PAGE);
		if (pause_ns > 0 && i % 4 == 0)
			nanosleep(
			    &(struct timespec){ .tv_nsec = pause_ns }, NULL);
	}
}

static int
flood(struct farm_host *host, struct farm_target *target)
{
	int i;

	for (i = 0;; i++)
		if (farm_emit_double(host, target, "flood", i) != 0)
			return -1;
}

/* Two that live on: one in the group of the worker, one beside it. */
static void
leave_children(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (fork() != 0)
			continue;
		if (i == 1)
			(void)setsid();
		for (;;)
			pause();
	}
}

static void
write_bytes(const void *bytes, size_t size)
{
	(void)!send(SOCKET, bytes, size, MSG_NOSIGNAL);
}

/* A whole message that says it is a frame, and is none. */
static void
write_bad_frame(void)
{
	static const char message[12 + 40] = { 40, 0, 0, 0, 1, 0, 0, 0, 67 };
	char seat;

	for (seat = 1; seat < 64; seat++) {
		char copy[sizeof(message)];

		memcpy(copy, message, sizeof(copy));
		copy[4] = seat;
		write_bytes(copy, sizeof(copy));
	}
}

static void
chatter(void)
{
	int i;

	for (i = 0; i < 1000; i++)
		(void)fprintf(stderr, "line %d of a module\n", i);
}

static void
stop_all_threads(void)
{
	(void)raise(SIGSTOP);
}

static int
act(const struct crashes *c, struct farm_host *host, struct farm_target *target)
{
	static const char garbage[] = "this is no message of anybody";
	volatile int *nowhere = NULL;
	volatile int i;

	switch (c->act) {
	case SEGV:
		return *nowhere;
	case ABORT:
		abort();
	case EXIT:
		_exit(3); /* a sanitizer would attach to itself at exit(), and
			     may not */
	case LEAK:
		leak(10000000);
		return 0;
	case GULP:
		leak(0);
		return 0;
	case SPIN:
		for (i = 0;; i = 0)
			;
	case FLOOD:
		return flood(host, target);
	case FORK:
		leave_children();
		return 0;
	case CLOSE:
		for (i = 0; i < 64; i++)
			if (i != 2)
				(void)close(i);
		return 0;
	case GARBAGE:
		write_bytes(garbage, sizeof(garbage));
		return 0;
	case HALF:
		write_bytes("\xff\xff\0\0\1\0\0\0\104\0\0\0", 12);
		return 0;
	case BAD_FRAME:
		write_bad_frame();
		return 0;
	case SILENCE:
		stop_all_threads();
		return 0;
	case CHATTER:
		chatter();
		return 0;
	default:
		return 0;
	}
}

static bool
is_held(const struct crashes *c)
{
	return c->until == NULL || access(c->until, F_OK) == 0;
}

static int
crashes_open(struct farm_host *host, void *state)
{
	const struct crashes *c = state;

	return c->in_open && is_held(c) ? act(c, host, NULL) : 0;
}

static int
crashes_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct crashes *c = state;
	uint64_t *runs = target->state;
	int rc = 0;

	if (!c->in_open && is_held(c) &&
	    strncmp(target->node, c->only, strlen(c->only)) == 0)
		rc = act(c, host, target);
	if (rc != 0)
		return rc;
	(void)farm_emit_int64(host, target, "pid", getpid());
	return farm_emit_uint64(host, target, "runs", ++*runs);
}

FARM_MODULE(crashes, FARM_COLLECTOR) = {
	.summary = "does what ends a process",
	.options = crashes_options,
	.state_size = sizeof(struct crashes),
	.target_state_size = sizeof(uint64_t),
	.open = crashes_open,
	.collector = { .collect = crashes_collect },
};
