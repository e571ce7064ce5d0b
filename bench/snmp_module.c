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

#include "arena.h"
#include "clock.h"
#include "counting.h"
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

struct sweeps {
	struct counting counting; /* first */
	size_t n;                 /* targets */
	int64_t begin_ns;
	int64_t healthy_ns; /* until enough were done; 0: never */
};

static int
emit_rows(struct farm_host *host, struct farm_target *target, int64_t time_ns,
    uint32_t flags, const struct farm_value *rows, size_t n)
{
	(void)target, (void)time_ns, (void)flags, (void)rows;
	if (n > OWN_PARAMETERS)
		((struct counting *)host)->values += n;
	return 0;
}

static void
done(struct farm_host *host, struct farm_target *target, int failed,
    const char *format, va_list args)
{
	struct sweeps *s = (struct sweeps *)host;
	struct counting *c = &s->counting;

	(void)target, (void)format, (void)args;
	c->done++;
	c->failed += failed != 0;
	if (!failed && c->done - c->failed == (size_t)(ENOUGH * (double)s->n))
		s->healthy_ns = clock_mono_ns() - s->begin_ns;
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
sweep(struct sweeps *s, void *state, struct farm_target **targets)
{
	struct counting *c = &s->counting;
	int64_t cpu_ns = clock_thread_cpu_ns(), wall_ns;

	c->values = c->done = c->failed = 0;
	s->healthy_ns = 0;
	s->begin_ns = clock_mono_ns();
	c->deadline_ns = s->begin_ns + DEADLINE_S * NS_PER_S;
	farm_module.descriptor->collector.collect_many(
	    &c->host, state, targets, s->n);
	cpu_ns = clock_thread_cpu_ns() - cpu_ns;
	wall_ns = clock_mono_ns() - s->begin_ns;
	printf("{\"values\": %zu, \"cpu_s\": %.6f, \"wall_s\": %.6f, "
	       "\"healthy_s\": %.6f, \"failed\": %zu}\n",
	    c->values, (double)cpu_ns / NS_PER_S, (double)wall_ns / NS_PER_S,
	    (double)s->healthy_ns / NS_PER_S, c->failed);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	const struct farm_descriptor *module = farm_module.descriptor;
	struct sweeps s;
	struct farm_target **targets;
	struct arena *arena = arena_new(4096);
	int sweeps;
	void *state;
	size_t i;

	if (argc < 3)
		return 64;
	counting_init(&s.counting);
	s.counting.ops.emit_rows = emit_rows;
	s.counting.ops.done = done;
	s.n = strtoul(argv[1], NULL, 10);
	targets = counting_targets(s.n, module->target_state_size);
	state = configure(argc > 3 ? argv[3] : "community: public", arena);
	if (module->open(&s.counting.host, state) != 0)
		return 1;
	for (sweeps = atoi(argv[2]); sweeps > 0; sweeps--)
		sweep(&s, state, targets);
	for (i = 0; i < s.n; i++)
		module->target_close(&s.counting.host, state, targets[i]);
	module->close(&s.counting.host, state);
	counting_close(&s.counting);
	return 0;
}
