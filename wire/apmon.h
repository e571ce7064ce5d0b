/*
 * apmon.h - ApMon: parameters of one node in one UDP datagram, as the clients
 * of MonALISA send them.  Pure functions over bytes, no malloc.
 *
 * All is XDR (RFC 4506: big-endian, padded to 4 bytes), in this order:
 *
 *   string  header       "v:VERSION[_LANGUAGE]p:PASSWORD"
 *   int32   instance     } from version 2.2 on
 *   int32   sequence     }
 *   string  cluster
 *   string  node         "#acc_USER": an accounting record
 *   int32   number of parameters, each:
 *     string name
 *     int32  type        enum apmon_type
 *            value
 *   int32   time         optional, seconds since 1970; from version 1.6 on
 *
 * The version ends at the first "p:", so a password may hold one; its parts
 * are compared as numbers (2.10 is newer than 2.2).  A first string that is
 * no header is the cluster: the oldest clients send neither header, sequence
 * nor time.  Layout, version rules and limits were read off the C, C++, Java,
 * Perl and Python clients and seen in what they send, and in what MonALISA's
 * own listener makes of it: both are in tests/data/apmon.
 */
#ifndef WIRE_APMON_H
#define WIRE_APMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <farm/result.h>

#include "error.h"
#include "slice.h"

#define APMON_PORT 8884
/* What MonALISA's listener has room for. */
#define APMON_DATAGRAM_MAX 65535
/* Fits an Ethernet frame with room for tunnels. */
#define APMON_DATAGRAM_SIZE 1400
/* The C client has room for some 23 bytes, the C++ client for 15. */
#define APMON_PASSWORD_MAX 255
/* What the C client calls itself. */
#define APMON_VERSION "2.2.2"

/* Numbers are on the wire. */
enum apmon_type {
	APMON_STRING = 0,
	APMON_INT16 = 1, /* in 4 bytes; no client sends it, MonALISA drops it */
	APMON_INT32 = 2,
	APMON_INT64 = 3, /* MonALISA takes it, its clients do not send it */
	APMON_FLOAT = 4,
	APMON_DOUBLE = 5,
};

/* Why a datagram is refused.  The order is that of apmon_reason_text(). */
enum apmon_reason {
	APMON_OK = 0,
	APMON_TOO_LARGE, /* more than APMON_DATAGRAM_MAX */
	APMON_SHORT,	 /* ends before the number of parameters */
	APMON_PASSWORD,	 /* is longer than APMON_PASSWORD_MAX */
	APMON_NEGATIVE,	 /* number of parameters */
	APMON_CUT,	 /* ends inside a parameter */
	APMON_TYPE,	 /* of a value is unknown */
	APMON_TRAILING,	 /* bytes that are no time */
};
#define APMON_REASONS (APMON_TRAILING + 1)
const char *apmon_reason_text(enum apmon_reason);

/* What became of the time. */
enum apmon_time {
	APMON_TIME_NONE = 0, /* not given: the receiver's holds */
	APMON_TIME_GIVEN,
	APMON_TIME_OLD, /* the version is too old to give one: ignored */
	APMON_TIME_BAD, /* before 2000, when nobody sent any: ignored.  The C++
			   client of 2020 sends negative ones. */
};

struct apmon_parameter {
	struct slice name; /* may be empty: a broken client */
	enum apmon_type type;
	struct farm_value value; /* text, int64 or double, by the type */
};

/* One datagram; all slices point into its bytes. */
struct apmon_datagram {
	struct slice version; /* "" without a header */
	struct slice language;
	struct slice password;
	struct slice cluster; /* may be empty, as may the node */
	struct slice node;
	struct slice user; /* of an accounting record */
	bool accounting;
	bool sequenced; /* instance and sequence were there */
	bool truncated; /* announces more than it carries, ends between two */
	enum apmon_time time;
	uint32_t instance;
	uint32_t sequence;
	uint32_t n_announced;
	uint32_t n_parameters; /* that are there */
	int64_t time_ns;       /* of APMON_TIME_GIVEN, else 0 */
	/* For apmon_next(). */
	const uint8_t *at;
	const uint8_t *end;
	uint32_t n_left;
};

/*
 * Check all of a datagram and take its head apart; `ret' is untouched if it is
 * refused.  The parameters then come from apmon_next(), which cannot fail: one
 * at a time, in order, with duplicates, false after the last.  Where MonALISA
 * differs: it ends the list at an empty name, passes over empty texts, and
 * takes a time of 1970.
 */
enum apmon_reason apmon_decode(const void *bytes, size_t size,
    struct apmon_datagram *ret);
bool apmon_next(struct apmon_datagram *, struct apmon_parameter *ret);

/* What a version ("2.10") brought: instance and sequence, the time. */
bool apmon_has_sequence(struct slice version);
bool apmon_has_time(struct slice version);

/*
 * Is this the datagram's password?  In a time that does not tell how much of
 * it is right.  NULL: any will do.
 */
bool apmon_password_is(const struct apmon_datagram *, const char *expected);

/* A sender as it shows on the wire: one for each destination. */
struct apmon_sender {
	const char *version;  /* with "_LANGUAGE"; NULL: APMON_VERSION */
	const char *password; /* NULL: none */
	uint32_t instance;    /* random, of this run */
	uint32_t sequence;    /* of the next datagram; counted on */
};

/* What a call of the C client's sendTimedParameters() says. */
struct apmon_message {
	struct slice cluster;
	struct slice node;
	const struct apmon_parameter *parameters;
	size_t n;
	int32_t time_s; /* 0: none */
};

/*
 * Encode the parameters from *next on, as many as fit into `size' bytes, and
 * say in *next where to go on: call again until it is n.  Head and time are
 * repeated, the sequence grows by one a datagram.  Equal input gives the bytes
 * of the C client.  The number of bytes; -1 if something cannot be said or one
 * parameter alone does not fit: *next is the one to blame (n: the head), and
 * the sequence is as before.
 */
ssize_t apmon_encode(struct apmon_sender *, const struct apmon_message *,
    size_t *next, void *to, size_t size, struct error *);

/*
 * A value as a parameter.  Integers beyond 32 bits become doubles, as the
 * clients send them; with `exact', int64 where they fit.  False for
 * FARM_NONE: there is no value to send.
 */
bool apmon_parameter_of(struct slice name, const struct farm_value *,
    bool exact, struct apmon_parameter *ret);

#endif
