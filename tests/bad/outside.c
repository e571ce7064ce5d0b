/* Claims a role that lies beyond its descriptor. */
#include "stamp.h"

STAMPED(outside, FARM_COLLECTOR, .stamp.role_offset = 4096) = COLLECTS_NOTHING;
