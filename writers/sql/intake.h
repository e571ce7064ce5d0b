/*
 * intake.h - a batch taken apart into what a database wants to know: values
 * with the ids of their series, series that have none yet, other records.
 */
#ifndef SQL_INTAKE_H
#define SQL_INTAKE_H

#include <farm/module.h>

#include "store.h"

/* What is remembered of a series: its id, if of today's generation. */
struct sql_series {
	uint64_t generation;
	int64_t id; /* negative: -1 - its number among the strangers */
	int64_t series; /* in the table of series */
	uint32_t type;
};

/* Memory that is kept from batch to batch.  All zero at first. */
struct intake {
	struct load load;
	bool imported; /* some of it: see sift.h */
	struct stranger *strangers;
	size_t n_strangers;
	size_t max_samples; /* room for so many */
	size_t max_records;
	size_t max_strangers;
};

void intake_free(struct intake *);

/*
 * Take the batch apart; ids of another generation count for nothing.  An enum
 * store_status; the load says which record is bad.
 */
int intake_batch(struct intake *, struct farm_host *, uint64_t generation,
    const struct farm_batch *, struct error *);
/* The strangers have their ids now: remember them. */
void intake_settle(struct intake *, struct farm_host *);

#endif
