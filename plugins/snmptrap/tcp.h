/*
 * tcp.h - messages over connections (RFC 3430): any number behind each other,
 * each as long as its own header says.  Connections are few, and none may take
 * its time.
 */
#ifndef SNMPTRAP_TCP_H
#define SNMPTRAP_TCP_H

#include <farm/module.h>

#include "connections.h"
#include "receiver.h"

/* A message that has begun must be there after this. */
#define TCP_SLOW_NS INT64_C(10000000000)

struct tcp {
	struct connections connections;
	int64_t idle_ns;
};

/* Of so many connections at most, each idle for as long at most. */
void tcp_init(struct tcp *, size_t max, int64_t idle_ns);

/* A connection waits, or several; the one idle for longest makes room. */
void tcp_accept(struct tcp *, struct farm_host *, int fd);
/* A connection, which is what was watched for, may be read. */
void tcp_ready(struct tcp *, struct farm_host *, struct receiver *,
    struct connection *);
/* Now and then: close those that are idle or slow. */
void tcp_tick(struct tcp *, struct farm_host *, int64_t mono_ns);
/* `host' is NULL where nothing is watched any more. */
void tcp_close(struct tcp *, struct farm_host *);

#endif
