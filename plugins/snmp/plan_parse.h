/*
 * plan_parse.h - what the files that read a plan share.
 */
#ifndef SNMP_PLAN_PARSE_H
#define SNMP_PLAN_PARSE_H

#include "plan.h"

/* One plan_add() under way. */
struct parse {
	struct plan *plan;
	const struct plan_defaults *defaults;
	struct problems *problems;
	struct plan_table *table; /* the last one added */
};

/* These return -1 with a problem added, as all functions here. */
int parse_no_memory(struct parse *);
int parse_expect(struct parse *, const struct farm_tree *, uint32_t kind,
    const char *what, const char *wanted);
/* An array of the plan with room for one more, zeroed; NULL if not. */
void *parse_append(struct parse *, void *items, size_t *n, size_t size);

/* All is parsed: the values' numbers, and what depends on more than one key. */
void plan_settle(struct plan *);

/* The OBJECT of a column. */
int parse_column(struct parse *, const struct farm_tree *,
    struct plan_source *ret);

/* `row' and `where' of p->table, to its lookups. */
int parse_row(struct parse *, const struct farm_tree *);
int parse_where(struct parse *, const struct farm_tree *);
/* A value of p->table is multiplied by this column of its row. */
int parse_factor(struct parse *, const struct farm_tree *,
    struct plan_value *);

/* map, scale, counters ... of `tree', for these scalars and for all tables
   from `tables' on. */
int parse_settings(struct parse *, const struct farm_tree *tree,
    struct plan_table *tables, struct plan_value *scalars, size_t n_scalars);

#endif
