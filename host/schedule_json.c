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
	buffer_printf(b, ",\"last_wall_ns\":%lld",
	    (long long)t->last_wall_ns);
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
	buffer_putc(b, '}');
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
		put_target(b, &in->targets[i], now);
	}
	buffer_putc(b, ']');
	pthread_mutex_unlock(&s->lock);
}
