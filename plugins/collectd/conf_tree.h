/*
 * conf_tree.h - options of farm.yaml as collectd's option tree.
 *
 *   options:                        <Plugin df>
 *     MountPoint: [/, /home]          MountPoint "/"
 *                                     MountPoint "/home"
 *     ReportInodes: true              ReportInodes true
 *     Interval: 5                     Interval 5
 *     Import: [[a, b], c]             Import "a" "b"
 *                                     Import "c"
 *     Timeouts: {Read: 1}             <Timeouts> Read 1 </Timeouts>
 *     Host db1:                       <Host "db1">
 *       Port: 25                        Port 25
 *                                     </Host>
 *     Host "my db":                   <Host "my db">
 *       Port: 25                        Port 25
 *                                     </Host>
 *
 * - A key is the option's name; after a blank follow arguments as collectd.conf
 *   writes them, so a key reads like the option itself.  They come before those
 *   of the value.
 * - A scalar is one argument.  In quotes it is a string; else true, yes, on,
 *   false, no, off are booleans, what collectd.conf takes for a number is a
 *   number, and all other text is a string.  An empty value (`Host a:`) is no
 *   further argument.
 * - A list repeats the option, once for each member; a list within it is the
 *   arguments of one option.
 * - A mapping is a block.  `_args` in it (a scalar or a list) is its arguments,
 *   for those who would not put them into the key, and in lists:
 *   Host: [{_args: db1, Port: 25}, {_args: db2}].
 */
#ifndef COLLECTD_CONF_TREE_H
#define COLLECTD_CONF_TREE_H

#include <farm/module.h>

#include "abi.h"
#include "error.h"

/*
 * The block <KEY NAME> (name may be NULL) with the options of `tree', which is
 * a mapping or NULL.  Returns 0 and the block, to be freed by oconfig_free(), or
 * -1 with "FILE:LINE: why".
 */
int conf_from_tree(const char *key, const char *name,
    const struct farm_tree *tree, oconfig_item_t **ret, struct error *err);

#endif
