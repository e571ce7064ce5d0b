/*
 * udp_writing.h - the writer `udp', and a socket of the test's that hears it.
 */
#ifndef TESTS_UDP_WRITING_H
#define TESTS_UDP_WRITING_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "fake_host.h"

#include "buffer.h"
#include "clock.h"
#include "unit.h"

#define NOW_NS (INT64_C(1700000000) * NS_PER_S)

extern const struct farm_entry farm_module;

struct writing {
	struct fake_host *fake;
	int fd;
	char port[8];
	char to[128];
	uint64_t position;
	struct buffer heard;
};

/* One of this process's own, so that the port stays free. */
struct sockaddr_in writing_address(void);
void writing_bind(struct writing *, int type, struct sockaddr_in here);
/* Everything but opened: options may follow. */
void writing_open(struct writing *, int type, const char *format);
void writing_close(struct writing *);

/* A value of a node's parameter, with a label. */
struct farm_value writing_value(struct writing *, const char *node,
    const char *name, struct farm_value);
int writing_record(struct writing *, struct farm_record);
int writing_put(struct writing *, const struct farm_value *, size_t n);
/* One value of 1; a line. */
int writing_say(struct writing *, const char *name);

/* All that is there, each datagram behind a ">": on loopback it is, once it
   was sent. */
const char *writing_hear(struct writing *);
void writing_expect(const char *heard, const char *want);
/* What the action `counts' answers. */
const char *writing_counts(struct writing *);

#endif
