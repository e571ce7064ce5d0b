/* A finished job as JSON. */
#include "job_record.h"

#include "clock.h"

int64_t
job_record_time_ns(const struct job_record *r)
{
	return r->ended > 0 && r->ended < INT64_MAX / NS_PER_S
		   ? r->ended * NS_PER_S
		   : 0;
}

static void
put_text(struct buffer *b, const char *key, struct slice text)
{
	if (text.length == 0)
		return;
	buffer_printf(b, ",\"%s\":", key);
	buffer_json_string(b, text.text, text.length);
}

static void
put_integer(struct buffer *b, const char *key, int64_t n, int64_t least)
{
	if (n >= least)
		buffer_printf(b, ",\"%s\":%lld", key, (long long)n);
}

static void
put_number(struct buffer *b, const char *key, double n)
{
	if (n >= 0)
		buffer_printf(b, ",\"%s\":%.15g", key, n);
}

/* `node' is the key of the node it ran on. */
static void
put_job(struct buffer *b, const struct job_record *r, const char *system,
    const char *node)
{
	buffer_puts(b, "\"system\":");
	buffer_json_text(b, system);
	put_text(b, "job", r->job);
	put_integer(b, "task", r->task, 0);
	put_text(b, "name", r->name);
	put_text(b, "user", r->user);
	put_text(b, "group", r->group);
	put_text(b, "queue", r->queue);
	put_text(b, node, r->node);
	put_integer(b, "submitted", r->submitted, 1);
	put_integer(b, "started", r->started, 1);
	put_integer(b, "ended", r->ended, 1);
	put_number(b, "wall", r->wall);
	put_number(b, "cpu", r->cpu);
	put_integer(b, "slots", r->slots, 0);
	put_integer(b, "memory", r->memory, 0);
	put_integer(b, "exit", r->exit, 0);
	put_integer(b, "signal", r->signal, 1);
	put_text(b, "outcome", r->outcome);
}

void
job_record_json(
    const struct job_record *r, const char *system, struct buffer *b)
{
	buffer_putc(b, '{');
	put_job(b, r, system, "node");
	buffer_printf(b, ",\"state\":\"%s\"}", r->failed ? "failed" : "done");
}

static void
put_word(struct buffer *b, const char *key, const char *word)
{
	if (word == NULL)
		return;
	buffer_printf(b, "\"%s\":", key);
	buffer_json_text(b, word);
	buffer_putc(b, ',');
}

/* Its node is that of the target, as in all events; where it ran is `host'. */
void
job_event_json(
    const struct job_event *e, const struct job_record *r, struct buffer *b)
{
	buffer_putc(b, '{');
	put_word(b, "event", e->event);
	put_word(b, "text", e->text);
	put_word(b, "cluster", e->cluster);
	put_word(b, "node", e->node);
	put_word(b, "from", e->from);
	put_word(b, "to", e->to);
	put_job(b, r, e->system, "host");
	buffer_putc(b, '}');
}
