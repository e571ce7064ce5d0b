#include "memlog.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "wait.h"

/* What is given up at once is this part of the bound. */
#define SEGMENTS 8
/* One byte of so many may be definitions. */
#define DEFINED_SHARE 16
/* A disk that takes longer delays nobody any more. */
#define HOLD_NS NS_PER_S

struct memlog_frame {
	struct memlog_frame *next;
	uint64_t segment;
	struct memlog_info info;
	int64_t appended_mono_ns;
	bool said; /* on disk or not, that is known */
	bool kept; /* on disk */
	size_t size;
	char bytes[];
};

struct memlog {
	pthread_mutex_t lock;
	pthread_cond_t appended;
	pthread_cond_t written; /* for those who wait for the disk */
	size_t bound;
	size_t bytes;         /* of all frames */
	size_t segment_bytes; /* of the last segment */
	uint64_t segment;     /* number of the last */
	bool turn;            /* the next frame is to begin another */
	bool begins;          /* the next frame does: it is made so */
	bool closed;
	uint64_t frames;
	uint64_t last_position;
	uint64_t offered; /* to whoever reads, the last position */
	struct memlog_frame *first;
	struct memlog_frame *last;
	struct memlog_frame *unsaid; /* the first not known to be kept or not */
	struct memlog_cursor *cursors;
};

struct memlog *
memlog_new(size_t bound)
{
	struct memlog *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->bound = bound;
	log->turn = true;
	pthread_mutex_init(&log->lock, NULL);
	wait_init(&log->appended);
	wait_init(&log->written);
	return log;
}

void
memlog_free(struct memlog *log)
{
	struct memlog_frame *next;

	if (log == NULL)
		return;
	for (struct memlog_frame *f = log->first; f != NULL; f = next) {
		next = f->next;
		free(f);
	}
	pthread_cond_destroy(&log->appended);
	pthread_cond_destroy(&log->written);
	pthread_mutex_destroy(&log->lock);
	free(log);
}

uint64_t
memlog_open(struct memlog *log, struct memlog_cursor *cursor)
{
	uint64_t offered;

	*cursor = (struct memlog_cursor){ .next = NULL };
	pthread_mutex_lock(&log->lock);
	cursor->peer = log->cursors;
	log->cursors = cursor;
	/* It knows none of the definitions made so far. */
	log->turn = true;
	offered = log->offered;
	pthread_mutex_unlock(&log->lock);
	return offered;
}

void
memlog_follow_disk(struct memlog *log, struct memlog_cursor *cursor)
{
	pthread_mutex_lock(&log->lock);
	cursor->follows_disk = true;
	pthread_mutex_unlock(&log->lock);
}

void
memlog_seal(struct memlog *log, struct memlog_cursor *cursor)
{
	pthread_mutex_lock(&log->lock);
	cursor->sealed = true;
	pthread_cond_broadcast(&log->appended);
	pthread_cond_broadcast(&log->written);
	pthread_mutex_unlock(&log->lock);
}

bool
memlog_offer(struct memlog *log, uint64_t last_position)
{
	bool any;

	pthread_mutex_lock(&log->lock);
	log->offered = last_position;
	any = log->cursors != NULL;
	pthread_mutex_unlock(&log->lock);
	return any;
}

static bool
is_full(const struct memlog *log, uint64_t defined)
{
	uint64_t bytes = log->segment_bytes;

	return bytes >= log->bound / 2 ||
	       (bytes >= log->bound / SEGMENTS + defined &&
		   bytes >= DEFINED_SHARE * defined);
}

bool
memlog_begins_segment(struct memlog *log, uint64_t defined)
{
	bool begins;

	pthread_mutex_lock(&log->lock);
	begins = log->begins || log->turn || is_full(log, defined);
	log->begins = begins;
	/* One that is asked for from now on is for the frame after this. */
	log->turn = false;
	pthread_mutex_unlock(&log->lock);
	return begins;
}

void
memlog_turn(struct memlog *log)
{
	pthread_mutex_lock(&log->lock);
	log->turn = true;
	pthread_mutex_unlock(&log->lock);
}

static void
add_gap(struct memlog_gap *gap, const struct memlog_info *info)
{
	if (gap->values == 0) {
		gap->from_ns = info->oldest_ns;
		gap->to_ns = info->newest_ns;
	}
	if (info->oldest_ns < gap->from_ns)
		gap->from_ns = info->oldest_ns;
	if (info->newest_ns > gap->to_ns)
		gap->to_ns = info->newest_ns;
	gap->values += info->values;
}

static void
add_kept(struct memlog_kept *kept, const struct memlog_info *info)
{
	if (kept->first == 0)
		kept->first = info->first_position;
	kept->last = info->last_position;
}

static void
step(struct memlog_cursor *cursor)
{
	cursor->values -= cursor->next->info.values;
	cursor->bytes -= cursor->next->size;
	cursor->frames--;
	/* What came after the seal is not its own. */
	if (cursor->sealed && cursor->frames == 0)
		cursor->next = NULL;
	else
		cursor->next = cursor->next->next;
}

static void
drop_first(struct memlog *log)
{
	struct memlog_frame *f = log->first;
	struct memlog_cursor *c;

	for (c = log->cursors; c != NULL; c = c->peer) {
		if (c->next != f)
			continue;
		if (f->kept)
			add_kept(&c->kept, &f->info);
		else
			add_gap(&c->gap, &f->info);
		step(c);
	}
	if (log->unsaid == f)
		log->unsaid = f->next;
	log->first = f->next;
	if (log->first == NULL)
		log->last = NULL;
	log->bytes -= sizeof(*f) + f->size;
	log->frames--;
	free(f);
}

static void
drop_segment(struct memlog *log)
{
	uint64_t segment = log->first->segment;

	/* What its frames lean on is gone with the first of them. */
	while (log->first != NULL && log->first->segment == segment)
		drop_first(log);
}

static struct memlog_frame *
frame_new(const struct memlog_info *info, const void *bytes, size_t size)
{
	struct memlog_frame *f = malloc(sizeof(*f) + size);

	if (f == NULL)
		return NULL;
	*f = (struct memlog_frame){
		.info = *info, .appended_mono_ns = clock_mono_ns(), .size = size
	};
	memcpy(f->bytes, bytes, size);
	return f;
}

static void
link_frame(struct memlog *log, struct memlog_frame *f)
{
	if (log->last != NULL)
		log->last->next = f;
	else
		log->first = f;
	if (log->unsaid == NULL)
		log->unsaid = f;
	log->last = f;
	log->frames++;
	log->bytes += sizeof(*f) + f->size;
	log->last_position = f->info.last_position;
	for (struct memlog_cursor *c = log->cursors; c != NULL; c = c->peer) {
		if (c->sealed)
			continue;
		if (c->next == NULL)
			c->next = f;
		c->frames++;
		c->values += f->info.values;
		c->bytes += f->size;
	}
}

int
memlog_append(struct memlog *log, const struct memlog_info *info,
    const void *bytes, size_t size)
{
	struct memlog_frame *f;

	if (size > log->bound / 2)
		return -1;
	f = frame_new(info, bytes, size);
	if (f == NULL)
		return -1;
	pthread_mutex_lock(&log->lock);
	if (log->begins) {
		log->begins = false;
		log->segment++;
		log->segment_bytes = 0;
	}
	f->segment = log->segment;
	log->segment_bytes += sizeof(*f) + size;
	link_frame(log, f);
	while (log->bytes > log->bound && log->first->segment != log->segment)
		drop_segment(log);
	pthread_mutex_unlock(&log->lock);
	/* Whom it wakes finds the lock free. */
	pthread_cond_broadcast(&log->appended);
	return 0;
}

void
memlog_written(struct memlog *log, uint64_t position, bool kept)
{
	struct memlog_frame *f;

	pthread_mutex_lock(&log->lock);
	for (f = log->unsaid; f != NULL && f->info.last_position <= position;
	     f = f->next) {
		f->said = true;
		f->kept = kept;
	}
	log->unsaid = f;
	pthread_cond_broadcast(&log->written);
	pthread_mutex_unlock(&log->lock);
}

void
memlog_gone(struct memlog *log, uint64_t position)
{
	struct memlog_frame *f;

	pthread_mutex_lock(&log->lock);
	for (f = log->first; f != NULL && f->info.last_position <= position;
	     f = f->next)
		f->kept = false;
	pthread_mutex_unlock(&log->lock);
}

void
memlog_take_kept(
    struct memlog *log, struct memlog_cursor *cursor, struct memlog_kept *ret)
{
	pthread_mutex_lock(&log->lock);
	*ret = cursor->kept;
	cursor->kept = (struct memlog_kept){ .first = 0 };
	pthread_mutex_unlock(&log->lock);
}

void
memlog_close(struct memlog *log)
{
	pthread_mutex_lock(&log->lock);
	log->closed = true;
	pthread_cond_broadcast(&log->appended);
	pthread_cond_broadcast(&log->written);
	pthread_mutex_unlock(&log->lock);
}

/* Whatever all have read goes; nothing of a frame is needed once it was
   copied. */
static void
drop_read(struct memlog *log)
{
	while (log->first != NULL) {
		for (struct memlog_cursor *c = log->cursors; c; c = c->peer)
			if (c->next == log->first)
				return;
		drop_first(log);
	}
}

void
memlog_leave(struct memlog *log, struct memlog_cursor *cursor)
{
	struct memlog_cursor **at = &log->cursors;

	pthread_mutex_lock(&log->lock);
	while (*at != NULL && *at != cursor)
		at = &(*at)->peer;
	if (*at != NULL)
		*at = cursor->peer;
	drop_read(log);
	pthread_mutex_unlock(&log->lock);
}

static bool
take(struct memlog *log, struct memlog_cursor *cursor, struct buffer *to,
    struct memlog_read *ret)
{
	const struct memlog_frame *f = cursor->next;

	buffer_put(to, f->bytes, f->size);
	if (buffer_failed(to))
		return false;
	ret->info = f->info;
	ret->gap = cursor->gap;
	ret->kept = cursor->kept;
	ret->anew = f->segment != cursor->segment;
	cursor->gap = (struct memlog_gap){ .values = 0 };
	cursor->kept = (struct memlog_kept){ .first = 0 };
	cursor->segment = f->segment;
	step(cursor);
	drop_read(log);
	return true;
}

/* From when on the cursor may have its next frame; INT64_MAX: there is none. */
static int64_t
ready_mono_ns(const struct memlog_cursor *cursor)
{
	const struct memlog_frame *f = cursor->next;

	if (f == NULL)
		return INT64_MAX;
	return cursor->follows_disk && !f->said ? f->appended_mono_ns + HOLD_NS
						: 0;
}

/* Is there a frame that the cursor may have? */
static bool
is_ready(const struct memlog_cursor *cursor)
{
	int64_t ready = ready_mono_ns(cursor);

	return ready < INT64_MAX && (ready == 0 || ready <= clock_mono_ns());
}

static bool
wait_for_frame(
    struct memlog *log, struct memlog_cursor *cursor, int64_t deadline_mono_ns)
{
	pthread_cond_t *news = cursor->follows_disk ? &log->written
						    : &log->appended;
	bool in_time = deadline_mono_ns > 0;

	while (!is_ready(cursor) && in_time) {
		int64_t until = ready_mono_ns(cursor);

		if (until == INT64_MAX && (log->closed || cursor->sealed))
			return false;
		if (until > deadline_mono_ns)
			until = deadline_mono_ns;
		in_time = wait_until(news, &log->lock, until) ||
			  until < deadline_mono_ns;
	}
	return is_ready(cursor);
}

bool
memlog_read(struct memlog *log, struct memlog_cursor *cursor, struct buffer *to,
    struct memlog_read *ret, int64_t deadline_mono_ns)
{
	bool found = false;

	buffer_clear(to);
	pthread_mutex_lock(&log->lock);
	if (wait_for_frame(log, cursor, deadline_mono_ns))
		found = take(log, cursor, to, ret);
	pthread_mutex_unlock(&log->lock);
	return found;
}

bool
memlog_read_more(struct memlog *log, struct memlog_cursor *cursor,
    struct buffer *to, struct memlog_read *ret)
{
	bool found = false;

	buffer_clear(to);
	pthread_mutex_lock(&log->lock);
	if (is_ready(cursor) && cursor->next->segment == cursor->segment &&
	    cursor->gap.values == 0 && cursor->kept.first == 0)
		found = take(log, cursor, to, ret);
	pthread_mutex_unlock(&log->lock);
	return found;
}

/* The last frame that may be left out and ends its stream; NULL if none. */
static const struct memlog_frame *
last_to_skip(
    const struct memlog *log, const struct memlog_frame *f, uint64_t through)
{
	const struct memlog_frame *found = NULL;

	for (; f != NULL && f->kept && f->info.last_position <= through;
	     f = f->next)
		if (f->next == NULL ? log->turn
				    : f->next->segment != f->segment)
			found = f;
	return found;
}

void
memlog_skip(struct memlog *log, struct memlog_cursor *cursor, uint64_t through,
    struct memlog_kept *ret)
{
	const struct memlog_frame *last;
	const struct memlog_frame *at;

	pthread_mutex_lock(&log->lock);
	last = cursor->sealed ? NULL : last_to_skip(log, cursor->next, through);
	while (last != NULL) {
		at = cursor->next;
		add_kept(&cursor->kept, &at->info);
		step(cursor);
		if (at == last)
			break;
	}
	*ret = cursor->kept;
	cursor->kept = (struct memlog_kept){ .first = 0 };
	drop_read(log);
	pthread_mutex_unlock(&log->lock);
}

bool
memlog_is_read(struct memlog *log, const struct memlog_cursor *cursor)
{
	bool read;

	pthread_mutex_lock(&log->lock);
	read = cursor->next == NULL;
	pthread_mutex_unlock(&log->lock);
	return read;
}

void
memlog_stats(struct memlog *log, struct memlog_stats *ret)
{
	pthread_mutex_lock(&log->lock);
	*ret = (struct memlog_stats){
		.bytes = log->bytes,
		.frames = log->frames,
		.last_position = log->last_position,
		.offered_position = log->offered,
	};
	if (log->first != NULL) {
		ret->first_position = log->first->info.first_position;
		ret->oldest_ns = log->first->info.oldest_ns;
	}
	pthread_mutex_unlock(&log->lock);
}

void
memlog_lag(struct memlog *log, const struct memlog_cursor *cursor,
    struct memlog_lag *ret)
{
	pthread_mutex_lock(&log->lock);
	*ret = (struct memlog_lag){
		.frames = cursor->frames,
		.values = cursor->values,
		.bytes = cursor->bytes,
		.oldest_ns = cursor->next ? cursor->next->info.oldest_ns : 0,
	};
	pthread_mutex_unlock(&log->lock);
}
