/* For lint: instances would meet in these. */
#include "stamp.h"

static int runs;
static _Thread_local int runs_here;

static int
writable_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	(void)state;
	return farm_emit_int64(host, target, "runs", ++runs + ++runs_here);
}

FARM_MODULE(writable, FARM_COLLECTOR) = {
	.summary = "nothing",
	.collector.collect = writable_collect,
};
