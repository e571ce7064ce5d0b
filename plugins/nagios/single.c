/* One check for each target. */
#include "nagios.h"

#include <stdlib.h>

#include "clock.h"
#include "own.h"
#include "program.h"
#include "remote.h"

/* A settled check is due so much of its time early: runs do not come to the
   millisecond. */
#define EARLY 16
#define MORE_MAX 64
/* A check that has less time than this is not begun. */
#define LEAST_NS (100 * NS_PER_MS)

/* A check under way. */
struct run {
	struct arena *arena; /* it lies in it */
	struct farm_target *target;
	const char *shown;
};

static int
make_order(const struct nagios *n, bool lenient, const struct farm_target *t,
    const struct check_memory *m, struct arena *arena,
    struct command_order *ret, struct error *err)
{
	const struct own_names names = { t->node, t->node, t->node, t->address,
		t->cluster, n->service, n->service, n->rules.attempts };
	struct macros macros = { .args = n->args,
		.custom = n->custom,
		.users = n->users,
		.lenient = lenient,
		.plain = n->words.shell != SHELL_NEVER &&
			 n->words.command.n == 1 };

	if (own_macros(&names, m, arena, &macros.own) != 0)
		return error_set(err, "out of memory");
	if (order_make(&n->words, &macros, arena, ret, err) != 0)
		return error_prefix(err, "command");
	if (remote_order(n->remote, arena, ret) != 0)
		return error_set(err, "out of memory");
	return 0;
}

/* To which a macro that it does not know is no macro. */
static bool
is_as_nagios(const struct nagios *n)
{
	return n->words.shell == SHELL_AS_NEEDED;
}

int
single_check(struct farm_host *host, struct nagios *n, struct arena *arena,
    struct error *err)
{
	const struct farm_target some = {
		.cluster = "c", .node = "n", .address = "n"
	};
	const struct check_memory none = { 0 };
	struct command_order order = { .deadline_ns = INT64_MAX };

	if (n->words.command.n == 0)
		return error_set(err, "command: is missing");
	if (make_order(n, false, &some, &none, arena, &order, err) == 0)
		return 0;
	if (!is_as_nagios(n) ||
	    make_order(n, true, &some, &none, arena, &order, NULL) != 0)
		return -1;
	farm_log(host, FARM_WARNING, "%s; it stays as it is", err->text);
	return 0;
}

static bool
is_due(const struct nagios *n, const struct check_memory *m)
{
	if (!m->known || !check_is_hard(m, n->rules.attempts))
		return true;
	return clock_mono_ns() - m->begun_ns >=
	       n->settled_ns - n->settled_ns / EARLY;
}

static struct sink
sink_of(struct farm_host *host, const struct nagios *n, const struct run *run)
{
	return (struct sink){ .host = host,
		.target = run->target,
		.arena = run->arena,
		.prefix = n->prefix };
}

static int
start(struct farm_host *host, struct nagios *n, struct run *run,
    struct error *err)
{
	struct command_order order = { .output_max = (size_t)n->output_max,
		.deadline_ns = program_deadline_ns(
		    host, run->target, n->timeout_ns) };
	struct check_memory *m = run->target->state;

	m->begun_ns = clock_mono_ns();
	if (make_order(n, is_as_nagios(n), run->target, m, run->arena, &order,
		err) != 0)
		return -1;
	run->shown = order.shown;
	return runner_begin(n->runner, &order, run, err);
}

/* It waited for others of its set: what it would have said is not known, and no
   state is made of that. */
static bool
is_too_late(struct farm_host *host, struct farm_target *target)
{
	return farm_deadline_ns(host, target) - clock_mono_ns() < LEAST_NS;
}

static void
begin(struct farm_host *host, struct nagios *n, struct farm_target *target)
{
	struct arena *arena;
	struct error err;
	struct sink s;
	struct run *run;

	if (!is_due(n, target->state)) {
		farm_done(host, target);
		return;
	}
	arena = arena_new(0);
	run = arena == NULL ? NULL : arena_alloc(arena, sizeof(*run));
	if (run == NULL) {
		farm_done_failed(host, target, "out of memory");
		arena_free(arena);
		return;
	}
	*run = (struct run){ .arena = arena, .target = target };
	if (is_too_late(host, target)) {
		farm_done_failed(host, target,
		    "had no turn in time: `parallel' is too small");
		arena_free(arena);
		return;
	}
	if (start(host, n, run, &err) == 0)
		return;
	s = sink_of(host, n, run);
	(void)check_miss(&s, &n->rules, target->state, err.text);
	farm_done_failed(host, target, "%s", err.text);
	arena_free(arena);
}

static void
finish(struct farm_host *host, struct nagios *n, struct run *run,
    struct command *c)
{
	struct sink s = sink_of(host, n, run);
	struct error err;

	if (finish_run(&s, &n->rules, run->target->state, &n->key, run->shown,
		c, &err) != 0)
		farm_done_failed(host, run->target, "%s", err.text);
	else
		farm_done(host, run->target);
	command_free(c);
	arena_free(run->arena);
}

/* How many of those that have come due since were taken. */
static int
take_more(struct farm_host *host, struct nagios *n)
{
	struct farm_target *more[MORE_MAX];
	size_t room = runner_room(n->runner);
	int got, i;

	got = farm_more(host, more, room < MORE_MAX ? room : MORE_MAX);
	for (i = 0; i < got; i++)
		begin(host, n, more[i]);
	return got;
}

/* Nobody waits for it any more. */
static void
forget(void *cookie)
{
	struct run *run = cookie;

	arena_free(run->arena);
}

/* One more event; how often in a row there was nothing behind a wake-up. */
static int
wait_once(struct farm_host *host, struct nagios *n, int wake_fd, int empty)
{
	bool room = runner_room(n->runner) > 0;
	struct command *c;
	void *run;

	(void)farm_flush(host);
	if (runner_wait(n->runner, room ? wake_fd : -1, INT64_MAX, &c, &run) ==
	    RUNNER_OVER) {
		finish(host, n, run, c);
		return 0;
	}
	return take_more(host, n) > 0 ? 0 : empty + 1;
}

int
single_run(struct farm_host *host, struct nagios *n,
    struct farm_target *const *targets, size_t n_targets)
{
	int wake_fd = farm_wake_fd(host);
	size_t i = 0;
	int empty = 0;

	/* Woken for nothing again: the host wants the call to end. */
	while (empty < 2) {
		while (i < n_targets && runner_room(n->runner) > 0)
			begin(host, n, targets[i++]);
		if (runner_count(n->runner) == 0)
			break;
		empty = wait_once(host, n, i < n_targets ? -1 : wake_fd, empty);
	}
	runner_clear(n->runner, forget);
	return 0;
}
