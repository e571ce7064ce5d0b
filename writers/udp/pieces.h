/*
 * pieces.h - what goes over connections: the lines of a batch, once in memory
 * for all who get them, and in what order each of them does.
 */
#ifndef UDP_PIECES_H
#define UDP_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

struct piece;

/* A piece in somebody's queue: in one at a time. */
struct place {
	struct place *next;
	struct piece *piece;
	bool again; /* it was there, and may have been lost since */
};

struct piece {
	unsigned users;	  /* queues it is in, and who made it */
	unsigned lacking; /* destinations that have not got it yet */
	uint64_t first, last; /* positions */
	size_t size;
	const char *bytes;
	struct place places[];
};

/* A copy of the bytes, with `n' places.  NULL if memory is out. */
struct piece *piece_new(const struct buffer *, size_t n);
/* One user less. */
void piece_release(struct piece *);

struct queue {
	struct place *first;
	struct place **last;
	size_t n;
	size_t size; /* of all bytes */
};

void queue_init(struct queue *);
/* The queue is a user of the piece from now on, until queue_drop(). */
void queue_put(struct queue *, struct place *);
/* Takes the first out, which there is, with its use of the piece. */
struct place *queue_take(struct queue *);
void queue_add(struct queue *, struct place *taken);
void queue_drop_first(struct queue *);
void queue_drop_last(struct queue *);
void queue_clear(struct queue *);
size_t queue_memory(const struct queue *);
/* All of `other' before what is here. */
void queue_prepend(struct queue *, struct queue *other);

#endif
