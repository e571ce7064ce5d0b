/*
 * Complete segments are packed, a block at a time between the journal's other
 * work, so that it takes a fraction of one processor and holds up nothing.  The
 * packed one takes the place of the other when it is whole and on the disk.
 */
#include "journal_private.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "segment_pack.h"

/* It works for one part of its time, and rests for so many. */
#define REST 4
/* What does not become smaller than this stays as it is. */
#define WORTH 0.9

struct journal_packing {
	struct journal_segment segment; /* as it was at the beginning */
	char *path;
	int from;
	struct segment_file to;
	struct packer *packer;
	uint64_t at; /* what is before is packed */
	struct buffer plain;
	struct buffer packed;
};

static void
packing_free(struct journal_packing *p)
{
	if (p == NULL)
		return;
	if (p->from >= 0)
		close(p->from);
	if (p->to.fd >= 0)
		(void)unlink(p->to.path);
	segment_close(&p->to);
	packer_free(p->packer);
	buffer_free(&p->plain);
	buffer_free(&p->packed);
	free(p->path);
	free(p);
}

void
journal_pack_stop(struct journal *j)
{
	packing_free(j->packing);
	j->packing = NULL;
}

/* The first that can be packed and is not; false if there is none. */
static bool
find(struct journal *j, struct journal_segment *ret)
{
	bool found = false;

	pthread_mutex_lock(&j->lock);
	for (size_t i = 0; i < j->n_segments && !found; i++) {
		const struct journal_segment *s = &j->segments[i];

		found = s->sealed && !s->suspect && !s->stays &&
			s->packed == 0 && s->sums.last_position != 0;
		if (found)
			*ret = *s;
	}
	pthread_mutex_unlock(&j->lock);
	return found;
}

/* Not again. */
static void
let_be(struct journal *j, uint64_t first_position)
{
	struct journal_segment *s;

	pthread_mutex_lock(&j->lock);
	s = journal_segment(j, first_position);
	if (s != NULL)
		s->stays = true;
	pthread_mutex_unlock(&j->lock);
}

static void
give_up(struct journal *j, const struct error *why)
{
	if (why != NULL)
		log_line(LOG_LEVEL_WARNING, "journal", "%s: not packed: %s",
		    j->packing->path, why->text);
	let_be(j, j->packing->segment.sums.first_position);
	journal_pack_stop(j);
}

static int
put_header(struct journal_packing *p, struct error *err)
{
	uint8_t bytes[SEGMENT_HEADER];
	struct segment_header header;

	if (pread(p->from, bytes, sizeof(bytes), 0) != SEGMENT_HEADER)
		return error_set(err, "%m");
	if (segment_get_header(bytes, sizeof(bytes), &header, err) != 0)
		return -1;
	if (header.packed)
		return error_set(err, "it is packed already");
	header.packed = true;
	segment_put_header(bytes, &header);
	p->at = SEGMENT_HEADER;
	return segment_append(&p->to, bytes, sizeof(bytes), err);
}

static int
packing_open(struct journal *j, struct journal_packing *p, struct error *err)
{
	p->path = segment_path(j->folder, p->segment.sums.first_position);
	p->packer = packer_new();
	if (p->path == NULL || p->packer == NULL ||
	    asprintf(&p->to.path, "%s.new", p->path) < 0)
		return error_set(err, "out of memory");
	p->from = open(p->path, O_RDONLY | O_CLOEXEC);
	p->to.fd = open(
	    p->to.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (p->from < 0 || p->to.fd < 0)
		return error_set(err, "%m");
	return put_header(p, err);
}

void
journal_pack_begin(struct journal *j)
{
	struct journal_packing *p;
	struct journal_segment s;
	struct error err;

	if (j->config.compress != JOURNAL_ZSTD || !segment_can_pack() ||
	    j->packing != NULL || !find(j, &s))
		return;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return;
	p->segment = s;
	p->from = -1;
	p->to.fd = -1;
	j->packing = p;
	j->pack_mono_ns = clock_mono_ns();
	if (packing_open(j, p, &err) != 0)
		give_up(j, &err);
}

/* --- a block --- */

static int
read_block(struct journal_packing *p, size_t size, struct error *err)
{
	char *room;
	ssize_t n;

	buffer_clear(&p->plain);
	room = buffer_room(&p->plain, size);
	if (room == NULL)
		return error_set(err, "out of memory");
	while (p->plain.size < size) {
		n = pread(p->from, room + p->plain.size, size - p->plain.size,
		    (off_t)(p->at + p->plain.size));
		if (n <= 0)
			return error_set(err, n < 0 ? "%m" : "is too short");
		buffer_added(&p->plain, (size_t)n);
	}
	return 0;
}

static int
pack_block(struct journal_packing *p, struct error *err)
{
	uint64_t rest = p->segment.sums.bytes - p->at;
	size_t size = rest < SEGMENT_BLOCK ? (size_t)rest : SEGMENT_BLOCK;
	uint64_t from = p->to.size;

	buffer_clear(&p->packed);
	if (read_block(p, size, err) != 0 ||
	    packer_block(p->packer, p->plain.data, size, &p->packed, err) !=
		0 ||
	    segment_append(&p->to, p->packed.data, p->packed.size, err) != 0)
		return -1;
	/* So that the sync at the end has little to wait for. */
	(void)sync_file_range(p->to.fd, (off_t)from, (off_t)p->packed.size,
	    SYNC_FILE_RANGE_WRITE);
	p->at += size;
	return 0;
}

/* --- the end --- */

static int
put_end(struct journal *j, struct journal_packing *p, struct error *err)
{
	buffer_clear(&p->packed);
	packer_end(p->packer, &p->segment.sums, &p->packed);
	if (buffer_failed(&p->packed))
		return error_set(err, "out of memory");
	if (segment_append(&p->to, p->packed.data, p->packed.size, err) != 0)
		return -1;
	return j->config.sync == JOURNAL_NEVER ? 0 : segment_sync(&p->to, err);
}

/* The segment may have been thinned, mended or given up meanwhile: then it is
   another's.  Only this thread does any of that. */
static bool
is_current(struct journal *j, const struct journal_packing *p)
{
	const struct journal_segment *s;
	bool current;

	pthread_mutex_lock(&j->lock);
	s = journal_segment(j, p->segment.sums.first_position);
	current = s != NULL && !s->suspect && s->mended == p->segment.mended &&
		  s->thinned == p->segment.thinned;
	pthread_mutex_unlock(&j->lock);
	return current;
}

static void
take_place(struct journal *j, struct journal_packing *p)
{
	struct error err;

	if (rename(p->to.path, p->path) != 0) {
		error_set(&err, "%m");
		give_up(j, &err);
		return;
	}
	pthread_mutex_lock(&j->lock);
	journal_segment(j, p->segment.sums.first_position)->packed = p->to.size;
	pthread_mutex_unlock(&j->lock);
	segment_close(&p->to); /* or it would be removed */
	journal_pack_stop(j);
}

static void
finish(struct journal *j, struct journal_packing *p)
{
	struct error err;

	if (!is_current(j, p))
		journal_pack_stop(j);
	else if (put_end(j, p, &err) != 0)
		give_up(j, &err);
	else if ((double)p->to.size > WORTH * (double)p->segment.sums.bytes)
		give_up(j, NULL);
	else
		take_place(j, p);
}

void
journal_pack_step(struct journal *j)
{
	struct journal_packing *p = j->packing;
	int64_t began = clock_mono_ns();
	struct error err;

	if (p == NULL || began < j->pack_mono_ns)
		return;
	journal_disk_begin(j);
	if (p->at == p->segment.sums.bytes) {
		finish(j, p);
		journal_pack_begin(j);
	} else if (pack_block(p, &err) != 0) {
		give_up(j, &err);
	}
	journal_disk_end(j);
	j->pack_mono_ns = clock_mono_ns();
	j->pack_mono_ns += REST * (j->pack_mono_ns - began);
}
