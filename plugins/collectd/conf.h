/*
 * conf.h - the text of collectd.conf as a tree of options.  The items are
 * collectd's own, freed by oconfig_free().
 */
#ifndef COLLECTD_CONF_H
#define COLLECTD_CONF_H

#include "abi.h"
#include "error.h"

/* Deeper blocks, longer files, more items or values are errors. */
#define CONF_DEPTH_MAX 32
#define CONF_BYTES_MAX (16 << 20)
#define CONF_ITEMS_MAX 1000000
/* Files that include files. */
#define CONF_INCLUDE_MAX 8

/*
 * The language, as collectd reads it: an option is a word and at least one
 * value on one line, which goes on with the next if it ends in `\'; a block is
 * <Word values...> to </Word>, and one without values and options disappears.
 * A value is a "string" (a backslash takes the next byte as it is; lines may
 * end in it), a boolean (true, yes, on, false, no, off; in small letters), a
 * number (017 is 17, 0x1f is 31, 1.5e+3 is 1500) or a bare word (1e3 and TRUE
 * are such).  # comments to the end of the line.
 *
 * A bare word is of letters, digits and _-+.:[] here, and other bytes outside
 * of quotes are errors; collectd cuts words at bytes that it does not know,
 * and drops these.
 *
 * Returns 0 and a root without a key, or -1 with "NAME:LINE: why".
 */
int conf_parse(const char *name, const char *text, size_t length,
    oconfig_item_t **ret, struct error *err);

/*
 * The file with all that it includes: `Include "PATTERN"', where a folder
 * stands for the files in it, in the order of their names; an inner block
 * <Include "PATTERN"> Filter "*.conf" </Include> chooses among them.  The
 * options of an included file take the place of the Include.
 */
int conf_read(const char *path, oconfig_item_t **ret, struct error *err);

/*
 * The values of an option as one text, which is what plugins with a simple
 * configuration callback receive: numbers as %lf, values with a space between.
 * To be freed by the caller; NULL if memory is out.
 */
char *conf_values_text(const oconfig_item_t *);

#endif
