/* An option whose default is beyond its own bounds. */
#include "stamp.h"

struct state {
	int64_t count;
};

static const struct farm_option options[] = { FARM_OPTION_INTEGER("count",
						  struct state, count, "11", 1,
						  10, "how many"),
	FARM_OPTION_END };

FARM_MODULE(nodefault, FARM_COLLECTOR) = {
	.summary = "nothing",
	.options = options,
	.state_size = sizeof(struct state),
	.collector.collect = collect_nothing,
};
