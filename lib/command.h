/*
 * command.h - programs that are run for what they say: no shell between, a
 * deadline, bounds in bytes, and nothing of them left afterwards.
 *
 * A command is a process group of its own, with LC_ALL=C and a plain PATH for
 * environment and no descriptor but 0 to 2.  Its end is that of the program
 * itself: what the program left running in its group is killed then, and what
 * has left the group is not waited for.  The program is killed when the thread
 * that started it ends, and so with us, however that comes; one that is kept
 * gets SIGTERM.
 *
 * Any thread, one thread at a time for each command.
 */
#ifndef LIB_COMMAND_H
#define LIB_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

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

/* That a command holds while it runs. */
#define COMMAND_DESCRIPTORS 5

/* What the system lets a program have; 0: as much as us. */
struct command_limits {
	int64_t memory; /* bytes of address space */
	int64_t cpu_s;
	int64_t files;	   /* open at once */
	int64_t processes; /* of its user */
};

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
	bool kept; /* see command_put(); there is no other input then */
	const char *user; /* who runs it, with that one's groups, which takes
			     root; NULL: us */
	struct command_limits limits;
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
   command_step() to do, its deadline included.  What one that is not kept says
   in its first moments is none: most end within them. */
int command_fd(const struct command *);
/* Do what is to be done, without blocking; true once the command is over. */
bool command_step(struct command *);
/* What messages call it. */
const char *command_shown(const struct command *);
bool command_is_over(const struct command *);
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

/*
 * A command that is kept is talked with while it runs.  Its stdin is a pipe.
 * What it says is taken a piece at a time: with output_max bytes waiting it is
 * held up, not ended.
 *
 * Bytes for its stdin, without blocking: how many went there; -1 if it reads
 * no more.  SIGPIPE is to be ignored, as farmd does.
 */
ssize_t command_put(struct command *, const void *bytes, size_t size);
/* Polls writable when some would go there; -1 if it reads no more. */
int command_input_fd(const struct command *);
/* No more comes: it reads the end of its stdin. */
void command_hang_up(struct command *);
/* So many bytes at the beginning of what it said on stdout and stderr have been
   seen to. */
void command_taken(struct command *, size_t output, size_t errors);
/* A signal for the program itself. */
void command_signal(struct command *, int signal);

/* Can we run something as this user? */
int command_check_user(const char *user, struct error *);

/* How many bytes at the beginning mean nothing to a shell. */
size_t command_plain(const char *text);
/* A word as a shell reads it back, in quotes if it needs them. */
void command_quote(struct buffer *, const char *word);
/* A whole command line so. */
void command_line(struct buffer *, const char *const *argv);

#endif
