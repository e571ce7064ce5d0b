/* Somebody forgot FARM_OPTION_END, and the memory behind looks like options. */
#include "stamp.h"

static const struct farm_option options[] = {
	[0 ... 5000] = { .name = "x", .type = FARM_TYPE_STRING },
};

FARM_MODULE(endless, FARM_COLLECTOR) = {
	.summary = "nothing",
	.options = options,
	.state_size = sizeof(const char *),
	.collector.collect = collect_nothing,
};
