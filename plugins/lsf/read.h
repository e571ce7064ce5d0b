/* read.h - what LSF's commands say, read into a census. */
#ifndef LSF_READ_H
#define LSF_READ_H

#include "census.h"

int read_bjobs(struct census *, struct slice output, struct error *);
int read_bhosts(struct census *, struct slice output, struct error *);
int read_bqueues(struct census *, struct slice output, struct error *);
/* These add to hosts that bhosts has named: others run no jobs. */
int read_lshosts(struct census *, struct slice output, struct error *);
int read_lsload(struct census *, struct slice output, struct error *);

#endif
