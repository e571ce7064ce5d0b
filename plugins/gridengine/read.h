/* read.h - what qstat and qhost say, read into a census. */
#ifndef GRIDENGINE_READ_H
#define GRIDENGINE_READ_H

#include "census.h"

int read_qstat(struct census *, struct slice output, struct error *);
/* Adds to hosts that have queues. */
int read_qhost(struct census *, struct slice output, struct error *);

#endif
