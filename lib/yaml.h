/*
 * yaml.h - YAML files as trees that know where each piece stands.
 */
#ifndef LIB_YAML_H
#define LIB_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include <farm/module.h>

#include "arena.h"
#include "problems.h"

/* Deeper nesting, more nodes or larger files are errors. */
#define YAML_DEPTH_MAX 32
#define YAML_NODES_MAX 2000000
#define YAML_BYTES_MAX (64 << 20)

/*
 * Read one document into `arena' (also the file's name).  ${NAME} and
 * ${NAME:-default} in plain and double-quoted scalars are replaced from the
 * environment, $$ is a dollar sign; a variable that is not set and has no
 * default is an error.  Anchors and aliases work, duplicate keys, tags and a
 * second document are errors.  An empty file is an empty mapping.
 *
 * Returns 0 and the root, or -1 with every problem found added.
 */
int yaml_load(struct arena *arena, const char *path,
    const struct farm_tree **ret, struct problems *);
/* The same, as if the file were called `name'. */
int yaml_load_as(struct arena *arena, const char *path, const char *name,
    const struct farm_tree **ret, struct problems *);
/* The same from memory; `name' stands for the file in messages. */
int yaml_parse(struct arena *arena, const char *name, const char *text,
    size_t size, const struct farm_tree **ret, struct problems *);

/* The child of a mapping with this key; NULL if none. */
const struct farm_tree *tree_get(const struct farm_tree *, const char *key);
/* Do both say the same, wherever they stand?  NULL is equal to NULL only. */
bool tree_equal(const struct farm_tree *, const struct farm_tree *);
/* A copy that needs nothing of the original; NULL if that is NULL or memory
   is out. */
const struct farm_tree *tree_dup(struct arena *, const struct farm_tree *);
/* "a string", "a list", "a mapping": for messages. */
const char *tree_kind_name(const struct farm_tree *);
/* As JSON (scalars that look like numbers or booleans, and are not quoted,
   as such). */
struct buffer;
void tree_json(struct buffer *, const struct farm_tree *);

#endif
