/* history.h - jobs that have left the queue: records of the schedd's history
   file, and what condor_history says of it. */
#ifndef CONDOR_HISTORY_H
#define CONDOR_HISTORY_H

#include "jobs.h"

/* What the line below an ad begins with, in the file. */
#define HISTORY_LAST "***"

job_record_parse read_history;

extern const struct job_source history_source;

#endif
