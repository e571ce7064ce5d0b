/* Needs functions that came after this host. */
#define FARM_ABI_MINOR 2
#include "stamp.h"

STAMPED(minor, FARM_COLLECTOR, ) = COLLECTS_NOTHING;
