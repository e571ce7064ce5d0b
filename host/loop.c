#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "schedule.h"

/* What the loop reads; the others are left as they are. */
static void
loop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGHUP);
}

static void
ending_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

int
loop_open(struct loop *l, struct error *err)
{
	sigset_t set;

	*l = (struct loop){ .signals = -1, .wake = -1 };
	(void)signal(SIGPIPE, SIG_IGN);
	/* A bound on the size of files is an error like a full disk. */
	(void)signal(SIGXFSZ, SIG_IGN);
	loop_signals(&set);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return error_set(err, "cannot block signals");
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->signals < 0 || l->wake < 0) {
		error_set(err, "cannot wait for signals: %m");
		loop_close(l);
		return -1;
	}
	return 0;
}

void
loop_close(struct loop *l)
{
	if (l->signals >= 0)
		close(l->signals);
	if (l->wake >= 0)
		close(l->wake);
	l->signals = l->wake = -1;
}

static void
wake(void *context)
{
	const struct loop *l = context;
	uint64_t one = 1;

	(void)!write(l->wake, &one, sizeof(one));
}

void
loop_watch(struct loop *l, struct schedule *schedule)
{
	schedule_on_wake(schedule, wake, l);
}

/* In ms, rounded up so that the time has come when poll() returns. */
static int
poll_timeout(int64_t until_mono_ns)
{
	int64_t left = until_mono_ns - clock_mono_ns();
	int64_t longest = 1000 * NS_PER_MS;

	if (left <= 0)
		return 0;
	if (left > longest)
		left = longest;
	return (int)((left + NS_PER_MS - 1) / NS_PER_MS);
}

static void
read_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			l->reload = true;
			l->reload_uid = info.ssi_uid;
			l->reload_pid = (pid_t)info.ssi_pid;
			continue;
		}
		if (info.ssi_signo == SIGUSR1) {
			l->dump = true;
			continue;
		}
		log_line(LOG_LEVEL_NOTICE, "main", "%s from pid %u: ending",
		    strsignal((int)info.ssi_signo), info.ssi_pid);
		l->ending = true;
	}
}

void
loop_wait(struct loop *l, int64_t until_mono_ns)
{
	struct pollfd fds[] = {
		{ .fd = l->signals, .events = POLLIN },
		{ .fd = l->wake, .events = POLLIN },
	};
	uint64_t count;

	if (poll(fds, 2, poll_timeout(until_mono_ns)) < 0 && errno != EINTR) {
		log_line(LOG_LEVEL_ERROR, "main", "poll: %s", strerror(errno));
		l->ending = true;
	}
	if (fds[0].revents != 0)
		read_signals(l);
	if (fds[1].revents != 0)
		(void)!read(l->wake, &count, sizeof(count));
}

static void
end_at_once(int signal_number)
{
	(void)signal_number;
	_exit(2);
}

void
loop_end(struct loop *l)
{
	struct sigaction action = { .sa_handler = end_at_once };
	sigset_t set;

	l->ending = true;
	ending_signals(&set);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
