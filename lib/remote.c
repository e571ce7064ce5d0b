/* Commands by ssh. */
#include "remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "option.h"

#define SCHEME "ssh://"
#define CLOSE_NS (2 * NS_PER_S)
/* The connection outlives the last command so long. */
#define PERSIST "ControlPersist=300"

struct remote {
	struct arena *arena;
	char folder[32];
	bool made;
	const char *via;
	const char *socket; /* the option that says where it is */
	const char *host;
	const char *user; /* "": whom ssh takes */
	const char *port; /* "": likewise */
	const char *const *options;
	size_t n_options;
};

/* Nothing of it may be taken for an option or split by a shell. */
static int
parse(struct remote *r, const char *via, struct error *err)
{
	const char *rest = via + strlen(SCHEME), *at;
	struct farm_address a = { .text = "" };

	if (strncmp(via, SCHEME, strlen(SCHEME)) != 0)
		return error_set(
		    err, "\"%s\" is not ssh://[USER@]HOST[:PORT]", via);
	at = strrchr(rest, '@');
	r->user = at != NULL
		      ? arena_strndup(r->arena, rest, (size_t)(at - rest))
		      : "";
	if (address_parse(r->arena, at != NULL ? at + 1 : rest, &a, err) != 0)
		return error_prefix(err, "%s", via);
	if (a.host[0] == '\0' || a.host[0] == '-' || a.path[0] != '\0' ||
	    r->user == NULL || r->user[0] == '-')
		return error_set(
		    err, "\"%s\" is not ssh://[USER@]HOST[:PORT]", via);
	r->host = a.host;
	r->port = a.port != 0 ? arena_printf(r->arena, "%u", a.port) : "";
	return 0;
}

static struct remote *
remote_new(void)
{
	struct remote *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->arena = arena_new(0);
	if (r->arena != NULL)
		return r;
	free(r);
	return NULL;
}

int
remote_check(const char *via, struct error *err)
{
	struct remote *r = remote_new();
	int rc;

	if (r == NULL)
		return error_set(err, "out of memory");
	rc = parse(r, via, err);
	remote_close(r);
	return rc;
}

static int
keep_options(struct remote *r, const struct farm_list *options)
{
	const char **copy = arena_array(
	    r->arena, options->n + 1, sizeof(*copy));
	size_t i;

	for (i = 0; copy != NULL && i < options->n; i++)
		copy[i] = arena_strdup(r->arena, options->items[i]);
	r->options = copy;
	r->n_options = options->n;
	return copy != NULL ? 0 : -1;
}

int
remote_open(struct remote **ret, const char *via,
    const struct farm_list *options, struct error *err)
{
	struct remote *r = remote_new();

	if (r == NULL)
		return error_set(err, "out of memory");
	if (parse(r, via, err) != 0)
		goto fail;
	(void)snprintf(r->folder, sizeof(r->folder), "/tmp/farm-ssh-XXXXXX");
	r->made = mkdtemp(r->folder) != NULL;
	if (!r->made) {
		error_set(err, "/tmp/farm-ssh-XXXXXX: %m");
		goto fail;
	}
	r->socket = arena_printf(r->arena, "ControlPath=%s/socket", r->folder);
	r->via = arena_strdup(r->arena, via);
	if (r->socket == NULL || r->via == NULL ||
	    keep_options(r, options) != 0) {
		error_set(err, "out of memory");
		goto fail;
	}
	*ret = r;
	return 0;
fail:
	remote_close(r);
	return -1;
}

/* Words of a command line; the arena's. */
struct words {
	const char **items;
	size_t n;
};

static void
put(struct words *w, const char *word)
{
	w->items[w->n++] = word;
}

static void
put_option(struct words *w, const char *option)
{
	put(w, "-o");
	put(w, option);
}

/* Up to the name of the host. */
static struct words
ssh_words(const struct remote *r, struct arena *arena, const char *order)
{
	struct words w = { .items = arena_array(
			       arena, r->n_options + 24, sizeof(char *)) };
	size_t i;

	if (w.items == NULL)
		return w;
	put(&w, "ssh");
	for (i = 0; i < r->n_options; i++)
		put(&w, r->options[i]);
	put_option(&w, "BatchMode=yes");
	put_option(&w, "ControlMaster=auto");
	put_option(&w, r->socket);
	put_option(&w, PERSIST);
	if (order != NULL) {
		put(&w, "-O");
		put(&w, order);
	}
	if (r->user[0] != '\0') {
		put(&w, "-l");
		put(&w, r->user);
	}
	if (r->port[0] != '\0') {
		put(&w, "-p");
		put(&w, r->port);
	}
	put(&w, "--");
	put(&w, r->host);
	return w;
}

const char *const *
remote_argv(const struct remote *r, struct arena *arena,
    const char *const *argv, const char *const *environment, unsigned seconds)
{
	struct words w = ssh_words(r, arena, NULL);
	struct buffer b = BUFFER_INIT;
	char *line;

	if (w.items == NULL)
		return NULL;
	/* There a shell reads it, whatever we do. */
	buffer_printf(&b, "exec timeout -k 1 %u env LC_ALL=C ", seconds);
	if (environment != NULL && environment[0] != NULL) {
		command_line(&b, environment);
		buffer_putc(&b, ' ');
	}
	command_line(&b, argv);
	line = buffer_failed(&b) ? NULL : arena_strdup(arena, buffer_text(&b));
	buffer_free(&b);
	if (line == NULL)
		return NULL;
	put(&w, line);
	return w.items;
}

int
remote_order(
    const struct remote *r, struct arena *arena, struct command_order *order)
{
	int64_t left_ns = order->deadline_ns - clock_mono_ns();
	struct buffer shown = BUFFER_INIT;

	command_line(&shown, order->argv);
	if (r != NULL) {
		buffer_printf(&shown, " (by %s)", r->via);
		order->argv = remote_argv(r, arena, order->argv,
		    order->environment,
		    left_ns > 0 ? (unsigned)(left_ns / NS_PER_S) + 1 : 1);
		order->environment = NULL;
	}
	order->shown = buffer_failed(&shown) ? NULL
					     : arena_strdup(arena, shown.data);
	buffer_free(&shown);
	return order->argv != NULL && order->shown != NULL ? 0 : -1;
}

/* The connection stays in the background; nobody needs to hear if it was
   gone already. */
static void
hang_up(const struct remote *r)
{
	struct command_order o = { .output_max = 4096,
		.deadline_ns = clock_mono_ns() + CLOSE_NS };
	struct arena *arena = arena_new(0);
	struct command *c;
	struct words w;

	if (arena == NULL)
		return;
	w = ssh_words(r, arena, "exit");
	o.argv = w.items;
	if (w.items != NULL && command_run(&c, &o, -1, NULL) == 0)
		command_free(c);
	arena_free(arena);
}

void
remote_close(struct remote *r)
{
	char socket[sizeof(r->folder) + 8];

	if (r == NULL)
		return;
	if (r->made) {
		(void)snprintf(socket, sizeof(socket), "%s/socket", r->folder);
		if (access(socket, F_OK) == 0)
			hang_up(r);
		(void)unlink(socket);
		(void)rmdir(r->folder);
	}
	arena_free(r->arena);
	free(r);
}
