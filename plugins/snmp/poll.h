/*
 * poll.h - what the files of the reader share: one poll of one device, from
 * reader_begin() to reader_end().
 */
#ifndef SNMP_POLL_H
#define SNMP_POLL_H

#include "ask.h"
#include "get.h"
#include "reader.h"
#include "walk.h"

enum stage {
	STAGE_SCALARS, /* asked by themselves, before all else */
	STAGE_TABLE,   /* a table begins */
	STAGE_NAMES,   /* its lookups are walked */
	STAGE_CHAIN,   /* further steps of lookups */
	STAGE_ROWS,    /* its columns are walked */
	STAGE_CELLS,   /* or its few wanted rows are asked for */
	STAGE_LATE,    /* scalars that could not ride with a table */
	STAGE_OVER,
};

/* Bits by number of value. */
enum set {
	SET_GOT,      /* in this poll */
	SET_MISSING,  /* of the poll before */
	SET_FALLBACK, /* the device has only the second source */
	SET_BROKEN,   /* given up within, until the table is read in full */
	SETS
};

struct poll {
	struct poll *next; /* of the spare ones */
	struct reader *reader;
	struct reading *shared;
	struct farm_target *target;
	uint8_t *sets; /* of the reader, each of so many bytes */
	size_t set_bytes;
	int version;
	int64_t now_ns;	 /* of its beginning, CLOCK_MONOTONIC */
	int64_t time_ns; /* of the answer in hand */

	enum stage stage;
	size_t table;	/* being read */
	struct layout *layout;
	bool full;	/* all of the table: its layout is not known */
	bool again;	/* its new rows, after their names */
	bool spare;	/* its columns that are had from a fallback only */
	bool ride;	/* scalars go with the next GetBulk */
	bool asked;	/* or were asked for by themselves */
	bool recheck;	/* also those that the device did not have */
	bool uptime;	/* is known, or was asked for */
	bool restarted; /* and says that the device has */
	struct ask ask;
	struct walk walk;
	struct get get;
	struct buffer chain; /* indices of the lookups' next steps */

	unsigned answers, silent; /* the latter in a row */
	int64_t rtt_ns;		  /* sum ... */
	unsigned n_rtt;		  /* ... of so many */
	uint32_t n_values;
	bool refused;	      /* values that the host did not take */
	enum outcome outcome; /* the last that was none */
	struct buffer why;    /* in words; may be empty */
	struct buffer trouble; /* for the log */
};

static inline bool
poll_has(const struct poll *p, enum set set, size_t value)
{
	return p->sets[set * p->set_bytes + value / 8] >> value % 8 & 1;
}

static inline void
poll_set(struct poll *p, enum set set, size_t value, bool on)
{
	uint8_t *byte = &p->sets[set * p->set_bytes + value / 8];
	uint8_t bit = (uint8_t)(1u << value % 8);

	*byte = on ? *byte | bit : *byte & (uint8_t)~bit;
}

/* What went wrong, for the log. */
__attribute__((format(printf, 2, 3))) void poll_trouble(struct poll *,
    const char *format, ...);

/* values.c: a value as it came, to be emitted with poll_emit(). */
void poll_put_scalar(struct poll *, size_t scalar,
    const struct ber_value *value);
void poll_put_cell(struct poll *, uint32_t column, uint32_t row,
    const struct snmp_varbind *);
void poll_emit(struct poll *);
static inline bool
value_is_none(const struct ber_value *v)
{
	return v->tag == BER_NULL || v->tag >= BER_NO_SUCH_OBJECT;
}

/* scalars.c */
/* Put those that can ride with a GetBulk in the question. */
void scalars_ride(struct poll *);
/* Take them from an answer; false if the device has restarted. */
bool scalars_rode(struct poll *, struct ber *varbinds);
/* Ask for those not there yet by their own names; false if none is. */
bool scalars_want(struct poll *);

/* lookup.c: begin to walk the lookups of the table; -1 if memory is out. */
int lookup_begin(struct poll *, bool bulk);

/* report.c: say how it went; why the agent gave nothing, or NULL. */
const char *report_poll(struct poll *, const struct agent *);

/* table.c: each sets the next stage. */
void table_begin(struct poll *);
void table_names_read(struct poll *); /* the end of STAGE_NAMES and _CHAIN */
void table_rows_read(struct poll *);  /* of STAGE_ROWS and _CELLS */

#endif
