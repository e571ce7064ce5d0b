/*
 * events.h - the events of a file, one at a time.  Lines that are none are
 * named with their place, counted, and left out.
 */
#ifndef CLI_ULM_EVENTS_H
#define CLI_ULM_EVENTS_H

#include "lines.h"
#include "merge.h"
#include "ulm.h"
#include "ulm_cli.h"

struct events {
	struct stream stream; /* first; it gives the lines and their times */
	struct ulm_cli *ulm;
	struct line_reader reader;
	struct ulm_event event; /* of the line at hand */
};

/* "-" is the standard input. */
int events_open(struct events *, struct ulm_cli *, const char *path,
    struct error *);
void events_close(struct events *);
/* As struct stream has it. */
int events_next(struct events *, struct error *);

/* All events of all files.  -1 if one of them, or `each', fails. */
typedef int events_each_fn(void *cookie, const struct events *,
    struct error *);
int events_each(struct ulm_cli *, int argc, char **argv, events_each_fn *,
    void *cookie, struct error *);

#endif
