/*
 * nagios_check.h - what a run of a check means: its state, now and by attempts,
 * and its values.
 */
#ifndef WIRE_NAGIOS_CHECK_H
#define WIRE_NAGIOS_CHECK_H

#include <farm/module.h>

#include "command.h"
#include "hash.h"
#include "value_sink.h"

/* As Nagios numbers them. */
enum check_state {
	CHECK_OK,
	CHECK_WARNING,
	CHECK_CRITICAL,
	CHECK_UNKNOWN,
};
#define CHECK_STATES "ok|warning|critical|unknown"

const char *check_state_word(int state);

/* What is remembered of a check; starts zeroed. */
struct check_memory {
	bool known;	  /* there was a run */
	int state;	  /* of the last run */
	int hard;	  /* the last that stood through all attempts */
	int64_t attempt;  /* in this state, from 1 to the most */
	int64_t begun_ns; /* of the last run, CLOCK_MONOTONIC */
	uint64_t said;	  /* of program_log() */
};

struct check_rules {
	int64_t attempts;  /* until a state other than OK is hard */
	int timeout_state; /* of what is not over in time */
};

/* For the tables of the modules that have checks. */
#define CHECK_ATTEMPTS_OPTION(STATE, FIELD, DEFAULT)                           \
	FARM_OPTION_INTEGER("attempts", STATE, FIELD, DEFAULT, 1, 1000,        \
	    "so many states other than OK in a row are a hard one")
#define CHECK_OPTIONS(STATE, RULES)                                            \
	CHECK_ATTEMPTS_OPTION(STATE, RULES.attempts, "3"),                     \
	FARM_OPTION_ENUM("timeout_state", STATE, RULES.timeout_state,          \
	    "critical", CHECK_STATES,                                          \
	    "the state of a check that is not over in time")
#define CHECK_PARAMETERS(PREFIX)                                               \
	{ PREFIX "state", FARM_STATE, NULL,                                    \
	    "the last one: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN" },          \
	{ PREFIX "hard_state", FARM_STATE, NULL,                               \
	    "the last state that came through all attempts" },                 \
	{ PREFIX "attempt", FARM_STATE, NULL,                                  \
	    "how manieth in a row, up to attempts" },                          \
	{ PREFIX "output", FARM_STATE, NULL, "the first line" },               \
	{ PREFIX "long_output", FARM_STATE, NULL, "the other lines" }

/*
 * A state more.  OK is hard at once; another becomes so when it, or others that
 * are not OK, have come `attempts' times in a row, and changes at once from
 * then on.  True if the hard state is another than before, or the first and not
 * OK.
 */
bool check_turn(struct check_memory *, int state, int64_t attempts);
bool check_is_hard(const struct check_memory *, int64_t attempts);

/* A run is over: emit what it means. */
int check_take(struct sink *, const struct check_rules *,
    struct check_memory *, const struct command_result *);
/* The same of what was run elsewhere, so that it took no time of ours. */
int check_said(struct sink *, const struct check_rules *,
    struct check_memory *, int state, struct slice output);
/* A run could not begin, and why: UNKNOWN. */
int check_miss(struct sink *, const struct check_rules *,
    struct check_memory *, const char *why);

#endif
