/* Two modules in one file: which one? */
#include "stamp.h"

NOTE(one, FARM_COLLECTOR, );
STAMPED(twonotes, FARM_COLLECTOR, ) = COLLECTS_NOTHING;
