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
#include "resolve.h"

/* Why datagrams did not go. */
enum undelivered {
	NO_ADDRESS, /* the name is not known */
	REFUSED,    /* nobody listens; it may have been the one before */
	LIMITED,    /* more than `rate' */
	UNSENT,	    /* the system said no */
	UNDELIVERED
};

/* What a connection has sent lately: whoever is at the other end may be gone
   with it. */
struct kept;

struct kept_list {
	struct kept *first;
	struct kept **last;
	size_t size;
	size_t max;
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
	struct kept_list kept;
	bool doubtful; /* the last connection ended with `kept' unread perhaps */
	/* The batch that it has whole already. */
	uint64_t had_first, had_last;
	struct bucket bucket;
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

/* All of it, and wait until the other system has it.  -1 with the reason:
   nothing of it counts then. */
int stream_send(struct destination *, const struct outgoing *,
    const struct sending *, int64_t until_mono_ns, struct error *);
/* Is the connection still there?  If one broke, what may be lost is sent
   anew.  -1 with the reason. */
int stream_check(struct destination *, const struct sending *,
    int64_t until_mono_ns, struct error *);
void stream_forget(struct destination *);

#endif
