#include "child.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "calling.h"
#include "clock.h"
#include "last_words.h"
#include "option.h"
#include "output.h"
#include "yaml.h"

#define NAME "farm-gmond"
#define SERIES_MAX 1000000
/* farmd gives an instance 10 s to open. */
#define START_NS (8 * NS_PER_S)
#define STOP_NS (3 * NS_PER_S)

struct child {
	struct worker_child *socket;
	struct series_table *series;
	struct output output;
	struct arena *arena; /* of what OPEN said */
	struct gmond_options options;
	struct engine *engine;
	char host[256]; /* this machine's name */
	bool open;
};

/* ------------------------------------------------------------ OPEN, CLOSE */

static struct naming_rules
rules_of(struct child *c, const struct farm_tree *tree)
{
	struct naming_rules rules = { .farm = worker_tree_text(tree, "farm"),
		.cluster = worker_tree_text(tree, "cluster"),
		.node = worker_tree_text(tree, "node"),
		.monalisa = c->options.names == NAMES_MONALISA,
		.labels = c->options.labels };

	if (c->options.node != NULL && c->options.node[0] != '\0')
		rules.node = c->options.node;
	else if (rules.node[0] == '\0' &&
		 gethostname(c->host, sizeof(c->host) - 1) == 0)
		rules.node = c->host;
	return rules;
}

static int
open_instance(
    struct child *c, const struct worker_message *message, struct error *err)
{
	struct engine_setup setup = { .options = &c->options,
		.table = c->series,
		.output = output_to(&c->output) };
	const struct farm_tree *tree;

	c->arena = arena_new(0);
	if (c->arena == NULL)
		return error_set(err, "out of memory");
	if (worker_read_tree(message, c->arena, &tree, err) != 0 ||
	    options_parse_one(gmond_options, tree_get(tree, "options"),
		&c->options, c->arena, err) != 0)
		return -1;
	setup.every_ns = strtoll(worker_tree_text(tree, "every_ns"), NULL, 10);
	if (setup.every_ns <= 0)
		return error_set(err, "every is not said");
	setup.rules = rules_of(c, tree);
	return engine_start(&c->engine, &setup, START_NS, err);
}

static void
take_open(struct child *c, const struct worker_message *message)
{
	struct error err;

	if (c->open) {
		worker_child_opened(c->socket, message->seat,
		    NAME " runs one instance in a process: name several "
			 "modules in one instance, not several instances in "
			 "one worker");
		return;
	}
	c->open = true;
	c->output.seat = message->seat;
	if (open_instance(c, message, &err) == 0) {
		worker_child_opened(c->socket, message->seat, NULL);
		return;
	}
	worker_child_opened(c->socket, message->seat, err.text);
	worker_child_begin_anew(c->socket, NAME);
}

static void
take_close(struct child *c, uint32_t seat)
{
	bool ours = c->open && seat == c->output.seat;

	if (ours)
		engine_stop(c->engine, STOP_NS);
	worker_child_closed(c->socket, seat);
	if (ours)
		worker_child_begin_anew(c->socket, NAME);
}

/* ------------------------------------------------------------------ serving
 */

static void
take(void *cookie, const struct worker_message *message)
{
	struct child *c = cookie;

	switch (message->type) {
	case WORKER_PING:
		worker_child_pong(c->socket);
		break;
	case WORKER_OPEN:
		take_open(c, message);
		break;
	case WORKER_CLOSE:
		take_close(c, message->seat);
		break;
	case WORKER_ACTION:
		worker_child_refuse(
		    c->socket, message, "gmond's modules have no actions");
		break;
	default: /* it has no targets and keeps no checkpoints */
		break;
	}
}

/* A call that never returns is the process's end: that alone stops it. */
static void
watch(void *cookie)
{
	const struct child *c = cookie;
	struct error who;

	if (c->engine == NULL || !calling_hangs(c->options.read_limit_ns, &who))
		return;
	(void)fprintf(stderr, "%s; the process ends\n", who.text);
	_exit(1);
}

void
child_main(void)
{
	struct child c = { .host = "" };
	struct error err;

	last_words_watch("module", calling_who, calling_what);
	c.series = series_table_new(SERIES_MAX);
	if (c.series != NULL)
		c.socket = worker_child_new(WORKER_FD, c.series);
	if (c.socket == NULL)
		_exit(1);
	c.output.child = c.socket;
	if (worker_child_serve(c.socket, take, watch, &c, &err) == 0)
		_exit(0);
	(void)fprintf(stderr, "%s\n", err.text);
	_exit(1);
}
