/* Built for another major version of the contract. */
#define FARM_ABI_MINOR 7
#include "stamp.h"

STAMPED(major, FARM_COLLECTOR,
    .stamp.abi_major = FARM_ABI_MAJOR + 1) = COLLECTS_NOTHING;
