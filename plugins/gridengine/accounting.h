/* accounting.h - lines of the accounting file. */
#ifndef GRIDENGINE_ACCOUNTING_H
#define GRIDENGINE_ACCOUNTING_H

#include "job_record.h"

job_record_parse read_accounting;

#endif
