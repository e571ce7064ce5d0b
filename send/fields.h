/*
 * fields.h - fields of an event, as a format of printf() describes them.
 */
#ifndef SEND_FIELDS_H
#define SEND_FIELDS_H

#include <stdarg.h>

#include "buffer.h"
#include "error.h"

/* Append them to the line.  -1 with the reason; the line is then of no use. */
__attribute__((format(printf, 2, 0))) int fields_put(struct buffer *line,
    const char *format, va_list, struct error *);

#endif
