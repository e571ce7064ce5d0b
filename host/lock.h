/*
 * lock.h - one daemon per state folder.
 */
#ifndef HOST_LOCK_H
#define HOST_LOCK_H

#include "error.h"

/*
 * Make the folder (its parents too) if need be and lock STATE/farmd.lock until
 * the process ends.  Returns the descriptor, or -1: "another farmd (pid N)
 * uses STATE".
 */
int lock_state(const char *state, struct error *);

/* Make a folder and its parents, mode 0755. */
int make_folder(const char *path, struct error *);

#endif
