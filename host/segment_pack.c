#include "segment_pack.h"

#ifdef HAVE_ZSTD
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "crc32c.h"

/* More costs time and gives little: see docs/benchmarks.md. */
#define LEVEL 1
#define ENTRY 8 /* of the table; its end is as large */
/* No segment is larger. */
#define BLOCKS_MAX 4096

struct packer {
	ZSTD_CCtx *zstd;
	struct buffer table;
	uint32_t n;
};

static void
put32(struct buffer *b, uint32_t n)
{
	n = htole32(n);
	buffer_put(b, &n, sizeof(n));
}

static uint32_t
get32(const uint8_t *from)
{
	uint32_t n;

	memcpy(&n, from, sizeof(n));
	return le32toh(n);
}

bool
segment_can_pack(void)
{
	return true;
}

struct packer *
packer_new(void)
{
	struct packer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->zstd = ZSTD_createCCtx();
	if (p->zstd != NULL)
		return p;
	free(p);
	return NULL;
}

void
packer_free(struct packer *p)
{
	if (p == NULL)
		return;
	ZSTD_freeCCtx(p->zstd);
	buffer_free(&p->table);
	free(p);
}

int
packer_block(struct packer *p, const void *bytes, size_t size,
    struct buffer *to, struct error *err)
{
	size_t room = ZSTD_compressBound(size);
	char *at = buffer_room(to, room);
	size_t n;

	if (at == NULL)
		return error_set(err, "out of memory");
	n = ZSTD_compressCCtx(p->zstd, at, room, bytes, size, LEVEL);
	if (ZSTD_isError(n))
		return error_set(err, "zstd: %s", ZSTD_getErrorName(n));
	put32(&p->table, (uint32_t)n);
	put32(&p->table, crc32c(0, at, n));
	p->n++;
	buffer_added(to, n);
	return 0;
}

void
packer_end(struct packer *p, const struct segment_sums *sums, struct buffer *to)
{
	uint8_t end[SEGMENT_END];

	put32(&p->table, p->n);
	put32(&p->table, crc32c(0, buffer_text(&p->table), p->table.size));
	buffer_put(to, p->table.data, p->table.size);
	to->failed |= buffer_failed(&p->table);
	segment_put_end(end, sums);
	buffer_put(to, end, sizeof(end));
}

/* --- the way back --- */

/* What is known of a packed segment before any block is unpacked. */
struct packed {
	const uint8_t *bytes; /* of the file */
	const uint8_t *table;
	size_t n;     /* blocks */
	size_t plain; /* bytes of the segment, without its end */
};

static size_t
block_size(const struct packed *p, size_t i)
{
	size_t rest = p->plain - SEGMENT_HEADER - i * SEGMENT_BLOCK;

	return rest < SEGMENT_BLOCK ? rest : SEGMENT_BLOCK;
}

/* The table leads to bytes that are there, and to as many blocks as it takes.
 */
static bool
table_fits(const struct packed *p)
{
	size_t at = SEGMENT_HEADER;
	size_t i;

	if (p->plain < SEGMENT_HEADER ||
	    (p->plain - SEGMENT_HEADER + SEGMENT_BLOCK - 1) / SEGMENT_BLOCK !=
		p->n)
		return false;
	for (i = 0; i < p->n; i++)
		at += get32(p->table + i * ENTRY);
	return p->bytes + at == p->table;
}

static int
look_at(struct packed *p, const void *bytes, size_t size, struct error *err)
{
	const size_t least = SEGMENT_HEADER + ENTRY + SEGMENT_END;
	struct segment_sums sums = { .frames = 0 };
	const uint8_t *end;
	size_t table;

	p->bytes = bytes;
	if (size < least)
		return error_set(
		    err, "%zu bytes, too few for one packed", size);
	end = p->bytes + size - SEGMENT_END;
	if (!segment_get_end(end, segment_ended_size(end), &sums))
		return error_set(err, "packed, and its end is wrong");
	p->plain = sums.bytes;
	p->n = get32(end - ENTRY);
	table = p->n * ENTRY;
	if (p->n > BLOCKS_MAX || table > size - least)
		return error_set(err, "packed, and its table is wrong");
	p->table = end - ENTRY - table;
	if (crc32c(0, p->table, table + 4) != get32(end - 4) || !table_fits(p))
		return error_set(err, "packed, and its table is wrong");
	return 0;
}

/* A block that is bad, or of another size than it should be, is zeros. */
static void
unpack_blocks(
    const struct packed *p, ZSTD_DCtx *zstd, uint8_t *to, size_t *ret_lost)
{
	const uint8_t *from = p->bytes + SEGMENT_HEADER;
	size_t i;

	for (i = 0; i < p->n; i++) {
		size_t packed = get32(p->table + i * ENTRY);
		size_t size = block_size(p, i);

		if (crc32c(0, from, packed) !=
			get32(p->table + i * ENTRY + 4) ||
		    ZSTD_decompressDCtx(zstd, to, size, from, packed) != size) {
			memset(to, 0, size);
			*ret_lost += size;
		}
		from += packed;
		to += size;
	}
}

int
segment_unpack(const void *bytes, size_t size, void **ret, size_t *ret_size,
    size_t *ret_lost, struct error *err)
{
	struct segment_header header;
	struct packed p = { .n = 0 };
	uint8_t *plain;
	ZSTD_DCtx *zstd;

	if (segment_get_header(bytes, size, &header, err) != 0 ||
	    look_at(&p, bytes, size, err) != 0)
		return 0;
	plain = malloc(p.plain + SEGMENT_END);
	/* One for all blocks: to be without is not a block's fault. */
	zstd = ZSTD_createDCtx();
	if (plain == NULL || zstd == NULL) {
		free(plain);
		ZSTD_freeDCtx(zstd);
		return error_set(err, "out of memory");
	}
	header.packed = false;
	segment_put_header(plain, &header);
	*ret_lost = 0;
	unpack_blocks(&p, zstd, plain + SEGMENT_HEADER, ret_lost);
	ZSTD_freeDCtx(zstd);
	memcpy(plain + p.plain, p.bytes + size - SEGMENT_END, SEGMENT_END);
	*ret = plain;
	*ret_size = p.plain + SEGMENT_END;
	return 1;
}

#else

bool
segment_can_pack(void)
{
	return false;
}

static int
left_out(struct error *err)
{
	return error_set(
	    err, "packed by zstd, and this farmd was built without");
}

struct packer *
packer_new(void)
{
	return NULL;
}

void
packer_free(struct packer *p)
{
	(void)p;
}

int
packer_block(struct packer *p, const void *bytes, size_t size,
    struct buffer *to, struct error *err)
{
	(void)p, (void)bytes, (void)size, (void)to;
	return left_out(err);
}

void
packer_end(struct packer *p, const struct segment_sums *sums, struct buffer *to)
{
	(void)p, (void)sums, (void)to;
}

int
segment_unpack(const void *bytes, size_t size, void **ret, size_t *ret_size,
    size_t *ret_lost, struct error *err)
{
	(void)bytes, (void)size, (void)ret, (void)ret_size, (void)ret_lost;
	return left_out(err);
}

#endif
