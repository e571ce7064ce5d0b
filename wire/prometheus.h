/*
 * prometheus.h - metrics as Prometheus scrapes them, written: its text format
 * 0.0.4, and OpenMetrics 1.0 (`open').  After their specifications.  Pure
 * functions.
 *
 * The metric of a parameter is farm_PARAMETER, then its unit in full words
 * unless it ends so already, then _total for a counter.  What a metric's name
 * cannot hold (anything but A-Z a-z 0-9 _) becomes "_".
 */
#ifndef WIRE_PROMETHEUS_H
#define WIRE_PROMETHEUS_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/result.h>

#include "buffer.h"
#include "slice.h"

enum prometheus_type {
	PROMETHEUS_UNKNOWN,
	PROMETHEUS_GAUGE,
	PROMETHEUS_COUNTER
};

/* What stands once, above the samples of a metric. */
struct prometheus_head {
	const char *name; /* of a counter: with _total */
	const char *unit; /* words, as prometheus_unit() gives them; "": none */
	const char *help;
	enum prometheus_type type;
};

/* Kinds as types; a state is a gauge. */
enum prometheus_type prometheus_type(uint32_t kind);
/* A UCUM unit in words: "By/s" is bytes_per_second; "1" and "" are nothing. */
void prometheus_unit(struct buffer *, const char *unit);
/* The UCUM unit that such words mean, of one word; "" if it is not known. */
const char *prometheus_unit_read(struct slice words);
/* That of a metric whose name ends in a unit, or in one before _total or
   _sum: "a_seconds_total" counts s. */
const char *prometheus_unit_of(struct slice name);
/* The metric's name; false if a character of the parameter was replaced. */
bool prometheus_name(struct buffer *, const struct farm_series *);
/* A label's name, folded. */
void prometheus_label(struct buffer *, const char *name);

/* HELP, TYPE and UNIT. */
void prometheus_put_head(struct buffer *, const struct prometheus_head *,
    bool open);
/*
 * A sample of a number: labels farm, cluster and node, with `whole' parameter
 * too, then those of the series, whose names are folded as well; one whose name
 * is taken already gets _2, _3 behind it, an empty one is left out.  Times
 * that are not after 1970 are left out.
 */
void prometheus_put_sample(struct buffer *, const char *name,
    const struct farm_series *, bool whole, const struct farm_value *,
    int64_t time_ns, bool open);
/* A label's value, in quotes. */
void prometheus_put_text(struct buffer *, const char *text);

#endif
