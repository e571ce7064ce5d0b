/*
 * xml.h - the XML that Grid Engine writes, in one pass: elements, text,
 * attributes in quotes.  No document types, no sections: those are refused.
 */
#ifndef GRIDENGINE_XML_H
#define GRIDENGINE_XML_H

#include <stdbool.h>

#include "slice.h"

#define XML_DEPTH 16

enum xml_piece {
	XML_END, /* the root is closed, and nothing follows */
	XML_BAD,
	XML_OPEN,
	XML_CLOSE, /* `text': what stood directly before it */
};

/* Starts with `rest', and else zeroed. */
struct xml {
	struct slice rest;
	struct slice name;	 /* of the element */
	struct slice attributes; /* of XML_OPEN */
	struct slice text;	 /* of XML_CLOSE; entities are left */
	struct slice open[XML_DEPTH];
	unsigned depth; /* elements that are open */
	bool begun;
	bool empty; /* an element that closes itself: XML_CLOSE is next */
};

enum xml_piece xml_next(struct xml *);
/* The value of NAME='value'; an empty slice if there is none. */
struct slice xml_attribute(const struct xml *, const char *name);

#endif
