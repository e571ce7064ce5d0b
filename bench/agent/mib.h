/*
 * mib.h - what every simulated agent shows: the same objects, in the order of
 * GetNext, with values made from its address, the object and the time.  So
 * nothing is stored per agent, and a test can say what a value must be:
 *
 *   counters: 1000 * H + RATE * ROW * UPTIME, H being the address without
 *	its 127 (127.0.1.2: 258), RATE what mib_table.c says, per second, ROW
 *	the number of the interface (1 for scalars), UPTIME sysUpTime in
 *	seconds; modulo 2^32 or 2^64
 *   gauges: rise from 0 to what mib_table.c says within 100 s, then again
 *   sysName: agent-127-0-1-2
 *
 * All else is the same everywhere and always.  Names and constant values are
 * encoded once.
 */
#ifndef BENCH_MIB_H
#define BENCH_MIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ber.h"

/* The longest varbind of this MIB: its length is a single byte. */
#define MIB_VARBIND_MAX 128

enum mib_rows {
	MIB_SCALAR,	/* one, with the index 0 */
	MIB_INTERFACES, /* as many as wanted */
	MIB_STORAGE,
	MIB_PROCESSORS, /* hrDeviceIndex, beginning at 196608 */
	MIB_LOADS,	/* 1, 2, 3: of 1, 5 and 15 minutes */
	MIB_DISKS,
};

enum mib_source {
	MIB_NUMBER, /* `number' */
	MIB_ROW,    /* the index */
	MIB_TEXT,   /* `text', whose %u is the row */
	MIB_OBJECT, /* `text' as an OID */
	MIB_COUNTER,
	MIB_GAUGE,
	MIB_UPTIME,
	MIB_NAME,     /* sysName */
	MIB_HARDWARE, /* ifPhysAddress */
	MIB_LOAD,     /* a gauge as text with two decimals */
	MIB_FLOAT,    /* the same as net-snmp's float in an Opaque */
	MIB_COUNT,    /* how many interfaces */
};

struct mib_column {
	const char *oid;
	enum mib_rows rows;
	uint8_t tag; /* enum ber_tag */
	enum mib_source source;
	uint64_t number;
	const char *text;
};

extern const struct mib_column mib_columns[];
extern const size_t mib_n_columns;

/* Whose values, and when. */
struct mib_moment {
	uint32_t address;     /* 127.0.0.1: 0x7f000001 */
	uint64_t uptime;      /* hundredths of a second */
	uint64_t wrap_uptime; /* when all counters wrap; 0: see above */
};

struct mib;

/* NULL if memory is out. */
struct mib *mib_new(unsigned interfaces);
void mib_free(struct mib *); /* NULL is fine */

/* Objects are numbered; these return mib_size() if there is none. */
size_t mib_size(const struct mib *);
size_t mib_at(const struct mib *, struct ber_bytes name);
size_t mib_after(const struct mib *, struct ber_bytes name);
struct ber_bytes mib_name(const struct mib *, size_t i);
/* Counter64, which v1 cannot say. */
bool mib_is_wide(const struct mib *, size_t i);

/* Write the varbind, at most MIB_VARBIND_MAX bytes; returns its end. */
uint8_t *mib_put(const struct mib *, size_t i, const struct mib_moment *,
    uint8_t *to);

#endif
