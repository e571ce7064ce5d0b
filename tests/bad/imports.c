/* For lint: calls what would hurt the whole daemon. */
#include "stamp.h"

#include <stdlib.h>
#include <unistd.h>

static int
imports_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	(void)state;
	if (chdir("/") != 0)
		exit(1);
	if (farm_emit_int64(host, target, "x", 1) != 0)
		abort();
	return 0;
}

FARM_MODULE(imports, FARM_COLLECTOR) = {
	.summary = "nothing",
	.collector.collect = imports_collect,
};
