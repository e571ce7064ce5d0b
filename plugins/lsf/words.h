/* words.h - what stands in one column, whichever form it came in. */
#ifndef LSF_WORDS_H
#define LSF_WORDS_H

#include "census.h"

enum job_state lsf_job_state(struct slice word);
/* Of "host", "4*hostA:2*hostB", "hostA:hostA"; -1 of "-" or nothing. */
int64_t lsf_slots(struct slice hosts);
/* The first of such a list; empty of "-". */
struct slice lsf_host(struct slice hosts);

#endif
