/*
 * check.h - check_farm's parts: what is asked, what came, what it means.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "client.h"
#include "error.h"
#include "perfdata.h"

/* As Nagios numbers them; UNKNOWN is worse than OK and WARNING alone. */
enum state {
	STATE_OK,
	STATE_WARNING,
	STATE_CRITICAL,
	STATE_UNKNOWN,
};

enum aggregate {
	AGGREGATE_EACH,
	AGGREGATE_MIN,
	AGGREGATE_MAX,
	AGGREGATE_AVG,
	AGGREGATE_SUM,
	AGGREGATE_COUNT,
};
#define AGGREGATES "each, min, max, avg, sum or count"

/* A range, and how it was written. */
struct bound {
	struct perfdata_range range;
	const char *text; /* "" if not set */
};

struct question {
	struct client_door door;
	const char *predicate;
	const char *over; /* a duration of history; NULL: last values */
	enum aggregate aggregate;
	struct bound warning;
	struct bound critical;
	struct bound age_warning; /* seconds */
	struct bound age_critical;
	enum state none; /* of nothing that matches */
	const char *label; /* of an aggregate; NULL: its name */
};

/* A number, or an aggregate of those of one series. */
struct reading {
	char *name;    /* farm/cluster/node/parameter */
	size_t farm;   /* bytes of it that are the farm and its slash */
	char *unit;    /* as plugins write units */
	double min;
	double max;
	double sum;
	double count;
	double last;
	double age_s; /* of its newest */
};

struct readings {
	struct reading *items;
	size_t n;
	size_t n_texts; /* values that are no numbers */
};

/* Ask, page by page.  What came is the caller's, also after a failure. */
int readings_ask(struct readings *, const struct question *, struct error *);
void readings_free(struct readings *);

/* What Nagios reads, with its newline: state, text, performance data. */
enum state verdict(struct buffer *, const struct question *,
    const struct readings *);
const char *state_name(enum state);
/* A text that Nagios takes for nothing else: a bar would end it, a newline the
   line. */
void put_plain(struct buffer *, const char *text);

#endif
