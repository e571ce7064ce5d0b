/*
 * types_db.h - which types of values there are: types.db files, and the
 * registry of data sets that they and plugins fill.
 */
#ifndef COLLECTD_TYPES_DB_H
#define COLLECTD_TYPES_DB_H

#include "abi.h"
#include "error.h"

/* Bounds on what a file may hold. */
#define TYPES_DB_BYTES_MAX (16 << 20)
#define TYPES_DB_SOURCES_MAX 1024

/*
 * Read text as lines `TYPE SOURCE:KIND:MIN:MAX[, ...]' and hand each data set
 * to `each', which borrows it.  Lines that are none are skipped: collectd goes
 * on, too.  Returns how many were, and says the first in err (which may be
 * NULL) with `name' and its line.
 */
size_t types_db_parse(const char *name, const char *text, size_t length,
    void (*each)(void *data, const data_set_t *), void *data,
    struct error *err);

/*
 * Put what the file says into the registry; a type that is there already is
 * replaced.  Returns 0 and the number of lines skipped (the first is in err,
 * then), or -1 if the file cannot be read.
 */
int types_db_read(const char *path, size_t *ret_skipped, struct error *err);

/*
 * Add a copy to the registry, in place of one of the same type.  0, or -1 if
 * memory is out.  What plugin_get_ds() returned stays valid even then: plugins
 * keep it.
 */
int data_set_register(const data_set_t *);
/* 0, or -1 if there is none. */
int data_set_unregister(const char *type);
size_t data_set_count(void);

#endif
