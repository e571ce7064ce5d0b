/*
 * ulm.h - ULM, the log lines of NetLogger: fields NAME=VALUE in one line,
 *
 *   DATE=20000330112320.957943 HOST=dps1.lbl.gov PROG=testProg LVL=Usage
 *   NL.EVNT=WriteData SEND.SZ=49332
 *
 * After the Universal Format for Logger Messages (draft-abela-ulm) and
 * NetLogger's use of it.  DATE, HOST, PROG and LVL are required, in any
 * order; a value that is empty or holds blanks stands in double quotes, in
 * which a backslash stands before a quote or a backslash.  DATE is UTC:
 * YYYYMMDDhhmmss, a point and microseconds; 0 to 9 digits are read, years 1678
 * to 2261.
 *
 * A line is UTF-8 without control characters but tabs, so that each can be
 * said in XML and JSON too.  Pure functions; nothing is lost: all fields are
 * kept as they were written and in their order.
 */
#ifndef WIRE_ULM_H
#define WIRE_ULM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "slice.h"

/* NetLogger's, TCP. */
#define ULM_PORT 14830
/* Longer lines are refused: what fits a datagram, or a text value. */
#define ULM_LINE_MAX 65535
/* NetLogger's clients write microseconds. */
#define ULM_DATE_DIGITS 6

struct ulm_field {
	struct slice name;
	struct slice value; /* as written, without the quotes */
	bool quoted;
	bool escaped; /* there are backslashes in it: see ulm_unescape() */
};

struct ulm_event {
	int64_t time_ns;
	int digits; /* of the second's fraction, as written */
	struct slice date;
	struct slice host; /* these three may hold escapes, if quoted */
	struct slice prog;
	struct slice level; /* unknown ones are nobody's business here */
	size_t n_fields;    /* with the required ones */
	struct slice rest;  /* for ulm_next() */
};

/*
 * Check a line (its newline may be there) and take out what is required; on
 * failure `ret' is untouched and the error names the field.  All fields then
 * come from ulm_next(), in order, which cannot fail; false after the last.
 */
int ulm_parse(const char *line, size_t length, struct ulm_event *ret,
    struct error *);
bool ulm_next(struct ulm_event *, struct ulm_field *ret);
/* The first field of that name, of those that ulm_next() has yet to give. */
bool ulm_find(struct ulm_event, const char *name, struct ulm_field *ret);
/* DATE, HOST, PROG or LVL. */
bool ulm_is_required(struct slice name);
/* A value without its escapes: never longer, may be the same memory. */
size_t ulm_unescape(char *to, struct slice value);
/* The same in place of what the buffer holds, ending in NUL; "" if memory is
   out, as the buffer tells. */
struct slice ulm_plain(struct buffer *, struct slice value);

/*
 * Write a field, with a blank before it unless the line is empty.  Raw: as it
 * was parsed, so that lines of fields with one blank between them come out
 * byte for byte.  By value: quoted and escaped where it must be; -1 if name or
 * value cannot be said, and nothing is written.
 */
void ulm_put_raw(struct buffer *, const struct ulm_field *);
int ulm_put(struct buffer *, struct slice name, struct slice value,
    struct error *);
/* DATE, with as many digits of the second, at
   most 9; the rest is dropped. */
int ulm_put_date(struct buffer *, int64_t time_ns, int digits,
    struct error *);

/*
 * An event, from its next field on, as XML: the fields in order.
 *
 *   <event><field name="DATE">20000330112320.957943</field>...</event>
 */
void ulm_put_xml(struct buffer *, struct ulm_event);

#endif
