#include "worker_main.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "confine.h"
#include "log.h"
#include "worker_filter.h"
#include "worker_guest.h"
#include "worker_writer.h"

/* farmd's own limit is the one that counts. */
#define SERIES_MAX 60000000
#define THREADS_MAX 64
#define THREAD_IDLE_NS (10 * NS_PER_S)
/* How often farmd is told what it does not see. */
#define LEDGER_MS 1000

/* -------------------------------------------------------- towards farmd -- */

static struct guest *
guest_of(struct worker_main *m, const char *name)
{
	struct guest *g;

	for (g = m->guests; g != NULL; g = g->next)
		if (g->instance != NULL && strcmp(g->instance->name, name) == 0)
			return g;
	return NULL;
}

static void
take_line(
    void *context, enum log_level level, const char *source, const char *text)
{
	static const enum farm_level levels[] = {
		[LOG_LEVEL_ERROR] = FARM_WARNING,
		[LOG_LEVEL_WARNING] = FARM_WARNING,
		[LOG_LEVEL_NOTICE] = FARM_NOTICE,
		[LOG_LEVEL_DEBUG] = FARM_DEBUG,
	};
	struct worker_main *m = context;
	const struct guest *g;
	uint32_t seat = 0;

	pthread_mutex_lock(&m->lock);
	g = guest_of(m, source);
	if (g != NULL)
		seat = g->seat;
	pthread_mutex_unlock(&m->lock);
	worker_child_log(m->child, seat, levels[level], text);
}

static void
send_to_farmd(struct sink *sink, struct instance *in, struct batch *batch)
{
	struct worker_main *m = (struct worker_main *)sink;
	const struct guest *g;
	struct error err;
	uint32_t seat = 0;

	pthread_mutex_lock(&m->lock);
	for (g = m->guests; g != NULL; g = g->next)
		if (g->instance == in)
			seat = g->seat;
	pthread_mutex_unlock(&m->lock);
	if (worker_child_send(m->child, seat, &batch->view, &err) != 0) {
		ledger_drop(&in->ledger, DROP_MEMORY, batch->n_values);
		log_line(LOG_LEVEL_WARNING, in->name, "%s", err.text);
	}
	batch_unref(batch);
}

static void
tell_ledgers(struct worker_main *m)
{
	struct guest *g;

	pthread_mutex_lock(&m->lock);
	for (g = m->guests; g != NULL; g = g->next)
		if (g->instance != NULL && !g->busy)
			guest_tell_ledger(g);
	pthread_mutex_unlock(&m->lock);
}

/* ----------------------------------------------------------- from farmd -- */

static int
hello(const struct worker_message *message, struct error *err)
{
	struct arena *arena = arena_new(0);
	const struct farm_tree *tree;
	int rc = -1;

	if (arena == NULL)
		return error_set(err, "out of memory");
	if (worker_read_tree(message, arena, &tree, err) == 0) {
		if (strcmp(worker_tree_text(tree, "debug"), "true") == 0)
			log_setup(LOG_LEVEL_DEBUG, 0);
		rc = 0;
		if (strcmp(worker_tree_text(tree, "exec"), "false") == 0)
			rc = confine_exec(err) < 0 ? -1 : 0;
	}
	arena_free(arena);
	return rc;
}

static void
run_targets(struct guest *g, const struct worker_message *message)
{
	struct worker_run run;
	size_t i;

	for (i = 0; worker_read_run(message, i, &run) == 0; i++)
		guest_run(g, &run);
}

/* With the lock held.  What open() says is said to farmd; -1 is about the
   message. */
static int
obey(struct guest *g, const struct worker_message *message, int fd,
    struct error *err)
{
	uint32_t number;

	switch (message->type) {
	case WORKER_CHECKPOINT:
		return guest_checkpoint(g, message, err);
	case WORKER_SOCKET:
		return guest_socket(g, message, fd, err);
	case WORKER_OPEN:
		guest_open(g, message);
		return 0;
	case WORKER_TARGET:
		return guest_target(g, message, err);
	case WORKER_FORGET:
		if (worker_read_u32(message, &number, err) != 0)
			return -1;
		guest_forget(g, number);
		return 0;
	case WORKER_RUN:
		run_targets(g, message);
		return 0;
	case WORKER_CLOSE:
		guest_close(g);
		return 0;
	case WORKER_ACTION:
		return guest_action(g, message, err);
	case WORKER_WRITE:
		return g->filter != NULL
			   ? guest_filter_write(g->filter, message, err)
			   : guest_write(g, message, err);
	case WORKER_TICK:
		return g->filter != NULL ? guest_filter_tick(g->filter, err)
					 : guest_tick(g, message, err);
	case WORKER_HISTORY:
		return guest_history(g, message, err);
	case WORKER_MORE:
		return guest_more(g, message, err);
	default:
		return 0; /* from a younger farmd */
	}
}

/* open() and close() of a guest come first. */
static int
take_message(struct worker_main *m, const struct worker_message *message,
    int fd, struct error *err)
{
	struct guest *g;
	int rc = -1;

	if (message->type == WORKER_HELLO)
		return hello(message, err);
	if (message->type == WORKER_PING) {
		worker_child_pong(m->child);
		return 0;
	}
	pthread_mutex_lock(&m->lock);
	g = guest_at(m, message->seat);
	while (g != NULL && g->busy)
		pthread_cond_wait(&m->changed, &m->lock);
	if (g != NULL)
		rc = obey(g, message, fd, err);
	else
		error_set(err, "out of memory");
	pthread_mutex_unlock(&m->lock);
	return rc;
}

/* An exit status. */
static int
serve(struct worker_main *m)
{
	enum worker_child_got got = WORKER_CHILD_MESSAGE;
	int64_t told = clock_mono_ns(), now;
	struct worker_message message;
	struct error err;
	int fd;

	while (got > WORKER_CHILD_END) {
		got = worker_child_receive(
		    m->child, LEDGER_MS, &message, &fd, &err);
		if (got == WORKER_CHILD_MESSAGE &&
		    take_message(m, &message, fd, &err) != 0)
			got = WORKER_CHILD_BAD;
		now = clock_mono_ns();
		if (now - told < LEDGER_MS * NS_PER_MS)
			continue;
		told = now;
		tell_ledgers(m);
	}
	if (got == WORKER_CHILD_BAD)
		(void)fprintf(stderr, "%s\n", err.text);
	return got == WORKER_CHILD_BAD ? 1 : 0;
}

void
worker_main(void)
{
	struct worker_main m = { .sink.send = send_to_farmd,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER };

	(void)prctl(PR_SET_NAME, "farmd-worker");
	(void)signal(SIGPIPE, SIG_IGN);
	m.series = series_table_new(SERIES_MAX);
	m.pool = pool_new(THREADS_MAX, THREAD_IDLE_NS);
	if (m.series != NULL && m.pool != NULL)
		m.child = worker_child_new(WORKER_FD, m.series);
	if (m.child == NULL)
		_exit(1);
	log_divert(take_line, &m);
	/* Modules may have threads of their own, and their handlers at exit()
	   would run beside them. */
	_exit(serve(&m));
}
