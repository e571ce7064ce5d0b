/*
 * mib.h - farmctl mib: names and numbers of SNMP's objects, from farmd's own
 * catalogue and from MIB files.
 */
#ifndef CLI_MIB_H
#define CLI_MIB_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "objects.h"
#include "problems.h"

/* Exit codes, those of farmctl. */
enum { MIB_FINE = 0, MIB_FAILED = 2, MIB_USAGE = 64 };

#define MIB_INPUTS_MAX 256

struct mib {
	const char *inputs[MIB_INPUTS_MAX]; /* of -M */
	size_t n_inputs;
	const char *output; /* NULL: stdout */
	bool force;
};

/*
 * Read MIB files, and all files of folders, with net-snmp and put what their
 * modules define as a catalogue (objects.h).  What is wrong with a MIB is a
 * warning; all else of it counts.  0, or -1 if an input cannot be read.  Once
 * in a process: net-snmp's tree is a global.
 */
int mib_files_read(struct buffer *out, const char *const *inputs, size_t n,
    struct problems *);

/* farmd's catalogue and those of -M; NULL if it was said why not. */
struct objects *mib_objects(const struct mib *);
/* Print problems to stderr; false if one is an error. */
bool mib_say(struct problems *);
/* "farmctl: mib: ..." on stderr; returns `code'. */
__attribute__((format(printf, 2, 3))) int mib_fail(int code,
    const char *format, ...);
/* As a line of a catalogue; `instance' is what follows the name, or "". */
void mib_print(struct buffer *, const struct object *, const char *instance,
    struct ber_bytes oid);
/* A text of a catalogue's details: what has a meaning there as %XX. */
void mib_put_escaped(struct buffer *, const char *text);
/* To the output, or stdout; frees the text.  An exit code. */
int mib_write(const struct mib *, struct buffer *);

int mib_resolve(const struct mib *, int argc, char **argv);
int mib_search(const struct mib *, int argc, char **argv);
int mib_compile(const struct mib *, int argc, char **argv);
int mib_profile(const struct mib *, int argc, char **argv);

#endif
