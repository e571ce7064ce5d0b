/*
 * An ad of each job that has left the queue, in the long form: in the history
 * file with a line below it that begins with ***, by condor_history with an
 * empty one.
 */
#include "history.h"

#include <math.h>

#include "ad.h"
#include "job_window.h"
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
	if (a->status == REMOVED)
		r->outcome = (struct slice){ "Removed", 7 };
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

/* ------------------------------------------------------------- the file -- */

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

/* ------------------------------------------------------- condor_history -- */

#define ATTRIBUTES                                                             \
	"ClusterId,ProcId,Owner,AcctGroup,JobBatchName,Cmd,JobStatus,QDate,"   \
	"JobStartDate,JobCurrentStartDate,CompletionDate,"                     \
	"EnteredCurrentStatus,RemoteWallClockTime,RemoteUserCpu,"              \
	"RemoteSysCpu,ExitCode,ExitSignal,ExitBySignal,LastRemoteHost,"        \
	"RequestCpus"

/* Its way is from the newest back, and ends where all is older. */
static const char *const *
history_argv(struct arena *arena, int64_t from, int64_t to, const char *mark)
{
	const char *const words[] = { "condor_history", "-long", "-attributes",
		ATTRIBUTES, "-since",
		arena_printf(
		    arena, "EnteredCurrentStatus < %lld", (long long)from),
		"-constraint",
		arena_printf(arena,
		    "EnteredCurrentStatus >= %lld && EnteredCurrentStatus <= "
		    "%lld",
		    (long long)from, (long long)to) };
	const size_t n = sizeof(words) / sizeof(words[0]);
	const char **argv = arena_array(arena, n + 1, sizeof(*argv));
	size_t i;

	(void)mark; /* texts hold no line ends */
	for (i = 0; argv != NULL && i < n; i++) {
		argv[i] = words[i];
		if (argv[i] == NULL)
			return NULL;
	}
	return argv;
}

/* A job leaves the queue once. */
static uint64_t
key_of(const struct ad *a)
{
	int64_t cluster = 0, process = a->process > 0 ? a->process : 0;

	(void)slice_integer(a->cluster, &cluster);
	return ((uint64_t)cluster << 31 ^ (uint64_t)process) &
	       JOB_WINDOW_KEY_MAX;
}

/* The next ad; `ret' is its text. */
static int
next_ad(struct job_list *l, struct ad *ad, struct slice *ret, struct error *err)
{
	const char *start = NULL;
	struct slice line;

	ad_begin(ad);
	/* What is read for the first time is all that was said. */
	if (l->line == 0 && l->rest.length > 0 &&
	    l->rest.text[l->rest.length - 1] != '\n')
		return error_set(err, "breaks off");
	while (slice_line(&l->rest, &line, NULL)) {
		l->line++;
		if (slice_trim(line).length == 0 && start != NULL)
			break;
		if (slice_trim(line).length == 0)
			continue;
		if (!ad_line(ad, line))
			return error_set(
			    err, "line %zu is no attribute", l->line);
		if (start == NULL)
			start = line.text;
		*ret = (struct slice){ start,
			(size_t)(line.text + line.length - start) };
	}
	return start != NULL;
}

/* Ads of jobs that have not ended are passed over. */
static int
history_next(struct job_list *l, struct job_pulled *ret, struct error *err)
{
	struct ad ad;
	int rc;

	while ((rc = next_ad(l, &ad, &ret->text, err)) > 0) {
		if (record_of(&ad, &ret->record) != 1)
			continue;
		ret->key = key_of(&ad);
		ret->partial = false;
		return 1;
	}
	return rc;
}

const struct job_source history_source = { .argv = history_argv,
	.next = history_next };
