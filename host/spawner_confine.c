/* Between fork() and exec(): what the new process may no more. */
#include "spawner.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"

static int
limit(int resource, const char *what, int64_t most, struct error *err)
{
	struct rlimit l = { .rlim_cur = (rlim_t)most,
		.rlim_max = (rlim_t)most };

	if (most > 0 && setrlimit(resource, &l) != 0)
		return error_set(err, "limit of %s: %m", what);
	return 0;
}

/* ------------------------------------------------------------------ user -- */

static int
find_group(const char *name, gid_t *ret, struct error *err)
{
	const struct group *g = getgrnam(name);

	if (g == NULL)
		return error_set(err, "there is no group \"%s\"", name);
	*ret = g->gr_gid;
	return 0;
}

static int
set_groups(const char *user, gid_t group, struct error *err)
{
	int rc = user[0] != '\0' ? initgroups(user, group) : setgroups(0, NULL);

	if (rc != 0)
		return error_set(err, "groups: %m");
	if (setresgid(group, group, group) != 0)
		return error_set(err, "group %u: %m", (unsigned)group);
	return 0;
}

static int
change_user(const struct spawner_limits *l, struct error *err)
{
	const struct passwd *pw = NULL;
	gid_t group = getgid();
	uid_t user = getuid();

	if (l->user[0] == '\0' && l->group[0] == '\0')
		return 0;
	if (l->user[0] != '\0') {
		pw = getpwnam(l->user);
		if (pw == NULL)
			return error_set(
			    err, "there is no user \"%s\"", l->user);
		user = pw->pw_uid;
		group = pw->pw_gid;
	}
	if (l->group[0] != '\0' && find_group(l->group, &group, err) != 0)
		return -1;
	/* Nothing to change, and without privileges nothing could be. */
	if (user == geteuid() && group == getegid())
		return 0;
	if (set_groups(l->user, group, err) != 0)
		return -1;
	/* What it may keep of farmd's capabilities, see below. */
	(void)prctl(PR_SET_KEEPCAPS, 1);
	if (setresuid(user, user, user) != 0)
		return error_set(err, "user \"%s\": %m", l->user);
	return 0;
}

/* ---------------------------------------------------------- capabilities -- */

static int
reduce_sets(uint64_t keep, struct error *err)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct before[2], sets[2];
	int i;

	if (syscall(SYS_capget, &header, before) != 0)
		return error_set(err, "capabilities: %m");
	for (i = 0; i < 2; i++) {
		sets[i].permitted = before[i].permitted &
				    (uint32_t)(keep >> 32 * i);
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable = sets[i].permitted;
	}
	if (memcmp(before, sets, sizeof(sets)) != 0 &&
	    syscall(SYS_capset, &header, sets) != 0)
		return error_set(err, "capabilities: %m");
	return 0;
}

/* The bounding set binds root, too; without CAP_SETPCAP it cannot be made
   smaller, and need not. */
static int
keep_capabilities(uint64_t keep, struct error *err)
{
	int cap;

	for (cap = 0; cap < 64; cap++)
		if ((keep >> cap & 1) == 0 &&
		    prctl(PR_CAPBSET_DROP, cap) != 0 && errno == EINVAL)
			break;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (reduce_sets(keep, err) != 0)
		return -1;
	for (cap = 0; cap < 64; cap++)
		if ((keep >> cap & 1) != 0)
			(void)prctl(
			    PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	return 0;
}

/* ----------------------------------------------------------------- kernel --
 */

/* What holds by a switch of its own; 0: the kernel has none. */
static int
note(int rc, enum confinement what, const char *lack, uint32_t *set,
    struct error *lacks)
{
	if (rc > 0)
		*set |= (uint32_t)what;
	if (rc == 0 && lacks->text[0] != '\0')
		error_prefix(lacks, "%s", lack);
	else if (rc == 0)
		error_set(lacks, "%s", lack);
	return rc;
}

static int
confine_kernel(const struct spawner_limits *l, uint32_t *set,
    struct error *lacks, struct error *err)
{
	if (l->read_only &&
	    note(confine_writing(l->write, err), CONFINED_WRITE,
		"write: the kernel has no Landlock", set, lacks) < 0)
		return error_prefix(err, "limit of write");
	if (l->system_calls &&
	    note(confine_system_calls(err), CONFINED_SYSTEM_CALLS,
		"system_calls: the kernel has no filters of them", set,
		lacks) < 0)
		return -1;
	return 0;
}

static void
note_limits(const struct spawner_limits *l, uint32_t *set)
{
	*set |= CONFINED_PRIVILEGES | CONFINED_CAPABILITIES;
	if (l->nice > 0)
		*set |= CONFINED_NICE;
	if (l->files > 0)
		*set |= CONFINED_FILES;
	if (l->memory > 0)
		*set |= CONFINED_MEMORY;
	if (l->cpu_time_ns > 0)
		*set |= CONFINED_CPU_TIME;
	if (l->user[0] != '\0' || l->group[0] != '\0')
		*set |= CONFINED_USER;
}

/* Whole seconds, rounded up.  SIGXCPU says why it ends; who does not heed it is
   killed a second later. */
static int
limit_cpu_time(int64_t ns, struct error *err)
{
	rlim_t s = (rlim_t)((ns + NS_PER_S - 1) / NS_PER_S);
	struct rlimit l = { .rlim_cur = s, .rlim_max = s + 1 };

	if (ns > 0 && setrlimit(RLIMIT_CPU, &l) != 0)
		return error_set(err, "limit of cpu_time: %m");
	return 0;
}

int
spawner_confine(const struct spawner_limits *l, uint32_t *ret_set,
    struct error *ret_lacks, struct error *err)
{
	if (l->nice > 0 &&
	    setpriority(PRIO_PROCESS, 0,
		getpriority(PRIO_PROCESS, 0) + (int)l->nice) != 0)
		return error_set(err, "nice: %m");
	if (limit(RLIMIT_NOFILE, "files", l->files, err) != 0 ||
	    limit_cpu_time(l->cpu_time_ns, err) != 0 ||
	    change_user(l, err) != 0 ||
	    keep_capabilities(l->capabilities, err) != 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set(err, "no_new_privs: %m");
	if (confine_kernel(l, ret_set, ret_lacks, err) != 0)
		return -1;
	note_limits(l, ret_set);
	/* Last: what is above needs memory. */
	return limit(RLIMIT_AS, "memory", l->memory, err);
}
