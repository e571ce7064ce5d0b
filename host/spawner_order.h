/* spawner_order.h - what farmd asks of its spawn helper, one packet each. */
#ifndef HOST_SPAWNER_ORDER_H
#define HOST_SPAWNER_ORDER_H

#include <limits.h>

#include "spawner.h"

#define SPAWNER_FD 3

enum spawner_kind { SPAWNER_START = 1, SPAWNER_KILL = 2 };

struct spawner_order {
	uint32_t kind;
	uint32_t id;
	struct spawner_limits limits;
	char program[PATH_MAX]; /* "": farmd itself */
	char cgroup[PATH_MAX];	/* "": found */
};

#endif
