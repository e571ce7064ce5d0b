#include "attempt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "callbacks.h"
#include "clock.h"
#include "configure.h"
#include "imports.h"
#include "load.h"
#include "output.h"
#include "settings.h"

/* Some libraries take their time to load. */
#define LIMIT_NS (20 * NS_PER_S)

/* ---------------------------------------------------------------- the child */

static void
silent(struct output *o, int severity, const char *plugin, const char *text)
{
	(void)o, (void)severity, (void)plugin, (void)text;
}

static void
put_registered(struct buffer *b)
{
	const char *between = "";
	enum callback_kind kind;

	if (configure_count() > 0) {
		buffer_puts(b, "config");
		between = ", ";
	}
	for (kind = 0; kind < CALLBACK_KINDS; kind++)
		if (callbacks_count(kind) > 0) {
			buffer_printf(
			    b, "%s%s", between, callback_kind_name(kind));
			between = ", ";
		}
}

/* A line: "+" and what it has registered, or "-" and why it does not load. */
_Noreturn static void
try_it(const char *name, int answer)
{
	struct output quiet = { .log = silent };
	plugin_ctx_t context = { .interval = interval_g };
	struct buffer b = BUFFER_INIT;
	struct error err;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	output = &quiet;
	if (load_plugin(name, &context, false, &err) == 0) {
		buffer_putc(&b, '+');
		put_registered(&b);
	} else {
		buffer_printf(&b, "-%s", err.text);
	}
	(void)!write(answer, buffer_text(&b), b.size);
	_exit(0);
}

/* --------------------------------------------------------------- the parent */

/* All the child says until its end, or the end of the time. */
static void
read_answer(int fd, struct buffer *ret)
{
	int64_t until = clock_mono_ns() + LIMIT_NS, left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char bytes[512];
	ssize_t n = 1;

	while (n > 0 && (left = until - clock_mono_ns()) > 0) {
		if (poll(&p, 1, (int)(left / NS_PER_MS) + 1) <= 0)
			continue;
		n = read(fd, bytes, sizeof(bytes));
		if (n > 0)
			buffer_put(ret, bytes, (size_t)n);
	}
}

static void
judge(struct attempt *a, const struct buffer *answer, int status)
{
	const char *text = buffer_text(answer);

	a->loads = text[0] == '+';
	if (a->loads)
		buffer_puts(&a->registered, text + 1);
	else if (text[0] == '-')
		error_set(&a->why, "%s", text + 1);
	else if (WIFSIGNALED(status))
		error_set(&a->why, "loading it ends the process: signal %d, %s",
		    WTERMSIG(status), sigdescr_np(WTERMSIG(status)));
	else
		error_set(&a->why, "loading it ends the process: exit(%d)",
		    WEXITSTATUS(status));
}

static int
try_in_child(const char *name, struct attempt *a, struct error *err)
{
	struct buffer answer = BUFFER_INIT;
	int fds[2], status = 0;
	pid_t pid;

	if (pipe(fds) != 0)
		return error_set(err, "a pipe: %m");
	pid = fork();
	if (pid == 0)
		try_it(name, fds[1]);
	close(fds[1]);
	if (pid > 0) {
		read_answer(fds[0], &answer);
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		judge(a, &answer, status);
	}
	close(fds[0]);
	buffer_free(&answer);
	return pid > 0 ? 0 : error_set(err, "fork: %m");
}

int
attempt_plugin(
    const char *path, const char *name, struct attempt *ret, struct error *err)
{
	memset(ret, 0, sizeof(*ret));
	(void)imports_package(ret->version, sizeof(ret->version));
	ret->imports = imports_check(path, NULL, &ret->why) == 0;
	if (!ret->imports)
		return 0;
	ret->why.text[0] = '\0';
	return try_in_child(name, ret, err);
}

void
attempt_free(struct attempt *a)
{
	buffer_free(&a->registered);
}
