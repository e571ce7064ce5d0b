#include "trial.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#define ANSWER_MAX (1 << 20)

/* All the child says until its end, or the end of the time. */
static void
read_answer(int fd, int64_t limit_ns, struct buffer *ret)
{
	int64_t until = clock_mono_ns() + limit_ns, left;
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

/* An exit() of theirs is not ours: what this program has not written yet is its
   own, and would be written twice. */
static void
end_at_once(int status, void *unused)
{
	(void)unused;
	_exit(status);
}

int
trial_run(trial_work *work, void *cookie, int64_t limit_ns, struct trial *ret,
    struct error *err)
{
	struct trial t = { .answer = { .limit = ANSWER_MAX } };
	int fds[2];
	pid_t pid;

	if (pipe(fds) != 0)
		return error_set(err, "a pipe: %m");
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)on_exit(end_at_once, NULL);
		close(fds[0]);
		_exit(work(cookie, fds[1]));
	}
	if (pid < 0)
		error_set(err, "fork: %m");
	close(fds[1]);
	if (pid > 0) {
		read_answer(fds[0], limit_ns, &t.answer);
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, &t.status, 0) < 0 && errno == EINTR)
			;
		*ret = t;
	}
	close(fds[0]);
	return pid > 0 ? 0 : -1;
}

void
trial_end(int status, struct error *ret)
{
	if (WIFSIGNALED(status))
		error_set(ret, "signal %d, %s", WTERMSIG(status),
		    sigdescr_np(WTERMSIG(status)));
	else
		error_set(ret, "exit(%d)", WEXITSTATUS(status));
}
