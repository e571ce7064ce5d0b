/* What came, went and was used between two snapshots. */
#include "census.h"

#include "job_roll.h"

static void
add(struct census_flow *to, const struct census_flow *more)
{
	to->submitted += more->submitted;
	to->finished += more->finished;
	to->failed += more->failed;
	to->wall_ns += more->wall_ns;
	to->cpu_ns += more->cpu_ns;
}

/* To all that the job is counted for. */
static void
add_of(struct census *c, const struct job *j, const struct census_flow *more)
{
	struct census_entry *user = census_name(c, &c->users, j->user);
	struct census_entry *group = census_name(c, &c->groups_seen, j->group);

	add(&c->flow, more);
	if (user != NULL)
		add(&user->flow, more);
	if (group != NULL)
		add(&group->flow, more);
}

/* Of a job that began anew it is less than before. */
static double
grown(int64_t now_ns, int64_t was_ns)
{
	if (now_ns < 0)
		return 0;
	return (
	    double)(was_ns < 0 || was_ns > now_ns ? now_ns : now_ns - was_ns);
}

static void
compare_job(struct census *now, const struct job *j, const struct job *was)
{
	struct census_flow more = { .submitted = was == NULL };

	more.finished = job_state_is_over(j->state) &&
			(was == NULL || !job_state_is_over(was->state));
	more.failed = more.finished && j->state == JOB_FAILED;
	more.wall_ns = grown(j->wall_ns, was != NULL ? was->wall_ns : -1);
	more.cpu_ns = grown(j->cpu_ns, was != NULL ? was->cpu_ns : -1);
	now->says_wall |= j->wall_ns >= 0;
	now->says_cpu |= j->cpu_ns >= 0;
	add_of(now, j, &more);
}

bool
census_compare(struct census *now, const struct census *last)
{
	static const struct census_flow gone = { .finished = 1 };
	const struct job_entry *one, *was;

	/* In a part of the jobs nobody comes or goes for sure. */
	if (now->roll->left_out + last->roll->left_out > 0)
		return false;
	for (one = now->roll->first; one != NULL; one = one->next) {
		was = job_roll_find(last->roll, &one->job);
		compare_job(now, &one->job, was != NULL ? &was->job : NULL);
	}
	for (one = last->roll->first; one != NULL; one = one->next) {
		now->says_wall |= one->job.wall_ns >= 0;
		now->says_cpu |= one->job.cpu_ns >= 0;
		if (!job_state_is_over(one->job.state) &&
		    job_roll_find(now->roll, &one->job) == NULL)
			add_of(now, &one->job, &gone);
	}
	return true;
}
