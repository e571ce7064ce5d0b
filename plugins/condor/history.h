/* history.h - records of the schedd's history file. */
#ifndef CONDOR_HISTORY_H
#define CONDOR_HISTORY_H

#include "job_record.h"

/* What the line below an ad begins with. */
#define HISTORY_LAST "***"

job_record_parse read_history;

#endif
