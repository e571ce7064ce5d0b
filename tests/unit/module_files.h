/*
 * module_files.h - files for the tests of the loader that no compiler makes:
 * copies of a good module with a few bytes changed, and things that are no
 * modules at all, in a folder of the test's own.
 */
#ifndef TESTS_MODULE_FILES_H
#define TESTS_MODULE_FILES_H

#include <stddef.h>

struct module_files {
	char folder[64];
	char *hello; /* the bytes of tests/good/hello.so */
	size_t size;
};

void module_files_init(struct module_files *);
void module_files_free(struct module_files *); /* removes the folder */

/* Each gives the path in the folder, which holds until the next call. */
const char *module_files_path(const struct module_files *, const char *name);
const char *module_files_write(const struct module_files *, const char *name,
    const void *bytes, size_t size);
/* hello.so with `n' other bytes at `offset'. */
const char *module_files_patch(const struct module_files *, size_t offset,
    const void *bytes, size_t n);

#endif
