/* accounting.h - lines of the server's accounting logs. */
#ifndef PBS_ACCOUNTING_H
#define PBS_ACCOUNTING_H

#include "job_record.h"

job_record_parse read_accounting;

#endif
