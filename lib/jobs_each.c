/* Jobs one by one: their values, and what happens to them. */
#include "jobs_private.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "job_roll.h"

/* In one cycle; a cluster that was emptied at once would drown all else. */
#define EVENTS_MAX 20000

static const char *const words[JOB_STATES] = { "pending", "held", "running",
	"suspended", "ending", "done", "failed", "unknown" };

/* --------------------------------------------------------------- values -- */

const char *
job_name(struct emission *e, const struct job *j)
{
	if (j->task < 0)
		return arena_strndup(e->arena, j->id.text, j->id.length);
	return arena_printf(e->arena, "%.*s[%lld]", (int)j->id.length,
	    j->id.text, (long long)j->task);
}

struct one {
	struct emission *emission;
	const char *cluster;
	const char *node;
	struct farm_label labels[3];
	uint32_t n_labels;
};

static void
add_label(struct one *o, const char *name, struct slice value)
{
	char *copy = arena_strndup(
	    o->emission->arena, value.text, value.length);

	if (value.length > 0 && copy != NULL)
		o->labels[o->n_labels++] = (struct farm_label){ name, copy };
}

static void
emit_one(struct one *o, const char *parameter, struct farm_value v)
{
	struct emission *e = o->emission;

	e->rc |= farm_emit(e->host, e->target, v, .cluster = o->cluster,
	    .node = o->node, .parameter = parameter, .labels = o->labels,
	    .n_labels = o->n_labels, .lifetime_ns = e->jobs->job_lifetime_ns);
}

static void
emit_time(struct one *o, const char *parameter, int64_t ns)
{
	if (ns >= 0)
		emit_one(o, parameter, farm_double((double)ns / NS_PER_S));
}

static void
emit_job(struct emission *e, const char *cluster, const struct job *j,
    int64_t now_ns)
{
	struct one o = {
		.emission = e, .cluster = cluster, .node = job_name(e, j)
	};
	const char *word = words[j->state];

	if (o.node == NULL) {
		e->rc |= farm_fail(e->host, "out of memory");
		return;
	}
	add_label(&o, "user", j->user);
	add_label(&o, "group", j->group);
	add_label(&o, "queue", j->queue);
	emit_one(&o, "job_state", farm_text(word, strlen(word)));
	if (j->slots >= 0)
		emit_one(&o, "job_slots", farm_int64(j->slots));
	if (j->state == JOB_PENDING && j->submit_ns > 0)
		emit_time(&o, "job_wait",
		    now_ns > j->submit_ns ? now_ns - j->submit_ns : 0);
	if (j->state != JOB_PENDING && j->state != JOB_HELD)
		emit_time(&o, "job_wall", j->wall_ns);
	emit_time(&o, "job_cpu", j->cpu_ns);
}

void
emit_each_job(struct emission *e, struct census *c)
{
	const char *cluster = emission_cluster(
	    e, "%s_jobs", e->target->cluster);
	const struct job_entry *one;

	for (one = c->roll->first; one != NULL; one = one->next)
		emit_job(e, cluster, &one->job, c->now_ns);
}

/* --------------------------------------------------------------- events -- */

static bool
is_waiting(enum job_state s)
{
	return s == JOB_PENDING || s == JOB_HELD;
}

/* Of one that is new. */
static const char *
first_event(enum job_state now)
{
	if (is_waiting(now))
		return "JOB.SUBMIT";
	if (job_state_is_over(now))
		return "JOB.END";
	return now == JOB_UNKNOWN ? NULL : "JOB.START";
}

/* NULL: nothing that matters. */
static const char *
next_event(enum job_state was, enum job_state now)
{
	if (was == now || was == JOB_UNKNOWN || now == JOB_UNKNOWN)
		return job_state_is_over(now) && was != now ? "JOB.END" : NULL;
	if (job_state_is_over(now))
		return job_state_is_over(was) ? NULL : "JOB.END";
	if (is_waiting(was) && is_waiting(now))
		return now == JOB_HELD ? "JOB.HOLD" : "JOB.RELEASE";
	if (is_waiting(was))
		return "JOB.START";
	if (is_waiting(now))
		return "JOB.REQUEUE";
	if (job_state_is_over(was))
		return "JOB.START";
	if (now == JOB_SUSPENDED)
		return "JOB.SUSPEND";
	return was == JOB_SUSPENDED && now == JOB_RUNNING ? "JOB.RESUME" : NULL;
}

static int
emit_event(struct emission *e, struct job_event *event,
    const struct job_record *r, int64_t time_ns)
{
	struct buffer text = BUFFER_INIT, json = BUFFER_INIT;
	int rc = -1;

	buffer_printf(&text, "job %.*s", (int)r->job.length, r->job.text);
	if (r->task >= 0)
		buffer_printf(&text, "[%lld]", (long long)r->task);
	buffer_printf(&text, " of %.*s: %s", (int)r->user.length, r->user.text,
	    event->to);
	event->text = buffer_text(&text);
	event->cluster = e->target->cluster;
	event->node = e->target->node;
	event->system = e->system->name;
	job_event_json(event, r, &json);
	e->bytes += json.size;
	if (buffer_failed(&text) || buffer_failed(&json))
		farm_fail(e->host, "out of memory");
	else
		rc = farm_emit_record(e->host, e->target, FARM_EVENT, time_ns,
		    json.data, json.size);
	buffer_free(&text);
	buffer_free(&json);
	return rc;
}

int
emit_job_end(struct emission *e, const struct job_record *r)
{
	struct job_event event = { .event = "JOB.END",
		.to = r->failed ? "failed" : "done" };

	return emit_event(e, &event, r, job_record_time_ns(r));
}

struct telling {
	struct emission *emission;
	int64_t now_ns;
	uint64_t n;
};

static void
tell(struct telling *t, const char *name, const struct job *j, const char *from,
    const char *to)
{
	struct emission *e = t->emission;
	struct job_event event = { .event = name, .from = from, .to = to };
	struct job_record r = JOB_RECORD_INIT;

	/* Where there is accounting, it knows more of ends, and each. */
	if (name == NULL ||
	    ((e->jobs->ledger != NULL || e->jobs->pull != NULL) &&
		strcmp(name, "JOB.END") == 0) ||
	    t->n++ >= EVENTS_MAX)
		return;
	r.job = j->id;
	r.task = j->task;
	r.user = j->user;
	r.group = j->group;
	r.queue = j->queue;
	r.node = j->node;
	r.slots = j->slots;
	r.exit = j->exit;
	r.signal = j->signal;
	r.submitted = j->submit_ns / NS_PER_S;
	e->rc |= emit_event(e, &event, &r, t->now_ns);
}

static void
tell_changes(struct telling *t, const struct job_roll *now,
    const struct job_roll *last, bool whole)
{
	const struct job_entry *one, *was;
	const char *to, *name;

	for (one = now->first; one != NULL; one = one->next) {
		was = job_roll_find(last, &one->job);
		to = words[one->job.state];
		if (was != NULL) {
			name = next_event(was->job.state, one->job.state);
			tell(t, name, &one->job, words[was->job.state], to);
		} else if (whole) {
			tell(t, first_event(one->job.state), &one->job, NULL,
			    to);
		}
	}
}

static void
tell_gone(
    struct telling *t, const struct job_roll *now, const struct job_roll *last)
{
	const struct job_entry *one;

	for (one = last->first; one != NULL; one = one->next)
		if (!job_state_is_over(one->job.state) &&
		    job_roll_find(now, &one->job) == NULL)
			tell(t, "JOB.END", &one->job, words[one->job.state],
			    "gone");
}

void
emit_job_events(
    struct emission *e, struct census *now, const struct census *last)
{
	struct telling t = { .emission = e, .now_ns = now->now_ns };
	bool whole;

	if (last == NULL)
		return;
	/* In a part of the jobs nobody comes or goes for sure. */
	whole = now->roll->left_out + last->roll->left_out == 0;
	tell_changes(&t, now->roll, last->roll, whole);
	if (whole)
		tell_gone(&t, now->roll, last->roll);
	else
		farm_log(e->host, FARM_WARNING,
		    "more than jobs_max: no events of jobs that come and go");
	if (t.n > EVENTS_MAX)
		farm_log(e->host, FARM_WARNING,
		    "%llu events of jobs in one cycle, told of %d",
		    (unsigned long long)t.n, EVENTS_MAX);
}
