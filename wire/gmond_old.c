#include "gmond.h"

#define METRIC(NAME, TMAX, TYPE, UNITS, SLOPE)                                 \
	{ NAME, { .type = GMOND_TYPE_##TYPE,                                   \
		  .units = { UNITS, sizeof(UNITS) - 1 },                       \
		  .slope = GMOND_##SLOPE,                                      \
		  .tmax = TMAX } }

/* clang-format off */
/* The id is the place. */
static const struct gmond_old_metric metrics[GMOND_OLD_METRICS] = {
	{ "", { .units = { "", 0 } } },
	METRIC("cpu_num", 1200, UINT16, "CPUs", ZERO),
	METRIC("cpu_speed", 1200, UINT32, "MHz", ZERO),
	METRIC("mem_total", 1200, UINT32, "KB", ZERO),
	METRIC("swap_total", 1200, UINT32, "KB", ZERO),
	METRIC("boottime", 1200, UINT32, "s", ZERO),
	METRIC("sys_clock", 1200, UINT32, "s", ZERO),
	METRIC("machine_type", 1200, STRING, "", ZERO),
	METRIC("os_name", 1200, STRING, "", ZERO),
	METRIC("os_release", 1200, STRING, "", ZERO),
	METRIC("cpu_user", 90, FLOAT, "%", BOTH),
	METRIC("cpu_nice", 90, FLOAT, "%", BOTH),
	METRIC("cpu_system", 90, FLOAT, "%", BOTH),
	METRIC("cpu_idle", 90, FLOAT, "%", BOTH),
	METRIC("cpu_aidle", 3800, FLOAT, "%", BOTH),
	METRIC("load_one", 70, FLOAT, "", BOTH),
	METRIC("load_five", 325, FLOAT, "", BOTH),
	METRIC("load_fifteen", 950, FLOAT, "", BOTH),
	METRIC("proc_run", 950, UINT32, "", BOTH),
	METRIC("proc_total", 950, UINT32, "", BOTH),
	METRIC("mem_free", 180, UINT32, "KB", BOTH),
	METRIC("mem_shared", 180, UINT32, "KB", BOTH),
	METRIC("mem_buffers", 180, UINT32, "KB", BOTH),
	METRIC("mem_cached", 180, UINT32, "KB", BOTH),
	METRIC("swap_free", 180, UINT32, "KB", BOTH),
	METRIC("gexec", 300, STRING, "", ZERO),
	METRIC("heartbeat", 20, UINT32, "", ZERO),
	METRIC("mtu", 1200, UINT32, "", BOTH),
	METRIC("location", 1200, STRING, "(x,y,z)", ZERO),
	METRIC("bytes_out", 300, FLOAT, "bytes/sec", BOTH),
	METRIC("bytes_in", 300, FLOAT, "bytes/sec", BOTH),
	METRIC("pkts_in", 300, FLOAT, "packets/sec", BOTH),
	METRIC("pkts_out", 300, FLOAT, "packets/sec", BOTH),
	METRIC("disk_total", 1200, DOUBLE, "GB", BOTH),
	METRIC("disk_free", 180, DOUBLE, "GB", BOTH),
	METRIC("part_max_used", 180, FLOAT, "%", BOTH),
	METRIC("cpu_wio", 90, FLOAT, "%", BOTH),
	METRIC("bread_sec", 90, FLOAT, "", BOTH),
	METRIC("bwrite_sec", 90, FLOAT, "", BOTH),
	METRIC("lread_sec", 90, FLOAT, "", BOTH),
	METRIC("lwrite_sec", 90, FLOAT, "", BOTH),
	METRIC("rcache", 90, FLOAT, "%", BOTH),
	METRIC("wcache", 90, FLOAT, "%", BOTH),
	METRIC("phread_sec", 90, FLOAT, "", BOTH),
	METRIC("phwrite_sec", 90, FLOAT, "", BOTH),
	METRIC("cpu_intr", 90, FLOAT, "%", BOTH),
	METRIC("cpu_sintr", 90, FLOAT, "%", BOTH),
	METRIC("mem_arm", 180, UINT32, "KB", BOTH),
	METRIC("mem_rm", 180, UINT32, "KB", BOTH),
	METRIC("mem_avm", 180, UINT32, "KB", BOTH),
	METRIC("mem_vm", 180, UINT32, "KB", BOTH),
};
/* clang-format on */

const struct gmond_old_metric *
gmond_old_metric(uint32_t id)
{
	return id == 0 || id >= GMOND_OLD_METRICS ? NULL : &metrics[id];
}
