/*
 * predictors.h - what comes next, told in several ways, each of which is held
 * to what came.
 */
#ifndef FORECAST_PREDICTORS_H
#define FORECAST_PREDICTORS_H

#include <stddef.h>
#include <stdint.h>

/* Numbers that are looked back on, at most: all are, with each new one. */
#define PREDICTORS_WINDOW_MAX 250
#define PREDICTORS_WAYS_MAX 24

enum way_kind { WAY_LAST, WAY_MEAN, WAY_MEDIAN, WAY_TREND, WAY_EWMA };

struct way {
	enum way_kind kind;
	double weight; /* of the newest number, with WAY_EWMA */
	char name[24];
};

/* The ways, the same for all series. */
struct manner {
	struct way ways[PREDICTORS_WAYS_MAX];
	size_t n;
	size_t window;
};

/* What is known of one series. */
struct predictors;

struct prediction {
	const struct way *by;
	double number; /* may be infinite */
	double error;  /* how far off it was, in the mean */
};

struct predictors *predictors_new(const struct manner *); /* NULL: no memory */
void predictors_free(struct predictors *);		  /* NULL is fine */

/* A finite number, newer than all before: the errors are brought up to it. */
void predictors_add(const struct manner *, struct predictors *, int64_t time_ns,
    double number);
/* The next number, by the way that was best so far; of equals the first.
   There have been two numbers at least. */
struct prediction predictors_best(
    const struct manner *, const struct predictors *);

#endif
