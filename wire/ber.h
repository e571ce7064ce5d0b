/*
 * ber.h - the BER (X.690) that SNMP uses (RFC 3417 section 8): tags of one
 * byte, definite lengths, primitive strings.  Nothing is copied: what is read
 * points into the bytes given, what is written goes into memory given.
 *
 * Agents in the field are read leniently where the meaning is beyond doubt:
 *   - lengths in more bytes than needed (up to 8): several stacks write 0x82
 *     always, because the length is filled in when the content is known;
 *   - integers with leading 00 (or ff) bytes too many: of a fixed-width
 *     encoder; and unsigned ones without the 00 that keeps the highest bit
 *     from being a sign: negative counters do not exist;
 *   - numbers beyond the 32 bits of their type: kept whole, for a number cut
 *     to 32 bits looks right and is wrong;
 *   - an OID without bytes as a value: 0.0, as net-snmp takes it.
 * Everything else that is not BER is an error that names what and the byte.
 */
#ifndef WIRE_BER_H
#define WIRE_BER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* RFC 3416 4.1: an OID has at most this many numbers. */
#define BER_OID_MAX 128
/* Each is at most five bytes; the first two share a number. */
#define BER_OID_BYTES (5 * BER_OID_MAX)

enum ber_tag {
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_NULL = 0x05,
	BER_OID = 0x06,
	BER_SEQUENCE = 0x30,
	BER_IP_ADDRESS = 0x40,
	BER_COUNTER32 = 0x41,
	BER_GAUGE32 = 0x42,
	BER_TIMETICKS = 0x43,
	BER_OPAQUE = 0x44,
	BER_COUNTER64 = 0x46,
	BER_UINTEGER32 = 0x47, /* of RFC 1442; old agents send it */
	BER_NO_SUCH_OBJECT = 0x80,
	BER_NO_SUCH_INSTANCE = 0x81,
	BER_END_OF_MIB_VIEW = 0x82,
	/* Never a tag on the wire: what an Opaque may wrap (net-snmp). */
	BER_FLOAT = 0x78,
	BER_DOUBLE = 0x79,
};

/* Bytes that belong to somebody else. */
struct ber_bytes {
	const uint8_t *data;
	size_t size;
};

/* ------------------------------------------------------------- reading -- */

/* What is left to read; `begin' is where errors count their bytes from. */
struct ber {
	const uint8_t *begin;
	const uint8_t *p;
	const uint8_t *end;
};

static inline struct ber
ber_reader(const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	return (struct ber){ p, p, p + size };
}

static inline bool
ber_done(const struct ber *in)
{
	return in->p == in->end;
}

/*
 * One typed value.  OIDs stay encoded, so that reading one costs no more than
 * the check that it is one; ber_oid_numbers() gives the numbers.
 */
struct ber_value {
	uint8_t tag; /* enum ber_tag */
	union {
		int64_t integer;      /* BER_INTEGER */
		uint64_t number;      /* counters, gauges, ticks */
		double real;	      /* BER_FLOAT, BER_DOUBLE */
		struct ber_bytes bytes; /* OCTETS, OID, IP_ADDRESS, OPAQUE */
	};
};

/*
 * Every function returns -1 with the reason if the bytes are not what is asked
 * for; `what' is the name of the thing in the message: "byte 7: request-id is
 * not an INTEGER".  *ret and the reader are as before then.
 */
int ber_fail(const struct ber *in, const uint8_t *at, const char *what,
    const char *wrong, struct error *);
/* The tag of the next element; 0, which SNMP does not use, at the end. */
uint8_t ber_peek(const struct ber *in);
/* Step over one element with this tag; *ret_inside reads its content. */
int ber_enter(struct ber *in, uint8_t tag, const char *what,
    struct ber *ret_inside, struct error *);
int ber_get_bytes(struct ber *in, uint8_t tag, const char *what,
    struct ber_bytes *ret, struct error *);
int ber_get_oid(struct ber *in, const char *what, struct ber_bytes *ret,
    struct error *);
/* An INTEGER between two bounds, both included. */
int ber_get_int32(struct ber *in, const char *what, int32_t min, int32_t max,
    int32_t *ret, struct error *);
/* Any value that a varbind may have. */
int ber_get_value(struct ber *in, struct ber_value *ret, struct error *);
/* That nothing is left. */
int ber_finish(const struct ber *in, const char *what, struct error *);

/*
 * The whole size of the element that begins at `bytes', from its header alone:
 * 0 if more bytes are needed to tell, -1 if its length is no length.
 */
int64_t ber_element_size(const void *bytes, size_t size);

/* ---------------------------------------------------------------- OIDs -- */

/* The numbers of an OID that was read; returns how many, at most 128. */
size_t ber_oid_numbers(struct ber_bytes oid, uint32_t to[BER_OID_MAX]);
/*
 * Encode; returns the size, or 0 if there are fewer than two numbers, more
 * than 128, or the first two cannot be (X.690 8.19.4).
 */
size_t ber_oid_encode(const uint32_t *numbers, size_t n,
    uint8_t to[BER_OID_BYTES]);
/* Encoded OIDs: does `oid' stand at or below `root'? */
bool ber_oid_below(struct ber_bytes oid, struct ber_bytes root);
/* <0, 0, >0: the order in which GetNext goes through a MIB. */
int ber_oid_compare(struct ber_bytes a, struct ber_bytes b);

/* ------------------------------------------------------------- writing -- */

/*
 * Bytes are put from the end of the memory to its beginning, the last element
 * first: so each length is known when its header is put, and is as short as
 * it can be.  Once something did not fit, all else is dropped and `failed' is
 * set: look once, in the end.
 */
struct ber_writer {
	uint8_t *begin; /* of the memory */
	uint8_t *p;	/* what is written: from here ... */
	uint8_t *end;	/* ... to here */
	bool failed;
};

static inline struct ber_writer
ber_writer(void *memory, size_t size)
{
	uint8_t *begin = memory;

	return (struct ber_writer){ begin, begin + size, begin + size, false };
}

/* What stands from here on is `mark' bytes; see ber_put_header(). */
static inline size_t
ber_written(const struct ber_writer *out)
{
	return (size_t)(out->end - out->p);
}

void ber_put_raw(struct ber_writer *, const void *bytes, size_t size);
/* The header of all that was written since ber_written() was `mark'. */
void ber_put_header(struct ber_writer *, uint8_t tag, size_t mark);
void ber_put_integer(struct ber_writer *, int64_t);
void ber_put_unsigned(struct ber_writer *, uint8_t tag, uint64_t);
void ber_put_bytes(struct ber_writer *, uint8_t tag, struct ber_bytes);
/* Fails if the value is of no known type, or its bytes are no such thing. */
void ber_put_value(struct ber_writer *, const struct ber_value *);

#endif
