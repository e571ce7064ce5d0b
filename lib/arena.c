#include "arena.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_FIRST 4096
/* Blocks double up to this; larger pieces get a block of their own size. */
#define BLOCK_MAX ((size_t)1 << 20)

struct block {
	struct block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) char data[];
};

struct arena {
	struct block *blocks; /* the newest first; only that one has room */
	size_t next_size;
	size_t bytes;
	size_t used;
	atomic_uint others; /* owners besides the first */
};

static size_t
aligned(size_t size)
{
	size_t mask = alignof(max_align_t) - 1;

	return (size + mask) & ~mask;
}

static struct block *
block_add(struct arena *a, size_t size)
{
	struct block *b;

	b = malloc(sizeof(*b) + size);
	if (b == NULL)
		return NULL;
	b->size = size;
	b->used = 0;
	b->next = a->blocks;
	a->blocks = b;
	a->bytes += sizeof(*b) + size;
	return b;
}

struct arena *
arena_new(size_t first)
{
	struct arena *a;

	if (first > PTRDIFF_MAX - BLOCK_MAX)
		return NULL;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	a->bytes = sizeof(*a);
	a->next_size = aligned(first == 0 ? BLOCK_FIRST : first);
	if (block_add(a, a->next_size) == NULL) {
		arena_free(a);
		return NULL;
	}
	return a;
}

void
arena_free(struct arena *a)
{
	struct block *b;

	if (a == NULL || atomic_fetch_add(&a->others, (unsigned)-1) > 0)
		return;
	while ((b = a->blocks) != NULL) {
		a->blocks = b->next;
		free(b);
	}
	free(a);
}

struct arena *
arena_share(struct arena *a)
{
	if (a != NULL)
		atomic_fetch_add(&a->others, 1);
	return a;
}

/* Not zeroed. */
static void *
take(struct arena *a, size_t size)
{
	struct block *b = a->blocks;
	void *p;

	if (size > PTRDIFF_MAX - BLOCK_MAX)
		return NULL;
	/* Two pieces never share an address, whatever their size. */
	size = aligned(size == 0 ? 1 : size);
	if (size > b->size - b->used) {
		if (a->next_size < BLOCK_MAX)
			a->next_size *= 2;
		b = block_add(a, size > a->next_size ? size : a->next_size);
		if (b == NULL)
			return NULL;
	}
	p = b->data + b->used;
	b->used += size;
	a->used += size;
	return p;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	void *p = take(a, size);

	return p != NULL ? memset(p, 0, size) : NULL;
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		return NULL;
	return arena_alloc(a, total);
}

void *
arena_copy(struct arena *a, const void *items, size_t n, size_t size)
{
	size_t total;
	void *copy;

	if (__builtin_mul_overflow(n, size, &total))
		return NULL;
	copy = take(a, total);
	if (copy != NULL && total > 0)
		memcpy(copy, items, total);
	return copy;
}

/* Does the piece end where the newest block's free part begins? */
static int
is_last(const struct block *b, const char *p, size_t old)
{
	size_t taken = aligned(old == 0 ? 1 : old);

	return b->used >= taken && p == b->data + (b->used - taken);
}

void *
arena_grow(struct arena *a, void *p, size_t old, size_t size)
{
	struct block *b = a->blocks;
	size_t start;
	char *fresh;

	if (p != NULL && size <= old)
		return p;
	if (p != NULL && is_last(b, p, old)) {
		start = (size_t)((char *)p - b->data);
		if (size <= b->size - start) {
			a->used += start + aligned(size) - b->used;
			b->used = start + aligned(size);
			memset((char *)p + old, 0, size - old);
			return p;
		}
	}
	if (p == NULL)
		return arena_alloc(a, size);
	fresh = take(a, size);
	if (fresh == NULL)
		return NULL;
	memcpy(fresh, p, old);
	memset(fresh + old, 0, size - old);
	return fresh;
}

char *
arena_strndup(struct arena *a, const char *text, size_t length)
{
	char *copy;

	copy = length == SIZE_MAX ? NULL : take(a, length + 1);
	if (copy == NULL)
		return NULL;
	if (length > 0)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *
arena_strdup(struct arena *a, const char *text)
{
	return arena_strndup(a, text, strlen(text));
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = n < 0 ? NULL : take(a, (size_t)n + 1);
	if (text == NULL)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

size_t
arena_bytes(const struct arena *a)
{
	return a->bytes;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
