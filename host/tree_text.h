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
 * `note' (NULL: none) may add to the text of a piece or put another there;
 * unless it returns true, what is in the piece is not shown.
 */
typedef bool tree_note_fn(void *context, struct buffer *,
    const struct farm_tree *);
void tree_block(struct buffer *, const struct farm_tree *, tree_note_fn *,
    void *context);

#endif
