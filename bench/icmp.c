/*
 * icmp.c - what a ping of many targets costs, beside fping, on a network of
 * its own; and then so many probes under way that 16 bits could not tell them
 * apart.  usage: icmp [targets [count]]
 */
#include <farm/module.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "clock.h"
#include "counting.h"
#include "own_net.h"

extern const struct farm_entry farm_module;

/* Probes to each target before the first of them is given up. */
#define UNDER_WAY 4

struct pings {
	struct counting counting; /* first */
	double rtt_ms;            /* sum */
};

static int
emit_rows(struct farm_host *host, struct farm_target *target, int64_t time_ns,
    uint32_t flags, const struct farm_value *rows, size_t n)
{
	struct pings *p = (struct pings *)host;

	(void)target, (void)time_ns, (void)flags;
	p->counting.values += n;
	if (n > 10) /* answered: the rtt comes first */
		p->rtt_ms += rows[0].number;
	return 0;
}

static void
set_bytes(void *state, const char *name, const void *bytes, size_t size)
{
	const struct farm_option *o = farm_module.descriptor->options;

	while (strcmp(o->name, name) != 0)
		o++;
	memcpy((char *)state + o->offset, bytes, size);
}

static void
set(void *state, const char *name, int64_t value)
{
	set_bytes(state, name, &value, sizeof(value));
}

static double
cpu_s(int who)
{
	struct rusage r;

	getrusage(who, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void
print(const char *what, size_t n, double cpu, int64_t wall_ns)
{
	printf("%-14s %8.3f CPU-s %8.3f s %10.0f targets/CPU-s\n", what, cpu,
	    (double)wall_ns / NS_PER_S, (double)n / cpu);
}

/*
 * Two sweeps: in the first the targets are met.  The timeout is that of all
 * probes of a sweep that gets no answer.
 */
static void
run_icmp(struct farm_target **targets, size_t n, int64_t count,
    int64_t spacing_ns, int64_t timeout_ns)
{
	static const char *const protocol = "icmp";
	const struct farm_list via = { &protocol, 1 };
	const struct farm_descriptor *module = farm_module.descriptor;
	struct pings p = { .rtt_ms = 0 };
	struct counting *c = &p.counting;
	void *state = calloc(1, module->state_size);
	int64_t wall_ns;
	double cpu;
	size_t i;

	counting_init(c);
	c->ops.emit_rows = emit_rows;
	set(state, "count", count);
	set(state, "timeout", timeout_ns);
	set(state, "spacing", spacing_ns);
	set(state, "size", 56);
	set_bytes(state, "via", &via, sizeof(via));
	if (module->open(&c->host, state) != 0)
		exit(1);
	for (i = 0; i < 2; i++) {
		c->values = c->done = 0;
		p.rtt_ms = 0;
		wall_ns = clock_mono_ns();
		cpu = cpu_s(RUSAGE_SELF);
		module->collector.collect_many(&c->host, state, targets, n);
		print(i == 0 ? "icmp, first" : "icmp", n,
		    cpu_s(RUSAGE_SELF) - cpu, clock_mono_ns() - wall_ns);
	}
	printf("%-14s %zu of %zu done, %zu failed; each: %.2f values, rtt "
	       "%.4f ms\n",
	    "", c->done, n, c->failed, (double)c->values / (double)n,
	    p.rtt_ms / (double)n);
	for (i = 0; i < n; i++) {
		module->target_close(&c->host, state, targets[i]);
		memset(targets[i]->state, 0, module->target_state_size);
	}
	module->close(&c->host, state);
	counting_close(c);
	printf("%-14s %zu bytes of state and %zu of times each\n", "",
	    module->target_state_size, (size_t)count * sizeof(int64_t));
}

static void
run_fping(struct farm_target **targets, size_t n, int64_t count)
{
	char command[128];
	int64_t wall_ns;
	int status;
	double cpu;
	FILE *f;
	size_t i;

	snprintf(command, sizeof(command),
	    "fping -q -i 0 -p 1000 -c %lld >/dev/null 2>&1", (long long)count);
	wall_ns = clock_mono_ns();
	cpu = cpu_s(RUSAGE_CHILDREN);
	f = popen(command, "w");
	if (f == NULL)
		return;
	for (i = 0; i < n; i++)
		fprintf(f, "%s\n", targets[i]->address);
	status = pclose(f);
	if (status < 0 || WEXITSTATUS(status) > 1) /* 1: some are silent */
		printf("%-14s failed with %d\n", "fping", WEXITSTATUS(status));
	else
		print("fping", n, cpu_s(RUSAGE_CHILDREN) - cpu,
		    clock_mono_ns() - wall_ns);
}

int
main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
	int64_t count = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
	struct farm_target **targets;
	int i, rc = own_net(argv);

	if (rc != 0)
		return rc;
	targets = counting_targets(
	    n, farm_module.descriptor->target_state_size);
	printf(
	    "%zu targets on loopback, %lld probes each\n", n, (long long)count);
	run_icmp(targets, n, count, NS_PER_S, NS_PER_S / 2);
	for (i = 0; i < 2; i++)
		run_fping(targets, n, count);

	own_net_run("echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all");
	printf("all silent, %zu probes under way\n", n * UNDER_WAY);
	run_icmp(targets, n, UNDER_WAY, 100 * NS_PER_MS, 3 * NS_PER_S);
	run_fping(targets, n, UNDER_WAY);
	return 0;
}
