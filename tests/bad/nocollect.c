/* A collector that has nothing to call. */
#include <farm/module.h>

FARM_MODULE(nocollect, FARM_COLLECTOR) = { .summary = "nothing" };
