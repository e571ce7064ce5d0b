/* queue.c - value lists that wait for the dispatch thread. */
#include "writes.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "context.h"
#include "output.h"
#include "say.h"
#include "settings.h"

/* Values that come within this go out together. */
#define GATHER_NS (10 * NS_PER_MS)
/* How often a full queue is said. */
#define FULL_SAID_NS (10 * NS_PER_S)

struct item {
	struct item *next;
	plugin_ctx_t context;
	value_list_t list;
	value_t values[];
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* of CLOCK_MONOTONIC */
	pthread_t thread;
	bool started; /* and not joined */
	struct item *first;
	struct item **last;
	size_t n;
	struct writes_job *job; /* NULL: none waits */
	bool running;
	bool busy; /* the thread has some that are in the queue no more */
	bool stopping;
	uint64_t dropped;
	int64_t said_mono_ns;
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER, .last = &queue.first };

static void
item_free(struct item *i)
{
	meta_data_destroy(i->list.meta);
	free(i);
}

/* ------------------------------------------------------------------ coming */

/* A copy with what the plugin left open. */
static struct item *
item_new(const value_list_t *list)
{
	struct item *i = malloc(
	    sizeof(*i) + list->values_len * sizeof(i->values[0]));

	if (i == NULL)
		return NULL;
	i->next = NULL;
	i->context = plugin_get_ctx();
	i->list = *list;
	memcpy(
	    i->values, list->values, list->values_len * sizeof(i->values[0]));
	i->list.values = i->values;
	i->list.meta = NULL;
	if (list->meta != NULL)
		meta_data_clone_merge(&i->list.meta, list->meta);
	if (i->list.host[0] == '\0')
		sstrncpy(i->list.host, hostname_g, sizeof(i->list.host));
	if (i->list.time == 0)
		i->list.time = cdtime();
	if (i->list.interval == 0)
		i->list.interval = plugin_get_interval();
	return i;
}

/* With the lock held; how many were dropped since it was said last. */
static uint64_t
count_drop(void)
{
	int64_t now = clock_mono_ns();
	uint64_t n;

	queue.dropped++;
	if (queue.said_mono_ns != 0 && now - queue.said_mono_ns < FULL_SAID_NS)
		return 0;
	queue.said_mono_ns = now;
	n = queue.dropped;
	queue.dropped = 0;
	return n;
}

static int
enqueue(struct item *i)
{
	uint64_t dropped = 0;
	bool full;

	pthread_mutex_lock(&queue.lock);
	full = queue.n >= settings.queue_max;
	if (full) {
		dropped = count_drop();
	} else {
		*queue.last = i;
		queue.last = &i->next;
		if (queue.n++ == 0)
			pthread_cond_broadcast(&queue.changed);
	}
	pthread_mutex_unlock(&queue.lock);
	if (!full)
		return 0;
	item_free(i);
	if (dropped > 0)
		say(LOG_ERR, context_plugin(),
		    "%zu value lists wait already: %llu were dropped",
		    settings.queue_max, (unsigned long long)dropped);
	return ENOMEM;
}

/* What is wrong with a list shows later, on the dispatch thread: plugins take
   a failure here for one of their own. */
int
plugin_dispatch_values(const value_list_t *list)
{
	struct item *i;

	if (list->values == NULL || list->values_len == 0) {
		say(LOG_ERR, context_plugin(),
		    "a value list of %.127s without values", list->plugin);
		return 0;
	}
	i = item_new(list);
	return i == NULL ? ENOMEM : enqueue(i);
}

/* -------------------------------------------------------- several at once --
 */

static value_t
next_value(int type, va_list *args)
{
	value_t v = { .absolute = 0 };

	switch (type) {
	case DS_TYPE_GAUGE:
		v.gauge = va_arg(*args, gauge_t);
		break;
	case DS_TYPE_DERIVE:
		v.derive = va_arg(*args, derive_t);
		break;
	case DS_TYPE_COUNTER:
		v.counter = va_arg(*args, counter_t);
		break;
	default:
		v.absolute = va_arg(*args, absolute_t);
	}
	return v;
}

static double
number_of(int type, value_t v)
{
	switch (type) {
	case DS_TYPE_GAUGE:
		return v.gauge;
	case DS_TYPE_DERIVE:
		return (double)v.derive;
	case DS_TYPE_COUNTER:
		return (double)v.counter;
	default:
		return (double)v.absolute;
	}
}

/* Of those that are numbers. */
static double
sum_of(int type, va_list *args)
{
	double sum = 0, number;

	while (va_arg(*args, const char *) != NULL) {
		number = number_of(type, next_value(type, args));
		if (!isnan(number))
			sum += number;
	}
	return sum;
}

int
plugin_dispatch_multivalue(
    const value_list_t *template, bool percent, int type, ...)
{
	value_list_t list = *template;
	const char *name;
	int failed = 0;
	double sum = 0;
	va_list args;
	value_t v;

	if (percent) {
		va_start(args, type);
		sum = sum_of(type, &args);
		va_end(args);
		sstrncpy(list.type, "percent", sizeof(list.type));
	}
	if (list.time == 0)
		list.time = cdtime();
	list.values = &v;
	list.values_len = 1;
	va_start(args, type);
	while ((name = va_arg(args, const char *)) != NULL) {
		sstrncpy(list.type_instance, name, sizeof(list.type_instance));
		v = next_value(type, &args);
		if (percent)
			v.gauge = sum != 0 ? 100 * number_of(type, v) / sum
					   : NAN;
		failed += plugin_dispatch_values(&list) != 0;
	}
	va_end(args);
	return failed;
}

/* ------------------------------------------------------------------- going */

static struct timespec
timespec_of(int64_t ns)
{
	return (struct timespec){ ns / NS_PER_S, ns % NS_PER_S };
}

static void
deliver_all(struct item *i)
{
	struct context before;
	struct item *next;

	for (; i != NULL; i = next) {
		next = i->next;
		before = context_enter(&i->context, "write");
		writes_deliver(&i->list);
		context_leave(before);
		item_free(i);
	}
}

void
writes_run(struct writes_job *job)
{
	pthread_mutex_lock(&queue.lock);
	queue.job = job;
	pthread_cond_broadcast(&queue.changed);
	pthread_mutex_unlock(&queue.lock);
}

/* With the lock held: all there is, after a wait.  NULL if there is none; with
   `most', that is so after GATHER_NS. */
static struct item *
take(bool most, struct writes_job **ret_job)
{
	struct timespec until;
	struct item *all;
	int rc = 0;

	until = timespec_of(clock_mono_ns() + GATHER_NS);
	while (queue.first == NULL && queue.job == NULL && !queue.stopping &&
	       rc == 0)
		rc = most ? pthread_cond_timedwait(
				&queue.changed, &queue.lock, &until)
			  : pthread_cond_wait(&queue.changed, &queue.lock);
	all = queue.first;
	queue.first = NULL;
	queue.last = &queue.first;
	queue.n = 0;
	*ret_job = queue.job;
	queue.job = NULL;
	return all;
}

static void *
queue_main(void *unused)
{
	struct writes_job *job;
	struct item *all;

	(void)unused;
	pthread_mutex_lock(&queue.lock);
	for (;;) {
		all = take(queue.busy, &job);
		if (all == NULL && job == NULL && !queue.busy && queue.stopping)
			break;
		pthread_mutex_unlock(&queue.lock);
		if (all != NULL)
			deliver_all(all);
		else if (job == NULL)
			output->flush(output);
		if (job != NULL)
			job->run(job);
		pthread_mutex_lock(&queue.lock);
		queue.busy = all != NULL;
	}
	queue.running = false;
	pthread_cond_broadcast(&queue.changed);
	pthread_mutex_unlock(&queue.lock);
	return NULL;
}

int
writes_start(struct error *err)
{
	pthread_condattr_t attributes;
	int rc;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&queue.changed, &attributes);
	pthread_condattr_destroy(&attributes);
	queue.running = true;
	rc = pthread_create(&queue.thread, NULL, queue_main, NULL);
	if (rc != 0)
		return error_set(err, "a thread: %s", strerrordesc_np(rc));
	queue.started = true;
	(void)pthread_setname_np(queue.thread, "dispatch");
	return 0;
}

bool
writes_stop(int64_t deadline_mono_ns)
{
	struct timespec until = timespec_of(deadline_mono_ns);
	bool ended;
	int rc = 0;

	pthread_mutex_lock(&queue.lock);
	queue.stopping = true;
	pthread_cond_broadcast(&queue.changed);
	while (queue.running && rc == 0)
		rc = pthread_cond_timedwait(
		    &queue.changed, &queue.lock, &until);
	ended = !queue.running;
	pthread_mutex_unlock(&queue.lock);
	/* Plugins' destructors of a thread are over then, too. */
	if (ended && queue.started) {
		ended = pthread_clockjoin_np(
			    queue.thread, NULL, CLOCK_MONOTONIC, &until) == 0;
		queue.started = !ended;
	}
	return ended;
}
