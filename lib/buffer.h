/*
 * buffer.h - bytes that grow, with one sticky error looked at in the end: once
 * memory is out (or the bound reached), everything put is dropped and
 * buffer_failed() says so.
 */
#ifndef LIB_BUFFER_H
#define LIB_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

struct buffer {
	char *data; /* size bytes, then a NUL; NULL while empty */
	size_t size;
	size_t capacity;
	size_t limit; /* 0: none */
	bool failed;
};

#define BUFFER_INIT { .data = NULL }

void buffer_free(struct buffer *);  /* ready for use again */
void buffer_clear(struct buffer *); /* keeps the memory, clears the failure */
bool buffer_failed(const struct buffer *);
/* The text so far, never NULL. */
const char *buffer_text(const struct buffer *);
/* Hand the bytes over (NUL at the end) to be freed by free(); NULL if failed. */
char *buffer_take(struct buffer *, size_t *ret_size);
/* Room for `size' more bytes to be written at the returned place; NULL if
   failed.  Follow with buffer_added(). */
char *buffer_room(struct buffer *, size_t size);
void buffer_added(struct buffer *, size_t size);

void buffer_put(struct buffer *, const void *bytes, size_t size);
void buffer_puts(struct buffer *, const char *text);
void buffer_putc(struct buffer *, char c);
__attribute__((format(printf, 2, 3))) void buffer_printf(struct buffer *,
    const char *format, ...);

/*
 * JSON (RFC 8259).  A string with its quotes; bytes that are not UTF-8 become
 * U+FFFD.
 */
void buffer_json_string(struct buffer *, const char *text, size_t length);
void buffer_json_text(struct buffer *, const char *text);
/*
 * A value as JSON: numbers as such; integers beyond +-2^53 and doubles that
 * JSON cannot say ("NaN", "+Inf", "-Inf") as strings; so nothing is rounded.
 */
void buffer_json_value(struct buffer *, const struct farm_value *);
/* The same value as plain text: shortest digits that read back exactly. */
void buffer_value(struct buffer *, const struct farm_value *);

#endif
