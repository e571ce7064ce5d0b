/* filter_private.h - inside the chain of filters, for its own files. */
#ifndef HOST_FILTER_PRIVATE_H
#define HOST_FILTER_PRIVATE_H

#include <stdbool.h>

#include "arena.h"
#include "call.h"
#include "column.h"
#include "filter.h"
#include "matching.h"
#include "predicate.h"
#include "rows.h"
#include "tap.h"

/* One apply() or tick() emits at most so many values: far more than any
   sensible filter, and bounded. */
#define FILTER_ROWS_MAX 1000000
/* ... and about so much of text and payloads. */
#define FILTER_BYTES_MAX (64u << 20)

/* A record that the filter emitted; its rows are in filter->rows. */
struct emitted {
	int64_t time_ns;
	uint16_t type;
	uint16_t flags;
	size_t first;
	size_t n;
	const void *payload; /* in the chain's arena */
	size_t payload_size;
};

struct emissions {
	struct emitted *items;
	size_t n;
	size_t capacity;
};

/* What a filter keeps of a series. */
struct filter_series {
	void *state; /* the module's; NULL until asked for */
	bool held;   /* by farm_series(): pinned */
};

struct filter {
	struct farm_host_ops ops;
	struct chain *chain;
	struct instance *instance;
	struct tap *tap; /* gets copies and is not called here; NULL: inline */
	struct matcher *matcher;
	bool keep;	  /* what it gets also goes on as it was */
	bool constraints; /* values have to be looked at too, */
	struct matching matching; /* by this */
	struct column series; /* struct filter_series */
	struct rows matched;
	struct rows rows; /* what goes on as it was, then what was emitted */
	struct emissions emissions;
	bool emitting; /* in apply() or tick() */
	bool failing;  /* and said so */
	struct error failure; /* its last one */
};

/* What the chain keeps of a series that came by. */
struct route {
	uint32_t class; /* which filters want it; 0: none seen, not pinned */
	uint32_t seen_s;
	uint32_t lifetime_s; /* 0: for ever */
};

#define ROUTE_STALE UINT32_MAX /* a class: to be found anew */

struct chain {
	struct series_table *series;
	const char *farm;
	bool alone; /* of one tap: what it does not emit does not come out */
	struct filter *filters;
	size_t n;
	struct column routes; /* struct route */
	uint64_t *classes;    /* `words' each; the first is not used */
	uint64_t *wanted;     /* as a class: who wants any of a result's values */
	size_t words;
	size_t n_classes;
	size_t classes_capacity;
	const struct lifetimes *lifetimes; /* of the record at hand */
	uint32_t now_s; /* CLOCK_MONOTONIC */
	uint32_t swept; /* number that the sweep has come to */
	struct arena *arena; /* of what came out; NULL: nothing did */
	chain_out_fn *out;
	void *context;
};

/* Host functions of the filters. */
void filter_make_ops(struct farm_host_ops *);

/* Memory until chain_reset(); NULL if it is out. */
void *chain_alloc(struct chain *, size_t size);

/* Every series must be asked about anew. */
void routes_forget(struct chain *);
/* What one filter keeps of series goes. */
void route_release(struct chain *, struct filter *);
/* A result is at hand: who wants any of its values?  The first n_known were
   among those of the one before.  Makes the series known. */
void routes_look(
    struct chain *, const struct farm_record *, uint32_t n_known);
/* The first of these filters from number i on; the chain's n if there is none. */
size_t routes_next(const struct chain *, size_t i);
/* Sort its values into those that filter number i gets (`matched') and those
   that go on as they are (`rows'); false if memory is out. */
bool routes_split(struct chain *, size_t i, const struct farm_record *);

#endif
