/* Segments: whatever happens to the bytes, what can be read is, and the rest is
   named. */
#include "segment.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "buffer.h"
#include "frame.h"
#include "segment_pack.h"
#include "stations.h"
#include "unit.h"

/* Their allocators end the process where malloc() would fail. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#define FRAMES 6
#define RECORDS 3 /* of each frame */

struct segment {
	struct buffer bytes;
	size_t ends[FRAMES]; /* of each frame */
	struct segment_sums sums;
};

static const struct segment_header header = {
	.first_position = 10,
	.begun_ns = 77,
	.farm = "farm",
};

/* Each frame but the first two leans on names of those before; frame 4 begins
   another stream. */
static void
build(struct segment *s, bool ended)
{
	struct series_table *series = series_table_new(100);
	struct frame_encoder *encoder = frame_encoder_new(series);
	uint64_t position = header.first_position;
	uint8_t head[SEGMENT_HEADER], end[SEGMENT_END];
	struct error err;

	*s = (struct segment){ .bytes = BUFFER_INIT };
	segment_put_header(head, &header);
	buffer_put(&s->bytes, head, sizeof(head));
	s->sums = (struct segment_sums){ .first_position = position,
		.begun_ns = header.begun_ns,
		.bytes = SEGMENT_HEADER };
	for (int f = 0; f < FRAMES; f++) {
		struct batch *b = batch_new();
		size_t before = s->bytes.size;

		if (f == 4)
			frame_encoder_reset(encoder);
		for (int i = 0; i < RECORDS; i++) {
			struct farm_value v = farm_int64(i);

			v.series = test_series(
			    series, "n", f % 2 ? "odd" : "even");
			assert_int_equal(
			    0, batch_add_result(
				   b, 1000 + (int64_t)position, "i", 0, &v, 1));
			batch_last(b)->position = position++;
			/* Of old, but here as of the segment's beginning. */
			if (f == 5) {
				batch_last(b)->flags = FARM_IMPORTED;
				batch_last(b)->time_ns = 1;
			}
		}
		assert_int_equal(
		    0, frame_encode(encoder, &b->view, &s->bytes, &err));
		segment_add(&s->sums, &b->view, s->bytes.size - before);
		s->ends[f] = s->bytes.size;
		batch_unref(b);
	}
	segment_put_end(end, &s->sums);
	if (ended)
		buffer_put(&s->bytes, end, sizeof(end));
	frame_encoder_free(encoder);
	series_table_free(series);
}

static int
count(void *context, const void *frame, size_t size,
    const struct farm_batch *batch, struct error *err)
{
	uint64_t *records = context;

	(void)frame, (void)size, (void)err;
	*records += batch->n_records;
	return 0;
}

static void
a_whole_one_is_read_whole(void **state)
{
	struct segment_scan scan;
	uint64_t records;
	struct segment s;
	struct error err;

	(void)state;
	for (int ended = 0; ended < 2; ended++) {
		build(&s, ended);
		records = 0;
		assert_int_equal(0, segment_scan(s.bytes.data, s.bytes.size,
					count, &records, &scan, &err));
		assert_int_equal(FRAMES * RECORDS, records);
		assert_int_equal(ended, scan.ended);
		assert_int_equal(0, scan.bad_bytes);
		assert_int_equal(0, scan.bad_frames);
		assert_memory_equal(&s.sums, &scan.good, sizeof(s.sums));
		assert_int_equal(header.begun_ns, scan.good.oldest_ns);
		buffer_free(&s.bytes);
	}
}

static void
the_end_says_what_is_in_it(void **state)
{
	struct segment_sums sums = { .first_position = 10 };
	struct segment s;
	const char *end;

	(void)state;
	build(&s, true);
	end = s.bytes.data + s.bytes.size - SEGMENT_END;
	assert_true(segment_get_end(end, s.bytes.size, &sums));
	sums.begun_ns = header.begun_ns; /* the header says that */
	assert_memory_equal(&s.sums, &sums, sizeof(sums));
	/* Another size is another file's. */
	assert_false(segment_get_end(end, s.bytes.size + 1, &sums));
	buffer_free(&s.bytes);
}

/* Cut at every byte: every whole frame before the cut is there, and nothing
   of the others; the rest is a torn tail. */
static void
cut_at_every_byte(void **state)
{
	struct segment_scan scan;
	struct segment s;
	struct error err;

	(void)state;
	build(&s, false);
	for (size_t size = SEGMENT_HEADER; size < s.bytes.size; size++) {
		char *copy = malloc(size); /* so that a step beyond is seen */
		size_t whole = SEGMENT_HEADER;
		uint64_t frames = 0;

		assert_non_null(copy);
		memcpy(copy, s.bytes.data, size);
		while (s.ends[frames] <= size)
			whole = s.ends[frames++];
		assert_int_equal(
		    0, segment_scan(copy, size, NULL, NULL, &scan, &err));
		assert_int_equal(frames, scan.good.frames);
		assert_int_equal(frames * RECORDS, scan.good.values);
		assert_int_equal(whole, scan.whole);
		assert_int_equal(size - whole, scan.bad_bytes);
		assert_int_equal(size > whole, scan.torn);
		free(copy);
	}
	for (size_t size = 0; size < SEGMENT_HEADER; size++)
		assert_int_equal(-1,
		    segment_scan(s.bytes.data, size, NULL, NULL, &scan, &err));
	buffer_free(&s.bytes);
}

/* Flip every byte: at most the frames that lean on the one hit are lost, and
   none is taken for something it is not. */
static void
flip_every_byte(void **state)
{
	struct segment_scan scan;
	struct segment s;
	struct error err;

	(void)state;
	build(&s, true);
	for (size_t at = 0; at < s.bytes.size; at++) {
		uint64_t frame = 0;
		uint64_t records = 0;
		int rc;

		s.bytes.data[at] ^= 0x20;
		rc = segment_scan(
		    s.bytes.data, s.bytes.size, count, &records, &scan, &err);
		s.bytes.data[at] ^= 0x20;
		if (at < SEGMENT_HEADER) {
			assert_int_equal(-1, rc);
			continue;
		}
		assert_int_equal(0, rc);
		assert_int_equal(records, scan.good.values);
		while (frame < FRAMES && s.ends[frame] <= at)
			frame++;
		if (frame == FRAMES) { /* the end's own bytes */
			assert_int_equal(FRAMES, scan.good.frames);
			assert_false(scan.ended);
			continue;
		}
		/* Those of the second stream never lean on the first. */
		assert_true(scan.good.frames >= (frame < 4 ? 2 : 4));
		assert_true(scan.good.frames < FRAMES);
		assert_int_equal(FRAMES, scan.good.frames + scan.bad_frames);
		assert_false(scan.torn);
		assert_true(scan.bad_first <= 10 + frame * RECORDS);
		assert_true(scan.bad_last >= 10 + frame * RECORDS + 2);
	}
	buffer_free(&s.bytes);
}

/* Two blocks and a half, of which half can be made small. */
static void
build_large(struct buffer *plain, struct segment_sums *sums)
{
	uint8_t head[SEGMENT_HEADER], end[SEGMENT_END];
	unsigned seed = 3;

	segment_put_header(head, &header);
	buffer_put(plain, head, sizeof(head));
	while (plain->size < SEGMENT_HEADER + SEGMENT_BLOCK * 5 / 2)
		buffer_putc(
		    plain, (char)(plain->size % 2 == 0 ? 0 : rand_r(&seed)));
	*sums = (struct segment_sums){ .frames = 7,
		.first_position = 10,
		.last_position = 99,
		.bytes = plain->size };
	segment_put_end(end, sums);
	buffer_put(plain, end, sizeof(end));
}

static void
pack(const struct buffer *plain, const struct segment_sums *sums,
    struct buffer *packed)
{
	struct segment_header packed_header = header;
	struct packer *p = packer_new();
	uint8_t head[SEGMENT_HEADER];
	struct error err;

	assert_non_null(p);
	packed_header.packed = true;
	segment_put_header(head, &packed_header);
	buffer_put(packed, head, sizeof(head));
	for (size_t at = SEGMENT_HEADER; at < sums->bytes;
	     at += SEGMENT_BLOCK) {
		size_t rest = sums->bytes - at;

		assert_int_equal(
		    0, packer_block(p, plain->data + at,
			   rest < SEGMENT_BLOCK ? rest : SEGMENT_BLOCK, packed,
			   &err));
	}
	packer_end(p, sums, packed);
	assert_false(buffer_failed(packed));
	packer_free(p);
}

static void
what_is_packed_comes_back(void **state)
{
	struct buffer plain = BUFFER_INIT, packed = BUFFER_INIT;
	struct segment_sums sums;
	struct segment_scan scan;
	size_t size, lost;
	struct error err;
	void *back;

	(void)state;
	if (!segment_can_pack())
		skip();
	build_large(&plain, &sums);
	pack(&plain, &sums, &packed);
	assert_true(packed.size < plain.size * 3 / 4);
	assert_int_equal(1, segment_unpack(packed.data, packed.size, &back,
				&size, &lost, &err));
	assert_int_equal(plain.size, size);
	assert_int_equal(0, lost);
	assert_memory_equal(plain.data, back, size);
	free(back);
	/* As it is, it is no segment to read. */
	assert_int_equal(-1,
	    segment_scan(packed.data, packed.size, NULL, NULL, &scan, &err));
	assert_string_equal("packed, and cannot be unpacked", err.text);
	/* Cut anywhere it is none at all. */
	for (size_t cut = 1; cut < packed.size; cut += cut < 200 ? 1 : 9973)
		assert_int_equal(
		    0, segment_unpack(packed.data, packed.size - cut, &back,
			   &size, &lost, &err));
	buffer_free(&plain);
	buffer_free(&packed);
}

/* Whatever byte is hit: all of it is lost and known to be, or one block. */
static void
flip_in_packed(void **state)
{
	struct buffer plain = BUFFER_INIT, packed = BUFFER_INIT;
	struct segment_sums sums;
	unsigned seed = 5, blocks = 0;
	size_t size, lost;
	struct error err;
	void *back;

	(void)state;
	if (!segment_can_pack())
		skip();
	build_large(&plain, &sums);
	pack(&plain, &sums, &packed);
	for (int turn = 0; turn < 60; turn++) {
		size_t tail = packed.size - SEGMENT_END - 64;
		size_t at = turn % 3 == 0
				? tail + (size_t)rand_r(&seed) % 128
				: SEGMENT_HEADER +
				      (size_t)rand_r(&seed) %
					  (packed.size - SEGMENT_HEADER);

		packed.data[at] ^= 0x10;
		if (segment_unpack(packed.data, packed.size, &back, &size,
			&lost, &err) > 0) {
			assert_int_equal(plain.size, size);
			assert_true(
			    lost == SEGMENT_BLOCK || lost == SEGMENT_BLOCK / 2);
			blocks++;
			free(back);
		}
		packed.data[at] ^= 0x10;
	}
	assert_true(blocks >= 20);
	buffer_free(&plain);
	buffer_free(&packed);
}

/* Nothing is said of the bytes: who took them for bad ones would give them
   up. */
static void
without_memory_they_are_not_bad(void **state)
{
	const struct segment_sums sums = { .bytes = SEGMENT_HEADER +
						    4096 * SEGMENT_BLOCK };
	const struct segment_header large = { .first_position = 1,
		.packed = true };
	struct packer *p = NULL;
	struct buffer packed = BUFFER_INIT;
	uint8_t head[SEGMENT_HEADER];
	struct rlimit before, little;
	size_t size, lost;
	struct error err;
	void *back;
	int rc;

	(void)state;
	if (SANITIZED || !segment_can_pack())
		skip();
	p = packer_new();
	assert_non_null(p);
	segment_put_header(head, &large);
	buffer_put(&packed, head, sizeof(head));
	for (int i = 0; i < 4096; i++)
		assert_int_equal(0, packer_block(p, "", 0, &packed, &err));
	packer_end(p, &sums, &packed);
	packer_free(p);
	assert_int_equal(0, getrlimit(RLIMIT_AS, &before));
	little = before;
	little.rlim_cur = 1 << 30;
	assert_int_equal(0, setrlimit(RLIMIT_AS, &little));
	rc = segment_unpack(
	    packed.data, packed.size, &back, &size, &lost, &err);
	assert_int_equal(0, setrlimit(RLIMIT_AS, &before));
	assert_int_equal(-1, rc);
	assert_string_equal("out of memory", err.text);
	buffer_free(&packed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_one_is_read_whole),
		cmocka_unit_test(the_end_says_what_is_in_it),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(flip_every_byte),
		cmocka_unit_test(what_is_packed_comes_back),
		cmocka_unit_test(flip_in_packed),
		cmocka_unit_test(without_memory_they_are_not_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
