/* For lint: more than one symbol leaves it. */
#include "stamp.h"

int exports_helper(void);

__attribute__((visibility("default"))) int
exports_helper(void)
{
	return 0;
}

FARM_MODULE(exports, FARM_COLLECTOR) = COLLECTS_NOTHING;
