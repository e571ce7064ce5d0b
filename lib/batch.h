/*
 * batch.h - records travelling together through the host.  A batch is built
 * by one thread, then handed on and only read; it is counted, so that several
 * readers may share it.  Handles in it are numbers of the table that its
 * builder used.
 */
#ifndef LIB_BATCH_H
#define LIB_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

struct batch {
	struct farm_batch view; /* what readers see */
	struct batch *next;	/* for whoever queues it */
	void *owner;		/* for whoever queues it: whose it is */
	int64_t sent_mono_ns;	/* when it was queued */
	int64_t until_mono_ns;	/* its sender waits for room so long; 0: not */
	size_t n_values;
};

struct batch *batch_new(void); /* counted once; NULL if memory is out */
/* The same, with room for what will come to about so many bytes. */
struct batch *batch_new_for(size_t bytes);
struct batch *batch_ref(struct batch *);
void batch_unref(struct batch *); /* NULL is fine */
/* Bytes it holds: what queues count. */
size_t batch_bytes(const struct batch *);
/* Of them, what is in use. */
size_t batch_used(const struct batch *);
bool batch_empty(const struct batch *);

/*
 * Append a result with a copy of the rows and their texts.  `instance' is
 * borrowed for the life of the batch.  -1 if memory is out; the batch is as
 * before then.
 */
int batch_add_result(struct batch *, int64_t time_ns, const char *instance,
    uint16_t flags, const struct farm_value *rows, size_t n);
/* Append one value to the last record, which must be a result. */
int batch_add_value(struct batch *, const struct farm_value *);
/* Append a record of another type with a copy of the payload. */
int batch_add_payload(struct batch *, int type, int64_t time_ns,
    const char *instance, const void *payload, size_t size);

/* The last record, for changing its position, time or flags; NULL if none. */
struct farm_record *batch_last(struct batch *);
/* Record i, likewise. */
struct farm_record *batch_record(struct batch *, size_t i);
/* Take the last records back, down to `n_records' of them. */
void batch_truncate(struct batch *, size_t n_records);

#endif
