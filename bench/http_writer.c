/*
 * http_writer - what it costs to make a body of values, in CPU time and bytes
 * per value, by format.  Batches as the writer gets them: 5,000 values of 50
 * nodes with 100 parameters each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "composer.h"

#define NODES 50
#define PARAMETERS 100
#define VALUES (NODES * PARAMETERS)
#define ROUNDS 100

static const struct farm_pair tags[] = {
	{ "farm", "{farm}" },
	{ "cluster", "{cluster}" },
	{ "host", "{node}" },
};

struct load {
	struct farm_series series[VALUES];
	struct known known[VALUES];
	char nodes[NODES][16];
	char parameters[PARAMETERS][24];
};

static struct load *
make_load(void)
{
	struct load *l = calloc(1, sizeof(*l));
	size_t i;

	if (l == NULL)
		return NULL;
	for (i = 0; i < NODES; i++)
		(void)snprintf(
		    l->nodes[i], sizeof(l->nodes[i]), "node%03zu", i);
	for (i = 0; i < PARAMETERS; i++)
		(void)snprintf(l->parameters[i], sizeof(l->parameters[i]),
		    "parameter_%02zu", i);
	for (i = 0; i < VALUES; i++)
		l->series[i] = (struct farm_series){ .farm = "caltech",
			.cluster = "workers",
			.node = l->nodes[i / PARAMETERS],
			.parameter = l->parameters[i % PARAMETERS],
			.unit = "By/s" };
	return l;
}

/* Bytes of the body; 0 if memory is out. */
static size_t
compose(struct composer *c, struct load *l, int round)
{
	int64_t time_ns = INT64_C(1700000000) * NS_PER_S + round * NS_PER_S;
	struct farm_value v;
	size_t i;

	composer_begin(c);
	for (i = 0; i < VALUES; i++) {
		v = farm_double((double)i * 1.37 + round);
		v.series = (uint32_t)i + 1;
		if (composer_add(c, &l->known[i], &l->series[i], &v, time_ns) !=
		    0)
			return 0;
	}
	return composer_finish(c) == 0 ? c->body.size : 0;
}

static int
measure(const char *what, const struct composer_options *options)
{
	struct composer c = { .options = options };
	struct load *l = make_load();
	int64_t start_ns, used_ns;
	size_t size = 0, i;
	struct error err;
	int round;

	if (l == NULL || composer_open(&c, options, &err) != 0)
		return -1;
	(void)compose(&c, l, 0); /* heads are made once */
	start_ns = clock_thread_cpu_ns();
	for (round = 1; round <= ROUNDS; round++)
		size = compose(&c, l, round);
	used_ns = clock_thread_cpu_ns() - start_ns;
	printf("%-28s %6.1f ns, %5.1f bytes a value\n", what,
	    (double)used_ns / ROUNDS / VALUES, (double)size / VALUES);
	composer_close(&c);
	for (i = 0; i < VALUES; i++)
		composer_forget(&l->known[i]);
	free(l);
	return size > 0 ? 0 : -1;
}

int
main(void)
{
	struct composer_options o = { .format = HTTP_INFLUX,
		.measurement = "{parameter}",
		.tags = { tags, sizeof(tags) / sizeof(tags[0]) },
		.integers = true };
	int status;

	status = measure("lines, one a value", &o);
	o.gzip = true;
	status |= measure("lines, one a value, gzip", &o);
	o.measurement = "{cluster}";
	status |= measure("lines, one a node, gzip", &o);
	o.format = HTTP_REMOTE_WRITE;
	status |= measure("remote write, snappy", &o);
	return status == 0 ? 0 : 1;
}
