/*
 * The beginning of a program: who it is, what it may have, and that it ends
 * with us.
 *
 * vfork() shares our memory until the program is executed, so a big daemon
 * costs no more than a small one; posix_spawn() does the same, but knows
 * neither users nor limits.  So in between there are system calls only, not
 * even those of the C library that would act on all of our threads.
 */
#include "command_private.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Groups of one user. */
#define GROUPS_MAX 65536
#define NAMES_MAX 16384

/* Who it will be. */
struct person {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	int n_groups;
};

/* What the child could not do, through a pipe that executing closes. */
enum step { STEP_FILES, STEP_LIMITS, STEP_USER, STEP_PROGRAM };
struct failure {
	enum step step;
	int error;
};

/* ------------------------------------------------------------ the child -- */

static int
set_limit(int what, int64_t most)
{
	const struct rlimit limit = { (rlim_t)most, (rlim_t)most };

	return most == 0 ? 0 : setrlimit(what, &limit);
}

static int
set_limits(const struct command_limits *l)
{
	if (set_limit(RLIMIT_AS, l->memory) != 0 ||
	    set_limit(RLIMIT_CPU, l->cpu_s) != 0 ||
	    set_limit(RLIMIT_NOFILE, l->files) != 0)
		return -1;
	return set_limit(RLIMIT_NPROC, l->processes);
}

static int
become(const struct person *p)
{
	if (p == NULL)
		return 0;
	if (syscall(SYS_setgroups, p->n_groups, p->groups) != 0 ||
	    syscall(SYS_setresgid, p->gid, p->gid, p->gid) != 0)
		return -1;
	return (int)syscall(SYS_setresuid, p->uid, p->uid, p->uid);
}

static int
set_files(const int *files)
{
	int i;

	for (i = 0; i < 3; i++)
		if (files[i] == i ? fcntl(i, F_SETFD, 0) != 0
				  : dup2(files[i], i) < 0)
			return -1;
	return close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
}

/* What we ignore or block would be inherited. */
static void
clear_signals(void)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		(void)sigaction(i, &usual, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The last word on its death is said after the user, who changes it. */
static enum step
execute(const struct command_launch *l, const struct person *p)
{
	(void)setpgid(0, 0);
	if (set_files(l->files) != 0)
		return STEP_FILES;
	if (set_limits(&l->limits) != 0)
		return STEP_LIMITS;
	if (become(p) != 0)
		return STEP_USER;
	(void)prctl(PR_SET_PDEATHSIG, l->last_signal);
	clear_signals();
	(void)execve(
	    l->program, (char *const *)l->argv, (char *const *)l->environment);
	return STEP_PROGRAM;
}

__attribute__((noreturn, noinline)) static void
be_child(const struct command_launch *l, const struct person *p, int report)
{
	struct failure f;

	f.step = execute(l, p);
	f.error = errno;
	(void)!write(report, &f, sizeof(f));
	_exit(127);
}

/* ------------------------------------------------------------ this side -- */

static int
find_groups(
    struct arena *arena, const char *user, struct person *p, struct error *err)
{
	int n = 0;

	(void)getgrouplist(user, p->gid, NULL, &n);
	if (n > GROUPS_MAX)
		return error_set(err, "user: \"%s\" is in %d groups", user, n);
	p->groups = arena_array(arena, (size_t)n + 1, sizeof(*p->groups));
	if (p->groups == NULL)
		return error_set(err, "out of memory");
	p->n_groups = n;
	if (getgrouplist(user, p->gid, p->groups, &p->n_groups) < 0)
		return error_set(err, "user: \"%s\": groups change", user);
	return 0;
}

static int
find_person(
    const char *user, struct passwd *ret, char *names, struct error *err)
{
	struct passwd *found = NULL;
	int rc = getpwnam_r(user, ret, names, NAMES_MAX, &found);

	if (rc != 0)
		return error_set(
		    err, "user: \"%s\": %s", user, strerrordesc_np(rc));
	if (found == NULL)
		return error_set(err, "user: there is no \"%s\"", user);
	return 0;
}

int
command_check_user(const char *user, struct error *err)
{
	char names[NAMES_MAX];
	struct passwd entry;

	if (find_person(user, &entry, names, err) != 0)
		return -1;
	if (geteuid() != 0 && entry.pw_uid != geteuid())
		return error_set(
		    err, "user: only root can run programs as %s", user);
	return 0;
}

/* *ret is NULL for ourselves. */
static int
find_user(struct arena *arena, const char *user, struct person **ret,
    struct error *err)
{
	char names[NAMES_MAX];
	struct passwd entry;
	struct person *p;

	*ret = NULL;
	if (user == NULL)
		return 0;
	if (find_person(user, &entry, names, err) != 0)
		return -1;
	if (entry.pw_uid == geteuid() && geteuid() != 0)
		return 0;
	p = arena_array(arena, 1, sizeof(*p));
	if (p == NULL)
		return error_set(err, "out of memory");
	p->uid = entry.pw_uid;
	p->gid = entry.pw_gid;
	*ret = p;
	return find_groups(arena, user, p, err);
}

static int
explain(const struct command_launch *l, struct failure f, struct error *err)
{
	errno = f.error;
	switch (f.step) {
	case STEP_LIMITS:
		return error_set(err, "its limits: %m");
	case STEP_USER:
		return error_set(err, "user %s: %m", l->user);
	case STEP_FILES:
	case STEP_PROGRAM:
		break;
	}
	return error_set(err, "%m");
}

/* It is reaped here if it is no program. */
static int
hear(const struct command_launch *l, pid_t pid, int report, struct error *err)
{
	struct failure f;
	ssize_t n;

	do
		n = read(report, &f, sizeof(f));
	while (n < 0 && errno == EINTR);
	if (n != sizeof(f))
		return 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return explain(l, f, err);
}

int
command_launch(pid_t *ret, const struct command_launch *l, struct arena *arena,
    struct error *err)
{
	sigset_t all, before;
	struct person *p;
	int report[2], rc;
	pid_t pid;

	if (find_user(arena, l->user, &p, err) != 0)
		return -1;
	if (pipe2(report, O_CLOEXEC) != 0)
		return error_set(err, "%m");
	/* A handler that ran in the child would run in our memory. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = vfork();
	if (pid == 0)
		be_child(l, p, report[1]);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(report[1]);
	rc = pid < 0 ? error_set(err, "%m") : hear(l, pid, report[0], err);
	close(report[0]);
	if (rc == 0)
		*ret = pid;
	return rc;
}
