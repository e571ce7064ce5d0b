/*
 * series - what a million series cost: memory of each, time to make, to look
 * up by name and to read by number.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "series.h"

#define NODES 10000
#define PARAMETERS 100
#define SERIES (NODES * PARAMETERS)

/* Resident memory, from the kernel: also what malloc itself needs. */
static long
resident_bytes(void)
{
	long size = 0, resident = 0;
	FILE *f;

	f = fopen("/proc/self/statm", "re");
	if (f == NULL || fscanf(f, "%ld %ld", &size, &resident) != 2)
		fprintf(stderr, "series: no /proc/self/statm\n");
	if (f != NULL)
		fclose(f);
	return resident * 4096;
}

/* Define (or find) them all; CPU time for each. */
static double
define_all(struct series_table *t)
{
	char node[32], parameter[32];
	int64_t start_ns = clock_thread_cpu_ns();
	uint32_t n, p;

	for (n = 0; n < NODES; n++) {
		snprintf(node, sizeof(node), "node%05" PRIu32 ".local", n);
		for (p = 0; p < PARAMETERS; p++) {
			snprintf(parameter, sizeof(parameter),
			    "parameter_%02" PRIu32, p);
			series_define(t,
			    &(struct farm_series){
				"farm", "cluster", node, parameter, "By" },
			    NULL);
		}
	}
	return (double)(clock_thread_cpu_ns() - start_ns) / SERIES;
}

static double
read_all(const struct series_table *t)
{
	int64_t start_ns = clock_thread_cpu_ns();
	uint64_t sum = 0;
	uint32_t i;

	for (i = 1; i <= SERIES; i++)
		sum += series_get(t, i)->kind;
	/* The sum must be needed, or the loop goes. */
	__asm__ volatile("" : : "r"(sum));
	return (double)(clock_thread_cpu_ns() - start_ns) / SERIES;
}

int
main(void)
{
	long before = resident_bytes(), after;
	struct series_table *t = series_table_new(SERIES);
	double define_ns, find_ns, get_ns;

	define_ns = define_all(t);
	after = resident_bytes();
	find_ns = define_all(t);
	get_ns = read_all(t);
	printf("%" PRIu32 " series: %.1f bytes each (%.1f resident)\n",
	    series_count(t), (double)series_bytes(t) / SERIES,
	    (double)(after - before) / SERIES);
	printf("define %.0f ns, again %.0f ns, get %.1f ns\n", define_ns,
	    find_ns, get_ns);
	series_table_free(t);
	return EXIT_SUCCESS;
}
