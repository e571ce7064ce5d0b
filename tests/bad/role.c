/* A role that is none. */
#include "stamp.h"

STAMPED(role, FARM_COLLECTOR, .stamp.role = 9) = COLLECTS_NOTHING;
