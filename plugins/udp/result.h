/*
 * result.h - values of one node at one time, whose names came from outside.
 * Series are known up to a bound; those not used for longest are given back.
 */
#ifndef UDP_RESULT_H
#define UDP_RESULT_H

#include <farm/module.h>

#include "buffer.h"
#include "error.h"
#include "lru.h"
#include "slice.h"

/* What is emitted at once; far below the bound of the series. */
#define RESULT_ROWS 256
#define RESULT_SERIES_MIN 1024

struct result {
	struct farm_host *host; /* of the call */
	struct lru *known;	/* handles, by their names */
	struct buffer key;	/* cluster, node, parameter, each with a NUL;
				   what else there is of a series */
	struct buffer names;	/* of the next series' node */
	size_t node_at;
	size_t parameter_at;
	int64_t time_ns;
	struct farm_value rows[RESULT_ROWS];
	size_t n;
	uint64_t emitted; /* of all results */
};

/* Zeroed.  -1 if memory is out. */
int result_init(struct result *, size_t max_series);
void result_free(struct result *, struct farm_host *);

/* -1 if a name is none.  Time 0 is now. */
int result_begin(struct result *, struct slice cluster, struct slice node,
    int64_t time_ns, struct error *);
/* What the names begun with are, ending in NUL. */
const char *result_cluster(const struct result *);
const char *result_node(const struct result *);

enum added { ADDED, ADDED_BAD, ADDED_LOST };

/*
 * One more; its text must live until result_end().  ADDED_BAD: the name or the
 * text is none, with the error; ADDED_LOST: the host or memory refused it.
 */
enum added result_add(struct result *, struct slice parameter,
    struct farm_value, enum farm_kind, struct error *);
/*
 * Or of series that are known by all that can be known of them: begin, add,
 * end.  Another node than that of the one before begins anew by itself.
 */
void result_anew(struct result *, int64_t time_ns);
enum added result_add_series(struct result *, const struct farm_series *,
    struct farm_value, struct error *);
/* -1 if the host refused, explained. */
int result_end(struct result *);

#endif
