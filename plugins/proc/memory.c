#include "proc.h"

static const char *const keys[] = { "MemTotal:", "MemFree:", "MemAvailable:",
	"Buffers:", "Cached:", "Shmem:", "SwapTotal:", "SwapFree:" };
static const char *const names[] = { "MEM_total", "MEM_free", "MEM_available",
	"MEM_buffers", "MEM_cached", "MEM_shared", "SWAP_total", "SWAP_free" };
#define N (sizeof(keys) / sizeof(keys[0]))
enum { TOTAL, FREE, AVAILABLE };

int
memory_collect(struct run *run)
{
	uint64_t kib[N];
	struct scan text;
	uint32_t found;
	size_t i;

	if (run_read(run, "proc/meminfo", &text) != 0)
		return -1;
	if (pairs_parse(text, keys, N, kib, &found, &run->error) != 0)
		return run_bad_file(run);
	if ((found & (1u << TOTAL)) == 0) {
		error_set(&run->error, "no line \"%s\"", keys[TOTAL]);
		return run_bad_file(run);
	}
	for (i = 0; i < N; i++)
		if ((found & (UINT32_C(1) << i)) != 0)
			emit_double(run, "", names[i], (double)kib[i] / 1024);
	/* Linux before 3.14 does not say what is available. */
	if ((found & (1u << AVAILABLE)) != 0 && kib[TOTAL] > 0 &&
	    kib[AVAILABLE] <= kib[TOTAL])
		emit_double(run, "MEM_", "usage",
		    100 * (double)(kib[TOTAL] - kib[AVAILABLE]) /
			(double)kib[TOTAL]);
	return 0;
}
