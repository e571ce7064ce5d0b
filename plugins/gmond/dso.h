/*
 * dso.h - a file of one of gmond's modules, read before anything of it runs:
 * whether it is one, and of which version of the interface.
 */
#ifndef GMOND_DSO_H
#define GMOND_DSO_H

#include <stddef.h>

#include "error.h"

#define DSO_SYMBOL_MAX 255

struct dso {
	char symbol[DSO_SYMBOL_MAX + 1]; /* what it exports: "cpu_module" */
	int minor_version;
};

/*
 * Look into the bytes of a file for the module that exports `symbol', or for
 * the only one if that is NULL.  -1 with the reason, without the file's name,
 * if there is none that can be hosted.
 */
int dso_read(const void *bytes, size_t size, const char *symbol,
    struct dso *ret, struct error *);
/* The same of a file; the reason begins with its name. */
int dso_look(const char *path, const char *symbol, struct dso *ret,
    struct error *);

#endif
