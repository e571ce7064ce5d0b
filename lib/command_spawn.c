/* Where a command's program is, what it gets, and its beginning. */
#include "command_private.h"

#include <errno.h>
#include <signal.h>
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

int
command_spawn(pid_t *ret, const struct command_order *order, const int files[3],
    struct error *err)
{
	struct arena *arena = arena_new(0);
	struct command_launch l = { .argv = order->argv,
		.files = files,
		.user = order->user,
		.limits = order->limits,
		.last_signal = order->kept ? SIGTERM : SIGKILL };
	int rc = -1;

	if (arena != NULL)
		l.environment = environment_of(arena, order->environment);
	if (l.environment == NULL)
		error_set(err, "out of memory");
	else if (find_program(arena, order->argv[0], l.environment, &l.program,
		     err) == 0)
		rc = command_launch(ret, &l, arena, err);
	arena_free(arena);
	return rc;
}
