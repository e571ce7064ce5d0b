/*
 * objects.h - SNMP's objects by name and by number: what the daemon knows of
 * MIBs.  A catalogue is a text file with an object a line; farmd ships one of
 * its own words and the MIB tool writes others from MIB files, so nothing
 * parses MIBs while values are collected.
 *
 * A line has fields between tabs; `#' begins a comment, `-' is an empty field:
 *
 *   MODULE::NAME  OID  SYNTAX  UNIT  DETAIL
 *
 * SYNTAX: integer, unsigned, counter32, counter64, gauge32, ticks, octets, oid,
 * ip, opaque, node, table, row, notification; a gauge of 64 bits, which SNMP
 * sends as a counter64, is a gauge32, too.  UNIT is UCUM as elsewhere ("By",
 * "Cel").  DETAIL is a list of "hint=TEXT", "enum=1:up,2:down",
 * "index=NAME,NAME", "access=none" between blanks; a blank, a comma or a colon
 * in a text is written %20, %2c, %3a.  RFC 2578 and 2579 say what they mean.
 */
#ifndef WIRE_OBJECTS_H
#define WIRE_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "oid.h"
#include "problems.h"

enum object_syntax {
	OBJECT_INTEGER = 1,
	OBJECT_UNSIGNED,
	OBJECT_COUNTER32,
	OBJECT_COUNTER64,
	OBJECT_GAUGE32,
	OBJECT_TICKS, /* hundredths of a second; their unit is "cs" */
	OBJECT_OCTETS,
	OBJECT_OID,
	OBJECT_IP,
	OBJECT_OPAQUE,
	OBJECT_NODE, /* has no value of its own: so do all that follow */
	OBJECT_TABLE,
	OBJECT_ROW,
	OBJECT_NOTIFICATION,
};

struct object_enum {
	int64_t value;
	const char *name;
};

/* All pointers live as long as the catalogue. */
struct object {
	const char *module; /* "IF-MIB" */
	const char *name;   /* "ifHCInOctets" */
	struct ber_bytes oid;
	enum object_syntax syntax;
	const char *unit; /* "" if unknown */
	const char *hint; /* DISPLAY-HINT; "" if none */
	const struct object_enum *enums;
	size_t n_enums;
	const char *const *indices; /* of a row: the names of its INDEX */
	size_t n_indices;
};

struct objects;

/* NULL if memory is out. */
struct objects *objects_new(void);
void objects_free(struct objects *); /* NULL is fine */

/*
 * Add the lines of a catalogue.  What is wrong with a line is a problem with
 * its place, and the other lines count; the same name of the same module with
 * another OID is one.  Returns how many were added.  Bounded: 1,000,000 objects.
 */
size_t objects_read(struct objects *, const char *path, const char *text,
    size_t size, struct problems *);
/* The same from a file; its absence is a problem, too. */
size_t objects_read_file(struct objects *, const char *path,
    struct problems *);

/*
 * "IF-MIB::ifInOctets" or "ifInOctets"; without a module the first catalogue
 * that has it wins.  NULL if unknown.
 */
const struct object *objects_by_name(const struct objects *, const char *name);
/* The object at this OID or the nearest above it; NULL if there is none. */
const struct object *objects_by_oid(const struct objects *, struct ber_bytes);

/*
 * An OID as people write one: "1.3.6.1.2.1.1.3.0", "sysUpTime.0",
 * "IF-MIB::ifInOctets.5", "sysUpTime".  *ret_object, if not NULL, is the
 * object that stands there or above, or NULL.  -1 with a reason that quotes
 * the name and suggests a like one.  `objects' may be NULL: numbers only.
 */
int objects_resolve(const struct objects *, const char *text, struct oid *ret,
    const struct object **ret_object, struct error *);
/* "ifInOctets.5", or the number where no name is known. */
void objects_print_oid(struct buffer *, const struct objects *,
    struct ber_bytes oid);

/* Object number i in the order of their OIDs; NULL at the end. */
const struct object *objects_at(const struct objects *, size_t i);
/* "counter64" */
const char *object_syntax_name(enum object_syntax);

/* ---------------------------------------------------------- values ------- */

/*
 * What a value is for us: its kind by its syntax, integers whole, text as
 * UTF-8 (octets that are not: "0x0011aa", as in a MAC address without hint).
 * `object' may be NULL.  Text is put into `text', which is cleared first and
 * must outlive the value.  FARM_NONE for what is no value (noSuchObject, NULL).
 * With a DISPLAY-HINT (RFC 2579 3.1) octets follow it, integers with "d-N"
 * become doubles; a name of an enumeration is the text instead of the number
 * if `named'.
 */
struct farm_value object_value(const struct object *object,
    const struct ber_value *, bool named, struct buffer *text);
/* FARM_COUNTER32, FARM_COUNTER64, FARM_GAUGE or FARM_STATE, by what came. */
uint32_t object_kind(const struct object *object, uint8_t tag);

#endif
