/*
 * stubs.h - programs of a batch system that say what was recorded, and what a
 * collector makes of it.
 */
#ifndef TESTS_STUBS_H
#define TESTS_STUBS_H

#include <stdbool.h>
#include <stddef.h>

#include "census.h"
#include "fake_host.h"
#include "jobs.h"

/* A folder of programs, below the current one. */
struct stubs {
	char folder[64];
	const char *data; /* where the recordings are */
	struct fake_host *fake;
	struct farm_target *target;
};

/* The module that is linked in, with a target farm/head. */
void stubs_begin(struct stubs *, const char *system);
void stubs_end(struct stubs *);
/* Program `name' says the recorded file (NULL: nothing) and ends so, with
   `errors' (NULL: nothing) on stderr. */
void stub(struct stubs *, const char *name, const char *recorded, int status,
    const char *errors);
/* One whose script this is. */
void stub_script(struct stubs *, const char *name, const char *script);
/* Open with the folder as path, and any other options, up to NULL. */
__attribute__((sentinel)) void stubs_open(struct stubs *, ...);
/* One cycle: 0 or -1.  What was said before is forgotten. */
int stubs_collect(struct stubs *);
/* One that goes well, or the test fails, however soon after the last. */
void stubs_cycle(struct stubs *);
/* A text file in the folder, anew or at its end. */
void stubs_write(const struct stubs *, const char *name, const char *text);
void stubs_append(const struct stubs *, const char *name, const char *text);

/* A value of CLUSTER/NODE/PARAMETER; fails the test if there is none. */
double stubs_value(const struct stubs *, const char *cluster, const char *node,
    const char *parameter);
/* It is there, and that. */
struct stubs_wanted {
	const char *cluster, *node, *parameter;
	double value;
};
void stubs_want_all(const struct stubs *, const struct stubs_wanted *,
    size_t n);
void stubs_want(const struct stubs *, const char *cluster, const char *node,
    const char *parameter, double want);
bool stubs_has(const struct stubs *, const char *cluster, const char *node,
    const char *parameter);
const char *stubs_text(const struct stubs *, const char *cluster,
    const char *node, const char *parameter);

/* In whatever way `program' fails, there is a status and an error that begins
   with its name, and no count. */
void check_failures(void (*begin)(struct stubs *), const char *program);

/*
 * An accounting log, empty at first, for the option `accounting', and what
 * the recorded file then adds to it; in any number of cycles, payloads of the
 * records must be the lines of the file `wanted'.
 */
void check_accounting(void (*begin)(struct stubs *), const char *recorded,
    const char *wanted);

/* A recorded file; the test frees it. */
char *recorded(const struct stubs *, const char *name, size_t *ret_size);
/* Read `text' into a census of its own, that the caller frees; NULL and
   *ret_error if it could not be read. */
struct census *read_text(jobs_parse *, const char *text, size_t size,
    struct error *ret_error);
/* What cannot be read, and the exact reasons. */
struct stubs_bad {
	jobs_parse *parse;
	const char *text, *want;
};
void check_bad(const struct stubs_bad *, size_t n);
/*
 * Of a recorded file, what breaks off in the middle of any line is found out;
 * and if `whole_only', also what breaks off between two.  Whether nothing at
 * all is right is another matter.
 */
void check_truncations(const struct stubs *, jobs_parse *, const char *name,
    bool whole_only);

#endif
