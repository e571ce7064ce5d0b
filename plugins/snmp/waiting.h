/*
 * waiting.h - the inside of an exchange, shared by exchange.c (questions go
 * out), answer.c (what comes in) and find.c (one credential after the other).
 */
#ifndef SNMP_WAITING_H
#define SNMP_WAITING_H

#include "channel.h"
#include "exchange.h"
#include "security.h"
#include "wheel.h"

/*
 * The id of a message, request-id and msgID alike, is 11 bits of generation
 * and 20 of the agent's place in the exchange; never negative, since there are
 * agents that cannot.  Each try has a generation of its own.
 */
#define PLACE_BITS 20
#define PLACES_MAX (1u << PLACE_BITS)
#define GENERATION_MASK 0x7ffu
/* So many tries, the last ones, can still be answered. */
#define TRIES_KEPT 8

enum state {
	STATE_IDLE = 0,
	STATE_READY,   /* to be sent */
	STATE_SENDING, /* written, within one step */
	STATE_FLYING,  /* sent, and counts against the window */
	STATE_PATIENT, /* sent, its grace is over */
	STATE_OVER,    /* to be told */
};

/* The question of one agent, from its joining to its leaving. */
struct waiting {
	struct timer timer;		 /* first: the next of its times */
	struct waiting *next, *previous; /* in its state's queue */
	struct waiting *neighbour, **link; /* of those with its address */
	union address address;		   /* where it is filed */
	struct agent *agent;
	struct question question;
	struct talk talk;
	int64_t limit_ns;
	int64_t timeout_ns;		 /* when this try is over */
	int64_t sent_ns[TRIES_KEPT];	 /* by generation */
	uint16_t generation;		 /* of the last try */
	uint8_t state;			 /* enum state */
	uint8_t answerable;		 /* tries that may be answered */
	uint8_t turns;			 /* how often something was learnt */
	uint8_t outcome;		 /* enum outcome; of STATE_OVER */
	bool large;
	bool finding;
	uint8_t first; /* find: the credential begun with */
	uint8_t told;  /* find: the credential that `outcome' is of */
	int tries;     /* of this turn */
	int tries_max;
	int unreachable; /* errno that the network told; 0: none */
	int error;	 /* errno of NOT_SENT */
};

struct queue {
	struct waiting *head, *tail;
};

/* A place outlives who has it, for the generation goes on. */
struct place {
	struct waiting *waiting; /* NULL: free */
	uint16_t generation;
};

struct exchange {
	struct exchange_options options;
	struct channel channels[2]; /* IPv4, IPv6 */
	struct wheel wheel;
	struct queue ready, over;
	struct place *places;
	uint32_t n_places;
	uint32_t capacity;
	uint32_t free_from; /* no place before it is free */
	struct waiting **buckets; /* `capacity' of them, by address */
	size_t in_flight;
	size_t n_ready;
	size_t pending;
	unsigned full_batches; /* in a row: there is more to read */
	uint64_t salt;
	int64_t now_ns;	    /* of this step */
	int64_t wall_ns;    /* of its arrivals */
	int64_t blocked_ns; /* the system's buffers are full until then */
	int blocked;	    /* errno of that */
	int64_t paced_ns;   /* the rate has the next datagram go then */
};

bool address_same(const union address *, const union address *);
/* The first that is filed under this address; follow `neighbour'. */
struct waiting *filed_under(const struct exchange *, const union address *);

static inline bool
is_sent(const struct waiting *w)
{
	return w->state == STATE_FLYING || w->state == STATE_PATIENT;
}

/* Take it out of whatever it waits in; its state is idle. */
void waiting_stop(struct exchange *, struct waiting *);
/* To be sent; none of the tries before can be answered any more. */
void waiting_turn(struct exchange *, struct waiting *);
/*
 * This is how it went.  True: that was all, and it is idle again; false:
 * another credential has its turn.
 */
bool waiting_conclude(struct exchange *, struct waiting *, enum outcome);
/* The same, to be told by exchange_answer(). */
void waiting_fail(struct exchange *, struct waiting *, enum outcome);

/* find.c: -1 if there is no further credential to be tried. */
int find_next(struct exchange *, struct waiting *, enum outcome);
void waiting_use(struct exchange *, struct waiting *, uint8_t credential);

/*
 * answer.c: a datagram has come; true if a question is over by it, which *ret
 * tells.  The bytes may be changed.
 */
bool answer_take(struct exchange *, const union address *from, uint8_t *bytes,
    size_t size, struct answer *ret);
/* An error of the network, about what was sent to this address. */
void answer_error(struct exchange *, const union address *to, int error);
/* What is told of one whose outcome is not ANSWERED. */
void answer_explain(const struct exchange *, const struct waiting *,
    struct answer *ret);

#endif
