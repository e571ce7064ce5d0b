/* sacct.h - finished jobs, as sacct lists them. */
#ifndef SLURM_SACCT_H
#define SLURM_SACCT_H

#include "jobs.h"

extern const struct job_source sacct_source;

/* As of struct job_source. */
int read_sacct(struct job_list *, struct job_pulled *ret, struct error *);

#endif
