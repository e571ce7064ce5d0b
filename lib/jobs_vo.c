/*
 * Jobs of virtual organisations and of users, by the names of monOsgVoJobs: how
 * many there are, what they have done since the last snapshot, and both as
 * rates a second.
 */
#include "jobs_private.h"

#include <string.h>

#include "clock.h"
#include "job_roll.h"

/* Of which places, as its clusters and nodes are called. */
struct vo_names {
	const char *cluster;
	const char *rates;  /* the cluster of rates */
	const char *status; /* the parameter that says whether it has jobs;
			       NULL: none */
};

/* What is known of the time since the last snapshot. */
struct interval {
	bool known;
	double seconds;       /* 0: there are no rates */
	struct census *ended; /* as accounting said; NULL: it does not */
};

struct vo {
	struct emission *emission;
	const struct interval *interval;
	const char *cluster;
	const char *node;
	const char *rates;
	const char *rates_node;
};

/* A sum over the interval, and its rate; `rate' NULL: none. */
static void
emit_sum(const struct vo *v, const char *sum, const char *rate, double n)
{
	emit_value(v->emission, v->cluster, v->node, sum, farm_double(n));
	if (rate != NULL && v->interval->seconds > 0)
		emit_value(v->emission, v->rates, v->rates_node, rate,
		    farm_double(n / v->interval->seconds));
}

/* RunTime is the same in minutes. */
static void
emit_times(
    const struct vo *v, const struct census *c, const struct census_flow *f)
{
	double wall = f->wall_ns / NS_PER_S;

	if (c->says_wall) {
		emit_sum(v, "WallClockTime", "WallClockTime_R", wall);
		emit_sum(v, "RunTime", "RunTime_R", wall / 60);
	}
	if (c->says_cpu)
		emit_sum(v, "CPUTime", "CPUTime_R", f->cpu_ns / NS_PER_S);
}

static void
emit_ends(const struct vo *v, int64_t done, int64_t failed)
{
	emit_sum(
	    v, "FinishedJobs_Success", "FinishedJobs_Success_R", (double)done);
	emit_sum(
	    v, "FinishedJobs_Error", "FinishedJobs_Error_R", (double)failed);
}

static void
emit_flow(const struct vo *v, const struct census *c,
    const struct census_flow *f, const struct census_counts *ended)
{
	if (v->interval->ended != NULL)
		emit_ends(v, ended != NULL ? ended->jobs[JOB_DONE] : 0,
		    ended != NULL ? ended->jobs[JOB_FAILED] : 0);
	if (!v->interval->known)
		return;
	emit_sum(v, "SubmittedJobs", "SubmittedJobs_R", (double)f->submitted);
	emit_sum(v, "FinishedJobs", "FinishedJobs_R", (double)f->finished);
	if (v->interval->ended == NULL && v->emission->system->lists_finished)
		emit_ends(v, f->finished - f->failed, f->failed);
	emit_times(v, c, f);
}

static int64_t
emit_counts(const struct vo *v, const struct census_counts *n)
{
	int64_t running = n->jobs[JOB_RUNNING] + n->jobs[JOB_SUSPENDED] +
			  n->jobs[JOB_ENDING];
	int64_t total = running + n->jobs[JOB_PENDING] + n->jobs[JOB_HELD] +
			n->jobs[JOB_UNKNOWN];
	struct emission *e = v->emission;

	emit_count(e, v->cluster, v->node, "RunningJobs", running);
	emit_count(e, v->cluster, v->node, "IdleJobs", n->jobs[JOB_PENDING]);
	emit_count(e, v->cluster, v->node, "HeldJobs", n->jobs[JOB_HELD]);
	emit_count(e, v->cluster, v->node, "UnkownJobs", n->jobs[JOB_UNKNOWN]);
	emit_count(e, v->cluster, v->node, "TotalJobs", total);
	return total;
}

static const struct census_counts *
counts_of(struct census *c, struct census_table *t, const char *name)
{
	const struct census_entry *e = c != NULL ? census_find(c, t,
						       (struct slice){
							   name, strlen(name) })
						 : NULL;

	return e != NULL ? &e->counts : NULL;
}

/* 0: it has jobs; 1: none. */
static void
emit_status(const struct vo *v, const char *parameter, int64_t jobs)
{
	emit_count(v->emission, v->cluster, v->node, parameter, jobs == 0);
	if (v->interval->seconds > 0)
		emit_count(
		    v->emission, v->rates, v->rates_node, parameter, jobs == 0);
}

static bool
is_zero(const struct census_counts *n)
{
	int i;

	for (i = 0; i < JOB_STATES; i++)
		if (n->jobs[i] != 0)
			return false;
	return true;
}

/* Who had jobs before has an entry, too. */
static void
keep_names(
    struct census *c, struct census_table *now, const struct census_table *last)
{
	const struct census_entry *one;

	for (one = last->first; one != NULL; one = one->next)
		if (!is_zero(&one->counts))
			(void)census_name(c, now,
			    (struct slice){ one->name, strlen(one->name) });
}

static void
emit_table(struct emission *e, const struct interval *i,
    const struct vo_names *names, struct census *c, struct census_table *t,
    struct census_table *ended)
{
	const struct census_entry *one;

	for (one = t->first; one != NULL; one = one->next) {
		struct vo v = { .emission = e,
			.interval = i,
			.cluster = names->cluster,
			.node = one->name,
			.rates = names->rates,
			.rates_node = one->name };

		emit_status(&v, names->status, emit_counts(&v, &one->counts));
		emit_flow(
		    &v, c, &one->flow, counts_of(i->ended, ended, one->name));
	}
}

static void
emit_totals(struct emission *e, const struct interval *i, struct census *c)
{
	const char *cluster = emission_cluster(
	    e, "%s_Totals", e->target->cluster);
	const struct vo v = { .emission = e,
		.interval = i,
		.cluster = cluster,
		.node = "Totals",
		.rates = cluster,
		.rates_node = "Total_Rates" };

	(void)emit_counts(&v, &c->total);
	emit_flow(&v, c, &c->flow, i->ended != NULL ? &i->ended->total : NULL);
}

static void
emit_all(struct emission *e, const struct interval *i, struct census *c)
{
	const char *own = e->target->cluster;
	const struct vo_names groups = { own,
		emission_cluster(e, "%s_Rates", own), "VO_Status" };
	const struct vo_names users = { emission_cluster(e, "%s_Users", own),
		emission_cluster(e, "%s_Users_Rates", own), "User_Status" };

	emit_table(e, i, &groups, c, &c->groups_seen,
	    i->ended != NULL ? &i->ended->groups_seen : NULL);
	if (e->jobs->users)
		emit_table(e, i, &users, c, &c->users,
		    i->ended != NULL ? &i->ended->users : NULL);
	emit_totals(e, i, c);
}

void
emit_vo(struct emission *e, struct census *c, struct census *last)
{
	struct jobs_memory *m = e->target->state;
	struct interval i = { .known = false };

	if (last != NULL) {
		i.known = census_compare(c, last);
		i.seconds = (double)(c->now_ns - last->now_ns) / NS_PER_S;
		i.ended = m->ended;
		m->ended = NULL;
		keep_names(c, &c->groups_seen, &last->groups_seen);
		keep_names(c, &c->users, &last->users);
	}
	if (i.ended != NULL) {
		keep_names(c, &c->groups_seen, &i.ended->groups_seen);
		keep_names(c, &c->users, &i.ended->users);
	}
	emit_all(e, &i, c);
	census_free(i.ended);
}

/* ------------------------------------------------------- jobs one by one -- */

static void
emit_of_job(struct emission *e, const char *cluster, const char *node,
    const char *parameter, int64_t ns, double unit)
{
	if (ns >= 0)
		e->rc |= farm_emit(e->host, e->target,
		    farm_double((double)ns / unit), .cluster = cluster,
		    .node = node, .parameter = parameter,
		    .lifetime_ns = e->jobs->job_lifetime_ns);
}

void
emit_vo_jobs(struct emission *e, const struct census *c)
{
	const struct job_entry *one;
	const char *cluster, *node;

	for (one = c->roll->first; one != NULL; one = one->next) {
		const struct job *j = &one->job;

		if (j->group.length == 0)
			continue;
		cluster = emission_cluster(
		    e, "%.*s_JOBS_OSG", (int)j->group.length, j->group.text);
		node = job_name(e, j);
		if (node == NULL) {
			e->rc |= farm_fail(e->host, "out of memory");
			return;
		}
		emit_of_job(e, cluster, node, "CPUTime", j->cpu_ns, NS_PER_S);
		emit_of_job(
		    e, cluster, node, "RunTime", j->wall_ns, 60.0 * NS_PER_S);
		emit_of_job(
		    e, cluster, node, "WallClockTime", j->wall_ns, NS_PER_S);
	}
}

/* ----------------------------------------------------------- finished jobs */

void
await_ends(struct emission *e)
{
	struct jobs_memory *m = e->target->state;

	if (e->jobs->names == JOBS_MONALISA && m->ended == NULL)
		m->ended = jobs_census(e->jobs, e->host, false);
}

void
count_end(struct emission *e, const struct job_record *r)
{
	struct jobs_memory *m = e->target->state;
	struct job j = JOB_INIT;

	if (m->ended == NULL)
		return;
	j.state = r->failed ? JOB_FAILED : JOB_DONE;
	j.user = r->user;
	j.group = r->group;
	census_job(m->ended, &j);
}

void
forget_ends(struct emission *e)
{
	struct jobs_memory *m = e->target->state;

	census_free(m->ended);
	m->ended = NULL;
}
