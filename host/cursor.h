/*
 * cursor.h - where a writer stands in the journal, as it survives restarts:
 * STATE/journal/WRITER.cursor, lines of text with a checksum in the last.
 */
#ifndef HOST_CURSOR_H
#define HOST_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "ranges.h"

struct cursor {
	uint64_t next; /* all before it was stored, */
	struct ranges owed; /* ... but these */
};

void cursor_print(struct buffer *, const char *writer, const struct cursor *);
/* The cursor of this writer and no other; *ret is freed by ranges_free(). */
int cursor_parse(const char *text, size_t size, const char *writer,
    struct cursor *ret, struct error *);

/* FOLDER/WRITER.cursor with what a file's name cannot hold as %XX; free() it.
   NULL if memory is out. */
char *cursor_path(const char *folder, const char *writer);
/* 1, or 0 if there is none, or -1. */
int cursor_load(const char *folder, const char *writer, struct cursor *ret,
    struct error *);
int cursor_save(const char *folder, const char *writer, const struct cursor *,
    bool sync, struct error *);
void cursor_remove(const char *folder, const char *writer);

#endif
