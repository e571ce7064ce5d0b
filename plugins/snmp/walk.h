/*
 * walk.h - columns of a table read together, row after row, with GetBulk or
 * GetNext, whatever the agent makes of it.
 */
#ifndef SNMP_WALK_H
#define SNMP_WALK_H

#include "exchange.h"
#include "layout.h"

struct poll;

enum column_state {
	COLUMN_LIVE = 0,
	COLUMN_OVER,
	COLUMN_BROKEN, /* given up, and said so */
};

struct walk_column {
	struct ber_bytes root;
	uint32_t number; /* what whoever walks knows it by */
	uint32_t cursor; /* the rows before this one are behind it */
	uint32_t end;	 /* of a known table: its cells end before this row */
	uint8_t state;	 /* enum column_state */
};

struct walk {
	struct layout *layout;
	struct walk_column *columns;
	size_t n, capacity;
	size_t first, width; /* those asked for together */
	bool cells; /* the layout's own columns: their cells come and go */
	bool known; /* the layout holds: no need to see the table's end */
	bool bulk;
	bool failed;
	uint8_t silent;	   /* time-outs */
	size_t singles;	   /* of the question under way, behind riders */
	uint32_t floor;	   /* its repeaters ask for rows from here on */
	size_t repeaters;
	size_t repetitions;
	/* A value of a column that is still live; not for exceptions. */
	void (*take)(struct poll *, uint32_t number, uint32_t row,
	    const struct snmp_varbind *);
};

void walk_free(struct walk *);
/* Of no columns yet; `bulk' if the agent knows GetBulk. */
void walk_begin(struct walk *, struct layout *, bool bulk);
/* -1 if memory is out. */
int walk_add(struct walk *, uint32_t number, struct ber_bytes root);
/* All columns are added: begin to ask. */
void walk_start(struct walk *);

/* The next question, put behind the riders in poll->ask; false: all columns
   are over. */
bool walk_next(struct poll *);
/* An answer without riders, or the lack of one. */
void walk_take(struct poll *, const struct answer *, struct ber *varbinds);

#endif
