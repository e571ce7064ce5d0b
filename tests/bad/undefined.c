/* Calls what no library has. */
#include "stamp.h"

int farm_nowhere(void);

static int
undefined_open(struct farm_host *host, void *state)
{
	(void)host;
	(void)state;
	return farm_nowhere();
}

FARM_MODULE(undefined, FARM_COLLECTOR) = {
	.summary = "nothing",
	.open = undefined_open,
	.collector.collect = collect_nothing,
};
