/*
 * farm/predicate.h - which results somebody wants, taken apart.  Part of the
 * published contract; needs libc only.  A writer that offers history() gets
 * its question in this form; farm_matches() in module.h answers for a series.
 *
 * Text form (MonALISA's): Farm/Cluster/Node[/tmin[/tmax]]/param1|param2|...
 * with times in milliseconds; missing parts mean "*".
 */
#ifndef FARM_PREDICATE_H
#define FARM_PREDICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the value of a parameter is compared. */
enum farm_comparison {
	FARM_LT = 1, /* < */
	FARM_LE = 2, /* <= */
	FARM_EQ = 3, /* = */
	FARM_NE = 4, /* <> */
	FARM_GE = 5, /* >= */
	FARM_GT = 6, /* > */
	FARM_BETWEEN = 7, /* between low and high, both included */
};

/*
 * What of a window of time is compared: of all numbers of the series from so
 * long before the value at hand, which is excluded, up to this one.
 */
enum farm_window_function {
	FARM_LATEST = 0, /* each value as it comes, no window */
	FARM_AVG = 1,
	FARM_MIN = 2,
	FARM_MAX = 3,
	FARM_SUM = 4,	/* these four since 1.1 */
	FARM_COUNT = 5, /* how many there are */
	FARM_LAST = 6,	/* the newest */
	FARM_RATE = 7,	/* from the oldest to the newest, per second */
};

/* Load5>4, rtt between 10 and 20, avg(Load5,5m)>4: all must hold. */
struct farm_constraint {
	const char *parameter; /* a pattern, as in the predicate */
	uint32_t function;     /* enum farm_window_function */
	uint32_t comparison;   /* enum farm_comparison */
	int64_t window_ns;     /* 0 with FARM_LATEST */
	double low;
	double high; /* FARM_BETWEEN only */
};

/* Times are relative to the moment the question was received. */
#define FARM_RELATIVE 0x0001u
/* MonALISA's own matcher: a pattern with inner wildcards is a regex. */
#define FARM_COMPAT 0x0002u
/* Stay subscribed after the history (tmax < 0). */
#define FARM_FOLLOW 0x0004u

/*
 * One predicate.  Patterns: "*" and "%" stand for any run of bytes, a
 * backslash escapes, "re:" opens an extended regular expression that must
 * match the whole name.  A result matches if farm, cluster and node match; of
 * it only the values whose parameter matches are taken.
 *
 * The span is half-open, [from, to), in ns: since 1970 if positive, before
 * the question was received if negative; from = 0: no lower limit; to = 0:
 * until now.
 */
struct farm_predicate {
	const char *farm;
	const char *cluster;
	const char *node;
	const char *const *parameters; /* any of them; n = 0: none at all */
	size_t n_parameters;
	const struct farm_constraint *constraints;
	size_t n_constraints;
	int64_t from_ns;
	int64_t to_ns;
	uint32_t flags;
	uint32_t reserved;
	/*
	 * For history(), since 1.1: averages may be given for values, over
	 * slots of at most step_ns; where values are not kept any more, over
	 * longer ones; 0: only there.  level_ns: averages over slots of just
	 * that length and nothing else; -1: values and nothing else.
	 */
	int64_t step_ns;
	int64_t level_ns;
};

#endif
