/*
 * oid.h - object identifiers between text and bytes.
 */
#ifndef WIRE_OID_H
#define WIRE_OID_H

#include "ber.h"
#include "buffer.h"
#include "error.h"

/*
 * One OID by value, as it stands encoded on the wire.  Most have 10 to 20
 * bytes; what is longer than a node of a plan should be is an error of
 * whoever fills it in.
 */
struct oid {
	uint16_t size;
	uint8_t bytes[BER_OID_BYTES];
};

static inline struct ber_bytes
oid_bytes(const struct oid *oid)
{
	return (struct ber_bytes){ oid->bytes, oid->size };
}

/* "1.3.6.1.2.1" or ".1.3.6.1.2.1"; -1 with the reason, which quotes it. */
int oid_parse(const char *text, struct oid *ret, struct error *);
/* "1.3.6.1.2.1" */
void oid_print(struct buffer *, struct ber_bytes oid);
/* The numbers behind `root', "5" or "10.0.0.1"; "" if there are none.  `oid'
   must stand at or below `root'. */
void oid_print_below(struct buffer *, struct ber_bytes oid,
    struct ber_bytes root);

#endif
