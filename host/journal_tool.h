/*
 * journal_tool.h - a journal looked at without its daemon, which may run:
 * nothing is changed.  `farmd --journal'.
 */
#ifndef HOST_JOURNAL_TOOL_H
#define HOST_JOURNAL_TOOL_H

#include <stdbool.h>

#include "buffer.h"
#include "error.h"

/* A line of text, or an object of a JSON array, for each segment of `folder'.
   With `verify' each is read through.  How many are bad, or -1. */
int journal_tool(const char *folder, bool verify, bool json, struct buffer *,
    struct error *);

#endif
