/*
 * loop.h - the main thread's loop: signals, the schedule's times, the log's.
 */
#ifndef HOST_LOOP_H
#define HOST_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

struct schedule;

struct loop {
	int signals; /* signalfd */
	int wake;    /* eventfd, written by any thread */
	bool ending; /* SIGINT or SIGTERM came */
	bool dump;   /* SIGUSR1 came; who answers it clears this */
	bool reload; /* SIGHUP came; likewise */
	uid_t reload_uid;
	pid_t reload_pid;
};

/*
 * Block the signals the loop handles (before any thread is made) and open the
 * descriptors.  A second SIGINT or SIGTERM, while ending, ends the process at
 * once with status 2.
 */
int loop_open(struct loop *, struct error *);
void loop_close(struct loop *);
/* Be woken when the schedule needs a step. */
void loop_watch(struct loop *, struct schedule *);
/* Wait for a signal, a wake or the time; handles the signal. */
void loop_wait(struct loop *, int64_t until_mono_ns);
/* From now on a signal to end is fatal at once. */
void loop_end(struct loop *);

#endif
