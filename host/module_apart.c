/*
 * A module is loaded by a process that is thrown away: what its constructors
 * do, they do there, and with nothing in their hands.
 */
#include "module_sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "spawner.h"

#define ANSWER_FD 3
#define ANSWER_NS (10 * NS_PER_S)
#define ANSWER_BYTES (16 << 20)

extern char **environ;

/* ------------------------------------------------------- the other process --
 */

/* It reads, and that is all; a kernel that cannot see to that is not its
   fault. */
static int
confine(struct error *err)
{
	static const struct spawner_limits limits = {
		.read_only = true,
		.system_calls = true,
	};
	struct error lacks = { .text = "" };
	uint32_t set = 0;

	if (spawner_confine(&limits, &set, &lacks, err) != 0 ||
	    confine_exec(err) < 0)
		return -1;
	return 0;
}

static void
answer(const void *bytes, size_t size)
{
	const char *p = bytes;
	ssize_t n;

	while (size > 0) {
		n = write(ANSWER_FD, p, size);
		if (n < 0 && errno != EINTR)
			_exit(1);
		p += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
}

void
module_sheet_tell(const char *path)
{
	struct buffer sheet = BUFFER_INIT;
	struct module *m;
	struct error err;

	/* If nobody waits any more. */
	(void)alarm(2 * ANSWER_NS / NS_PER_S);
	if (confine(&err) != 0 || module_open(path, false, &m, &err) != 0) {
		answer("1", 1);
		answer(err.text, strlen(err.text));
		_exit(0);
	}
	buffer_putc(&sheet, '0');
	module_sheet_put(&sheet, m);
	if (buffer_failed(&sheet))
		_exit(1);
	answer(sheet.data, sheet.size);
	/* Without handlers of the module's. */
	_exit(0);
}

/* ------------------------------------------------------------ who asks it --
 */

static int
start(const char *path, int answer_fd, pid_t *ret)
{
	char name[] = "farmd", option[] = MODULE_SHEET_OPTION;
	char *arguments[] = { name, option, (char *)path, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK |
					   POSIX_SPAWN_SETSIGDEF |
					   POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&files, 0, 1);
	posix_spawn_file_actions_adddup2(&files, answer_fd, ANSWER_FD);
	posix_spawn_file_actions_addclosefrom_np(&files, ANSWER_FD + 1);
	rc = posix_spawn(
	    ret, "/proc/self/exe", &files, &how, arguments, environ);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

/* Until its end; false if that did not come in time. */
static bool
read_answer(int fd, struct buffer *to)
{
	int64_t end = clock_mono_ns() + ANSWER_NS, left = ANSWER_NS;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n = 1;
	char *room;

	while (n != 0 && left > 0 && to->size < ANSWER_BYTES) {
		if (poll(&p, 1, (int)(left / NS_PER_MS) + 1) > 0) {
			room = buffer_room(to, 65536);
			n = room != NULL ? read(fd, room, 65536) : 0;
			if (n > 0)
				buffer_added(to, (size_t)n);
		}
		left = end - clock_mono_ns();
	}
	return n == 0;
}

static int
await_end(pid_t pid, bool kill_it)
{
	int status = 0;

	if (kill_it)
		(void)killpg(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* What came of it: the sheet, its word, or its end. */
static int
judge(const char *path, bool in_time, int status, struct buffer *answer,
    struct error *err)
{
	const char *text = buffer_text(answer);
	int s = WTERMSIG(status);

	if (!in_time)
		return error_set(err, "%s: was not loaded within 10s", path);
	if (WIFSIGNALED(status))
		return error_set(err, "%s: crashed (SIG%s) while it was loaded",
		    path, sigabbrev_np(s) != NULL ? sigabbrev_np(s) : "?");
	if (answer->size > 0 && text[0] == '1')
		return error_set(err, "%s", text + 1);
	if (answer->size == 0 || text[0] != '0' || WEXITSTATUS(status) != 0)
		return error_set(err,
		    "%s: ended with status %d while it was loaded", path,
		    WEXITSTATUS(status));
	return 0;
}

int
module_sheet_ask(const char *path, struct buffer *ret, struct error *err)
{
	struct buffer whole = BUFFER_INIT;
	int pipe[2], rc, status;
	bool in_time;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC) != 0)
		return error_set(err, "%s: a pipe: %m", path);
	rc = start(path, pipe[1], &pid);
	close(pipe[1]);
	if (rc != 0) {
		close(pipe[0]);
		return error_set(
		    err, "%s: cannot start: %s", path, strerrordesc_np(rc));
	}
	in_time = read_answer(pipe[0], &whole);
	close(pipe[0]);
	status = await_end(pid, !in_time);
	rc = judge(path, in_time, status, &whole, err);
	if (rc == 0)
		buffer_put(ret, whole.data + 1, whole.size - 1);
	if (rc == 0 && buffer_failed(ret))
		rc = error_set(err, "%s: out of memory", path);
	buffer_free(&whole);
	return rc;
}
