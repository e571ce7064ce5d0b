/*
 * trial.h - run collectors once and print what they give; nothing is written,
 * no filter or writer is even opened.
 */
#ifndef HOST_TRIAL_H
#define HOST_TRIAL_H

#include <stdbool.h>

#include "config.h"
#include "error.h"

/*
 * Each target of instance `name' (NULL: all collectors) once.  Values go to
 * stdout, as a table or as JSON lines; failures to stderr.  Returns how many
 * instances failed in part or whole, -1 with the reason if nothing could run.
 */
int trial_run(const struct config *, const char *name, bool json,
    struct error *);

#endif
