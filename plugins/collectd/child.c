#include "child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "callbacks.h"
#include "clock.h"
#include "context.h"
#include "last_words.h"
#include "life.h"
#include "options.h"
#include "output_farmd.h"
#include "plan.h"
#include "reads.h"
#include "say.h"
#include "worker_child.h"
#include "writer.h"
#include "yaml.h"

#define SERIES_MAX 10000000
#define TICK_NS NS_PER_S

struct child {
	struct worker_child *socket;
	struct series_table *series;
	struct output *output;
	struct map map;
	struct arena *arena; /* of what OPEN said */
	struct plan plan;
	struct collectd_writer_options writing;
	struct writer *writer; /* NULL: it collects */
	bool open;
	uint32_t seat;
	int64_t ticked_mono_ns;
};

/* ------------------------------------------------------------ OPEN, CLOSE */

static void
fill_map(struct child *c, const struct farm_tree *tree)
{
	c->map = (struct map){ .farm = worker_tree_text(tree, "farm"),
		.cluster = worker_tree_text(tree, "cluster"),
		.node = worker_tree_text(tree, "node"),
		.hosts = c->plan.options.hosts,
		.names = (enum options_names)c->plan.options.names };
	if (c->plan.options.node != NULL && c->plan.options.node[0] != '\0')
		c->map.node = c->plan.options.node;
}

/* Those that do more than write, or whose chains say what is written. */
static void
say_writers(void)
{
	struct callbacks *list = callbacks_get(CALLBACK_WRITE);
	size_t i;

	for (i = 0; list != NULL && i < list->n; i++)
		say(LOG_NOTICE, list->items[i]->context.name,
		    "%s writes by itself, past farmd's journal",
		    list->items[i]->name);
	callbacks_put(list);
}

static int
open_collector(struct child *c, const struct farm_tree *tree, struct error *err)
{
	const char *every = worker_tree_text(tree, "every_ns");

	if (plan_read(&c->plan, tree_get(tree, "options"),
		strtoll(every, NULL, 10), c->arena, err) != 0)
		return -1;
	fill_map(c, tree);
	if (plan_configure(&c->plan, err) != 0 || life_start(false, err) != 0)
		return -1;
	say_writers();
	return 0;
}

static int
open_writer(struct child *c, const struct farm_tree *tree, struct error *err)
{
	output_farmd_set_writer(c->output);
	if (plan_read_writer(&c->plan, &c->writing, tree_get(tree, "options"),
		c->arena, err) != 0 ||
	    plan_configure(&c->plan, err) != 0)
		return -1;
	c->writer = writer_new(c->socket, c->seat, &c->writing, err);
	return c->writer == NULL ? -1 : life_start(true, err);
}

static int
open_instance(
    struct child *c, const struct worker_message *message, struct error *err)
{
	const struct farm_tree *tree;

	c->arena = arena_new(0);
	if (c->arena == NULL)
		return error_set(err, "out of memory");
	if (worker_read_tree(message, c->arena, &tree, err) != 0)
		return -1;
	if (strcmp(worker_tree_text(tree, "role"), "writer") == 0)
		return open_writer(c, tree, err);
	return open_collector(c, tree, err);
}

static void
take_open(struct child *c, const struct worker_message *message)
{
	struct error err;

	if (c->open) {
		worker_child_opened(c->socket, message->seat,
		    "farm-collectd runs one instance in a process: name "
		    "several plugins in one instance, not several instances in "
		    "one worker");
		return;
	}
	c->open = true;
	c->seat = message->seat;
	output_farmd_set_seat(c->output, message->seat);
	if (open_instance(c, message, &err) == 0) {
		worker_child_opened(c->socket, message->seat, NULL);
		return;
	}
	worker_child_opened(c->socket, message->seat, err.text);
	worker_child_begin_anew(c->socket, "farm-collectd");
}

static void
take_close(struct child *c, uint32_t seat)
{
	bool ours = c->open && seat == c->seat;

	if (ours)
		life_stop(c->plan.options.shutdown_limit_ns);
	worker_child_closed(c->socket, seat);
	if (ours)
		worker_child_begin_anew(c->socket, "farm-collectd");
}

/* ------------------------------------------------------------------ the rest
 */

/* farmd does not ask before it has been told that the writer is open. */
static void
take_write(struct child *c, const struct worker_message *message)
{
	struct error err;

	if (c->writer == NULL)
		error_set(&err, "seat %u is no writer", message->seat);
	else if (message->type == WORKER_TICK)
		return writer_tick(c->writer);
	else if (writer_write(c->writer, message, &err) == 0)
		return;
	(void)fprintf(stderr, "%s\n", err.text);
	_exit(1);
}

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
		    c->socket, message, "collectd's plugins have no actions");
		break;
	case WORKER_WRITE:
	case WORKER_TICK:
		take_write(c, message);
		break;
	default: /* it has no targets and keeps no checkpoints */
		break;
	}
}

/* A read that never returns is the process's end: that alone stops it. */
static void
tick(void *cookie)
{
	struct child *c = cookie;
	int64_t now = clock_mono_ns();
	struct error who;

	if (!c->open || now - c->ticked_mono_ns < TICK_NS)
		return;
	c->ticked_mono_ns = now;
	life_tick();
	/* How long a write may last is farmd's affair. */
	if (c->writer != NULL ||
	    !reads_hang(c->plan.options.read_limit_ns, &who))
		return;
	say(LOG_ERR, "", "%s; the process ends", who.text);
	_exit(1);
}

void
child_main(void)
{
	struct child c = { .map.node = "" };
	struct error err;

	last_words_watch("plugin", context_plugin, context_doing);
	c.series = series_table_new(SERIES_MAX);
	if (c.series != NULL)
		c.socket = worker_child_new(WORKER_FD, c.series);
	if (c.socket != NULL)
		c.output = output_farmd_new(c.socket, c.series, &c.map);
	if (c.output == NULL)
		_exit(1);
	output = c.output;
	if (worker_child_serve(c.socket, take, tick, &c, &err) == 0)
		_exit(0);
	(void)fprintf(stderr, "%s\n", err.text);
	_exit(1);
}
