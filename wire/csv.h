/*
 * csv.h - CSV by RFC 4180: records of fields, and how values are written as
 * such, by `farmctl export' as by others.
 */
#ifndef WIRE_CSV_H
#define WIRE_CSV_H

#include <stdint.h>

#include <farm/result.h>

#include "buffer.h"
#include "error.h"
#include "slice.h"

/* Fields of a record; those that mean nothing here among them. */
#define CSV_FIELDS_MAX 64

/* The columns of csv_put_value(). */
#define CSV_VALUE_COLUMNS                                                      \
	"farm,cluster,node,parameter,kind,unit,labels,time,type,value"

/* In quotes if it needs them. */
void csv_put_field(struct buffer *, const char *text, size_t length);
/* One value, without the end of the line. */
void csv_put_value(struct buffer *, const struct farm_series *,
    int64_t time_ns, const struct farm_value *);

/* How long the first record is, with the end of its line; 0 if that is not
   there. */
size_t csv_record_length(const char *text, size_t size);

/* A field, without its quotes; a NUL stands behind it. */
struct csv_field {
	const char *text;
	size_t length;
};
/*
 * Take one record apart: the bytes of it, with or without the end of the line.
 * `to' takes the fields: `size' and CSV_FIELDS_MAX bytes.
 */
int csv_parse(const char *text, size_t size, char *to,
    struct csv_field fields[CSV_FIELDS_MAX], size_t *ret_n, struct error *);

#endif
