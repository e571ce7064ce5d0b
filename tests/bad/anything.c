/* Takes any action, and has no argument that could say which. */
#include "stamp.h"

static int
anything_run(struct farm_host *host, void *state, const void *arguments)
{
	(void)host;
	(void)state;
	(void)arguments;
	return 0;
}

static const struct farm_action actions[] = {
	{ .name = "*", .help = "whatever is asked", .run = anything_run },
	{ 0 },
};

FARM_MODULE(anything, FARM_COLLECTOR) = {
	.summary = "does what it is told",
	.actions = actions,
	.collector.collect = collect_nothing,
};
