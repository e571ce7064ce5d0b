/* A command from its start to its end, a step at a time. */
#include "command_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#define CHUNK 65536
/* Reads in one step, so that a flood does not keep a thread that has other
   commands; more than any pipe holds. */
#define READS_MAX 32

/*
 * Most programs say little and end soon: then there is one reason to wake up,
 * not one for each thing that happens on the way.  A pipe holds so long what
 * others say.
 */
#define PATIENCE_NS (50 * NS_PER_MS)

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* -------------------------------------------------------------- beginning --
 */

/* All of stdin, in memory: a program that does not read it costs nothing, and
   one that is gone raises no signal. */
static int
open_input(const struct command_order *o)
{
	const char *at = o->input;
	size_t left = o->input_size;
	ssize_t n;
	int fd;

	if (left == 0)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("stdin", MFD_CLOEXEC);
	while (fd >= 0 && left > 0) {
		n = write(fd, at, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close_fd(&fd);
			break;
		}
		at += n;
		left -= (size_t)n;
	}
	if (fd >= 0)
		(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

/* A pipe of which we have one end, without waiting: 0 is read, 1 written. */
static int
open_pipe(int ours, int *ret_ours, int *ret_theirs)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	*ret_ours = ends[ours];
	*ret_theirs = ends[1 - ours];
	return fcntl(*ret_ours, F_SETFL, O_NONBLOCK);
}

static int
watch(const struct command *c, int fd)
{
	struct epoll_event e = { .events = EPOLLIN };

	if (fd < 0 || epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &e) == 0)
		return 0;
	return errno == EEXIST ? 0 : -1;
}

/* When there is something to do, whatever the program does. */
static int64_t
next_ns(const struct command *c)
{
	int64_t at = c->term_ns < c->kill_ns ? c->term_ns : c->kill_ns;

	return at < c->patient_ns ? at : c->patient_ns;
}

static int
arm(const struct command *c)
{
	int64_t at = next_ns(c);
	struct itimerspec t = { .it_value = { 0 } };

	if (c->timer < 0)
		return 0;
	if (at != INT64_MAX) {
		/* 0 would disarm it. */
		at = at > 0 ? at : 1;
		t.it_value.tv_sec = at / NS_PER_S;
		t.it_value.tv_nsec = at % NS_PER_S;
	}
	return timerfd_settime(c->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

static void
set_times(struct command *c, int64_t deadline_ns)
{
	int64_t grace_ns = COMMAND_GRACE_NS;

	c->started_ns = clock_mono_ns();
	c->patient_ns = c->kept ? INT64_MAX : c->started_ns + PATIENCE_NS;
	c->term_ns = c->kill_ns = deadline_ns;
	if (deadline_ns == INT64_MAX)
		return;
	c->allowed_ns = deadline_ns - c->started_ns;
	if (grace_ns > c->allowed_ns / 4)
		grace_ns = c->allowed_ns > 0 ? c->allowed_ns / 4 : 0;
	c->term_ns -= grace_ns;
}

static int
watch_speech(const struct command *c)
{
	return watch(c, c->out) != 0 ? -1 : watch(c, c->err);
}

static int
prepare(struct command *c)
{
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (c->epoll < 0 || c->timer < 0 || watch(c, c->timer) != 0)
		return -1;
	if (c->kept && watch_speech(c) != 0)
		return -1;
	return arm(c);
}

static struct command *
command_new(const struct command_order *o)
{
	struct command *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->in = c->out = c->err = c->process = c->timer = c->epoll = -1;
	c->output_max = o->output_max;
	c->kept = o->kept;
	if (o->shown != NULL)
		buffer_puts(&c->shown, o->shown);
	else
		command_line(&c->shown, o->argv);
	set_times(c, o->deadline_ns);
	return c;
}

/* Everything but the program itself comes first, so that little can fail when
   it runs. */
static int
begin(struct command *c, const struct command_order *o, bool watched,
    struct error *err)
{
	int files[3] = { -1, -1, -1 }, rc = -1;

	if (o->kept)
		(void)open_pipe(1, &c->in, &files[0]);
	else
		files[0] = open_input(o);
	if (files[0] < 0 || open_pipe(0, &c->out, &files[1]) != 0 ||
	    open_pipe(0, &c->err, &files[2]) != 0 ||
	    (watched && prepare(c) != 0))
		error_set(err, "%m");
	else
		rc = command_spawn(&c->pid, o, files, err);
	close_fd(&files[0]);
	close_fd(&files[1]);
	close_fd(&files[2]);
	if (rc != 0)
		return -1;
	c->process = pidfd_open(c->pid, 0);
	if (c->process < 0 || (watched && watch(c, c->process) != 0))
		return error_set(err, "%m");
	return 0;
}

/* One that is not watched has no descriptor for command_fd(). */
static int
start(struct command **ret, const struct command_order *o, bool watched,
    struct error *err)
{
	struct command *c = command_new(o);

	if (c == NULL || buffer_failed(&c->shown)) {
		command_free(c);
		return error_set(err, "%s: out of memory", o->argv[0]);
	}
	if (begin(c, o, watched, err) != 0) {
		error_prefix(err, "%s", buffer_text(&c->shown));
		command_free(c);
		return -1;
	}
	*ret = c;
	return 0;
}

int
command_start(
    struct command **ret, const struct command_order *o, struct error *err)
{
	return start(ret, o, true, err);
}

int
command_fd(const struct command *c)
{
	return c->epoll;
}

/* ---------------------------------------------------------------- the way --
 */

/* Up to `most' bytes are kept; false if there were more. */
static bool
keep(struct buffer *to, const char *bytes, size_t size, size_t most)
{
	size_t room = most - to->size;

	buffer_put(to, bytes, size < room ? size : room);
	return size <= room;
}

/* How a round of reading ended. */
enum reading {
	READ_ALL, /* there is no more for now */
	READ_SOME,
	READ_TOO_MUCH, /* more than is kept */
};

static enum reading
read_some(int *fd, struct buffer *to, size_t most)
{
	enum reading how = READ_SOME;
	char bytes[CHUNK];
	ssize_t n;
	int i;

	for (i = 0; i < READS_MAX && *fd >= 0; i++) {
		n = read(*fd, bytes, sizeof(bytes));
		if (n > 0) {
			if (!keep(to, bytes, (size_t)n, most))
				how = READ_TOO_MUCH;
			/* A pipe gives all that is in it. */
			if ((size_t)n < sizeof(bytes))
				return how == READ_SOME ? READ_ALL : how;
		} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
			close_fd(fd);
		} else if (errno == EAGAIN) {
			return how == READ_SOME ? READ_ALL : how;
		}
	}
	return *fd < 0 && how == READ_SOME ? READ_ALL : how;
}

/* No more than there is room for: the rest waits in the pipe. */
static enum reading
read_with_room(struct command *c)
{
	struct buffer *to = &c->result.output;
	size_t room;
	ssize_t n = 0;

	while (c->out >= 0 && to->size < c->output_max) {
		room = c->output_max - to->size;
		room = room < CHUNK ? room : CHUNK;
		if (buffer_room(to, room) == NULL) {
			/* Whoever takes it sees that. */
			close_fd(&c->out);
			break;
		}
		n = read(c->out, to->data + to->size, room);
		if (n > 0)
			buffer_added(to, (size_t)n);
		else if (n == 0 || (errno != EINTR && errno != EAGAIN))
			close_fd(&c->out);
		else if (errno == EAGAIN)
			return READ_ALL;
	}
	return c->out < 0 ? READ_ALL : READ_SOME;
}

/* One that is being ended is heard no more. */
static enum reading
read_output(struct command *c)
{
	if (c->kept && c->result.end == COMMAND_EXITED)
		return read_with_room(c);
	return read_some(&c->out, &c->result.output, c->output_max);
}

/* SIGTERM now; SIGKILL is due when it was, or after the grace. */
static void
press(struct command *c, enum command_end why)
{
	int64_t last_ns = clock_mono_ns() + COMMAND_GRACE_NS;

	if (c->result.end != COMMAND_EXITED)
		return;
	c->result.end = why;
	c->term_ns = INT64_MAX;
	if (c->kill_ns > last_ns)
		c->kill_ns = last_ns;
	(void)killpg(c->pid, SIGTERM);
	(void)arm(c);
}

/* It runs for long: from now on it is heard as it speaks.  What cannot be
   watched is looked at now and then. */
static void
lose_patience(struct command *c, int64_t now_ns)
{
	bool watched = c->epoll < 0 || watch_speech(c) == 0;

	c->patient_ns = watched ? INT64_MAX : now_ns + PATIENCE_NS;
	(void)arm(c);
}

static void
watch_time(struct command *c)
{
	int64_t now_ns = clock_mono_ns();
	uint64_t times;

	if (c->timer >= 0)
		(void)!read(c->timer, &times, sizeof(times));
	if (now_ns >= c->patient_ns)
		lose_patience(c, now_ns);
	if (now_ns >= c->term_ns)
		press(c, COMMAND_LATE);
	if (now_ns >= c->kill_ns) {
		(void)killpg(c->pid, SIGKILL);
		c->kill_ns = INT64_MAX;
		(void)arm(c);
	}
}

/* It stays there to be reaped, so that its number is nobody else's yet. */
static bool
is_dead(const struct command *c)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)c->pid, &info,
		   WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == c->pid;
}

static void
reap(struct command *c)
{
	struct rusage use;
	int status = 0;

	while (wait4(c->pid, &status, 0, &use) < 0 && errno == EINTR)
		;
	c->pid = 0;
	c->over = true;
	c->result.wall_ns = clock_mono_ns() - c->started_ns;
	c->result.cpu_ns = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) *
			       NS_PER_S +
			   (use.ru_utime.tv_usec + use.ru_stime.tv_usec) *
			       NS_PER_US;
	if (c->result.end != COMMAND_EXITED)
		return;
	if (WIFSIGNALED(status)) {
		c->result.end = COMMAND_SIGNALLED;
		c->result.code = WTERMSIG(status);
	} else {
		c->result.code = WEXITSTATUS(status);
	}
}

bool
command_step(struct command *c)
{
	struct command_result *r = &c->result;
	enum reading how;
	bool dead;

	if (c->over)
		return true;
	/* What it said before it died is in the pipes by then. */
	dead = is_dead(c);
	if (dead)
		(void)killpg(c->pid, SIGKILL);
	how = read_output(c);
	if (how == READ_TOO_MUCH)
		press(c, COMMAND_FLOODED);
	(void)read_some(&c->err, &r->errors, COMMAND_ERRORS_MAX);
	if (dead && !(c->kept && how == READ_SOME))
		reap(c);
	else
		watch_time(c);
	return c->over;
}

const char *
command_shown(const struct command *c)
{
	return buffer_text(&c->shown);
}

bool
command_is_over(const struct command *c)
{
	return c->over;
}

void
command_cancel(struct command *c)
{
	if (!c->over)
		press(c, COMMAND_CANCELLED);
}

const struct command_result *
command_result(const struct command *c)
{
	return &c->result;
}

/* -------------------------------------------------------------------- end --
 */

void
command_free(struct command *c)
{
	if (c == NULL)
		return;
	if (c->pid > 0) {
		(void)killpg(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close_fd(&c->in);
	close_fd(&c->out);
	close_fd(&c->err);
	close_fd(&c->process);
	close_fd(&c->timer);
	close_fd(&c->epoll);
	buffer_free(&c->shown);
	buffer_free(&c->result.output);
	buffer_free(&c->result.errors);
	free(c);
}

/* In ms, not before the time has come; -1: for ever. */
static int
poll_time(int64_t until_ns)
{
	int64_t ms;

	if (until_ns == INT64_MAX)
		return -1;
	ms = (until_ns - clock_mono_ns() + NS_PER_MS - 1) / NS_PER_MS;
	if (ms < 0)
		return 0;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* Until there is something to do; true if cancel_fd says so. */
static bool
await_event(const struct command *c, int cancel_fd)
{
	bool patient = c->patient_ns != INT64_MAX;
	struct pollfd fds[] = { { .fd = cancel_fd, .events = POLLIN },
		{ .fd = c->process, .events = POLLIN },
		{ .fd = patient ? -1 : c->out, .events = POLLIN },
		{ .fd = patient ? -1 : c->err, .events = POLLIN } };

	return poll(fds, sizeof(fds) / sizeof(fds[0]), poll_time(next_ns(c))) >
		   0 &&
	       fds[0].revents != 0;
}

int
command_run(struct command **ret, const struct command_order *o, int cancel_fd,
    struct error *err)
{
	struct command *c;

	if (start(&c, o, false, err) != 0)
		return -1;
	do {
		if (await_event(c, cancel_fd)) {
			command_cancel(c);
			cancel_fd = -1;
		}
	} while (!command_step(c));
	if (buffer_failed(&c->result.output)) {
		error_set(err, "%s: out of memory", buffer_text(&c->shown));
		command_free(c);
		return -1;
	}
	*ret = c;
	return 0;
}
