#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static void
stage_send(struct sink *sink, struct instance *in, struct batch *batch)
{
	struct stage *s = (struct stage *)sink;

	(void)in;
	pthread_mutex_lock(&s->lock);
	if (s->batches++ == 0)
		s->first_mono_ns = clock_mono_ns();
	s->records += batch->view.n_records;
	s->values += batch->n_values;
	batch_unref(s->last);
	s->last = batch;
	pthread_mutex_unlock(&s->lock);
}

static void
stage_wake(void *context)
{
	struct stage *s = context;

	pthread_mutex_lock(&s->lock);
	s->woken = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

void
stage_begin(struct stage *s, int threads)
{
	pthread_condattr_t attr;

	memset(s, 0, sizeof(*s));
	s->sink.send = stage_send;
	s->series = series_table_new(100000);
	s->pool = pool_new(threads, 200 * NS_PER_MS);
	s->schedule = schedule_new(s->pool);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->changed, &attr);
	pthread_condattr_destroy(&attr);
	assert_non_null(s->series);
	assert_non_null(s->schedule);
	schedule_on_wake(s->schedule, stage_wake, s);
}

static void *
step(void *arg)
{
	struct stage *s = arg;
	struct timespec until;
	int64_t next;
	int rc;

	pthread_mutex_lock(&s->lock);
	while (s->stepping) {
		s->woken = false;
		pthread_mutex_unlock(&s->lock);
		next = schedule_step(s->schedule, clock_mono_ns());
		until.tv_sec = next / NS_PER_S;
		until.tv_nsec = next % NS_PER_S;
		pthread_mutex_lock(&s->lock);
		for (rc = 0; s->stepping && !s->woken && rc == 0;)
			rc = pthread_cond_timedwait(
			    &s->changed, &s->lock, &until);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

void
stage_run(struct stage *s)
{
	s->stepping = true;
	assert_int_equal(pthread_create(&s->stepper, NULL, step, s), 0);
}

void
stage_halt(struct stage *s)
{
	bool was;

	pthread_mutex_lock(&s->lock);
	was = s->stepping;
	s->stepping = false;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	if (was)
		pthread_join(s->stepper, NULL);
}

void
stage_end(struct stage *s)
{
	stage_halt(s);
	assert_int_equal(pool_stop(s->pool, clock_mono_ns() + STAGE_BOUND), 0);
	schedule_free(s->schedule);
	pool_free(s->pool);
	batch_unref(s->last);
	assert_int_equal(series_count(s->series), 0);
	series_table_free(s->series);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
}

static void
make_nodes(struct stage_instance *i, size_t n)
{
	size_t k;

	i->nodes = calloc(n + 1, sizeof(*i->nodes));
	i->names = calloc(n + 1, sizeof(*i->names));
	assert_non_null(i->nodes);
	assert_non_null(i->names);
	for (k = 0; k < n; k++) {
		snprintf(i->names[k], sizeof(i->names[k]), "n%03zu", k);
		i->nodes[k].name = i->names[k];
		i->nodes[k].address = i->names[k];
	}
}

void
stage_instance(struct stage *s, struct stage_instance *i,
    const struct farm_entry *entry, const void *options, size_t n,
    int64_t every_ns)
{
	memset(i, 0, sizeof(*i));
	i->module.name = entry->stamp.name;
	i->module.role = FARM_COLLECTOR;
	i->module.stamp = entry->stamp;
	i->module.descriptor = *entry->descriptor;
	i->module.options.first = entry->descriptor->options;
	make_nodes(i, n);
	i->config = (struct instance_config){
		.name = i->module.name,
		.farm = "test",
		.cluster = "workers",
		.module = &i->module,
		.enabled = true,
		.options = (void *)options,
		.nodes = i->nodes,
		.n_nodes = n,
		.every_ns = every_ns,
	};
	i->instance = instance_new(&i->config, s->series, &s->sink);
	assert_non_null(i->instance);
}

void
stage_instance_end(struct stage_instance *i)
{
	instance_free(i->instance);
	free(i->nodes);
	free(i->names);
}

void
stage_await(stage_condition *holds, void *context)
{
	int64_t until = clock_mono_ns() + STAGE_BOUND;

	while (!holds(context)) {
		assert_true(clock_mono_ns() < until);
		usleep(1000);
	}
}
