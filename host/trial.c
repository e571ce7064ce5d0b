#include "trial.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "buffer.h"
#include "clock.h"
#include "instance.h"
#include "log.h"
#include "loop.h"
#include "name.h"
#include "pool.h"
#include "schedule.h"
#include "series.h"
#include "sink.h"
#include "worker.h"

/* All that one trial needs. */
struct trial {
	struct sink sink; /* first: prints what is sent */
	pthread_mutex_t lock;
	bool json;
	struct series_table *series;
	struct pool *pool;
	struct workers *workers;
	struct schedule *schedule;
	struct instance **instances;
	size_t n;
};

/* Six digits of a double are enough to look at. */
static void
print_row(
    struct buffer *out, const struct farm_series *s, const struct farm_value *v)
{
	struct buffer value = BUFFER_INIT;

	if (v->type == FARM_DOUBLE)
		buffer_printf(&value, "%.6g", v->number);
	else
		buffer_value(&value, v);
	buffer_printf(out, "%-24s %-28s %14s", s->node, s->parameter,
	    buffer_text(&value));
	if (s->unit[0] != '\0')
		buffer_printf(out, " %s", s->unit);
	buffer_putc(out, '\n');
	buffer_free(&value);
}

static void
print_json(struct buffer *out, const char *instance,
    const struct farm_record *r, const struct farm_series *s,
    const struct farm_value *v)
{
	buffer_puts(out, "{\"instance\":");
	buffer_json_text(out, instance);
	buffer_puts(out, ",\"cluster\":");
	buffer_json_text(out, s->cluster);
	buffer_puts(out, ",\"node\":");
	buffer_json_text(out, s->node);
	buffer_puts(out, ",\"parameter\":");
	buffer_json_text(out, s->parameter);
	buffer_puts(out, ",\"time\":\"");
	time_print(out, r->time_ns, 3);
	buffer_puts(out, "\",\"value\":");
	buffer_json_value(out, v);
	buffer_puts(out, ",\"unit\":");
	buffer_json_text(out, s->unit);
	buffer_puts(out, "}\n");
}

static void
print_record(struct trial *t, struct buffer *out, const char *instance,
    const struct farm_record *r)
{
	const struct farm_series *s;
	uint32_t i;

	for (i = 0; i < r->n_values; i++) {
		s = series_get(t->series, r->values[i].series);
		if (s == NULL)
			continue;
		if (t->json)
			print_json(out, instance, r, s, &r->values[i]);
		else
			print_row(out, s, &r->values[i]);
	}
}

static void
send_to_stdout(
    struct sink *sink, struct instance *instance, struct batch *batch)
{
	struct trial *t = (struct trial *)sink;
	struct buffer out = BUFFER_INIT;
	size_t i;

	for (i = 0; i < batch->view.n_records; i++)
		print_record(t, &out, instance->name, &batch->view.records[i]);
	pthread_mutex_lock(&t->lock);
	(void)fwrite(buffer_text(&out), 1, out.size, stdout);
	pthread_mutex_unlock(&t->lock);
	buffer_free(&out);
	batch_unref(batch);
}

static int
nothing_to_try(const struct config *config, const char *name, struct error *err)
{
	const char *meant = NULL;
	const char **names;
	size_t i;

	if (name == NULL)
		return error_set(err, "no collector is configured");
	names = calloc(config->n_collectors + 1, sizeof(*names));
	for (i = 0; names != NULL && i < config->n_collectors; i++)
		names[i] = config->collectors[i].name;
	if (names != NULL)
		meant = name_suggest(name, names, config->n_collectors);
	error_set(err, "there is no collector \"%s\"%s%s%s", name,
	    meant != NULL ? "; did you mean \"" : "",
	    meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
	free(names);
	return -1;
}

static int
add_instances(struct trial *t, const struct config *config, const char *name,
    struct error *err)
{
	struct instance_config now;
	const struct instance_config *c;
	struct instance *instance;
	size_t i;

	t->instances = calloc(config->n_collectors + 1, sizeof(instance));
	if (t->instances == NULL)
		return error_set(err, "out of memory");
	for (i = 0; i < config->n_collectors; i++) {
		c = &config->collectors[i];
		if (name == NULL ? !c->enabled : strcmp(c->name, name) != 0)
			continue;
		now = *c;
		now.on_request = false;
		instance = instance_new(&now, t->series, &t->sink);
		if (instance == NULL)
			return error_set(err, "%s: out of memory", c->name);
		t->instances[t->n++] = instance;
		schedule_add(t->schedule, instance);
	}
	return t->n > 0 ? 0 : nothing_to_try(config, name, err);
}

/* The instances that failed, open() or any run. */
static int
count_failed(const struct trial *t)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->instances[i]->ledger.failures > 0 ||
		    t->instances[i]->ledger.overruns > 0 ||
		    t->instances[i]->status == INSTANCE_FAILED)
			failed++;
	return failed;
}

static void
run_until_settled(struct trial *t, struct loop *loop)
{
	int64_t next;

	loop_watch(loop, t->schedule);
	for (;;) {
		next = schedule_step(t->schedule, clock_mono_ns());
		if (loop->ending || schedule_settled(t->schedule))
			return;
		loop_wait(loop, next);
	}
}

/* What hangs is left to the end of the process. */
static void
end_trial(struct trial *t)
{
	int64_t deadline = clock_mono_ns() + NS_PER_S;
	bool clean = true;
	size_t i;

	for (i = 0; i < t->n; i++)
		if (schedule_remove(t->schedule, t->instances[i], deadline) < 0)
			clean = false;
	if (t->pool != NULL && pool_stop(t->pool, deadline) > 0)
		clean = false;
	if (!clean)
		return;
	schedule_free(t->schedule);
	workers_free(t->workers);
	pool_free(t->pool);
	for (i = 0; i < t->n; i++)
		instance_free(t->instances[i]);
	free(t->instances);
	series_table_free(t->series);
}

/* Isolated ones run in workers, as they would in the daemon. */
static int
make_stations(struct trial *t, const struct config *config)
{
	struct workers_config workers = {
		.cgroup = config->cgroup != NULL ? config->cgroup : "",
		.queued_max = SIZE_MAX,
		.debug = log_is_debug(),
	};

	t->series = series_table_new((uint32_t)config->limits.series);
	t->pool = pool_new((int)config->pool.max, config->pool.idle_ns);
	t->schedule = t->pool == NULL ? NULL : schedule_new(t->pool);
	workers.series = t->series;
	t->workers = t->series == NULL ? NULL : workers_new(&workers);
	if (t->schedule == NULL || t->workers == NULL)
		return -1;
	schedule_set_workers(t->schedule, t->workers);
	return 0;
}

int
trial_run(
    const struct config *config, const char *name, bool json, struct error *err)
{
	struct trial t = {
		.sink = { .send = send_to_stdout },
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.json = json,
	};
	struct loop loop;
	int result = -1;

	if (loop_open(&loop, err) < 0)
		return -1;
	if (make_stations(&t, config) < 0)
		error_set(err, "out of memory");
	else if (add_instances(&t, config, name, err) == 0) {
		run_until_settled(&t, &loop);
		result = count_failed(&t);
	}
	(void)fflush(stdout);
	end_trial(&t);
	loop_close(&loop);
	return result;
}
