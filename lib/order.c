#include "order.h"

#include <string.h>

#include "clock.h"
#include "target_text.h"

/* FARM_CLUSTER, FARM_NODE, FARM_ADDRESS and the NULL at the end. */
#define OWN_VARIABLES 4
/* "/bin/sh", "-c", the name of the shell itself and the NULL. */
#define SHELL_WORDS 4

static int
check_program(struct farm_host *host, const struct order_words *w, bool targets)
{
	struct error err;
	int rc = 0;
	size_t i;

	if (w->command.n == 0 || w->command.items[0][0] == '\0')
		rc = farm_fail(host, "command: names no program");
	for (i = w->shell; targets && i < w->command.n; i++)
		if (target_text_check(w->command.items[i], &err) != 0)
			rc = farm_fail(host, "command[%zu]: %s", i, err.text);
	return rc;
}

int
order_check(struct farm_host *host, const struct order_words *w, bool targets)
{
	int rc = check_program(host, w, targets);
	struct error err;
	size_t i;

	for (i = 0; i < w->environment.n; i++) {
		const struct farm_pair *p = &w->environment.pairs[i];

		if (p->key[0] == '\0' || strchr(p->key, '=') != NULL)
			rc = farm_fail(host,
			    "environment[%zu]: \"%s\" is no variable", i,
			    p->key);
		else if (targets && target_text_check(p->value, &err) != 0)
			rc = farm_fail(
			    host, "environment[%zu]: %s", i, err.text);
	}
	if (w->user != NULL && command_check_user(w->user, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	return rc;
}

/* "KEY=WORD", or the word alone without a key; NULL if memory is out. */
static const char *
make_word(struct arena *arena, const char *key, const char *word,
    const struct farm_target *t, struct error *err)
{
	struct buffer b = BUFFER_INIT;
	char *text = NULL;

	if (key != NULL)
		buffer_printf(&b, "%s=", key);
	if (target_text_put(&b, word, t, err) != 0)
		goto out;
	if (!buffer_failed(&b))
		text = arena_strndup(arena, buffer_text(&b), b.size);
	if (text == NULL)
		error_set(err, "out of memory");
out:
	buffer_free(&b);
	return text;
}

/* A shell gets its text as it is: names must not become code. */
static int
make_argv(const struct order_words *w, const struct farm_target *t,
    struct arena *arena, struct command_order *ret, struct error *err)
{
	const char **argv = arena_array(
	    arena, w->command.n + SHELL_WORDS, sizeof(*argv));
	size_t i = 0, n = 0;

	if (argv == NULL)
		return error_set(err, "out of memory");
	if (w->shell) {
		argv[n++] = "/bin/sh";
		argv[n++] = "-c";
		argv[n++] = w->command.items[i++];
		argv[n++] = "sh";
	}
	for (; i < w->command.n; i++, n++) {
		argv[n] = make_word(arena, NULL, w->command.items[i], t, err);
		if (argv[n] == NULL)
			return -1;
	}
	ret->argv = argv;
	return 0;
}

static int
make_environment(const struct order_words *w, const struct farm_target *t,
    struct arena *arena, struct command_order *ret, struct error *err)
{
	static const struct farm_pair own[] = {
		{ "FARM_CLUSTER", "{cluster}" },
		{ "FARM_NODE", "{node}" },
		{ "FARM_ADDRESS", "{address}" },
	};
	const char **lines = arena_array(
	    arena, w->environment.n + OWN_VARIABLES, sizeof(*lines));
	size_t n_own = t != NULL ? sizeof(own) / sizeof(own[0]) : 0;
	size_t i;

	if (lines == NULL)
		return error_set(err, "out of memory");
	for (i = 0; i < n_own + w->environment.n; i++) {
		const struct farm_pair *p =
		    i < n_own ? &own[i] : &w->environment.pairs[i - n_own];

		lines[i] = make_word(arena, p->key, p->value, t, err);
		if (lines[i] == NULL)
			return -1;
	}
	ret->environment = lines;
	return 0;
}

int
order_make(const struct order_words *w, const struct farm_target *t,
    struct arena *arena, struct command_order *ret, struct error *err)
{
	if (w->command.n == 0)
		return error_set(err, "command: names no program");
	if (make_argv(w, t, arena, ret, err) != 0)
		return -1;
	ret->user = w->user;
	ret->limits = (struct command_limits){ .memory = w->memory,
		.cpu_s = (w->cpu_ns + NS_PER_S - 1) / NS_PER_S,
		.files = w->files,
		.processes = w->processes };
	return make_environment(w, t, arena, ret, err);
}
