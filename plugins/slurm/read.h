/* read.h - what Slurm's commands say, read into a census. */
#ifndef SLURM_READ_H
#define SLURM_READ_H

#include "census.h"

/* Their formats; a text that anybody chose freely is never in the middle. */
#define SQUEUE_FORMAT "%i|%P|%u|%a|%T|%C|%V|%M|%D|%r"
#define SINFO_FORMAT "%N|%P|%a|%C|%O|%m|%e|%T"
#define SSHARE_FORMAT                                                          \
	"Account,User,RawShares,NormShares,RawUsage,EffectvUsage,FairShare"

/* Of "17", "17_4", "17_[5-9]": 17 each time, and 4; -1 if none. */
void slurm_job_id(struct slice text, struct slice *ret_job, int64_t *ret_task);

enum job_state slurm_job_state(struct slice word, struct slice reason);

/* An element of the list "jobs" of squeue --json. */
int read_squeue_job(struct census *, struct slice text, struct error *);
int read_squeue(struct census *, struct slice output, struct error *);
int read_sinfo(struct census *, struct slice output, struct error *);
int read_sdiag(struct census *, struct slice output, struct error *);
int read_sshare(struct census *, struct slice output, struct error *);

#endif
