/*
 * ganglia.h - what is used of libganglia, libconfuse and APR.  They are opened
 * here, with names that are seen by all (RTLD_GLOBAL), for modules need those
 * and do not say so; a process that does not host modules never has them.
 * Pointers are theirs: pools, arrays, tables of APR, trees of libconfuse.
 */
#ifndef GMOND_GANGLIA_H
#define GMOND_GANGLIA_H

#include "error.h"

struct ganglia {
	/* APR */
	int (*initialize)(void);
	int (*pool_create)(void **ret, void *parent, void *abort, void *how);
	void *(*array_make)(void *pool, int n, int size);
	void *(*array_push)(void *array);
	const char *(*table_get)(const void *table, const char *key);
	/* libganglia: ends the process if it does not like the file */
	void *(*config_create)(char *path, int use_defaults);
	/* libconfuse */
	unsigned (*size)(void *tree, const char *name);
	void *(*section)(void *tree, const char *name, unsigned i);
	const char *(*title)(void *tree);
	const char *(*string)(void *tree, const char *name);
	long (*integer)(void *tree, const char *name);
	double (*number)(void *tree, const char *name);
	int (*boolean)(void *tree, const char *name);
};

/* Once in a process; they stay. */
int ganglia_open(struct ganglia *ret, struct error *);
/* The folder of modules: "ganglia" beside libganglia.  Lives on. */
int ganglia_folder(const struct ganglia *, char *ret, size_t size);

#endif
