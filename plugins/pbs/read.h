/* read.h - what PBS's commands say, read into a census. */
#ifndef PBS_READ_H
#define PBS_READ_H

#include "census.h"

/* Of qstat -f, pbsnodes -a, qstat -Q -f: with -F json, or as text. */
int read_jobs_json(struct census *, struct slice output, struct error *);
int read_nodes_json(struct census *, struct slice output, struct error *);
int read_queues_json(struct census *, struct slice output, struct error *);
int read_jobs_text(struct census *, struct slice output, struct error *);
int read_nodes_text(struct census *, struct slice output, struct error *);
int read_queues_text(struct census *, struct slice output, struct error *);

#endif
