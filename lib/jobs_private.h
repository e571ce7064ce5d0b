/* jobs_private.h - between the files of jobs. */
#ifndef LIB_JOBS_PRIVATE_H
#define LIB_JOBS_PRIVATE_H

#include <stdatomic.h>

#include "command.h"
#include "jobs.h"

/* What status says; the numbers are MonALISA's. */
enum jobs_status {
	JOBS_OK = 0,
	JOBS_NOT_UNDERSTOOD = 2,
	JOBS_INCOMPLETE = 3,
	JOBS_NO_COMMAND = 5,
	JOBS_LATE = 6,
	JOBS_FAILED = 7,
};

/* How long it is not asked again, after so many failures in a row and an answer
   that took so long. */
int64_t jobs_rest_ns(const struct jobs *, int64_t failures, int64_t took_ns);
/* The command line as it is run, by ssh if that is how; -1: out of memory. */
int jobs_order(const struct jobs *, const struct jobs_command *,
    int64_t deadline_mono_ns, struct arena *, struct command_order *ret);
/* How it ended, unless that only means that nothing is there. */
enum jobs_status jobs_judge(const struct command *,
    const struct jobs_command *, struct error *);
/* Run one that says a list, element by element into the census. */
enum jobs_status jobs_stream(const struct jobs *, struct arena *,
    const struct jobs_command *, int64_t deadline_mono_ns, struct census *,
    struct error *);
/* Run a command, here or there.  *ret is the caller's, for command_free(),
   however it ended; NULL if it could not be run. */
enum jobs_status jobs_say(const struct jobs *, struct arena *,
    const struct jobs_command *, int64_t deadline_mono_ns,
    struct command **ret, const char **ret_shown, struct error *);
/* What it said on stdout. */
struct slice command_said_all(const struct command *);

/* Records and checkpoints are the instance's, so one of its targets reads for
   all: is it this one?  It is until it goes. */
bool jobs_claim(_Atomic(struct farm_target *) *reader, struct farm_target *);
void jobs_yield(_Atomic(struct farm_target *) *reader, struct farm_target *);

/* Where and of what a cycle emits. */
struct emission {
	struct farm_host *host;
	struct farm_target *target;
	const struct jobs *jobs;
	const struct jobs_system *system;
	struct arena *arena; /* of the cycle */
	int rc;		     /* of all that was emitted */
	size_t bytes;	     /* of records since emit_group() */
};

/* Records of so many bytes fit into one batch with the checkpoint behind them,
   so that after a crash there are all or none. */
#define JOBS_GROUP_BYTES (16 << 10)
/* Such a group begins: what came before goes on its way. */
void emit_group(struct emission *);

void emit_value(struct emission *, const char *cluster, const char *node,
    const char *parameter, struct farm_value);
void emit_count(struct emission *, const char *cluster, const char *node,
    const char *parameter, int64_t); /* unless it is below 0 */
void emit_number(struct emission *, const char *cluster, const char *node,
    const char *parameter, double); /* unless it is NAN */
/* The name of a cluster beside the target's; the target's if memory is out. */
__attribute__((format(printf, 2, 3))) const char *emission_cluster(
    struct emission *, const char *format, ...);

struct node_totals {
	int64_t nodes[NODE_DOWN + 1];
	int64_t slots; /* each -1 if no node says it */
	int64_t used;
	int64_t free; /* of nodes that take jobs */
};
void node_totals(const struct census *, struct node_totals *ret);

/* A whole census.  Users and groups that were in `last' (may be NULL) and have
   no job now are 0. */
void emit_farmd(struct emission *, struct census *, struct census *last);
void emit_monalisa(struct emission *, struct census *, struct census *last);
/* ... of which these are monOsgVoJobs'. */
void emit_vo(struct emission *, struct census *, struct census *last);
void emit_vo_jobs(struct emission *, const struct census *); /* of each */
/* For them, jobs that records say have ended are counted from here on; if not
   all are known, none. */
void await_ends(struct emission *);
void count_end(struct emission *, const struct job_record *);
void forget_ends(struct emission *);
/* What else it was told, by our own names. */
void emit_figures(struct emission *, const struct census *);
/* How the commands went. */
void emit_monalisa_status(struct emission *, enum jobs_status,
    int64_t took_ns);

/* "17", "17[4]", the emission's; NULL if memory is out. */
const char *job_name(struct emission *, const struct job *);
/* Values of each job. */
void emit_each_job(struct emission *, struct census *);
/* What has happened to jobs since the snapshot before. */
void emit_job_events(struct emission *, struct census *,
    const struct census *last);
/* A job has ended, as a record says. */
int emit_job_end(struct emission *, const struct job_record *);
/* The record itself, and if so configured that event; `json' is room to work
   in. */
int emit_finished(struct emission *, const struct job_record *,
    struct buffer *json);

/* The accounting log, if one is configured. */
int ledger_open(struct farm_host *, struct jobs *);
void ledger_close(struct jobs *);
int ledger_collect(struct emission *); /* what is new in it */
void ledger_forget(const struct jobs *, struct farm_target *);

/* Finished jobs that are asked for, if they are configured. */
int pull_open(struct farm_host *, struct jobs *);
void pull_close(struct jobs *);
int pull_collect(struct emission *, int64_t deadline_mono_ns);
void pull_forget(const struct jobs *, struct farm_target *);

/* An empty one, of the configured groups; with a roll if jobs matter one by
   one.  NULL if memory is out. */
struct census *jobs_census(const struct jobs *, struct farm_host *, bool roll);
/*
 * Run the commands and read what they say.  On success *ret is a census, the
 * caller's.  What went wrong otherwise is the answer, with err set.
 */
enum jobs_status jobs_run(const struct jobs *, struct farm_host *,
    struct jobs_memory *, int64_t deadline_mono_ns, struct census **ret,
    struct error *);

#endif
