/*
 * udp_writer.c - what the writer `udp' costs: 1,000 nodes of 40 parameters, in
 * batches of 100 nodes, to a socket of this process that nobody reads.  CPU
 * time of the writer's thread, with the kernel's part: on loopback that is the
 * receiver's, too.
 * usage: udp_writer [batches]
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <farm/module.h>

#include "arena.h"
#include "clock.h"
#include "counting.h"
#include "option.h"
#include "yaml.h"

extern const struct farm_entry farm_module;

#define NODES 1000
#define PARAMETERS 40
#define AT_ONCE 100

struct bench {
	struct counting counting; /* first */
	struct farm_series series[NODES * PARAMETERS];
	char names[NODES * PARAMETERS][2][24];
	void *states[NODES * PARAMETERS];
	char *reply;
};

static const struct farm_series *
info(struct farm_host *host, uint32_t series)
{
	return &((struct bench *)host)->series[series];
}

static void *
series_state(struct farm_host *host, uint32_t series)
{
	return ((struct bench *)host)->states[series];
}

static int
reply(struct farm_host *host, const void *json, size_t size)
{
	struct bench *b = (struct bench *)host;

	free(b->reply);
	b->reply = strndup(json, size);
	return 0;
}

static struct bench *
make_bench(void)
{
	struct bench *b = calloc(1, sizeof(*b));
	size_t size = farm_module.descriptor->writer.series_state_size;

	if (b == NULL)
		exit(1);
	counting_init(&b->counting);
	b->counting.ops.info = info;
	b->counting.ops.series_state = series_state;
	b->counting.ops.reply = reply;
	for (size_t i = 0; i < NODES * PARAMETERS; i++) {
		snprintf(b->names[i][0], sizeof(b->names[i][0]), "node%04zu",
		    i / PARAMETERS);
		snprintf(b->names[i][1], sizeof(b->names[i][1]),
		    "parameter_%02zu", i % PARAMETERS);
		b->series[i] = (struct farm_series){ .farm = "bench",
			.cluster = "workers",
			.node = b->names[i][0],
			.parameter = b->names[i][1],
			.unit = "" };
		b->states[i] = calloc(1, size);
	}
	return b;
}

static void
make_sink(char *to, size_t size)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(here);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&here, length) != 0 ||
	    getsockname(fd, (struct sockaddr *)&here, &length) != 0)
		exit(1);
	snprintf(to, size, "127.0.0.1:%u", ntohs(here.sin_port));
}

static void *
open_module(struct bench *b, const char *format, const char *to)
{
	const struct farm_descriptor *module = farm_module.descriptor;
	struct arena *arena = arena_new(0);
	struct problems p = PROBLEMS_INIT;
	const struct farm_tree *tree;
	void *state = calloc(1, module->state_size);
	char yaml[256];
	int n = snprintf(yaml, sizeof(yaml),
	    "{format: %s, to: \"%s\", rate: 10000000, burst: 1000000}", format,
	    to);

	if (state == NULL ||
	    yaml_parse(arena, "options", yaml, (size_t)n, &tree, &p) != 0 ||
	    options_parse((struct option_table){ module->options, 0 }, tree,
		NULL, state, arena, &p) != 0 ||
	    module->open(&b->counting.host, state) != 0)
		exit(1);
	return state;
}

static void
write_batch(struct bench *b, void *state, size_t first, uint64_t position)
{
	static struct farm_value values[AT_ONCE][PARAMETERS];
	struct farm_record records[AT_ONCE];
	const struct farm_batch batch = { records, AT_ONCE };

	for (size_t i = 0; i < AT_ONCE; i++) {
		size_t node = (first + i) % NODES;

		for (size_t k = 0; k < PARAMETERS; k++) {
			values[i][k] = farm_double(
			    (double)(position + k) * 1.25);
			values[i][k].series = (uint32_t)(node * PARAMETERS + k);
		}
		records[i] = (struct farm_record){ .position = position + i,
			.time_ns = clock_wall_ns(),
			.instance = "bench",
			.type = FARM_RESULT,
			.n_values = PARAMETERS,
			.values = values[i] };
	}
	if (farm_module.descriptor->writer.write(
		&b->counting.host, state, &batch) != FARM_DONE)
		exit(1);
}

static void
measure(const char *format, size_t batches)
{
	struct bench *b = make_bench();
	char to[32];
	int64_t cpu, wall;
	void *state;
	const char *sent;
	double values = (double)batches * AT_ONCE * PARAMETERS, n;

	make_sink(to, sizeof(to));
	state = open_module(b, format, to);
	write_batch(b, state, 0, 1);
	cpu = clock_thread_cpu_ns();
	wall = clock_mono_ns();
	for (size_t i = 1; i <= batches; i++)
		write_batch(b, state, i * AT_ONCE, 1 + i * AT_ONCE);
	cpu = clock_thread_cpu_ns() - cpu;
	wall = clock_mono_ns() - wall;
	farm_module.descriptor->actions[0].run(&b->counting.host, state, NULL);
	sent = b->reply == NULL ? NULL : strstr(b->reply, "\"sent\":");
	n = sent == NULL ? 0 : strtod(sent + 7, NULL);
	printf("%-9s %6.0f ns of CPU a value, %5.1f values a datagram, "
	       "%8.0f datagrams a second\n",
	    format, (double)cpu / values, values / n,
	    n / ((double)wall / NS_PER_S));
}

int
main(int argc, char **argv)
{
	static const char *const formats[] = { "apmon", "ulm", "influx",
		"graphite", "statsd", "collectd", "frames" };
	size_t batches = argc > 1 ? strtoul(argv[1], NULL, 10) : 200;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		measure(formats[i], batches);
	return 0;
}
