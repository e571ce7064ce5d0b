/* The file's name is not the module's. */
#include "stamp.h"

STAMPED(other, FARM_COLLECTOR, ) = COLLECTS_NOTHING;
