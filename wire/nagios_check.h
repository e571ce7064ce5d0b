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
