/*
 * values.h - measured values in the formats that people and programs read.
 */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include <jansson.h>

#include "buffer.h"
#include "cli.h"

/* One value of one series; borrowed members of an answer. */
struct value_row {
	const json_t *series; /* has farm, cluster, node, parameter, unit ... */
	const char *time;     /* RFC 3339 */
	const char *type;     /* "double", "int64", ... */
	const json_t *value;
	const json_t *average; /* the rest of one, of which value is the mean;
				  NULL: it is none */
};

/*
 * Rows in `format' (not FORMAT_JSON) as they come; open first, close last.
 * InfluxDB's line protocol has farm, cluster and node as tags and time in ns;
 * it has no NaN and no infinity, so these are left out.  Prometheus' text format
 * has the metrics of /metrics, with the parameter as a label, and no times; texts
 * are left out there, for it has none.
 */
struct value_printer;
struct value_printer *value_printer_new(const struct cli *,
    struct buffer *out);
void value_printer_put(struct value_printer *, const struct value_row *);
void value_printer_free(struct value_printer *); /* ends what is begun */

#endif
