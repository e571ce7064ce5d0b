/* A writer that has nothing to call. */
#include <farm/module.h>

FARM_MODULE(nowrite, FARM_WRITER) = { .summary = "nothing" };
