/*
 * arena.h - memory that lives and dies together.  Not thread-safe: an arena
 * belongs to whoever made it.
 */
#ifndef LIB_ARENA_H
#define LIB_ARENA_H

#include <stddef.h>

struct arena;

/* NULL if memory is out.  The first block holds `first' bytes (0: 4096). */
struct arena *arena_new(size_t first);
void arena_free(struct arena *); /* NULL is fine */
/*
 * One more owner: each calls arena_free(), and the last one frees.  This alone
 * may be done from any thread, once nothing is allocated from it any more.
 * Returns the arena; NULL is fine.
 */
struct arena *arena_share(struct arena *);

/* Zeroed, aligned for anything; NULL if memory is out.  size 0 is fine. */
void *arena_alloc(struct arena *, size_t size);
/* n * size bytes, NULL also if that overflows. */
void *arena_array(struct arena *, size_t n, size_t size);
/* A copy of n items; NULL likewise. */
void *arena_copy(struct arena *, const void *items, size_t n, size_t size);
/*
 * Make the block at `p', the last allocated, of `old' bytes, `size' bytes big:
 * in place if it fits, else a copy.  Any other p is copied too.
 */
void *arena_grow(struct arena *, void *p, size_t old, size_t size);
/* Copies that end in NUL. */
char *arena_strdup(struct arena *, const char *text);
char *arena_strndup(struct arena *, const char *text, size_t length);
__attribute__((format(printf, 2, 3))) char *arena_printf(struct arena *,
    const char *format, ...);

/* Bytes taken from the system. */
size_t arena_bytes(const struct arena *);
/* Of them, what was allocated. */
size_t arena_used(const struct arena *);

#endif
