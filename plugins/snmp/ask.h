/*
 * ask.h - a question under construction, with what each of its names is
 * about; it stays as it is until its answer has come.
 */
#ifndef SNMP_ASK_H
#define SNMP_ASK_H

#include "exchange.h"

struct ask {
	struct question question;
	struct ber_bytes *names;
	uint32_t *about; /* by name: a number of whoever asks */
	size_t n, capacity;
	uint8_t *bytes; /* of the names, one after the other */
	size_t used, room;
	size_t riders; /* names of scalars, before all else */
	bool failed;   /* memory is out */
};

void ask_free(struct ask *);
void ask_clear(struct ask *);
/* One more name: `root' and then `index', which may be empty. */
void ask_add(struct ask *, uint32_t about, struct ber_bytes root,
    struct ber_bytes index);
/* The question of all names; a GetBulk repeats all but the first `singles'. */
void ask_done(struct ask *, uint8_t type, size_t singles, int32_t repetitions);

/* What its names take in the question, and at least in the answer. */
static inline size_t
ask_size(const struct ask *a)
{
	return a->used + 6 * a->n;
}

#endif
