/*
 * telling.h - what became of the values, for the log and for who asks.
 */
#ifndef UDP_TELLING_H
#define UDP_TELLING_H

#include "destination.h"

/* A line when datagrams begin to be lost and when they are no more; and when a
   name is not known, or known again. */
void tell_of(struct farm_host *, struct destination *, int64_t mono_ns);

/* JSON: an object that is open, with a key "to" last; and each member of that
   key's array. */
void tell_composer(struct buffer *, const char *format,
    const struct composer_counts *);
void tell_destination(struct buffer *, const struct destination *);

#endif
