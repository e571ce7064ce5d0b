/* read.h - what squeue and sinfo say, read into a census. */
#ifndef SLURM_READ_H
#define SLURM_READ_H

#include "census.h"

/* Their formats; a text that anybody chose freely is never in the middle. */
#define SQUEUE_FORMAT "%i|%P|%u|%a|%T|%C|%V|%M|%D|%r"
#define SINFO_FORMAT "%N|%P|%a|%C|%O|%m|%e|%T"

int read_squeue(struct census *, struct slice output, struct error *);
int read_sinfo(struct census *, struct slice output, struct error *);

#endif
