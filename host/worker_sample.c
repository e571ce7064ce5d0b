/* What a worker uses, as /proc says. */
#include "worker_private.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"

static FILE *
open_file(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return fopen(path, "re");
}

static void
sample_memory(struct worker *w)
{
	FILE *f = open_file(w->pid, "statm");
	long page = sysconf(_SC_PAGESIZE);
	long size, resident;

	if (f == NULL)
		return;
	/* All is 0 of one that has ended: what it had before is the cause. */
	if (fscanf(f, "%ld %ld", &size, &resident) == 2 && size > 0) {
		w->size_bytes = (int64_t)size * page;
		w->rss_bytes = (int64_t)resident * page;
	}
	fclose(f);
}

/* The name in the second field may hold anything but ends with the last ")",
   and it is ours: at most 15 bytes. */
static void
sample_cpu(struct worker *w)
{
	FILE *f = open_file(w->pid, "stat");
	long long ticks = sysconf(_SC_CLK_TCK);
	unsigned long long user, kernel;

	if (f == NULL)
		return;
	if (fscanf(f,
		"%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
		"%llu %llu",
		&user, &kernel) == 2)
		w->cpu_ns = (int64_t)(user + kernel) * (NS_PER_S / ticks);
	fclose(f);
}

static void
sample_files(struct worker *w)
{
	char path[64];
	struct dirent *e;
	int64_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)w->pid);
	d = opendir(path);
	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	w->files = n;
}

void
worker_sample(struct worker *w)
{
	sample_memory(w);
	sample_cpu(w);
	sample_files(w);
}
