/*
 * lines.h - formats of lines: a head, values, an end.
 */
#ifndef UDP_LINES_H
#define UDP_LINES_H

#include "composer.h"

/* All write at the end of the outgoing bytes. */
struct line_ops {
	/* -1 if a name cannot be said. */
	int (*begin)(struct composer *, const struct group *,
	    const struct farm_value *, struct error *);
	/* 1 if it is said, 0 if such a value cannot be, -1 if its name. */
	int (*add)(struct composer *, const struct group *,
	    const struct farm_value *, struct error *);
	/* At most `tail' bytes. */
	void (*end)(struct composer *, const struct group *);
	size_t tail;
};

/* The group in lines, each of one value or of as many as fit. */
int lines_put(struct composer *, const struct group *, const struct line_ops *,
    bool single);

#endif
