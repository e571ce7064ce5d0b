/* Claims options of two gigabytes, which nobody has. */
#include "stamp.h"

STAMPED(
    huge, FARM_COLLECTOR, .stamp.option_size = 0x7ffffff8) = COLLECTS_NOTHING;
