/* read.h - what qstat and qhost say, read into a census. */
#ifndef GRIDENGINE_READ_H
#define GRIDENGINE_READ_H

#include "census.h"

int read_qstat(struct census *, struct slice output, struct error *);
int read_qhost(struct census *, struct slice output, struct error *);
/* What sge_share_mon is asked for, with a header and bars. */
#define SHARE_FIELDS                                                           \
	"node_name,shares,total%,short_target_share,actual_share,usage"
int read_shares(struct census *, struct slice output, struct error *);

#endif
