#include "instance.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "call.h"
#include "clock.h"
#include "names.h"
#include "option.h"
#include "problems.h"
#include "worker.h"

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
	[INSTANCE_WAITING] = "waiting",
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
instance_state_new(struct instance *in, struct arena **ret_arena)
{
	size_t size = in->module->descriptor.state_size;
	void *state = calloc(1, size > 0 ? size : 1);

	if (state == NULL)
		return NULL;
	pthread_mutex_lock(&in->lock);
	fill_state(in, state);
	*ret_arena = arena_share(in->own.arena);
	pthread_mutex_unlock(&in->lock);
	return state;
}

void
instance_fill(struct instance *in)
{
	pthread_mutex_lock(&in->lock);
	arena_free(in->state_arena);
	in->state_arena = arena_share(in->own.arena);
	fill_state(in, in->state);
	pthread_mutex_unlock(&in->lock);
}

/* ---------------------------------------------------------------- targets */

/* The target, its state and its names are one piece. */
struct target *
target_new(struct instance *in, const struct node_config *node)
{
	size_t align = _Alignof(max_align_t);
	size_t room = (sizeof(struct target) + align - 1) / align * align;
	size_t size = in->module->descriptor.target_state_size;
	size_t n_name = strlen(node->name) + 1;
	size_t n_address = strlen(node->address) + 1;
	struct target *t = calloc(1, room + size + n_name + n_address);
	char *bytes = (char *)t;

	if (t == NULL)
		return NULL;
	t->instance = in;
	t->number = in->next_number++;
	t->view.cluster = in->cluster;
	t->view.node = memcpy(bytes + room + size, node->name, n_name);
	t->view.address = memcpy(
	    bytes + room + size + n_name, node->address, n_address);
	if (size > 0)
		t->view.state = bytes + room;
	return t;
}

/* The module's side, as long as the instance is open. */
static void
close_target(struct target *t, struct call *call)
{
	struct instance *in = t->instance;
	const struct farm_descriptor *d = &in->module->descriptor;

	if (d->target_close != NULL)
		d->target_close(&call->host, in->state, &t->view);
	name_cache_free(t->names, in->series);
	t->names = NULL;
	if (t->view.state != NULL)
		memset(t->view.state, 0, d->target_state_size);
}

void
target_free(struct target *t, const struct farm_host_ops *ops)
{
	struct call call;

	if (t == NULL)
		return;
	call_init(&call, ops, t->instance);
	if (t->instance->opened)
		close_target(t, &call);
	name_cache_free(t->names, t->instance->series);
	free(t->last_error);
	free(t);
}

size_t
instance_reads(const struct instance *in, const struct instance_config *config)
{
	const struct farm_descriptor *d = &in->module->descriptor;

	if (d->collector.collect == NULL && d->collector.collect_many == NULL)
		return 0;
	return config->n_nodes;
}

static int
make_targets(struct instance *in)
{
	const struct instance_config *config = in->config;
	size_t n = instance_reads(in, config), i;

	in->targets = calloc(n + 1, sizeof(*in->targets));
	if (in->targets == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		in->targets[i] = target_new(in, &config->nodes[i]);
		if (in->targets[i] == NULL)
			return -1;
		in->n_targets++;
	}
	return 0;
}

/* --------------------------------------------------------------- lifetime */

struct instance *
instance_new(const struct instance_config *config, struct series_table *series,
    struct sink *sink)
{
	struct instance *in = calloc(1, sizeof(*in));

	if (in == NULL)
		return NULL;
	in->config = &in->own;
	in->own = *config;
	(void)arena_share(config->arena);
	in->home = arena_share(config->arena);
	in->module = config->module;
	in->name = config->name;
	in->farm = config->farm;
	in->cluster = config->cluster;
	in->lifetimes = config->lifetimes;
	in->series = series;
	in->sink = sink;
	ledger_init(&in->ledger);
	handles_init(&in->handles);
	pthread_mutex_init(&in->serial, NULL);
	pthread_mutex_init(&in->acting, NULL);
	pthread_mutex_init(&in->lock, NULL);
	in->state = instance_state_new(in, &in->state_arena);
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
	for (i = 0; i < in->n_targets; i++)
		target_free(in->targets[i], &call_ops);
	handles_clear(&in->handles, in->series);
	handles_destroy(&in->handles);
	ledger_destroy(&in->ledger);
	pthread_mutex_destroy(&in->serial);
	pthread_mutex_destroy(&in->acting);
	pthread_mutex_destroy(&in->lock);
	free(in->checkpoint);
	free(in->targets);
	free(in->state);
	arena_free(in->state_arena);
	arena_free(in->own.arena);
	arena_free(in->home);
	free(in);
}

void
instance_use(struct instance *in)
{
	atomic_fetch_add(&in->users, 1);
}

void
instance_release(struct instance *in)
{
	if (in != NULL && atomic_fetch_sub(&in->users, 1) == 0)
		instance_free(in);
}

void
instance_set_config(struct instance *in, const struct instance_config *config)
{
	struct arena *before = in->own.arena;

	pthread_mutex_lock(&in->lock);
	in->own = *config;
	(void)arena_share(config->arena);
	pthread_mutex_unlock(&in->lock);
	arena_free(before);
}

int
instance_keep_checkpoint(struct instance *in, const void *bytes, size_t size)
{
	void *copy = malloc(size > 0 ? size : 1);
	void *old;

	if (copy == NULL)
		return -1;
	memcpy(copy, bytes, size);
	pthread_mutex_lock(&in->lock);
	old = in->checkpoint;
	in->checkpoint = copy;
	in->checkpoint_size = size;
	pthread_mutex_unlock(&in->lock);
	free(old);
	return 0;
}

/* ------------------------------------------------------- opening, closing */

void
instance_hold(struct instance *in)
{
	pthread_mutex_lock(&in->serial);
	pthread_mutex_lock(&in->acting);
}

void
instance_let_go(struct instance *in)
{
	pthread_mutex_unlock(&in->acting);
	pthread_mutex_unlock(&in->serial);
}

/* The instance is held. */
static void
close_state(struct instance *in, const struct farm_host_ops *ops)
{
	const struct farm_descriptor *d = &in->module->descriptor;
	struct call call;
	size_t i;

	call_init(&call, ops, in);
	for (i = 0; i < in->n_targets; i++)
		close_target(in->targets[i], &call);
	if (d->close != NULL)
		d->close(&call.host, in->state);
	handles_clear(&in->handles, in->series);
	instance_fill(in);
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
	instance_hold(in);
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
	instance_let_go(in);
	return rc == 0 ? 0 : -1;
}

void
instance_close(struct instance *in, const struct farm_host_ops *ops)
{
	instance_hold(in);
	if (in->opened)
		close_state(in, ops);
	instance_let_go(in);
	atomic_store(&in->status, INSTANCE_CLOSED);
}

bool
instance_reconfigure(struct instance *in, const struct farm_host_ops *ops,
    const struct instance_config *fresh)
{
	const struct farm_descriptor *d = &in->module->descriptor;
	struct call call;
	bool taken;

	if (d->reconfigure == NULL || !in->opened)
		return false;
	call_init(&call, ops, in);
	call.deadline_mono_ns = clock_mono_ns() + OPEN_NS;
	instance_hold(in);
	taken = d->reconfigure(&call.host, in->state, fresh->options) == 0;
	if (taken) {
		options_copy(in->module->options, in->state, fresh->options);
		arena_free(in->state_arena);
		in->state_arena = arena_share(fresh->arena);
	}
	instance_let_go(in);
	return taken;
}

/* ---------------------------------------------------------------- actions */

static int
find_action(const struct instance *in, const char *name,
    struct farm_action *ret, struct error *err)
{
	struct farm_action any = { .name = NULL };
	size_t i;

	for (i = 0; module_action(in->module, i, ret); i++) {
		if (strcmp(ret->name, name) == 0 && !module_any_action(ret))
			return 0;
		if (module_any_action(ret))
			any = *ret;
	}
	*ret = any;
	return any.name != NULL
		   ? 0
		   : error_set(err, "%s: no action \"%s\" in module %s",
			 in->name, name, in->module->name);
}

/* The first problem is what the caller of an action needs to know. */
static int
parse_arguments(const struct instance *in, const struct farm_action *action,
    const char *name, const struct farm_tree *tree, void *arguments,
    struct arena *arena, struct error *err)
{
	struct option_table table = { .first = action->arguments,
		.stride = in->module->stamp.option_size };
	struct problems problems = PROBLEMS_INIT;
	int rc;

	rc = options_parse(table, tree, NULL, arguments, arena, &problems);
	/* Whatever the caller has said: this name is what the log has. */
	if (rc == 0 && module_any_action(action))
		rc = option_parse_text(
		    action->arguments, name, arguments, arena, &problems);
	if (rc != 0)
		error_set(err, "%s: %s", name,
		    problems.n > 0 ? problems.items[0].text : "out of memory");
	problems_free(&problems);
	return rc;
}

static int
lock_for_action(struct instance *in)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ACTION_S;
	return pthread_mutex_timedlock(&in->acting, &until);
}

static int
run_action(struct instance *in, const struct farm_action *action,
    const void *arguments, struct buffer *reply, struct error *err)
{
	struct call call;
	int rc;

	if (lock_for_action(in) != 0)
		return error_set(err, "%s: busy", in->name);
	if (!in->opened) {
		pthread_mutex_unlock(&in->acting);
		return error_set(err, "%s: not running", in->name);
	}
	call_init(&call, &call_ops, in);
	call.deadline_mono_ns = clock_mono_ns() + ACTION_S * NS_PER_S;
	call.reply = reply;
	rc = action->run(&call.host, in->state, arguments);
	pthread_mutex_unlock(&in->acting);
	if (rc == 0)
		return 0;
	return error_set(err, "%s: %s", in->name,
	    call.failed ? call.error.text : "failed without saying why");
}

struct seat *
instance_seat(struct instance *in)
{
	struct seat *seat;

	pthread_mutex_lock(&in->lock);
	seat = in->seat;
	if (seat != NULL)
		seat_use(seat);
	pthread_mutex_unlock(&in->lock);
	return seat;
}

/* The worker knows the arguments better. */
static int
remote_action(struct instance *in, struct seat *seat, const char *name,
    const struct farm_tree *tree, struct buffer *reply, struct error *err)
{
	int rc = seat_action(seat, name, tree,
	    clock_mono_ns() + ACTION_S * NS_PER_S, reply, err);

	seat_unuse(seat);
	if (rc != 0 && strncmp(err->text, in->name, strlen(in->name)) != 0)
		error_prefix(err, "%s", in->name);
	return rc;
}

int
instance_action(struct instance *in, const char *name,
    const struct farm_tree *tree, struct buffer *reply, struct error *err)
{
	struct farm_action action;
	struct arena *arena;
	struct seat *seat;
	void *arguments;
	int rc;

	if (find_action(in, name, &action, err) != 0)
		return -1;
	seat = instance_seat(in);
	if (seat != NULL)
		return remote_action(in, seat, name, tree, reply, err);
	arena = arena_new(0);
	if (arena == NULL)
		return error_set(err, "%s: out of memory", in->name);
	arguments = arena_alloc(arena, action.arguments_size);
	if (arguments == NULL)
		rc = error_set(err, "%s: out of memory", in->name);
	else
		rc = parse_arguments(
		    in, &action, name, tree, arguments, arena, err);
	if (rc == 0)
		rc = run_action(in, &action, arguments, reply, err);
	arena_free(arena);
	return rc;
}
