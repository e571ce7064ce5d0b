/* Who subscribes, for people, and how they renew or end it. */
#include "subscribe_private.h"

#include <inttypes.h>

#include "clock.h"

static void
put_subscription(struct buffer *out, struct subscription *s, bool all)
{
	struct outbox_stats stats;

	outbox_stats(s->outbox, &stats);
	buffer_printf(out, "{\"id\":%" PRIu64 ",\"predicate\":", s->id);
	buffer_json_text(out, s->order.text);
	if (all) {
		buffer_puts(out, ",\"who\":");
		buffer_json_text(out, s->order.who);
	}
	buffer_printf(out, ",\"mode\":\"%s\"", mode_word(s->order.mode.mode));
	buffer_puts(out, ",\"since\":");
	time_json(out, s->since_ns);
	buffer_printf(out,
	    ",\"state\":\"%s\",\"sent_bytes\":%" PRIu64
	    ",\"queued_bytes\":%zu,\"lag_ns\":%" PRId64 ",\"lease_ns\":%" PRId64
	    "}",
	    s->over            ? "ending"
	    : s->group != NULL ? "live"
			       : "history",
	    stats.bytes, stats.queued,
	    stats.queued == 0 ? 0 : clock_mono_ns() - stats.taken_mono_ns,
	    s->order.lease_ns);
}

static size_t
count_groups(const struct hub *h)
{
	size_t n = 0;

	for (const struct group *g = h->groups; g != NULL; g = g->next)
		n++;
	return n;
}

void
hub_json(struct hub *h, bool all, struct buffer *out)
{
	bool first = true;

	pthread_mutex_lock(&h->lock);
	buffer_puts(out, "{\"subscriptions\":[");
	for (struct subscription *s = h->all; s != NULL; s = s->next) {
		buffer_puts(out, first ? "" : ",\n");
		put_subscription(out, s, all);
		first = false;
	}
	buffer_printf(out, "],\"groups\":%zu,\"ended\":{", count_groups(h));
	for (int i = 0; i < ENDS; i++)
		buffer_printf(out, "%s\"%s\":%" PRIu64, i > 0 ? "," : "",
		    hub_end_word((enum hub_end)i), h->ends[i]);
	buffer_puts(out, "}}");
	pthread_mutex_unlock(&h->lock);
}

static struct subscription *
find(struct hub *h, uint64_t id)
{
	struct subscription *s = h->all;

	while (s != NULL && s->id != id)
		s = s->next;
	return s;
}

bool
hub_renew(struct hub *h, uint64_t id)
{
	struct subscription *s;

	pthread_mutex_lock(&h->lock);
	s = find(h, id);
	if (s != NULL)
		s->renewed_mono_ns = clock_mono_ns();
	pthread_mutex_unlock(&h->lock);
	return s != NULL;
}

bool
hub_cancel(struct hub *h, uint64_t id)
{
	struct subscription *s;

	pthread_mutex_lock(&h->lock);
	s = find(h, id);
	if (s != NULL)
		subscription_end(s, END_CANCELLED);
	pthread_mutex_unlock(&h->lock);
	return s != NULL;
}
