/* Needs functions that came after this host. */
#define FARM_ABI_MINOR 1
#include "stamp.h"

STAMPED(minor, FARM_COLLECTOR, ) = COLLECTS_NOTHING;
