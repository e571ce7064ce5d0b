/*
 * gmond.h - Ganglia's metrics in UDP datagrams, as gmond and gmetric send
 * them.  Pure functions over bytes, no malloc.
 *
 * All is XDR (RFC 4506), one message a datagram.  Since 3.1:
 *
 *   int32   id            128 to 136
 *   string  host          "ADDRESS:NAME" if spoof, else nobody's business
 *   string  name
 *   bool    spoof
 *   128, metadata:        string type, name, units; u32 slope, tmax, dmax;
 *                         u32 n, n pairs of strings (TITLE, GROUP, ...)
 *   129 to 135, a value:  string format (of printf), then u16, i16, i32, u32,
 *                         string, float or double, by the id
 *   136, a request:       send metadata of this metric again
 *
 * Before, in 2.5 and 3.0, the host is who sends:
 *
 *   0, of gmetric:        string type, name, value, units; u32 slope, tmax,
 *                         dmax; 4098 is the same
 *   1 to 50:              one of the metrics that all know, and its value
 *   4096:                 string host, address; then as 0
 *   4097:                 string host, address: it is alive
 *
 * Layout and tables were read off datagrams of 3.7, which are in
 * tests/data/ganglia, and off what older releases publish; libganglia reads
 * and writes the same (tests/unit/test_gmond_oracle.c).
 */
#ifndef WIRE_GMOND_H
#define WIRE_GMOND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <farm/result.h>

#include "buffer.h"
#include "error.h"
#include "slice.h"

#define GMOND_PORT 8649
/* Where gmetad serves all, and where it is asked for a part. */
#define GMETAD_PORT 8651
#define GMETAD_QUERY_PORT 8652
/* What libganglia sends at most: it has no room for more. */
#define GMOND_DATAGRAM_SIZE 1464

/* Ids of messages since 3.1.  Numbers are on the wire. */
enum gmond_id {
	GMOND_METADATA = 128,
	GMOND_USHORT = 129,
	GMOND_SHORT = 130,
	GMOND_INT = 131,
	GMOND_UINT = 132,
	GMOND_STRING = 133, /* gmetric sends all values as such */
	GMOND_FLOAT = 134,
	GMOND_DOUBLE = 135,
	GMOND_REQUEST = 136,
};

/* Ids before 3.1; 1 to 50 are those of gmond_old_metric(). */
enum gmond_old_id {
	GMOND_OLD_GMETRIC = 0,
	GMOND_OLD_METRICS = 51,
	GMOND_OLD_SPOOF = 4096,
	GMOND_OLD_SPOOF_HEARTBEAT = 4097,
	GMOND_OLD_MODULAR = 4098,
};

/* Types of metrics, by gmond_type_word(). */
enum gmond_type {
	GMOND_TYPE_UNKNOWN = 0,
	GMOND_TYPE_STRING,
	GMOND_TYPE_INT8,
	GMOND_TYPE_UINT8,
	GMOND_TYPE_INT16,
	GMOND_TYPE_UINT16,
	GMOND_TYPE_INT32,
	GMOND_TYPE_UINT32,
	GMOND_TYPE_FLOAT,
	GMOND_TYPE_DOUBLE,
	GMOND_TYPE_TIMESTAMP,
};
#define GMOND_TYPES (GMOND_TYPE_TIMESTAMP + 1)

/* How a metric moves.  Numbers are on the wire. */
enum gmond_slope {
	GMOND_ZERO = 0, /* it does not */
	GMOND_POSITIVE = 1, /* a counter */
	GMOND_NEGATIVE = 2,
	GMOND_BOTH = 3,
	GMOND_UNSPECIFIED = 4,
	GMOND_DERIVATIVE = 5, /* a counter that may be set back */
};
#define GMOND_SLOPES (GMOND_DERIVATIVE + 1)

/* Why a datagram is refused. */
enum gmond_reason {
	GMOND_OK = 0,
	GMOND_SHORT_MESSAGE, /* ends inside the message */
	GMOND_UNKNOWN_ID,
	GMOND_NO_NAME, /* of the metric */
};
#define GMOND_REASONS (GMOND_NO_NAME + 1)
const char *gmond_reason_text(enum gmond_reason);

/* What a metric is, beside its value. */
struct gmond_metadata {
	enum gmond_type type;
	struct slice units;
	enum gmond_slope slope; /* an unknown one is GMOND_UNSPECIFIED */
	uint32_t tmax;	/* s between two values at most; 0: not said */
	uint32_t dmax;	/* s after which it is gone; 0: never */
};

struct gmond_extra {
	struct slice name;
	struct slice value;
};

/* One message; all slices point into its bytes, or to constants. */
struct gmond_message {
	uint32_t id;
	struct slice host;    /* without the address, if spoof */
	struct slice address; /* as it was said; "" if not spoof */
	struct slice name;
	bool spoof; /* the host is another than the one that sends */
	bool described; /* metadata is there */
	struct gmond_metadata metadata;
	struct slice format;
	struct farm_value value; /* FARM_NONE: none; texts are as sent */
	uint32_t n_extra;
	/* For gmond_next_extra(). */
	const uint8_t *at;
	const uint8_t *end;
};

/*
 * Check all of a message; `ret' is untouched if it is refused.  What follows
 * it in the datagram is not looked at, as in gmond.  Pairs of metadata then
 * come from gmond_next_extra(), which cannot fail; false after the last.
 */
enum gmond_reason gmond_decode(const void *bytes, size_t size,
    struct gmond_message *ret);
bool gmond_next_extra(struct gmond_message *, struct gmond_extra *ret);

/*
 * Encode a message; a value must be of the type that goes with the id, numbers
 * of the metrics of 2.5 likewise; `n_extra' pairs come from `extra'.  The
 * number of bytes; -1 if it does not fit or cannot be said.
 */
ssize_t gmond_encode(const struct gmond_message *,
    const struct gmond_extra *extra, void *to, size_t size, struct error *);

/* One of the metrics that 2.5 and 3.0 send by number; NULL if there is none. */
struct gmond_old_metric {
	const char *name;
	struct gmond_metadata metadata;
};
const struct gmond_old_metric *gmond_old_metric(uint32_t id);

/* "uint32"; "" of an unknown one. */
const char *gmond_type_word(enum gmond_type);
enum gmond_type gmond_type_of(struct slice word);
/* "both"; words and numbers that are unknown are "unspecified". */
const char *gmond_slope_word(enum gmond_slope);
enum gmond_slope gmond_slope_of(struct slice word);
enum gmond_slope gmond_slope_of_number(uint32_t);

/*
 * A value that came as text, by its type.  A number that does not read as its
 * type says is read as any number, one that a double would round as an integer;
 * of an unknown type, what reads as none is a text.  False if it reads as
 * nothing: there is no value then.
 */
bool gmond_value(enum gmond_type, struct slice text, struct farm_value *ret);

/* What farmd makes of it: enum farm_kind, and the unit.  Units that Ganglia's
   own metrics have get our names, others stay, without blanks around. */
uint32_t gmond_kind(enum gmond_type, enum gmond_slope);
struct slice gmond_unit(struct slice units);
/* How long a metric lives after a value: DMAX, or a multiple of TMAX; 0: nothing
   is said. */
int64_t gmond_lifetime_ns(const struct gmond_metadata *);
/* The other way, of a unit of ours: "By/s" is "bytes/sec". */
const char *gmond_units_of(const char *unit);
/*
 * The type of a series that was of type `before' (GMOND_TYPE_UNKNOWN: new) and
 * now has this value.  It only widens: integers that alternate between small
 * and large stay double.
 */
enum gmond_type gmond_type_for(
    enum gmond_type before, const struct farm_value *);
enum gmond_slope gmond_slope_for(uint32_t kind);
/* A value as text, no number rounded; a boolean is 1 or 0. */
void gmond_put_value(struct buffer *, const struct farm_value *);

#endif
