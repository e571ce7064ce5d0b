/*
 * problems.h - all errors of all files, found in one pass, each with its
 * place.
 */
#ifndef LIB_PROBLEMS_H
#define LIB_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

struct problem {
	const char *file; /* NULL: no place */
	uint32_t line;
	uint32_t column;
	bool warning;
	const char *text;
};

/* A list that grows; owns its texts and names of files.  Beyond 500 items
   warnings are dropped, beyond 1000 errors are only counted.  Not
   thread-safe. */
struct problems {
	struct problem *items;
	size_t n;
	size_t n_errors; /* without warnings */
};

#define PROBLEMS_INIT { .items = NULL }

/* Always return -1.  A place is where the tree node stands; NULL: none. */
__attribute__((format(printf, 3, 4))) int problem_at(struct problems *,
    const struct farm_tree *place, const char *format, ...);
__attribute__((format(printf, 5, 6))) int problem_in(struct problems *,
    const char *file, uint32_t line, uint32_t column, const char *format, ...);
__attribute__((format(printf, 3, 4))) void warning_at(struct problems *,
    const struct farm_tree *place, const char *format, ...);
__attribute__((format(printf, 5, 6))) void warning_in(struct problems *,
    const char *file, uint32_t line, uint32_t column, const char *format, ...);
void problems_sort(struct problems *); /* by file, line, column; stable */
void problems_free(struct problems *);
/* For modules: each error by farm_fail(), with its place, and free them.  None
   is memory that was out.  Returns -1. */
int problems_fail(struct farm_host *, struct problems *);

#endif
