/*
 * selection.h - predicates as options of a filter, and which series they want:
 * found out once for each.
 */
#ifndef LIB_SELECTION_H
#define LIB_SELECTION_H

#include <stdbool.h>

#include <farm/module.h>

#include "predicate.h"
#include "rows.h"

struct selection {
	struct matcher *matcher;
};

/* Kept in the state of a series; starts zeroed. */
struct selected {
	bool known;
	bool wanted; /* its names match; values have to pass constraints yet */
};

/* In open(): predicates in text form; -1, said to the host with the option's
   name, if one is none. */
int selection_open(struct farm_host *, struct selection *, const char *option,
    const struct farm_list *texts);
void selection_close(struct selection *); /* also one never opened */
/* A whole apply() that lets go on what is wanted; series_state is a struct
   selected. */
int selection_pass(struct farm_host *, const struct selection *, struct rows *,
    const struct farm_record *in);
bool selection_wants(struct farm_host *, const struct selection *,
    struct selected *, const struct farm_value *);

#endif
