/*
 * predicate.h - which results somebody wants: text and tree forms in, one
 * meaning everywhere.  The taken-apart form is farm/predicate.h's.
 */
#ifndef LIB_PREDICATE_H
#define LIB_PREDICATE_H

#include <stdbool.h>
#include <stddef.h>

#include <farm/module.h>
#include <farm/predicate.h>

#include "arena.h"
#include "buffer.h"
#include "error.h"
#include "problems.h"

/* Parameters and constraints of one predicate, at most. */
#define PREDICATE_ITEMS_MAX 1000

/*
 * Parse Farm/Cluster/Node[/tmin[/tmax]]/p1|p2..., several by comma.  `flags'
 * may hold FARM_COMPAT.  A parameter may be a constraint: "Load5>4",
 * "rtt between 10 and 20", "avg(Load5,5m)>4"; it is also one of the parameters
 * then.  All memory is of `arena'.  The error says which byte (from 1) is
 * wrong.
 *
 * Times are milliseconds, -1/-1 if left out: tmin < 0 is before now, tmax < 0
 * until now and then live.  A fourth or fifth field that is no time belongs to
 * the parameters, as does any "/" after them.  Beyond MonALISA: fractions of a
 * millisecond, and "-2h" (with a unit, any), which is before now for tmax too.
 *
 * A backslash keeps / | , < > = and space from their meaning here.  In "re:"
 * and under compat, where patterns have a backslash of their own, it goes from
 * before these and itself; elsewhere the pattern takes it away.
 */
int predicate_parse(struct arena *arena, const char *text, uint32_t flags,
    struct farm_predicate **ret, size_t *ret_n, struct error *);

/* The predicates of n texts, one after the other; the error says of which. */
int predicate_parse_all(struct arena *arena, const char *const *texts,
    size_t n, struct farm_predicate **ret, size_t *ret_n, struct error *);

/*
 * The same from YAML or JSON: a string, a mapping {farm, cluster, node,
 * parameters (one or a list), where (constraints, one or a list), from, to
 * (as time_parse() takes them), follow, compat}, or a list of these.
 */
int predicate_from_tree(struct arena *arena, const struct farm_tree *tree,
    struct farm_predicate **ret, size_t *ret_n, struct problems *);

/*
 * Text form that parses to the same (with the same FARM_COMPAT).  Live from a
 * point in time on has no end: `to_ns' is not printed then.
 */
void predicate_print(struct buffer *, const struct farm_predicate *);

/* Where text leaves out the times, -1/-1: live only. */
#define PREDICATE_FROM_DEFAULT_NS INT64_C(-1000000)

/*
 * When the span begins and ends, for a question received at `now_ns':
 * INT64_MIN without a lower limit; `now_ns' where it goes until now.
 */
void predicate_span(const struct farm_predicate *, int64_t now_ns,
    int64_t *ret_from_ns, int64_t *ret_to_ns);

/* Compiled predicates: match if any of them does. */
struct matcher;

/* n = 0: nothing matches.  Copies what it needs. */
int matcher_new(struct matcher **ret, const struct farm_predicate *predicates,
    size_t n, struct error *);
void matcher_free(struct matcher *); /* NULL is fine */
/* Do the names match?  Any thread. */
bool matcher_series(const struct matcher *, const struct farm_series *);
/* The same of what is known by some of its names, the others being NULL: a
   cluster, an event. */
bool matcher_partly(const struct matcher *, const struct farm_series *);
/* What a source may give: any of the nodes with any of the parameters, in
   which one "*" stands for any run of bytes. */
struct matcher_source {
	const char *farm;
	const char *cluster;
	const char *const *nodes;
	size_t n_nodes; /* 0: not known before */
	const char *const *parameters;
	size_t n_parameters; /* 0: not known before */
};
/* May a series of it match?  False only if none can. */
bool matcher_may_match(const struct matcher *, const struct matcher_source *);
/*
 * Does a value of a series whose names match pass the constraints?  Each
 * constraint is about the parameters that its pattern matches; all of one
 * predicate must hold.  Integers are compared without rounding, a boolean is
 * 0 or 1.  A text is "=" if it reads, whole, as that number, "<>" if not, and
 * never less, greater or between; NaN is only "<>".  Windowed functions are
 * not looked at here, as they need to be told of every value: see matched.h;
 * matcher_windowed() says if there are any.
 */
bool matcher_value(const struct matcher *, const struct farm_series *,
    const struct farm_value *);
bool matcher_has_constraints(const struct matcher *);
bool matcher_windowed(const struct matcher *);
/* The longest window; 0: there is none. */
int64_t matcher_window_ns(const struct matcher *);

#endif
