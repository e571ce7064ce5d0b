/* Collectors of batch systems: when they ask, and what comes of it. */
#include "jobs_private.h"

#include <string.h>

#include "clock.h"
#include "command.h"

/* A cycle that was slow is followed by a rest of so many times its length. */
#define REST 10
/* After failures the rest doubles from the least interval up to this. */
#define FAILURE_REST_MAX (15 * 60 * NS_PER_S)
/* This part of the host's time is left for reading and emitting. */
#define MARGIN 10

/* -------------------------------------------------------- the instance -- */

int
jobs_check(struct farm_host *host, const void *state)
{
	const struct jobs *j = state;
	struct group_map *groups = NULL;
	struct error err;
	int rc = 0;

	if (j->via != NULL && remote_check(j->via, &err) != 0)
		rc = farm_fail(host, "via: %s", err.text);
	if (j->groups_file != NULL &&
	    group_map_load(&groups, j->groups_file, &err) != 0)
		rc = farm_fail(host, "groups: %s", err.text);
	group_map_free(groups);
	return rc;
}

/* "PATH=..." with the folders first, "TZ=UTC", then what is configured. */
static int
make_environment(struct jobs *j)
{
	const char **lines = arena_array(
	    j->arena, j->environment.n + 4, sizeof(*lines));
	const struct farm_pair *p = j->environment.pairs;
	struct buffer path = BUFFER_INIT;
	size_t i, n = 0;

	if (lines == NULL)
		return -1;
	buffer_puts(&path, "PATH=");
	for (i = 0; i < j->path.n; i++)
		buffer_printf(&path, "%s:", j->path.items[i]);
	buffer_puts(&path, COMMAND_PATH);
	lines[n++] = arena_strdup(j->arena, buffer_text(&path));
	lines[n++] = "TZ=UTC";
	if (j->system->variable != NULL)
		lines[n++] = j->system->variable;
	for (i = 0; i < j->environment.n; i++)
		lines[n++] = arena_printf(
		    j->arena, "%s=%s", p[i].key, p[i].value);
	buffer_free(&path);
	for (i = 0; i < n; i++)
		if (lines[i] == NULL)
			return -1;
	j->environment_lines = lines;
	return 0;
}

int
jobs_open(
    struct farm_host *host, struct jobs *j, const struct jobs_system *system)
{
	struct error err;

	j->system = system;
	j->arena = arena_new(0);
	if (j->arena == NULL || make_environment(j) != 0)
		return farm_fail(host, "out of memory");
	if (j->groups_file != NULL &&
	    group_map_load(&j->groups, j->groups_file, &err) != 0)
		return farm_fail(host, "groups: %s", err.text);
	if (j->via != NULL &&
	    remote_open(&j->remote, j->via, &j->ssh, &err) != 0)
		return farm_fail(host, "via: %s", err.text);
	return ledger_open(host, j) != 0 ? -1 : pull_open(host, j);
}

void
jobs_close(struct farm_host *host, void *state)
{
	struct jobs *j = state;

	(void)host;
	ledger_close(j);
	pull_close(j);
	remote_close(j->remote);
	group_map_free(j->groups);
	arena_free(j->arena);
}

void
jobs_target_close(
    struct farm_host *host, void *state, struct farm_target *target)
{
	struct jobs_memory *m = target->state;

	(void)host;
	ledger_forget(state, target);
	pull_forget(state, target);
	census_free(m->last);
	census_free(m->ended);
}

/* --------------------------------------------------------------- a cycle -- */

/* How old the last snapshot is, and whether it is of this cycle. */
static void
emit_age(struct emission *e, const struct jobs_memory *m, bool stale)
{
	int64_t age_ns = clock_mono_ns() - m->taken_mono_ns;
	const char *cluster = e->target->cluster, *node = e->target->node;

	if (m->taken_mono_ns > 0)
		emit_value(e, cluster, node, "snapshot_age",
		    farm_double((double)age_ns / NS_PER_S));
	emit_value(e, cluster, node, "stale", farm_boolean(stale));
}

static int64_t
deadline_of(struct farm_host *host, const struct jobs *j,
    struct farm_target *target, int64_t now_ns)
{
	int64_t deadline_ns = farm_deadline_ns(host, target);
	int64_t own_ns = now_ns + j->timeout_ns;

	if (deadline_ns != INT64_MAX)
		deadline_ns -= (deadline_ns - now_ns) / MARGIN;
	return deadline_ns < own_ns ? deadline_ns : own_ns;
}

int64_t
jobs_rest_ns(const struct jobs *j, int64_t failures, int64_t took_ns)
{
	int64_t rest_ns = j->min_interval_ns, i;

	for (i = 1; i < failures && rest_ns < FAILURE_REST_MAX; i++)
		rest_ns *= 2;
	if (took_ns > j->slow_ns && rest_ns < REST * took_ns)
		rest_ns = REST * took_ns;
	/* The tick that comes a little early is meant to be in time. */
	return rest_ns - rest_ns / 20;
}

static void
emit_census(struct emission *e, struct census *now, struct jobs_memory *m)
{
	if (e->jobs->names == JOBS_MONALISA)
		emit_monalisa(e, now, m->last);
	else
		emit_farmd(e, now, m->last);
	emit_figures(e, now);
	if (e->jobs->job_values && e->jobs->names == JOBS_FARMD)
		emit_each_job(e, now);
	if (e->jobs->job_events)
		emit_job_events(e, now, m->last);
	census_free(m->last);
	m->last = now;
}

static int
cycle(struct emission *e, struct jobs_memory *m, int64_t now_ns)
{
	const char *cluster = e->target->cluster, *node = e->target->node;
	struct census *census = NULL;
	enum jobs_status status;
	int64_t took_ns;
	struct error err;

	status = jobs_run(e->jobs, e->host, m,
	    deadline_of(e->host, e->jobs, e->target, now_ns), &census, &err);
	took_ns = clock_mono_ns() - now_ns;
	m->failures = status == JOBS_OK ? 0 : m->failures + 1;
	m->next_mono_ns = now_ns + jobs_rest_ns(e->jobs, m->failures, took_ns);
	emit_value(e, cluster, node, "status", farm_int64(status));
	emit_value(e, cluster, node, "latency",
	    farm_double((double)took_ns / NS_PER_S));
	if (e->jobs->names == JOBS_MONALISA)
		emit_monalisa_status(e, status, took_ns);
	if (status == JOBS_OK) {
		m->taken_mono_ns = now_ns;
		emit_census(e, census, m);
	}
	emit_age(e, m, status != JOBS_OK);
	return status == JOBS_OK ? e->rc : farm_fail(e->host, "%s", err.text);
}

int
jobs_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct jobs *j = state;
	struct emission e = { .host = host,
		.target = target,
		.jobs = j,
		.system = j->system,
		.arena = arena_new(0) };
	struct jobs_memory *m = target->state;
	int64_t now_ns = clock_mono_ns();
	int rc;

	if (e.arena == NULL)
		return farm_fail(host, "out of memory");
	if (now_ns >= m->next_mono_ns) {
		rc = cycle(&e, m, now_ns);
	} else {
		emit_age(&e, m, true);
		rc = m->failures == 0
			 ? e.rc
			 : farm_fail(host, "rests after a failure");
	}
	rc |= ledger_collect(&e);
	rc |= pull_collect(&e, deadline_of(host, j, target, clock_mono_ns()));
	arena_free(e.arena);
	return rc;
}
