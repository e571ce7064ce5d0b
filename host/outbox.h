/*
 * outbox.h - bytes on their way to one subscriber, bounded: pieces come in from
 * any thread, one consumer takes them out.  Pieces are counted, so that many
 * outboxes share the bytes of one.  Who does not keep up is cut off: what waits
 * is dropped, and a last piece says why.
 */
#ifndef HOST_OUTBOX_H
#define HOST_OUTBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct piece {
	atomic_uint refs;
	size_t size;
	char bytes[];
};

struct piece *piece_new(const void *bytes, size_t size); /* NULL: no memory */
struct piece *piece_ref(struct piece *);
void piece_unref(struct piece *); /* NULL is fine */

struct outbox;

/* The consumer sleeps and is woken through these; with the lock held: neither
   may call back. */
struct outbox_door {
	void (*park)(void *context);
	void (*wake)(void *context);
	void *context;
};

/* Counted once; NULL if memory is out. */
struct outbox *outbox_new(size_t bound);
struct outbox *outbox_ref(struct outbox *);
void outbox_unref(struct outbox *); /* NULL is fine */

/* What became of a piece. */
enum outbox_put {
	OUTBOX_TAKEN,
	OUTBOX_FULL,  /* it is beyond the bound, and was not taken */
	OUTBOX_ENDED, /* nobody takes anything any more */
};
enum outbox_put outbox_put(struct outbox *, struct piece *);
/* Bound or not: its maker keeps within another. */
enum outbox_put outbox_put_over(struct outbox *, struct piece *);
/* Wait until half of the bound is free; full only if the consumer takes
   nothing for so long. */
enum outbox_put outbox_wait(struct outbox *, int64_t patience_ns);
/*
 * Nothing more comes behind `last' (NULL: none is said).  `drop': what waits
 * goes, but for the piece of which a part was taken already.
 */
void outbox_end(struct outbox *, struct piece *last, bool drop);

/* The consumer's side.  > 0 bytes; 0: parked until it is woken; -1: the end. */
void outbox_open(struct outbox *, const struct outbox_door *);
ssize_t outbox_take(struct outbox *, char *to, size_t size);
/* The consumer goes: whoever puts is told so. */
void outbox_close(struct outbox *);

struct outbox_stats {
	size_t queued;	/* bytes */
	uint64_t bytes; /* taken out */
	int64_t put_mono_ns; /* when something last came in */
	int64_t taken_mono_ns;
	bool ended;
	bool closed;
};
void outbox_stats(struct outbox *, struct outbox_stats *ret);

#endif
