/*
 * lru.h - a table with a bound: where it is full, what was not used for
 * longest makes room.  So whoever invents keys cannot exhaust memory, only
 * make us forget.
 */
#ifndef LIB_LRU_H
#define LIB_LRU_H

#include <stddef.h>
#include <stdint.h>

struct lru;

/* `drop' releases what a value holds; may be NULL.  NULL if memory is out. */
struct lru *lru_new(size_t capacity, size_t value_size,
    void (*drop)(void *value, void *cookie));
/* NULL is fine; the cookie is for drop(), as everywhere. */
void lru_free(struct lru *, void *cookie);

/* The value of a key, which counts as used now; NULL if there is none. */
void *lru_find(struct lru *, const void *key, size_t size);
/* A zeroed value for a key that is not there; NULL if memory is out. */
void *lru_add(struct lru *, const void *key, size_t size, void *cookie);
/* All values, the least recently used first.  each() changes no table. */
void lru_each(struct lru *, void (*each)(void *value, void *cookie),
    void *cookie);

size_t lru_count(const struct lru *);
/* How many had to make room. */
uint64_t lru_forgotten(const struct lru *);

#endif
