/* The history file: an ad of each job that has left the queue, and below it a
   line that begins with ***. */
#include "history.h"

#include <math.h>

#include "ad.h"
#include "jobs_text.h"

#define REMOVED 3
#define COMPLETED 4

/* The last part of a path. */
static struct slice
base_of(struct slice path)
{
	struct slice part = path;

	while (path.length > 0)
		part = slice_cut(&path, '/');
	return part;
}

static void
take_end(struct job_record *r, const struct ad *a)
{
	r->ended = a->status == COMPLETED && a->completed > 0
		       ? a->completed
		       : a->entered_status;
	if (a->by_signal == 1)
		r->signal = a->signal;
	else if (a->status == COMPLETED)
		r->exit = a->exit;
	r->failed = a->status != COMPLETED || a->by_signal == 1 || a->exit != 0;
}

static int
record_of(const struct ad *a, struct job_record *ret)
{
	struct job_record r = JOB_RECORD_INIT;
	double system = isnan(a->system_cpu) ? 0 : a->system_cpu;

	r.job = a->cluster;
	r.task = a->process;
	r.name = a->batch.length > 0 ? a->batch : base_of(a->command);
	r.user = a->owner;
	r.group = a->group;
	r.node = ad_host(a);
	if (a->submitted > 0)
		r.submitted = a->submitted;
	if (a->started > 0 || a->first_started > 0)
		r.started = a->started > 0 ? a->started : a->first_started;
	if (!isnan(a->wall))
		r.wall = a->wall;
	if (!isnan(a->user_cpu))
		r.cpu = a->user_cpu + system;
	r.slots = a->cpus;
	take_end(&r, a);
	if (r.job.length == 0 || r.user.length == 0 || r.ended <= 0 ||
	    (a->status != COMPLETED && a->status != REMOVED))
		return -1;
	*ret = r;
	return 1;
}

int
read_history(struct slice text, struct job_record *ret)
{
	struct slice line;
	bool any = false;
	struct ad ad;

	ad_begin(&ad);
	while (slice_line(&text, &line, NULL) &&
	       !slice_begins(line, HISTORY_LAST)) {
		if (slice_trim(line).length == 0)
			continue;
		if (!ad_line(&ad, line))
			return -1;
		any = true;
	}
	return any ? record_of(&ad, ret) : 0;
}
