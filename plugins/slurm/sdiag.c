/*
 * What the controller says of itself: sections of "KEY: NUMBER", then what
 * calls cost, by their types.
 */
#include "read.h"

#include "clock.h"
#include "jobs_text.h"

enum section { S_SERVER, S_SCHEDULE, S_BACKFILL, S_CALLS, S_REST };

static const struct {
	const char *begins;
	enum section section;
} heads[] = {
	{ "Main schedule statistics", S_SCHEDULE },
	{ "Backfilling stats", S_BACKFILL },
	{ "Remote Procedure Call statistics by message type", S_CALLS },
	{ "Remote Procedure Call statistics by user", S_REST },
};

enum scale { COUNT, MICROSECONDS };

static const struct {
	enum section section;
	const char *key;
	const char *parameter;
	enum scale scale;
} keys[] = {
	{ S_SERVER, "Server thread count", "controller_threads", COUNT },
	{ S_SERVER, "Agent queue size", "controller_agent_queue", COUNT },
	{ S_SERVER, "Agent count", "controller_agents", COUNT },
	{ S_SERVER, "Agent thread count", "controller_agent_threads", COUNT },
	{ S_SERVER, "DBD Agent queue size", "controller_dbd_queue", COUNT },
	{ S_SERVER, "Jobs submitted", "controller_jobs_submitted", COUNT },
	{ S_SERVER, "Jobs started", "controller_jobs_started", COUNT },
	{ S_SERVER, "Jobs completed", "controller_jobs_completed", COUNT },
	{ S_SERVER, "Jobs canceled", "controller_jobs_canceled", COUNT },
	{ S_SERVER, "Jobs failed", "controller_jobs_failed", COUNT },
	{ S_SCHEDULE, "Last cycle", "schedule_last", MICROSECONDS },
	{ S_SCHEDULE, "Mean cycle", "schedule_mean", MICROSECONDS },
	{ S_SCHEDULE, "Max cycle", "schedule_max", MICROSECONDS },
	{ S_SCHEDULE, "Total cycles", "schedule_cycles", COUNT },
	{ S_SCHEDULE, "Mean depth cycle", "schedule_depth_mean", COUNT },
	{ S_SCHEDULE, "Last queue length", "schedule_queue", COUNT },
	{ S_BACKFILL, "Total backfilled jobs (since last slurm start)",
	    "backfill_jobs", COUNT },
	{ S_BACKFILL, "Last cycle", "backfill_last", MICROSECONDS },
	{ S_BACKFILL, "Mean cycle", "backfill_mean", MICROSECONDS },
	{ S_BACKFILL, "Max cycle", "backfill_max", MICROSECONDS },
	{ S_BACKFILL, "Total cycles", "backfill_cycles", COUNT },
	{ S_BACKFILL, "Last depth cycle", "backfill_depth_last", COUNT },
	{ S_BACKFILL, "Last queue length", "backfill_queue", COUNT },
};

struct reading {
	struct census *census;
	enum section section;
	int64_t calls;
	int64_t calls_us;
};

static void
emit_calls(struct census *c, const char *where, struct slice type,
    int64_t calls, int64_t us)
{
	census_integer(c, where, type, "calls", calls);
	census_number(c, where, type, "calls_time", (double)us / 1e6);
	if (calls > 0)
		census_number(c, where, type, "calls_mean",
		    (double)us / 1e6 / (double)calls);
}

static void
take_key(struct reading *r, struct slice line)
{
	struct slice key = slice_trim(slice_cut(&line, ':'));
	static const struct slice own = { "", 0 };
	int64_t n;
	size_t i;

	line = slice_trim(line);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].section != r->section ||
		    !slice_is(key, keys[i].key) || !slice_integer(line, &n))
			continue;
		if (keys[i].scale == COUNT)
			census_integer(
			    r->census, NULL, own, keys[i].parameter, n);
		else
			census_number(r->census, NULL, own, keys[i].parameter,
			    (double)n / 1e6);
	}
}

/* "REQUEST_PING ( 1008) count:2 ave_time:36 total_time:73" */
static void
take_call(struct reading *r, struct slice line)
{
	int64_t calls = -1, us = -1;
	struct slice type, word;

	if (!slice_word(&line, &type))
		return;
	while (slice_word(&line, &word)) {
		if (slice_begins(word, "count:"))
			(void)slice_integer(
			    slice_after(word, "count:"), &calls);
		else if (slice_begins(word, "total_time:"))
			(void)slice_integer(
			    slice_after(word, "total_time:"), &us);
	}
	if (calls < 0 || us < 0 ||
	    __builtin_add_overflow(r->calls, calls, &r->calls) ||
	    __builtin_add_overflow(r->calls_us, us, &r->calls_us))
		return;
	emit_calls(r->census, "calls", type, calls, us);
}

/* The section that the line begins; that of before if it begins none. */
static enum section
section_of(struct slice line, enum section before)
{
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (slice_begins(line, heads[i].begins))
			return heads[i].section;
	return before;
}

/* Behind the last section that is read nothing can be missing. */
static int
check_whole(struct slice output, struct error *err)
{
	enum section section = S_SERVER;
	struct slice line;
	bool ours = false;
	size_t n = 0;
	int rc;

	while ((rc = slice_whole_line(&output, &line, &n, err)) > 0) {
		ours |= slice_begins(line, "sdiag output at");
		section = section_of(line, section);
	}
	if (rc < 0)
		return -1;
	if (n == 0)
		return error_set(err, "said nothing");
	if (!ours)
		return error_set(err, "has no line \"sdiag output at\"");
	return section == S_REST
		   ? 0
		   : error_set(err, "breaks off after line %zu", n);
}

int
read_sdiag(struct census *c, struct slice output, struct error *err)
{
	static const struct slice own = { "", 0 };
	struct reading r = { .census = c };
	struct slice line;

	if (check_whole(output, err) != 0)
		return -1;
	while (slice_line(&output, &line, NULL)) {
		r.section = section_of(line, r.section);
		if (r.section == S_CALLS)
			take_call(&r, line);
		else
			take_key(&r, line);
	}
	emit_calls(c, NULL, own, r.calls, r.calls_us);
	return 0;
}
