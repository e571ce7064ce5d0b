/*
 * json_lines.h - values as JSON, an object on each line, as `farmctl export'
 * writes them; of its members only two are needed:
 *
 *   {"parameter": "rtt", "value": 1.5}
 *   {"cluster": "wan", "node": "n1", "parameter": "rtt", "unit": "ms",
 *    "kind": "gauge", "labels": {"to": "n2"}, "time": "2026-01-31T10:00:00Z",
 *    "type": "double", "value": 1.5}
 *
 * (each on one line).  A time is RFC 3339 or seconds since 1970.  The value is
 * a number, a boolean or a text; null, and a double's "NaN" or "+Inf", are no
 * value.  A type says more only where JSON cannot: integers as strings, whole
 * doubles.  Other members are passed over.
 */
#ifndef WIRE_JSON_LINES_H
#define WIRE_JSON_LINES_H

#include <stdint.h>

#include <farm/result.h>

#include "buffer.h"
#include "error.h"
#include "slice.h"

/* What points anywhere points into the object. */
struct json_line {
	void *object; /* for json_line_free() */
	const char *cluster; /* NULL: not said */
	const char *node;
	const char *parameter;
	const char *unit; /* "" */
	uint32_t kind;
	int64_t time_ns; /* 0: not said */
	struct farm_value value; /* FARM_NONE: none */
	struct farm_label labels[FARM_LABELS_MAX];
	uint32_t n_labels;
};

/*
 * The next line of `rest', which is shortened by it: 1 with a line, for
 * json_line_free(), 0 at the end, -1 if it is wrong (the next call goes on
 * behind it).  Empty lines are passed over.
 */
int json_line_parse(struct slice *rest, struct json_line *ret, struct error *);
void json_line_free(struct json_line *);

/* The other way, members without the braces round them: what a series is, */
void json_put_series(struct buffer *, const struct farm_series *);
/* and one value of it. */
void json_put_value(struct buffer *, const struct farm_series *,
    int64_t time_ns, const struct farm_value *);
/* Labels as an object, "{}" if there are none. */
void json_put_labels(struct buffer *, const struct farm_series *);
/* JSON that is there, without its line ends, which stand between words only. */
void json_put_on_one_line(struct buffer *, const char *json, size_t size);

#endif
