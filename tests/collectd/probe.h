/*
 * probe.h - calls the helper functions of collectd's interface with awkward
 * arguments and prints what they answer: the same text from farm-collectd's
 * library and, built as a plugin, from collectd itself.
 */
#ifndef TESTS_COLLECTD_PROBE_H
#define TESTS_COLLECTD_PROBE_H

#include "abi.h"

/* `folder' is empty and may be filled. */
void probe(FILE *out, const char *folder);

/* The parts of it. */
void probe_strings(FILE *out);
void probe_values(FILE *out, const char *folder);
void probe_containers(FILE *out);
void probe_config(FILE *out, const char *folder);
void probe_cache(FILE *out);

/* Write text to a file in the folder; returns its path, static. */
const char *probe_file(const char *folder, const char *name, const char *text);
/* A string in quotes, or NULL. */
const char *probe_quote(const char *text);

#endif
