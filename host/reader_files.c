/* The lane of the files: frames of segments, from the first that is wanted. */
#include "reader_private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

void
reader_close_file(struct reader *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

/* The first position wanted from files; 0: none. */
static uint64_t
wanted(struct reader *r)
{
	uint64_t position;

	pthread_mutex_lock(&r->lock);
	position = r->backlog.n > 0 ? r->backlog.items[0].first : 0;
	pthread_mutex_unlock(&r->lock);
	return position;
}

/* No segment has these: they never were, or are told as lost already. */
static void
pass_over(struct reader *r, uint64_t last)
{
	pthread_mutex_lock(&r->lock);
	(void)ranges_remove(&r->backlog, 1, last);
	r->moved = true;
	pthread_mutex_unlock(&r->lock);
}

/* The segment to read next; false if there is nothing to read now. */
static bool
find_segment(struct reader *r, struct journal_segment *ret)
{
	struct journal *j = r->journal;
	uint64_t position = wanted(r);
	const struct journal_segment *s;
	uint64_t written;

	if (position == 0)
		return false;
	pthread_mutex_lock(&j->lock);
	s = journal_find(j, position);
	written = j->stats.written;
	if (s != NULL)
		*ret = *s;
	pthread_mutex_unlock(&j->lock);
	if (s != NULL && ret->sums.last_position == 0)
		return false;
	if (s != NULL && ret->sums.first_position > position)
		pass_over(r, ret->sums.first_position - 1);
	else if (s == NULL)
		pass_over(r, written);
	return s != NULL && !ret->suspect;
}

static bool
open_segment(struct reader *r)
{
	struct journal_segment s;
	struct error err;
	char *path;

	if (!find_segment(r, &s))
		return false;
	path = segment_path(r->journal->folder, s.sums.first_position);
	if (path == NULL)
		return false;
	r->fd = segment_open(path, &err);
	free(path);
	r->segment = s.sums.first_position;
	r->mended = s.mended;
	r->at = SEGMENT_HEADER;
	r->passed = 0;
	if (r->fd < 0)
		reader_complain(r, &err);
	return r->fd >= 0;
}

/* How far the segment at hand can be read; 0 if it is not what it was. */
static uint64_t
readable(struct reader *r, uint64_t *ret_last, bool *ret_sealed)
{
	const struct journal_segment *s;
	uint64_t bytes = 0;

	pthread_mutex_lock(&r->journal->lock);
	s = journal_segment(r->journal, r->segment);
	if (s != NULL && !s->suspect && s->mended == r->mended) {
		bytes = s->sums.bytes;
		*ret_last = s->sums.last_position;
		*ret_sealed = s->sealed;
	}
	pthread_mutex_unlock(&r->journal->lock);
	return bytes;
}

/* A file to read from and at a frame; false if there is nothing now. */
static bool
find_frame(struct reader *r)
{
	uint64_t bytes, last = 0;
	bool sealed = false;

	for (;;) {
		if (r->fd < 0 && !open_segment(r))
			return false;
		bytes = readable(r, &last, &sealed);
		if (bytes > r->at)
			return true;
		if (bytes == r->at) {
			pass_over(r, last);
			/* More may come, which has this stream's names. */
			if (!sealed)
				return false;
		}
		reader_close_file(r);
	}
}

bool
reader_read_file(struct reader *r, struct buffer *to, bool *ret_anew)
{
	uint64_t position = wanted(r);
	struct error err;

	buffer_clear(to);
	/* What is to be read again lies behind us. */
	if (position < r->segment || position <= r->passed)
		reader_close_file(r);
	if (position == 0 || !find_frame(r))
		return false;
	if (segment_read_frame(r->fd, r->at, to, &err) != 0) {
		reader_complain(r, &err);
		return false;
	}
	*ret_anew = r->at == SEGMENT_HEADER;
	r->at += to->size;
	return true;
}

void
reader_complain(struct reader *r, const struct error *why)
{
	struct journal_segment *s;

	log_line(LOG_LEVEL_ERROR, r->name,
	    "segment %020llu of the journal: %s; to be mended",
	    (unsigned long long)r->segment, why->text);
	pthread_mutex_lock(&r->journal->lock);
	s = journal_segment(r->journal, r->segment);
	if (s != NULL && s->mended == r->mended)
		s->suspect = true;
	pthread_mutex_unlock(&r->journal->lock);
	reader_close_file(r);
}

void
reader_take(struct reader *r, struct batch *batch, size_t first)
{
	size_t n = batch->view.n_records;
	uint64_t from, to;

	if (first >= n)
		return;
	/* What is between two frames is nowhere. */
	from = r->passed > 0 ? r->passed + 1 : r->segment;
	to = batch->view.records[n - 1].position;
	r->passed = to;
	pthread_mutex_lock(&r->lock);
	for (size_t i = first; i < n; i++)
		if (!ranges_has(&r->backlog, batch->view.records[i].position))
			batch_record(batch, i)->type = 0;
	if (ranges_add_common(&r->flight, &r->backlog, from, to) == 0)
		(void)ranges_remove(&r->backlog, from, to);
	pthread_mutex_unlock(&r->lock);
}
