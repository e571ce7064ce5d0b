#include "clock.h"
#include "schedule_task.h"

static void
put_counters(struct buffer *b, const struct target *t)
{
	buffer_printf(b,
	    ",\"runs\":%llu,\"failures\":%llu,\"skipped\":%llu,"
	    "\"overruns\":%llu",
	    (unsigned long long)t->runs, (unsigned long long)t->failures,
	    (unsigned long long)t->skipped, (unsigned long long)t->overruns);
	buffer_puts(b, ",\"last_run\":");
	time_json(b, t->last_run_ns);
	buffer_puts(b, ",\"last_good\":");
	time_json(b, t->last_good_ns);
	buffer_printf(b, ",\"last_wall_ns\":%lld", (long long)t->last_wall_ns);
}

static const char *
state_of(const struct target *t, int64_t now_mono_ns)
{
	if (t->written_off)
		return "hung";
	if (t->started_mono_ns != 0)
		return "running";
	if (t->running)
		return "waiting";
	return breaker_is_open(&t->breaker, now_mono_ns) ? "backoff" : "idle";
}

static void
put_target(struct buffer *b, const struct target *t, int64_t now_mono_ns)
{
	buffer_puts(b, "{\"node\":");
	buffer_json_text(b, t->view.node);
	buffer_puts(b, ",\"address\":");
	buffer_json_text(b, t->view.address != NULL ? t->view.address : "");
	buffer_printf(b, ",\"state\":\"%s\"", state_of(t, now_mono_ns));
	put_counters(b, t);
	buffer_printf(b, ",\"failures_in_a_row\":%u", t->breaker.failures);
	buffer_puts(b, ",\"last_error\":");
	if (t->last_error == NULL)
		buffer_puts(b, "null");
	else
		buffer_json_text(b, t->last_error);
}

/* Where the call that the target is in is now, if it takes too long. */
static void
put_call(struct buffer *b, const struct target *t, int64_t now_mono_ns)
{
	struct buffer where = BUFFER_INIT;

	buffer_printf(b, ",\"running_for_ns\":%lld",
	    (long long)(now_mono_ns - t->started_mono_ns));
	if (t->task != NULL && t->task->tid != 0) {
		hang_where(t->task->tid, t->instance->module, &where);
		buffer_printf(b, ",\"thread\":%d,\"where\":", t->task->tid);
		buffer_json_text(b, buffer_text(&where));
		buffer_free(&where);
	}
}

static bool
in_trouble(const struct target *t)
{
	return t->written_off || t->overrun || t->breaker.failures > 0;
}

void
schedule_targets_json(struct schedule *s, struct instance *in, struct buffer *b)
{
	int64_t now = clock_mono_ns();
	size_t i;

	pthread_mutex_lock(&s->lock);
	buffer_putc(b, '[');
	for (i = 0; i < in->n_targets; i++) {
		if (i > 0)
			buffer_putc(b, ',');
		put_target(b, in->targets[i], now);
		buffer_putc(b, '}');
	}
	buffer_putc(b, ']');
	pthread_mutex_unlock(&s->lock);
}

void
schedule_troubles_json(
    struct schedule *s, struct instance *in, struct buffer *b)
{
	int64_t now = clock_mono_ns();
	bool first = true;
	size_t i;

	pthread_mutex_lock(&s->lock);
	buffer_putc(b, '[');
	for (i = 0; i < in->n_targets; i++) {
		const struct target *t = in->targets[i];

		if (!in_trouble(t))
			continue;
		if (!first)
			buffer_puts(b, ",\n ");
		first = false;
		put_target(b, t, now);
		if ((t->written_off || t->overrun) && t->started_mono_ns != 0)
			put_call(b, t, now);
		buffer_putc(b, '}');
	}
	buffer_putc(b, ']');
	pthread_mutex_unlock(&s->lock);
}
