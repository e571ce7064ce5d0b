/*
 * What was before, then the place among those who get what comes: no position
 * is left out between them, and none comes twice.
 */
#include <inttypes.h>

#include "cache.h"
#include "clock.h"
#include "farm.h"
#include "frame.h"
#include "journal_look.h"
#include "predicate.h"
#include "store.h"
#include "subscribe_private.h"
#include "wait.h"

/* The store has so long to answer. */
#define HISTORY_WAIT_NS (30 * NS_PER_S)
/* Of the histories of one subscriber, and of all that are on their way. */
#define HISTORY_BYTES ((size_t)32 << 20)
#define HISTORY_ALL_BYTES ((size_t)256 << 20)
#define PIECE_BYTES (32u << 10)
/* The hub has what the store has a moment later. */
#define ADVANCE_NS (2 * NS_PER_S)

/* One feeding. */
struct feed {
	struct subscription *s;
	size_t i; /* number of the predicate that is answered */
	struct buffer out;
	size_t history_bytes;
	bool truncated; /* the history was larger than may be */
	bool gap;
	bool failed; /* the store did not answer, and why */
	struct error why;
};

static bool
put(struct feed *f)
{
	return subscription_put(f->s, &f->out);
}

static void
say_begin(struct feed *f)
{
	struct subscription *s = f->s;
	struct buffer members = BUFFER_INIT;

	if (s->order.format != FORMAT_FRAMES)
		buffer_puts(&f->out, "retry: 1000\n");
	buffer_printf(
	    &members, ",\"subscription\":%" PRIu64 ",\"farm\":", s->id);
	buffer_json_text(&members, s->hub->farm->config->farm);
	f->out.failed |= buffer_failed(&members);
	view_note(s->view, "begin", 0, buffer_text(&members), &f->out);
	buffer_free(&members);
	(void)put(f);
}

/* --------------------------------------------------------------- history -- */

/* Has an earlier predicate asked for the same point? */
static bool
is_answered(const struct feed *f, const struct farm_series *s,
    const struct history_point *p)
{
	const struct subscription_order *o = &f->s->order;

	for (size_t i = 0; i < f->i; i++)
		if (p->time_ns >= o->from_ns[i] &&
		    matcher_value(view_matcher_at(f->s->view, i), s, &p->value))
			return true;
	return false;
}

/* Whole events; false if there is no more room, or nobody there. */
static bool
put_history(struct feed *f)
{
	size_t size, all;

	view_points_end(f->s->view, &f->out);
	size = f->out.size;
	f->history_bytes += size;
	/* Counted before it is looked at: feed_history() takes all of it back.
	 */
	all = atomic_fetch_add(&f->s->hub->history_bytes, size) + size;
	if (f->history_bytes > HISTORY_BYTES || all > HISTORY_ALL_BYTES)
		f->truncated = true;
	return put(f) && !f->truncated;
}

static bool
take_point(void *context, const struct farm_series *s,
    const struct history_point *p, bool recent)
{
	struct feed *f = context;

	(void)recent;
	if (!matcher_value(view_matcher_at(f->s->view, f->i), s, &p->value) ||
	    is_answered(f, s, p))
		return true;
	view_point(f->s->view, s, p, &f->out);
	return f->out.size < PIECE_BYTES || put_history(f);
}

/* One predicate, through the position where the hub was or, if that is further,
   the store is. */
static void
answer(struct feed *f)
{
	struct subscription *s = f->s;
	const struct subscription_order *o = &s->order;
	const struct store_question question = {
		.predicate = &o->predicates[f->i],
		.matcher = view_matcher_at(s->view, f->i),
		.from_ns = o->from_ns[f->i],
		/* What is ahead of our clock has come all the same. */
		.to_ns = o->follow ? INT64_MAX : o->now_ns,
		.until = s->position > 0 ? s->position : 1,
		.deadline_mono_ns = clock_mono_ns() + HISTORY_WAIT_NS,
	};
	struct store_answer answer;
	struct memlog_stats tail;

	if (store_read(s->hub->farm, &question, take_point, f, &answer) != 0)
		f->gap = true;
	(void)put_history(f);
	f->gap |= answer.gap || f->truncated;
	if (answer.failed) {
		f->failed = true;
		f->why = answer.why;
	}
	/* A store can be of a farm whose positions have begun anew. */
	memlog_stats(s->hub->tail, &tail);
	if (answer.through > tail.offered_position)
		answer.through = s->position;
	view_set_floor(s->view, f->i, answer.through);
}

static void
feed_history(struct feed *f)
{
	struct subscription *s = f->s;

	for (f->i = 0; f->i < s->order.n && !f->truncated; f->i++)
		answer(f);
	/* Of what was remembered, the latest is told at once. */
	view_tell(s->view, &f->out);
	(void)put(f);
	/* Until it is on its way it counts among all that are. */
	if (f->history_bytes > 0 &&
	    outbox_wait(s->outbox, PATIENCE_NS) == OUTBOX_FULL) {
		pthread_mutex_lock(&s->hub->lock);
		subscription_end(s, END_SLOW);
		pthread_mutex_unlock(&s->hub->lock);
	}
	atomic_fetch_sub(&s->hub->history_bytes, f->history_bytes);
}

/* ---------------------------------------------------------------- frames -- */

/* What the view makes of a frame that was; false if that was the end of it. */
static bool
feed_batch(struct feed *f, const struct batch *batch, uint64_t after)
{
	struct subscription *s = f->s;
	enum outbox_put room = outbox_wait(s->outbox, PATIENCE_NS);

	if (room == OUTBOX_TAKEN) {
		view_batch(s->view, &batch->view, after, NULL, 0, &f->out);
		return put(f);
	}
	if (room == OUTBOX_FULL) {
		pthread_mutex_lock(&s->hub->lock);
		subscription_end(s, END_SLOW);
		pthread_mutex_unlock(&s->hub->lock);
	}
	return false;
}

/* With the lock held: what the store has, or somebody was told of, is on its
   way to the hub. */
static uint64_t
await_position(struct feed *f, uint64_t after)
{
	struct hub *h = f->s->hub;
	uint64_t floor = view_floor(f->s->view);
	uint64_t position = floor > after ? floor : after;
	int64_t deadline = clock_mono_ns() + ADVANCE_NS;
	bool in_time = true;

	while (h->position < position && !f->s->over && in_time)
		in_time = wait_until(&h->changed, &h->lock, deadline);
	if (h->position >= position)
		return after;
	/* There never was such a position. */
	f->gap = true;
	return after < h->position ? after : h->position;
}

static const char *
explain(struct feed *f)
{
	if (f->truncated)
		return "the history is longer than one answer may be";
	return f->failed ? f->why.text : NULL;
}

/* One frame of the journal; false if that was the end of it. */
static bool
feed_old(struct feed *f, struct frame_decoder *decoder,
    struct journal_look *look, const struct buffer *frame, uint64_t *after)
{
	struct batch *batch = batch_new_for(frame->size);
	bool go_on = true;

	if (batch == NULL ||
	    frame_decode(decoder, frame->data, frame->size, batch, NULL) != 0)
		journal_look_skip(look);
	else if (batch->view.n_records > 0 &&
		 batch_last(batch)->position > *after) {
		go_on = feed_batch(f, batch, *after);
		*after = batch_last(batch)->position;
	}
	batch_unref(batch);
	return go_on;
}

/* All that came so far is there, or never will be. */
static bool
await_journal(struct hub *h, struct journal *journal)
{
	struct memlog_stats tail;

	memlog_stats(h->tail, &tail);
	return journal_wait(
	    journal, tail.last_position, clock_mono_ns() + ADVANCE_NS);
}

/* What is kept no more, from the journal; false if that was the end of it. */
static bool
feed_journal(struct feed *f, uint64_t *after)
{
	struct farm *farm = f->s->hub->farm;
	struct journal *journal = deliver_journal(farm->deliver);
	struct frame_decoder *decoder = NULL;
	struct buffer frame = BUFFER_INIT;
	struct journal_look look;
	bool go_on = true;

	if (journal != NULL && f->s->order.past)
		decoder = frame_decoder_new(farm->series);
	if (decoder == NULL) {
		f->gap = true;
		return true;
	}
	if (!await_journal(f->s->hub, journal))
		f->gap = true;
	journal_look_begin(&look, journal, *after);
	while (go_on && journal_look_next(&look, &frame))
		go_on = feed_old(f, decoder, &look, &frame, after);
	f->gap |= look.lost;
	journal_look_end(&look);
	frame_decoder_free(decoder);
	buffer_free(&frame);
	return go_on;
}

/* From the journal, up to what is kept: *after is where that goes on. */
static bool
catch_up(struct feed *f, uint64_t *after)
{
	struct hub *h = f->s->hub;
	uint64_t kept_after;
	bool go_on = true;

	pthread_mutex_lock(&h->lock);
	kept_after = h->kept_after;
	pthread_mutex_unlock(&h->lock);
	if (*after >= kept_after)
		return true;
	go_on = feed_journal(f, after);
	if (*after < kept_after)
		*after = kept_after;
	return go_on;
}

/* Frames behind a position, one after the other, until there are no more;
   then what comes. */
static void
feed_frames(struct feed *f, uint64_t after)
{
	struct subscription *s = f->s;
	struct hub *h = s->hub;
	struct batch *batch;
	uint64_t last = 0;
	bool go_on = true;

	while (go_on && catch_up(f, &after)) {
		pthread_mutex_lock(&h->lock);
		after = await_position(f, after);
		batch = NULL;
		if (!s->over && after >= h->kept_after)
			batch = kept_find(h, after, &last);
		go_on = batch != NULL || (!s->over && after < h->kept_after);
		if (!go_on)
			subscription_join(s, f->gap, explain(f));
		pthread_mutex_unlock(&h->lock);
		if (batch == NULL)
			continue;
		go_on = feed_batch(f, batch, after);
		after = last;
		batch_unref(batch);
	}
}

/* Where the frames go on: all predicates were answered up to here, some
   further. */
static uint64_t
feed_past(struct feed *f)
{
	struct subscription *s = f->s;

	if (s->order.resume)
		return s->order.after;
	if (s->order.from_ns != NULL)
		feed_history(f);
	return s->position;
}

void
subscription_feed(struct subscription *s)
{
	struct feed f = { .s = s };
	uint64_t after;

	say_begin(&f);
	(void)farm_await(s->hub->farm, s->order.matcher, NULL);
	after = feed_past(&f);
	if (s->order.follow) {
		feed_frames(&f, after);
	} else {
		pthread_mutex_lock(&s->hub->lock);
		subscription_end(s, END_COMPLETE);
		pthread_mutex_unlock(&s->hub->lock);
	}
	buffer_free(&f.out);
	subscription_unref(s);
}
