/* Accounting logs: DATE;E;JOB;KEY=VALUE KEY=VALUE ... */
#include "accounting.h"

#include "clock.h"
#include "jobs_text.h"

/* Torque adds a signal's number to this. */
#define SIGNALLED 256

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
	else if (slice_is(key, "exec_host"))
		r->node = slice_cut(&value, '/');
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
	if (slice_is(key, "resources_used.cput"))
		r->cpu = seconds(value);
	else if (slice_is(key, "resources_used.walltime"))
		r->wall = seconds(value);
}

int
read_accounting(struct slice line, struct job_record *ret)
{
	struct job_record r = JOB_RECORD_INIT;
	struct slice kind, word, key;

	(void)slice_cut(&line, ';');
	kind = slice_cut(&line, ';');
	if (!slice_is(kind, "E"))
		return kind.length == 1 ? 0 : -1;
	r.job = slice_cut(&line, ';');
	while (slice_word(&line, &word)) {
		key = slice_cut(&word, '=');
		take_text(&r, key, word);
		take_number(&r, key, word);
	}
	if (r.job.length == 0 || r.user.length == 0 || r.ended == 0)
		return -1;
	r.failed = r.exit != 0;
	if (r.exit > SIGNALLED) {
		r.signal = r.exit - SIGNALLED;
		r.exit = -1;
	}
	*ret = r;
	return 1;
}
