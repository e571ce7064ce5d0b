/* The note is of a collector, the entry of a filter. */
#include "stamp.h"

NOTE(disagree, FARM_COLLECTOR, );
ENTRY(disagree, FARM_FILTER, ) = COLLECTS_NOTHING;
