/*
 * command.h - programs that are run for what they say: no shell between, a
 * deadline, bounds in bytes, and nothing of them left afterwards.
 *
 * A command is a process group of its own, with LC_ALL=C and a plain PATH for
 * environment and no descriptor but 0 to 2.  Its end is that of the program
 * itself: what the program left running in its group is killed then, and what
 * has left the group is not waited for.
 *
 * Any thread, one thread at a time for each command.
 */
#ifndef LIB_COMMAND_H
#define LIB_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"

/* SIGTERM comes so long before the deadline, SIGKILL at it; a quarter of the
   time there is, if that is less. */
#define COMMAND_GRACE_NS INT64_C(1000000000)
/* Where programs are looked for. */
#define COMMAND_PATH                                                           \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* What is kept of stderr; the rest is read and forgotten. */
#define COMMAND_ERRORS_MAX 65536

/* What is to be run.  All borrowed until command_start() has returned. */
struct command_order {
	const char *const *argv; /* NULL at the end; [0] is looked for in PATH
				    unless it holds a slash */
	const char *const *environment; /* "NAME=value" beside, or instead of,
					   the plain ones; NULL at the end;
					   may be NULL */
	const char *shown; /* what messages call it; NULL: the command line */
	const void *input; /* for stdin; /dev/null if input_size is 0 */
	size_t input_size;
	size_t output_max;   /* bytes of stdout; a program that says more is
				ended */
	int64_t deadline_ns; /* of CLOCK_MONOTONIC; INT64_MAX: none */
};

enum command_end {
	COMMAND_EXITED,	   /* by itself, with `code' */
	COMMAND_SIGNALLED, /* by signal `code' of somebody else */
	COMMAND_LATE,	   /* ended at its deadline */
	COMMAND_FLOODED,   /* ended because it said too much */
	COMMAND_CANCELLED, /* ended by command_cancel() */
};

struct command_result {
	enum command_end end;
	int code;
	struct buffer output; /* of stdout, at most output_max */
	struct buffer errors; /* the first of stderr */
	int64_t wall_ns;
	int64_t cpu_ns; /* its own and its children's that it waited for */
};

struct command;

/*
 * Start it.  On success *ret is the caller's, for command_free().  Blocks only
 * as long as it takes to execute the program.
 */
int command_start(struct command **ret, const struct command_order *,
    struct error *);
/* A descriptor that polls readable (epoll too) when there is something for
   command_step() to do, its deadline included. */
int command_fd(const struct command *);
/* Do what is to be done, without blocking; true once the command is over. */
bool command_step(struct command *);
/* End it: SIGTERM now, SIGKILL after the grace.  command_step() goes on. */
void command_cancel(struct command *);
/* Of a command that is over. */
const struct command_result *command_result(const struct command *);
/*
 * Did it exit with 0?  Else -1, and how it ended with what it said on stderr:
 * "squeue -h: ended with status 1: Unable to contact slurm controller".
 */
int command_check(const struct command *, struct error *);
/* ": " and what it said on stderr, as one line that may be cut; nothing if it
   said nothing. */
void command_said(struct buffer *, const struct command_result *);
/* Kill it if it is not over, which may block until it is dead.  NULL is
   fine. */
void command_free(struct command *);

/*
 * Start it and wait until it is over, or until cancel_fd (-1: none) polls
 * readable, when it is cancelled.  -1 if it could not be started or memory ran
 * out; how it ended is for command_check().
 */
int command_run(struct command **ret, const struct command_order *,
    int cancel_fd, struct error *);

/* A word as a shell reads it back, in quotes if it needs them. */
void command_quote(struct buffer *, const char *word);
/* A whole command line so. */
void command_line(struct buffer *, const char *const *argv);

#endif
