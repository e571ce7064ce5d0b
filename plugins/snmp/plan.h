/*
 * plan.h - what an instance reads of each of its devices, compiled from its
 * options and profiles: scalars, and tables whose columns travel together.
 * Const once made, shared by all devices.
 *
 * The grammar, the same in the options and in a profile's file:
 *
 *   get:   {PARAMETER: OBJECT, ...} | [OBJECT, ...]
 *   walk:  [OBJECT, ...]                    all below, named by the object
 *   table: a mapping or a list of
 *     columns: {NAME: OBJECT, ...} | [OBJECT, ...]
 *     row: OBJECT | [OBJECT, ...]   columns that name a row: the first that
 *                                   has a text; none: the index itself.
 *                                   {via: OBJECT, to: OBJECT}: the value of
 *                                   the first is the index of the second;
 *                                   via may be a list
 *     name: TEXT          default "{row}_{column}"; also {index} and
 *                         {text}, the index as letters
 *     where: {OBJECT: TEXT | [TEXT, ...]}   globs; "!TEXT" excludes
 *     refresh: DURATION            of names and rows; default 5m
 *     and all that follows
 *   map: {NAME: {VALUE: TEXT, ...}}       what values are called
 *   fallback: {NAME: OBJECT}     where a device does not have the first
 *   scale: {NAME: NUMBER | OBJECT}   an object: a column of the same row,
 *                                    read as rarely as names
 *   unit: {NAME: TEXT}   kind: {NAME: KIND}
 *   max: {NAME: NUMBER}          a rate beyond it is none
 *   counters: raw|rate|both   rate: TEXT, default "{name}_rate"
 *
 * NAME is a PARAMETER of `get' or the name of a column; OBJECT a number or a
 * name of a catalogue (objects.h).
 */
#ifndef SNMP_PLAN_H
#define SNMP_PLAN_H

#include "arena.h"
#include "objects.h"
#include "pattern.h"
#include "problems.h"

#define PLAN_COLUMNS_MAX 256 /* of a table */
#define PLAN_LOOKUPS_MAX 16  /* of a table */
#define PLAN_FILTERS_MAX 8   /* of a table: bits of a byte */
#define PLAN_STEPS_MAX 4     /* of a lookup */
/* A column's OID: what is longer leaves no room for an index. */
#define PLAN_OID_BYTES_MAX 120

enum counters { COUNTERS_RAW, COUNTERS_RATE, COUNTERS_BOTH };

/* Where a value comes from. */
struct plan_source {
	struct ber_bytes oid; /* of a scalar with its instance; size 0: none */
	/* Of a scalar: GETNEXT of this gives `oid' if the device has it. */
	struct ber_bytes before;
	const struct object *object; /* NULL: unknown */
	bool plain;  /* numbers mean what they are: there is no more to do */
	bool counts; /* what comes as a counter is one, and its rate wanted */
};

/* What becomes of the values of a scalar or of a column. */
struct plan_value {
	const char *name; /* of the parameter, or of the column */
	struct plan_source source;
	struct plan_source fallback;
	double scale;	  /* 0: as it comes */
	const struct object *scaler; /* of its factor; NULL: unknown or none */
	double max_rate;  /* 0: any */
	const char *unit; /* NULL: the object's */
	const char *rate; /* name of its rate: "{name}_rate" */
	const struct farm_pair *map;
	size_t n_map;
	int16_t kind;	  /* enum farm_kind; -1: by what comes */
	uint8_t counters; /* enum counters */
	uint8_t factor;	  /* of its row, to be scaled by; PLAN_NONE: none */
	bool named;	  /* names of enumerations instead of numbers */
};

#define PLAN_NONE UINT8_MAX

/* A column that names rows, says which of them are wanted, or scales others. */
struct plan_lookup {
	/* The value at each step is the index of the next one. */
	struct ber_bytes steps[PLAN_STEPS_MAX];
	size_t n_steps;
	const struct object *object; /* of the last step */
	uint8_t rank;	/* as a name: 0 is the best; PLAN_NONE: none */
	uint8_t filter; /* its number; PLAN_NONE: none */
	uint8_t factor; /* the same */
};

struct plan_filter {
	struct pattern **want; /* one of them, if there are any */
	struct pattern **deny; /* none of them */
	size_t n_want, n_deny;
};

struct plan_table {
	const char *label; /* for messages: its first column's name */
	struct plan_value *columns;
	size_t n_columns;
	size_t first; /* its first column's number among all values */
	struct plan_lookup *lookups;
	size_t n_lookups;
	struct plan_filter *filters;
	size_t n_filters;
	size_t n_factors;
	const char *name; /* "{row}_{column}" */
	int64_t refresh_ns;
	bool whole; /* of walk: one column, below which anything may stand */
	bool rated; /* some column may need rates */
};

struct plan {
	struct arena *arena;
	const struct objects *objects; /* NULL: numbers only */
	struct plan_value *scalars;
	size_t n_scalars;
	struct plan_table *tables;
	size_t n_tables;
	size_t n_values; /* scalars, then the columns of all tables */
};

/* What holds where a piece of a plan says nothing itself. */
struct plan_defaults {
	int64_t refresh_ns;
	const char *rate; /* "{name}_rate" */
	int counters;	  /* enum counters */
	bool named;
};

/* `objects' must outlive it.  NULL if memory is out. */
struct plan *plan_new(const struct objects *objects);
void plan_free(struct plan *); /* NULL is fine */
/*
 * Add what a mapping in the grammar above asks for.  Keys in `also' (ending in
 * NULL; may be NULL) are somebody else's.  All errors become problems with
 * their place; 0 or -1.  What stands in the plan already, by the same name
 * and OID, is not added again; by the same name alone it is an error.
 */
int plan_add(struct plan *, const struct farm_tree *, const char *const *also,
    const struct plan_defaults *, struct problems *);
/* Value number `i', and its table; NULL: a scalar. */
const struct plan_value *plan_value(const struct plan *, size_t i,
    const struct plan_table **ret_table);
/* Does the filter let this text pass?  "" where a row has none. */
bool plan_passes(const struct plan_filter *, const char *text, size_t length);

#endif
