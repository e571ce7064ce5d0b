/*
 * tree_text.h - a piece of configuration as YAML again.
 */
#ifndef HOST_TREE_TEXT_H
#define HOST_TREE_TEXT_H

#include <farm/module.h>

#include "buffer.h"

/* On one line; reads back as it was, "$" included. */
void tree_flow(struct buffer *, const struct farm_tree *);

/*
 * On lines of their own, each piece with where it stands as a comment.
 * `note' (NULL: none) may put the text of a piece itself and return true: for
 * what must not be shown.
 */
typedef bool tree_note_fn(void *context, struct buffer *,
    const struct farm_tree *);
void tree_block(struct buffer *, const struct farm_tree *, tree_note_fn *,
    void *context);

#endif
