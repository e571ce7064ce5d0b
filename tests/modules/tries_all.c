#define NAME tries_all
#define NEEDS                                                                  \
	(FARM_NEEDS_NETWORK | FARM_NEEDS_RAW_SOCKETS | FARM_NEEDS_EXEC |       \
	    FARM_NEEDS_FILES)
#include "tries.c"
