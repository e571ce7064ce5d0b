/*
 * scaffold.h - the beginning of somebody's own module.
 */
#ifndef CLI_SCAFFOLD_H
#define CLI_SCAFFOLD_H

#include "error.h"

/*
 * Make folder `name' with NAME.c, a Makefile that needs pkg-config and the
 * installed headers only, and test.yaml to try it with.  `role' is collector,
 * filter or writer; the name a C identifier.  Nothing that exists is touched.
 */
int scaffold(const char *role, const char *name, struct error *);

#endif
