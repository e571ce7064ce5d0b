/*
 * get.h - single values by their exact names, as many to a question as fit.
 */
#ifndef SNMP_GET_H
#define SNMP_GET_H

#include "exchange.h"

struct poll;

/* One value, by what whoever asks knows it. */
struct want {
	uint32_t what;
	uint32_t where;
};

struct get {
	struct want *wants; /* more may be added while it goes on */
	size_t n, capacity;
	size_t at;   /* those before it are taken */
	size_t pack; /* names of a question, at most */
	bool failed;
	uint8_t silent; /* time-outs */
	void (*name)(struct poll *, const struct want *);
	/* The value, or NULL: the agent does not have it. */
	void (*take)(struct poll *, const struct want *,
	    const struct snmp_varbind *);
};

void get_free(struct get *);
void get_begin(struct get *,
    void (*name)(struct poll *, const struct want *),
    void (*take)(struct poll *, const struct want *,
	const struct snmp_varbind *));
/* -1 if memory is out. */
int get_add(struct get *, uint32_t what, uint32_t where);

/* The next question, put in poll->ask; false: all are taken. */
bool get_next(struct poll *);
void get_take(struct poll *, const struct answer *, struct ber *varbinds);

#endif
