/* The spawn helper: single-threaded, so that it may fork. */
#include "spawner_order.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "worker_child.h"
#include "worker_main.h"

/* The path of a worker's cgroup. */
#define GROUP_MAX (PATH_MAX + 64)

struct process {
	struct process *next;
	uint32_t id;
	pid_t pid;
	char group[GROUP_MAX]; /* its cgroup; "": none */
};

struct helper {
	struct process *processes;
	int signals;   /* signalfd of SIGCHLD */
	bool has_root; /* for cgroups */
	char root[PATH_MAX];
};

/* What the new process says before exec(); the last one counts. */
struct word {
	uint32_t failed;
	uint32_t confined;
	char text[sizeof(((struct spawner_report *)NULL)->text)];
};

static void
report(const struct spawner_report *r)
{
	/* A farmd that is gone shows in the next read. */
	(void)send(SPAWNER_FD, r, sizeof(*r), MSG_NOSIGNAL);
}

/* ---------------------------------------------------------------- cgroups --
 */

/* What of its confinement is there before the new process is. */
struct beginning {
	const char *group; /* "": none */
	uint32_t confined;
	struct error lacks;
};

static bool
wants_group(const struct confine_group *g)
{
	return g->resident_bytes > 0 || g->processes > 0 || g->cpus > 0;
}

static int
find_root(struct helper *h, const char *wanted, struct error *err)
{
	if (!h->has_root)
		h->has_root = confine_group_root(
				  wanted, h->root, sizeof(h->root), err) == 0;
	return h->has_root ? 0 : -1;
}

/* Without one it runs all the same, and that is said. */
static void
make_group(struct helper *h, const struct spawner_order *o, struct process *p,
    struct beginning *b)
{
	struct error err;

	b->group = p->group;
	if (!wants_group(&o->limits.share))
		return;
	if (find_root(h, o->cgroup, &err) == 0) {
		(void)snprintf(p->group, sizeof(p->group), "%s/worker-%d-%u",
		    h->root, (int)getpid(), p->id);
		if (confine_group_make(
			p->group, &o->limits.share, &b->confined, &err) == 0)
			return;
		confine_group_remove(p->group);
	}
	p->group[0] = '\0';
	b->confined = 0;
	error_set(&b->lacks, "cgroup: %s", err.text);
}

static void
leave_group(const struct process *p)
{
	if (p->group[0] != '\0')
		confine_group_remove(p->group);
}

/* ------------------------------------------------------- the new process -- */

static int
dup_to(int from, int to)
{
	return from == to ? fcntl(to, F_SETFD, 0) : dup2(from, to);
}

/* 0 to 2 and the worker's socket; `failure' stays until exec(). */
static int
arrange_files(int socket, int output, int failure)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Both are above WORKER_FD here: 0 to 3 are taken in the helper. */
	if (null < 0 || dup_to(null, 0) < 0 || dup_to(null, 1) < 0 ||
	    dup_to(output, 2) < 0 || dup_to(socket, WORKER_FD) < 0)
		return -1;
	if (failure != WORKER_FD + 1) {
		if (dup3(failure, WORKER_FD + 1, O_CLOEXEC) < 0)
			return -1;
	}
	return close_range(WORKER_FD + 2, ~0U, 0);
}

static void
signals_default(void)
{
	sigset_t none;
	int s;

	for (s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
say_word(bool failed, uint32_t confined, const char *text)
{
	struct word w = { .failed = failed, .confined = confined };

	(void)snprintf(w.text, sizeof(w.text), "%s", text);
	(void)!write(WORKER_FD + 1, &w, sizeof(w));
}

static int
run(const struct spawner_order *o, const struct beginning *b, pid_t helper,
    struct error *err)
{
	const char *own[] = { "farmd", WORKER_OPTION, NULL };
	const char *other[] = { o->program, NULL };
	const char *environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:"
				      "/usr/sbin:/usr/bin:/sbin:/bin",
		"LC_ALL=C.UTF-8", NULL };

	struct error lacks = b->lacks;
	uint32_t confined = b->confined;

	signals_default();
	if (b->group[0] != '\0' && confine_group_join(b->group, err) != 0)
		return -1;
	if (spawner_confine(&o->limits, &confined, &lacks, err) != 0)
		return -1;
	say_word(false, confined, lacks.text);
	/* After a change of user, which clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return error_set(err, "PR_SET_PDEATHSIG: %m");
	if (getppid() != helper)
		_exit(1);
	if (o->program[0] == '\0')
		execve("/proc/self/exe", (char **)own, (char **)environment);
	else
		execve(o->program, (char **)other, (char **)environment);
	return error_set(err, "%s: %m",
	    o->program[0] != '\0' ? o->program : "/proc/self/exe");
}

/* In the child; what cannot be is said to the helper, which reads until
   exec() has closed the pipe. */
static void
become(const struct spawner_order *o, const struct beginning *b, const int *fds,
    int failure, pid_t helper)
{
	struct error err;

	(void)setpgid(0, 0);
	if (arrange_files(fds[0], fds[1], failure) < 0)
		error_set(&err, "descriptors: %m");
	else
		(void)run(o, b, helper, &err);
	say_word(true, 0, err.text);
	_exit(127);
}

/* Words are shorter than what a pipe takes at once. */
static void
read_words(int fd, struct word *last)
{
	struct word w;
	ssize_t got;

	*last = (struct word){ .failed = true };
	for (;;) {
		got = read(fd, &w, sizeof(w));
		if (got < 0 && errno == EINTR)
			continue;
		if (got != sizeof(w))
			return;
		*last = w;
	}
}

/* A child that failed is reaped here, or ENDED would follow FAILED. */
static void
watch_start(struct helper *h, struct process *p, int failure)
{
	struct spawner_report r = {
		.event = SPAWNER_STARTED, .id = p->id, .pid = p->pid
	};

	struct word said;

	(void)setpgid(p->pid, p->pid);
	read_words(failure, &said);
	memcpy(r.text, said.text, sizeof(r.text));
	r.confined = said.confined;
	if (said.failed) {
		(void)waitpid(p->pid, NULL, 0);
		r.event = SPAWNER_FAILED;
		leave_group(p);
		free(p);
	} else {
		p->next = h->processes;
		h->processes = p;
	}
	report(&r);
}

static void
start(struct helper *h, const struct spawner_order *o, const int *fds)
{
	struct spawner_report r = { .event = SPAWNER_FAILED, .id = o->id };
	struct process *p = calloc(1, sizeof(*p));
	struct beginning b = { .group = "" };
	int failure[2] = { -1, -1 };
	pid_t self = getpid();

	if (p == NULL || pipe2(failure, O_CLOEXEC) != 0)
		goto fail;
	p->id = o->id;
	make_group(h, o, p, &b);
	p->pid = fork();
	if (p->pid == 0)
		become(o, &b, fds, failure[1], self);
	if (p->pid < 0)
		goto fail;
	close(failure[1]);
	watch_start(h, p, failure[0]);
	close(failure[0]);
	return;
fail:
	(void)snprintf(
	    r.text, sizeof(r.text), "cannot start: %s", strerrordesc_np(errno));
	if (p != NULL)
		leave_group(p);
	free(p);
	if (failure[0] >= 0) {
		close(failure[0]);
		close(failure[1]);
	}
	report(&r);
}

/* ---------------------------------------------------------------- the end --
 */

static bool
is_worker(const struct helper *h, pid_t pid)
{
	const struct process *p;

	for (p = h->processes; p != NULL; p = p->next)
		if (p->pid == pid)
			return true;
	return false;
}

/*
 * Orphans of a worker that is gone come to us (PR_SET_CHILD_SUBREAPER); those
 * that left its group, too.  Ones in the group of a worker that lives stay.
 */
static void
kill_strays(const struct helper *h)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	int pid;

	while (f != NULL && fscanf(f, "%d", &pid) == 1)
		if (!is_worker(h, pid) && !is_worker(h, getpgid(pid)))
			(void)kill(pid, SIGKILL);
	if (f != NULL)
		fclose(f);
}

static int64_t
ns_of(const struct timeval *t)
{
	return t->tv_sec * NS_PER_S + t->tv_usec * NS_PER_US;
}

static void
ended(struct helper *h, pid_t pid, int status, const struct rusage *use)
{
	struct process **at = &h->processes, *p;
	struct spawner_report r = { .event = SPAWNER_ENDED,
		.pid = pid,
		.status = status,
		.cpu_ns = ns_of(&use->ru_utime) + ns_of(&use->ru_stime),
		.rss_bytes = (int64_t)use->ru_maxrss << 10 };

	while (*at != NULL && (*at)->pid != pid)
		at = &(*at)->next;
	p = *at;
	if (p == NULL)
		return; /* a stray */
	*at = p->next;
	r.id = p->id;
	(void)killpg(pid, SIGKILL);
	kill_strays(h);
	leave_group(p);
	free(p);
	report(&r);
}

static void
reap(struct helper *h)
{
	struct signalfd_siginfo info;
	struct rusage use;
	int status;
	pid_t pid;

	while (read(h->signals, &info, sizeof(info)) == sizeof(info))
		;
	while ((pid = wait4(-1, &status, WNOHANG, &use)) > 0)
		ended(h, pid, status, &use);
}

static void
kill_worker(const struct helper *h, uint32_t id)
{
	const struct process *p;

	for (p = h->processes; p != NULL; p = p->next)
		if (p->id == id)
			(void)killpg(p->pid, SIGKILL);
}

/* farmd is gone: nobody stays.  What they leave behind comes to us while they
   die, so it takes more than one round. */
static void
kill_all(struct helper *h)
{
	struct process *p;

	while ((p = h->processes) != NULL) {
		(void)killpg(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
		leave_group(p);
		h->processes = p->next;
		free(p);
	}
	do
		kill_strays(h);
	while (wait(NULL) > 0 || errno == EINTR);
}

/* ----------------------------------------------------------------- orders --
 */

/* The two descriptors of a packet; -1 where there are none. */
static void
take_fds(struct msghdr *h, int *fds)
{
	struct cmsghdr *cm = CMSG_FIRSTHDR(h);

	fds[0] = fds[1] = -1;
	if (cm != NULL && cm->cmsg_level == SOL_SOCKET &&
	    cm->cmsg_type == SCM_RIGHTS &&
	    cm->cmsg_len == CMSG_LEN(2 * sizeof(int)))
		memcpy(fds, CMSG_DATA(cm), 2 * sizeof(int));
}

/* False when farmd has closed its end. */
static bool
obey(struct helper *h)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct spawner_order o;
	struct iovec whole = { .iov_base = &o, .iov_len = sizeof(o) };
	struct msghdr m = { .msg_iov = &whole,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(SPAWNER_FD, &m, MSG_CMSG_CLOEXEC);
	int fds[2];

	if (n != sizeof(o))
		return n < 0 && errno == EINTR;
	take_fds(&m, fds);
	if (o.kind == SPAWNER_START && fds[1] >= 0)
		start(h, &o, fds);
	else if (o.kind == SPAWNER_KILL)
		kill_worker(h, o.id);
	if (fds[0] >= 0) {
		close(fds[0]);
		close(fds[1]);
	}
	return true;
}

int
spawner_helper_main(void)
{
	struct helper h = { .processes = NULL };
	struct pollfd fds[2];
	sigset_t child;

	(void)prctl(PR_SET_NAME, "farmd-spawn");
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)fcntl(SPAWNER_FD, F_SETFD, FD_CLOEXEC);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL);
	h.signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	fds[0] = (struct pollfd){ .fd = SPAWNER_FD, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = h.signals, .events = POLLIN };
	do {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		reap(&h);
	} while ((fds[0].revents & (POLLIN | POLLHUP)) == 0 || obey(&h));
	kill_all(&h);
	return 0;
}
