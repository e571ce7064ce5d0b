/*
 * collectd_network.h - what collectd's network plugin sends and takes: packets
 * of parts,
 *
 *   u16 type   u16 size, with these four bytes   payload
 *
 * big-endian.  A part with values is a list of them; what it is about was said
 * by the parts before it, of which only those come again that have changed.
 *
 *   0 host  2 plugin  3 plugin instance  4 type  5 type instance: texts with a
 *     NUL; 1 time  7 interval: u64, seconds; 8 and 9: the same in 2^-30 s
 *   6 values: u16 n, n kinds, n times 8 bytes: big-endian but for gauges, which
 *     are little-endian doubles
 *   0x100 message, a text: a notification; 0x101 severity, u64
 *   0x200 signature  0x210 encryption: see collectd_seal.h
 *
 * After collectd's description of it, and what collectd 5.12 sends.  Pure
 * functions, no malloc.
 */
#ifndef WIRE_COLLECTD_NETWORK_H
#define WIRE_COLLECTD_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "slice.h"

#define COLLECTD_PORT 25826
/* As collectd has it: fits an Ethernet frame. */
#define COLLECTD_PACKET_SIZE 1452
/* Of a name, without the NUL. */
#define COLLECTD_NAME_MAX 127
#define COLLECTD_VALUES_MAX 1024

/* Numbers are on the wire. */
enum collectd_kind {
	COLLECTD_COUNTER = 0,
	COLLECTD_GAUGE = 1,
	COLLECTD_DERIVE = 2,
	COLLECTD_ABSOLUTE = 3,
};

struct collectd_identifier {
	struct slice host;
	struct slice plugin;
	struct slice plugin_instance;
	struct slice type;
	struct slice type_instance;
};

struct collectd_value {
	enum collectd_kind kind;
	union {
		double gauge;
		int64_t derive;
		uint64_t counter; /* and absolute */
	};
};

/* A list of values, or a notification; all points into the packet. */
struct collectd_list {
	struct collectd_identifier of;
	int64_t time_ns;
	int64_t interval_ns; /* 0: not said */
	bool notification;
	uint64_t severity;    /* 1 failure, 2 warning, 4 okay */
	struct slice message; /* of a notification */
	size_t n;	      /* values, for collectd_value_at() */
	const uint8_t *kinds;
	const uint8_t *values;
};

/* Starts with `rest', and else zeroed. */
struct collectd_packet {
	struct slice rest;
	struct collectd_list now;
};

/*
 * The next list: 1, or 0 at the end, or -1 if a part is wrong: the next call
 * goes on behind a list that is not fully named or of no time, and says 0 if it
 * cannot be told where that is.  Parts of other types are passed over.
 */
int collectd_next(struct collectd_packet *, struct collectd_list *ret,
    struct error *);
struct collectd_value collectd_value_at(const struct collectd_list *, size_t);

/*
 * A packet being written: `begin', `at' and `end' of its room, the rest zeroed.
 */
struct collectd_writing {
	uint8_t *begin;
	uint8_t *at;
	uint8_t *end;
	struct collectd_list last; /* in the packet */
};

/*
 * Append a list: 1, 0 if there is no room left (nothing is written then), -1 if
 * a name is too long or missing, or has a NUL in it.
 */
int collectd_put(struct collectd_writing *, const struct collectd_identifier *,
    int64_t time_ns, int64_t interval_ns, const struct collectd_value *,
    size_t n, struct error *);

#endif
