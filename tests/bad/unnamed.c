/* A name without an end. */
#include "stamp.h"

STAMPED(unnamed, FARM_COLLECTOR,
    .stamp.name = { [0 ... FARM_MODULE_NAME_MAX] = 'u' }) = COLLECTS_NOTHING;
