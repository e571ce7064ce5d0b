/*
 * resolve.h - names become addresses on threads of their own, a few at a time,
 * so that a dead name server delays nobody who has an address.  All functions
 * are for one thread, the resolver's owner; none blocks.  The only threads in
 * lib/: getaddrinfo() knows no other way, and each resolver's are its own.
 */
#ifndef LIB_RESOLVE_H
#define LIB_RESOLVE_H

#include <netinet/in.h>
#include <stdbool.h>

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6; /* of the three the largest */
};

struct resolver;

struct query {
	struct query *next;
	void *cookie;
	union address address;
	int family; /* the answer's; 0: none, see error */
	int error;  /* EAI_*, for gai_strerror() */
	int wanted; /* AF_INET, AF_INET6 or AF_UNSPEC */
	bool dropped;
	char name[];
};

/* NULL with errno set. */
struct resolver *resolver_new(void);
/* Questions that are still open are forgotten; a look-up under way ends by
   itself, later.  NULL is fine. */
void resolver_free(struct resolver *);
/* Polls readable when resolver_answer() may have something. */
int resolver_fd(const struct resolver *);

/* NULL if memory or threads are out. */
struct query *resolver_ask(struct resolver *, const char *name, int wanted,
    void *cookie);
/* An answered question, the caller's to free(); NULL if none. */
struct query *resolver_answer(struct resolver *);
/* Never mind.  The query is gone.  NULL is fine. */
void resolver_drop(struct resolver *, struct query *);

/* A numeric address, without any look-up: its family, or 0. */
int resolve_numeric(const char *text, union address *ret);

#endif
