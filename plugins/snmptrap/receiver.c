#include "receiver.h"

#include <string.h>

#include "event.h"
#include "trap.h"

/* Reports to strangers: so many a second, so that nobody is flooded by us for
   whom somebody else pretends to speak. */
#define REPORTS_PER_S 1000.0

/* One message on its way. */
struct intake {
	struct receiver *r;
	struct farm_host *host;
	const struct place *from;
	const void *bytes;
	size_t size;
	int64_t mono_ns;
	struct snmp_message m;
	struct opened opened; /* v3 */
	struct ber body;      /* the PDU */
	struct snmp_pdu pdu;
	struct trap trap;
	struct error err;
};

static void
drop_source(void *value, void *cookie)
{
	const struct source *s = value;

	if (cookie != NULL && s->series != 0)
		farm_release((struct farm_host *)cookie, s->series);
}

int
receiver_init(struct receiver *r, size_t sources_max)
{
	r->tallies.rules = &r->rules;
	r->tallies.objects = r->objects;
	r->tallies.cluster = r->cluster;
	return sources_init(&r->sources, sources_max, drop_source) != 0 ||
		       tallies_init(&r->tallies, sources_max) != 0
		   ? -1
		   : 0;
}

void
receiver_free(struct receiver *r)
{
	/* The host takes the series back itself. */
	if (r->sources.known != NULL)
		sources_free(&r->sources, NULL);
	tallies_free(&r->tallies);
	engine_free(r->engine);
	rules_free(&r->rules);
	objects_free(r->objects);
	networks_free(&r->allowed);
	networks_free(&r->forwarders);
	networks_free(&r->nodes);
	credentials_free(&r->credentials);
	buffer_free(&r->json);
	buffer_free(&r->text);
}

/* -------------------------------------------------------------- who it is --
 */

/* The credential's version is for those who ask; a device may well send traps
   of another. */
static bool
is_community(const struct receiver *r, struct ber_bytes given)
{
	for (size_t i = 0; i < r->credentials.n; i++) {
		const struct credential *c = &r->credentials.items[i];

		if (c->version != SNMP_V3 &&
		    strlen(c->community) == given.size &&
		    memcmp(c->community, given.data, given.size) == 0)
			return true;
	}
	return false;
}

static enum outcome
authenticate(struct intake *in)
{
	struct receiver *r = in->r;
	enum outcome why;

	if (in->m.version == SNMP_V3) {
		why = engine_open(r->engine, in->bytes, in->size, &in->m,
		    in->mono_ns, &in->opened, &in->err);
		in->body = in->opened.scope.pdu;
		return why;
	}
	in->body = in->m.data;
	if (r->any_community || is_community(r, in->m.community))
		return TAKEN;
	error_set(&in->err, "wrong community");
	return WRONG_COMMUNITY;
}

static enum outcome
decode(struct intake *in)
{
	struct ber body = in->body;
	int type;

	if (snmp_pdu_decode(&body, in->m.version, &in->pdu, &in->err) != 0)
		return MALFORMED;
	type = in->pdu.type;
	if (type != SNMP_TRAP1 && type != SNMP_TRAP2 && type != SNMP_INFORM) {
		error_set(&in->err, "a %s is no trap", snmp_type_name(type));
		return NO_TRAP;
	}
	if (trap_decode(&in->pdu, in->m.version, &in->trap, &in->err) != 0)
		return MALFORMED;
	return TAKEN;
}

/* ---------------------------------------------------------- what it means --
 */

/* A node of its own name, or as the map calls it. */
static const char *
node_of(const struct receiver *r, const struct place *place,
    char text[INET6_ADDRSTRLEN])
{
	const char *name = networks_find(&r->nodes, place);

	place_print(place, text);
	return name != NULL ? name : text;
}

static struct source *
find_source(struct intake *in)
{
	struct receiver *r = in->r;
	struct source *s;
	bool fresh;

	s = sources_get(&r->sources, in->from, &fresh, in->host);
	if (s != NULL && fresh)
		s->node = node_of(r, in->from, s->text);
	return s;
}

static bool
is_storm(struct intake *in, struct source *s)
{
	const struct sources *limits = &in->r->sources;

	if (bucket_take(&s->bucket, limits->rate, limits->burst, in->mono_ns)) {
		s->storming = false;
		return false;
	}
	if (!s->storming)
		farm_log(in->host, FARM_WARNING,
		    "%s sends more than %g traps a second: the rest is "
		    "dropped and counted",
		    s->text, limits->rate);
	s->storming = true;
	s->changed = true;
	s->dropped++;
	return true;
}

static int
emit_event(struct intake *in, const struct event *e)
{
	struct receiver *r = in->r;

	if (event_values(in->host, e, r->objects, &r->text) != 0)
		r->failed = true;
	buffer_clear(&r->json);
	event_json(&r->json, e, r->objects, &r->text);
	if (buffer_failed(&r->json))
		return farm_fail(in->host, "out of memory");
	return farm_emit_record(
	    in->host, NULL, FARM_EVENT, e->time_ns, r->json.data, r->json.size);
}

static enum outcome
deliver(struct intake *in, const struct source *s)
{
	struct receiver *r = in->r;
	char agent[INET6_ADDRSTRLEN];
	struct place place;
	struct tally *tally;
	struct event e = {
		.trap = &in->trap,
		.cluster = r->cluster,
		.node = s->node,
		.source = s->text,
		.time_ns = farm_now_ns(in->host),
	};

	if (in->trap.has_agent &&
	    networks_find(&r->forwarders, in->from) != NULL) {
		place = place_of_ipv4(in->trap.agent);
		e.node = node_of(r, &place, agent);
		e.agent = agent;
	}
	if (in->m.version == SNMP_V3) {
		e.user = in->opened.user->user;
		e.engine_id = in->opened.p.engine_id;
	}
	tally = tallies_get(
	    &r->tallies, in->host, e.node, oid_bytes(&in->trap.id));
	if (tally == NULL)
		return LOST;
	e.tally = tally;
	tally->count++;
	tally->changed = true;
	if (tally->rule != NULL && tally->rule->ignore)
		return TAKEN;
	return emit_event(in, &e) == 0 ? TAKEN : LOST;
}

/* What comes twice is answered twice, for the first answer may be lost, and
   counts once. */
static enum outcome
settle(struct intake *in)
{
	struct sources *sources = &in->r->sources;
	size_t size = (size_t)(in->body.end - in->body.p);
	struct source *s;
	enum outcome why;

	if (sources_repeats(sources, in->from, in->body.p, size, in->mono_ns))
		return DUPLICATE;
	s = find_source(in);
	if (s == NULL)
		return LOST;
	if (is_storm(in, s))
		return STORM;
	why = deliver(in, s);
	if (why == TAKEN)
		sources_took(sources, in->from, in->body.p, size, in->mono_ns);
	return why;
}

static enum outcome
process(struct intake *in)
{
	const struct receiver *r = in->r;
	enum outcome why;

	if (r->allowed.n > 0 && networks_find(&r->allowed, in->from) == NULL) {
		error_set(&in->err, "not allowed");
		return NOT_ALLOWED;
	}
	if (snmp_message_decode(in->bytes, in->size, &in->m, &in->err) != 0)
		return MALFORMED;
	why = authenticate(in);
	if (why == TAKEN)
		why = decode(in);
	return why == TAKEN ? settle(in) : why;
}

/* --------------------------------------------------------- what is answered --
 */

static void
acknowledge(struct intake *in, struct ber_writer *out)
{
	struct snmp_pdu answer = in->pdu;

	answer.type = SNMP_RESPONSE;
	answer.error_status = SNMP_NO_ERROR;
	answer.error_index = 0;
	in->r->outcomes.acknowledged++;
	if (in->m.version == SNMP_V3) {
		engine_answer(in->r->engine, out, &in->m, &in->opened, &answer,
		    in->mono_ns);
		return;
	}
	snmp_pdu_encode(out, &answer, NULL, 0);
	snmp_message_encode(out, &in->m);
}

static void
report(struct intake *in, struct ber_writer *out, enum outcome why)
{
	struct receiver *r = in->r;

	engine_report(r->engine, out, &in->m, &in->opened, why,
	    r->outcomes.n[why], in->mono_ns);
	if (ber_written(out) == 0)
		return;
	if (bucket_take(
		&r->reports, REPORTS_PER_S, REPORTS_PER_S, in->mono_ns)) {
		r->outcomes.reports++;
		return;
	}
	r->outcomes.unreported++;
	out->p = out->end;
}

static void
note_refusal(struct intake *in)
{
	char text[INET6_ADDRSTRLEN];

	place_print(in->from, text);
	in->r->refusal = in->err;
	error_prefix(&in->r->refusal, "%s", text);
	farm_log(in->host, FARM_DEBUG, "%s", in->r->refusal.text);
}

size_t
receiver_take(struct receiver *r, struct farm_host *host,
    const struct place *from, const void *message, size_t size, int64_t mono_ns,
    const uint8_t **ret)
{
	struct ber_writer out = ber_writer(r->answer, sizeof(r->answer));
	struct intake in;
	enum outcome why;

	memset(&in, 0, offsetof(struct intake, pdu));
	in.r = r;
	in.host = host;
	in.from = from;
	in.bytes = message;
	in.size = size;
	in.mono_ns = mono_ns;
	why = process(&in);
	r->outcomes.n[why]++;
	if (why == LOST)
		r->failed = true;
	if (why != TAKEN && why < STORM)
		note_refusal(&in);
	if ((why == TAKEN || why == DUPLICATE) && in.trap.inform)
		acknowledge(&in, &out);
	else if (in.m.version == SNMP_V3)
		report(&in, &out, why);
	engine_done(&in.opened);
	*ret = out.p;
	return out.failed ? 0 : ber_written(&out);
}

/* --------------------------------------------------------------- counters --
 */

struct emission {
	struct receiver *r;
	struct farm_host *host;
	bool all;
};

static void
emit_source(void *value, void *cookie)
{
	const struct emission *e = cookie;
	struct source *s = value;
	struct farm_value row = farm_uint64(s->dropped);

	if (s->dropped == 0 || (!s->changed && !e->all))
		return;
	if (s->series == 0)
		s->series = farm_series(e->host, NULL, .cluster = e->r->cluster,
		    .node = s->node, .parameter = "traps_dropped", .unit = "1",
		    .kind = FARM_COUNTER64);
	row.series = s->series;
	if (row.series != 0)
		s->changed = farm_emit_rows(e->host, NULL, 0, 0, &row, 1) != 0;
}

void
receiver_emit(struct receiver *r, struct farm_host *host, bool all)
{
	struct emission e = { r, host, all };

	tallies_emit(&r->tallies, host, all);
	lru_each(r->sources.known, emit_source, &e);
}
