/* Attributes of jobs, nodes and queues, and what they come to. */
#include "thing.h"

#include "jobs_text.h"

void
thing_begin(struct thing *t, struct slice name)
{
	*t = (struct thing){ .name = name,
		.slots = -1,
		.used = -1,
		.cpu_ns = -1,
		.wall_ns = -1,
		.exit = -1,
		.load = NAN,
		.memory = -1,
		.memory_free = -1 };
}

/* ----------------------------------------------------------- attributes -- */

/* Torque: "2:ppn=4+1", or names of nodes; slots by nodes and their ppn. */
static void
take_node_list(struct thing *t, struct slice value)
{
	int64_t sum = 0, nodes, each;
	struct slice part, head, rest;

	while (value.length > 0) {
		part = slice_cut(&value, '+');
		rest = part;
		head = slice_cut(&rest, ':');
		if (!slice_integer(head, &nodes))
			nodes = 1;
		each = 1;
		while (rest.length > 0) {
			head = slice_cut(&rest, ':');
			if (slice_begins(head, "ppn="))
				(void)slice_integer(
				    slice_after(head, "ppn="), &each);
		}
		if (nodes < 0 || nodes > 1000000 || each < 0 || each > 1000000)
			return;
		sum += nodes * each;
	}
	t->slots = sum;
}

static void
take_wanted(struct thing *t, struct slice name, struct slice value)
{
	if (slice_is(name, "ncpus"))
		(void)slice_integer(value, &t->slots);
	else if (slice_is(name, "nodes") && t->slots < 0)
		take_node_list(t, value);
}

static void
take_used(struct thing *t, struct slice name, struct slice value)
{
	if (slice_is(name, "cput"))
		(void)slice_elapsed(value, &t->cpu_ns);
	else if (slice_is(name, "walltime"))
		(void)slice_elapsed(value, &t->wall_ns);
}

static void
take_available(struct thing *t, struct slice name, struct slice value)
{
	if (slice_is(name, "ncpus"))
		(void)slice_integer(value, &t->slots);
	else if (slice_is(name, "mem"))
		(void)slice_bytes(value, &t->memory);
}

/* Torque: "rectime=...,loadave=0.5,availmem=100kb,physmem=200kb". */
static void
take_status(struct thing *t, struct slice value)
{
	struct slice one, name;

	while (value.length > 0) {
		one = slice_cut(&value, ',');
		name = slice_cut(&one, '=');
		if (slice_is(name, "loadave"))
			(void)slice_number(one, &t->load);
		else if (slice_is(name, "physmem"))
			(void)slice_bytes(one, &t->memory);
		else if (slice_is(name, "availmem"))
			(void)slice_bytes(one, &t->memory_free);
	}
}

/* Torque: a job stands there once for each slot it has. */
static void
take_slots_held(struct thing *t, struct slice value)
{
	t->used = 0;
	while (value.length > 0) {
		(void)slice_cut(&value, ',');
		t->used++;
	}
}

static void
take_text(struct thing *t, struct slice name, struct slice value)
{
	const struct {
		const char *name;
		struct slice *to;
	} texts[] = { { "job_state", &t->state }, { "state", &t->state },
		{ "queue", &t->queue }, { "euser", &t->user },
		{ "Account_Name", &t->account }, { "project", &t->project },
		{ "enabled", &t->enabled }, { "started", &t->started } };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (slice_is(name, texts[i].name))
			*texts[i].to = value;
	if (slice_is(name, "Job_Owner") && t->user.length == 0)
		t->user = slice_cut(&value, '@');
}

static void
take_other(struct thing *t, struct slice name, struct slice value)
{
	if (slice_is(name, "etime"))
		(void)slice_c_time(value, &t->eligible_ns);
	else if (slice_is(name, "qtime"))
		(void)slice_c_time(value, &t->queued_ns);
	else if (slice_is(name, "Exit_status") || slice_is(name, "exit_status"))
		(void)slice_integer(value, &t->exit);
	else if (slice_is(name, "np"))
		(void)slice_integer(value, &t->slots);
	else if (slice_is(name, "status"))
		take_status(t, value);
	else if (slice_is(name, "jobs") && t->used < 0)
		take_slots_held(t, value);
	else
		take_text(t, name, value);
}

void
thing_take(
    struct thing *t, struct slice group, struct slice name, struct slice value)
{
	if (group.length == 0)
		take_other(t, name, value);
	else if (slice_is(group, "Resource_List"))
		take_wanted(t, name, value);
	else if (slice_is(group, "resources_used"))
		take_used(t, name, value);
	else if (slice_is(group, "resources_available"))
		take_available(t, name, value);
	else if (slice_is(group, "resources_assigned") &&
		 slice_is(name, "ncpus"))
		(void)slice_integer(value, &t->used);
}

/* --------------------------------------------------------------- counting */

/* JOB_STATES: it is not counted.  B is an array whose elements are listed, X
   an element that is over, M a job that went to another server. */
static enum job_state
job_state_of(const struct thing *t)
{
	switch (t->state.length == 1 ? t->state.text[0] : '\0') {
	case 'Q':
	case 'T':
		return JOB_PENDING;
	case 'H':
	case 'W':
		return JOB_HELD;
	case 'R':
		return JOB_RUNNING;
	case 'S':
	case 'U':
		return JOB_SUSPENDED;
	case 'E':
		return JOB_ENDING;
	case 'C':
	case 'F':
		return t->exit == 0 ? JOB_DONE : JOB_FAILED;
	case 'B':
	case 'M':
	case 'X':
		return JOB_STATES;
	default:
		return JOB_UNKNOWN;
	}
}

static int
lacks(const struct thing *t, const char *what, struct error *err)
{
	return error_set(
	    err, "%.*s has no %s", (int)t->name.length, t->name.text, what);
}

/* The last of the real-time ones. */
#define SIGNAL_MAX 64

/*
 * Below 0 it never ran, or PBS ended it.  A signal's number comes with 256, or
 * with 10000 in old releases; with 128 if it was the shell that saw it.
 */
void
pbs_end(int64_t *exit, int64_t *signal)
{
	static const int64_t bases[] = { 10000, 256, 128 };
	size_t i;

	for (i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		if (*exit <= bases[i] || *exit > bases[i] + SIGNAL_MAX)
			continue;
		*signal = *exit - bases[i];
		*exit = -1;
	}
}

int
thing_job(struct census *c, const struct thing *t, struct error *err)
{
	struct job j = { .id = t->name,
		.task = -1,
		.queue = t->queue,
		.user = t->user,
		.slots = t->slots,
		.cpu_ns = t->cpu_ns,
		.wall_ns = t->wall_ns,
		.exit = t->exit,
		.signal = -1,
		.state = job_state_of(t) };

	if (t->state.length == 0)
		return lacks(t, "job_state", err);
	if (t->queue.length == 0)
		return lacks(t, "queue", err);
	if (j.state == JOB_STATES)
		return 0;
	pbs_end(&j.exit, &j.signal);
	j.submit_ns = t->eligible_ns > 0 ? t->eligible_ns : t->queued_ns;
	j.group = t->account;
	if (j.group.length == 0 &&
	    !slice_is(t->project, "_pbs_project_default"))
		j.group = t->project;
	census_job(c, &j);
	return 0;
}

/* A list of words, of which the worst counts. */
static enum node_state
node_state_of(struct slice words)
{
	static const struct {
		const char *word;
		enum node_state state;
	} states[] = { { "free", NODE_FREE }, { "job-exclusive", NODE_FULL },
		{ "job-busy", NODE_FULL }, { "job-sharing", NODE_FULL },
		{ "resv-exclusive", NODE_FULL }, { "busy", NODE_FULL },
		{ "offline", NODE_CLOSED }, { "maintenance", NODE_CLOSED },
		{ "provisioning", NODE_CLOSED }, { "sleep", NODE_CLOSED },
		{ "down", NODE_DOWN }, { "state-unknown", NODE_DOWN },
		{ "Stale", NODE_DOWN }, { "unresolvable", NODE_DOWN } };
	enum node_state worst = NODE_UNKNOWN;
	struct slice word;
	size_t i;

	while (words.length > 0) {
		word = slice_trim(slice_cut(&words, ','));
		for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
			if (slice_is(word, states[i].word) &&
			    states[i].state > worst)
				worst = states[i].state;
	}
	return worst;
}

int
thing_node(struct census *c, const struct thing *t, struct error *err)
{
	struct job_node n = JOB_NODE_INIT;

	if (t->state.length == 0)
		return lacks(t, "state", err);
	n.name = t->name;
	n.word = t->state;
	n.state = node_state_of(t->state);
	n.slots = n.cpus = t->slots;
	n.used = t->used;
	/* Without any job Torque says nothing of them. */
	if (n.used < 0 && n.slots >= 0)
		n.used = 0;
	n.load1 = t->load;
	n.memory_total = t->memory;
	n.memory_free = t->memory_free;
	census_node(c, &n);
	return 0;
}

int
thing_queue(struct census *c, const struct thing *t, struct error *err)
{
	struct job_queue q = JOB_QUEUE_INIT;

	if (t->enabled.length == 0 || t->started.length == 0)
		return lacks(t, "enabled and started", err);
	q.name = t->name;
	q.open = slice_is(t->enabled, "True");
	q.active = slice_is(t->started, "True");
	q.used = t->used;
	census_queue(c, &q);
	return 0;
}
