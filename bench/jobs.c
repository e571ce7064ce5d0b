/*
 * jobs - what it costs to read what a batch system says of its jobs.
 * usage: jobs SYSTEM FILE: prints the jobs by state, CPU time of reading and
 * the peak of memory, in which the file is held whole, as it is by a
 * collector.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "clock.h"
#include "jobs.h"
#include "plugins/condor/read.h"
#include "plugins/gridengine/read.h"
#include "plugins/lsf/read.h"
#include "plugins/pbs/read.h"
#include "plugins/slurm/read.h"

static const struct {
	const char *name;
	jobs_parse *parse;
} systems[] = {
	{ "slurm", read_squeue },
	{ "lsf", read_bjobs },
	{ "lsf-json", read_bjobs_json },
	{ "pbs", read_jobs_json },
	{ "pbs-text", read_jobs_text },
	{ "gridengine", read_qstat },
	{ "condor", read_queue },
	{ "condor-long", read_queue_long },
};

static char *
read_file(const char *path, size_t *ret_size)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	struct stat st;

	if (f == NULL)
		return NULL;
	if (fstat(fileno(f), &st) == 0)
		text = malloc((size_t)st.st_size + 1);
	if (text != NULL)
		*ret_size = fread(text, 1, (size_t)st.st_size, f);
	fclose(f);
	return text;
}

static int
measure(jobs_parse *parse, const char *path)
{
	struct census *c = census_new(20000, clock_wall_ns());
	int64_t start_ns, used_ns;
	struct rusage use;
	struct error err;
	size_t size = 0;
	char *text = read_file(path, &size);
	int i, rc = -1;

	if (c == NULL || text == NULL) {
		perror(path);
		goto out;
	}
	start_ns = clock_thread_cpu_ns();
	rc = parse(c, (struct slice){ text, size }, &err);
	used_ns = clock_thread_cpu_ns() - start_ns;
	if (rc != 0) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		goto out;
	}
	getrusage(RUSAGE_SELF, &use);
	for (i = 0; i < JOB_STATES; i++)
		printf("%lld ", (long long)c->total.jobs[i]);
	printf("cpu %.3f s peak %.1f MB\n", (double)used_ns / NS_PER_S,
	    (double)use.ru_maxrss / 1024);
out:
	census_free(c);
	free(text);
	return rc;
}

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 3 && i < sizeof(systems) / sizeof(systems[0]); i++)
		if (strcmp(argv[1], systems[i].name) == 0)
			return measure(systems[i].parse, argv[2]) == 0 ? 0 : 1;
	fprintf(stderr, "usage: jobs SYSTEM FILE\n");
	return 64;
}
