/* For lint: everything it says is written badly. */
#include "stamp.h"

struct state {
	int64_t count;
	int64_t every;
};

static const struct farm_option options[] = {
	FARM_OPTION_INTEGER("count", struct state, count, "1", 1, 10, ""),
	FARM_OPTION_INTEGER(
	    "every", struct state, every, "1", 1, 10, "every other one"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	{ "speed", FARM_GAUGE, "furlong/s", "How fast." }, { 0 }
};

FARM_MODULE(texts, FARM_COLLECTOR) = {
	.summary = "Does nothing.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct state),
	.collector.collect = collect_nothing,
};
