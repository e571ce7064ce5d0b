/*
 * changes.h - changes of the configuration made while the farm runs: a list in
 * STATE/changes.yaml, applied over the operator's files, in order, whenever
 * these are read.  A path names a piece: clusters.workers.collect.reach.every.
 * Its steps are keys; below "collect" and "filters" names of instances, below
 * "nodes" names of nodes, below a writer its keys or its module's options.  A
 * step that holds a dot stands in double quotes.
 */
#ifndef HOST_CHANGES_H
#define HOST_CHANGES_H

#include <farm/module.h>

#include "arena.h"
#include "buffer.h"
#include "error.h"
#include "problems.h"

/* The file never holds more than this. */
#define CHANGES_MAX 10000

/*
 * The list of STATE/changes.yaml, NULL if there is none.  What cannot be read
 * is a problem.
 */
const struct farm_tree *changes_read(struct arena *, const char *state,
    struct problems *);
/* Replaces the file, so that it holds the old list or the new one. */
int changes_write(const char *state, const struct farm_tree *list,
    struct error *);

/* {time, user, set: PATH, value} or {time, user, remove: PATH} (value NULL);
   NULL if memory is out. */
const struct farm_tree *change_new(struct arena *, int64_t time_ns,
    const char *user, const char *path, const struct farm_tree *value);
/*
 * The list with one more (NULL: none yet).  Those it makes void are left out:
 * all at its path or below it.  NULL with the reason.
 */
const struct farm_tree *changes_add(struct arena *,
    const struct farm_tree *list, const struct farm_tree *change,
    struct error *);

/*
 * The root with the change made; shares what did not change.  NULL with a
 * reason that lists what is there if the path leads nowhere.  "*" in a removal
 * stands for any run of characters of one step.
 */
const struct farm_tree *change_apply(struct arena *,
    const struct farm_tree *root, const struct farm_tree *change,
    struct error *);
/* All of them; one that does not apply any more is a warning. */
const struct farm_tree *changes_apply(struct arena *,
    const struct farm_tree *root, const struct farm_tree *list,
    struct problems *);

/* Without those that have no effect any more; NULL if memory is out. */
const struct farm_tree *changes_prune(struct arena *,
    const struct farm_tree *root, const struct farm_tree *list);

/* The change of the list that the piece comes from; NULL: an operator's. */
const struct farm_tree *change_of(const struct farm_tree *list,
    const struct farm_tree *at);

#endif
