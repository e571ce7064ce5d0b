/*
 * serve_http.h - HTTP on one listening socket: requests taken apart, bounded
 * and checked, then given to the API; streams as they come.
 */
#ifndef HOST_SERVE_HTTP_H
#define HOST_SERVE_HTTP_H

#include "error.h"
#include "farm.h"

struct http;

/* Larger bodies are refused (413). */
#define HTTP_BODY_MAX (1 << 20)
/* Requests that are answered at a time; of connections there may be as many
   more as there may be subscribers.  An idle one ends after HTTP_IDLE_S
   seconds. */
#define HTTP_CONNECTIONS_MAX 64
#define HTTP_IDLE_S 30

/*
 * Serve on `fd', which is the server's from now on if this succeeds.
 * `host' NULL: a Unix socket, whose peers are trusted; else reading only, and
 * the Host header must be an IP address, "localhost", this host's name or
 * `host', so that no web page can make a browser read it.
 */
int http_start(struct http **ret, struct farm *, int fd, const char *host,
    struct error *);
/* The hub's subscriptions have been stopped.  NULL is fine. */
void http_stop(struct http *);

#endif
