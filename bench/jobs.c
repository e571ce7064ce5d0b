/*
 * jobs - what it costs to read what a batch system says of its jobs.
 * usage: jobs SYSTEM FILE: prints the jobs by state, CPU time of reading and
 * the peak of memory, in which the file is held whole where it is by a
 * collector.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "clock.h"
#include "jobs.h"
#include "json_pieces.h"
#include "plugins/condor/read.h"
#include "plugins/gridengine/read.h"
#include "plugins/lsf/read.h"
#include "plugins/pbs/read.h"
#include "plugins/slurm/read.h"
#include "plugins/slurm/sacct.h"

/* The mark that jobs-beside puts between fields. */
#define MARK "~#"

/* Runs that are over, counted as jobs. */
static int
count_sacct(struct census *c, struct slice output, struct error *err)
{
	struct job_list list = { .rest = output, .mark = MARK };
	struct job_pulled p;
	struct job j = JOB_INIT;
	int rc;

	while ((rc = read_sacct(&list, &p, err)) > 0) {
		j.state = p.record.failed ? JOB_FAILED : JOB_DONE;
		j.user = p.record.user;
		j.queue = p.record.queue;
		j.slots = p.record.slots;
		census_job(c, &j);
	}
	return rc;
}

struct system {
	const char *name;
	jobs_parse *parse;
	bool in_pieces; /* read as it comes; parse() gets each job */
};

static const struct system systems[] = {
	{ "slurm", read_squeue, false },
	{ "slurm-json", read_squeue_job, true },
	{ "slurm-sacct", count_sacct, false },
	{ "lsf", read_bjobs, false },
	{ "lsf-json", read_bjobs_json, false },
	{ "pbs", read_jobs_json, false },
	{ "pbs-text", read_jobs_text, false },
	{ "gridengine", read_qstat, false },
	{ "condor", read_queue, false },
	{ "condor-long", read_queue_long, false },
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

struct taking {
	struct census *census;
	jobs_parse *parse;
};

static int
take(void *cookie, struct slice list, struct slice element, struct error *err)
{
	struct taking *t = cookie;

	(void)list;
	return t->parse(t->census, element, err);
}

static int
read_in_pieces(
    struct census *c, jobs_parse *parse, const char *path, struct error *err)
{
	static char bytes[256 << 10];
	struct json_pieces p = { .depth = 0 };
	struct taking t = { c, parse };
	FILE *f = fopen(path, "re");
	int rc = 0;
	size_t n;

	if (f == NULL)
		return error_set(err, "%m");
	while (rc == 0 && (n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		rc = json_pieces_feed(
		    &p, (struct slice){ bytes, n }, take, &t, err);
	if (rc == 0)
		rc = json_pieces_end(&p, err);
	json_pieces_free(&p);
	fclose(f);
	return rc;
}

static int
read_whole(
    struct census *c, jobs_parse *parse, const char *path, struct error *err)
{
	size_t size = 0;
	char *text = read_file(path, &size);
	int rc;

	rc = text != NULL ? parse(c, (struct slice){ text, size }, err)
			  : error_set(err, "%m");
	free(text);
	return rc;
}

static int
measure(const struct system *s, const char *path)
{
	struct census *c = census_new(20000, clock_wall_ns());
	int64_t start_ns = clock_thread_cpu_ns(), used_ns;
	struct rusage use;
	struct error err;
	int i, rc;

	if (c == NULL)
		return -1;
	rc = s->in_pieces ? read_in_pieces(c, s->parse, path, &err)
			  : read_whole(c, s->parse, path, &err);
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
	return rc;
}

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 3 && i < sizeof(systems) / sizeof(systems[0]); i++)
		if (strcmp(argv[1], systems[i].name) == 0)
			return measure(&systems[i], argv[2]) == 0 ? 0 : 1;
	fprintf(stderr, "usage: jobs SYSTEM FILE\n");
	return 64;
}
