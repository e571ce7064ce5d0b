/*
 * module_note.h - what module_note() is made of, for lint and for tests: the
 * stamp of a module from the bytes of its file.
 */
#ifndef HOST_MODULE_NOTE_H
#define HOST_MODULE_NOTE_H

#include <stddef.h>

#include <farm/module.h>

#include "error.h"

/*
 * All bytes of a regular file; *ret is the caller's, freed by free().  The
 * reason for a failure does not name the path.
 */
int note_read_file(const char *path, void **ret, size_t *ret_size,
    struct error *);

/*
 * The stamp in an ELF file of these bytes, checked by stamp_check(), with 0
 * for what its compiler did not know.  Bounded by the bytes given, whatever
 * they claim.  The reason for a failure does not name the path.
 */
int note_find(const void *bytes, size_t size, struct farm_stamp *ret,
    struct error *);

/* Can this host use such a module?  `size' bytes of the stamp are there. */
int stamp_check(const struct farm_stamp *, size_t size, struct error *);

#endif
