/*
 * crossing.h - does a number cross a line, or has it gone far from the last
 * that went on?
 */
#ifndef LIB_CROSSING_H
#define LIB_CROSSING_H

#include <stdbool.h>

#include <farm/result.h>

#include "error.h"

/* No number is beyond these. */
#define CROSSING_NEVER 1e308
#define CROSSING_NEVER_TEXT "1e308"

struct crossing_rule {
	double above; /* a number goes on when it gets above this; or never */
	double below; /* and when it gets below this */
	double hysteresis; /* how far back before it can cross again */
	bool back;	   /* coming back goes on, too */
	double delta;	   /* it differs by more than this; 0: no matter */
	double percent;	   /* the same, in percent of the last */
};

enum crossing_side {
	SIDE_UNKNOWN,
	SIDE_BETWEEN,
	SIDE_ABOVE,
	SIDE_BELOW
};

/* Of one series; starts zeroed. */
struct crossing {
	enum crossing_side side;
	bool sent;
	double last; /* what went on */
};

/* Is there anything it looks for, and does it make sense? */
int crossing_check(const struct crossing_rule *, struct error *);
/* Does it go on?  A text never does. */
bool crossing_take(const struct crossing_rule *, struct crossing *,
    const struct farm_value *);

#endif
