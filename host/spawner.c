/* farmd's side of the spawn helper. */
#include "spawner_order.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

extern char **environ;

bool
spawner_limits_equal(
    const struct spawner_limits *a, const struct spawner_limits *b)
{
	return a->memory == b->memory && a->files == b->files &&
	       a->nice == b->nice && a->cpu_time_ns == b->cpu_time_ns &&
	       a->share.resident_bytes == b->share.resident_bytes &&
	       a->share.processes == b->share.processes &&
	       a->share.cpus == b->share.cpus &&
	       a->capabilities == b->capabilities &&
	       a->read_only == b->read_only &&
	       a->system_calls == b->system_calls && a->no_exec == b->no_exec &&
	       strcmp(a->write, b->write) == 0 &&
	       strcmp(a->user, b->user) == 0 && strcmp(a->group, b->group) == 0;
}

static int
spawner_self(int socket, pid_t *ret_pid)
{
	char name[] = "farmd", option[] = SPAWNER_OPTION;
	char *arguments[] = { name, option, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	/* A group of its own: what is typed at a terminal is not for it. */
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK |
					   POSIX_SPAWN_SETSIGDEF |
					   POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawn_file_actions_adddup2(&files, socket, SPAWNER_FD);
	posix_spawn_file_actions_addclosefrom_np(&files, SPAWNER_FD + 1);
	rc = posix_spawn(
	    ret_pid, "/proc/self/exe", &files, &how, arguments, environ);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

int
spawner_start(struct error *err)
{
	int pair[2], rc, moved;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return error_set(err, "the spawn helper: %m");
	/* dup2() onto itself would leave it to be closed. */
	if (pair[1] == SPAWNER_FD) {
		moved = fcntl(pair[1], F_DUPFD_CLOEXEC, SPAWNER_FD + 1);
		close(pair[1]);
		pair[1] = moved;
	}
	rc = pair[1] < 0 ? errno : spawner_self(pair[1], &pid);
	if (pair[1] >= 0)
		close(pair[1]);
	if (rc == 0)
		return pair[0];
	close(pair[0]);
	return error_set(err, "the spawn helper: %s", strerrordesc_np(rc));
}

static int
send_order(
    int helper, const struct spawner_order *order, const int *fds, size_t n_fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec whole = { .iov_base = (void *)order,
		.iov_len = sizeof(*order) };
	struct msghdr h = { .msg_iov = &whole, .msg_iovlen = 1 };
	struct cmsghdr *cm;

	if (n_fds > 0) {
		h.msg_control = &control;
		h.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		cm = CMSG_FIRSTHDR(&h);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(cm), fds, n_fds * sizeof(int));
	}
	return sendmsg(helper, &h, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int
spawner_ask(int helper, uint32_t id, const char *program, const char *cgroup,
    const struct spawner_limits *limits, int socket, int output,
    struct error *err)
{
	struct spawner_order order = {
		.kind = SPAWNER_START, .id = id, .limits = *limits
	};
	int fds[] = { socket, output };

	if (strlen(program) >= sizeof(order.program))
		return error_set(err, "%s: the path is too long", program);
	if (strlen(cgroup) >= sizeof(order.cgroup))
		return error_set(err, "%s: the path is too long", cgroup);
	strcpy(order.program, program);
	strcpy(order.cgroup, cgroup);
	if (send_order(helper, &order, fds, 2) != 0)
		return error_set(err, "the spawn helper: %m");
	return 0;
}

void
spawner_kill(int helper, uint32_t id)
{
	struct spawner_order order = { .kind = SPAWNER_KILL, .id = id };

	(void)send_order(helper, &order, NULL, 0);
}

int
spawner_next(int helper, struct spawner_report *ret)
{
	ssize_t n;

	do
		n = recv(helper, ret, sizeof(*ret), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n == sizeof(*ret))
		return 1;
	return n < 0 && errno == EAGAIN ? 0 : -1;
}
