/*
 * table.h - counters by the name of a device, as one run read them.  The next
 * run makes a new one and throws this one away, so what has vanished is
 * forgotten.
 */
#ifndef PROC_TABLE_H
#define PROC_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"
#include "scan.h"

/* More devices than this are an error, not memory. */
#define TABLE_MAX 16384
#define TABLE_COUNTS 7

struct row {
	const char *name;
	uint64_t counts[TABLE_COUNTS];
};

struct table {
	struct row *rows;
	size_t n;
	struct arena *names;
	int64_t mono_ns; /* when it was read; 0: never */
};

#define TABLE_INIT { .rows = NULL }

void table_free(struct table *); /* ready for use again */
/* A new row, its counts zero; NULL with the reason if there is no room. */
struct row *table_add(struct table *, struct scan name, struct error *);
/* The row of a name, NULL if none.  Looks first where it probably is. */
const struct row *table_find(const struct table *, const char *name,
    size_t probably);
/* `to' becomes `from', which becomes empty. */
void table_move(struct table *to, struct table *from);

#endif
