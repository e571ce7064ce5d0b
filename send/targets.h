/*
 * targets.h - destinations of a client of ApMon, and the file they come from.
 */
#ifndef SEND_TARGETS_H
#define SEND_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "apmon.h"
#include "error.h"
#include "slice.h"

struct target {
	int fd;
	char *name; /* HOST:PORT, for messages */
	char *password;
	struct apmon_sender apmon;
};

/* Begins zeroed. */
struct targets {
	struct target *items;
	size_t n;
	double rate; /* below 0: not said */
	bool recheck;
	int64_t recheck_ns;
};

/* What was read of a file: enough to see that it is another one. */
struct file_mark {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

/* "HOST[:PORT] [PASSWORD]"; `instance' is the client's. */
int targets_add(struct targets *, struct slice line, uint32_t instance,
    struct error *);
/* All of a file, "PATH:LINE: ..." if something is wrong. */
int targets_read(struct targets *, const char *path, uint32_t instance,
    struct file_mark *ret, struct error *);
/* Is it not the one that was read?  One that is gone is no other. */
bool targets_changed(const char *path, const struct file_mark *);
void targets_free(struct targets *);

#endif
