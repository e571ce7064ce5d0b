/*
 * qstat -xml: jobs, each once, also if it has slots in several queues; qhost
 * -q -xml: hosts with their values and what they have of each queue.
 */
#include "read.h"

#include "clock.h"
#include "jobs_text.h"
#include "xml.h"

static int
broken(const struct xml *x, struct slice whole, struct error *err)
{
	size_t line = 1, i;

	for (i = 0; i < whole.length - x->rest.length; i++)
		line += whole.text[i] == '\n';
	return error_set(err, "no XML, or broken off, in line %zu", line);
}

static bool
has_letter(struct slice letters, const char *any)
{
	size_t i;

	for (i = 0; i < letters.length; i++)
		if (letters.text[i] != '\0' &&
		    strchr(any, letters.text[i]) != NULL)
			return true;
	return false;
}

/* ---------------------------------------------------------------- qstat -- */

struct reading {
	struct census *census;
	struct job job;
	bool in_job;
};

/* Letters: what holds a job back counts before what it would do. */
static enum job_state
job_state_of(struct slice letters)
{
	static const struct {
		const char *any;
		enum job_state state;
	} rules[] = { { "E", JOB_HELD }, { "d", JOB_ENDING }, { "z", JOB_DONE },
		{ "sST", JOB_SUSPENDED }, { "rt", JOB_RUNNING },
		{ "h", JOB_HELD }, { "qw", JOB_PENDING },
		{ "R", JOB_RUNNING } };
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (has_letter(letters, rules[i].any))
			return rules[i].state;
	return JOB_UNKNOWN;
}

/* QUEUE@HOST */
static void
take_queue(struct reading *r, struct slice instance)
{
	r->job.queue = slice_cut(&instance, '@');
	r->job.node = instance;
}

/* Its number comes before, and is that of several. */
static void
take_tasks(struct job *j, struct slice text)
{
	j->count = slice_count_ranges(text);
	if (!slice_integer(text, &j->task))
		j->id.length = 0;
}

/* Theirs and our clock may differ by a little. */
static void
take_start(struct reading *r, struct slice text)
{
	int64_t start_ns, wall_ns;

	if (!slice_iso_time(text, &start_ns) || start_ns <= 0)
		return;
	wall_ns = r->census->now_ns - start_ns;
	r->job.wall_ns = wall_ns > 0 ? wall_ns : 0;
}

static void
take_cpu(struct reading *r, struct slice text)
{
	double seconds;

	if (slice_number(text, &seconds) && seconds >= 0 && seconds < 9e9)
		r->job.cpu_ns = (int64_t)(seconds * NS_PER_S);
}

static void
take_job_value(struct reading *r, struct slice name, struct slice text)
{
	if (slice_is(name, "JB_job_number"))
		r->job.id = text;
	else if (slice_is(name, "JB_owner"))
		r->job.user = text;
	else if (slice_is(name, "JB_project"))
		r->job.group = text;
	else if (slice_is(name, "state"))
		r->job.state = job_state_of(text);
	else if (slice_is(name, "slots"))
		(void)slice_integer(text, &r->job.slots);
	else if (slice_is(name, "JB_submission_time"))
		(void)slice_iso_time(text, &r->job.submit_ns);
	else if (slice_is(name, "JAT_start_time"))
		take_start(r, text);
	else if (slice_is(name, "cpu_usage"))
		take_cpu(r, text);
	else if (slice_is(name, "queue_name"))
		take_queue(r, text);
	else if (slice_is(name, "tasks"))
		take_tasks(&r->job, text);
}

static void
open_element(struct reading *r, struct slice name)
{
	if (!slice_is(name, "job_list"))
		return;
	r->job = (struct job)JOB_INIT;
	r->job.state = JOB_UNKNOWN;
	r->in_job = true;
}

static void
close_element(struct reading *r, struct slice name, struct slice text)
{
	if (slice_is(name, "job_list")) {
		census_job(r->census, &r->job);
		r->in_job = false;
	} else if (r->in_job) {
		take_job_value(r, name, text);
	}
}

int
read_qstat(struct census *c, struct slice output, struct error *err)
{
	struct reading r = { .census = c };
	struct xml x = { .rest = output };
	enum xml_piece piece;

	while ((piece = xml_next(&x)) > XML_BAD) {
		if (x.depth == 1 && piece == XML_OPEN &&
		    !slice_is(x.name, "job_info"))
			return error_set(err, "has no job_info");
		if (piece == XML_OPEN)
			open_element(&r, x.name);
		else
			close_element(&r, x.name, x.text);
	}
	return piece == XML_END ? 0 : broken(&x, output, err);
}

/* ---------------------------------------------------------------- qhost -- */

/* A host, and the queue of it that is read. */
struct host_reading {
	struct census *census;
	struct job_node node;
	int64_t memory_used;
	int64_t swap_used;
	bool runs_jobs; /* it has queues */
	bool in_queue;
	struct job_queue queue;
	struct slice state;
	struct slice value; /* which one comes */
};

/* Of what a host has of one queue. */
static enum node_state
instance_state(const struct host_reading *r)
{
	if (has_letter(r->state, "u"))
		return NODE_DOWN;
	if (has_letter(r->state, "dDsSCEco"))
		return NODE_CLOSED;
	if (has_letter(r->state, "aA") || r->queue.used >= r->queue.slots)
		return NODE_FULL;
	return NODE_FREE;
}

static int64_t
sum(int64_t known, int64_t more)
{
	if (more < 0)
		return known;
	return known < 0 ? more : known + more;
}

/* A host has the slots of its queues, and the state of the best. */
static void
count_instance(struct host_reading *r)
{
	const struct census_entry *e = census_find(
	    r->census, &r->census->queues, r->queue.name);
	enum node_state state = instance_state(r);
	struct job_queue q = r->queue;

	if (!r->runs_jobs || state < r->node.state) {
		r->node.state = state;
		r->node.word = r->state;
	}
	r->runs_jobs = true;
	r->node.slots = sum(r->node.slots, q.slots);
	r->node.used = sum(r->node.used, q.used);
	q.open = q.active = !has_letter(r->state, "dDsSCEcou") ||
			    (e != NULL && e->queue.active == 1);
	q.slots = sum(e != NULL ? e->queue.slots : -1, q.slots);
	q.used = sum(e != NULL ? e->queue.used : -1, q.used);
	census_queue(r->census, &q);
}

static void
count_host(struct host_reading *r)
{
	struct job_node *n = &r->node;

	if (!r->runs_jobs)
		return;
	if (n->memory_total >= 0 && r->memory_used >= 0)
		n->memory_free = n->memory_total - r->memory_used;
	if (n->swap_total >= 0 && r->swap_used >= 0)
		n->swap_free = n->swap_total - r->swap_used;
	census_node(r->census, n);
}

static void
take_host_value(struct host_reading *r, struct slice text)
{
	struct job_node *n = &r->node;

	if (slice_is(r->value, "num_proc"))
		(void)slice_integer(text, &n->cpus);
	else if (slice_is(r->value, "load_avg"))
		n->load5 = slice_number(text, &n->load5) ? n->load5 : NAN;
	else if (slice_is(r->value, "mem_total"))
		(void)slice_bytes(text, &n->memory_total);
	else if (slice_is(r->value, "mem_used"))
		(void)slice_bytes(text, &r->memory_used);
	else if (slice_is(r->value, "swap_total"))
		(void)slice_bytes(text, &n->swap_total);
	else if (slice_is(r->value, "swap_used"))
		(void)slice_bytes(text, &r->swap_used);
}

static void
take_queue_value(struct host_reading *r, struct slice text)
{
	if (slice_is(r->value, "slots"))
		(void)slice_integer(text, &r->queue.slots);
	else if (slice_is(r->value, "slots_used"))
		(void)slice_integer(text, &r->queue.used);
	else if (slice_is(r->value, "state_string"))
		r->state = text;
}

static void
open_host_element(struct host_reading *r, const struct xml *x)
{
	struct slice name = xml_attribute(x, "name");

	if (slice_is(x->name, "host")) {
		*r = (struct host_reading){ .census = r->census,
			.node = JOB_NODE_INIT,
			.memory_used = -1,
			.swap_used = -1 };
		r->node.name = name;
	} else if (slice_is(x->name, "queue")) {
		r->in_queue = true;
		r->queue = (struct job_queue)JOB_QUEUE_INIT;
		r->queue.name = name;
		r->state = (struct slice){ "", 0 };
	}
	r->value = name;
}

static void
close_host_element(struct host_reading *r, const struct xml *x)
{
	if (slice_is(x->name, "host")) {
		count_host(r);
	} else if (slice_is(x->name, "queue") && r->in_queue) {
		count_instance(r);
		r->in_queue = false;
	} else if (slice_is(x->name, "queuevalue")) {
		take_queue_value(r, x->text);
	} else if (slice_is(x->name, "hostvalue")) {
		take_host_value(r, x->text);
	}
}

int
read_qhost(struct census *c, struct slice output, struct error *err)
{
	struct host_reading r = { .census = c };
	struct xml x = { .rest = output };
	enum xml_piece piece;

	while ((piece = xml_next(&x)) > XML_BAD) {
		if (x.depth == 1 && piece == XML_OPEN &&
		    !slice_is(x.name, "qhost"))
			return error_set(err, "has no qhost");
		if (piece == XML_OPEN)
			open_host_element(&r, &x);
		else
			close_host_element(&r, &x);
	}
	return piece == XML_END ? 0 : broken(&x, output, err);
}

/* -------------------------------------------------------- sge_share_mon -- */

/* Fields of a line, each with a bar behind it; how many. */
static size_t
split(struct slice line, struct slice *fields, size_t max)
{
	size_t n = 0;

	while (n < max && line.length > 0 &&
	       memchr(line.text, '|', line.length) != NULL)
		fields[n++] = slice_cut(&line, '|');
	return line.length == 0 ? n : 0;
}

/* A node by its path, without the slash that it begins with, which is all of
   the root: that has no share of anything. */
static void
count_share(struct census *c, const struct slice *f)
{
	static const char *const parameters[] = { "shares", "shares_part",
		"shares_target", "shares_actual", "usage" };
	struct slice node = f[0];
	double n;
	size_t i;

	if (slice_begins(node, "/"))
		node = slice_after(node, "/");
	for (i = 0; node.length > 0 && i < 5; i++)
		if (slice_number(f[i + 1], &n))
			census_number(c, "shares", node, parameters[i], n);
}

int
read_shares(struct census *c, struct slice output, struct error *err)
{
	struct slice line, fields[6];
	size_t number = 0;
	bool root = false;
	int rc;

	while ((rc = slice_whole_line(&output, &line, &number, err)) > 0) {
		if (number == 1 && !slice_begins(line, "node_name|"))
			return error_set(err, "does not begin with node_name|");
		if (line.length == 0)
			continue;
		if (split(line, fields, 6) != 6)
			return error_set(
			    err, "line %zu has not 6 fields", number);
		if (number > 1)
			count_share(c, fields);
		root |= slice_is(fields[0], "/");
	}
	if (rc < 0)
		return -1;
	return root ? 0 : error_set(err, "has no root");
}
