#include "ganglia_alias.h"

/* KB of 1024 bytes into what proc gives; bytes into megabits. */
#define MIB (1.0 / 1024)
#define MBIT (8 / 1e6)

static const struct ganglia_alias aliases[] = {
	{ "bytes_in", "TotalIO_Rate_IN", MBIT, "Mb/s" },
	{ "bytes_out", "TotalIO_Rate_OUT", MBIT, "Mb/s" },
	{ "cpu_idle", "CPU_idle", 0, NULL },
	{ "cpu_intr", "CPU_int", 0, NULL },
	{ "cpu_nice", "CPU_nice", 0, NULL },
	{ "cpu_num", "NoCPUs", 0, NULL },
	{ "cpu_sintr", "CPU_softint", 0, NULL },
	{ "cpu_steal", "CPU_steal", 0, NULL },
	{ "cpu_system", "CPU_sys", 0, NULL },
	{ "cpu_user", "CPU_usr", 0, NULL },
	{ "cpu_wio", "CPU_iowait", 0, NULL },
	{ "disk_free", "DISK_free", 0, NULL },
	{ "disk_total", "DISK_total", 0, NULL },
	{ "load_fifteen", "Load15", 0, NULL },
	{ "load_five", "Load5", 0, NULL },
	{ "load_one", "Load1", 0, NULL },
	{ "mem_buffers", "MEM_buffers", MIB, "MiBy" },
	{ "mem_cached", "MEM_cached", MIB, "MiBy" },
	{ "mem_free", "MEM_free", MIB, "MiBy" },
	{ "mem_shared", "MEM_shared", MIB, "MiBy" },
	{ "mem_total", "MEM_total", MIB, "MiBy" },
	{ "swap_free", "SWAP_free", MIB, "MiBy" },
	{ "swap_total", "SWAP_total", MIB, "MiBy" },
};
#define ALIASES (sizeof(aliases) / sizeof(aliases[0]))

const struct ganglia_alias *
ganglia_alias_find(struct slice metric)
{
	size_t i;

	for (i = 0; i < ALIASES; i++)
		if (slice_is(metric, aliases[i].theirs))
			return &aliases[i];
	return NULL;
}

struct farm_value
ganglia_alias_value(const struct ganglia_alias *a, struct farm_value v)
{
	double factor = a != NULL ? a->factor : 0;

	if (factor != 0 && v.type == FARM_DOUBLE)
		return farm_double(v.number * factor);
	if (factor != 0 && v.type == FARM_UINT64)
		return farm_double((double)v.uint64 * factor);
	if (factor != 0 && v.type == FARM_INT64)
		return farm_double((double)v.int64 * factor);
	return v;
}
