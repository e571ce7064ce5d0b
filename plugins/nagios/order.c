#include "order.h"

#include <string.h>

#include "line.h"

/* Checks begin so; anything else without a path is looked for in PATH. */
#define CHECK_NAME "check_"

static const char *const *
shell_words(struct arena *arena, const char *line, struct error *err)
{
	const char **argv = arena_array(arena, 4, sizeof(*argv));

	if (argv == NULL) {
		error_set(err, "out of memory");
		return NULL;
	}
	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = line;
	return argv;
}

static const char *const *
line_words(const struct order_words *w, const struct macros *m,
    struct arena *arena, struct error *err)
{
	struct macros any = *m;
	const char *const *argv;
	const char *line;

	if (w->shell != SHELL_ALWAYS) {
		/* Without a shell there is nothing that could be code. */
		any.plain = false;
		line = macros_text(arena, &any, w->command.items[0], err);
		if (line == NULL)
			return NULL;
		argv = line_split(
		    arena, line, w->shell == SHELL_AS_NEEDED, err);
		if (argv != NULL || w->shell == SHELL_NEVER)
			return argv;
	}
	line = macros_text(arena, m, w->command.items[0], err);
	return line == NULL ? NULL : shell_words(arena, line, err);
}

static const char *const *
list_words(const struct order_words *w, const struct macros *m,
    struct arena *arena, struct error *err)
{
	const char **argv = arena_array(arena, w->command.n + 1, sizeof(*argv));
	size_t i;

	if (argv == NULL) {
		error_set(err, "out of memory");
		return NULL;
	}
	for (i = 0; i < w->command.n; i++) {
		argv[i] = macros_text(arena, m, w->command.items[i], err);
		if (argv[i] == NULL)
			return NULL;
	}
	return argv;
}

/* The program with its folder. */
static const char *const *
place(const char *const *words, const char *plugins, struct arena *arena,
    struct error *err)
{
	const char **argv;
	size_t n = 0;

	if (strncmp(words[0], CHECK_NAME, strlen(CHECK_NAME)) != 0 ||
	    strchr(words[0], '/') != NULL)
		return words;
	while (words[n] != NULL)
		n++;
	argv = arena_copy(arena, words, n + 1, sizeof(*words));
	if (argv != NULL)
		argv[0] = arena_printf(arena, "%s/%s", plugins, words[0]);
	if (argv == NULL || argv[0] == NULL) {
		error_set(err, "out of memory");
		return NULL;
	}
	return argv;
}

int
order_make(const struct order_words *w, const struct macros *m,
    struct arena *arena, struct command_order *ret, struct error *err)
{
	const char *const *argv = w->command.n == 1
				      ? line_words(w, m, arena, err)
				      : list_words(w, m, arena, err);

	if (argv != NULL)
		argv = place(argv, w->plugins, arena, err);
	if (argv == NULL)
		return -1;
	ret->argv = argv;
	return 0;
}
