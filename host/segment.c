#include "segment.h"

#include <endian.h>
#include <string.h>

#include "crc32c.h"
#include "frame.h"
#include "series.h"

#define HEADER_MAGIC "FARMJNL1"
#define PACKED_MAGIC "FARMJNZ1"
#define END_MAGIC "FARMJEND"
#define MAGIC 8
#define FORMAT 1

#define AT_VERSION 8
#define AT_FIRST 16
#define AT_BEGUN 24
#define AT_LENGTH 32
#define AT_FARM 34
#define AT_HEADER_CRC (SEGMENT_HEADER - 4)

#define AT_FRAMES 8
#define AT_VALUES 16
#define AT_BYTES 24
#define AT_LAST 32
#define AT_OLDEST 40
#define AT_NEWEST 48
#define AT_END_CRC (SEGMENT_END - 4)

/* Names that one segment may define. */
#define SERIES_MAX (1u << 24)

static void
put64(uint8_t *to, uint64_t n)
{
	n = htole64(n);
	memcpy(to, &n, sizeof(n));
}

static uint64_t
get64(const uint8_t *from)
{
	uint64_t n;

	memcpy(&n, from, sizeof(n));
	return le64toh(n);
}

static void
put_crc(uint8_t *bytes, size_t at)
{
	uint32_t crc = htole32(crc32c(0, bytes, at));

	memcpy(bytes + at, &crc, sizeof(crc));
}

static bool
crc_is_good(const uint8_t *bytes, size_t at)
{
	uint32_t crc;

	memcpy(&crc, bytes + at, sizeof(crc));
	return le32toh(crc) == crc32c(0, bytes, at);
}

void
segment_put_header(uint8_t *to, const struct segment_header *h)
{
	size_t length = strlen(h->farm);

	memset(to, 0, SEGMENT_HEADER);
	memcpy(to, h->packed ? PACKED_MAGIC : HEADER_MAGIC, MAGIC);
	to[AT_VERSION] = FORMAT;
	put64(to + AT_FIRST, h->first_position);
	put64(to + AT_BEGUN, (uint64_t)h->begun_ns);
	to[AT_LENGTH] = (uint8_t)length;
	memcpy(to + AT_FARM, h->farm, length);
	put_crc(to, AT_HEADER_CRC);
}

int
segment_get_header(const void *bytes, size_t size, struct segment_header *ret,
    struct error *err)
{
	const uint8_t *p = bytes;
	bool packed;

	if (size < SEGMENT_HEADER)
		return error_set(
		    err, "%zu bytes, fewer than a segment's header has", size);
	packed = memcmp(p, PACKED_MAGIC, MAGIC) == 0;
	if (!packed && memcmp(p, HEADER_MAGIC, MAGIC) != 0)
		return error_set(err, "not a segment of a journal");
	if (!crc_is_good(p, AT_HEADER_CRC))
		return error_set(err, "the checksum of the header is wrong");
	if (p[AT_VERSION] != FORMAT || p[AT_VERSION + 1] != 0)
		return error_set(err, "a segment of version %d; we know %d",
		    p[AT_VERSION] + 256 * p[AT_VERSION + 1], FORMAT);
	if (p[AT_LENGTH] > FARM_NAME_MAX || p[AT_LENGTH + 1] != 0)
		return error_set(err, "the farm's name is too long");
	*ret = (struct segment_header){
		.first_position = get64(p + AT_FIRST),
		.begun_ns = (int64_t)get64(p + AT_BEGUN),
		.packed = packed,
	};
	memcpy(ret->farm, p + AT_FARM, p[AT_LENGTH]);
	return 0;
}

void
segment_put_end(uint8_t *to, const struct segment_sums *s)
{
	memset(to, 0, SEGMENT_END);
	memcpy(to, END_MAGIC, MAGIC);
	put64(to + AT_FRAMES, s->frames);
	put64(to + AT_VALUES, s->values);
	put64(to + AT_BYTES, s->bytes);
	put64(to + AT_LAST, s->last_position);
	put64(to + AT_OLDEST, (uint64_t)s->oldest_ns);
	put64(to + AT_NEWEST, (uint64_t)s->newest_ns);
	put_crc(to, AT_END_CRC);
}

uint64_t
segment_ended_size(const void *end)
{
	return get64((const uint8_t *)end + AT_BYTES) + SEGMENT_END;
}

bool
segment_get_end(const void *bytes, uint64_t file_size, struct segment_sums *ret)
{
	const uint8_t *p = bytes;

	if (file_size < SEGMENT_HEADER + SEGMENT_END ||
	    memcmp(p, END_MAGIC, MAGIC) != 0 || !crc_is_good(p, AT_END_CRC) ||
	    get64(p + AT_BYTES) != file_size - SEGMENT_END)
		return false;
	*ret = (struct segment_sums){
		.frames = get64(p + AT_FRAMES),
		.values = get64(p + AT_VALUES),
		.bytes = get64(p + AT_BYTES),
		.first_position = ret->first_position,
		.last_position = get64(p + AT_LAST),
		.oldest_ns = (int64_t)get64(p + AT_OLDEST),
		.newest_ns = (int64_t)get64(p + AT_NEWEST),
	};
	return true;
}

void
segment_add(
    struct segment_sums *s, const struct farm_batch *batch, size_t frame_size)
{
	for (size_t i = 0; i < batch->n_records; i++) {
		const struct farm_record *r = &batch->records[i];
		bool first = s->last_position == 0;
		int64_t time_ns = (r->flags & FARM_IMPORTED) != 0 ? s->begun_ns
								  : r->time_ns;

		if (first || time_ns < s->oldest_ns)
			s->oldest_ns = time_ns;
		if (first || time_ns > s->newest_ns)
			s->newest_ns = time_ns;
		if (r->position > s->last_position)
			s->last_position = r->position;
		s->values += r->n_values;
	}
	s->frames++;
	s->bytes += frame_size;
}

/* ---------------------------------------------------------------- scanning */

struct scan {
	const uint8_t *bytes;
	size_t size;
	size_t at;
	struct frame_decoder *decoder;
	segment_frame_fn *each;
	void *context;
	struct segment_scan *ret;
	uint64_t before; /* the last good position */
	bool bad;        /* what is bad goes on to here */
};

/* The whole frame that begins here; 0 if none does. */
static size_t
frame_at(const struct scan *s, size_t at, struct error *err)
{
	ssize_t size = frame_size(s->bytes + at, s->size - at);

	if (size < 0) {
		error_set(err, "byte %zu: no frame begins here", at);
		return 0;
	}
	if (size == 0 || (size_t)size > s->size - at) {
		error_set(err, "byte %zu: the frame is not whole", at);
		return 0;
	}
	if (frame_check(s->bytes + at, (size_t)size, err) != 0) {
		error_prefix(err, "byte %zu", at);
		return 0;
	}
	return (size_t)size;
}

static void
note_bad(struct scan *s, size_t size, const struct error *why)
{
	struct segment_scan *ret = s->ret;

	if (ret->bad_bytes == 0) {
		ret->whole = s->at;
		ret->why = *why;
	}
	if (!s->bad) {
		if (ret->bad_first == 0)
			ret->bad_first = s->before + 1;
		ret->bad_frames++;
	}
	s->bad = true;
	ret->bad_bytes += size;
	s->at += size;
}

/* Where the next frame that is whole begins; the size if there is none. */
static size_t
resume_at(const struct scan *s)
{
	size_t at = s->at + 1;
	const uint8_t *found;
	struct error err;

	while (at < s->size) {
		found = memmem(s->bytes + at, s->size - at, "FRM1", 4);
		if (found == NULL)
			break;
		at = (size_t)(found - s->bytes);
		if (frame_at(s, at, &err) > 0)
			return at;
		at++;
	}
	return s->size;
}

static int
take_frame(struct scan *s, size_t size, struct error *err)
{
	struct batch *batch = batch_new();
	struct error why;
	int rc = 0;

	if (batch == NULL)
		return error_set(err, "out of memory");
	if (frame_decode(s->decoder, s->bytes + s->at, size, batch, &why) !=
	    0) {
		error_prefix(&why, "byte %zu", s->at);
		s->bad = false; /* one more frame */
		note_bad(s, size, &why);
	} else {
		if (s->bad && batch->view.n_records > 0)
			s->ret->bad_last = batch->view.records[0].position - 1;
		s->bad = false;
		s->ret->torn = false;
		segment_add(&s->ret->good, &batch->view, size);
		s->before = s->ret->good.last_position;
		if (s->each != NULL)
			rc = s->each(s->context, s->bytes + s->at, size,
			    &batch->view, err);
		s->at += size;
	}
	batch_unref(batch);
	return rc;
}

static int
scan_frames(struct scan *s, struct error *err)
{
	struct error why;
	size_t size;

	while (s->at < s->size) {
		size = frame_at(s, s->at, &why);
		if (size > 0) {
			if (take_frame(s, size, err) != 0)
				return -1;
			continue;
		}
		s->ret->torn = true;
		note_bad(s, resume_at(s) - s->at, &why);
	}
	return 0;
}

/* The end says what should have been there. */
static void
compare_end(struct segment_scan *ret, const struct segment_sums *end)
{
	ret->ended = true;
	ret->torn = false;
	if (end->frames > ret->good.frames + ret->bad_frames)
		ret->bad_frames = end->frames - ret->good.frames;
	if (ret->bad_bytes > 0 && ret->bad_last == 0)
		ret->bad_last = end->last_position;
}

int
segment_scan(const void *bytes, size_t size, segment_frame_fn *each,
    void *context, struct segment_scan *ret, struct error *err)
{
	struct series_table *series;
	struct segment_header header;
	struct segment_sums end;
	struct scan s = { .bytes = bytes,
		.size = size,
		.at = SEGMENT_HEADER,
		.each = each,
		.context = context,
		.ret = ret };
	bool ended;
	int rc = -1;

	if (segment_get_header(bytes, size, &header, err) != 0)
		return -1;
	if (header.packed)
		return error_set(err, "packed, and cannot be unpacked");
	memset(ret, 0, sizeof(*ret));
	ret->good.first_position = header.first_position;
	ret->good.begun_ns = header.begun_ns;
	ret->good.bytes = SEGMENT_HEADER;
	s.before = header.first_position - 1;
	ended = size >= SEGMENT_HEADER + SEGMENT_END &&
		segment_get_end(s.bytes + size - SEGMENT_END, size, &end);
	if (ended)
		s.size -= SEGMENT_END;
	series = series_table_new(SERIES_MAX);
	if (series != NULL)
		s.decoder = frame_decoder_new(series);
	if (s.decoder == NULL)
		error_set(err, "out of memory");
	else
		rc = scan_frames(&s, err);
	if (ret->bad_bytes == 0)
		ret->whole = s.size;
	if (rc == 0 && ended)
		compare_end(ret, &end);
	if (ret->bad_frames > 0 && ret->bad_last < ret->bad_first)
		ret->bad_last = ret->bad_first;
	frame_decoder_free(s.decoder);
	series_table_free(series);
	return rc;
}
