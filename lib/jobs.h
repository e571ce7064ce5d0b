/*
 * jobs.h - what all collectors of batch systems have in common: the options,
 * the commands of one cycle and when they are not run, what is emitted of a
 * census and by which names.  A collector is the list of its commands and a
 * parser for each.
 *
 * One cycle is one snapshot, of which everything comes.
 */
#ifndef LIB_JOBS_H
#define LIB_JOBS_H

#include <farm/module.h>

#include "census.h"
#include "error.h"
#include "job_record.h"
#include "remote.h"

struct job_ledger;
struct job_pull;
struct jobs_system;

/* What an instance's state begins with; its options are JOBS_OPTIONS. */
struct jobs {
	const char *via;
	struct farm_list ssh;
	struct farm_map environment;
	struct farm_list path;
	int64_t timeout_ns;
	int64_t min_interval_ns;
	int64_t slow_ns;
	int64_t output_max;
	int64_t names_max;
	int names; /* enum jobs_names */
	const char *groups_file;
	int groups_by; /* 0: account, 1: user */
	bool users;
	bool nodes;
	bool job_events;
	bool job_values;
	int64_t job_lifetime_ns;
	int64_t jobs_max;
	const char *accounting; /* of systems that have such a log */
	bool pulled; /* of those that are asked for what has ended */
	int64_t late_ns;
	/* Made by jobs_open(). */
	const struct jobs_system *system;
	struct remote *remote; /* NULL: here */
	struct group_map *groups; /* NULL: none */
	struct job_ledger *ledger; /* NULL: none */
	struct job_pull *pull; /* NULL: none */
	struct arena *arena;
	const char *const *environment_lines;
};

enum jobs_names { JOBS_FARMD, JOBS_MONALISA };

#define JOBS_OPTIONS(STATE, JOBS)                                              \
	FARM_OPTION_STRING("via", STATE, JOBS.via, NULL,                       \
	    "where the commands run: ssh://[USER@]HOST[:PORT]; here if not "   \
	    "set"),                                                            \
	FARM_OPTION_LIST("ssh", STATE, JOBS.ssh, NULL,                         \
	    "more arguments of ssh, such as -i and the file of a key"),        \
	FARM_OPTION_LIST("path", STATE, JOBS.path, NULL,                       \
	    "folders of the commands, before those of the system"),            \
	FARM_OPTION_MAP("environment", STATE, JOBS.environment,                \
	    "variables that the commands need beside PATH, LC_ALL=C and "      \
	    "TZ=UTC"),                                                         \
	FARM_OPTION_DURATION("timeout", STATE, JOBS.timeout_ns, "45s", 1e9,    \
	    3600e9, "for all commands of a cycle together"),                   \
	FARM_OPTION_DURATION("min_interval", STATE, JOBS.min_interval_ns,      \
	    "30s", 1e9, 86400e9,                                               \
	    "the system is not asked more often, whatever every says"),        \
	FARM_OPTION_DURATION("slow", STATE, JOBS.slow_ns, "10s", 1e7, 3600e9,  \
	    "when the answers took longer, the next cycle comes ten times "    \
	    "as long after"),                                                  \
	FARM_OPTION_ENUM("names", STATE, JOBS.names, "farmd",                  \
	    "farmd|monalisa", "by which names the parameters go"),             \
	FARM_OPTION_PATH("groups", STATE, JOBS.groups_file, NULL,              \
	    "a file of lines NAME GROUP, by which jobs are counted for "       \
	    "groups; without one an account is a group"),                      \
	FARM_OPTION_ENUM("groups_by", STATE, JOBS.groups_by, "account",        \
	    "account|user", "what NAME is in that file"),                      \
	FARM_OPTION_BOOLEAN("users", STATE, JOBS.users, "yes",                 \
	    "counts for each user"),                                           \
	FARM_OPTION_BOOLEAN("nodes", STATE, JOBS.nodes, "yes",                 \
	    "values for each node; without them only their totals"),           \
	FARM_OPTION_INTEGER("names_max", STATE, JOBS.names_max, "20000", 1,    \
	    1000000, "users, groups, queues and nodes, of each; more are "     \
	    "counted in the totals only"),                                     \
	FARM_OPTION_BOOLEAN("job_events", STATE, JOBS.job_events, "no",        \
	    "an event when a job is submitted, starts, is stopped or ends"),   \
	FARM_OPTION_BOOLEAN("job_values", STATE, JOBS.job_values, "no",        \
	    "values for each job"),                                            \
	FARM_OPTION_DURATION("job_lifetime", STATE, JOBS.job_lifetime_ns,      \
	    "10m", 1e9, 86400e9,                                               \
	    "how long the values of a job live once it is not listed"),        \
	FARM_OPTION_INTEGER("jobs_max", STATE, JOBS.jobs_max, "100000", 1,     \
	    10000000, "jobs that have events and values; more are counted "    \
	    "only"),                                                           \
	FARM_OPTION_SIZE("output_max", STATE, JOBS.output_max, "512MiB",       \
	    4096, 4294967296.0, "a command that says more has failed")

#define JOBS_ACCOUNTING(STATE, JOBS, HELP)                                     \
	FARM_OPTION_PATH("accounting", STATE, JOBS.accounting, NULL, HELP)

/* Instead of it, for systems that are asked. */
#define JOBS_PULLED(STATE, JOBS, HELP)                                         \
	FARM_OPTION_BOOLEAN("accounting", STATE, JOBS.pulled, "no", HELP),     \
	FARM_OPTION_DURATION("late", STATE, JOBS.late_ns, "1h", 0, 604800e9,   \
	    "how long after others a record may come to the accounting and "   \
	    "is still found")

/* The catalogue of what jobs_collect() emits. */
#define JOBS_COUNTS_OF(WHAT, OF)                                               \
	{ WHAT "_pending", FARM_GAUGE, "1", OF " that wait for their turn" },  \
	{ WHAT "_held", FARM_GAUGE, "1", OF " that may not begin yet" },       \
	{ WHAT "_running", FARM_GAUGE, "1", OF " that run" },                  \
	{ WHAT "_suspended", FARM_GAUGE, "1", OF " that began and are stopped" \
	}, { WHAT "_ending", FARM_GAUGE, "1", OF " that are just over" }

#define JOBS_PARAMETERS                                                        \
	{ "status", FARM_STATE, NULL,                                          \
	    "0 well, 2 not understood, 3 incomplete, 5 no such command, 6 "    \
	    "too slow, 7 the command failed" },                                \
	{ "latency", FARM_GAUGE, "s", "time that the commands took" },         \
	{ "snapshot_age", FARM_GAUGE, "s", "since the last whole snapshot" },  \
	{ "stale", FARM_STATE, NULL,                                           \
	    "is the snapshot of an earlier cycle?" },                          \
	JOBS_COUNTS_OF("jobs", "jobs"),                                        \
	{ "jobs_done", FARM_GAUGE, "1", "jobs that ended well and are "        \
	    "still listed" },                                                  \
	{ "jobs_failed", FARM_GAUGE, "1", "jobs that ended badly and are "     \
	    "still listed" },                                                  \
	{ "jobs_unknown", FARM_GAUGE, "1", "jobs in no such state" },          \
	JOBS_COUNTS_OF("slots", "slots of jobs"),                              \
	{ "wait_oldest", FARM_GAUGE, "s",                                      \
	    "how long the oldest pending job has waited" },                    \
	{ "wait_median", FARM_GAUGE, "s",                                      \
	    "how long half of the pending jobs have waited, within 1 %" },     \
	{ "efficiency", FARM_GAUGE, "%",                                       \
	    "CPU time of running jobs over the time they hold their slots" },  \
	{ "names_left_out", FARM_GAUGE, "1",                                   \
	    "jobs, nodes, queues beyond names_max" },                          \
	{ "waits_left_out", FARM_GAUGE, "1",                                   \
	    "waits of jobs for which 64 MiB had no room: their queue, user "   \
	    "or group has no wait_median" },                                   \
	{ "nodes_free", FARM_GAUGE, "1", "nodes that take jobs" },             \
	{ "nodes_full", FARM_GAUGE, "1", "nodes that take no more" },          \
	{ "nodes_closed", FARM_GAUGE, "1", "nodes that somebody closed" },     \
	{ "nodes_down", FARM_GAUGE, "1", "nodes that do not answer" },         \
	{ "nodes_unknown", FARM_GAUGE, "1", "nodes in no such state" },        \
	{ "slots_total", FARM_GAUGE, "1", "slots that there are" },            \
	{ "slots_used", FARM_GAUGE, "1", "slots that jobs hold" },             \
	{ "slots_free", FARM_GAUGE, "1",                                       \
	    "slots of nodes that take jobs, without jobs" },                   \
	{ "open", FARM_STATE, NULL, "does the queue take jobs?" },             \
	{ "active", FARM_STATE, NULL, "does the queue start jobs?" },          \
	{ "state", FARM_STATE, NULL, "the node's, in the system's words" },    \
	{ "up", FARM_STATE, NULL, "does the node answer?" },                   \
	{ "cpus", FARM_GAUGE, "1", "of the node" },                            \
	{ "load1", FARM_GAUGE, "1", "of the node, over a minute" },            \
	{ "load5", FARM_GAUGE, "1", "over five minutes" },                     \
	{ "load15", FARM_GAUGE, "1", "over a quarter of an hour" },            \
	{ "memory_total", FARM_GAUGE, "By", "of the node" },                   \
	{ "memory_free", FARM_GAUGE, "By", "of the node" },                    \
	{ "swap_total", FARM_GAUGE, "By", "of the node" },                     \
	{ "swap_free", FARM_GAUGE, "By", "of the node" },                      \
	{ "job_state", FARM_STATE, NULL,                                       \
	    "pending, held, running, suspended, ending, done, failed or "      \
	    "unknown" },                                                       \
	{ "job_slots", FARM_GAUGE, "1", "of the job" },                        \
	{ "job_wait", FARM_GAUGE, "s", "since a pending job came" },           \
	{ "job_wall", FARM_GAUGE, "s", "how long the job has run" },                \
	{ "job_cpu", FARM_GAUGE, "s", "CPU time that it used" }

/* ... where finished jobs are asked for. */
#define JOBS_PULLED_PARAMETERS                                                 \
	{ "accounting_status", FARM_STATE, NULL,                               \
	    "how asking for finished jobs went, as status" },                  \
	{ "accounting_latency", FARM_GAUGE, "s", "time that it took" }

/* Of each system's page. */
#define JOBS_DESCRIPTION                                                       \
	"Totals go by the target's own names; a queue, user, group or node "   \
	"is a node of the cluster `CLUSTER_queues`, `CLUSTER_users`, "         \
	"`CLUSTER_groups` or `CLUSTER_nodes` beside it.\n\nWith `names: "      \
	"monalisa` they go by the names of LSFJobs (`Running`, `Pending`, "    \
	"...), monPN_* (clusters `PN_SYSTEM` and `PN_SYSTEM_Statistics`) and " \
	"monOsgVoJobs: a virtual organisation, which is a group, is a node "   \
	"of CLUSTER, a user of `CLUSTER_Users`, all together are `Totals` of " \
	"`CLUSTER_Totals`. Each has `RunningJobs`, `IdleJobs`, `HeldJobs`, "   \
	"`UnkownJobs`, `TotalJobs`, `VO_Status` or `User_Status` (1: has no "  \
	"jobs); from the second snapshot on, as far as the system says it, "   \
	"what was since the one before: `SubmittedJobs`, `FinishedJobs`, "     \
	"`CPUTime`, `WallClockTime` (s), `RunTime` (min); where jobs that "    \
	"are over are listed, or there is `accounting`, which is a cycle "     \
	"behind, `FinishedJobs_Success` and `FinishedJobs_Error`. All of "     \
	"these again in `CLUSTER_Rates` and `CLUSTER_Users_Rates` (of "        \
	"`Totals`: node `Total_Rates`), with `_R` behind the name, by the "    \
	"second. With `job_values` jobs are nodes of `VO_JOBS_OSG`: "          \
	"`CPUTime`, `RunTime`, `WallClockTime`. Who would have come and gone " \
	"between two snapshots is in none, and elements of an array that are " \
	"listed together come when they begin. `JobsSize` and `DiskUsage` "    \
	"are not given.\n\nNo value is made up. When a command fails, is "      \
	"late or says what cannot be read to its end, the cycle gives "        \
	"`status` and `latency`, the error quotes the command line, and no "   \
	"count comes. The system is asked no more often than "                 \
	"`min_interval`, and after failures or slow answers less often; "      \
	"the cycles between say with `stale` and `snapshot_age` how old the "  \
	"last values are. A user or group without jobs is 0 once.\n\n"

/* ... and of those with an accounting log. */
#define JOBS_ACCOUNTING_DESCRIPTION                                            \
	"With `accounting` each finished job becomes one accounting record: "  \
	"`system`, `job`, `task`, `name`, `user`, `group`, `queue`, `node`, "  \
	"`submitted`, `started`, `ended` (seconds since 1970), `wall`, `cpu` " \
	"(s), `slots`, `memory` (the most, in bytes), `exit` or `signal`, and " \
	"`state`: `done` or `failed`, as far as the log says it. "             \
	"The log is read here, also with `via`; it begins where it ended when "\
	"it was first seen. A checkpoint goes with the records, so each comes "\
	"once, over restarts and rotations, as long as the log's other files " \
	"are not packed.\n\n"

/* A line or more of a list of finished jobs. */
struct job_pulled {
	struct slice text; /* all of it */
	uint64_t key;	   /* of this run of the job, and no other */
	struct job_record record;
	bool partial; /* more of it may come to the list later */
	char node[FARM_NAME_MAX + 1]; /* room for the record's */
};

struct job_list {
	struct slice rest;
	const char *mark;
	size_t line; /* that was read last */
};

/* How a system is asked for finished jobs.  `mark' is a word that nobody can
   have foreseen, to stand between fields. */
struct job_source {
	/* The command line for those that ended from..to, seconds since 1970,
	   both included; in the arena, NULL if memory is out. */
	const char *const *(*argv)(struct arena *, int64_t from, int64_t to,
	    const char *mark);
	/* The next: 1, 0 if there is none, -1 and err. */
	int (*next)(struct job_list *, struct job_pulled *ret, struct error *);
};

/* Reads one command's output, which is whole, into the census. */
typedef int jobs_parse(struct census *, struct slice output, struct error *);

struct jobs_command {
	const char *const *argv; /* NULL at the end */
	jobs_parse *parse;
	/* It failed, but only because there is nothing to list.  May be
	   NULL. */
	bool (*is_empty)(struct slice errors);
	/* Its output is a JSON object of any length, and parse() gets each
	   element of this list in it; NULL: parse() gets all. */
	const char *list;
	/* The parameter that says how it went; NULL: it is a part of the
	   snapshot, and fails with it. */
	const char *status;
};

struct jobs_system {
	const char *name;	 /* "LSF", as in PN_LSF */
	bool lists_finished;	 /* jobs that are over are among them */
	const struct jobs_command *commands; /* argv NULL ends the list */
	/* Instead of them, where releases differ: a command that is run once
	   for each target, and which commands they are by what it says. */
	const char *const *release;
	const struct jobs_command *(*choose)(struct slice output);
	job_record_parse *record; /* one of its accounting log */
	const char *record_last;  /* its last line begins so; NULL: it has
				     one line */
	const struct job_source *source; /* where it has no log */
	const char *variable; /* "NAME=value" for all commands; NULL: none */
};

/* What is remembered of a target: its state. */
struct jobs_memory {
	int64_t next_mono_ns; /* not asked before */
	int64_t taken_mono_ns; /* the last whole snapshot; 0: none */
	int64_t failures;      /* in a row */
	struct census *last;
	const struct jobs_command *commands; /* chosen; NULL: not yet */
	struct census *ended; /* since then, as accounting says; or NULL */
	int64_t pull_next_mono_ns; /* the same of finished jobs */
	int64_t pull_failures;
};

/* The module's callbacks, of a state that begins with a struct jobs; open() is
   the module's own, and calls jobs_open(). */
int jobs_check(struct farm_host *, const void *state);
int jobs_open(struct farm_host *, struct jobs *, const struct jobs_system *);
void jobs_close(struct farm_host *, void *state);
int jobs_collect(struct farm_host *, const void *state, struct farm_target *);
void jobs_target_close(struct farm_host *, void *state, struct farm_target *);

#endif
