/*
 * spawner.h - the spawn helper: a small process between farmd and its workers.
 *
 * It starts them, because farmd has threads and must not fork; it is their
 * parent and the reaper of what they leave behind; and it outlives farmd for
 * as long as it takes to kill them all, however farmd ended.
 */
#ifndef HOST_SPAWNER_H
#define HOST_SPAWNER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "confine.h"
#include "error.h"

/* The option that makes farmd the helper. */
#define SPAWNER_OPTION "--spawn-helper"
/* Users and groups have names of at most this, here as in login.defs. */
#define SPAWNER_NAME_MAX 255
#define SPAWNER_PATHS_MAX 4096

/* What a process is started with; 0, false and "" leave things as they are. */
struct spawner_limits {
	int64_t memory;	 /* bytes of address space */
	int64_t files;	 /* descriptors */
	int64_t nice;	 /* added to farmd's own */
	int64_t cpu_time_ns;
	struct confine_group share; /* of the machine, by a cgroup */
	uint64_t capabilities; /* a set of bits; it gets no others */
	bool read_only;	   /* it writes below `write' only */
	bool system_calls; /* those that no module needs are refused */
	bool no_exec;	   /* farmd --worker only: it starts no program */
	char write[SPAWNER_PATHS_MAX]; /* each ends in a newline */
	char user[SPAWNER_NAME_MAX + 1];
	char group[SPAWNER_NAME_MAX + 1];
};

bool spawner_limits_equal(const struct spawner_limits *,
    const struct spawner_limits *);

enum spawner_event {
	SPAWNER_STARTED = 1, /* pid and confined are set; text says what of its
				limits cannot be */
	SPAWNER_FAILED = 2,  /* text says why */
	SPAWNER_ENDED = 3,   /* status, cpu_ns, rss_bytes are set */
};

struct spawner_report {
	uint32_t event;
	uint32_t id;
	int32_t pid;
	int32_t status; /* as of wait() */
	uint32_t confined; /* a set of enum confinement */
	int64_t cpu_ns;
	int64_t rss_bytes; /* the most it had */
	char text[256];
};

/* --- farmd's side; one thread --- */

/* Start the helper: its socket, or -1 with the reason. */
int spawner_start(struct error *);
/* Control groups of workers are made below `cgroup'; "": where /proc says that
 * farmd is, if that was delegated.
 *
 * Start `program' ("" for farmd --worker) with `socket' at WORKER_FD and
 * `output' as its stderr.  The answer is a report; -1 if it could not even be
 * asked for.
 */
int spawner_ask(int helper, uint32_t id, const char *program,
    const char *cgroup, const struct spawner_limits *, int socket, int output,
    struct error *);
/* Kill it and its whole group; ENDED follows. */
void spawner_kill(int helper, uint32_t id);
/* The next report: 1, 0 if there is none now, -1 if the helper is gone. */
int spawner_next(int helper, struct spawner_report *ret);

/* --- the helper's side --- */

/* The whole life of the helper; an exit status. */
int spawner_helper_main(void);
/* In the child, before exec(): as the limits say; -1 with the reason.  What
   holds is added to `ret_set', what the kernel cannot do said in `ret_lacks'. */
int spawner_confine(const struct spawner_limits *, uint32_t *ret_set,
    struct error *ret_lacks, struct error *);

#endif
