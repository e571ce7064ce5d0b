/*
 * A job of squeue --json.  Releases differ: a number is one, or stands in an
 * object {"set": true, "number": 1}; a state is a word, or a list of words, of
 * which the first is what it is and the others what goes on.
 */
#include "read.h"

#include "clock.h"
#include "jobs_text.h"
#include "json_pull.h"

/* Members within members that are looked at. */
#define DEPTH_MAX 4

struct path {
	struct slice keys[DEPTH_MAX + 1]; /* by depth, from 1 */
	uint32_t depth;
};

struct reading {
	struct path path;
	bool unset; /* a number that follows is none */
	struct slice state;
	struct slice flag; /* what goes on */
	struct slice reason;
	struct slice user;
	struct slice account;
	struct slice partition;
	struct slice host;
	struct slice tasks;
	struct slice id_text;
	struct slice array_text;
	int64_t id;
	int64_t array;
	int64_t task;
	int64_t cpus;
	int64_t submitted;
	int64_t started;
	int64_t ended;
	int64_t exit; /* as wait() has it */
	int64_t code; /* taken apart */
	int64_t signal;
};

/* Names from outside to inside; what a release puts round a number is not
   there. */
static bool
is_at(const struct path *p, const char *const *names)
{
	uint32_t i;

	for (i = 1; i <= p->depth && names[i - 1] != NULL; i++)
		if (!slice_is(p->keys[i], names[i - 1]))
			return false;
	if (names[i - 1] != NULL)
		return false;
	if (i == p->depth && slice_is(p->keys[i], "number"))
		i++;
	return i == p->depth + 1;
}

static bool
take_number(struct reading *r, struct slice value)
{
	const struct {
		const char *names[4];
		int64_t *to;
		struct slice *text;
	} fields[] = {
		{ { "job_id" }, &r->id, &r->id_text },
		{ { "array_job_id" }, &r->array, &r->array_text },
		{ { "array_task_id" }, &r->task, NULL },
		{ { "cpus" }, &r->cpus, NULL },
		{ { "submit_time" }, &r->submitted, NULL },
		{ { "start_time" }, &r->started, NULL },
		{ { "end_time" }, &r->ended, NULL },
		{ { "exit_code" }, &r->exit, NULL },
		{ { "exit_code", "return_code" }, &r->code, NULL },
		{ { "exit_code", "signal", "id" }, &r->signal, NULL },
		{ { "exit_code", "signal", "signal_id" }, &r->signal, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!is_at(&r->path, fields[i].names))
			continue;
		if (slice_integer(value, fields[i].to) &&
		    fields[i].text != NULL)
			*fields[i].text = value;
		return true;
	}
	return false;
}

static void
take_text(struct reading *r, struct slice value)
{
	const struct {
		const char *name;
		struct slice *to;
	} fields[] = { { "state_reason", &r->reason },
		{ "user_name", &r->user }, { "account", &r->account },
		{ "partition", &r->partition }, { "batch_host", &r->host },
		{ "array_task_string", &r->tasks } };
	struct slice key = r->path.keys[1];
	size_t i;

	if (slice_is(key, "job_state") && r->path.depth <= 2) {
		*(r->state.length == 0 ? &r->state : &r->flag) = value;
		return;
	}
	for (i = 0;
	     r->path.depth == 1 && i < sizeof(fields) / sizeof(fields[0]); i++)
		if (slice_is(key, fields[i].name))
			*fields[i].to = value;
}

static void
take_value(struct reading *r, const struct json_pull *p)
{
	if (p->depth > DEPTH_MAX)
		return;
	r->path.depth = p->depth;
	r->path.keys[p->depth] = p->key;
	if (slice_is(p->key, "set"))
		r->unset = slice_is(p->value, "false");
	else if (p->quoted)
		take_text(r, p->value);
	else if (!r->unset)
		(void)take_number(r, p->value);
}

static int
read_values(struct reading *r, struct slice text, struct error *err)
{
	struct json_pull p = { .rest = text };
	enum json_piece piece = json_pull(&p);

	if (piece != JSON_PULL_OBJECT)
		return error_set(err, "a job is no object");
	while ((piece = json_pull(&p)) > JSON_PULL_BAD) {
		if (piece == JSON_PULL_VALUE) {
			take_value(r, &p);
		} else if (piece == JSON_PULL_OBJECT ||
			   piece == JSON_PULL_ARRAY) {
			r->unset = false;
			if (p.depth - 1 <= DEPTH_MAX)
				r->path.keys[p.depth - 1] = p.key;
		} else {
			r->unset = false;
		}
	}
	return piece == JSON_PULL_END ? 0 : error_set(err, "a job is no JSON");
}

/* --------------------------------------------------------------- what it is */

static int64_t
ns_of(int64_t seconds)
{
	return seconds > 0 && seconds < INT64_MAX / NS_PER_S
		   ? seconds * NS_PER_S
		   : 0;
}

/* An element of an array has the array's number; elements that wait are one
   entry. */
static int
take_name(struct job *j, const struct reading *r, struct error *err)
{
	struct slice tasks = r->tasks, list = slice_cut(&tasks, '%');

	j->id = r->array > 0 ? r->array_text : r->id_text;
	j->task = r->array > 0 ? r->task : -1;
	if (list.length == 0)
		return 0;
	if (slice_integer(list, &j->task))
		return 0;
	j->id.length = 0;
	j->task = -1;
	if (list.text[list.length - 1] == '.')
		return error_set(err, "job %lld does not name all its tasks",
		    (long long)r->id);
	j->count = slice_count_ranges(list);
	return 0;
}

static void
take_state(struct job *j, const struct reading *r)
{
	enum job_state going;

	j->state = slurm_job_state(r->state, r->reason);
	if (r->flag.length == 0)
		return;
	going = slurm_job_state(r->flag, r->reason);
	if (going != JOB_UNKNOWN)
		j->state = going;
}

static void
take_times(struct job *j, const struct reading *r, int64_t now_ns)
{
	int64_t started_ns = ns_of(r->started);

	j->submit_ns = ns_of(r->submitted);
	if (started_ns == 0)
		return;
	if (j->state >= JOB_RUNNING && j->state <= JOB_ENDING)
		j->wall_ns = now_ns - started_ns;
	else if (j->state == JOB_DONE || j->state == JOB_FAILED)
		j->wall_ns = ns_of(r->ended) - started_ns;
	if (j->wall_ns < 0)
		j->wall_ns = 0;
}

static void
take_end(struct job *j, const struct reading *r)
{
	if (j->state != JOB_DONE && j->state != JOB_FAILED)
		return;
	if (r->signal > 0)
		j->signal = r->signal;
	else if (r->code >= 0)
		j->exit = r->code;
	else if (r->exit >= 0 && (r->exit & 0x7f) != 0)
		j->signal = r->exit & 0x7f;
	else if (r->exit >= 0)
		j->exit = r->exit >> 8;
}

int
read_squeue_job(struct census *c, struct slice text, struct error *err)
{
	struct reading r = { .id = -1,
		.array = -1,
		.task = -1,
		.cpus = -1,
		.exit = -1,
		.code = -1,
		.signal = -1 };
	struct job j = JOB_INIT;

	if (read_values(&r, text, err) != 0)
		return -1;
	if (r.id < 0 || r.state.length == 0)
		return error_set(err, "a job has no job_id or no job_state");
	if (take_name(&j, &r, err) != 0)
		return -1;
	/* One that may run in any of several is counted in the first. */
	j.queue = slice_cut(&r.partition, ',');
	j.user = r.user;
	j.group = r.account;
	j.node = r.host;
	j.slots = r.cpus;
	take_state(&j, &r);
	take_times(&j, &r, c->now_ns);
	take_end(&j, &r);
	census_job(c, &j);
	return 0;
}
