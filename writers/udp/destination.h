/*
 * destination.h - one of those who get everything: its address, which is
 * looked up again and again beside the sending, and its socket.
 */
#ifndef UDP_DESTINATION_H
#define UDP_DESTINATION_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "bucket.h"
#include "composer.h"
#include "error.h"
#include "outgoing.h"
#include "pieces.h"
#include "resolve.h"

/* Why datagrams did not go. */
enum undelivered {
	NO_ADDRESS, /* the name is not known */
	REFUSED,    /* nobody listens; it may have been the one before */
	LIMITED,    /* more than `rate' */
	UNSENT,	    /* the system said no */
	UNDELIVERED
};

struct destination {
	struct farm_address to;
	bool stream;
	uint32_t port;
	/* The address. */
	union address address;
	int family;  /* 0: not known yet */
	bool named;  /* it is looked up */
	int wanted;  /* AF_UNSPEC, or one where the other refuses */
	struct query *query;
	int64_t asked_mono_ns;
	char problem[96]; /* of the last look-up; "" if none */
	/* The way. */
	int fd; /* -1: none */
	struct bucket bucket;
	/* A connection's. */
	bool connected;
	struct queue waiting; /* what is not there, or may have been lost */
	struct place *unsent; /* the first that is not sent as a whole ... */
	size_t offset;	      /* ... but for so much */
	struct queue kept;    /* sent lately: lost if its reader is */
	size_t kept_max;
	int left; /* bytes that were on the way when it was looked at */
	int64_t progress_mono_ns;
	int64_t retry_mono_ns; /* it is not tried before */
	struct error trouble;  /* why something waits; "" if nothing does */
	/* Counts. */
	uint64_t sent;	/* datagrams, or pieces over a connection */
	uint64_t bytes;
	uint64_t resent; /* bytes, after a connection that broke */
	uint64_t connections;
	uint64_t undelivered[UNDELIVERED];
	/* What the log knows of them. */
	uint64_t before;
	uint64_t at_last;	/* when it was said that some are lost */
	int64_t lost_mono_ns;	/* the last time; 0: none for long */
	bool unknown;		/* it was said that its name is */
	bool behind;		/* ... that lines wait */
};

/* How all of them are sent to. */
struct sending {
	size_t datagram;
	double rate;
	double burst;
	bool drop; /* what is beyond the rate */
	int64_t timeout_ns;
};

/* Is it an address for this format?  -1 with the reason. */
int destination_parse(struct destination *, struct arena *, const char *text,
    const struct format_ops *, struct error *);
/* Zeroed but for what destination_parse() has made of it. */
int destination_open(struct destination *, struct resolver *, struct error *);
void destination_close(struct destination *, struct resolver *);

/* Ask again if it is time. */
void destination_ask(struct destination *, struct resolver *, int64_t every_ns);
/* The answer; frees it. */
void destination_answer(struct destination *, struct query *);
/* Nobody listens there: perhaps at its other kind of address. */
void destination_refused(struct destination *);
bool destination_is_known(const struct destination *);
/* A socket that is connected, or on its way to be; -1 with errno set. */
int destination_socket(const struct destination *, int type);
void destination_hang_up(struct destination *);

/* ------------------------------------------------------------ datagrams -- */

/* All that goes, until this time; what does not is counted. */
void datagrams_send(struct destination *, const struct outgoing *,
    const struct sending *, int64_t until_mono_ns);

/* ---------------------------------------------------------- connections -- */

void stream_open(struct destination *);
void stream_close(struct destination *);
/* What waits, as far as it goes at once, with what may be lost of what was
   there.  1: all of it is there, 0: it is under way, -1: `trouble' says why
   not. */
int stream_go_on(struct destination *, const struct sending *);
/* One more waits. */
void stream_put(struct destination *, struct place *);
/* The same, and as long as it is under way until this time. */
int stream_send(struct destination *, struct place *, const struct sending *,
    int64_t until_mono_ns);
/* The last one is to come again; `late': it was under way. */
void stream_take_back(struct destination *, bool late);

#endif
