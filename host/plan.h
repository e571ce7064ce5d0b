/*
 * plan.h - what it takes to get from one configuration to another: a pure
 * comparison, made before anything is touched.
 */
#ifndef HOST_PLAN_H
#define HOST_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "config.h"

enum plan_step {
	PLAN_KEPT,
	PLAN_CHANGED,
	PLAN_ADDED,
	PLAN_REMOVED,
};

/* What changed of an instance: bits. */
#define PLAN_INTERVAL 0x01u /* every, deadline, align */
#define PLAN_NODES 0x02u
#define PLAN_OPTIONS 0x04u
#define PLAN_LIFETIME 0x08u
#define PLAN_MATCH 0x10u /* match, keep, backlog */

/*
 * One instance.  What is not enabled is not there; one that keeps its name but
 * not its module, its worker or the limits there is removed and added.
 */
struct plan_item {
	enum plan_step step;
	const struct instance_config *before; /* NULL: added */
	const struct instance_config *after;  /* NULL: removed */
	unsigned what;
	size_t nodes_added;
	size_t nodes_removed;
};

/* In the order of the new configuration, then what is removed. */
struct plan_list {
	struct plan_item *items;
	size_t n;
	bool reordered; /* what stays stands in another order */
};

/* At most so many sections can want a restart. */
#define PLAN_SECTIONS_MAX 16

struct plan {
	struct plan_list collectors;
	struct plan_list filters;
	struct plan_list writers;
	/* Keys whose change needs a restart: "socket", "limits", ... */
	const char *restart[PLAN_SECTIONS_MAX];
	size_t n_restart;
};

/*
 * Compare.  The plan points into both configurations, which must outlive it.
 * -1 if memory is out.
 */
int plan_make(struct plan *ret, const struct config *before,
    const struct config *after);
void plan_free(struct plan *);
/* Only which sections need a restart, against another `before': what a daemon
   was started with. */
void plan_sections(struct plan *, const struct config *before,
    const struct config *after);

/* Would anything be touched?  What needs a restart is not. */
bool plan_is_empty(const struct plan *);

/*
 * {"kept":3,"changed":[{"instance":..,"role":..,"what":["interval",..],
 * "nodes_added":1,"nodes_removed":0}],"added":[{"instance","role"}],
 * "removed":[...],"restart":["socket"]}
 */
void plan_json(struct buffer *, const struct plan *);
/* The same in one line for the log: "1 changed (hosts/proc: interval), ...". */
void plan_text(struct buffer *, const struct plan *);

#endif
