#include "instance.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "call.h"
#include "clock.h"
#include "names.h"
#include "option.h"
#include "problems.h"

/* What the contract grants open(). */
#define OPEN_NS (10 * NS_PER_S)
/* ... and an action, waiting for its turn included. */
#define ACTION_S 30

static const char *const status_names[] = {
	[INSTANCE_CLOSED] = "closed",
	[INSTANCE_OPENING] = "opening",
	[INSTANCE_RUNNING] = "running",
	[INSTANCE_FAILED] = "failed",
	[INSTANCE_BACKOFF] = "backoff",
	[INSTANCE_HUNG] = "hung",
	[INSTANCE_PAUSED] = "paused",
};

const char *
instance_status_name(enum instance_status status)
{
	return status_names[status];
}

bool
instance_status_is_red(enum instance_status status)
{
	return status == INSTANCE_FAILED || status == INSTANCE_BACKOFF ||
	       status == INSTANCE_HUNG;
}

/* Zeroed but for the options, which come ready from the configuration. */
static void
fill_state(const struct instance *in, void *state)
{
	size_t size = in->module->descriptor.state_size;

	if (in->config->options != NULL && size > 0)
		memcpy(state, in->config->options, size);
	else
		memset(state, 0, size);
}

void *
instance_state_new(const struct instance *in)
{
	size_t size = in->module->descriptor.state_size;
	void *state = calloc(1, size > 0 ? size : 1);

	if (state != NULL)
		fill_state(in, state);
	return state;
}

static int
make_targets(struct instance *in)
{
	const struct instance_config *config = in->config;
	size_t align = _Alignof(max_align_t);
	size_t size = in->module->descriptor.target_state_size;
	struct target *t;
	size_t i;

	if (config->n_nodes == 0)
		return 0;
	in->target_stride = (size + align - 1) / align * align;
	in->targets = calloc(config->n_nodes, sizeof(*in->targets));
	if (size > 0)
		in->target_states = calloc(config->n_nodes, in->target_stride);
	if (in->targets == NULL || (size > 0 && in->target_states == NULL))
		return -1;
	in->n_targets = config->n_nodes;
	for (i = 0; i < in->n_targets; i++) {
		t = &in->targets[i];
		t->instance = in;
		t->view.cluster = config->cluster;
		t->view.node = config->nodes[i].name;
		t->view.address = config->nodes[i].address;
		if (size > 0)
			t->view.state = (char *)in->target_states +
					i * in->target_stride;
	}
	return 0;
}

struct instance *
instance_new(const struct instance_config *config, struct series_table *series,
    struct sink *sink)
{
	struct instance *in = calloc(1, sizeof(*in));

	if (in == NULL)
		return NULL;
	in->config = config;
	in->module = config->module;
	in->name = config->name;
	in->series = series;
	in->sink = sink;
	ledger_init(&in->ledger);
	handles_init(&in->handles);
	pthread_mutex_init(&in->serial, NULL);
	pthread_mutex_init(&in->lock, NULL);
	in->state = instance_state_new(in);
	if (in->state == NULL || make_targets(in) != 0) {
		instance_free(in);
		return NULL;
	}
	return in;
}

void
instance_free(struct instance *in)
{
	size_t i;

	if (in == NULL)
		return;
	for (i = 0; i < in->n_targets; i++) {
		name_cache_free(in->targets[i].names, in->series);
		free(in->targets[i].last_error);
	}
	handles_clear(&in->handles, in->series);
	handles_destroy(&in->handles);
	ledger_destroy(&in->ledger);
	pthread_mutex_destroy(&in->serial);
	pthread_mutex_destroy(&in->lock);
	free(in->checkpoint);
	free(in->targets);
	free(in->target_states);
	free(in->state);
	free(in);
}

/* The serial lock is held. */
static void
close_state(struct instance *in, const struct farm_host_ops *ops)
{
	const struct farm_descriptor *d = &in->module->descriptor;
	struct call call;
	size_t i;

	call_init(&call, ops, in);
	for (i = 0; i < in->n_targets; i++) {
		if (d->target_close != NULL)
			d->target_close(
			    &call.host, in->state, &in->targets[i].view);
		name_cache_free(in->targets[i].names, in->series);
		in->targets[i].names = NULL;
	}
	if (d->close != NULL)
		d->close(&call.host, in->state);
	handles_clear(&in->handles, in->series);
	fill_state(in, in->state);
	if (in->target_states != NULL)
		memset(in->target_states, 0, in->n_targets * in->target_stride);
	in->opened = false;
}

int
instance_open(
    struct instance *in, const struct farm_host_ops *ops, struct error *err)
{
	const struct farm_descriptor *d = &in->module->descriptor;
	struct call call;
	int rc = 0;

	call_init(&call, ops, in);
	call.deadline_mono_ns = clock_mono_ns() + OPEN_NS;
	pthread_mutex_lock(&in->serial);
	in->opened = true;
	if (d->open != NULL)
		rc = d->open(&call.host, in->state);
	if (rc != 0) {
		error_set(err, "%s",
		    call.failed ? call.error.text
				: "open() failed without saying why");
		close_state(in, ops);
	} else {
		in->started_ns = clock_wall_ns();
	}
	pthread_mutex_unlock(&in->serial);
	return rc == 0 ? 0 : -1;
}

void
instance_close(struct instance *in, const struct farm_host_ops *ops)
{
	pthread_mutex_lock(&in->serial);
	if (in->opened)
		close_state(in, ops);
	pthread_mutex_unlock(&in->serial);
	atomic_store(&in->status, INSTANCE_CLOSED);
}

/* ---------------------------------------------------------------- actions */

static int
find_action(const struct instance *in, const char *name,
    struct farm_action *ret, struct error *err)
{
	size_t i;

	for (i = 0; module_action(in->module, i, ret); i++)
		if (strcmp(ret->name, name) == 0)
			return 0;
	return error_set(err, "%s: no action \"%s\" in module %s", in->name,
	    name, in->module->name);
}

/* The first problem is what the caller of an action needs to know. */
static int
parse_arguments(const struct instance *in, const struct farm_action *action,
    const struct farm_tree *tree, void *arguments, struct arena *arena,
    struct error *err)
{
	struct option_table table = { .first = action->arguments,
		.stride = in->module->stamp.option_size };
	struct problems problems = PROBLEMS_INIT;
	int rc;

	rc = options_parse(table, tree, NULL, arguments, arena, &problems);
	if (rc != 0)
		error_set(err, "%s: %s", action->name,
		    problems.n > 0 ? problems.items[0].text : "out of memory");
	problems_free(&problems);
	return rc;
}

static int
lock_serial(struct instance *in)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ACTION_S;
	return pthread_mutex_timedlock(&in->serial, &until);
}

static int
run_action(struct instance *in, const struct farm_action *action,
    const void *arguments, struct buffer *reply, struct error *err)
{
	struct call call;
	int rc;

	if (lock_serial(in) != 0)
		return error_set(err, "%s: busy", in->name);
	if (!in->opened) {
		pthread_mutex_unlock(&in->serial);
		return error_set(err, "%s: not running", in->name);
	}
	call_init(&call, &call_ops, in);
	call.deadline_mono_ns = clock_mono_ns() + ACTION_S * NS_PER_S;
	call.reply = reply;
	rc = action->run(&call.host, in->state, arguments);
	pthread_mutex_unlock(&in->serial);
	if (rc == 0)
		return 0;
	return error_set(err, "%s: %s", in->name,
	    call.failed ? call.error.text : "failed without saying why");
}

int
instance_action(struct instance *in, const char *name,
    const struct farm_tree *tree, struct buffer *reply, struct error *err)
{
	struct farm_action action;
	struct arena *arena;
	void *arguments;
	int rc;

	if (find_action(in, name, &action, err) != 0)
		return -1;
	arena = arena_new(0);
	if (arena == NULL)
		return error_set(err, "%s: out of memory", in->name);
	arguments = arena_alloc(arena, action.arguments_size);
	if (arguments == NULL)
		rc = error_set(err, "%s: out of memory", in->name);
	else
		rc = parse_arguments(in, &action, tree, arguments, arena, err);
	if (rc == 0)
		rc = run_action(in, &action, arguments, reply, err);
	arena_free(arena);
	return rc;
}
