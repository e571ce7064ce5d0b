/* read.h - what LSF's commands say, read into a census. */
#ifndef LSF_READ_H
#define LSF_READ_H

#include "census.h"

/* What is asked for with -json. */
#define BJOBS_FIELDS                                                           \
	"jobid jobindex stat user queue proj_name slots exec_host "            \
	"submit_time run_time cpu_used exit_code"

int read_bjobs(struct census *, struct slice output, struct error *);
int read_bjobs_json(struct census *, struct slice output, struct error *);
int read_bhosts(struct census *, struct slice output, struct error *);
int read_bqueues(struct census *, struct slice output, struct error *);
/* These add to hosts that bhosts has named: others run no jobs. */
int read_lshosts(struct census *, struct slice output, struct error *);
int read_lsload(struct census *, struct slice output, struct error *);

/* The shares that bqueues -r says: a user or group of a queue is a node
   QUEUE/NAME, one of a group QUEUE/GROUP/NAME, and so on. */
int read_queue_shares(struct census *, struct slice output, struct error *);

/* Does this release's bjobs know -json?  By what lsid says. */
bool has_json(struct slice output);

#endif
