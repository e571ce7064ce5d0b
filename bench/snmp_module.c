/*
 * snmp_module - the snmp module with a host that only counts: acquisition,
 * with rates if asked for, and nothing behind it.  usage: snmp_module AGENTS
 * SWEEPS [OPTIONS], options being the module's in YAML besides its table of 10
 * columns; agentsim being at port 161.  Prints a line of JSON for each sweep.
 */
#include <farm/module.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "arena.h"
#include "clock.h"
#include "option.h"
#include "places.h"
#include "yaml.h"

extern const struct farm_entry farm_module;

#define ENOUGH 0.89      /* of all agents: the healthy if 10 % are not */
#define DEADLINE_S 20    /* of a sweep */
#define OWN_PARAMETERS 7 /* values that a poll says of itself, at most */

static const char table[] = "table: {columns: {"
			    "a: 1.3.6.1.2.1.2.2.1.10,"
			    "b: 1.3.6.1.2.1.2.2.1.11,"
			    "c: 1.3.6.1.2.1.2.2.1.12,"
			    "d: 1.3.6.1.2.1.2.2.1.13,"
			    "e: 1.3.6.1.2.1.2.2.1.14,"
			    "f: 1.3.6.1.2.1.2.2.1.15,"
			    "g: 1.3.6.1.2.1.2.2.1.16,"
			    "h: 1.3.6.1.2.1.2.2.1.17,"
			    "i: 1.3.6.1.2.1.2.2.1.18,"
			    "j: 1.3.6.1.2.1.2.2.1.19}}\n";

/* Stands in for lib's, which looks where the running program stands. */
void
place_of_data(struct buffer *b, const char *name)
{
	buffer_printf(b, "%s/plugins/%s", BUILD, name);
}

/* A host that counts. */
struct counting {
	struct farm_host host; /* first */
	int wake_fd;
	uint32_t n_series;
	size_t n; /* targets */
	size_t values;
	size_t done, failed;
	int64_t begin_ns;
	int64_t healthy_ns; /* until enough were done; 0: never */
};

static int
fail(struct farm_host *host, const char *format, va_list args)
{
	(void)host;
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	return -1;
}

static void
say(struct farm_host *host, int level, const char *format, va_list args)
{
	(void)level;
	fail(host, format, args);
}

static int64_t
deadline_ns(struct farm_host *host, struct farm_target *target)
{
	(void)target;
	return ((struct counting *)host)->begin_ns + DEADLINE_S * NS_PER_S;
}

static uint32_t
series(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec)
{
	(void)target;
	(void)spec;
	return ++((struct counting *)host)->n_series;
}

static void
release(struct farm_host *host, uint32_t series)
{
	(void)host;
	(void)series;
}

static int
emit_rows(struct farm_host *host, struct farm_target *target, int64_t time_ns,
    uint32_t flags, const struct farm_value *rows, size_t n)
{
	(void)target;
	(void)time_ns;
	(void)flags;
	(void)rows;
	if (n > OWN_PARAMETERS)
		((struct counting *)host)->values += n;
	return 0;
}

static int
checkpoint(struct farm_host *host, const void *bytes, size_t size)
{
	(void)host;
	(void)bytes;
	(void)size;
	return 0;
}

static const void *
restore(struct farm_host *host, size_t *ret_size)
{
	(void)host;
	(void)ret_size;
	return NULL;
}

static int
flush(struct farm_host *host)
{
	(void)host;
	return 0;
}

static int
more(struct farm_host *host, struct farm_target **ret, size_t max)
{
	(void)host;
	(void)ret;
	(void)max;
	return 0;
}

static int
wake_fd(struct farm_host *host)
{
	return ((struct counting *)host)->wake_fd;
}

static void
done(struct farm_host *host, struct farm_target *target, int failed,
    const char *format, va_list args)
{
	struct counting *c = (struct counting *)host;

	(void)target;
	(void)format;
	(void)args;
	c->done++;
	c->failed += failed != 0;
	if (!failed && c->done - c->failed == (size_t)(ENOUGH * (double)c->n))
		c->healthy_ns = clock_mono_ns() - c->begin_ns;
}

static const struct farm_host_ops ops = {
	.size = sizeof(ops),
	.fail = fail,
	.log = say,
	.deadline_ns = deadline_ns,
	.series = series,
	.release = release,
	.emit_rows = emit_rows,
	.checkpoint = checkpoint,
	.restore = restore,
	.flush = flush,
	.more = more,
	.wake_fd = wake_fd,
	.done = done,
};

static struct farm_target **
make_targets(size_t n)
{
	struct farm_target **targets = calloc(n, sizeof(struct farm_target *));
	char text[32];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "127.%zu.%zu.%zu", 1 + i / 62500,
		    i / 250 % 250, 1 + i % 250);
		targets[i] = calloc(1, sizeof(struct farm_target));
		targets[i]->cluster = "bench";
		targets[i]->node = targets[i]->address = strdup(text);
		targets[i]->state = calloc(
		    1, farm_module.descriptor->target_state_size);
	}
	return targets;
}

/* The module's state as options make it. */
static void *
configure(const char *options, struct arena *arena)
{
	const struct farm_descriptor *module = farm_module.descriptor;
	void *state = calloc(1, module->state_size);
	struct problems problems = PROBLEMS_INIT;
	const struct farm_tree *tree;
	char yaml[2048];
	int n;

	n = snprintf(yaml, sizeof(yaml), "%s%s\n", table, options);
	if (yaml_parse(arena, "options", yaml, (size_t)n, &tree, &problems) !=
		0 ||
	    options_parse((struct option_table){ module->options, 0 }, tree,
		NULL, state, arena, &problems) != 0) {
		fprintf(stderr, "snmp_module: %s\n", problems.items[0].text);
		exit(64);
	}
	problems_free(&problems);
	return state;
}

static void
sweep(struct counting *c, void *state, struct farm_target **targets)
{
	int64_t cpu_ns = clock_thread_cpu_ns(), wall_ns;

	c->values = c->done = c->failed = 0;
	c->healthy_ns = 0;
	c->begin_ns = clock_mono_ns();
	farm_module.descriptor->collector.collect_many(
	    &c->host, state, targets, c->n);
	cpu_ns = clock_thread_cpu_ns() - cpu_ns;
	wall_ns = clock_mono_ns() - c->begin_ns;
	printf("{\"values\": %zu, \"cpu_s\": %.6f, \"wall_s\": %.6f, "
	       "\"healthy_s\": %.6f, \"failed\": %zu}\n",
	    c->values, (double)cpu_ns / NS_PER_S, (double)wall_ns / NS_PER_S,
	    (double)c->healthy_ns / NS_PER_S, c->failed);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	const struct farm_descriptor *module = farm_module.descriptor;
	struct counting c = { .host = { &ops } };
	struct farm_target **targets;
	struct arena *arena = arena_new(4096);
	int sweeps;
	void *state;
	size_t i;

	if (argc < 3)
		return 64;
	c.n = strtoul(argv[1], NULL, 10);
	c.wake_fd = eventfd(0, EFD_CLOEXEC);
	targets = make_targets(c.n);
	state = configure(argc > 3 ? argv[3] : "community: public", arena);
	if (module->open(&c.host, state) != 0)
		return 1;
	for (sweeps = atoi(argv[2]); sweeps > 0; sweeps--)
		sweep(&c, state, targets);
	for (i = 0; i < c.n; i++)
		module->target_close(&c.host, state, targets[i]);
	module->close(&c.host, state);
	return 0;
}
