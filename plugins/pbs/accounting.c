/* Accounting logs: DATE;E;JOB;KEY=VALUE KEY="A VALUE" ... */
#include "accounting.h"

#include "clock.h"
#include "jobs_text.h"
#include "thing.h"

static double
seconds(struct slice value)
{
	int64_t ns;

	return slice_elapsed(value, &ns) ? (double)ns / NS_PER_S : -1;
}

static void
take_text(struct job_record *r, struct slice key, struct slice value)
{
	if (slice_is(key, "user"))
		r->user = value;
	else if (slice_is(key, "queue"))
		r->queue = value;
	else if (slice_is(key, "jobname"))
		r->name = value;
	else if (slice_is(key, "account") || slice_is(key, "Account_Name"))
		r->group = value;
	else if (slice_is(key, "project") && r->group.length == 0 &&
		 !slice_is(value, "_pbs_project_default"))
		r->group = value;
}

/* "7": one; of Torque also "0-3,7". */
static int64_t
count_places(struct slice list)
{
	int64_t sum = 0, from, to;
	struct slice one;

	while (list.length > 0) {
		one = slice_cut(&list, ',');
		if (!slice_integer(slice_cut(&one, '-'), &from))
			continue;
		if (!slice_integer(one, &to) || to < from ||
		    to - from > 1000000)
			to = from;
		sum += to - from + 1;
	}
	return sum > 0 ? sum : 1;
}

/* "node/0*4+other/2" has four and one. */
static void
take_hosts(struct job_record *r, struct slice hosts)
{
	struct slice one, host, places;
	int64_t n, sum = 0;

	while (hosts.length > 0) {
		one = slice_cut(&hosts, '+');
		host = slice_cut(&one, '/');
		if (sum == 0)
			r->node = host;
		places = slice_cut(&one, '*');
		if (!slice_integer(one, &n) || n < 1 || n > 1000000)
			n = count_places(places);
		sum += n;
	}
	/* What was asked for says more, where it says CPUs. */
	if (r->slots < 0)
		r->slots = sum;
}

static void
take_number(struct job_record *r, struct slice key, struct slice value)
{
	const struct {
		const char *key;
		int64_t *to;
	} integers[] = { { "qtime", &r->submitted }, { "start", &r->started },
		{ "end", &r->ended }, { "Resource_List.ncpus", &r->slots },
		{ "Exit_status", &r->exit } };
	size_t i;

	for (i = 0; i < sizeof(integers) / sizeof(integers[0]); i++)
		if (slice_is(key, integers[i].key))
			(void)slice_integer(value, integers[i].to);
	if (slice_is(key, "exec_host"))
		take_hosts(r, value);
	else if (slice_is(key, "resources_used.mem"))
		(void)slice_bytes(value, &r->memory);
	else if (slice_is(key, "resources_used.cput"))
		r->cpu = seconds(value);
	else if (slice_is(key, "resources_used.walltime"))
		r->wall = seconds(value);
}

static void
take_end(struct job_record *r)
{
	r->failed = r->exit != 0;
	pbs_end(&r->exit, &r->signal);
}

/* The next KEY=VALUE; a value with blanks stands in quotes. */
static bool
take_pair(struct slice *rest, struct slice *ret_key, struct slice *ret_value)
{
	struct slice word, start = *rest;

	if (!slice_word(rest, &word))
		return false;
	*ret_value = word;
	*ret_key = slice_cut(ret_value, '=');
	if (ret_value->length == 0 || ret_value->text[0] != '"')
		return true;
	start.length -= (size_t)(ret_value->text + 1 - start.text);
	start.text = ret_value->text + 1;
	*ret_value = slice_cut(&start, '"');
	*rest = start;
	return true;
}

int
read_accounting(struct slice line, struct job_record *ret)
{
	struct job_record r = JOB_RECORD_INIT;
	struct slice kind, key, value;

	(void)slice_cut(&line, ';');
	kind = slice_cut(&line, ';');
	if (!slice_is(kind, "E"))
		return kind.length == 1 ? 0 : -1;
	r.job = slice_cut(&line, ';');
	/* Of an array each element has a record of its own. */
	if (memmem(r.job.text, r.job.length, "[]", 2) != NULL)
		return 0;
	while (take_pair(&line, &key, &value)) {
		take_text(&r, key, value);
		take_number(&r, key, value);
	}
	if (r.job.length == 0 || r.user.length == 0 || r.ended == 0)
		return -1;
	take_end(&r);
	*ret = r;
	return 1;
}
