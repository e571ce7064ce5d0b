#include "receiver.h"

#include <string.h>

int
receiver_init(struct receiver *r, size_t max_series, size_t max_sources)
{
	if (sequences_init(&r->sequences, max_sources) != 0 ||
	    peers_init(&r->sources, max_sources, sizeof(struct peer), NULL) !=
		0 ||
	    tallies_init(&r->tallies, max_series) != 0)
		return -1;
	if (r->format == FORMAT_FRAMES && frames_open(&r->frames) != 0)
		return -1;
	return result_init(&r->result, max_series);
}

void
receiver_free(struct receiver *r, struct farm_host *host)
{
	allowed_free(&r->allowed);
	frames_close(r->frames);
	collectd_close_intake(r->collectd);
	sequences_free(&r->sequences);
	peers_free(&r->sources, NULL);
	result_free(&r->result, host);
	tallies_free(&r->tallies);
	buffer_free(&r->node);
	buffer_free(&r->name);
	buffer_free(&r->text);
}

/* -------------------------------------------------------------- for formats --
 */

static void
note_refusal(struct intake *in)
{
	char text[INET6_ADDRSTRLEN] = PEER_LOCAL;

	if (!place_is_none(in->from))
		place_print(in->from, text);
	in->receiver->refusal = in->err;
	error_prefix(&in->receiver->refusal, "%s", text);
}

void
intake_refuse(struct intake *in)
{
	in->receiver->outcomes[MALFORMED]++;
	note_refusal(in);
}

int
intake_add(struct intake *in, struct slice parameter, struct farm_value value)
{
	switch (result_add(
	    &in->receiver->result, parameter, value, FARM_GAUGE, &in->err)) {
	case ADDED:
		return 0;
	case ADDED_BAD:
		intake_refuse(in);
		return 0;
	default:
		return -1;
	}
}

struct slice
intake_node(const struct intake *in)
{
	return (struct slice){ in->source->node, strlen(in->source->node) };
}

struct slice
intake_cluster(const struct intake *in)
{
	const char *cluster = in->receiver->cluster;

	return (struct slice){ cluster, strlen(cluster) };
}

/* -------------------------------------------------------------------- intake
 * --
 */

static enum outcome
dispatch(struct intake *in)
{
	static enum outcome (*const take[])(struct intake *) = {
		[FORMAT_APMON] = apmon_take,
		[FORMAT_ULM] = ulm_take,
		[FORMAT_INFLUX] = influx_take,
		[FORMAT_GRAPHITE] = graphite_take,
		[FORMAT_STATSD] = statsd_take,
		[FORMAT_FRAMES] = frames_take,
		[FORMAT_COLLECTD] = collectd_take,
	};

	return take[in->receiver->format](in);
}

/* Of a local sender the file's permissions have decided. */
static bool
may_send(const struct receiver *r, const struct place *from)
{
	return place_is_none(from) || allowed_has(&r->allowed, from);
}

bool
receiver_admits(struct receiver *r, const struct place *from)
{
	if (may_send(r, from))
		return true;
	r->outcomes[NOT_ALLOWED]++;
	return false;
}

static enum outcome
process(struct intake *in)
{
	struct receiver *r = in->receiver;
	struct peer *source;

	if (!may_send(r, in->from)) {
		error_set(&in->err, "not allowed");
		return NOT_ALLOWED;
	}
	source = peers_get(&r->sources, in->from, NULL);
	if (source == NULL) {
		farm_fail(r->host, "out of memory");
		return LOST;
	}
	in->source = source;
	if (!in->paced &&
	    !bucket_take(&source->bucket, r->rate, r->burst, in->mono_ns)) {
		error_set(&in->err, "more than it may send");
		return LIMITED;
	}
	return dispatch(in);
}

static int
take(struct receiver *r, struct farm_host *host, const struct place *from,
    struct slice bytes, int64_t mono_ns, bool paced)
{
	struct intake in;
	enum outcome why;

	in.receiver = r;
	in.source = NULL;
	in.from = from;
	in.paced = paced;
	in.bytes = bytes;
	in.mono_ns = mono_ns;
	in.err.text[0] = '\0';
	r->host = r->result.host = host;
	why = process(&in);
	r->outcomes[why]++;
	if (why != TAKEN && why != DUPLICATE && why != LOST)
		note_refusal(&in);
	return why == LOST ? -1 : 0;
}

int
receiver_take(struct receiver *r, struct farm_host *host,
    const struct place *from, const void *bytes, size_t size, int64_t mono_ns)
{
	return take(
	    r, host, from, (struct slice){ bytes, size }, mono_ns, false);
}

int
receiver_take_paced(struct receiver *r, struct farm_host *host,
    const struct place *from, const void *bytes, size_t size, int64_t mono_ns)
{
	return take(
	    r, host, from, (struct slice){ bytes, size }, mono_ns, true);
}

/* Where memory is out nobody waits: it is told when something is taken. */
bool
receiver_ready(struct receiver *r, const struct place *from, int64_t mono_ns)
{
	struct peer *s = peers_get(&r->sources, from, NULL);

	return s == NULL ||
	       bucket_ready(&s->bucket, r->rate, r->burst, mono_ns);
}

void
receiver_pace(struct receiver *r, const struct place *from, int64_t mono_ns)
{
	struct peer *s = peers_get(&r->sources, from, NULL);

	if (s != NULL)
		(void)bucket_take(&s->bucket, r->rate, r->burst, mono_ns);
}

int
receiver_say(struct receiver *r, struct farm_host *host)
{
	r->host = r->result.host = host;
	return tallies_say(&r->tallies, &r->result, r->cluster);
}
