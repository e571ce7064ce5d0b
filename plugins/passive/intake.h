/*
 * intake.h - passive results become values, as those of checks that run here.
 */
#ifndef PASSIVE_INTAKE_H
#define PASSIVE_INTAKE_H

#include <farm/module.h>

#include "error.h"
#include "lru.h"
#include "nagios_check.h"
#include "networks.h"

struct passive_result {
	const char *host;
	const char *service; /* "": of the host itself */
	int state;
	const char *output; /* \n is a new line */
};

/* In the order of the module's own parameters. */
enum outcome { TAKEN, NOT_ALLOWED, REFUSED, MALFORMED, OUTCOMES };

struct intake {
	struct check_rules rules;
	struct networks allowed; /* none: all may */
	struct lru *known;	 /* of hosts and services */
	uint64_t counts[OUTCOMES];
	struct error refusal; /* the last one */
};

/* Zeroed at first; -1 if memory is out. */
int intake_open(struct intake *, size_t most, int64_t attempts);
void intake_close(struct intake *);

bool intake_admits(struct intake *, const struct place *);
/* What was not taken, and why: counted, and the last one is told. */
void intake_refuse(struct intake *, enum outcome, const struct place *from,
    const struct error *why);
/* -1, explained, if the host has no room. */
int intake_take(struct intake *, struct farm_host *, const struct place *from,
    const struct passive_result *);

#endif
