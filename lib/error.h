/*
 * error.h - why something failed, in words.  Code below host/ explains with
 * it and never logs.
 */
#ifndef LIB_ERROR_H
#define LIB_ERROR_H

#include <stdarg.h>
#include <stddef.h>

struct error {
	char text[1024]; /* always ends in NUL; "..." where it was too long */
};

/*
 * Set the text and return -1, so that `return error_set(err, ...)' reads as it
 * acts.  %m works.  err may be NULL.  Any thread; keeps errno.
 */
__attribute__((format(printf, 2, 3))) int error_set(struct error *err,
    const char *format, ...);
__attribute__((format(printf, 2, 0))) int error_vset(struct error *err,
    const char *format, va_list args);

/* Put "PREFIX: " before what the error says already; returns -1. */
__attribute__((format(printf, 2, 3))) int error_prefix(struct error *err,
    const char *format, ...);

#endif
