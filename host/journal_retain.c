/* What is beyond the journal's bounds is let go, and counted for each writer
   that had not read it. */
#include "journal_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "reader.h"

/* What each reader loses with a segment. */
struct losses {
	struct reader_loss *items;
	size_t n;
};

static int
count_frame(void *context, const void *frame, size_t size,
    const struct farm_batch *batch, struct error *err)
{
	struct losses *l = context;

	(void)frame, (void)size, (void)err;
	for (size_t i = 0; i < batch->n_records; i++)
		for (size_t k = 0; k < l->n; k++)
			reader_loss_add(&l->items[k], &batch->records[i]);
	return 0;
}

static bool
any_lost(const struct losses *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].lost.n > 0)
			return true;
	return false;
}

/* With the lock of the readers held. */
static void
tell_readers(struct journal *j, const struct segment_sums *s, const char *path)
{
	struct losses l = { .n = j->n_readers };
	struct segment_scan scan;
	struct segment_map map;
	struct error err;

	l.items = calloc(l.n + 1, sizeof(*l.items));
	for (size_t i = 0; i < l.n && l.items != NULL; i++)
		reader_give_up(j->readers[i], s->first_position,
		    s->last_position, &l.items[i]);
	if (l.items == NULL || !any_lost(&l)) {
		free(l.items);
		return;
	}
	if (segment_map(&map, path, &err) == 0) {
		(void)segment_scan(
		    map.bytes, map.size, count_frame, &l, &scan, &err);
		segment_unmap(&map);
	}
	for (size_t i = 0; i < l.n; i++) {
		pthread_mutex_lock(&j->lock);
		j->stats.given_up_values += l.items[i].gap.values;
		pthread_mutex_unlock(&j->lock);
		reader_lose(j->readers[i], &l.items[i]);
	}
	free(l.items);
}

static void
give_up(struct journal *j, const struct segment_sums *s)
{
	char *path = segment_path(j->folder, s->first_position);

	if (path == NULL)
		return; /* a second later, perhaps */
	/* What the tail lets go from now on is not to be found in files. */
	memlog_gone(j->tail, s->last_position);
	pthread_mutex_lock(&j->readers_lock);
	tell_readers(j, s, path);
	pthread_mutex_lock(&j->lock);
	journal_drop_segment(j, s->first_position);
	pthread_mutex_unlock(&j->lock);
	pthread_mutex_unlock(&j->readers_lock);
	(void)unlink(path);
	free(path);
}

static bool
is_read(struct journal *j, const struct segment_sums *s)
{
	bool read = true;

	pthread_mutex_lock(&j->readers_lock);
	for (size_t i = 0; i < j->n_readers && read; i++)
		read = reader_is_past(
		    j->readers[i], s->first_position, s->last_position);
	pthread_mutex_unlock(&j->readers_lock);
	return read;
}

/* Beyond a sixteenth it is better gone. */
#define THIN_MAX 4

enum bound { WITHIN, TOO_LARGE, TOO_OLD };

/* How the first segment stands to the bounds; the last one always stays. */
static enum bound
look_at_first(struct journal *j, struct segment_sums *ret)
{
	int64_t oldest = clock_wall_ns() - j->config.age_ns;
	enum bound bound = WITHIN;

	pthread_mutex_lock(&j->lock);
	if (j->n_segments > 1 ||
	    (j->n_segments == 1 && j->segments[0].sealed)) {
		*ret = j->segments[0].sums;
		if (j->config.age_ns > 0 && ret->newest_ns < oldest)
			bound = TOO_OLD;
		else if (j->n_segments > 1 &&
			 journal_bytes(j) + j->segment_bytes / 2 >
			     (uint64_t)j->config.bytes)
			bound = TOO_LARGE;
	}
	pthread_mutex_unlock(&j->lock);
	return bound;
}

static void
refuse(struct journal *j, bool refusing)
{
	bool before = j->refusing;

	pthread_mutex_lock(&j->lock);
	j->refusing = refusing;
	pthread_mutex_unlock(&j->lock);
	if (refusing && !before)
		log_line(LOG_LEVEL_ERROR, "journal",
		    "full of what writers have not stored: nothing new is "
		    "taken");
	else if (before && !refusing)
		log_line(LOG_LEVEL_NOTICE, "journal", "has room again");
}

/* The first of those that were thinned least and can be once more; 0: none.
   What the tail still has is whole there, and stays so here. */
static uint64_t
choose_to_thin(struct journal *j)
{
	const struct journal_segment *best = NULL;
	struct memlog_stats tail;
	uint64_t position = 0;

	memlog_stats(j->tail, &tail);
	if (tail.first_position == 0)
		tail.first_position = UINT64_MAX;
	pthread_mutex_lock(&j->lock);
	for (size_t i = 0; i < j->n_segments; i++) {
		const struct journal_segment *s = &j->segments[i];

		if (s->sealed && !s->suspect && s->thinned < THIN_MAX &&
		    s->sums.last_position < tail.first_position &&
		    (best == NULL || s->thinned < best->thinned))
			best = s;
	}
	if (best != NULL)
		position = best->sums.first_position;
	pthread_mutex_unlock(&j->lock);
	return position;
}

/* Make it smaller, by what the policy says of a segment that somebody has yet
   to read; false if nothing may go. */
static bool
shrink(struct journal *j, const struct segment_sums *first)
{
	uint64_t position;

	if (j->config.full == JOURNAL_DROP_NEW)
		return false;
	position = j->config.full == JOURNAL_THIN ? choose_to_thin(j) : 0;
	if (position == 0 || journal_thin(j, position) != 0)
		give_up(j, first);
	return true;
}

void
journal_retain(struct journal *j)
{
	struct segment_sums s;
	enum bound bound;
	bool full = false;

	while (!full && (bound = look_at_first(j, &s)) != WITHIN) {
		if (bound == TOO_LARGE && !is_read(j, &s))
			full = !shrink(j, &s);
		else
			give_up(j, &s);
	}
	if (full || j->refusing)
		refuse(j, full);
}

bool
journal_free_room(struct journal *j)
{
	struct segment_sums s;
	bool any;

	pthread_mutex_lock(&j->lock);
	any = j->n_segments > 0 && j->segments[0].sealed;
	if (any)
		s = j->segments[0].sums;
	pthread_mutex_unlock(&j->lock);
	if (!any || !is_read(j, &s))
		return false;
	give_up(j, &s);
	return true;
}
