/*
 * fetch.h - HTTP transfers, many at once on one thread, by libcurl.  All
 * functions are for one thread, the fetcher's owner; none blocks, but for names
 * nothing: they are looked up on threads of libcurl's own.
 */
#ifndef LIB_FETCH_H
#define LIB_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <farm/module.h>

#include "buffer.h"
#include "error.h"

/* How they are made; borrowed for as long as the fetcher.  Texts may be NULL
   or "" where they are not set. */
struct fetch_rules {
	const char *method; /* "GET" */
	const char *body;   /* sent if it is set */
	struct farm_map headers;
	const char *user;
	const char *password;
	const char *token; /* sent as a bearer's */
	const char *ca;    /* a file; the system's if not set */
	const char *certificate;
	const char *key;
	bool trusting; /* a server's certificate is not checked */
	bool connect_only; /* no question is asked */
	bool anew; /* each looks its name up and makes a connection of its own */
	long redirects; /* followed, at most; only to http and https */
	int family;     /* AF_UNSPEC, AF_INET or AF_INET6 */
	size_t body_max; /* of what is answered, decoded; more is a failure,
			    and left out */
	size_t at_once;  /* transfers; others wait for their turn */
	const char *accept; /* what is asked for, as in the header; NULL: all */
};

/* How long its parts took, in ns; below 0: it did not come to that.  With
   redirects, sums of all. */
struct fetch_times {
	int64_t names;	    /* looked up */
	int64_t connect;
	int64_t tls;
	int64_t first_byte; /* from the question on */
	int64_t total;
};

/* A transfer that is over. */
struct fetch {
	void *cookie;
	struct error why; /* "": it was answered, whatever the status */
	long status;	  /* of HTTP; 0: none */
	struct buffer body;
	const char *type; /* the Content-Type; "" */
	const char *address; /* who has answered; "" */
	long redirects;	     /* that were followed */
	struct fetch_times times;
	int64_t expires_ns; /* of its chain the certificate that ends first,
			       since 1970; 0: none */
	/* The fetcher's. */
	TAILQ_ENTRY(fetch) link;
	char *url;
	char *connect_to;
	void *easy;
	struct curl_slist *headers;
	struct curl_slist *hosts;
	int64_t deadline_ns;
	size_t body_max;
	char said[256]; /* by libcurl: CURL_ERROR_SIZE */
};

struct fetcher;

int fetcher_new(struct fetcher **ret, const struct fetch_rules *,
    struct error *);
/* Transfers under way are broken off.  NULL is fine. */
void fetcher_free(struct fetcher *);

/*
 * Begin a transfer, which is over by `deadline_ns' of CLOCK_MONOTONIC.
 * `connect_to', HOST or HOST:PORT, is asked instead of the URL's host; it may
 * be NULL.  -1: memory is out.
 */
int fetcher_ask(struct fetcher *, const char *url, const char *connect_to,
    int64_t deadline_ns, void *cookie, struct error *);
/* Polls readable when fetcher_step() has something to do... */
int fetcher_fd(const struct fetcher *);
/* ... which it also has then, of CLOCK_MONOTONIC; INT64_MAX: never. */
int64_t fetcher_due_ns(const struct fetcher *);
void fetcher_step(struct fetcher *);
/* One that is over, the caller's for fetch_free(); NULL if none. */
struct fetch *fetcher_over(struct fetcher *);
/* All of them end here, unheard. */
void fetcher_stop(struct fetcher *);
/* How many there are that fetcher_over() has not given. */
size_t fetcher_running(const struct fetcher *);
void fetch_free(struct fetch *); /* NULL is fine */

#endif
