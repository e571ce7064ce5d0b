/*
 * Lines of fields between bars, below a line of their names.  A last line
 * without its end is what is left of an output that broke off.
 */
#include "read.h"

#include "jobs_text.h"

#define FIELDS_MAX 16

struct layout {
	const char *first; /* the name of the first field */
	size_t n;
	void (*take)(struct census *, const struct slice *fields);
};

static int
read_line(struct census *c, const struct layout *l, struct slice line,
    size_t number, struct error *err)
{
	struct slice fields[FIELDS_MAX];
	size_t i;

	for (i = 0; i + 1 < l->n; i++) {
		if (line.length == 0 ||
		    memchr(line.text, '|', line.length) == NULL)
			return error_set(err,
			    "line %zu has %zu fields instead of %zu", number,
			    i + 1, l->n);
		fields[i] = slice_trim(slice_cut(&line, '|'));
	}
	fields[i] = slice_trim(line);
	l->take(c, fields);
	return 0;
}

static int
read_lines(struct census *c, const struct layout *l, struct slice output,
    struct error *err)
{
	struct slice line;
	size_t n = 0;
	int rc;

	while ((rc = slice_whole_line(&output, &line, &n, err)) > 0) {
		if (n == 1 && !slice_begins(line, l->first))
			return error_set(
			    err, "does not begin with %s", l->first);
		if (n > 1 && read_line(c, l, line, n, err) != 0)
			return -1;
	}
	if (rc < 0)
		return -1;
	return n > 0 ? 0 : error_set(err, "said nothing");
}

/* --------------------------------------------------------------- squeue -- */

enum job_field {
	J_ID,
	J_PARTITION,
	J_USER,
	J_ACCOUNT,
	J_STATE,
	J_CPUS,
	J_SUBMIT,
	J_ELAPSED,
	J_NODES,
	J_REASON,
	J_FIELDS
};

static const struct {
	const char *word;
	enum job_state state;
} job_states[] = {
	{ "PENDING", JOB_PENDING },
	{ "REQUEUED", JOB_PENDING },
	{ "REQUEUE_FED", JOB_PENDING },
	{ "REQUEUE_HOLD", JOB_HELD },
	{ "RESV_DEL_HOLD", JOB_HELD },
	{ "SPECIAL_EXIT", JOB_HELD },
	{ "RUNNING", JOB_RUNNING },
	{ "CONFIGURING", JOB_RUNNING },
	{ "RESIZING", JOB_RUNNING },
	{ "SIGNALING", JOB_RUNNING },
	{ "SUSPENDED", JOB_SUSPENDED },
	{ "STOPPED", JOB_SUSPENDED },
	{ "COMPLETING", JOB_ENDING },
	{ "STAGE_OUT", JOB_ENDING },
	{ "COMPLETED", JOB_DONE },
	{ "BOOT_FAIL", JOB_FAILED },
	{ "CANCELLED", JOB_FAILED },
	{ "DEADLINE", JOB_FAILED },
	{ "FAILED", JOB_FAILED },
	{ "NODE_FAIL", JOB_FAILED },
	{ "OUT_OF_MEMORY", JOB_FAILED },
	{ "PREEMPTED", JOB_FAILED },
	{ "REVOKED", JOB_FAILED },
	{ "TIMEOUT", JOB_FAILED },
};

/* A pending job that would not begin if everything were free. */
static bool
is_held(struct slice reason)
{
	static const char *const reasons[] = { "JobHeld", "Dependency",
		"DependencyNeverSatisfied", "BeginTime", "JobArrayTaskLimit" };
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (slice_begins(reason, reasons[i]))
			return true;
	return false;
}

enum job_state
slurm_job_state(struct slice word, struct slice reason)
{
	size_t i;

	for (i = 0; i < sizeof(job_states) / sizeof(job_states[0]); i++) {
		if (!slice_is(word, job_states[i].word))
			continue;
		if (job_states[i].state == JOB_PENDING && is_held(reason))
			return JOB_HELD;
		return job_states[i].state;
	}
	return JOB_UNKNOWN;
}

void
slurm_job_id(struct slice text, struct slice *ret_job, int64_t *ret_task)
{
	*ret_job = slice_cut(&text, '_');
	if (!slice_integer(text, ret_task))
		*ret_task = -1;
}

/* Of "17_[5-9]" there are several. */
static void
take_id(struct job *j, struct slice text)
{
	slurm_job_id(text, &j->id, &j->task);
	if (j->task < 0 && j->id.length < text.length)
		j->id.length = 0;
}

static void
take_job(struct census *c, const struct slice *f)
{
	struct slice partitions = f[J_PARTITION];
	struct job j = JOB_INIT;

	take_id(&j, f[J_ID]);
	/* One that may run in any of several is counted in the first. */
	j.queue = slice_cut(&partitions, ',');
	j.user = f[J_USER];
	if (!slice_is(f[J_ACCOUNT], "(null)"))
		j.group = f[J_ACCOUNT];
	j.state = slurm_job_state(f[J_STATE], f[J_REASON]);
	(void)slice_integer(f[J_CPUS], &j.slots);
	(void)slice_iso_time(f[J_SUBMIT], &j.submit_ns);
	(void)slice_elapsed(f[J_ELAPSED], &j.wall_ns);
	census_job(c, &j);
}

int
read_squeue(struct census *c, struct slice output, struct error *err)
{
	static const struct layout layout = { "JOBID|", J_FIELDS, take_job };

	return read_lines(c, &layout, output, err);
}

/* ---------------------------------------------------------------- sinfo -- */

enum node_field {
	N_NAME,
	N_PARTITION,
	N_AVAIL,
	N_CPUS,
	N_LOAD,
	N_MEMORY,
	N_FREE,
	N_STATE,
	N_FIELDS
};

static const struct {
	const char *word;
	enum node_state state;
} node_states[] = {
	{ "idle", NODE_FREE },
	{ "mixed", NODE_FREE },
	{ "planned", NODE_FREE },
	{ "allocated", NODE_FULL },
	{ "completing", NODE_FULL },
	{ "blocked", NODE_CLOSED },
	{ "drain", NODE_CLOSED }, /* drained, draining */
	{ "fail", NODE_CLOSED },  /* failing */
	{ "future", NODE_CLOSED },
	{ "inval", NODE_CLOSED },
	{ "maint", NODE_CLOSED },
	{ "perfctrs", NODE_CLOSED },
	{ "power", NODE_CLOSED }, /* powered_down, powering_up, ... */
	{ "reboot", NODE_CLOSED },
	{ "reserved", NODE_CLOSED },
	{ "down", NODE_DOWN },
	{ "error", NODE_DOWN },
};

/* An asterisk behind it says that the node does not answer. */
static enum node_state
node_state_of(struct slice word)
{
	size_t i;

	if (word.length > 0 && word.text[word.length - 1] == '*')
		return NODE_DOWN;
	for (i = 0; i < sizeof(node_states) / sizeof(node_states[0]); i++)
		if (slice_begins(word, node_states[i].word))
			return node_states[i].state;
	return NODE_UNKNOWN;
}

/* "allocated/idle/other/total". */
static void
take_cpus(struct job_node *n, struct slice cpus)
{
	int64_t allocated, total;

	if (!slice_integer(slice_cut(&cpus, '/'), &allocated))
		return;
	(void)slice_cut(&cpus, '/');
	(void)slice_cut(&cpus, '/');
	if (!slice_integer(cpus, &total))
		return;
	n->used = allocated;
	n->slots = n->cpus = total;
}

static int64_t
megabytes(struct slice s)
{
	int64_t n;

	return slice_integer(s, &n) && n >= 0 && n < INT64_MAX >> 20 ? n << 20
								     : -1;
}

/* A node stands there once for each of its partitions. */
static void
take_node(struct census *c, const struct slice *f)
{
	struct job_queue q = JOB_QUEUE_INIT;
	struct job_node n = JOB_NODE_INIT;

	n.name = f[N_NAME];
	n.word = f[N_STATE];
	n.state = node_state_of(n.word);
	take_cpus(&n, f[N_CPUS]);
	if (!slice_number(f[N_LOAD], &n.load1))
		n.load1 = NAN;
	n.memory_total = megabytes(f[N_MEMORY]);
	n.memory_free = megabytes(f[N_FREE]);
	census_node(c, &n);
	q.name = f[N_PARTITION];
	/* The default one has an asterisk. */
	if (q.name.length > 1 && q.name.text[q.name.length - 1] == '*')
		q.name.length--;
	q.open = q.active = slice_is(f[N_AVAIL], "up");
	census_queue(c, &q);
}

int
read_sinfo(struct census *c, struct slice output, struct error *err)
{
	static const struct layout layout = { "NODELIST|", N_FIELDS,
		take_node };

	return read_lines(c, &layout, output, err);
}

/* --------------------------------------------------------------- sshare -- */

enum share_field {
	A_ACCOUNT,
	A_USER,
	A_RAW_SHARES,
	A_NORM_SHARES,
	A_RAW_USAGE,
	A_USAGE,
	A_FAIR_SHARE,
	A_FIELDS
};

/* A word such as "parent" is no number, and left out. */
static double
number_of(struct slice text)
{
	double n;

	return slice_number(text, &n) ? n : NAN;
}

/* An account, or a user in it: ACCOUNT/USER. */
static void
take_share(struct census *c, const struct slice *f)
{
	struct slice node = f[A_ACCOUNT];
	char *name;

	if (f[A_USER].length > 0) {
		name = arena_printf(c->arena, "%.*s/%.*s", (int)node.length,
		    node.text, (int)f[A_USER].length, f[A_USER].text);
		c->failed |= name == NULL;
		node = (struct slice){ name, name != NULL ? strlen(name) : 0 };
	}
	if (node.length == 0)
		return;
	census_number(c, "shares", node, "shares", number_of(f[A_RAW_SHARES]));
	census_number(
	    c, "shares", node, "shares_part", number_of(f[A_NORM_SHARES]));
	census_number(c, "shares", node, "usage", number_of(f[A_RAW_USAGE]));
	census_number(c, "shares", node, "usage_part", number_of(f[A_USAGE]));
	census_number(
	    c, "shares", node, "fair_share", number_of(f[A_FAIR_SHARE]));
}

int
read_sshare(struct census *c, struct slice output, struct error *err)
{
	static const struct layout layout = { "Account|", A_FIELDS,
		take_share };

	return read_lines(c, &layout, output, err);
}
