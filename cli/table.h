/*
 * table.h - columns for people: as wide as their widest cell, numbers to the
 * right.  Cells are copied; widths count characters, not bytes.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

struct table;

enum table_color { COLOR_NONE, COLOR_BOLD, COLOR_GREEN, COLOR_YELLOW, COLOR_RED };

/* The terminal's code that begins the color; "" for none. */
const char *table_color_code(enum table_color);

/* Titles end in NULL; one that begins with ">" is a column of numbers. */
struct table *table_new(const char *const *titles);
void table_free(struct table *); /* NULL is fine */
/* The next cell, from left to right, row by row. */
void table_cell(struct table *, enum table_color, const char *text);
__attribute__((format(printf, 2, 3))) void table_printf(struct table *,
    const char *format, ...);
/* Print; with `color' in color.  `width' 0: as wide as it gets, else the last
   column is cut to fit. */
void table_print(const struct table *, struct buffer *out, bool color,
    size_t width);

#endif
