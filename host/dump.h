/*
 * dump.h - the state of the farm in a file, for whoever is asked at night what
 * is wrong: STATE/dump-TIME.json.  The newest DUMPS_KEPT are kept.
 */
#ifndef HOST_DUMP_H
#define HOST_DUMP_H

#include "buffer.h"
#include "farm.h"

#define DUMPS_KEPT 10

/* Write the file and log its name, or why there is none.  Main thread. */
void dump_state(struct farm *);

/* The text of it: all of /v1/status, instances with what is not fine. */
void dump_json(struct farm *, struct buffer *);
/* Remove the oldest dumps in a folder until `keep' are left. */
void dump_prune(const char *folder, size_t keep);

#endif
