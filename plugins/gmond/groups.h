/*
 * groups.h - what is measured together, and when: gmond's collection groups.
 * A group is measured every so often; its values are given when one of them
 * has changed by its threshold, or when that has not been for a while.
 */
#ifndef GMOND_GROUPS_H
#define GMOND_GROUPS_H

#include "conf.h"
#include "reading.h"

struct group {
	struct group *next;
	bool once;
	int64_t every_ns;
	int64_t send_ns; /* 0: given each time */
	int64_t due_mono_ns;
	int64_t send_mono_ns; /* when it has to be given */
	struct reading *readings;
};

struct groups {
	struct group *first, **end;
	struct module *modules;
	struct naming_rules rules;
	const struct ganglia *ganglia;
	struct series_table *table;
	bool thresholds; /* heed them */
	struct arena *arena;
};

/* What is worth a line of the log, but no failure. */
typedef void groups_say(void *cookie, const char *text);

/* A group as configured; metrics that no module has are said. */
int groups_add(struct groups *, const struct conf_group *, groups_say *,
    void *cookie, struct error *);
/* All that a module has, every so often. */
int groups_add_module(struct groups *, struct module *, int64_t every_ns,
    struct error *);

/* When the next one is due. */
int64_t groups_due(const struct groups *);
/*
 * Measure the group if it is due; true if its values are to be given now.
 */
bool group_take(struct group *, int64_t now_mono_ns);

#endif
