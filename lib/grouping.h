/*
 * grouping.h - what filters have in common that say something of many series
 * together: options, groups, the names of the results, and when it is said.
 */
#ifndef LIB_GROUPING_H
#define LIB_GROUPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "derived.h"
#include "group.h"
#include "rows.h"
#include "template.h"

#define GROUPING_DAY_NS 86400e9

/* Options that such a filter has. */
struct grouping_options {
	struct farm_list by;
	const char *texts[GROUP_NAMES];
	int64_t every_ns;
	int64_t expire_ns;
	bool replace;
};

#define GROUPING_NAME(STATE, FIELD, NAME, TEXT)                                \
	FARM_OPTION_STRING(TEXT, STATE, FIELD.texts[NAME], "{" TEXT "}",       \
	    "template of the results' " TEXT)

#define GROUPING_OPTIONS(STATE, FIELD)                                         \
	FARM_OPTION_LIST("by", STATE, FIELD.by, "[farm, cluster, parameter]",  \
	    "names in which groups differ: farm, cluster, node, parameter"),   \
	FARM_OPTION_DURATION("every", STATE, FIELD.every_ns, "20s", 1e9,       \
	    GROUPING_DAY_NS, "how often results come, at multiples of it"),    \
	FARM_OPTION_DURATION("expire", STATE, FIELD.expire_ns, "10m", 1e9,     \
	    GROUPING_DAY_NS, "a number older than that does not count"),       \
	GROUPING_NAME(STATE, FIELD, GROUP_FARM, "farm"),                       \
	GROUPING_NAME(STATE, FIELD, GROUP_CLUSTER, "cluster"),                 \
	GROUPING_NAME(STATE, FIELD, GROUP_NODE, "node"),                       \
	GROUPING_NAME(STATE, FIELD, GROUP_PARAMETER, "parameter"),             \
	FARM_OPTION_BOOLEAN("replace", STATE, FIELD.replace, "false",          \
	    "the numbers themselves go no further")

/* Said of each group: the end of the parameter's name, behind "_", and the
   unit; NULL: that of the numbers.  Borrowed from the context. */
struct grouping_output {
	const char *text;
	const char *unit;
};
typedef struct grouping_output grouping_output_fn(
    const void *context, size_t output);

/* Starts zeroed.  The state of each series is a struct member. */
struct grouping {
	const struct grouping_options *options;
	grouping_output_fn *output;
	const void *context;
	size_t n_outputs;
	struct template *templates[GROUP_NAMES];
	struct groups groups;
	struct derived derived;
	struct rows rows;
	int64_t due_ns; /* 0: not known yet */
};

/* In open(); options and context must outlive it.  -1, said to the host. */
int grouping_open(struct farm_host *, struct grouping *,
    const struct grouping_options *, size_t n_outputs, grouping_output_fn *,
    const void *context);
void grouping_close(struct grouping *); /* also one never opened */

/* The callbacks of a filter. */
int grouping_apply(struct farm_host *, struct grouping *,
    const struct farm_record *);
void grouping_forget(struct farm_host *, struct grouping *, struct member *);

/* The group of these names and unit, whose results have their series; NULL,
   said to the host. */
struct group *grouping_find(
    struct farm_host *, struct grouping *, const struct farm_series *names);
/* It goes if nothing is in it any more. */
void grouping_settle(struct farm_host *, struct grouping *, struct group *);

/* Is it time?  *ret_ns is the time of what is said then. */
bool grouping_is_due(struct grouping *, int64_t now_ns, int64_t *ret_ns);
/* For each group, in any order; ends with the first that fails.  The call may
   make its group go. */
typedef int grouping_fn(
    struct farm_host *, void *context, struct group *, int64_t now_ns);
int grouping_each(struct farm_host *, struct grouping *, grouping_fn *,
    void *context, int64_t now_ns);

/* Is its number young enough? */
bool grouping_counts(
    const struct grouping *, const struct member *, int64_t now_ns);
/* Say one number of a group; what is not finite is left out. */
int grouping_put(struct farm_host *, struct grouping *, const struct group *,
    size_t output, double number);
/* Emit what was put since. */
int grouping_emit(struct farm_host *, struct grouping *, int64_t time_ns);

#endif
