/* A collector that tries what a confined process may not: each try is a
   parameter whose value is the errno that it ended with, 0 if it worked. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <farm/module.h>

/* tries_all is the same, and says that it needs it all. */
#ifndef NAME
#define NAME tries
#define NEEDS 0
#endif
#define MODULE(NAME) FARM_MODULE(NAME, FARM_COLLECTOR)

struct tries {
	const char *folder; /* to write in */
};

static const struct farm_option tries_options[] = {
	FARM_OPTION_PATH(
	    "folder", struct tries, folder, "/tmp", "where to write"),
	FARM_OPTION_END
};

static int
of_call(long rc)
{
	return rc < 0 ? errno : 0;
}

static int
try_write(const char *path, int flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static int
try_exec(void)
{
	char name[] = "true", *arguments[] = { name, NULL };
	pid_t pid;
	int rc = posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, NULL);

	if (rc == 0)
		(void)waitpid(pid, NULL, 0);
	return rc;
}

/* The child ends at once, wherever it is. */
static int
try_namespace(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid((pid_t)pid, NULL, 0);
	return of_call(pid);
}

static int
try_socket(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 1);
	int rc = of_call(fd);

	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static int
tries_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct tries *t = state;
	char made[4096];
	int n = snprintf(made, sizeof(made), "%s/made", t->folder);
	const struct {
		const char *name;
		int code;
	} all[] = {
		/* Of nobody: who lets himself be traced stops at each signal.
		 */
		{ "ptrace",
		    of_call(syscall(SYS_ptrace, PTRACE_ATTACH, 0, 0, 0)) },
		{ "mount",
		    of_call(mount("none", "/proc/self/fd", "tmpfs", 0, NULL)) },
		{ "bpf", of_call(syscall(SYS_bpf, 0, NULL, 0)) },
		{ "perf",
		    of_call(syscall(SYS_perf_event_open, NULL, 0, 0, -1, 0)) },
		{ "userfaultfd", of_call(syscall(SYS_userfaultfd, 0)) },
		{ "keyctl", of_call(syscall(SYS_keyctl, 0, -3, 0, 0, 0)) },
		{ "unshare", of_call(unshare(CLONE_NEWUSER)) },
		{ "namespace", try_namespace() },
		{ "io_uring", of_call(syscall(SYS_io_uring_setup, 0, NULL)) },
		{ "raw_socket", try_socket() },
		{ "exec", try_exec() },
		{ "create", try_write(made, O_CREAT) },
		{ "null", try_write("/dev/null", 0) },
	};
	size_t i;

	if (n < 0 || (size_t)n >= sizeof(made))
		return farm_fail(host, "%s: too long", t->folder);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		(void)farm_emit_int64(host, target, all[i].name, all[i].code);
	return farm_emit_int64(host, target, "uid", getuid());
}

MODULE(NAME) = {
	.summary = "tries what it may not",
	.options = tries_options,
	.state_size = sizeof(struct tries),
	.needs = NEEDS,
	.collector = { .collect = tries_collect },
};
