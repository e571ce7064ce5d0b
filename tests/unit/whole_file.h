/* whole_file.h - a file of test data in memory, for tests of parsers. */
#ifndef TESTS_WHOLE_FILE_H
#define TESTS_WHOLE_FILE_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "unit.h"

/* To be freed; fails the test if it cannot be read. */
static inline char *
whole_file(const char *path, size_t *ret_size)
{
	struct buffer b = BUFFER_INIT;
	char some[4096];
	size_t n;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	while ((n = fread(some, 1, sizeof(some), f)) > 0)
		buffer_put(&b, some, n);
	fclose(f);
	return buffer_take(&b, ret_size);
}

#endif
