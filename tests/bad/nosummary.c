/* Does not say what it is. */
#include "stamp.h"

FARM_MODULE(nosummary, FARM_COLLECTOR) = {
	.collector.collect = collect_nothing,
};
