/* acct.h - lines of lsb.acct. */
#ifndef LSF_ACCT_H
#define LSF_ACCT_H

#include "job_record.h"

job_record_parse read_acct;

#endif
