/*
 * segment_pack.h - a complete segment made small.  Its header and end are as
 * before, but for the magic "FARMJNZ1"; between them:
 *
 *   blocks      bytes of the segment, SEGMENT_BLOCK of them in each but the
 *               last, compressed by zstd
 *   table       of each block: size u32, CRC-32C of its bytes as they stand
 *               here u32
 *   table's end number of blocks u32, CRC-32C of the table and this number u32
 *
 * Functions over bytes.  What cannot be unpacked of a block is zeros, which no
 * frame is: so what is bad in one costs that one.
 */
#ifndef HOST_SEGMENT_PACK_H
#define HOST_SEGMENT_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "error.h"
#include "segment.h"

#define SEGMENT_BLOCK ((size_t)1 << 20)

/* Was farmd built with zstd? */
bool segment_can_pack(void);

struct packer;

/* NULL if memory is out. */
struct packer *packer_new(void);
void packer_free(struct packer *); /* NULL is fine */
/* Append one block packed. */
int packer_block(struct packer *, const void *bytes, size_t size,
    struct buffer *to, struct error *);
/* Append what follows the last one, to the end of the file. */
void packer_end(struct packer *, const struct segment_sums *,
    struct buffer *to);

/*
 * The segment as it was, to be freed by free(): 1; 0 if the bytes do not tell
 * it at all, -1 if there is no memory, or no zstd, to ask them.  *ret_lost:
 * bytes that are zeros now.
 */
int segment_unpack(const void *packed, size_t size, void **ret,
    size_t *ret_size, size_t *ret_lost, struct error *);

#endif
