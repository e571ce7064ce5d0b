/* One subscriber: made, in a group of those who ask the same, ended, gone. */
#include "subscribe_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "clock.h"
#include "farm.h"
#include "log.h"
#include "predicate.h"
#include "subscribe_events.h"

static const char *const end_texts[ENDS] = {
	[END_SLOW] = "more came than was read in time",
	[END_BEHIND] = "farmd could not keep up",
	[END_MEMORY] = "out of memory",
	[END_LEASE] = "it was not renewed in time",
	[END_CANCELLED] = "somebody ended it",
	[END_COMPLETE] = "that was all",
	[END_SHUTDOWN] = "farmd ends",
};

const char *
hub_end_word(enum hub_end why)
{
	static const char *const words[ENDS] = { "slow", "behind", "memory",
		"lease", "cancelled", "complete", "shutdown" };

	return words[why];
}

static void
group_free(struct group *g)
{
	view_free(g->view);
	free(g->key);
	buffer_free(&g->out);
	free(g);
}

static void
leave_group(struct subscription *s)
{
	struct group *g = s->group;
	struct subscription **at;
	struct group **group;

	if (g == NULL)
		return;
	s->group = NULL;
	for (at = &g->members; *at != s; at = &(*at)->peer)
		;
	*at = s->peer;
	if (g->members != NULL)
		return;
	for (group = &s->hub->groups; *group != g; group = &(*group)->next)
		;
	*group = g->next;
	group_free(g);
}

static struct group *
find_group(struct hub *h, const char *key)
{
	struct group *g = h->groups;

	while (g != NULL && strcmp(g->key, key) != 0)
		g = g->next;
	return g;
}

/* One of its own, with the view it has. */
static struct group *
make_group(struct subscription *s)
{
	struct group *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->view = s->view;
	g->key = s->key;
	s->view = NULL;
	s->key = NULL;
	g->next = s->hub->groups;
	s->hub->groups = g;
	return g;
}

static void
say_live(struct subscription *s, struct view *v, bool shared, bool gap,
    const char *why)
{
	uint64_t position = s->hub->position;
	struct buffer members = BUFFER_INIT;
	struct buffer out = BUFFER_INIT;

	buffer_printf(&members, ",\"position\":%" PRIu64 ",\"gap\":%s",
	    position, gap ? "true" : "false");
	if (why != NULL) {
		buffer_puts(&members, ",\"why\":");
		buffer_json_text(&members, why);
	}
	if (!view_resumes(v))
		position = 0;
	out.failed = buffer_failed(&members);
	if (shared)
		view_note_aside(
		    v, "live", position, buffer_text(&members), &out);
	else
		view_note(v, "live", position, buffer_text(&members), &out);
	(void)subscription_put(s, &out);
	buffer_free(&members);
	buffer_free(&out);
}

/* What was told to one need not have been told to another, but for the latest:
   they come to all at a time. */
static bool
shares(const struct mode_rule *rule)
{
	return !mode_remembers(rule) || rule->mode == MODE_LATEST;
}

void
subscription_join(struct subscription *s, bool gap, const char *why)
{
	struct group *g = NULL;
	bool shared;

	if (s->over)
		return;
	if (shares(&s->order.mode))
		g = find_group(s->hub, s->key);
	shared = g != NULL;
	if (!shared)
		g = make_group(s);
	if (g == NULL) {
		subscription_end(s, END_MEMORY);
		return;
	}
	s->peer = g->members;
	g->members = s;
	s->group = g;
	/* The others have not read what is said to this one alone. */
	if (shared)
		view_anew(g->view);
	say_live(s, g->view, shared, gap, why);
	if (shared)
		view_anew(g->view);
}

void
subscription_unref(struct subscription *s)
{
	if (atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	view_free(s->view);
	free(s->key);
	outbox_unref(s->outbox);
	matcher_free(s->order.matcher);
	access_who_free(s->order.access);
	arena_free(s->order.arena);
	free(s);
}

bool
subscription_put(struct subscription *s, struct buffer *out)
{
	struct piece *piece;
	enum outbox_put result = OUTBOX_ENDED;

	if (out->size == 0 && !buffer_failed(out))
		return true;
	piece = buffer_failed(out) ? NULL : piece_new(out->data, out->size);
	if (piece != NULL)
		result = outbox_put_over(s->outbox, piece);
	piece_unref(piece);
	buffer_clear(out);
	return result == OUTBOX_TAKEN;
}

static struct piece *
last_words(const struct subscription *s, enum hub_end why)
{
	struct buffer members = BUFFER_INIT;
	struct buffer out = BUFFER_INIT;
	struct piece *piece = NULL;
	struct form *form = NULL;

	buffer_printf(&members, ",\"reason\":\"%s\",\"text\":\"%s\"",
	    hub_end_word(why), end_texts[why]);
	/* Nothing it has read leads to this: a stream of its own. */
	form = form_new(s->order.format, s->hub->farm->series);
	if (form != NULL)
		form_note(form, "end", 0, 0, buffer_text(&members), &out);
	out.failed |= form == NULL || buffer_failed(&members);
	form_free(form);
	buffer_free(&members);
	if (!buffer_failed(&out))
		piece = piece_new(out.data, out.size);
	buffer_free(&out);
	return piece;
}

void
subscription_end(struct subscription *s, enum hub_end why)
{
	struct piece *last;

	if (s->over)
		return;
	last = last_words(s, why);
	s->over = true;
	s->hub->ends[why]++;
	leave_group(s);
	outbox_end(s->outbox, last, why != END_COMPLETE);
	piece_unref(last);
	if (why == END_SLOW || why == END_BEHIND || why == END_MEMORY)
		log_line(LOG_LEVEL_NOTICE, "subscribe",
		    "%s, number %" PRIu64 ", was cut off: %s", s->order.who,
		    s->id, end_texts[why]);
}

static void
link_subscription(struct hub *h, struct subscription *s)
{
	s->id = ++h->next_id;
	s->position = h->position;
	s->renewed_mono_ns = clock_mono_ns();
	s->next = h->all;
	h->all = s;
	h->n++;
}

static int
admit(struct hub *h, struct subscription *s, struct error *err)
{
	int64_t most = h->farm->config->limits.subscribers;
	int rc = -1;

	pthread_mutex_lock(&h->lock);
	if (h->stopping)
		error_set(err, "farmd ends");
	else if (h->n >= (size_t)most)
		error_set(err,
		    "there are %zu subscriptions, as many as limits: "
		    "subscribers allows",
		    h->n);
	else
		rc = hub_open(h, err);
	if (rc == 0)
		link_subscription(h, s);
	pthread_mutex_unlock(&h->lock);
	return rc;
}

static char *
key_of(const struct subscription_order *o)
{
	struct buffer key = BUFFER_INIT;

	/* Those of a class may have the same; so may those who may all. */
	buffer_printf(&key, "%s %d%d%d %d %d ", access_who_class(o->access),
	    access_may_all(o->access, ACCESS_LIVE),
	    access_may_all(o->access, ACCESS_LATEST),
	    access_may_all(o->access, ACCESS_SUMMARY), o->trusted, o->format);
	mode_print(&o->mode, &key);
	for (size_t i = 0; i < o->n; i++) {
		struct farm_predicate p = o->predicates[i];

		p.from_ns = PREDICATE_FROM_DEFAULT_NS;
		buffer_putc(&key, ',');
		predicate_print(&key, &p);
		buffer_printf(&key, " %d", (p.flags & FARM_COMPAT) != 0);
	}
	return buffer_take(&key, NULL);
}

int
hub_subscribe(struct hub *h, const struct subscription_order *order,
    struct subscription **ret, struct error *err)
{
	struct subscription *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_set(err, "out of memory");
	atomic_init(&s->refs, 2);
	s->hub = h;
	s->since_ns = clock_wall_ns();
	s->outbox = outbox_new(
	    (size_t)h->farm->config->limits.subscriber_bytes);
	s->key = key_of(order);
	if (s->outbox == NULL || s->key == NULL)
		error_set(err, "out of memory");
	else if (view_new(&s->view, h->farm->series,
		     &(struct view_question){ .predicates = order->predicates,
			 .n = order->n,
			 .mode = &order->mode,
			 .format = order->format,
			 .access = order->access,
			 .trusted = order->trusted },
		     err) == 0) {
		s->order = *order;
		if (admit(h, s, err) == 0) {
			*ret = s;
			return 0;
		}
		s->order = (struct subscription_order){ .arena = NULL };
	}
	atomic_store(&s->refs, 1);
	subscription_unref(s);
	return -1;
}

struct outbox *
subscription_outbox(struct subscription *s)
{
	return s->outbox;
}

void
subscription_close(struct subscription *s)
{
	struct hub *h = s->hub;
	struct subscription **at;

	pthread_mutex_lock(&h->lock);
	leave_group(s);
	s->over = true;
	for (at = &h->all; *at != s; at = &(*at)->next)
		;
	*at = s->next;
	h->n--;
	if (h->n == 0)
		h->alone_mono_ns = clock_mono_ns();
	pthread_mutex_unlock(&h->lock);
	outbox_close(s->outbox);
	subscription_unref(s);
}
