/*
 * confine.h - what a process gives up for ever, before or after exec(): files
 * to write to, system calls, its share of the machine.  For the spawn helper
 * and the workers it starts.
 */
#ifndef HOST_CONFINE_H
#define HOST_CONFINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buffer.h"
#include "error.h"

/* What holds, as a set of bits. */
enum confinement {
	CONFINED_PRIVILEGES = 1 << 0, /* no_new_privs */
	CONFINED_CAPABILITIES = 1 << 1,
	CONFINED_USER = 1 << 2,
	CONFINED_MEMORY = 1 << 3, /* address space */
	CONFINED_FILES = 1 << 4,  /* descriptors */
	CONFINED_NICE = 1 << 5,
	CONFINED_CPU_TIME = 1 << 6,
	CONFINED_WRITE = 1 << 7, /* the file system can be read only */
	CONFINED_SYSTEM_CALLS = 1 << 8,
	CONFINED_EXEC = 1 << 9,
	CONFINED_CPUS = 1 << 10, /* this and the rest by a cgroup */
	CONFINED_RESIDENT = 1 << 11,
	CONFINED_PROCESSES = 1 << 12,
};
/* Their names as a JSON array. */
void confinement_json(struct buffer *, uint32_t set);

/*
 * From now on this process and its children write only below `paths', ending
 * in a newline each, and to /dev/null and its like: 1; 0 if the kernel cannot
 * do that; -1 with the reason.  Needs no_new_privs.
 */
int confine_writing(const char *paths, struct error *);

/*
 * System calls that no module needs give EPERM: those that debug others, mount,
 * change the kernel, its clocks, keys or namespaces.  1, 0 and -1 as above.
 */
int confine_system_calls(struct error *);
/* No other program is executed any more. */
int confine_exec(struct error *);

/* --- control groups, of version 2; each worker has one of its own --- */

struct confine_group {
	int64_t resident_bytes; /* each: 0: no bound */
	int64_t processes;
	double cpus;
};

/*
 * The folder below which groups can be made, with controllers for them:
 * `wanted', or what /proc says was delegated to this process, which then moves
 * to a group below it with its parent.  -1 with the reason.
 */
int confine_group_root(const char *wanted, char *ret, size_t size,
    struct error *);
/* Make the group; the bits that hold then go to *ret_set. */
int confine_group_make(const char *path, const struct confine_group *,
    uint32_t *ret_set, struct error *);
/* The calling process joins it. */
int confine_group_join(const char *path, struct error *);
/* All in it are killed, and it goes. */
void confine_group_remove(const char *path);

#endif
