/* The hub's thread: what it reads, and who gets it. */
#include "subscribe_private.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "farm.h"
#include "frame.h"
#include "log.h"
#include "predicate.h"
#include "wait.h"

/* Rest of a connection on which nothing was said. */
#define NOTHING_NS (15 * NS_PER_S)
#define TICK_NS NS_PER_S
/* Who comes back within this finds what he missed. */
#define LINGER_NS (60 * NS_PER_S)

struct hub *
hub_new(struct farm *farm)
{
	struct hub *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->farm = farm;
	h->tail = deliver_tail(farm->deliver);
	h->decoder = frame_decoder_new(farm->series);
	h->names = names_new(farm->series);
	pthread_mutex_init(&h->lock, NULL);
	wait_init(&h->changed);
	if (h->decoder == NULL || h->names == NULL) {
		hub_free(h);
		return NULL;
	}
	return h;
}

void
hub_free(struct hub *h)
{
	if (h == NULL)
		return;
	kept_clear(h, 0);
	free(h->ring);
	frame_decoder_free(h->decoder);
	names_free(h->names);
	free(h->news);
	buffer_free(&h->frame);
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static void
end_all(struct hub *h, enum hub_end why)
{
	for (struct subscription *s = h->all; s != NULL; s = s->next)
		if (s->group != NULL)
			subscription_end(s, why);
}

/* ---------------------------------------------------------------- frames -- */

/* The same bytes for each of them. */
static void
give_group(struct group *g)
{
	struct subscription *next;
	struct piece *piece = NULL;

	if (!buffer_failed(&g->out))
		piece = piece_new(g->out.data, g->out.size);
	buffer_clear(&g->out);
	/* The group goes with the last of them. */
	for (struct subscription *s = g->members; s != NULL; s = next) {
		next = s->peer;
		if (piece == NULL)
			subscription_end(s, END_MEMORY);
		else if (outbox_put(s->outbox, piece) == OUTBOX_FULL)
			subscription_end(s, END_SLOW);
	}
	piece_unref(piece);
}

/* Those to whom something is due; returns when the next is. */
static int64_t
tell_due(struct hub *h, int64_t until_mono_ns)
{
	struct group *next;
	int64_t due;

	pthread_mutex_lock(&h->lock);
	for (struct group *g = h->groups; g != NULL; g = next) {
		next = g->next;
		if (view_due_mono_ns(g->view) <= clock_mono_ns()) {
			buffer_clear(&g->out);
			view_tell(g->view, &g->out);
		}
		due = view_due_mono_ns(g->view);
		if (due < until_mono_ns)
			until_mono_ns = due;
		if (g->out.size > 0 || buffer_failed(&g->out))
			give_group(g);
	}
	pthread_mutex_unlock(&h->lock);
	return until_mono_ns;
}

static void
add_news(struct hub *h, size_t record, uint32_t series, bool changed)
{
	size_t capacity = 2 * h->news_capacity + 64;
	struct view_news *grown;

	if (h->n_news == h->news_capacity) {
		grown = reallocarray(h->news, capacity, sizeof(*grown));
		if (grown == NULL)
			return;
		h->news = grown;
		h->news_capacity = capacity;
	}
	h->news[h->n_news++] = (struct view_news){ record, series, changed };
}

/* A parameter; of a node or cluster that is gone all parameters went before. */
static void
note_removal(struct hub *h, const struct farm_record *r)
{
	json_t *root = json_loadb(r->payload, r->payload_size, 0, NULL);
	const struct farm_series s = {
		.farm = json_string_value(json_object_get(root, "farm")),
		.cluster = json_string_value(json_object_get(root, "cluster")),
		.node = json_string_value(json_object_get(root, "node")),
		.parameter = json_string_value(
		    json_object_get(root, "parameter")),
	};

	if (s.farm != NULL && s.cluster != NULL && s.node != NULL &&
	    s.parameter != NULL)
		names_gone(h->names, &s);
	json_decref(root);
}

/* Series that are new with this frame, or others than they were. */
static void
find_news(struct hub *h, const struct farm_batch *batch)
{
	enum names_news news;

	h->n_news = 0;
	for (size_t i = 0; i < batch->n_records; i++) {
		const struct farm_record *r = &batch->records[i];

		if (r->type == FARM_REMOVAL)
			note_removal(h, r);
		if ((r->flags & FARM_IMPORTED) != 0)
			continue;
		for (uint32_t k = 0; k < r->n_values; k++) {
			news = names_see(h->names, r->values[k].series);
			if (news != NAMES_KNOWN)
				add_news(h, i, r->values[k].series,
				    news == NAMES_CHANGED);
		}
	}
}

static void
hand_out(struct hub *h, struct batch *batch)
{
	struct group *next;

	for (struct group *g = h->groups; g != NULL; g = next) {
		next = g->next;
		buffer_clear(&g->out);
		view_batch(g->view, &batch->view, h->position, h->news,
		    h->n_news, &g->out);
		if (g->out.size > 0 || buffer_failed(&g->out))
			give_group(g);
	}
	h->position = h->read.info.last_position;
	kept_add(h, batch, h->position);
	pthread_cond_broadcast(&h->changed);
}

/* What is missing from here on cannot be told: who comes back finds it in the
   journal. */
static void
miss(struct hub *h, uint64_t through)
{
	kept_clear(h, through);
	h->position = through;
	end_all(h, END_BEHIND);
	pthread_cond_broadcast(&h->changed);
}

static struct batch *
decode(struct hub *h)
{
	struct batch *batch = batch_new_for(h->frame.size);
	struct error err;

	if (batch != NULL && frame_decode(h->decoder, h->frame.data,
				 h->frame.size, batch, &err) == 0)
		return batch;
	log_line(LOG_LEVEL_ERROR, "subscribe", "a frame is lost: %s",
	    batch == NULL ? "out of memory" : err.text);
	batch_unref(batch);
	return NULL;
}

static void
take_frame(struct hub *h)
{
	struct batch *batch = NULL;

	/* It was on its way before we came. */
	if (h->read.info.last_position <= h->position)
		return;
	if (h->read.anew) {
		frame_decoder_reset(h->decoder);
		h->broken = false;
	}
	if (!h->broken)
		batch = decode(h);
	if (batch != NULL)
		find_news(h, &batch->view);
	pthread_mutex_lock(&h->lock);
	if (h->read.gap.values > 0 || h->read.kept.first > 0)
		miss(h, h->read.info.first_position - 1);
	if (batch == NULL) {
		h->broken = true;
		memlog_turn(h->tail);
		miss(h, h->read.info.last_position);
	} else {
		hand_out(h, batch);
	}
	pthread_mutex_unlock(&h->lock);
	batch_unref(batch);
}

/* ----------------------------------------------------------------- ticks -- */

static void
say_nothing(struct subscription *s, int64_t now)
{
	struct outbox_stats stats;
	struct buffer out = BUFFER_INIT;
	struct piece *piece;

	outbox_stats(s->outbox, &stats);
	/* What is being fed has its own to say. */
	if (s->group == NULL || stats.ended ||
	    now - stats.put_mono_ns < NOTHING_NS)
		return;
	view_nothing(s->group->view, &out);
	piece = buffer_failed(&out) ? NULL : piece_new(out.data, out.size);
	if (piece != NULL)
		(void)outbox_put(s->outbox, piece);
	piece_unref(piece);
	buffer_free(&out);
}

/* Collectors that run on request run for those who listen. */
static void
want(struct hub *h)
{
	struct subscription **list;
	size_t n = 0;

	pthread_mutex_lock(&h->lock);
	list = calloc(h->n + 1, sizeof(struct subscription *));
	for (struct subscription *s = h->all; s != NULL && list != NULL;
	     s = s->next)
		if (!s->over && s->order.follow) {
			atomic_fetch_add(&s->refs, 1);
			list[n++] = s;
		}
	pthread_mutex_unlock(&h->lock);
	for (size_t i = 0; i < n; i++) {
		(void)farm_await(h->farm, list[i]->order.matcher, NULL);
		subscription_unref(list[i]);
	}
	free(list);
}

static void
tick(struct hub *h)
{
	int64_t now = clock_mono_ns();

	pthread_mutex_lock(&h->lock);
	for (struct subscription *s = h->all; s != NULL; s = s->next) {
		say_nothing(s, now);
		if (s->order.lease_ns > 0 &&
		    now - s->renewed_mono_ns > s->order.lease_ns)
			subscription_end(s, END_LEASE);
	}
	kept_age(h, now);
	pthread_mutex_unlock(&h->lock);
	want(h);
}

/* ---------------------------------------------------------------- thread -- */

/* Wait until somebody is there; false at the end. */
static bool
await_somebody(struct hub *h)
{
	bool go_on;

	pthread_mutex_lock(&h->lock);
	if (h->open && h->n == 0 &&
	    clock_mono_ns() - h->alone_mono_ns > LINGER_NS) {
		memlog_leave(h->tail, &h->cursor);
		kept_clear(h, 0);
		frame_decoder_reset(h->decoder);
		names_clear(h->names);
		h->named = false;
		h->open = false;
	}
	while (!h->open && !h->stopping)
		(void)wait_until(&h->changed, &h->lock, INT64_MAX);
	go_on = !h->stopping;
	pthread_mutex_unlock(&h->lock);
	return go_on;
}

static void *
hub_main(void *context)
{
	struct hub *h = context;
	int64_t next = clock_mono_ns();

	while (await_somebody(h)) {
		/* What has come since then is not told to be new. */
		if (!h->named)
			names_begin(h->names, h->farm->cache);
		h->named = true;
		if (memlog_read(h->tail, &h->cursor, &h->frame, &h->read,
			tell_due(h, next)))
			take_frame(h);
		if (clock_mono_ns() < next)
			continue;
		tick(h);
		next = clock_mono_ns() + TICK_NS;
	}
	return NULL;
}

int
hub_open(struct hub *h, struct error *err)
{
	if (h->open)
		return 0;
	if (kept_open(h) != 0)
		return error_set(err, "out of memory");
	if (!h->started && pthread_create(&h->thread, NULL, hub_main, h) != 0)
		return error_set(err, "cannot start a thread");
	h->started = true;
	h->position = memlog_open(h->tail, &h->cursor);
	/* Nobody is told what a killed daemon does not know. */
	if (deliver_journal(h->farm->deliver) != NULL)
		memlog_follow_disk(h->tail, &h->cursor);
	h->kept_after = h->position;
	h->broken = false;
	h->open = true;
	pthread_cond_broadcast(&h->changed);
	return 0;
}

void
hub_stop(struct hub *h)
{
	bool started;

	if (h == NULL)
		return;
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	for (struct subscription *s = h->all; s != NULL; s = s->next)
		subscription_end(s, END_SHUTDOWN);
	started = h->started;
	h->started = false;
	if (h->open)
		memlog_seal(h->tail, &h->cursor);
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
	if (!started)
		return;
	pthread_join(h->thread, NULL);
	if (h->open)
		memlog_leave(h->tail, &h->cursor);
	h->open = false;
}
