/* Traffic between memory and disks, from /proc/vmstat; units as vmstat(8). */
#include <unistd.h>

#include "proc.h"

static const char *const keys[] = { "pgpgin", "pgpgout", "pswpin", "pswpout" };
static const char *const names[] = { "Page_in", "Page_out", "Swap_in",
	"Swap_out" };
#define N (sizeof(keys) / sizeof(keys[0]))

int
paging_collect(struct run *run)
{
	struct counts *past = &run->past->paging;
	struct counts now = { .size = N };
	struct scan text;
	uint32_t found;
	double seconds, factor;
	size_t i;

	if (run_read(run, "proc/vmstat", &text) != 0)
		return -1;
	if (pairs_parse(text, keys, N, now.n, &found, &run->error) != 0)
		return run_bad_file(run);
	seconds = run_seconds(run, past->mono_ns);
	for (i = 0; i < N; i++) {
		/* The kernel counts KiB paged, but pages swapped. */
		factor = i < 2 ? 1 : (double)sysconf(_SC_PAGESIZE) / 1024;
		if ((found & (UINT32_C(1) << i)) != 0)
			emit_rate(run, "", names[i], now.n[i], past->n[i],
			    seconds, factor);
	}
	now.mono_ns = run->mono_ns;
	*past = now;
	return 0;
}
