/* A filter that has nothing to call. */
#include <farm/module.h>

FARM_MODULE(noapply, FARM_FILTER) = { .summary = "nothing" };
