/*
 * table.h - CSV that programs say: which column is what.
 */
#ifndef EXEC_TABLE_H
#define EXEC_TABLE_H

#include <farm/module.h>

#include "csv.h"
#include "value_sink.h"

/* What a column is; parameters have a name. */
enum column {
	COLUMN_NOTHING,
	COLUMN_PARAMETER,
	COLUMN_TIME,
	COLUMN_CLUSTER,
	COLUMN_NODE,
	COLUMN_NAME, /* of the parameter that is in COLUMN_VALUE */
	COLUMN_VALUE,
	COLUMN_UNIT,
};

/* The columns of one program, once they are known. */
struct table {
	const struct farm_map *columns; /* as configured; may be empty */
	size_t n;			/* 0: not known yet */
	enum column what[CSV_FIELDS_MAX];
	char *names[CSV_FIELDS_MAX]; /* of parameters; else NULL */
};

/* What is wrong with the configured columns. */
int table_check(const struct farm_map *, struct error *);
void table_read(struct table *, struct sink *, struct slice output);
void table_free(struct table *); /* ready for another head */

#endif
