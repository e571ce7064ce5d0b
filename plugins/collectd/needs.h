/* needs.h - what plugins need of a machine beyond their libraries. */
#ifndef COLLECTD_NEEDS_H
#define COLLECTD_NEEDS_H

/* A few words; "" for nothing, or if it is not known. */
const char *needs_of(const char *plugin);

#endif
