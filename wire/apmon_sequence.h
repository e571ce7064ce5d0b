/*
 * apmon_sequence.h - what the sequence numbers of one sender tell: what was
 * lost, came twice, came late, and that the sender began anew.  A sender is an
 * address, a port and an instance id; whoever keeps the table of them forgets
 * one after 900 s of silence, as MonALISA's listener does.
 */
#ifndef WIRE_APMON_SEQUENCE_H
#define WIRE_APMON_SEQUENCE_H

#include <stdint.h>

/* Clients begin at 0 (C, C++) or 1 (Java, Perl, Python) and go back to it
   here. */
#define APMON_SEQUENCE_WRAP 2000000000u
/* How far back a datagram may be late; the width of `seen'. */
#define APMON_SEQUENCE_WINDOW 64
/* A longer gap is no loss: at 50 datagrams a second, what a listener of
   MonALISA accepts of one source, it is 20000 s of them. */
#define APMON_SEQUENCE_GAP 1000000

enum apmon_arrival {
	APMON_ARRIVAL_FIRST = 0,
	APMON_ARRIVAL_NEXT,
	APMON_ARRIVAL_GAP,	 /* those between are lost, as it looks */
	APMON_ARRIVAL_LATE,	 /* one of those counted as lost */
	APMON_ARRIVAL_DUPLICATE, /* do not use it again */
	APMON_ARRIVAL_RESTART,	 /* another row begins */
};

/* Zeroed before the first. */
struct apmon_sequence {
	uint64_t seen; /* bit n: `last' - n has come */
	uint32_t last; /* the highest of this row */
	uint32_t begun;
	uint64_t received; /* all of them */
	uint64_t lost;	   /* late ones are taken off again */
	uint64_t late;
	uint64_t duplicates;
	uint64_t restarts;
};

/*
 * Count one.  Back to 0 or 1 from further than the next but one is a restart,
 * even if that number was seen a moment ago: a sender that restarts is more
 * frequent than a network that repeats its very first datagram so late.
 */
enum apmon_arrival apmon_sequence_add(struct apmon_sequence *,
    uint32_t sequence);

#endif
