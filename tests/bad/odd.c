/* Claims parameters of a size that no compiler makes. */
#include "stamp.h"

STAMPED(odd, FARM_COLLECTOR, .stamp.parameter_size = 33) = COLLECTS_NOTHING;
