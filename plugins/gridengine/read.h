/* read.h - what qstat and qhost say, read into a census. */
#ifndef GRIDENGINE_READ_H
#define GRIDENGINE_READ_H

#include "census.h"

int read_qstat(struct census *, struct slice output, struct error *);
int read_qhost(struct census *, struct slice output, struct error *);

#endif
