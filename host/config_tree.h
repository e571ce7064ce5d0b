/*
 * config_tree.h - several YAML trees become one: what conf.d/ adds to the
 * main file.
 */
#ifndef HOST_CONFIG_TREE_H
#define HOST_CONFIG_TREE_H

#include <farm/module.h>

#include "arena.h"
#include "problems.h"

/*
 * Mappings are united key by key, lists are joined, anything else given twice
 * is a problem that names both places.  The result shares nodes with both.
 */
const struct farm_tree *config_merge(struct arena *, const struct farm_tree *,
    const struct farm_tree *, struct problems *);

/*
 * From now on the file `path' is read as if it were NAME in conf.d/: would a
 * configuration with it be good?  Both are borrowed.
 */
void config_try(const char *name, const char *path);
/*
 * Read `path' and conf.d/ (*.yaml) beside it, in the order of their names,
 * into one tree.  NULL if there were errors or memory is out.
 */
const struct farm_tree *config_read(struct arena *, const char *path,
    struct problems *);

#endif
