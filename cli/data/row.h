/*
 * row.h - one value of one series at one time, on its way out to a file or in
 * from one, and what it is in text.
 */
#ifndef CLI_DATA_ROW_H
#define CLI_DATA_ROW_H

#include <jansson.h>
#include <stdint.h>

#include <farm/result.h>

#include "arena.h"
#include "buffer.h"
#include "error.h"

/* What else there is of an average over a slot of time. */
struct row_average {
	int64_t step_ns; /* 0: it is none, but a value */
	int64_t held_ns;
	uint64_t count;
	double min;
	double max;
	double last;
};

struct row {
	struct farm_series series; /* NULL is no name; unit never NULL */
	int64_t time_ns;
	struct farm_value value; /* of an average, the mean */
	struct row_average average;
};

/* As time_parse() has it. */
int row_get_time(struct row *, const char *text, struct error *);

/* The value of a type by its name, from its text of `length' bytes, NUL behind
   them; a text is borrowed.  -1 with the reason. */
int row_get_value(struct row *, const char *type, const char *text,
    size_t length, struct error *);
int row_get_kind(struct row *, const char *word, struct error *);

/* Labels as a JSON object; what is needed comes from the arena. */
int row_get_labels(struct row *, struct arena *, const json_t *labels,
    struct error *);

/* Averages go out and never come in: a store makes its own. */
int row_refuse_average(struct error *);

/* Is it whole: names that can be, a value, a text that is one? */
int row_check(const struct row *, struct error *);

/* How JSON is read, so that no number is rounded and no text is cut: numbers
   are reals, and those that a real cannot hold are strings. */
#define ROW_JSON                                                               \
	(JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES)
/* The value of a type by its name from such JSON; a text is borrowed. */
int row_get_json(struct row *, const char *type, const json_t *value,
    struct error *);

#endif
