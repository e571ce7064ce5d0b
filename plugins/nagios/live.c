/* All checks of a site of Nagios, by its own configuration. */
#include "nagios.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "nagios_site.h"
#include "own.h"
#include "program.h"
#include "resource.h"
#include "timer.h"

/* First runs come within this, or within an interval if that is less. */
#define SPREAD_NS (60 * NS_PER_S)
/* Has a file changed? */
#define LOOK_NS (10 * NS_PER_S)
/* Of a run of ours; the rest of the host's time is left. */
#define RUN_NS (10 * NS_PER_S)
/* Of all outputs of checks that run at once. */
#define OUTPUTS_MAX (INT64_C(256) << 20)

struct job {
	struct timer due; /* first; set while no run is under way */
	const struct nagios_check *check;
	struct check_memory memory;
	struct arena *arena; /* of the run under way; NULL: none */
	const char *shown;
};

struct live {
	struct arena *arena; /* of the configuration */
	struct nagios_config config;
	struct nagios_site site;
	struct farm_map users;
	struct job *jobs; /* in the order of the site's */
	struct timers due;
	int64_t looked_ns;
};

static void
put_problem(struct buffer *b, const struct problem *p)
{
	if (p->file != NULL)
		buffer_printf(b, "%s:", p->file);
	if (p->file != NULL && p->line > 0)
		buffer_printf(b, "%u:", p->line);
	buffer_printf(b, "%s%s", p->file != NULL ? " " : "", p->text);
}

static void
say(struct farm_host *host, const struct problems *list)
{
	struct buffer b = BUFFER_INIT;

	for (size_t i = 0; i < list->n; i++) {
		buffer_clear(&b);
		put_problem(&b, &list->items[i]);
		if (list->items[i].warning)
			farm_log(host, FARM_WARNING, "%s", buffer_text(&b));
		else
			(void)farm_fail(host, "%s", buffer_text(&b));
	}
	buffer_free(&b);
}

/* ------------------------------------------------------- the configuration --
 */

static const char *
service_of(const struct job *j)
{
	return j->check->service == NULL ? NAGIOS_HOST_CHECK
					 : j->check->service;
}

static int
compare(const void *a, const void *b)
{
	const struct job *x = *(struct job *const *)a;
	const struct job *y = *(struct job *const *)b;
	int hosts = strcmp(x->check->host->name, y->check->host->name);

	return hosts != 0 ? hosts : strcmp(service_of(x), service_of(y));
}

/* What is remembered of checks that were there before goes on. */
static int
inherit(struct live *l, const struct live *old)
{
	size_t n = old->site.n_checks, i;
	struct job **sorted = calloc(n + 1, sizeof(struct job *)), **was;

	if (sorted == NULL)
		return -1;
	for (i = 0; i < n; i++)
		sorted[i] = &old->jobs[i];
	qsort(sorted, n, sizeof(struct job *), compare);
	for (i = 0; i < l->site.n_checks; i++) {
		const struct job *one = &l->jobs[i];

		was = bsearch(&one, sorted, n, sizeof(struct job *), compare);
		if (was == NULL)
			continue;
		l->jobs[i].memory = (*was)->memory;
		timers_set(&l->due, &l->jobs[i].due, (*was)->due.at_mono_ns);
	}
	free(sorted);
	return 0;
}

static int
make_jobs(struct live *l)
{
	const struct nagios_check *c;
	int64_t now_ns = clock_mono_ns(), spread_ns;
	size_t i = 0;

	l->jobs = arena_array(l->arena, l->site.n_checks, sizeof(*l->jobs));
	if (l->jobs == NULL || timers_reserve(&l->due, l->site.n_checks) != 0)
		return -1;
	for (c = l->site.checks; c != NULL; c = c->next, i++) {
		spread_ns = c->every_s * NS_PER_S;
		if (spread_ns > SPREAD_NS)
			spread_ns = SPREAD_NS;
		l->jobs[i] = (struct job){ .check = c };
		timers_set(&l->due, &l->jobs[i].due,
		    now_ns +
			spread_ns / (int64_t)l->site.n_checks * (int64_t)i);
	}
	return 0;
}

static void
live_free(struct live *l)
{
	if (l == NULL)
		return;
	timers_free(&l->due);
	arena_free(l->arena);
	free(l);
}

/* NULL with problems. */
static struct live *
load(const char *path, const char *plugins, struct problems *problems)
{
	struct live *l = calloc(1, sizeof(*l));
	struct error err;

	if (l == NULL || (l->arena = arena_new(0)) == NULL) {
		(void)problem_in(problems, path, 0, 0, "out of memory");
		goto fail;
	}
	if (nagios_config_read(&l->config, l->arena, path, problems) != 0 ||
	    nagios_site_make(&l->site, l->arena, &l->config, problems) != 0)
		goto fail;
	if (read_users(l->config.resource_file, plugins, l->arena, &l->users,
		&err) != 0) {
		(void)problem_in(problems, path, 0, 0, "%s", err.text);
		goto fail;
	}
	if (make_jobs(l) != 0) {
		(void)problem_in(problems, path, 0, 0, "out of memory");
		goto fail;
	}
	l->looked_ns = clock_mono_ns();
	return l;
fail:
	live_free(l);
	return NULL;
}

int
live_check(struct farm_host *host, const char *path)
{
	struct problems problems = PROBLEMS_INIT;
	struct live *l = load(path, "", &problems);
	int rc = l == NULL ? -1 : 0;

	say(host, &problems);
	problems_free(&problems);
	live_free(l);
	return rc;
}

int
live_open(struct farm_host *host, struct nagios *n)
{
	struct problems problems = PROBLEMS_INIT;
	int64_t share = OUTPUTS_MAX / (int64_t)runner_room(n->runner);

	if (n->output_max > share)
		n->output_max = share;
	n->live = load(n->config, n->words.plugins, &problems);
	say(host, &problems);
	problems_free(&problems);
	return n->live == NULL ? -1 : 0;
}

/* ---------------------------------------------------------------- a check --
 */

static int
make_order(const struct nagios *n, const struct live *l, struct job *j,
    struct command_order *ret, struct error *err)
{
	const struct nagios_check *c = j->check;
	const struct nagios_host *h = c->host;
	const struct own_names names = { h->name, h->alias, h->display,
		h->address, h->cluster, service_of(j), c->display,
		c->attempts };
	const struct order_words words = { .command = { &c->command, 1 },
		.shell = SHELL_AS_NEEDED,
		.plugins = n->words.plugins };
	struct macros macros = { .args = c->args,
		.custom = c->custom,
		.users = l->users,
		.lenient = true };
	struct buffer shown = BUFFER_INIT;

	if (own_macros(&names, &j->memory, j->arena, &macros.own) != 0)
		return error_set(err, "out of memory");
	if (order_make(&words, &macros, j->arena, ret, err) != 0)
		return -1;
	buffer_printf(&shown, "%s of %s", service_of(j), h->name);
	j->shown = buffer_failed(&shown)
		       ? NULL
		       : arena_strdup(j->arena, buffer_text(&shown));
	buffer_free(&shown);
	ret->shown = j->shown;
	return j->shown == NULL ? error_set(err, "out of memory") : 0;
}

static struct sink
sink_of(struct farm_host *host, struct farm_target *target, struct job *j)
{
	return (struct sink){ .host = host,
		.target = target,
		.cluster = j->check->host->cluster,
		.node = j->check->host->name,
		.arena = j->arena,
		.prefix = arena_printf(j->arena, "%s_", service_of(j)) };
}

static struct check_rules
rules_of(const struct live *l, const struct job *j)
{
	return (struct check_rules){ .attempts = j->check->attempts,
		.timeout_state = l->config.timeout_state };
}

static void
forget(void *cookie)
{
	struct job *j = cookie;

	arena_free(j->arena);
	j->arena = NULL;
}

static void
rest(struct live *l, struct job *j)
{
	const struct nagios_check *c = j->check;
	int64_t pause_s = check_is_hard(&j->memory, c->attempts) ? c->every_s
								 : c->retry_s;

	timers_set(&l->due, &j->due, j->memory.begun_ns + pause_s * NS_PER_S);
	forget(j);
}

/* What is not as it should be is the check's, and no other's. */
static void
warn(struct farm_host *host, const struct job *j, const struct error *err)
{
	farm_log(host, FARM_WARNING, "%s of %s: %s", service_of(j),
	    j->check->host->name, err->text);
}

static void
begin(struct farm_host *host, struct nagios *n, struct farm_target *target,
    struct job *j)
{
	struct live *l = n->live;
	int64_t timeout_s = j->check->host_check ? l->config.host_timeout_s
						 : l->config.service_timeout_s;
	struct command_order order = { .output_max = (size_t)n->output_max };
	struct check_rules rules = rules_of(l, j);
	struct error err;
	struct sink s;

	timers_clear(&l->due, &j->due);
	j->memory.begun_ns = clock_mono_ns();
	j->arena = arena_new(0);
	if (j->arena == NULL) {
		rest(l, j);
		return;
	}
	order.deadline_ns = j->memory.begun_ns + timeout_s * NS_PER_S;
	if (make_order(n, l, j, &order, &err) == 0 &&
	    runner_begin(n->runner, &order, j, &err) == 0)
		return;
	s = sink_of(host, target, j);
	if (s.prefix != NULL)
		(void)check_miss(&s, &rules, &j->memory, err.text);
	warn(host, j, &err);
	rest(l, j);
}

static void
finish(struct farm_host *host, struct nagios *n, struct farm_target *target,
    struct job *j, struct command *c)
{
	struct sink s = sink_of(host, target, j);
	struct check_rules rules = rules_of(n->live, j);
	struct error err;

	if (s.prefix == NULL)
		error_set(&err, "out of memory");
	if (s.prefix == NULL ||
	    finish_run(&s, &rules, &j->memory, &n->key, j->shown, c, &err) != 0)
		warn(host, j, &err);
	command_free(c);
	rest(n->live, j);
}

/* ------------------------------------------------------------------ a run --
 */

/* All that is due, as far as there is room; when the next one is. */
static int64_t
start_due(struct farm_host *host, struct nagios *n, struct farm_target *target)
{
	int64_t now_ns = clock_mono_ns();
	struct timer *t;

	while ((t = timers_first(&n->live->due)) != NULL &&
	       t->at_mono_ns <= now_ns) {
		if (runner_room(n->runner) == 0)
			return INT64_MAX;
		begin(host, n, target, (struct job *)t);
	}
	return t == NULL ? INT64_MAX : t->at_mono_ns;
}

void
live_close(struct nagios *n)
{
	if (n->live != NULL)
		runner_clear(n->runner, forget);
	live_free(n->live);
}

/* Other files than before: what they say from now on, or what they said if they
   are wrong now. */
static void
look(struct farm_host *host, struct nagios *n)
{
	struct live *old = n->live, *fresh;
	struct problems problems = PROBLEMS_INIT;
	struct buffer b = BUFFER_INIT;
	uint64_t stamp;

	if (clock_mono_ns() - old->looked_ns < LOOK_NS)
		return;
	old->looked_ns = clock_mono_ns();
	stamp = nagios_config_stamp(&old->config);
	if (stamp == old->config.stamp)
		return;
	old->config.stamp = stamp;
	fresh = load(n->config, n->words.plugins, &problems);
	if (fresh != NULL && inherit(fresh, old) == 0) {
		runner_clear(n->runner, forget);
		n->live = fresh;
		live_free(old);
		farm_log(host, FARM_NOTICE, "%s: read again", n->config);
	} else {
		live_free(fresh);
		for (size_t i = 0; i < problems.n; i++)
			if (!problems.items[i].warning) {
				put_problem(&b, &problems.items[i]);
				break;
			}
		farm_log(host, FARM_WARNING,
		    "%s has changed and is wrong, what it said before goes "
		    "on: %s",
		    n->config, buffer_text(&b));
	}
	buffer_free(&b);
	problems_free(&problems);
}

static int
emit_own(struct farm_host *host, struct nagios *n, struct farm_target *target)
{
	const struct live *l = n->live;
	int64_t now_ns = clock_mono_ns();
	size_t late = 0;

	for (size_t i = 0; i < l->site.n_checks; i++)
		late += l->jobs[i].arena == NULL &&
			l->jobs[i].due.at_mono_ns < now_ns;
	if (farm_emit_uint64(host, target, "checks", l->site.n_checks) != 0 ||
	    farm_emit_uint64(
		host, target, "checks_running", runner_count(n->runner)) != 0)
		return -1;
	return farm_emit_uint64(host, target, "checks_late", late);
}

int
live_run(struct farm_host *host, struct nagios *n, struct farm_target *target)
{
	int64_t now_ns = clock_mono_ns(), until_ns = now_ns + RUN_NS, due_ns;
	int64_t deadline_ns = farm_deadline_ns(host, target);
	int wake_fd = farm_wake_fd(host);
	struct command *c;
	void *job;

	if (deadline_ns != INT64_MAX &&
	    deadline_ns - (deadline_ns - now_ns) / 10 < until_ns)
		until_ns = deadline_ns - (deadline_ns - now_ns) / 10;
	look(host, n);
	while (clock_mono_ns() < until_ns) {
		due_ns = start_due(host, n, target);
		(void)farm_flush(host);
		switch (runner_wait(n->runner, wake_fd,
		    due_ns < until_ns ? due_ns : until_ns, &c, &job)) {
		case RUNNER_OVER:
			finish(host, n, target, job, c);
			break;
		case RUNNER_WOKEN:
			return emit_own(host, n, target);
		default:
			break;
		}
	}
	return emit_own(host, n, target);
}
