/* A descriptor that ends before what the host cannot do without. */
#include "stamp.h"

STAMPED(short, FARM_COLLECTOR, .stamp.role_offset = 24) = COLLECTS_NOTHING;
