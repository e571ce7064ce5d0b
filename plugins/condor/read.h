/* read.h - what condor_q and condor_status say with -json or -long, read into
   a census. */
#ifndef CONDOR_READ_H
#define CONDOR_READ_H

#include "census.h"

/* What is asked for; nothing else is sent. */
#define JOB_ATTRIBUTES                                                         \
	"ClusterId,ProcId,JobStatus,Owner,AcctGroup,RequestCpus,QDate,"         \
	"JobCurrentStartDate,RemoteUserCpu,RemoteSysCpu,RemoteHost"
#define SLOT_ATTRIBUTES                                                        \
	"Machine,State,Cpus,TotalCpus,TotalLoadAvg,TotalMemory"

int read_queue(struct census *, struct slice output, struct error *);
int read_queue_long(struct census *, struct slice output, struct error *);
int read_status(struct census *, struct slice output, struct error *);
int read_status_long(struct census *, struct slice output, struct error *);

#endif
