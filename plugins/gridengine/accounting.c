/* The accounting file: fields between colons. */
#include "accounting.h"

#include "jobs_text.h"

enum field {
	QUEUE = 0,
	HOST = 1,
	OWNER = 3,
	JOB_NAME = 4,
	JOB = 5,
	SUBMITTED = 8,
	STARTED = 9,
	ENDED = 10,
	FAILED = 11,
	EXIT = 12,
	MAXRSS = 16, /* kB */
	PROJECT = 31,
	SLOTS = 34,
	TASK = 35,
	CPU = 36,
	FIELDS = 37
};

/* What a shell says of a command that a signal ended. */
#define SIGNALLED 128

static void
take_end(struct job_record *r, const struct slice *f)
{
	int64_t failed = 0, status = 0;

	(void)slice_integer(f[FAILED], &failed);
	if (slice_integer(f[EXIT], &status) && status > SIGNALLED)
		r->signal = status - SIGNALLED;
	else if (r->started > 0)
		r->exit = status;
	r->failed = failed != 0 || status != 0;
}

int
read_accounting(struct slice line, struct job_record *ret)
{
	struct job_record r = JOB_RECORD_INIT;
	struct slice f[FIELDS];
	double memory;
	size_t i;

	if (line.length == 0 || line.text[0] == '#')
		return 0;
	for (i = 0; i < FIELDS; i++) {
		if (line.length == 0)
			return -1;
		f[i] = slice_cut(&line, ':');
	}
	r.job = f[JOB];
	r.name = f[JOB_NAME];
	r.user = f[OWNER];
	r.queue = f[QUEUE];
	r.node = f[HOST];
	if (!slice_is(f[PROJECT], "NONE"))
		r.group = f[PROJECT];
	if (!slice_integer(f[SUBMITTED], &r.submitted) ||
	    !slice_integer(f[STARTED], &r.started) ||
	    !slice_integer(f[ENDED], &r.ended) ||
	    !slice_integer(f[SLOTS], &r.slots) ||
	    !slice_integer(f[TASK], &r.task))
		return -1;
	if (r.task == 0)
		r.task = -1;
	if (r.started > 0 && r.ended >= r.started)
		r.wall = (double)(r.ended - r.started);
	if (r.started > 0 && !slice_number(f[CPU], &r.cpu))
		return -1;
	if (slice_number(f[MAXRSS], &memory) && memory > 0 && memory < 1e15)
		r.memory = (int64_t)(memory * 1024);
	take_end(&r, f);
	*ret = r;
	return 1;
}
