#include "receiver.h"

#include <string.h>

#include "clock.h"
#include "gmond.h"
#include "ganglia_text.h"

/* Who has not described a metric is asked as often as gmond asks. */
#define ASK_AGAIN_NS (60 * NS_PER_S)
/* Senders say again within TMAX; a lost datagram is no end. */
#define LIFETIME_MIN_NS (60 * NS_PER_S)

/* Of a host; the key is both names. */
struct received {
	struct metric metric;
	bool described;
	int64_t asked_mono_ns; /* 0: not yet */
};

static struct making
making_of(const struct receiver *r)
{
	return (struct making){ .host = r->host,
		.uses = r->uses,
		.monalisa = r->monalisa,
		.labels = r->labels,
		.lifetime_min_ns = LIFETIME_MIN_NS };
}

static void
drop(void *value, void *cookie)
{
	struct making how = making_of(cookie);

	metric_release(&((struct received *)value)->metric, &how);
}

int
receiver_init(struct receiver *r, size_t max_metrics, size_t max_senders)
{
	r->senders.cluster = r->cluster;
	r->metrics = lru_new(max_metrics, sizeof(struct received), drop);
	return r->metrics == NULL || senders_init(&r->senders, max_senders) != 0
		   ? -1
		   : 0;
}

void
receiver_free(struct receiver *r, struct farm_host *host)
{
	r->host = host;
	datagrams_close(r->datagrams);
	lru_free(r->metrics, r);
	senders_free(&r->senders, host);
	networks_free(&r->allowed);
	groups_free(&r->groups);
	buffer_free(&r->key);
	buffer_free(&r->node);
	buffer_free(&r->text);
}

/* ----------------------------------------------------------------- metrics --
 */

/* Another that it speaks for, what its address was given as a name, what it
   calls itself, or its address. */
static struct slice
host_of(const struct gmond_message *m, const struct sender *s)
{
	if (m->spoof && m->host.length > 0)
		return m->host;
	if (m->spoof && m->address.length > 0)
		return m->address;
	if (s->peer.node == s->peer.text && m->host.length > 0)
		return m->host;
	return (struct slice){ s->peer.node, strlen(s->peer.node) };
}

static struct received *
find(struct receiver *r, const struct gmond_message *m)
{
	struct received *known;

	buffer_clear(&r->key);
	buffer_puts(&r->key, buffer_text(&r->node));
	buffer_putc(&r->key, '\0');
	buffer_put(&r->key, m->name.text, m->name.length);
	if (buffer_failed(&r->key))
		return NULL;
	known = lru_find(r->metrics, r->key.data, r->key.size);
	if (known == NULL)
		known = lru_add(r->metrics, r->key.data, r->key.size, r);
	return known;
}

/* What can be told from the kind of message alone. */
static struct gmond_metadata
guess(const struct gmond_message *m)
{
	static const enum gmond_type types[] = { GMOND_TYPE_UINT16,
		GMOND_TYPE_INT16, GMOND_TYPE_INT32, GMOND_TYPE_UINT32,
		GMOND_TYPE_UNKNOWN, GMOND_TYPE_FLOAT, GMOND_TYPE_DOUBLE };
	enum gmond_type type = GMOND_TYPE_UNKNOWN;

	if (m->id >= GMOND_USHORT && m->id <= GMOND_DOUBLE)
		type = types[m->id - GMOND_USHORT];
	return (struct gmond_metadata){
		.type = type, .units = { "", 0 }, .slope = GMOND_UNSPECIFIED
	};
}

static enum outcome
refuse(struct receiver *r, const struct sender *s, enum outcome outcome,
    const char *why)
{
	error_set(&r->refusal, "%s: %s", s->peer.text, why);
	return outcome;
}

static void
ask(struct receiver *r, struct received *known, const struct gmond_message *m,
    const struct place *from, int64_t mono_ns)
{
	struct gmond_message question = *m;
	uint8_t bytes[GMOND_DATAGRAM_SIZE];
	ssize_t size;

	if (!r->asks || m->id < GMOND_METADATA ||
	    (known->asked_mono_ns != 0 &&
		mono_ns < known->asked_mono_ns + ASK_AGAIN_NS))
		return;
	known->asked_mono_ns = mono_ns;
	question.id = GMOND_REQUEST;
	size = gmond_encode(&question, NULL, bytes, sizeof(bytes), NULL);
	if (size > 0)
		groups_ask(&r->groups, r->fd, from, r->port, bytes,
		    (size_t)size, mono_ns);
}

/* Texts are what gmetric sends of all types. */
static bool
value_of(struct receiver *r, const struct received *known,
    const struct gmond_message *m, struct farm_value *ret)
{
	struct slice text;

	*ret = m->value;
	if (m->value.type != FARM_TEXT)
		return true;
	text = (struct slice){ m->value.text, m->value.length };
	if (!gmond_value(known->metric.metadata.type, text, ret))
		return false;
	if (ret->type == FARM_TEXT) {
		text = ganglia_text_utf8(text, &r->text);
		*ret = farm_text(text.text, text.length);
	}
	return ret->type != FARM_NONE;
}

static enum outcome
emit(struct receiver *r, const struct sender *s, struct received *known,
    const struct gmond_message *m)
{
	struct farm_value v;

	/* gmetric's: the host is alive, whenever its gmond was started. */
	if (slice_is(m->name, "heartbeat") &&
	    (m->value.type == FARM_TEXT || m->value.uint64 == 0))
		return OUTCOME_METADATA;
	if (!value_of(r, known, m, &v))
		return refuse(r, s, OUTCOME_REFUSED,
		    "a value that reads as none of its type");
	v = metric_row(&known->metric, v);
	if (farm_emit_rows(r->host, NULL, 0, 0, &v, 1) != 0)
		return OUTCOME_LOST;
	return OUTCOME_VALUE;
}

static void
label(struct metric *metric, const struct making *how,
    const struct gmond_message *m)
{
	struct gmond_message walk = *m;
	struct gmond_extra extra;

	while (gmond_next_extra(&walk, &extra))
		(void)metric_label(metric, how, extra.name, extra.value);
}

static enum outcome
take_metric(struct receiver *r, const struct sender *s,
    const struct place *from, const struct gmond_message *m, int64_t mono_ns)
{
	struct making how = making_of(r);
	struct gmond_metadata metadata = m->metadata;
	struct received *known;
	struct owner who = { r->cluster, NULL };
	struct error err;

	who.node = ganglia_text_string(host_of(m, s), &r->node);
	known = who.node == NULL ? NULL : find(r, m);
	if (known == NULL)
		return OUTCOME_LOST;
	if (!m->described) {
		metadata = known->described ? known->metric.metadata : guess(m);
		if (!known->described)
			ask(r, known, m, from, mono_ns);
	}
	known->described |= m->described;
	label(&known->metric, &how, m);
	if (metric_define(
		&known->metric, &how, &who, m->name, &metadata, &err) != 0)
		return refuse(r, s, OUTCOME_REFUSED, err.text);
	if (known->metric.series == 0)
		return OUTCOME_REFUSED;
	return m->value.type == FARM_NONE ? OUTCOME_METADATA
					  : emit(r, s, known, m);
}

/* --------------------------------------------------------------- datagrams --
 */

static enum outcome
take(struct receiver *r, const struct place *from, const uint8_t *bytes,
    size_t size, int64_t mono_ns)
{
	struct gmond_message m;
	enum gmond_reason reason;
	struct sender *s;

	if (r->allowed.n > 0 && networks_find(&r->allowed, from) == NULL)
		return OUTCOME_NOT_ALLOWED;
	s = senders_get(&r->senders, r->host, from);
	if (s == NULL)
		return OUTCOME_LOST;
	if (!bucket_take(&s->peer.bucket, r->rate, r->burst, mono_ns)) {
		sender_fault(s, FAULT_LIMITED);
		return OUTCOME_LIMITED;
	}
	reason = gmond_decode(bytes, size, &m);
	if (reason != GMOND_OK) {
		sender_fault(s, FAULT_MALFORMED);
		return refuse(
		    r, s, OUTCOME_MALFORMED, gmond_reason_text(reason));
	}
	/* Questions are for those who send. */
	if (m.id == GMOND_REQUEST)
		return OUTCOME_METADATA;
	return take_metric(r, s, from, &m, mono_ns);
}

/* A datagrams_fn. */
static size_t
take_datagram(void *cookie, const struct place *from, const uint8_t *bytes,
    size_t size, int64_t mono_ns, const uint8_t **ret)
{
	struct receiver *r = cookie;

	(void)ret;
	r->outcomes[take(r, from, bytes, size, mono_ns)]++;
	return 0;
}

void
receiver_ready(struct receiver *r, struct farm_host *host)
{
	r->host = host;
	datagrams_ready(r->datagrams, take_datagram, r);
}
