/*
 * tcp.h - connections begun only to see whether somebody is there: accepted or
 * refused, both are an answer.  A descriptor each, so their number is bounded;
 * who finds no room waits.
 */
#ifndef ICMP_TCP_H
#define ICMP_TCP_H

#include "sweep.h"

#define TCP_MAX 256

struct tcp {
	int epoll; /* polls readable when tcp_receive() has something */
	uint16_t port;
	unsigned running;
	struct attempt {
		int fd; /* 0: free */
		int64_t due_ns;
		struct cookie cookie;
	} attempts[TCP_MAX];
};

/* NULL with errno set. */
struct tcp *tcp_new(uint16_t port);
/* NULL is fine. */
void tcp_free(struct tcp *);
/* End all attempts, nothing told. */
void tcp_stop(struct tcp *);

/* Begin to connect, or put the peer off until there is room. */
void tcp_send(struct tcp *, struct sweep *, struct peer *);
/* Tell the sweep what has come, and end what is older than its timeout. */
void tcp_receive(struct tcp *, struct sweep *);

#endif
