/*
 * waiting.h - requests whose answers are to come later, the next one first.
 */
#ifndef BENCH_WAITING_H
#define BENCH_WAITING_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct waiting_request {
	int64_t due_ns;
	struct sockaddr_in peer;
	uint32_t address;
	size_t size;
	uint8_t bytes[];
};

struct waiting;

/* NULL if memory is out. */
struct waiting *waiting_new(size_t max_bytes);
void waiting_free(struct waiting *); /* NULL is fine */

/* A copy of it; false if there are too many, or memory is out. */
bool waiting_add(struct waiting *, int64_t due_ns,
    const struct sockaddr_in *peer, uint32_t address, const uint8_t *bytes,
    size_t size);
/* NULL if there is none. */
const struct waiting_request *waiting_first(const struct waiting *);
/* The first becomes the caller's, to be freed by free(). */
struct waiting_request *waiting_take(struct waiting *);

#endif
