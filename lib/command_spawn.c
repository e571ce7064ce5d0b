/* Where a command's program is, what it gets, and its beginning. */
#include "command_private.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"

static const char *const plain[] = { "PATH=" COMMAND_PATH, "LC_ALL=C" };
#define PLAIN (sizeof(plain) / sizeof(plain[0]))

static size_t
count(const char *const *texts)
{
	size_t n = 0;

	while (texts != NULL && texts[n] != NULL)
		n++;
	return n;
}

static bool
same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n) == 0 && b[n] == '=';
}

/* The plain ones that are not given, then the given ones. */
static const char **
environment_of(struct arena *arena, const char *const *given)
{
	size_t n_given = count(given), n = 0, i, j;
	const char **all = arena_array(
	    arena, PLAIN + n_given + 1, sizeof(*all));

	if (all == NULL)
		return NULL;
	for (i = 0; i < PLAIN; i++) {
		for (j = 0; j < n_given; j++)
			if (same_name(plain[i], given[j]))
				break;
		if (j == n_given)
			all[n++] = plain[i];
	}
	for (j = 0; j < n_given; j++)
		all[n++] = given[j];
	return all;
}

static bool
can_run(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
}

/* As execvp() looks for it, but in the PATH that the program gets. */
static int
find_program(struct arena *arena, const char *name,
    const char *const *environment, const char **ret, struct error *err)
{
	const char *path = "", *at, *one;
	size_t n;

	if (strchr(name, '/') != NULL) {
		*ret = name;
		return 0;
	}
	for (; *environment != NULL; environment++)
		if (strncmp(*environment, "PATH=", 5) == 0)
			path = *environment + 5;
	for (at = path; *at != '\0'; at += n + (at[n] == ':')) {
		n = strcspn(at, ":");
		one = arena_printf(arena, "%.*s/%s", (int)n, at, name);
		if (one == NULL)
			return error_set(err, "out of memory");
		if (n > 0 && can_run(one)) {
			*ret = one;
			return 0;
		}
	}
	return error_set(err, "no such program in %s", path);
}

static int
execute(pid_t *ret, const char *program, const char *const *argv,
    const char *const *environment, const int files[3])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t how;
	sigset_t none, all;
	int rc, i;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK |
					   POSIX_SPAWN_SETSIGDEF |
					   POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &all);
	for (i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&actions, files[i], i);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	rc = posix_spawn(ret, program, &actions, &how, (char *const *)argv,
	    (char *const *)environment);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

int
command_spawn(pid_t *ret, const struct command_order *order, const int files[3],
    struct error *err)
{
	struct arena *arena = arena_new(0);
	const char *const *environment = NULL;
	const char *program = NULL;
	int rc = -1;

	if (arena != NULL)
		environment = environment_of(arena, order->environment);
	if (environment == NULL) {
		error_set(err, "out of memory");
		goto out;
	}
	rc = find_program(arena, order->argv[0], environment, &program, err);
	if (rc != 0)
		goto out;
	rc = execute(ret, program, order->argv, environment, files);
	if (rc != 0)
		rc = error_set(err, "%s", strerrordesc_np(rc));
out:
	arena_free(arena);
	return rc;
}
