#include "packed.h"

#include <snappy-c.h>
#include <zlib.h>

/* What deflateInit2() takes for a head of gzip's. */
#define GZIP_WINDOW (15 + 16)
#define MEMORY 8

int
packed_gzip(struct buffer *to, const struct buffer *from)
{
	z_stream z = { .next_in = (Bytef *)buffer_text(from),
		.avail_in = (uInt)from->size };
	size_t most;
	char *room;
	int rc;

	/* Speed: what is saved is the network's, what is spent is ours. */
	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, MEMORY,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return -1;
	most = deflateBound(&z, from->size);
	room = buffer_room(to, most);
	z.next_out = (Bytef *)room;
	z.avail_out = (uInt)most;
	rc = room == NULL ? Z_MEM_ERROR : deflate(&z, Z_FINISH);
	(void)deflateEnd(&z);
	if (rc != Z_STREAM_END)
		return -1;
	buffer_added(to, z.total_out);
	return 0;
}

int
packed_snappy(struct buffer *to, const struct buffer *from)
{
	size_t size = snappy_max_compressed_length(from->size);
	char *room = buffer_room(to, size);

	if (room == NULL || snappy_compress(buffer_text(from), from->size, room,
				&size) != SNAPPY_OK)
		return -1;
	buffer_added(to, size);
	return 0;
}
