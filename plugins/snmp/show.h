/*
 * show.h - a varbind for people, as JSON.
 */
#ifndef SNMP_SHOW_H
#define SNMP_SHOW_H

#include "objects.h"
#include "snmp.h"

/*
 * {"oid":"1.3.6.1.2.1.2.2.1.8.1","name":"IF-MIB::ifOperStatus.1",
 * "type":"integer","value":"up(1)","raw":1}
 *
 * `name' is the number where the catalogue (NULL: none) has none.  `value' is
 * the text by DISPLAY-HINT, enumeration and names of OIDs, `raw' a number or a
 * text without them; an exception, such as noSuchObject, is a `type' with the
 * value null.
 */
void show_varbind(struct buffer *, const struct objects *,
    const struct snmp_varbind *);
/* The same of a name that the agent answered with an error: its text. */
void show_error(struct buffer *, const struct objects *, struct ber_bytes oid,
    const char *error);

#endif
