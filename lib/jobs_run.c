/* One snapshot: the commands of a cycle, one after the other, each once. */
#include "jobs_private.h"

#include <string.h>

#include "command.h"
#include "job_roll.h"

int
jobs_order(const struct jobs *j, const struct jobs_command *c,
    int64_t deadline_ns, struct arena *arena, struct command_order *ret)
{
	*ret = (struct command_order){ .argv = c->argv,
		.environment = j->environment_lines,
		.output_max = (size_t)j->output_max,
		.deadline_ns = deadline_ns };
	return remote_order(j->remote, arena, ret);
}

static struct slice
bytes_of(const struct buffer *b)
{
	return (struct slice){ buffer_text(b), b->size };
}

struct slice
command_said_all(const struct command *run)
{
	return bytes_of(&command_result(run)->output);
}

enum jobs_status
jobs_judge(
    const struct command *run, const struct jobs_command *c, struct error *err)
{
	const struct command_result *r = command_result(run);

	if (command_check(run, err) == 0 ||
	    (r->end == COMMAND_EXITED && c->is_empty != NULL &&
		c->is_empty(bytes_of(&r->errors))))
		return JOBS_OK;
	if (r->end == COMMAND_LATE)
		return JOBS_LATE;
	if (r->end == COMMAND_EXITED && r->code == 127)
		return JOBS_NO_COMMAND; /* as shells say it, behind ssh too */
	return r->end == COMMAND_FLOODED ? JOBS_INCOMPLETE : JOBS_FAILED;
}

enum jobs_status
jobs_say(const struct jobs *j, struct arena *arena,
    const struct jobs_command *c, int64_t deadline_ns, struct command **ret,
    const char **ret_shown, struct error *err)
{
	struct command_order order;

	if (jobs_order(j, c, deadline_ns, arena, &order) != 0) {
		error_set(err, "%s: out of memory", c->argv[0]);
		return JOBS_FAILED;
	}
	*ret_shown = order.shown;
	if (command_run(ret, &order, -1, err) != 0)
		return JOBS_NO_COMMAND;
	return jobs_judge(*ret, c, err);
}

/* Without a parser it says which release it is of. */
static int
take_output(const struct jobs *j, const struct jobs_command *c,
    struct slice output, struct jobs_memory *m, struct census *census,
    struct error *err)
{
	if (c->parse != NULL)
		return c->parse(census, output, err);
	m->commands = j->system->choose(output);
	return 0;
}

static enum jobs_status
run_whole(const struct jobs *j, struct arena *arena,
    const struct jobs_command *c, int64_t deadline_ns, struct jobs_memory *m,
    struct census *census, struct error *err)
{
	struct command *run = NULL;
	const char *shown = "";
	enum jobs_status status;

	status = jobs_say(j, arena, c, deadline_ns, &run, &shown, err);
	if (status == JOBS_OK && command_check(run, NULL) == 0 &&
	    take_output(j, c, command_said_all(run), m, census, err) != 0) {
		error_prefix(err, "%s", shown);
		status = JOBS_NOT_UNDERSTOOD;
	}
	command_free(run);
	return status;
}

static enum jobs_status
run_one(const struct jobs *j, const struct jobs_command *c, int64_t deadline_ns,
    struct jobs_memory *m, struct census *census, struct error *err)
{
	struct arena *arena = arena_new(0);
	enum jobs_status status = JOBS_FAILED;

	if (arena == NULL)
		error_set(err, "%s: out of memory", c->argv[0]);
	else if (c->list != NULL)
		status = jobs_stream(j, arena, c, deadline_ns, census, err);
	else
		status = run_whole(j, arena, c, deadline_ns, m, census, err);
	arena_free(arena);
	return status;
}

struct census *
jobs_census(const struct jobs *j, struct farm_host *host, bool roll)
{
	struct census *c = census_new((size_t)j->names_max, farm_now_ns(host));

	if (c == NULL)
		return NULL;
	c->groups = j->groups;
	c->by_user = j->groups_by == 1;
	if (!roll)
		return c;
	c->roll = job_roll_new(c->arena, (size_t)j->jobs_max);
	if (c->roll != NULL)
		return c;
	census_free(c);
	return NULL;
}

/* One that says of itself how it went; the snapshot is whole without it. */
static void
run_beside(const struct jobs *j, const struct jobs_command *c,
    struct farm_host *host, int64_t deadline_ns, struct jobs_memory *m,
    struct census *census)
{
	static const struct slice own = { "", 0 };
	enum jobs_status status;
	struct error err;

	status = run_one(j, c, deadline_ns, m, census, &err);
	if (status != JOBS_OK)
		farm_log(host, FARM_WARNING, "%s", err.text);
	census_integer(census, NULL, own, c->status, status);
}

/* All commands, after that which says what they are, if it is not known. */
static enum jobs_status
run_all(const struct jobs *j, struct farm_host *host, int64_t deadline_ns,
    struct jobs_memory *m, struct census *census, struct error *err)
{
	const struct jobs_command release = { .argv = j->system->release }, *c;
	enum jobs_status status = JOBS_OK;

	if (m->commands == NULL)
		m->commands = j->system->commands;
	if (m->commands == NULL)
		status = run_one(j, &release, deadline_ns, m, census, err);
	if (status != JOBS_OK)
		return status;
	for (c = m->commands; c->argv != NULL && status == JOBS_OK; c++)
		if (c->status == NULL)
			status = run_one(j, c, deadline_ns, m, census, err);
		else
			run_beside(j, c, host, deadline_ns, m, census);
	return status;
}

enum jobs_status
jobs_run(const struct jobs *j, struct farm_host *host, struct jobs_memory *m,
    int64_t deadline_ns, struct census **ret, struct error *err)
{
	struct census *census = jobs_census(j, host,
	    j->job_events || j->job_values || j->names == JOBS_MONALISA);
	enum jobs_status status;

	if (census == NULL) {
		error_set(err, "out of memory");
		return JOBS_FAILED;
	}
	status = run_all(j, host, deadline_ns, m, census, err);
	if (status == JOBS_OK && census->failed) {
		error_set(err, "out of memory");
		status = JOBS_FAILED;
	}
	if (status == JOBS_OK)
		*ret = census;
	else
		census_free(census);
	return status;
}
