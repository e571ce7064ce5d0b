/*
 * sweep.h - which probe is sent when, and what became of it: the rhythm of all
 * bursts of an instance.  Knows neither sockets nor clocks: time is given
 * (CLOCK_MONOTONIC, ns), so a test can turn it.
 *
 * A burst is `count' probes, `spacing' apart; it ends when each is answered,
 * refused or `timeout' old.  As all wait equally long, each queue is in order
 * of time by itself, and everything is O(1).
 */
#ifndef ICMP_SWEEP_H
#define ICMP_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet.h"
#include "resolve.h"

/* A burst's probes are bits of one word. */
#define SWEEP_COUNT_MAX 64

enum phase {
	PHASE_IDLE = 0,
	PHASE_NAMING, /* waits for its address */
	PHASE_FRESH,  /* its first probe is due */
	PHASE_SENDING, /* between sweep_next() and sweep_sent() */
	PHASE_SPACED, /* its next probe is due later */
	PHASE_LAST,   /* all sent, waits for answers */
	PHASE_OVER,   /* to be reported */
	PHASES
};

/* One target of the sweep. */
struct peer {
	struct peer *next, *previous; /* in its phase's queue */
	int64_t due_ns;	  /* of its next step */
	int64_t limit_ns; /* must be over by then */
	int64_t *times;	  /* by probe: when sent; its rtt once answered */
	uint64_t answered; /* by probe */
	uint64_t refused;  /* by probe: an error came instead */
	uint64_t seen;	   /* by probe: answered, in time or not */
	uint64_t seen_before; /* the same of the burst before */
	union address address;
	uint32_t slot;	 /* its number in the sweep */
	uint32_t serial; /* of its burst */
	uint32_t duplicates; /* these three: since the last figures */
	uint32_t reordered;
	uint32_t late;
	uint8_t sent;
	uint8_t phase;	/* enum phase */
	uint8_t reason; /* enum reason: the last error's */
	uint8_t family; /* AF_INET, AF_INET6; 0: no address yet */
	bool one_answer; /* ends the burst, and further ones mean nothing */
	bool one_before; /* the same of the burst before */
	int error;	/* errno of REASON_LOCAL */
};

struct queue {
	struct peer *head, *tail;
};

struct sweep {
	int count;
	int64_t spacing_ns;
	int64_t timeout_ns;
	uint64_t token;
	struct queue queues[PHASES];
	struct peer **peers; /* by slot; a NULL is free */
	uint32_t n_peers;
	uint32_t capacity;
	uint32_t free_from; /* no slot before it is free */
	size_t running; /* peers that are not idle */
};

/* The peer becomes part of the sweep; -1 if memory is out. */
int sweep_join(struct sweep *, struct peer *);
/* It leaves, whatever it was at; also one that never joined. */
void sweep_leave(struct sweep *, struct peer *);
/* All peers idle again, nothing reported. */
void sweep_stop(struct sweep *);
void sweep_free(struct sweep *);

/* Begin a burst, which may end with its first answer; it waits for its address
   first if it has none. */
void sweep_begin(struct sweep *, struct peer *, int64_t now_ns,
    int64_t limit_ns, bool one_answer);
/* The address is there (or will not come, if family is still 0). */
void sweep_named(struct sweep *, struct peer *, int64_t now_ns);

/*
 * The next peer that is to be sent a probe, until sweep_sent() says that it
 * was; NULL if none is due.  A burst whose next probe could not be answered
 * before its limit ends here.
 */
struct peer *sweep_next(struct sweep *, int64_t now_ns);
struct cookie sweep_cookie(const struct sweep *, const struct peer *);
/* The probe was sent; errno if the system refused it, else 0.  If that was for
   want of permission, no other is tried. */
void sweep_sent(struct sweep *, struct peer *, int64_t now_ns, int error);
/* It could not be sent now, and is due again a little later. */
void sweep_put_off(struct sweep *, struct peer *, int64_t now_ns);
/* Whether that errno means that we may not, rather than cannot. */
bool sweep_forbidden(int error);

/*
 * An answer, or an error about a probe, with whatever cookie it had.  It came
 * at when_ns by the best stamp there is; probes are sent many to a call, so
 * the stamp may lie before what is taken for their sending: then the time at
 * which the answer was seen counts, for no round trip takes no time.
 */
void sweep_reply(struct sweep *, const struct cookie *, int64_t when_ns,
    int64_t seen_ns);
void sweep_refused(struct sweep *, const struct cookie *, enum reason);

/* A peer whose burst is over, idle from now on; NULL if none. */
struct peer *sweep_over(struct sweep *, int64_t now_ns);

/* When something is to be sent, not before `paced_ns', or will be over;
   INT64_MAX: never. */
int64_t sweep_due(const struct sweep *, int64_t paced_ns);

/*
 * The figures of a burst, in ms; with received == 0 there is no rtt.  Jitter is
 * the mean absolute difference of consecutive round trips.
 */
struct figures {
	int sent;
	int received;
	double loss; /* percent; only if something was sent */
	double mean, median, min, max, deviation;
	double jitter; /* with received > 1 */
	/*
	 * Also of answers that came after the burst: the one before it is
	 * remembered, no more.
	 */
	uint32_t duplicates; /* a further answer to the same probe */
	uint32_t reordered;  /* came after the answer to a later probe */
	uint32_t late;	     /* came when its probe was lost already */
};
/* Also begins to count those three anew. */
void sweep_figures(struct peer *, struct figures *ret);

#endif
