#include "worker_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "config_tables.h"
#include "listen.h"
#include "log.h"
#include "wait.h"
#include "yaml.h"

/* A process that nobody needs has ended within this. */
#define REST_NS (5 * NS_PER_S)

void
workers_wake(struct workers *ws)
{
	uint64_t one = 1;

	(void)!write(ws->wake, &one, sizeof(one));
}

struct workers *
workers_new(const struct workers_config *config)
{
	struct workers *ws = calloc(1, sizeof(*ws));

	if (ws == NULL)
		return NULL;
	ws->config = *config;
	ws->helper = -1;
	ws->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&ws->lock, NULL);
	wait_init(&ws->changed);
	if (ws->wake < 0) {
		workers_free(ws);
		return NULL;
	}
	return ws;
}

void
workers_free(struct workers *ws)
{
	if (ws == NULL)
		return;
	pthread_mutex_lock(&ws->lock);
	ws->ending = true;
	workers_wake(ws);
	pthread_mutex_unlock(&ws->lock);
	if (ws->running)
		pthread_join(ws->thread, NULL);
	if (ws->wake >= 0)
		close(ws->wake);
	pthread_cond_destroy(&ws->changed);
	pthread_mutex_destroy(&ws->lock);
	free(ws);
}

/* ----------------------------------------------------------- one worker */

void
worker_end(struct worker *w, const char *why)
{
	if (w->state == WORKER_IDLE || w->state == WORKER_DEAD)
		return;
	if (w->cause == NULL)
		w->cause = strdup(why);
	if (w->state == WORKER_WANTED)
		w->state = WORKER_DEAD; /* there is nothing to kill */
	else
		spawner_kill(w->workers->helper, w->id);
	if (w->state != WORKER_DEAD)
		w->state = WORKER_ENDING;
	workers_wake(w->workers);
}

static struct worker *
worker_new(struct workers *ws, const struct instance_config *c)
{
	const char *program = c->isolation.program;
	struct worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->workers = ws;
	w->fd = w->output = -1;
	w->limits = c->isolation.limits;
	w->name = strdup(c->isolation.worker);
	w->label = strdup(
	    w->name != NULL && w->name[0] != '\0' ? w->name : c->name);
	w->module = strdup(c->module->name);
	w->program = strdup(program);
	w->decoder = frame_decoder_new(ws->config.series);
	if (w->decoder != NULL)
		frame_decoder_bear_full(w->decoder);
	if (w->name != NULL && w->module != NULL && w->label != NULL &&
	    w->program != NULL && w->decoder != NULL)
		return w;
	worker_free(w);
	return NULL;
}

void
worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	if (w->fd >= 0)
		close(w->fd);
	if (w->output >= 0)
		close(w->output);
	worker_forget_out(w);
	buffer_free(&w->out);
	buffer_free(&w->in);
	buffer_free(&w->line);
	frame_decoder_free(w->decoder);
	free(w->fds);
	free(w->name);
	free(w->label);
	free(w->module);
	free(w->program);
	free(w->cause);
	free(w->last_cause);
	free(w->lacks);
	free(w->crash);
	free(w);
}

/* The one of this name that is alike in all else, too: instances that want
   other limits do not share it. */
static struct worker *
find_worker(struct workers *ws, const struct isolation *i)
{
	struct worker *w;

	for (w = ws->list; w != NULL && i->worker[0] != '\0'; w = w->next)
		if (strcmp(w->name, i->worker) == 0 && w->seats != NULL &&
		    strcmp(w->program, i->program) == 0 &&
		    spawner_limits_equal(&w->limits, &i->limits))
			return w;
	return NULL;
}

/* --------------------------------------------------------------- seats */

static int
run_thread(struct workers *ws)
{
	if (!ws->running)
		ws->running = pthread_create(
				  &ws->thread, NULL, workers_main, ws) == 0;
	return ws->running ? 0 : -1;
}

struct seat *
seat_new(
    struct workers *ws, struct instance *in, const struct seat_events *events)
{
	struct seat *s = calloc(1, sizeof(*s));
	struct worker *w;

	if (s == NULL)
		return NULL;
	pthread_mutex_lock(&ws->lock);
	w = find_worker(ws, &in->own.isolation);
	if (w == NULL && run_thread(ws) == 0)
		w = worker_new(ws, &in->own);
	if (w != NULL && w->seats == NULL) {
		w->next = ws->list;
		ws->list = w;
	}
	if (w != NULL) {
		s->worker = w;
		s->instance = in;
		s->events = events;
		s->number = ++ws->next_id;
		s->next = w->seats;
		w->seats = s;
	}
	pthread_mutex_unlock(&ws->lock);
	if (w != NULL)
		return s;
	free(s);
	return NULL;
}

/* Whoever waits for an answer gets none. */
static void
fail_actions(struct seat *s)
{
	struct action *a;

	for (a = s->worker->workers->actions; a != NULL; a = a->next)
		if (a->seat == s && !a->over) {
			error_set(a->err, "not running");
			a->over = a->failed = true;
		}
	seat_fail_questions(s);
}

void
seat_free(struct seat *s)
{
	struct workers *ws;
	struct seat **at;

	if (s == NULL)
		return;
	ws = s->worker->workers;
	pthread_mutex_lock(&ws->lock);
	fail_actions(s);
	pthread_cond_broadcast(&ws->changed);
	while (s->busy || s->users > 0)
		pthread_cond_wait(&ws->changed, &ws->lock);
	for (at = &s->worker->seats; *at != s; at = &(*at)->next)
		;
	*at = s->next;
	workers_wake(ws); /* it may be for nothing now */
	pthread_mutex_unlock(&ws->lock);
	free(s->hung);
	free(s);
}

void
seat_use(struct seat *s)
{
	pthread_mutex_lock(&s->worker->workers->lock);
	s->users++;
	pthread_mutex_unlock(&s->worker->workers->lock);
}

void
seat_unuse(struct seat *s)
{
	struct workers *ws = s->worker->workers;

	pthread_mutex_lock(&ws->lock);
	s->users--;
	pthread_cond_broadcast(&ws->changed);
	pthread_mutex_unlock(&ws->lock);
}

/* ------------------------------------------------------------ messages */

static void
put_hello(struct worker *w)
{
	size_t begin = worker_put_begin(&w->out, WORKER_HELLO, 0);
	char version[16];

	snprintf(version, sizeof(version), "%d", WORKER_VERSION);
	worker_put_mapping(&w->out, "", 3);
	worker_put_scalar(&w->out, "version", version);
	worker_put_scalar(
	    &w->out, "exec", w->limits.no_exec ? "false" : "true");
	worker_put_scalar(
	    &w->out, "debug", w->workers->config.debug ? "true" : "false");
	worker_put_end(&w->out, begin);
}

/* With the instance's lock held. */
static void
put_checkpoint(struct seat *s)
{
	struct instance *in = s->instance;

	if (in->checkpoint != NULL)
		worker_put(&s->worker->out, WORKER_CHECKPOINT, s->number,
		    in->checkpoint, in->checkpoint_size);
}

static int
put_sockets(struct seat *s, struct error *err)
{
	struct buffer *out = &s->worker->out;
	const char *option, *address;
	size_t i, begin;
	int fd;

	for (i = 0; (fd = listener_door(
			 s->instance->listener, i, &option, &address)) >= 0;
	     i++) {
		if (worker_attach(s->worker, fd) != 0)
			return error_set(err, "%s: %m", option);
		begin = worker_put_begin(out, WORKER_SOCKET, s->number);
		buffer_put(out, option, strlen(option) + 1);
		buffer_put(out, address, strlen(address) + 1);
		worker_put_end(out, begin);
	}
	return 0;
}

/* The module's own; but for writers, the host's stand in the same mapping. */
static bool
is_modules(const struct instance *in, const struct farm_tree *option)
{
	const struct farm_option *o;

	if (in->module->role == FARM_WRITER)
		return true;
	o = in->module->role == FARM_FILTER ? filter_options
					    : collector_options;
	for (; o->name != NULL; o++)
		if (strcmp(o->name, option->key) == 0)
			return false;
	return true;
}

/*
 * As configured, but for secrets, which come as they were read: the worker may
 * be another user, who cannot read their files.
 */
static void
put_option(
    struct buffer *out, const struct instance *in, const struct farm_tree *tree)
{
	const struct farm_option *o;
	const char *value;
	size_t i;

	for (i = 0; (o = option_at(in->module->options, i)) != NULL; i++)
		if (o->type == FARM_TYPE_SECRET &&
		    strcmp(o->name, tree->key) == 0) {
			memcpy(&value,
			    (const char *)in->own.options + o->offset,
			    sizeof(value));
			worker_put_scalar(
			    out, tree->key, value != NULL ? value : "");
			return;
		}
	worker_put_tree(out, tree->key, tree);
}

static void
put_options(struct buffer *out, const struct instance *in)
{
	const struct farm_tree *tree = in->own.tree;
	size_t n = tree != NULL ? tree->n_children : 0, i, own = 0;

	for (i = 0; i < n; i++)
		own += is_modules(in, tree->children[i]);
	worker_put_mapping(out, "options", own);
	for (i = 0; i < n; i++)
		if (is_modules(in, tree->children[i]))
			put_option(out, in, tree->children[i]);
}

static void
put_open(struct seat *s)
{
	const struct instance *in = s->instance;
	struct buffer *out = &s->worker->out;
	size_t begin = worker_put_begin(out, WORKER_OPEN, s->number);
	char every[32];

	snprintf(every, sizeof(every), "%lld", (long long)in->own.every_ns);
	worker_put_mapping(out, "", 10);
	worker_put_scalar(out, "name", in->name);
	worker_put_scalar(out, "farm", in->farm);
	worker_put_scalar(out, "cluster", in->cluster);
	worker_put_scalar(
	    out, "node", in->own.n_nodes == 1 ? in->own.nodes[0].name : "");
	worker_put_scalar(out, "every_ns", every);
	worker_put_scalar(out, "role", role_name(in->module->role));
	worker_put_scalar(out, "module", in->module->name);
	worker_put_scalar(out, "path", in->module->path);
	worker_put_scalar(out, "ours", in->module->ours ? "true" : "false");
	put_options(out, in);
	worker_put_end(out, begin);
}

static int
put_instance(struct seat *s, struct error *err)
{
	struct worker *w = s->worker;

	if (w->state == WORKER_IDLE) {
		w->state = WORKER_WANTED;
		put_hello(w);
		workers_wake(w->workers);
	}
	put_checkpoint(s);
	if (put_sockets(s, err) != 0)
		return -1;
	put_open(s);
	s->open = true;
	s->resting = false;
	free(s->hung);
	s->hung = NULL;
	worker_send(w);
	return 0;
}

int
seat_open(struct seat *s, struct error *err)
{
	struct worker *w = s->worker;
	int rc;

	pthread_mutex_lock(&s->instance->lock);
	pthread_mutex_lock(&w->workers->lock);
	if (w->state == WORKER_ENDING || w->state == WORKER_DEAD)
		rc = error_set(err, "its worker is ending");
	else
		rc = put_instance(s, err);
	pthread_mutex_unlock(&w->workers->lock);
	pthread_mutex_unlock(&s->instance->lock);
	return rc;
}

static void
send_bare(
    struct seat *s, enum worker_type type, const void *payload, size_t size)
{
	pthread_mutex_lock(&s->worker->workers->lock);
	if (s->open) {
		worker_put(&s->worker->out, type, s->number, payload, size);
		worker_send(s->worker);
	}
	pthread_mutex_unlock(&s->worker->workers->lock);
}

void
seat_close(struct seat *s)
{
	send_bare(s, WORKER_CLOSE, NULL, 0);
}

bool
worker_is_idle(const struct worker *w)
{
	const struct seat *s;

	for (s = w->seats; s != NULL; s = s->next)
		if (!s->resting)
			return false;
	return true;
}

void
seat_rest(struct seat *s)
{
	struct workers *ws = s->worker->workers;

	pthread_mutex_lock(&ws->lock);
	s->open = false;
	s->resting = true;
	workers_wake(ws);
	pthread_mutex_unlock(&ws->lock);
}

/* A process that was killed for something is seat_open()'s to refuse. */
void
seat_await_rest(struct seat *s)
{
	struct worker *w = s->worker;
	int64_t deadline = clock_mono_ns() + REST_NS;

	pthread_mutex_lock(&w->workers->lock);
	s->resting = false;
	while ((w->state == WORKER_ENDING || w->state == WORKER_DEAD) &&
	       w->dismissed)
		if (!wait_until(
			&w->workers->changed, &w->workers->lock, deadline))
			break;
	pthread_mutex_unlock(&w->workers->lock);
}

void
seat_target(struct seat *s, const struct target *t)
{
	struct buffer *out = &s->worker->out;
	size_t begin;

	pthread_mutex_lock(&s->worker->workers->lock);
	if (s->open) {
		begin = worker_put_begin(out, WORKER_TARGET, s->number);
		worker_put_u32(out, t->number);
		buffer_put(out, t->view.node, strlen(t->view.node) + 1);
		buffer_put(out, t->view.address, strlen(t->view.address) + 1);
		worker_put_end(out, begin);
		s->worker->dirty = true;
	}
	pthread_mutex_unlock(&s->worker->workers->lock);
}

void
seat_forget(struct seat *s, uint32_t target)
{
	struct buffer number = BUFFER_INIT;

	worker_put_u32(&number, target);
	if (!buffer_failed(&number))
		send_bare(s, WORKER_FORGET, number.data, number.size);
	buffer_free(&number);
}

void
seat_run(struct seat *s, uint32_t target, int64_t deadline_mono_ns)
{
	struct buffer *out = &s->worker->out;
	size_t begin;

	pthread_mutex_lock(&s->worker->workers->lock);
	if (s->open) {
		begin = worker_put_begin(out, WORKER_RUN, s->number);
		worker_put_run(out, target, deadline_mono_ns);
		worker_put_end(out, begin);
		s->worker->dirty = true;
	}
	pthread_mutex_unlock(&s->worker->workers->lock);
}

void
workers_flush(struct workers *ws)
{
	struct worker *w;

	if (ws == NULL)
		return;
	pthread_mutex_lock(&ws->lock);
	for (w = ws->list; w != NULL; w = w->next)
		if (w->dirty)
			worker_send(w);
	pthread_mutex_unlock(&ws->lock);
}

void
seat_write(struct seat *s, int64_t deadline_mono_ns, const struct buffer *frame)
{
	struct worker *w = s->worker;
	size_t begin;

	pthread_mutex_lock(&w->workers->lock);
	if (s->open) {
		begin = worker_put_begin(&w->out, WORKER_WRITE, s->number);
		worker_put_u64(&w->out, (uint64_t)deadline_mono_ns);
		buffer_put(&w->out, frame->data, frame->size);
		worker_put_end(&w->out, begin);
		worker_send(w);
	}
	pthread_mutex_unlock(&w->workers->lock);
}

void
seat_tick(struct seat *s, int64_t deadline_mono_ns)
{
	struct buffer deadline = BUFFER_INIT;

	worker_put_u64(&deadline, (uint64_t)deadline_mono_ns);
	if (!buffer_failed(&deadline))
		send_bare(s, WORKER_TICK, deadline.data, deadline.size);
	buffer_free(&deadline);
}

void
seat_kill(struct seat *s, const char *why)
{
	pthread_mutex_lock(&s->worker->workers->lock);
	worker_end(s->worker, why);
	pthread_mutex_unlock(&s->worker->workers->lock);
}

/* ------------------------------------------------------------- actions */

static void
send_action(
    struct seat *s, uint32_t id, const char *name, const struct farm_tree *tree)
{
	struct buffer *out = &s->worker->out;
	size_t begin = worker_put_begin(out, WORKER_ACTION, s->number);
	char number[16];

	snprintf(number, sizeof(number), "%u", id);
	worker_put_mapping(out, "", tree != NULL ? 3 : 2);
	worker_put_scalar(out, "id", number);
	worker_put_scalar(out, "name", name);
	if (tree != NULL)
		worker_put_tree(out, "arguments", tree);
	worker_put_end(out, begin);
	worker_send(s->worker);
}

static void
remove_action(struct workers *ws, struct action *a)
{
	struct action **at = &ws->actions;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
}

int
seat_action(struct seat *s, const char *name, const struct farm_tree *tree,
    int64_t deadline_mono_ns, struct buffer *reply, struct error *err)
{
	struct workers *ws = s->worker->workers;
	struct action a = { .seat = s, .reply = reply, .err = err };

	pthread_mutex_lock(&ws->lock);
	if (!s->open) {
		pthread_mutex_unlock(&ws->lock);
		return error_set(err, "not running");
	}
	a.id = ++ws->next_id;
	a.next = ws->actions;
	ws->actions = &a;
	send_action(s, a.id, name, tree);
	while (!a.over)
		if (!wait_until(&ws->changed, &ws->lock, deadline_mono_ns))
			break;
	remove_action(ws, &a);
	pthread_mutex_unlock(&ws->lock);
	if (!a.over)
		return error_set(err, "no answer in time");
	return a.failed ? -1 : 0;
}

void
workers_fail_actions(struct worker *w)
{
	struct seat *s;

	for (s = w->seats; s != NULL; s = s->next)
		fail_actions(s);
	pthread_cond_broadcast(&w->workers->changed);
}

/* --------------------------------------------------------------- state */

static const char *const state_names[] = {
	[WORKER_IDLE] = "idle",
	[WORKER_WANTED] = "starting",
	[WORKER_STARTING] = "starting",
	[WORKER_UP] = "up",
	[WORKER_ENDING] = "ending",
	[WORKER_DEAD] = "ending",
};

void
seat_json(struct seat *s, struct buffer *b)
{
	struct worker *w = s->worker;

	pthread_mutex_lock(&w->workers->lock);
	buffer_puts(b, "{\"name\":");
	buffer_json_text(b, w->label);
	buffer_printf(b, ",\"state\":\"%s\",\"pid\":%d,\"starts\":%llu",
	    state_names[w->state], (int)w->pid, (unsigned long long)w->starts);
	buffer_puts(b, ",\"last_cause\":");
	if (w->last_cause == NULL)
		buffer_puts(b, "null");
	else
		buffer_json_text(b, w->last_cause);
	buffer_puts(b, ",\"last_end\":");
	time_json(b, w->last_end_ns);
	buffer_printf(b,
	    ",\"rss_bytes\":%lld,\"size_bytes\":%lld,\"cpu_ns\":%lld,"
	    "\"files\":%lld,\"confined\":",
	    (long long)w->rss_bytes, (long long)w->size_bytes,
	    (long long)w->cpu_ns, (long long)w->files);
	confinement_json(b, w->confined);
	buffer_puts(b, ",\"unconfined\":");
	if (w->lacks == NULL)
		buffer_puts(b, "null}");
	else {
		buffer_json_text(b, w->lacks);
		buffer_putc(b, '}');
	}
	pthread_mutex_unlock(&w->workers->lock);
}
