/*
 * A line for each run of a job, then one for each of its steps.  Names of jobs
 * and steps are of anybody's choice and may hold line ends, so fields stand
 * between marks that nobody foresaw: a line without one belongs to the name
 * that came before, and no name can pass for a record.
 */
#include "sacct.h"

#include <time.h>

#include "clock.h"
#include "jobs_text.h"
#include "read.h"

/* A run has an index of its own, also where it has its job's number from one
   that was requeued.  Only steps know the memory. */
#define FORMAT                                                                 \
	"DBIndex,JobID,State,ExitCode,Submit,Start,End,ElapsedRaw,AllocCPUS,"  \
	"TotalCPU,MaxRSS,NodeList,Partition,User,Account,JobName"

enum field {
	F_INDEX,
	F_ID,
	F_STATE,
	F_EXIT,
	F_SUBMIT,
	F_START,
	F_END,
	F_ELAPSED,
	F_CPUS,
	F_CPU,
	F_RSS,
	F_NODES,
	F_PARTITION,
	F_USER,
	F_ACCOUNT,
	F_NAME,
	FIELDS
};

/* All in which a run is over; a window of time is one of ends then. */
#define STATES "BF,CA,CD,DL,F,NF,OOM,PR,RQ,RV,TO"

static const char *
time_text(struct arena *arena, int64_t seconds)
{
	time_t t = (time_t)seconds;
	char text[40];
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return NULL;
	return arena_strdup(arena, text);
}

static const char *const *
sacct_argv(struct arena *arena, int64_t from, int64_t to, const char *mark)
{
	const char *const words[] = { "sacct", "-a", "-D", "-P",
		arena_printf(arena, "--delimiter=%s", mark), "-S",
		time_text(arena, from), "-E", time_text(arena, to), "-s",
		STATES, "-o", FORMAT };
	size_t i, n = sizeof(words) / sizeof(words[0]);

	for (i = 0; i < n; i++)
		if (words[i] == NULL)
			return NULL;
	/* One more, which stays NULL. */
	const char **argv = arena_array(arena, n + 1, sizeof(*argv));

	for (i = 0; i < n && argv != NULL; i++)
		argv[i] = words[i];
	return argv;
}

/* ---------------------------------------------------------------- lines -- */

/* What stands before the next mark, which is dropped; false if none comes. */
static bool
cut_mark(struct slice *rest, const char *mark, struct slice *ret)
{
	size_t n = strlen(mark);
	const char *at = memmem(rest->text, rest->length, mark, n);

	if (at == NULL)
		return false;
	*ret = (struct slice){ rest->text, (size_t)(at - rest->text) };
	rest->length -= ret->length + n;
	rest->text = at + n;
	return true;
}

/* How many fields the line has; 1 if it has no mark. */
static size_t
split(struct slice line, const char *mark, struct slice *fields)
{
	size_t n = 0;

	while (n < FIELDS - 1 && cut_mark(&line, mark, &fields[n]))
		n++;
	fields[n++] = line;
	return n;
}

static bool
is_step(struct slice id)
{
	return id.length > 0 && memchr(id.text, '.', id.length) != NULL;
}

/* The next line, split: how many fields, 0 at the end, -1 and err. */
static int
next_line(struct job_list *l, struct slice *fields, struct error *err)
{
	struct slice line;
	int rc = slice_whole_line(&l->rest, &line, &l->line, err);
	size_t n;

	if (rc <= 0)
		return rc;
	n = split(line, l->mark, fields);
	if (n > 1 && n < FIELDS)
		return error_set(err, "line %zu has %zu fields instead of %d",
		    l->line, n, FIELDS);
	return (int)n;
}

static int
read_head(struct job_list *l, struct error *err)
{
	struct slice fields[FIELDS];
	int n = next_line(l, fields, err);

	if (n == 0)
		return error_set(err, "said nothing");
	if (n > 0 && !slice_is(fields[F_INDEX], "DBIndex"))
		return error_set(err, "does not begin with DBIndex");
	return n > 0 ? 0 : -1;
}

/* --------------------------------------------------------------- a record */

/* "n7", "n[07-09,12],m1": the first, in `room'. */
static struct slice
first_node(struct slice list, char *room)
{
	size_t begin = 0, from, to;

	if (slice_is(list, "None assigned"))
		return (struct slice){ "", 0 };
	while (begin < list.length && list.text[begin] != ',' &&
	       list.text[begin] != '[')
		begin++;
	if (begin == list.length || list.text[begin] == ',')
		return (struct slice){ list.text, begin };
	for (from = to = begin + 1;
	     to < list.length && list.text[to] >= '0' && list.text[to] <= '9';)
		to++;
	if (begin + to - from > FARM_NAME_MAX)
		return (struct slice){ "", 0 };
	memcpy(room, list.text, begin);
	memcpy(room + begin, list.text + from, to - from);
	return (struct slice){ room, begin + to - from };
}

/* "None", "Unknown": 0. */
static int64_t
seconds_of(struct slice text)
{
	int64_t ns;

	return slice_iso_time(text, &ns) ? ns / NS_PER_S : 0;
}

/* "3:0", "0:9": of both one counts. */
static void
take_exit(struct job_record *r, struct slice text)
{
	int64_t code, signal;

	if (!slice_integer(slice_cut(&text, ':'), &code) ||
	    !slice_integer(text, &signal))
		return;
	if (signal > 0)
		r->signal = signal;
	else
		r->exit = code;
}

static void
take_times(struct job_record *r, const struct slice *f)
{
	int64_t n;

	r->submitted = seconds_of(f[F_SUBMIT]);
	r->started = seconds_of(f[F_START]);
	r->ended = seconds_of(f[F_END]);
	if (r->started > 0 && slice_integer(f[F_ELAPSED], &n))
		r->wall = (double)n;
	if (r->started > 0 && slice_elapsed(f[F_CPU], &n))
		r->cpu = (double)n / NS_PER_S;
}

static void
take_run(struct job_pulled *p, const struct slice *f)
{
	struct job_record *r = &p->record;
	struct slice state = f[F_STATE];

	*r = (struct job_record)JOB_RECORD_INIT;
	slurm_job_id(f[F_ID], &r->job, &r->task);
	/* "CANCELLED by 1000" */
	r->outcome = slice_cut(&state, ' ');
	r->failed = !slice_is(r->outcome, "COMPLETED");
	r->requeued = slice_is(r->outcome, "REQUEUED");
	take_exit(r, f[F_EXIT]);
	take_times(r, f);
	(void)slice_integer(f[F_CPUS], &r->slots);
	r->node = first_node(f[F_NODES], p->node);
	r->queue = f[F_PARTITION];
	r->user = f[F_USER];
	r->group = f[F_ACCOUNT];
	r->name = f[F_NAME];
	/* When a job is over sooner than the database heard of its start, its
	   row has little but the end for a while. */
	p->partial = r->queue.length == 0;
}

static bool
take_key(struct job_pulled *p, const struct slice *f)
{
	int64_t n;

	if (!slice_integer(f[F_INDEX], &n) || n < 0 ||
	    (uint64_t)n >= UINT64_MAX >> 2)
		return false;
	p->key = (uint64_t)n;
	return true;
}

/* The rest of a name, or a step: what belongs to the run that came before. */
static void
take_more(struct job_pulled *p, const struct slice *f, int n, bool *in_name)
{
	struct job_record *r = &p->record;
	int64_t bytes;

	if (n > 1) {
		*in_name = false;
		if (slice_bytes(f[F_RSS], &bytes) && bytes > r->memory)
			r->memory = bytes;
	} else if (*in_name) {
		r->name.length = (size_t)(f[0].text + f[0].length -
					  r->name.text);
	}
}

static int
read_rest(struct job_list *l, struct job_pulled *p, struct error *err)
{
	struct slice f[FIELDS];
	struct job_list ahead;
	bool in_name = true;
	int n;

	for (;;) {
		ahead = *l;
		n = next_line(&ahead, f, err);
		if (n <= 0)
			return n;
		if (n > 1 && !is_step(f[F_ID]))
			return 0;
		take_more(p, f, n, &in_name);
		*l = ahead;
	}
}

int
read_sacct(struct job_list *l, struct job_pulled *ret, struct error *err)
{
	struct slice f[FIELDS];
	const char *begin;
	int n;

	if (l->line == 0 && read_head(l, err) != 0)
		return -1;
	begin = l->rest.text;
	n = next_line(l, f, err);
	if (n <= 0)
		return n;
	if (n == 1 || is_step(f[F_ID]) || !take_key(ret, f))
		return error_set(err, "line %zu is no run of a job", l->line);
	take_run(ret, f);
	if (read_rest(l, ret, err) != 0)
		return -1;
	ret->text = (struct slice){ begin, (size_t)(l->rest.text - begin) };
	return 1;
}

const struct job_source sacct_source = { .argv = sacct_argv,
	.next = read_sacct };
