/*
 * reader.h - what one device is asked in a poll, and what becomes of its
 * answers.  Knows no sockets: whoever drives it carries the questions.
 *
 *	reader_begin(...);
 *	while (reader_next(reader, &question)) {
 *		ask it, and with its answer:
 *		reader_take(reader, &answer);
 *	}
 *	reader_end(...);
 *
 * Whatever an answer brings is emitted at once, at the time it came.  All
 * functions are for one thread; none blocks.
 */
#ifndef SNMP_READER_H
#define SNMP_READER_H

#include "buffer.h"
#include "exchange.h"
#include "layout.h"
#include "plan.h"

/* Rows of all tables of one device; beyond it a table is given up. */
#define READER_ROWS_MAX 100000

/* What a poll says of itself. */
enum reader_parameter {
	READER_STATUS,
	READER_UPTIME,
	READER_RTT,
	READER_TIMEOUTS,
	READER_RETRIES,
	READER_VALUES,
	READER_MISSING,
	READER_PARAMETERS
};

/* For the module's catalogue. */
#define READER_CATALOGUE                                                       \
	{ "snmp_status", FARM_STATE, NULL,                                     \
	    "ok, partial, or why there was no answer" },                       \
	    { "snmp_uptime", FARM_GAUGE, "s", "since the agent's start" },     \
	    { "snmp_rtt", FARM_GAUGE, "ms", "mean round trip of a poll" },     \
	    { "snmp_timeouts", FARM_COUNTER32, "1",                            \
		"questions without an answer" },                               \
	    { "snmp_retries", FARM_COUNTER32, "1", "questions sent again" },   \
	    { "snmp_values", FARM_GAUGE, "1", "values of the poll" },          \
	{                                                                      \
		"snmp_missing", FARM_GAUGE, "1",                               \
		    "scalars and columns of the plan that the poll has not got" \
	}

/* What all readers of an instance share while one of them is called. */
struct reading {
	const struct plan *plan;
	struct farm_host *host; /* of this call: set it before each */
	struct farm_value *rows; /* values of one answer */
	size_t n_rows, capacity;
	struct buffer texts; /* of them */
	struct buffer text;  /* of one value */
	struct buffer name;  /* of one parameter */
	const struct object *below; /* of the last value below a walk */
	struct poll *spare;  /* that were, and soon will be again */
	unsigned n_spare;
};

void reading_free(struct reading *); /* its memory; not the plan */

/* What is remembered of a device; zeroed at first. */
struct reader {
	struct poll *poll; /* under way; NULL: none */
	struct layout *layouts; /* by table; NULL: not yet */
	uint32_t *scalars; /* series, by scalar */
	struct rate *rates; /* the same */
	uint8_t *sets;	   /* bits by value, see reader.c */
	uint32_t series[READER_PARAMETERS];
	uint32_t epoch;	   /* restarts seen */
	uint32_t ticks;	   /* sysUpTime, hundredths of a second ... */
	int64_t ticks_ns;  /* ... and when; 0: never */
	int64_t checked_ns; /* what it does not have; CLOCK_MONOTONIC */
	uint64_t missing;  /* hashes of what was said last: names ... */
	uint64_t trouble;  /* ... and why */
	uint16_t repetitions; /* that an answer of this agent may hold */
};

/*
 * Begin a poll at `now_ns' (CLOCK_MONOTONIC).  `answered': the agent has
 * answered a probe just now.  -1 if memory is out.
 */
int reader_begin(struct reader *, struct reading *, struct farm_target *,
    int version, bool answered, int64_t now_ns);
/* The next question, which holds until its answer is taken; false: the poll
   is over. */
bool reader_next(struct reader *, struct question *ret);
void reader_take(struct reader *, const struct answer *);
/* No answer came before the poll's own time was up: nothing is learned of the
   agent, and the poll is over. */
void reader_late(struct reader *);
/*
 * The poll is over, or is given up: say how it went.  NULL if the agent
 * answered, else why not, for people; holds until the next call.
 */
const char *reader_end(struct reader *, const struct agent *);
/* The poll is given up, and nothing said. */
void reader_drop(struct reader *);
/* A poll without any question: `why' the agent cannot be asked. */
void reader_absent(struct reader *, struct reading *, struct farm_target *,
    const struct agent *, const char *why);

/* Series and memory; zeroed again.  `reading' with its host set. */
void reader_free(struct reader *, struct reading *);

#endif
