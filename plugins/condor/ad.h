/*
 * ad.h - ClassAds of jobs and of slots: the attributes that are looked at, and
 * the two forms in which lists of ads are said.
 */
#ifndef CONDOR_AD_H
#define CONDOR_AD_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "slice.h"

/* Texts as they stand between quotes, with their escapes; numbers -1 or NAN
   where not said, or said by an expression. */
struct ad {
	struct slice cluster;
	int64_t process;
	struct slice owner;
	struct slice group;
	struct slice batch;
	struct slice command;
	int64_t status;
	int64_t submitted; /* s since 1970, as all that follow */
	int64_t first_started;
	int64_t started;
	int64_t completed;
	int64_t entered_status;
	double wall; /* s */
	double user_cpu;
	double system_cpu;
	int64_t exit;
	int64_t signal;
	int64_t by_signal; /* 0, 1 */
	struct slice host; /* the last: SLOT@HOST */
	int64_t cpus;
	/* Of slots. */
	struct slice machine;
	struct slice state;
	int64_t total_cpus;
	double load;
	int64_t memory; /* MB, of the slot */
	int64_t total_memory;
};

void ad_begin(struct ad *);
/* A line `Name = value' of the long form; false if it is none. */
bool ad_line(struct ad *, struct slice line);

/* What becomes of an ad; -1 if it lacks what each must have. */
typedef int ad_take(void *cookie, const struct ad *);

/* Without its slot. */
struct slice ad_host(const struct ad *);

/* Nothing at all is said when there is nothing to list. */
int ads_json(struct slice text, ad_take *, void *cookie, struct error *);
int ads_long(struct slice text, ad_take *, void *cookie, struct error *);

#endif
