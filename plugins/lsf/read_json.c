/*
 * bjobs -o ... -json: an object with the number of jobs and an array of them,
 * each a flat object whose values are all texts, empty where not known.
 */
#include "read.h"

#include "clock.h"
#include "jobs_text.h"
#include "json_pull.h"
#include "words.h"

/* "RECORDS": [ { */
#define LIST 2
#define RECORD 3

struct reading {
	struct census *census;
	struct job job;
	struct slice hosts;
	bool in_list;
	bool seen;    /* the list */
	int64_t said; /* how many there are */
	int64_t n;
};

static void
begin_job(struct reading *r)
{
	r->job = (struct job)JOB_INIT;
	r->job.state = JOB_STATES; /* not said yet */
	r->hosts = (struct slice){ "", 0 };
}

/* "57208 second(s)", "38.0 second(s)"; -1 of nothing. */
static int64_t
seconds(struct slice text)
{
	struct slice word;
	double n;

	if (!slice_word(&text, &word) || !slice_number(word, &n) || n < 0 ||
	    n >= 9e9)
		return -1;
	return (int64_t)(n * NS_PER_S);
}

static void
take_value(struct reading *r, struct slice key, struct slice text)
{
	struct job *j = &r->job;

	if (slice_is(key, "JOBID"))
		j->id = text;
	else if (slice_is(key, "JOBINDEX"))
		(void)slice_integer(text, &j->task);
	else if (slice_is(key, "STAT"))
		j->state = lsf_job_state(text);
	else if (slice_is(key, "USER"))
		j->user = text;
	else if (slice_is(key, "QUEUE"))
		j->queue = text;
	else if (slice_is(key, "PROJ_NAME"))
		j->group = text;
	else if (slice_is(key, "SLOTS"))
		(void)slice_integer(text, &j->slots);
	else if (slice_is(key, "EXEC_HOST"))
		r->hosts = text;
	else if (slice_is(key, "SUBMIT_TIME"))
		(void)slice_short_time(text, r->census->now_ns, &j->submit_ns);
	else if (slice_is(key, "RUN_TIME"))
		j->wall_ns = seconds(text);
	else if (slice_is(key, "CPU_USED"))
		j->cpu_ns = seconds(text);
	else if (slice_is(key, "EXIT_CODE"))
		(void)slice_integer(text, &j->exit);
}

static int
end_job(struct reading *r, struct error *err)
{
	struct job *j = &r->job;

	r->n++;
	if (j->id.length == 0 || j->state == JOB_STATES)
		return error_set(
		    err, "record %lld has no JOBID or STAT", (long long)r->n);
	/* One that is not of an array has the index 0. */
	if (j->task == 0)
		j->task = -1;
	if (j->slots < 0)
		j->slots = lsf_slots(r->hosts);
	j->node = lsf_host(r->hosts);
	census_job(r->census, j);
	return 0;
}

static int
take_piece(struct reading *r, const struct json_pull *p, enum json_piece piece,
    struct error *err)
{
	if (piece == JSON_PULL_ARRAY && p->depth == LIST)
		r->seen |= r->in_list = slice_is(p->key, "RECORDS");
	else if (piece == JSON_PULL_ARRAY_END && p->depth == LIST - 1)
		r->in_list = false;
	else if (piece == JSON_PULL_VALUE && p->depth == 1 &&
		 slice_is(p->key, "JOBS"))
		(void)slice_integer(p->value, &r->said);
	else if (!r->in_list)
		return 0;
	else if (piece == JSON_PULL_OBJECT && p->depth == RECORD)
		begin_job(r);
	else if (piece == JSON_PULL_VALUE && p->depth == RECORD)
		take_value(r, p->key, p->value);
	else if (piece == JSON_PULL_OBJECT_END && p->depth == RECORD - 1)
		return end_job(r, err);
	return 0;
}

/* What a daemon that is slow to answer made it say stands before. */
static struct slice
skip_to_object(struct slice output)
{
	struct slice rest = output, line;

	while (rest.length > 0 && rest.text[0] != '{')
		(void)slice_line(&rest, &line, NULL);
	return rest;
}

int
read_bjobs_json(struct census *c, struct slice output, struct error *err)
{
	struct reading r = { .census = c, .said = -1 };
	struct json_pull p = { .rest = skip_to_object(output) };
	enum json_piece piece;

	while ((piece = json_pull(&p)) > JSON_PULL_BAD)
		if (take_piece(&r, &p, piece, err) != 0)
			return -1;
	if (piece == JSON_PULL_BAD)
		return error_set(err,
		    "no JSON, or broken off, after record %lld",
		    (long long)r.n);
	if (!r.seen)
		return error_set(err, "has no RECORDS");
	if (r.said >= 0 && r.said != r.n)
		return error_set(err, "says there are %lld jobs, and has %lld",
		    (long long)r.said, (long long)r.n);
	return 0;
}

/* -json came with the second fix pack of 10.1: 10.1.0.2. */
bool
has_json(struct slice output)
{
	static const int64_t first[] = { 10, 1, 0, 2 };
	struct slice line, word;
	int64_t n;
	size_t i;

	/* "IBM Spectrum LSF Standard 10.1.0.13, Apr 15 2022", "OpenLava 4.0,
	   ...", "Platform LSF 9.1.3.0, ..." */
	if (!slice_line(&output, &line, NULL) || slice_begins(line, "OpenLava"))
		return false;
	while (slice_word(&line, &word)) {
		word = slice_cut(&word, ',');
		if (memchr(word.text, '.', word.length) == NULL)
			continue;
		for (i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
			if (!slice_integer(slice_cut(&word, '.'), &n) ||
			    n < first[i])
				return false;
			if (n > first[i])
				return true;
		}
		return true;
	}
	return false;
}
