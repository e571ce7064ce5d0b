/*
 * qstat -f -xml: instances of queues with the jobs in them, then the pending
 * jobs; qhost -xml: hosts with their values.
 */
#include "read.h"

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

/* ---------------------------------------------------------------- qstat -- */

struct reading {
	struct census *census;
	struct job job;
	bool in_job;
	struct slice instance; /* QUEUE@HOST; empty outside */
	struct slice state;
	int64_t slots;
	int64_t used;
	double load;
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
	size_t i, k;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		for (k = 0; k < letters.length; k++)
			if (letters.text[k] != '\0' &&
			    strchr(rules[i].any, letters.text[k]) != NULL)
				return rules[i].state;
	return JOB_UNKNOWN;
}

/* "2", "1,4", "3-9:2": how many. */
static int64_t
count_tasks(struct slice list)
{
	int64_t sum = 0, from, to, step;
	struct slice one, range;

	while (list.length > 0) {
		one = slice_cut(&list, ',');
		range = slice_cut(&one, ':');
		if (!slice_integer(one, &step) || step < 1)
			step = 1;
		if (!slice_integer(slice_cut(&range, '-'), &from))
			continue;
		if (!slice_integer(range, &to) || to < from)
			to = from;
		if (from < 0 || to > 10000000)
			continue;
		sum += (to - from) / step + 1;
	}
	return sum > 0 && sum < 10000000 ? sum : 1;
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
	j->count = count_tasks(text);
	if (!slice_integer(text, &j->task))
		j->id.length = 0;
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
	else if (slice_is(name, "queue_name"))
		take_queue(r, text);
	else if (slice_is(name, "tasks"))
		take_tasks(&r->job, text);
}

static void
take_instance_value(struct reading *r, struct slice name, struct slice text)
{
	if (slice_is(name, "name"))
		r->instance = text;
	else if (slice_is(name, "slots_used"))
		(void)slice_integer(text, &r->used);
	else if (slice_is(name, "slots_total"))
		(void)slice_integer(text, &r->slots);
	else if (slice_is(name, "load_avg"))
		r->load = slice_number(text, &r->load) ? r->load : NAN;
	else if (slice_is(name, "state"))
		r->state = text;
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

static enum node_state
instance_state(const struct reading *r)
{
	if (has_letter(r->state, "u"))
		return NODE_DOWN;
	if (has_letter(r->state, "dDsSCEco"))
		return NODE_CLOSED;
	if (has_letter(r->state, "aA") || r->used >= r->slots)
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

/* A host has the slots of its instances, and the state of the best. */
static void
count_host(struct reading *r, struct slice name)
{
	struct census *c = r->census;
	const struct census_entry *e = census_find(c, &c->nodes, name);
	struct job_node n = JOB_NODE_INIT;

	n.name = name;
	n.state = instance_state(r);
	n.word = r->state;
	n.slots = r->slots;
	n.used = r->used;
	n.load5 = r->load;
	if (e != NULL) {
		n.slots = sum(e->node.slots, r->slots);
		n.used = sum(e->node.used, r->used);
		if (e->node.state < n.state)
			n.state = e->node.state;
	}
	census_node(c, &n);
}

static void
count_instance(struct reading *r)
{
	struct census *c = r->census;
	struct slice host = r->instance;
	struct slice name = slice_cut(&host, '@');
	const struct census_entry *e = census_find(c, &c->queues, name);
	struct job_queue q = JOB_QUEUE_INIT;
	bool works = !has_letter(r->state, "dDsSCEcou");

	q.name = name;
	q.open = q.active = works || (e != NULL && e->queue.active == 1);
	q.slots = sum(e != NULL ? e->queue.slots : -1, r->slots);
	q.used = sum(e != NULL ? e->queue.used : -1, r->used);
	census_queue(c, &q);
	count_host(r, host);
	r->instance = (struct slice){ "", 0 };
}

static void
open_element(struct reading *r, struct slice name)
{
	static const struct slice none = { "", 0 };

	if (slice_is(name, "job_list")) {
		r->job = (struct job)JOB_INIT;
		r->job.state = JOB_UNKNOWN;
		take_queue(r, r->instance);
		r->in_job = true;
	} else if (slice_is(name, "Queue-List")) {
		r->instance = r->state = none;
		r->slots = r->used = -1;
		r->load = NAN;
	}
}

static void
close_element(struct reading *r, struct slice name, struct slice text)
{
	if (slice_is(name, "job_list")) {
		census_job(r->census, &r->job);
		r->in_job = false;
	} else if (slice_is(name, "Queue-List")) {
		count_instance(r);
	} else if (r->in_job) {
		take_job_value(r, name, text);
	} else {
		take_instance_value(r, name, text);
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

static void
take_host_value(struct job_node *n, struct slice name, struct slice text,
    int64_t *memory_used, int64_t *swap_used)
{
	if (slice_is(name, "num_proc"))
		(void)slice_integer(text, &n->cpus);
	else if (slice_is(name, "load_avg"))
		n->load5 = slice_number(text, &n->load5) ? n->load5 : NAN;
	else if (slice_is(name, "mem_total"))
		(void)slice_bytes(text, &n->memory_total);
	else if (slice_is(name, "mem_used"))
		(void)slice_bytes(text, memory_used);
	else if (slice_is(name, "swap_total"))
		(void)slice_bytes(text, &n->swap_total);
	else if (slice_is(name, "swap_used"))
		(void)slice_bytes(text, swap_used);
}

static void
count_values(struct census *c, struct job_node *n, int64_t memory_used,
    int64_t swap_used)
{
	if (census_find(c, &c->nodes, n->name) == NULL)
		return;
	if (n->memory_total >= 0 && memory_used >= 0)
		n->memory_free = n->memory_total - memory_used;
	if (n->swap_total >= 0 && swap_used >= 0)
		n->swap_free = n->swap_total - swap_used;
	census_node(c, n);
}

int
read_qhost(struct census *c, struct slice output, struct error *err)
{
	struct job_node n = JOB_NODE_INIT;
	int64_t memory_used = -1, swap_used = -1;
	struct slice value = { "", 0 };
	struct xml x = { .rest = output };
	enum xml_piece piece;

	while ((piece = xml_next(&x)) > XML_BAD) {
		if (x.depth == 1 && piece == XML_OPEN &&
		    !slice_is(x.name, "qhost"))
			return error_set(err, "has no qhost");
		if (piece == XML_OPEN && slice_is(x.name, "host")) {
			n = (struct job_node)JOB_NODE_INIT;
			n.name = xml_attribute(&x, "name");
			memory_used = swap_used = -1;
		} else if (piece == XML_OPEN) {
			value = xml_attribute(&x, "name");
		} else if (slice_is(x.name, "host")) {
			count_values(c, &n, memory_used, swap_used);
		} else if (slice_is(x.name, "hostvalue")) {
			take_host_value(
			    &n, value, x.text, &memory_used, &swap_used);
		}
	}
	return piece == XML_END ? 0 : broken(&x, output, err);
}
