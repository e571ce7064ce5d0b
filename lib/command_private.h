/* command_private.h - between the files of a command. */
#ifndef LIB_COMMAND_PRIVATE_H
#define LIB_COMMAND_PRIVATE_H

#include <sys/types.h>

#include "arena.h"
#include "command.h"

struct command {
	struct command_result result;
	struct buffer shown;
	size_t output_max;
	pid_t pid;   /* 0: none, or reaped */
	int in;	     /* our ends of its pipes; -1: closed, or none */
	int out;
	int err;
	int process; /* pidfd */
	int timer; /* also -1 of a command that command_run() waits for */
	int epoll;
	int64_t started_ns;
	int64_t allowed_ns; /* from start to deadline, for messages */
	int64_t term_ns;    /* when it gets SIGTERM; INT64_MAX: not, or was */
	int64_t kill_ns;    /* when SIGKILL */
	int64_t patient_ns; /* until then what it says wakes nobody up;
			       INT64_MAX: no more so */
	bool kept;
	bool over;
};

/* Execute it with these for 0, 1 and 2. */
int command_spawn(pid_t *ret, const struct command_order *, const int files[3],
    struct error *);

/* A program that was found, and all it gets. */
struct command_launch {
	const char *program;
	const char *const *argv;
	const char *const *environment;
	const int *files; /* for 0, 1 and 2 */
	const char *user; /* NULL: us */
	struct command_limits limits;
	int last_signal; /* when the thread that started it ends */
};

int command_launch(pid_t *ret, const struct command_launch *, struct arena *,
    struct error *);

#endif
