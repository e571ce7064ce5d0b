/*
 * ganglia.c - polls of a gmond that knows many hosts: the collector's CPU time
 * for each, the kernel's part of receiving included.  Every value is new.
 * usage: ganglia [hosts] [metrics]
 */
#include <farm/module.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "buffer.h"
#include "clock.h"
#include "counting.h"
#include "dump_server.h"
#include "option.h"

extern const struct farm_entry farm_module;

#define POLLS 6
#define EVERY_S 15

static void
put_metric(struct buffer *b, size_t number, double value)
{
	buffer_printf(b,
	    "<METRIC NAME=\"metric_%zu\" VAL=\"%.2f\" TYPE=\"float\" "
	    "UNITS=\"bytes/sec\" TN=\"%zu\" TMAX=\"60\" DMAX=\"0\" "
	    "SLOPE=\"both\">\n<EXTRA_DATA>\n"
	    "<EXTRA_ELEMENT NAME=\"GROUP\" VAL=\"network\"/>\n"
	    "<EXTRA_ELEMENT NAME=\"DESC\" VAL=\"Number of bytes in per "
	    "second\"/>\n"
	    "<EXTRA_ELEMENT NAME=\"TITLE\" VAL=\"Bytes Received\"/>\n"
	    "</EXTRA_DATA>\n</METRIC>\n",
	    number, value, number % 7);
}

static char *
make_dump(size_t hosts, size_t metrics, int64_t now_s, size_t *ret_size)
{
	struct buffer b = BUFFER_INIT;
	size_t h, m;

	buffer_puts(&b, "<GANGLIA_XML VERSION=\"3.7.2\" SOURCE=\"gmond\">\n"
			"<CLUSTER NAME=\"bench\">\n");
	for (h = 0; h < hosts; h++) {
		buffer_printf(&b,
		    "<HOST NAME=\"node%04zu.farm.bench\" IP=\"127.0.0.1\" "
		    "TAGS=\"\" REPORTED=\"%lld\" TN=\"3\" TMAX=\"20\" "
		    "DMAX=\"0\" LOCATION=\"unspecified\" "
		    "GMOND_STARTED=\"1700000000\">\n",
		    h, (long long)now_s - 3);
		for (m = 0; m < metrics; m++)
			put_metric(&b, m, (double)(now_s % 1000) + h + m);
		buffer_puts(&b, "</HOST>\n");
	}
	buffer_puts(&b, "</CLUSTER>\n</GANGLIA_XML>\n");
	return buffer_take(&b, ret_size);
}

/* Values by name are counted too. */
static int
emit(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec, struct farm_value value)
{
	(void)target, (void)spec, (void)value;
	((struct counting *)host)->values++;
	return 0;
}

static int
no_socket(struct farm_host *host, const char *option)
{
	(void)host, (void)option;
	return -1;
}

/* Its options as they are without any. */
static void *
open_module(struct counting *c)
{
	const struct farm_descriptor *module = farm_module.descriptor;
	const struct option_table table = { module->options, 0 };
	struct problems p = PROBLEMS_INIT;
	void *state = calloc(1, module->state_size);

	c->ops.emit = emit;
	c->ops.socket = no_socket;
	if (state == NULL ||
	    options_parse(table, NULL, NULL, state, arena_new(0), &p) != 0 ||
	    module->open(&c->host, state) != 0)
		exit(1);
	return state;
}

/* Values, and CPU time of one poll in seconds. */
static size_t
poll_once(struct counting *c, const void *state, struct farm_target *target,
    double *ret_cpu)
{
	int64_t before_ns = clock_thread_cpu_ns();

	c->values = 0;
	if (farm_module.descriptor->collector.collect(
		&c->host, state, target) != 0)
		exit(1);
	*ret_cpu = (double)(clock_thread_cpu_ns() - before_ns) / NS_PER_S;
	return c->values;
}

static long
memory_kb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static void
bench(struct counting *c, size_t hosts, size_t metrics)
{
	struct dump_server server = { .asks = false };
	struct farm_target target = { "bench", "head", server.address,
		calloc(1, farm_module.descriptor->target_state_size) };
	int64_t now_s = clock_wall_ns() / NS_PER_S - POLLS * EVERY_S;
	void *state = open_module(c);
	size_t i, size, values;
	char *dump = NULL;
	double cpu;

	dump_server_start(&server);
	for (i = 0; i < POLLS; i++) {
		free(dump);
		dump = make_dump(
		    hosts, metrics, now_s + (int64_t)i * EVERY_S, &size);
		server.bytes = dump;
		server.size = size;
		values = poll_once(c, state, &target, &cpu);
		printf("poll %zu: %.1f MB, %zu values, %.3f CPU-s, "
		       "%.0f ns a value, %ld kB in memory\n",
		    i + 1, (double)size / 1e6, values, cpu,
		    cpu * 1e9 / (double)values, memory_kb());
	}
	dump_server_stop(&server);
	farm_module.descriptor->target_close(&c->host, state, &target);
	farm_module.descriptor->close(&c->host, state);
	free(target.state);
	free(state);
	free(dump);
}

int
main(int argc, char **argv)
{
	size_t hosts = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
	size_t metrics = argc > 2 ? strtoul(argv[2], NULL, 10) : 40;
	struct counting c;

	counting_init(&c);
	printf("%zu hosts, %zu metrics each\n", hosts, metrics);
	bench(&c, hosts, metrics);
	counting_close(&c);
	return 0;
}
