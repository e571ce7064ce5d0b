/* A collector whose worker program is not there. */
#include <farm/module.h>

static int
nowhere_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	(void)state;
	return farm_emit_int64(host, target, "never", 1);
}

FARM_MODULE(nowhere, FARM_COLLECTOR) = {
	.summary = "has a worker program that is not there",
	.worker = "farm-nowhere",
	.collector = { .collect = nowhere_collect },
};
