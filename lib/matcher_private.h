/* matcher_private.h - inside compiled predicates, for their own files. */
#ifndef LIB_MATCHER_PRIVATE_H
#define LIB_MATCHER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "pattern.h"
#include "predicate.h"

struct constraint {
	struct pattern *parameter;
	struct farm_constraint rule;
};

/* One predicate. */
struct clause {
	struct pattern *farm;
	struct pattern *cluster;
	struct pattern *node;
	struct pattern **parameters;
	size_t n_parameters;
	struct constraint *constraints;
	size_t n_constraints;
};

struct matcher {
	struct clause *clauses;
	size_t n;
	bool has_constraints;
	bool windowed;
};

bool clause_names(const struct clause *, const struct farm_series *);
/* Is it about this series, whose names match? */
bool constraint_is_about(const struct constraint *, const struct farm_series *);
/* Compare, whatever the rule's function. */
bool rule_holds(const struct farm_constraint *, const struct farm_value *);

#endif
