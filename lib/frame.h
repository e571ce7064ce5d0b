/*
 * frame.h - one batch in bytes: the only binary encoding of results, for the
 * journal, workers' sockets and binary subscriptions.
 *
 * A frame is a header of 32 bytes and a body; integers little-endian,
 * "varint" is LEB128:
 *
 *   0  magic "FRM1"        16  first position, u64
 *   4  version, u8 (1)     24  records in the body, u32
 *   5  flags, u8           28  CRC-32C of bytes 0..27 and the body, u32
 *   6  reserved, u16 (0)
 *   8  body size, u32
 *  12  number of definitions before this frame in its stream, u32
 *
 * The body is records, each: type (varint), size of the rest (varint), rest.
 * An unknown type is skipped by its size.  Series and instances are numbers of
 * the stream, given in order by definition records (types 64 and 65), from 0;
 * a stream is a segment, a socket or a subscription.  docs/frames.md has all.
 */
#ifndef LIB_FRAME_H
#define LIB_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "batch.h"
#include "buffer.h"
#include "error.h"
#include "series.h"

#define FRAME_HEADER 32
/* Larger frames are refused by both sides; a batch that gives more is split
   by its maker (see SINK_FLUSH_BYTES in the host: far below). */
#define FRAME_BODY_MAX (16 << 20)

/* One stream, the writing end.  Not thread-safe. */
struct frame_encoder;

/*
 * `table' explains the handles of the batches and must outlive it.  Series are
 * pinned from their definition to the end of the stream, so that a number
 * cannot come to mean another series meanwhile: where series come and go,
 * begin a new stream now and then.
 */
struct frame_encoder *frame_encoder_new(struct series_table *table);
void frame_encoder_free(struct frame_encoder *); /* NULL is fine */
/*
 * Begin a new stream: every name will be defined again.  The other end needs
 * no word of it: a frame with no definitions before it begins a stream.
 */
void frame_encoder_reset(struct frame_encoder *);
/* Bytes of the stream so far that were definitions. */
uint64_t frame_encoder_defined(const struct frame_encoder *);
/*
 * Append the batch to `out' as one frame, with the definitions it needs.  -1
 * if memory is out or it is too large; `out' is as before then, and the
 * stream must be reset.
 */
int frame_encode(struct frame_encoder *, const struct farm_batch *,
    struct buffer *out, struct error *);

/*
 * The size of the frame that begins at `bytes': 0 if more bytes are needed to
 * tell, -1 if no frame begins there.  Looks at the header only.
 */
ssize_t frame_size(const void *bytes, size_t size);

/*
 * Is this one whole frame as it was written: size, checksum, version?  Whether
 * it can be decoded depends on its stream.
 */
int frame_check(const void *bytes, size_t size, struct error *);

/* One stream, the reading end.  Not thread-safe. */
struct frame_decoder;

/* Names go to `table', which must outlive it. */
struct frame_decoder *frame_decoder_new(struct series_table *table);
/* Unpins its series; NULL is fine. */
void frame_decoder_free(struct frame_decoder *);
void frame_decoder_reset(struct frame_decoder *);
/*
 * From now on a series that finds no room in the table is no error: its values
 * are left out and counted, until the stream begins anew.
 */
void frame_decoder_bear_full(struct frame_decoder *);
/* Values left out for that since it was made, and why the last time. */
uint64_t frame_decoder_refused(const struct frame_decoder *,
    const char **ret_why);
/* Records and values of unknown type, skipped since it was made. */
uint64_t frame_decoder_skipped(const struct frame_decoder *);
/*
 * Decode one whole frame, appending its records to `to'.  Handles in it are
 * numbers of the decoder's table, pinned until the decoder is reset or freed;
 * names of instances live as long as the decoder.  -1 with the reason if
 * anything is wrong; then nothing was appended, and the stream is to be given
 * up.  Bounded by the bytes given, whatever they claim.
 */
int frame_decode(struct frame_decoder *, const void *bytes, size_t size,
    struct batch *to, struct error *);

#endif
