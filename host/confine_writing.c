/* The file system as something to read only, by Landlock. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Known to kernels, but not to all headers: from versions 2 and 3 on. */
#define FS_REFER (UINT64_C(1) << 13)
#define FS_TRUNCATE (UINT64_C(1) << 14)

/* Of a file; the rest is what one can do in a folder. */
#define FS_OF_FILES (LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)
#define FS_OF_ALL                                                              \
	(FS_OF_FILES | LANDLOCK_ACCESS_FS_REMOVE_DIR |                         \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |    \
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |        \
	    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |      \
	    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |      \
	    FS_REFER)

/* What a kernel of this version knows of it. */
static uint64_t
known_access(long version)
{
	uint64_t access = FS_OF_ALL;

	if (version < 2)
		access &= ~FS_REFER;
	if (version < 3)
		access &= ~FS_TRUNCATE;
	return access;
}

static int
allow(int rules, uint64_t access, const char *path, struct error *err)
{
	struct landlock_path_beneath_attr below = { .allowed_access = access };
	struct stat st;
	int rc = -1;

	below.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (below.parent_fd < 0 || fstat(below.parent_fd, &st) != 0) {
		error_set(err, "%s: %m", path);
	} else {
		if (!S_ISDIR(st.st_mode))
			below.allowed_access &= FS_OF_FILES;
		rc = (int)syscall(SYS_landlock_add_rule, rules,
		    LANDLOCK_RULE_PATH_BENEATH, &below, 0);
		if (rc != 0)
			error_set(err, "%s: Landlock: %m", path);
	}
	if (below.parent_fd >= 0)
		close(below.parent_fd);
	return rc;
}

/* Each ends in a newline. */
static int
allow_all(int rules, uint64_t access, const char *paths, struct error *err)
{
	char path[4096];
	const char *end;

	for (; (end = strchr(paths, '\n')) != NULL; paths = end + 1) {
		size_t n = (size_t)(end - paths);

		if (n >= sizeof(path))
			return error_set(err, "%.*s: too long", (int)n, paths);
		memcpy(path, paths, n);
		path[n] = '\0';
		if (allow(rules, access, path, err) != 0)
			return -1;
	}
	return 0;
}

int
confine_writing(const char *paths, struct error *err)
{
	static const char always[] = "/dev/null\n/dev/zero\n/dev/full\n";
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr all = { .handled_access_fs = 0 };
	int rules, rc = -1;

	if (version < 1)
		return 0;
	all.handled_access_fs = known_access(version);
	rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (rules < 0)
		return error_set(err, "Landlock: %m");
	if (allow_all(rules, all.handled_access_fs, always, err) == 0 &&
	    allow_all(rules, all.handled_access_fs, paths, err) == 0) {
		rc = (int)syscall(SYS_landlock_restrict_self, rules, 0);
		if (rc != 0)
			error_set(err, "Landlock: %m");
	}
	close(rules);
	return rc == 0 ? 1 : -1;
}
