/*
 * ganglia_xml.h - the XML that gmond and gmetad serve, read as it comes:
 *
 *   GANGLIA_XML > GRID* > CLUSTER > HOST > METRIC > EXTRA_DATA > EXTRA_ELEMENT
 *
 * with HOSTS and METRICS instead of HOST in summaries.  What real ones write is
 * not always XML: "&" and "<" that nobody escaped, characters that XML forbids,
 * references that are none (all in tests/data/ganglia).  So a tag ends where
 * its last attribute does, an attribute at the quote that another attribute or
 * the end follows, and what is no known reference is what it says.  A tag that
 * begins on a new line ends one that never ended.  Only bytes are bounded:
 * those of a tag.
 */
#ifndef WIRE_GANGLIA_XML_H
#define WIRE_GANGLIA_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "slice.h"

/* A longer tag is passed over: no value may be as long. */
#define GANGLIA_XML_TAG_MAX (512 << 10)

enum ganglia_tag {
	GANGLIA_OTHER = 0, /* the prologue, or what nobody knows */
	GANGLIA_XML,
	GANGLIA_GRID,
	GANGLIA_CLUSTER,
	GANGLIA_HOST,
	GANGLIA_METRIC,
	GANGLIA_EXTRA_DATA,
	GANGLIA_EXTRA_ELEMENT,
	GANGLIA_HOSTS,
	GANGLIA_METRICS,
};

/* A tag; all points into the scanner's memory, for the length of the call. */
struct ganglia_element {
	enum ganglia_tag tag;
	bool opens; /* both for <METRIC .../> */
	bool closes;
	struct slice attributes; /* for ganglia_xml_next() */
};

/* Not 0: stop. */
typedef int ganglia_element_fn(void *cookie, const struct ganglia_element *);

struct ganglia_scanner {
	ganglia_element_fn *each;
	void *cookie;
	struct buffer rest;  /* the tag that is not whole yet */
	size_t searched;     /* of it, without finding its end */
	size_t piece;	     /* from the last ">" in it that was none */
	bool quoted;	     /* before that there was a quote */
	uint64_t bytes;	     /* that were pushed */
	uint64_t malformed;  /* tags that never ended, or were too long */
};

/* each() gets every tag but those of GANGLIA_OTHER. */
void ganglia_xml_init(struct ganglia_scanner *, ganglia_element_fn *each,
    void *cookie);
void ganglia_xml_free(struct ganglia_scanner *);
/* What each() stopped with, else 0; -1 also if memory is out. */
int ganglia_xml_push(struct ganglia_scanner *, const void *bytes, size_t size);

/*
 * The next attribute of an element: its name, and its value as it stands.
 * False after the last, or where no attribute can be seen any more.
 */
bool ganglia_xml_next(struct slice *attributes, struct slice *ret_name,
    struct slice *ret_value);
/*
 * The value as it was meant: references replaced, &#233; by UTF-8.  gmond 3.7
 * writes a byte beyond ASCII as a reference with a digit that is none; such a
 * one is that byte again.  Texts that hold no reference are not copied; the
 * others are put into `room' and hold until it changes: look if it failed.
 */
struct slice ganglia_xml_text(struct slice value, struct buffer *room);

/*
 * The other way, for those who serve it.  All beyond ASCII becomes references,
 * so it reads the same whatever the encoding is said to be; what XML cannot
 * say, and bytes that are no UTF-8, U+FFFD.
 */
void ganglia_xml_escape(struct buffer *, const char *text, size_t length);
/* A blank, NAME="VALUE". */
void ganglia_xml_attribute(struct buffer *, const char *name,
    const char *value, size_t length);

#endif
