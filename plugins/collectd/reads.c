#include "reads.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "abi.h"
#include "callbacks.h"
#include "clock.h"
#include "output.h"
#include "say.h"
#include "settings.h"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* of CLOCK_MONOTONIC */
	bool stopping;
	size_t running;
	pthread_t *threads;
	size_t n_threads;
} reads = { .lock = PTHREAD_MUTEX_INITIALIZER };
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
init(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&reads.changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

static struct timespec
timespec_of(int64_t ns)
{
	return (struct timespec){ ns / NS_PER_S, ns % NS_PER_S };
}

/* ------------------------------------------------------------- one run -- */

static int
call(struct callback *c)
{
	struct context before = context_enter(&c->context, "read");
	int rc = c->simple ? c->simple_read() : c->read(&c->data);

	context_leave(before);
	return rc;
}

/* It may be that for long: said once for each time that it gets slower. */
static void
back_off(struct callback *c)
{
	char text[512];

	c->failures++;
	c->effective *= 2;
	if (c->effective > settings.max_read_interval)
		c->effective = settings.max_read_interval;
	if (c->effective < c->interval)
		c->effective = c->interval;
	(void)snprintf(text, sizeof(text),
	    "the read callback %s failed; next time in %.3f s", c->name,
	    CDTIME_T_TO_DOUBLE(c->effective));
	pthread_mutex_unlock(&reads.lock);
	output->failed(output, c->context.name, text);
	say(LOG_ERR, c->context.name, "%s", text);
	pthread_mutex_lock(&reads.lock);
}

/* Fixed rate; what came too late is left out. */
static void
plan_next(struct callback *c, int64_t now)
{
	int64_t interval = (int64_t)CDTIME_T_TO_NS(c->effective);

	if (c->due_mono_ns == 0)
		c->due_mono_ns = now;
	c->due_mono_ns += interval;
	now = clock_mono_ns();
	if (c->due_mono_ns < now)
		c->due_mono_ns = now;
}

/* With the lock held, which is given up meanwhile. */
static void
run(struct callback *c)
{
	int64_t began = clock_mono_ns();
	int rc;

	c->started_mono_ns = began;
	reads.running++;
	pthread_mutex_unlock(&reads.lock);
	rc = call(c);
	pthread_mutex_lock(&reads.lock);
	c->runs++;
	if (rc == 0)
		c->effective = c->interval;
	else
		back_off(c);
	plan_next(c, began);
	c->started_mono_ns = 0;
	reads.running--;
	pthread_cond_broadcast(&reads.changed);
}

/* ------------------------------------------------------------- threads -- */

/* The one that is due first, counted; NULL if there is none. */
static struct callback *
first_due(void)
{
	struct callbacks *list = callbacks_get(CALLBACK_READ);
	struct callback *first = NULL, *c;
	size_t i;

	for (i = 0; list != NULL && i < list->n; i++) {
		c = list->items[i];
		if (c->started_mono_ns != 0 || atomic_load(&c->gone))
			continue;
		if (first == NULL || c->due_mono_ns < first->due_mono_ns)
			first = c;
	}
	if (first != NULL)
		callback_ref(first);
	callbacks_put(list);
	return first;
}

/* Run what is due, or wait for it. */
static void
step(void)
{
	struct callback *c = first_due();
	struct timespec until;

	if (c == NULL) {
		pthread_cond_wait(&reads.changed, &reads.lock);
		return;
	}
	if (c->due_mono_ns <= clock_mono_ns()) {
		run(c);
	} else {
		until = timespec_of(c->due_mono_ns);
		pthread_cond_timedwait(&reads.changed, &reads.lock, &until);
	}
	/* The last one to let it go frees the plugin's data. */
	pthread_mutex_unlock(&reads.lock);
	callback_unref(c);
	pthread_mutex_lock(&reads.lock);
}

static void *
reads_main(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&reads.lock);
	while (!reads.stopping)
		step();
	pthread_mutex_unlock(&reads.lock);
	return NULL;
}

int
reads_start(size_t threads, struct error *err)
{
	pthread_t *thread;
	size_t i;
	int rc;

	pthread_once(&once, init);
	reads.threads = calloc(threads, sizeof(*reads.threads));
	if (reads.threads == NULL)
		return error_set(err, "out of memory");
	for (i = 0; i < threads; i++) {
		thread = &reads.threads[i];
		rc = pthread_create(thread, NULL, reads_main, NULL);
		if (rc != 0 && i == 0)
			return error_set(
			    err, "a thread: %s", strerrordesc_np(rc));
		if (rc != 0)
			break;
		reads.n_threads++;
		(void)pthread_setname_np(*thread, "read");
	}
	return 0;
}

void
reads_changed(void)
{
	pthread_once(&once, init);
	pthread_mutex_lock(&reads.lock);
	pthread_cond_broadcast(&reads.changed);
	pthread_mutex_unlock(&reads.lock);
}

/* A thread's last steps are a plugin's, too: its destructors of what it keeps
   for each thread. */
static bool
join_all(const struct timespec *until)
{
	size_t i;

	for (i = 0; i < reads.n_threads; i++)
		if (pthread_clockjoin_np(
			reads.threads[i], NULL, CLOCK_MONOTONIC, until) != 0)
			return false;
	free(reads.threads);
	reads.threads = NULL;
	reads.n_threads = 0;
	return true;
}

bool
reads_stop(int64_t deadline_mono_ns)
{
	struct timespec until = timespec_of(deadline_mono_ns);
	int rc = 0;
	bool all;

	pthread_once(&once, init);
	pthread_mutex_lock(&reads.lock);
	reads.stopping = true;
	pthread_cond_broadcast(&reads.changed);
	while (reads.running > 0 && rc == 0)
		rc = pthread_cond_timedwait(
		    &reads.changed, &reads.lock, &until);
	all = reads.running == 0;
	pthread_mutex_unlock(&reads.lock);
	return all && join_all(&until);
}

bool
reads_hang(int64_t limit_ns, struct error *ret)
{
	struct callbacks *list = callbacks_get(CALLBACK_READ);
	const struct callback *c;
	bool hangs = false;
	int64_t lasts;
	size_t i;

	pthread_mutex_lock(&reads.lock);
	for (i = 0; list != NULL && i < list->n && !hangs; i++) {
		c = list->items[i];
		lasts = clock_mono_ns() - c->started_mono_ns;
		hangs = c->started_mono_ns != 0 && lasts > limit_ns;
		if (hangs)
			error_set(ret,
			    "plugin %s hangs: its read callback %s has not "
			    "returned for %.1f s",
			    c->context.name != NULL ? c->context.name : "?",
			    c->name, (double)lasts / NS_PER_S);
	}
	pthread_mutex_unlock(&reads.lock);
	callbacks_put(list);
	return hangs;
}
