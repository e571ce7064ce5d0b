/*
 * sink.h - where lines go: a file, syslog's socket, a host.
 */
#ifndef SEND_SINK_H
#define SEND_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"

enum sink_kind {
	SINK_MEMORY, /* nowhere */
	SINK_FILE,
	SINK_SYSLOG,
	SINK_UDP,
	SINK_TCP,
};

struct sink {
	enum sink_kind kind;
	int fd; /* -1: not connected */
	const char *path;
	const char *host;
	uint32_t port;
	bool nonblock;
	int64_t retry_mono_ns; /* no connection before this */
};

/* What it points to lies in the arena. */
int sink_open(struct sink *, struct arena *, const char *to, bool nonblock,
    struct error *);
void sink_close(struct sink *);

/* Whole lines go in pieces, of at most so many bytes; 0: each by itself;
   SIZE_MAX: it may cut them. */
size_t sink_piece(const struct sink *);

/*
 * How many of the bytes were taken, 0 if none can be now; -1 with the reason:
 * they are lost (datagrams), or the connection is, and is made anew by a later
 * call with `wait', at most once a second.
 */
long sink_write(struct sink *, const char *bytes, size_t size, bool wait,
    struct error *);

#endif
