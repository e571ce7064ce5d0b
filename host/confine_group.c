/* Control groups, version 2. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* cpu.max is a share of this, in microseconds: the kernel's own default. */
#define PERIOD_US 100000

static int
write_text(
    const char *folder, const char *file, const char *text, struct error *err)
{
	char path[4200];
	ssize_t n = (ssize_t)strlen(text);
	int fd, rc = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	/* A tree that only looks like cgroups has no such files yet. */
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		rc = error_set(err, "%s: %m", path);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
read_text(const char *folder, const char *file, char *to, size_t size,
    struct error *err)
{
	char path[4200];
	ssize_t n = -1;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, to, size - 1);
	if (n < 0)
		error_set(err, "%s: %m", path);
	else
		to[n] = '\0';
	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

/* ------------------------------------------------------------------ root -- */

/* "0::/system.slice/farmd.service", where the second version stands. */
static int
own_group(char *ret, size_t size, struct error *err)
{
	static const char *const mounts[] = { "/sys/fs/cgroup",
		"/sys/fs/cgroup/unified" };
	char line[4096], controllers[4200];
	bool found = false;
	size_t i;
	FILE *f = fopen("/proc/self/cgroup", "re");

	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found = strncmp(line, "0::/", 4) == 0;
	if (f != NULL)
		fclose(f);
	if (!found)
		return error_set(err, "the kernel has no cgroups of version 2");
	line[strcspn(line, "\n")] = '\0';
	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		(void)snprintf(ret, size, "%s%s", mounts[i], line + 3);
		(void)snprintf(controllers, sizeof(controllers),
		    "%.4000s/cgroup.controllers", ret);
		if (access(controllers, F_OK) == 0)
			return 0;
	}
	return error_set(err, "cgroups of version 2 are not mounted");
}

/* systemd marks what Delegate= has given away; anything else is not ours to
   arrange. */
static bool
is_delegated(const char *path)
{
	char value[8];

	return getxattr(path, "user.delegate", value, sizeof(value)) == 1 ||
	       getxattr(path, "trusted.delegate", value, sizeof(value)) == 1;
}

/* A group that has others below it must have no process itself. */
static int
step_down(const char *root, struct error *err)
{
	char leaf[4200], pid[16];
	const pid_t who[] = { getppid(), getpid() };
	size_t i;

	(void)snprintf(leaf, sizeof(leaf), "%s/farmd", root);
	if (mkdir(leaf, 0755) != 0 && errno != EEXIST)
		return error_set(err, "%s: %m", leaf);
	for (i = 0; i < 2; i++) {
		(void)snprintf(pid, sizeof(pid), "%d", (int)who[i]);
		if (write_text(leaf, "cgroup.procs", pid, err) != 0)
			return -1;
	}
	return 0;
}

static int
take_delegated(char *ret, size_t size, struct error *err)
{
	char *leaf;

	if (own_group(ret, size, err) != 0)
		return -1;
	/* A helper before us has stepped down already. */
	leaf = strrchr(ret, '/');
	if (leaf != NULL && strcmp(leaf, "/farmd") == 0) {
		*leaf = '\0';
		if (is_delegated(ret))
			return 0;
		*leaf = '/';
	}
	if (!is_delegated(ret))
		return error_set(err, "%s: not delegated to farmd", ret);
	return step_down(ret, err);
}

int
confine_group_root(
    const char *wanted, char *ret, size_t size, struct error *err)
{
	char has[512];

	if (wanted[0] != '\0') {
		if (strlen(wanted) >= size)
			return error_set(err, "%s: too long", wanted);
		strcpy(ret, wanted);
	} else if (take_delegated(ret, size, err) != 0) {
		return -1;
	}
	if (read_text(ret, "cgroup.controllers", has, sizeof(has), err) != 0)
		return -1;
	if (strstr(has, "memory") == NULL || strstr(has, "cpu") == NULL ||
	    strstr(has, "pids") == NULL)
		return error_set(err,
		    "%s: has not all of the controllers memory, cpu, pids",
		    ret);
	return write_text(
	    ret, "cgroup.subtree_control", "+memory +cpu +pids", err);
}

/* ------------------------------------------------------------- one group -- */

int
confine_group_make(const char *path, const struct confine_group *g,
    uint32_t *ret_set, struct error *err)
{
	char text[64];

	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return error_set(err, "%s: %m", path);
	if (g->resident_bytes > 0) {
		(void)snprintf(
		    text, sizeof(text), "%lld", (long long)g->resident_bytes);
		if (write_text(path, "memory.max", text, err) != 0)
			return -1;
		*ret_set |= CONFINED_RESIDENT;
	}
	if (g->cpus > 0) {
		(void)snprintf(text, sizeof(text), "%lld %d",
		    (long long)(g->cpus * PERIOD_US), PERIOD_US);
		if (write_text(path, "cpu.max", text, err) != 0)
			return -1;
		*ret_set |= CONFINED_CPUS;
	}
	if (g->processes > 0) {
		(void)snprintf(
		    text, sizeof(text), "%lld", (long long)g->processes);
		if (write_text(path, "pids.max", text, err) != 0)
			return -1;
		*ret_set |= CONFINED_PROCESSES;
	}
	return 0;
}

int
confine_group_join(const char *path, struct error *err)
{
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	return write_text(path, "cgroup.procs", pid, err);
}

void
confine_group_remove(const char *path)
{
	struct error err;

	(void)write_text(path, "cgroup.kill", "1", &err);
	(void)rmdir(path);
}
