/*
 * reading.h - one metric of one module: what is asked for, the series it is,
 * and its last value.
 */
#ifndef GMOND_READING_H
#define GMOND_READING_H

#include <stdbool.h>

#include <farm/module.h>

#include "buffer.h"
#include "ganglia_alias.h"
#include "module.h"
#include "series.h"

/* Whose values, and by which names. */
struct naming_rules {
	const char *farm;
	const char *cluster;
	const char *node;
	bool monalisa;
	struct farm_list labels;
};

struct reading {
	struct reading *next;
	struct module *module;
	int index;		 /* of the metric */
	const char *what;	 /* for calling.h */
	const char *title;	 /* NULL: none */
	double threshold;	 /* of a change; below 0: none */
	const struct ganglia_alias *alias;
	uint32_t series;
	struct farm_value value; /* as the module gave it; FARM_NONE: none */
	struct buffer text;	 /* of the value */
	union gmond_abi_value raw;
};

/*
 * Define its series, which lives so long at least after a value.  `arena' must
 * outlive it.
 */
int reading_define(struct reading *, const struct naming_rules *,
    const struct ganglia *, struct series_table *, int64_t lifetime_min_ns,
    struct arena *, struct error *);
/* Ask the module; true if the value has changed by the threshold. */
bool reading_take(struct reading *);
/* The value as it is given to farmd. */
struct farm_value reading_row(const struct reading *);

#endif
