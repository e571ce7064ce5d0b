/*
 * trial.h - somebody else's code tried in a child process that is thrown away:
 * what crashes, exits or hangs there is an answer like any other.  For worker
 * programs, never for a module: it forks.
 */
#ifndef LIB_TRIAL_H
#define LIB_TRIAL_H

#include <stdint.h>

#include "buffer.h"
#include "error.h"

/* Does its work and writes to `answer'; what it returns is the exit status. */
typedef int trial_work(void *cookie, int answer);

struct trial {
	struct buffer answer; /* the caller's, to be freed */
	int status;	      /* as waitpid() gives it; killed by SIGKILL when the
				 time was over */
};

/* -1 with the reason if there is no process to be had. */
int trial_run(trial_work *, void *cookie, int64_t limit_ns, struct trial *ret,
    struct error *);
/* How it ended, if that was not an exit with 0: "signal 11, Segmentation
   fault", "exit(3)". */
void trial_end(int status, struct error *ret);

#endif
