#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawner.h"
#include "unit.h"

/* An exit status of `act' in a process of its own; what it does stays there. */
static int
in_child(int (*act)(const struct spawner_limits *),
    const struct spawner_limits *limits)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(act(limits));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Root, and in no namespace that has no other users. */
static bool
may_change_user(void)
{
	unsigned long first = 0, outside = 0, n = 0;
	FILE *f = fopen("/proc/self/uid_map", "re");
	int got = 0;

	if (f != NULL) {
		got = fscanf(f, "%lu %lu %lu", &first, &outside, &n);
		fclose(f);
	}
	return geteuid() == 0 && got == 3 && n > 65534;
}

static int
become(const struct spawner_limits *l)
{
	const struct passwd *pw = getpwnam(l->user);
	struct error lacks = { .text = "" }, err;
	uint32_t set = 0;
	gid_t groups[64];
	int i, n;

	if (spawner_confine(l, &set, &lacks, &err) != 0)
		return 1;
	if ((set & CONFINED_USER) == 0 || getuid() != pw->pw_uid ||
	    geteuid() != pw->pw_uid || getegid() != pw->pw_gid)
		return 2;
	n = getgroups(64, groups);
	for (i = 0; i < n; i++)
		if (groups[i] == 0)
			return 3;
	if (setresuid(0, 0, 0) == 0)
		return 4;
	return open("/etc/shadow", O_RDONLY | O_CLOEXEC) < 0 ? 0 : 5;
}

static void
test_user(void **state)
{
	static const struct spawner_limits limits = { .user = "nobody" };

	(void)state;
	if (!may_change_user())
		skip();
	assert_int_equal(in_child(become, &limits), 0);
}

/* Without privileges nobody else can be. */
static int
fail_to_become(const struct spawner_limits *l)
{
	static const struct spawner_limits nobody = { .user = "nobody" };
	struct error lacks = { .text = "" }, err;
	uint32_t set = 0;

	if (spawner_confine(&nobody, &set, &lacks, &err) != 0)
		return 1;
	return spawner_confine(l, &set, &lacks, &err) != 0 &&
		       strstr(err.text, "Operation not permitted") != NULL
		   ? 0
		   : 2;
}

static void
test_other_user(void **state)
{
	static const struct spawner_limits limits = { .user = "daemon" };

	(void)state;
	if (!may_change_user())
		skip();
	assert_int_equal(in_child(fail_to_become, &limits), 0);
}

static void
test_names(void **state)
{
	struct buffer b = BUFFER_INIT;

	(void)state;
	confinement_json(&b, 0);
	confinement_json(&b, CONFINED_WRITE | CONFINED_PRIVILEGES);
	assert_string_equal(buffer_text(&b), "[][\"privileges\",\"write\"]");
	buffer_free(&b);
}

static void
put_file(const char *folder, const char *file, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
test_group_root(void **state)
{
	static const struct {
		const char *controllers; /* NULL: no such file */
		const char *want;        /* behind the folder; "": taken */
	} cases[] = {
		{ "cpu memory pids\n", "" },
		{ "cpu memory\n",
		    ": has not all of the controllers memory, cpu, pids" },
		{ NULL, "/cgroup.controllers: No such file or directory" },
	};
	char folder[] = "/tmp/test_confine.XXXXXX", root[256], path[256];
	struct error err;
	size_t i;
	int rc;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/cgroup.controllers", folder);
	for (i = 0; i < COUNT(cases); i++) {
		(void)unlink(path);
		if (cases[i].controllers != NULL)
			put_file(
			    folder, "cgroup.controllers", cases[i].controllers);
		rc = confine_group_root(folder, root, sizeof(root), &err);
		assert_int_equal(rc, cases[i].want[0] == '\0' ? 0 : -1);
		if (rc == 0)
			assert_string_equal(root, folder);
		else
			assert_string_equal(
			    err.text + strlen(folder), cases[i].want);
	}
	assert_int_equal(confine_group_root(folder, root, 4, &err), -1);
	(void)snprintf(path, sizeof(path), "%s/cgroup.subtree_control", folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_other_user),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_group_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
