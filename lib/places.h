/*
 * places.h - where the files are that came with farmd.
 */
#ifndef LIB_PLACES_H
#define LIB_PLACES_H

#include "buffer.h"

/*
 * The path of a file of data, "snmp/objects.tsv": of the build tree that the
 * running program stands in, else of the installed farmd.
 */
void place_of_data(struct buffer *, const char *name);

#endif
