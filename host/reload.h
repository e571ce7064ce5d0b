/*
 * reload.h - the configuration changes while the farm runs.  Two phases: read
 * all of it anew and plan; then, only if all of it is good, touch what changed.
 * One change at a time.  Each becomes a FARM_CONFIG record of the stream and a
 * line of STATE/config-history.jsonl, which is kept below 1 MiB.
 */
#ifndef HOST_RELOAD_H
#define HOST_RELOAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "buffer.h"
#include "error.h"
#include "farm.h"
#include "problems.h"

enum reload_origin { RELOAD_SIGNAL, RELOAD_API, RELOAD_START };

/* Who asked for it, and for what: "reload", "set clusters.x.nodes". */
struct reload_request {
	enum reload_origin origin;
	uid_t uid;
	pid_t pid;
	const char *by; /* who it was, if no user of this machine; else NULL */
	const char *what;
	bool plan_only;
};

/* What came of it. */
struct reload_answer {
	struct buffer plan; /* JSON; empty if it did not come to a plan */
	struct problems problems; /* of the files; warnings too */
	struct error why; /* of a failure; problems say more */
};
#define RELOAD_ANSWER_INIT { .plan = BUFFER_INIT }
void reload_answer_free(struct reload_answer *);

/* Has a thread for signals.  NULL if memory is out. */
struct reload *reload_new(struct farm *);
/* Waits for the change under way. */
void reload_free(struct reload *); /* NULL is fine */

/* The farm runs: begin the history with its configuration, if that is another
   than the last one there. */
void reload_started(struct reload *);
/* SIGHUP came, from this process: returns at once. */
void reload_signal(struct reload *, uid_t, pid_t);
/* No change is made meanwhile. */
void reload_hold(struct reload *);
void reload_let_go(struct reload *);
/* A collector hangs, see farm_rescue(), or the lease of a loaded filter is
   over.  Returns at once. */
void reload_rescue(struct reload *);
/* Read and apply; -1 if nothing was changed because something is wrong.  Any
   thread; takes some seconds at most. */
int reload_run(struct reload *, const struct reload_request *,
    struct reload_answer *);
/*
 * Change one piece: set it to the value (NULL: remove what the path names), keep
 * that in STATE/changes.yaml and apply it as a reload does.
 */
int reload_edit(struct reload *, struct reload_request *, const char *path,
    const struct farm_tree *value, struct reload_answer *);
/* The configuration that runs, as YAML with the origin of each piece; secrets
   are left out. */
void reload_show(struct reload *, struct buffer *);

#endif
