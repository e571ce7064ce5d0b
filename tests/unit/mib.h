/*
 * mib.h - an agent in memory: objects in the order of their OIDs that answer
 * questions as agents do, the bad ones too.
 */
#ifndef TESTS_MIB_H
#define TESTS_MIB_H

#include <stdbool.h>

#include "exchange.h"
#include "oid.h"

struct mib_entry {
	struct oid oid;
	struct ber_value value;
	char text[64]; /* of octets */
};

struct mib {
	struct mib_entry *entries; /* in order */
	size_t n, capacity;
	int version;
	size_t max_size;     /* of an answer's varbinds, in bytes */
	size_t max_varbinds; /* more are tooBig; 0: any */
	int64_t time_ns;     /* of the next answer */
	/* Bad habits. */
	bool bulk_fails;	/* genErr */
	bool bulk_silent;	/* no answer */
	bool stands_still;	/* GetNext gives what was asked for */
	bool goes_back;		/* the third row is followed by the first */
	bool dead;
	const char *broken;	/* genErr at or below this OID; NULL: none */
	const char *silent_at;	/* the same, without an answer */
	const char *endless;	/* a table whose rows have no end */
	/* What it was asked. */
	unsigned questions, bulks, nexts, gets;
	uint8_t *memory;
	struct agent agent;
};

/* A number (or text) at an OID, new or other than before. */
void mib_set(struct mib *, const char *oid, uint8_t tag, uint64_t number);
void mib_set_text(struct mib *, const char *oid, const char *text);
/* All that stands at or below the OID. */
void mib_remove(struct mib *, const char *oid);
void mib_answer(struct mib *, const struct question *, struct answer *ret);
void mib_free(struct mib *);

#endif
