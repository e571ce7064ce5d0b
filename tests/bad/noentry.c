/* A note, but no entry. */
#include "stamp.h"

NOTE(noentry, FARM_COLLECTOR, );
