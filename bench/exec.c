/*
 * exec - what it costs us to run a program, theirs apart.
 * usage: exec [-m MB] [-t THREADS] [-n RUNS] PROGRAM [ARGUMENT...]: runs it
 * THREADS (2) at a time, RUNS (5000) in all, in a process that has touched MB
 * of memory first, and prints runs a second and our CPU time a run.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"

#define THREADS_MAX 64

struct work {
	const char *const *argv;
	atomic_long left;
	atomic_long failed;
};

static void *
run_some(void *context)
{
	struct work *w = context;
	struct command *c;
	struct error err;

	while (atomic_fetch_sub(&w->left, 1) > 0) {
		const struct command_order o = { .argv = w->argv,
			.output_max = 1 << 20,
			.deadline_ns = clock_mono_ns() + 30 * NS_PER_S };

		if (command_run(&c, &o, -1, &err) != 0) {
			if (atomic_fetch_add(&w->failed, 1) == 0)
				fprintf(stderr, "%s\n", err.text);
			continue;
		}
		command_free(c);
	}
	return NULL;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double
used(int who)
{
	struct rusage use;

	getrusage(who, &use);
	return seconds(use.ru_utime) + seconds(use.ru_stime);
}

/* Pages that are really there. */
static void *
touch(size_t mb)
{
	char *memory = malloc(mb << 20);

	if (memory != NULL)
		memset(memory, 1, mb << 20);
	return memory;
}

static int
measure(struct work *w, long threads, long runs)
{
	double before = used(RUSAGE_SELF), theirs = used(RUSAGE_CHILDREN);
	int64_t start_ns = clock_mono_ns();
	pthread_t ids[THREADS_MAX];
	double wall;
	long i;

	atomic_store(&w->left, runs);
	for (i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, run_some, w) != 0)
			return -1;
	for (i = 0; i < threads; i++)
		(void)pthread_join(ids[i], NULL);
	wall = (double)(clock_mono_ns() - start_ns) / NS_PER_S;
	printf("%.0f runs/s; CPU a run: ours %.3f ms, theirs %.3f ms; %ld "
	       "failed\n",
	    (double)runs / wall,
	    1e3 * (used(RUSAGE_SELF) - before) / (double)runs,
	    1e3 * (used(RUSAGE_CHILDREN) - theirs) / (double)runs,
	    atomic_load(&w->failed));
	return 0;
}

int
main(int argc, char **argv)
{
	long mb = 0, threads = 2, runs = 5000;
	struct work w = { .failed = 0 };
	void *memory;
	int option, rc;

	while ((option = getopt(argc, argv, "+m:t:n:")) != -1)
		if (option == 'm')
			mb = atol(optarg);
		else if (option == 't')
			threads = atol(optarg);
		else if (option == 'n')
			runs = atol(optarg);
		else
			return 2;
	if (optind == argc || mb < 0 || runs < 1 || threads < 1 ||
	    threads > THREADS_MAX) {
		fprintf(stderr,
		    "usage: exec [-m MB] [-t THREADS] [-n RUNS] PROGRAM...\n");
		return 2;
	}
	w.argv = (const char *const *)&argv[optind];
	memory = touch((size_t)mb);
	rc = measure(&w, threads, runs);
	free(memory);
	return rc == 0 && atomic_load(&w.failed) == 0 ? 0 : 1;
}
