/*
 * conf_try.h - whether Ganglia's library likes a file: it ends the process if
 * not, so a child of ours is asked.
 */
#ifndef GMOND_CONF_TRY_H
#define GMOND_CONF_TRY_H

#include "error.h"
#include "ganglia.h"
#include "slice.h"

/* -1 with what the library said, and where. */
int conf_try(const struct ganglia *, const char *path, struct error *);
/*
 * The line, from 1, that sets or opens what `word' names, in the text of a
 * file; 0: none.  libconfuse does not say it for an option that is unknown.
 */
unsigned conf_line_of(struct slice text, struct slice word);

#endif
