#include "journal_look.h"

#include <stdlib.h>
#include <unistd.h>

#include "journal_private.h"

void
journal_look_begin(
    struct journal_look *l, struct journal *journal, uint64_t after)
{
	struct journal_stats stats;

	journal_stats(journal, &stats);
	*l = (struct journal_look){ .journal = journal,
		.fd = -1,
		.after = after,
		.lost = after + 1 < stats.first_position };
}

static void
close_file(struct journal_look *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

void
journal_look_end(struct journal_look *l)
{
	close_file(l);
}

static bool
open_next(struct journal_look *l)
{
	const struct journal_segment *s;
	struct journal_segment found = { .suspect = true };
	char *path;

	pthread_mutex_lock(&l->journal->lock);
	s = journal_find(l->journal, l->after + 1);
	if (s != NULL)
		found = *s;
	pthread_mutex_unlock(&l->journal->lock);
	if (s == NULL || found.sums.last_position == 0)
		return false;
	path = segment_path(l->journal->folder, found.sums.first_position);
	l->fd = path == NULL ? -1 : segment_open(path, NULL);
	free(path);
	l->segment = found.sums.first_position;
	l->mended = found.mended;
	l->at = SEGMENT_HEADER;
	if (l->fd < 0) {
		l->lost = true;
		l->after = found.sums.last_position;
	}
	return true;
}

/* What the segment is by now; false if it is not what it was. */
static bool
look_at(struct journal_look *l, struct journal_segment *ret)
{
	const struct journal_segment *s;

	pthread_mutex_lock(&l->journal->lock);
	s = journal_segment(l->journal, l->segment);
	if (s != NULL)
		*ret = *s;
	pthread_mutex_unlock(&l->journal->lock);
	return s != NULL && !ret->suspect && ret->mended == l->mended;
}

void
journal_look_skip(struct journal_look *l)
{
	struct journal_segment s = { .sealed = false };

	l->lost = true;
	(void)look_at(l, &s);
	if (s.sums.last_position > l->after)
		l->after = s.sums.last_position;
	else
		l->after++;
	close_file(l);
}

/* A segment with a frame that was not read; false if there is none. */
static bool
find_frame(struct journal_look *l)
{
	struct journal_segment s;

	for (;;) {
		if (l->fd < 0) {
			if (!open_next(l))
				return false;
			continue;
		}
		if (!look_at(l, &s)) {
			journal_look_skip(l);
			continue;
		}
		if (s.sums.bytes > l->at)
			return true;
		if (!s.sealed)
			return false;
		l->after = s.sums.last_position;
		close_file(l);
	}
}

bool
journal_look_next(struct journal_look *l, struct buffer *to)
{
	struct error err;

	while (find_frame(l)) {
		buffer_clear(to);
		if (segment_read_frame(l->fd, l->at, to, &err) == 0) {
			l->at += to->size;
			return true;
		}
		journal_look_skip(l);
	}
	return false;
}
