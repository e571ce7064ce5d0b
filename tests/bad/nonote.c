/* An entry, but no note. */
#include "stamp.h"

ENTRY(nonote, FARM_COLLECTOR, ) = COLLECTS_NOTHING;
