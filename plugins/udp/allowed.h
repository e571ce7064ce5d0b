/*
 * allowed.h - who may send: the networks of an option, and those of a file,
 * which is read again when it has changed.
 */
#ifndef UDP_ALLOWED_H
#define UDP_ALLOWED_H

#include <stdbool.h>
#include <sys/stat.h>

#include <farm/module.h>

#include "error.h"
#include "networks.h"

/* Zeroed at first: all may. */
struct allowed {
	struct networks configured;
	struct networks listed;
	const char *path; /* the option's; NULL: no file */
	struct stat seen; /* of the file that was read last */
};

/* -1, each mistake said to the host with its place. */
int allowed_open(struct allowed *, struct farm_host *,
    const struct farm_list *, const char *path);
bool allowed_has(const struct allowed *, const struct place *);
/*
 * Now and then: is it another file, or another text?  One that is gone or
 * wrong leaves all as it was, and is told in the log.
 */
void allowed_look(struct allowed *, struct farm_host *);
void allowed_free(struct allowed *);

#endif
