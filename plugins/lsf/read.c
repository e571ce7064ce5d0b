/*
 * Tables of words below a line of their names, by which columns are found:
 * releases have more or fewer of them.
 */
#include "read.h"

#include "jobs_text.h"
#include "words.h"

#define COLUMNS_MAX 64

struct words {
	struct slice items[COLUMNS_MAX];
	size_t n;
};

struct table {
	const char *first; /* the name of the first column */
	/* A row may be shorter than the line of names, down to this. */
	size_t least;
	int (*take)(struct census *, const struct words *names,
	    const struct words *row);
};

static void
split(struct slice line, struct words *ret)
{
	ret->n = 0;
	while (ret->n < COLUMNS_MAX && slice_word(&line, &ret->items[ret->n]))
		ret->n++;
}

/* The word of a row below this name; an empty one if there is none. */
static struct slice
column(const struct words *names, const struct words *row, const char *name)
{
	size_t i;

	for (i = 0; i < names->n && i < row->n; i++)
		if (slice_is(names->items[i], name))
			return row->items[i];
	return (struct slice){ "", 0 };
}

/* Daemons that are slow to answer are complained of before the table. */
static bool
is_patience(struct slice line)
{
	static const char *const ends[] = { "still trying", "Please wait ..." };
	size_t i, n;

	line = slice_trim(line);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		n = strlen(ends[i]);
		if (line.length >= n &&
		    memcmp(line.text + line.length - n, ends[i], n) == 0)
			return true;
	}
	return false;
}

static int
read_row(struct census *c, const struct table *t, const struct words *names,
    struct slice line, size_t number, struct error *err)
{
	struct words row;

	split(line, &row);
	if (row.n < t->least || t->take(c, names, &row) != 0)
		return error_set(err,
		    "line %zu is no row of its table, with %zu words", number,
		    row.n);
	return 0;
}

static int
read_table(struct census *c, const struct table *t, struct slice output,
    struct error *err)
{
	struct words names = { .n = 0 };
	struct slice line;
	size_t n = 0;
	int rc;

	while ((rc = slice_whole_line(&output, &line, &n, err)) > 0) {
		if (names.n == 0 && is_patience(line))
			continue;
		if (names.n > 0) {
			if (read_row(c, t, &names, line, n, err) != 0)
				return -1;
			continue;
		}
		split(line, &names);
		if (names.n < 2 || !slice_is(names.items[0], t->first))
			return error_set(
			    err, "does not begin with %s", t->first);
	}
	if (rc < 0)
		return -1;
	return names.n > 0 ? 0 : error_set(err, "said nothing");
}

/* ---------------------------------------------------------------- bjobs -- */

/* The last word of an array's name ends in "[7]". */
static int64_t
task_of(struct slice name)
{
	size_t at = name.length;
	int64_t n;

	while (at > 0 && name.text[at - 1] != '[')
		at--;
	if (at == 0 || name.text[name.length - 1] != ']')
		return -1;
	name = (struct slice){ name.text + at, name.length - at - 1 };
	return slice_integer(name, &n) && n > 0 ? n : -1;
}

/*
 * A job's name may hold blanks: six words come before it, and behind it the
 * month, day and time.
 */
static int
take_job(struct census *c, const struct words *names, const struct words *row)
{
	struct job j = JOB_INIT;
	struct slice when;

	(void)names;
	j.id = row->items[0];
	j.user = row->items[1];
	j.state = lsf_job_state(row->items[2]);
	j.queue = row->items[3];
	j.slots = lsf_slots(row->items[5]);
	j.node = lsf_host(row->items[5]);
	if (row->n < COLUMNS_MAX) {
		j.task = task_of(row->items[row->n - 4]);
		when = row->items[row->n - 3];
		when.length = (size_t)(row->items[row->n - 1].text +
				       row->items[row->n - 1].length -
				       when.text);
		if (!slice_short_time(when, c->now_ns, &j.submit_ns))
			return -1;
	}
	census_job(c, &j);
	return 0;
}

int
read_bjobs(struct census *c, struct slice output, struct error *err)
{
	static const struct table table = { "JOBID", 9, take_job };

	return read_table(c, &table, output, err);
}

/* --------------------------------------------------------------- bhosts -- */

/* Without -w every reason is "closed". */
static enum node_state
node_state_of(struct slice word)
{
	if (slice_is(word, "ok"))
		return NODE_FREE;
	if (slice_is(word, "closed_Full") || slice_is(word, "closed_Busy") ||
	    slice_is(word, "closed_Excl") || slice_is(word, "closed_cu_Excl"))
		return NODE_FULL;
	if (slice_begins(word, "closed"))
		return NODE_CLOSED;
	if (slice_is(word, "unavail") || slice_is(word, "unreach"))
		return NODE_DOWN;
	return NODE_UNKNOWN;
}

static int
take_host(struct census *c, const struct words *names, const struct words *row)
{
	struct job_node n = JOB_NODE_INIT;

	n.name = row->items[0];
	n.word = column(names, row, "STATUS");
	n.state = node_state_of(n.word);
	/* "-": there is no limit. */
	(void)slice_integer(column(names, row, "MAX"), &n.slots);
	if (!slice_integer(column(names, row, "NJOBS"), &n.used))
		return -1;
	census_node(c, &n);
	return 0;
}

int
read_bhosts(struct census *c, struct slice output, struct error *err)
{
	static const struct table table = { "HOST_NAME", 9, take_host };

	return read_table(c, &table, output, err);
}

/* -------------------------------------------------------------- bqueues -- */

static int
take_queue(struct census *c, const struct words *names, const struct words *row)
{
	struct slice status = column(names, row, "STATUS");
	struct job_queue q = JOB_QUEUE_INIT;

	q.name = row->items[0];
	q.open = slice_is(slice_cut(&status, ':'), "Open");
	q.active = slice_is(status, "Active");
	(void)slice_integer(column(names, row, "MAX"), &q.slots);
	if (!slice_integer(column(names, row, "RUN"), &q.used))
		return -1;
	census_queue(c, &q);
	return 0;
}

int
read_bqueues(struct census *c, struct slice output, struct error *err)
{
	static const struct table table = { "QUEUE_NAME", 11, take_queue };

	return read_table(c, &table, output, err);
}

/* ------------------------------------------------------ lshosts, lsload -- */

static int
take_size(const struct words *names, const struct words *row,
    const char *column_name, int64_t *ret)
{
	struct slice s = column(names, row, column_name);

	if (s.length == 0 || slice_is(s, "-"))
		return 0;
	/* Beyond its threshold. */
	if (s.text[0] == '*')
		s = slice_after(s, "*");
	return slice_bytes(s, ret) ? 0 : -1;
}

static int
take_static(
    struct census *c, const struct words *names, const struct words *row)
{
	struct job_node n = JOB_NODE_INIT;

	n.name = row->items[0];
	if (census_find(c, &c->nodes, n.name) == NULL)
		return 0;
	(void)slice_integer(column(names, row, "ncpus"), &n.cpus);
	if (take_size(names, row, "maxmem", &n.memory_total) != 0 ||
	    take_size(names, row, "maxswp", &n.swap_total) != 0)
		return -1;
	census_node(c, &n);
	return 0;
}

int
read_lshosts(struct census *c, struct slice output, struct error *err)
{
	static const struct table table = { "HOST_NAME", 9, take_static };

	return read_table(c, &table, output, err);
}

static double
load_of(struct slice s)
{
	double load;

	if (s.length > 0 && s.text[0] == '*')
		s = slice_after(s, "*");
	return slice_number(s, &load) ? load : NAN;
}

/* Of a host that does not answer there is its status and nothing else. */
static int
take_load(struct census *c, const struct words *names, const struct words *row)
{
	struct slice status = column(names, row, "status");
	struct job_node n = JOB_NODE_INIT;

	n.name = row->items[0];
	if (row->n < names->n && !slice_is(status, "unavail"))
		return -1;
	if (row->n < names->n || census_find(c, &c->nodes, n.name) == NULL)
		return 0;
	n.load1 = load_of(column(names, row, "r1m"));
	n.load15 = load_of(column(names, row, "r15m"));
	if (take_size(names, row, "mem", &n.memory_free) != 0 ||
	    take_size(names, row, "swp", &n.swap_free) != 0)
		return -1;
	census_node(c, &n);
	return 0;
}

int
read_lsload(struct census *c, struct slice output, struct error *err)
{
	static const struct table table = { "HOST_NAME", 2, take_load };

	return read_table(c, &table, output, err);
}

/* ----------------------------------------------------------- bqueues -r -- */

/*
 * Queue by queue what -l says, and in it, of a queue with fair-share, a table
 * for itself and one for each group that has shares of it.  Behind them, and
 * in every queue, comes who may use it and where.
 */
struct share_reading {
	struct census *census;
	struct slice queue;
	struct slice path; /* of the table: QUEUE/, QUEUE/GROUP/ */
	struct words names;
	bool in_queue; /* and has not seen its end */
	bool in_table;
	bool seen; /* any queue */
};

static int
take_share(const struct share_reading *r, const struct words *row)
{
	static const struct {
		const char *column, *parameter;
	} said[] = {
		{ "SHARES", "shares" },
		{ "PRIORITY", "priority" },
		{ "STARTED", "slots_used" },
		{ "RESERVED", "slots_reserved" },
		{ "CPU_TIME", "usage" },
		{ "RUN_TIME", "usage_wall" },
	};
	struct slice user = row->items[0], node;
	char *name;
	double n;
	size_t i;

	if (row->n != r->names.n)
		return -1;
	name = arena_printf(r->census->arena, "%.*s%.*s", (int)r->path.length,
	    r->path.text, (int)user.length, user.text);
	if (name == NULL) {
		r->census->failed = true;
		return 0;
	}
	node = slice_of(name);
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (slice_number(column(&r->names, row, said[i].column), &n))
			census_number(
			    r->census, "shares", node, said[i].parameter, n);
	return 0;
}

/* A line of a table: its names, a row, or the empty one behind it. */
static int
read_share(struct share_reading *r, struct slice line, size_t number,
    struct error *err)
{
	struct words row;

	split(line, &row);
	r->in_table = row.n > 0;
	if (row.n == 0)
		return 0;
	if (r->names.n > 0) {
		if (take_share(r, &row) == 0)
			return 0;
		return error_set(err,
		    "line %zu is no row of its table, with %zu words", number,
		    row.n);
	}
	if (row.n < 2 || !slice_is(row.items[0], "USER/GROUP"))
		return error_set(
		    err, "line %zu does not begin with USER/GROUP", number);
	r->names = row;
	return 0;
}

/* Were the tables of the queue that was read all there? */
static int
end_queue(const struct share_reading *r, struct error *err)
{
	if (!r->in_queue)
		return 0;
	return error_set(
	    err, "queue %.*s breaks off", (int)r->queue.length, r->queue.text);
}

static int
read_queue_line(struct share_reading *r, struct slice line, size_t number,
    struct error *err)
{
	if (slice_begins(line, "QUEUE:")) {
		if (end_queue(r, err) != 0)
			return -1;
		r->queue = slice_trim(slice_after(line, "QUEUE:"));
		r->in_queue = r->seen = true;
		r->in_table = false;
	} else if (slice_begins(line, "SHARE_INFO_FOR:")) {
		r->path = slice_trim(slice_after(line, "SHARE_INFO_FOR:"));
		r->names.n = 0;
		r->in_table = true;
	} else if (slice_begins(line, "USERS:") ||
		   slice_begins(line, "HOSTS:")) {
		r->in_queue = r->in_table = false;
	} else if (r->in_table) {
		return read_share(r, line, number, err);
	}
	return 0;
}

int
read_queue_shares(struct census *c, struct slice output, struct error *err)
{
	struct share_reading r = { .census = c };
	struct slice line;
	size_t number = 0;
	int rc;

	while ((rc = slice_whole_line(&output, &line, &number, err)) > 0)
		if (read_queue_line(&r, line, number, err) != 0)
			return -1;
	if (rc < 0 || end_queue(&r, err) != 0)
		return -1;
	return r.seen ? 0 : error_set(err, "names no QUEUE:");
}
