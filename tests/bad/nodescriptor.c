/* An entry that points nowhere. */
#include "stamp.h"

NOTE(nodescriptor, FARM_COLLECTOR, );

__attribute__((visibility("default"))) const struct farm_entry farm_module = {
	.stamp = FARM_STAMP("nodescriptor", FARM_COLLECTOR),
};
