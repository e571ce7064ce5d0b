#include "agents_private.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define NS_PER_TICK (10 * NS_PER_MS)
/* What a message of v2c has besides community and varbinds, at most. */
#define COMMUNITY_OVERHEAD 40

int
agents_new(struct agents **ret, const struct agents_options *o,
    struct faults *faults, struct error *err)
{
	struct agents *a = calloc(1, sizeof(*a));

	if (a != NULL) {
		a->options = o;
		a->faults = faults;
		a->salt = faults_random(faults);
		a->mib = mib_new(o->interfaces);
		a->engines = engines_new(o->n_users);
	}
	if (a == NULL || a->mib == NULL || a->engines == NULL) {
		agents_free(a);
		return error_set(err, "out of memory");
	}
	*ret = a;
	return 0;
}

void
agents_free(struct agents *a)
{
	if (a == NULL)
		return;
	mib_free(a->mib);
	engines_free(a->engines);
	free(a);
}

const struct agents_counts *
agents_counts(const struct agents *a)
{
	return &a->counts;
}

/* ------------------------------------------------------------ v1 and v2c -- */

void
answer_community(struct agents *a, struct request *q)
{
	struct ber_bytes c = q->message.community;
	size_t overhead = COMMUNITY_OVERHEAD + c.size;
	struct snmp_pdu pdu;

	if (c.size != strlen(a->options->community) ||
	    memcmp(c.data, a->options->community, c.size) != 0) {
		a->counts.refused++;
		return;
	}
	q->respond.limit -= q->respond.limit > overhead ? overhead
							: q->respond.limit;
	if (snmp_pdu_decode(&q->message.data, q->message.version, &pdu, NULL) !=
		0 ||
	    !respond(&q->respond, &pdu)) {
		a->counts.malformed++;
		return;
	}
	snmp_pdu_encode(&q->out, &pdu, NULL, 0);
	snmp_message_encode(&q->out, &q->message);
}

/* ------------------------------------------------------------ datagrams -- */

/* The agent's clock, which starts anew with each of its restarts. */
static void
tell_time(const struct agents *a, struct request *q, int64_t uptime_ns)
{
	const struct fault_case *cases = a->faults->cases;
	struct mib_moment *m = &q->respond.moment;
	int64_t ticks = uptime_ns / NS_PER_TICK, wrap, life;

	q->boots = 1;
	m->address = q->address;
	if (faults_strike(a->faults, FAULT_RESTART, q->address)) {
		life = cases[FAULT_RESTART].argument / NS_PER_TICK;
		if (life > 0) {
			q->boots += (int32_t)(ticks / life);
			ticks %= life;
		}
	}
	m->uptime = (uint64_t)ticks;
	if (faults_strike(a->faults, FAULT_WRAP, q->address)) {
		wrap = cases[FAULT_WRAP].argument / NS_PER_TICK;
		m->wrap_uptime = wrap > 0 ? (uint64_t)wrap : 1;
	}
}

static void
begin(struct agents *a, struct request *q, int64_t uptime_ns)
{
	q->respond.mib = a->mib;
	q->respond.version = q->message.version;
	q->respond.loops = faults_strike(a->faults, FAULT_LOOP, q->address);
	if (faults_strike(a->faults, FAULT_TOO_BIG, q->address))
		q->respond.most =
		    (size_t)a->faults->cases[FAULT_TOO_BIG].argument;
	q->respond.varbinds = a->varbinds;
	q->respond.limit = a->options->max_size;
	tell_time(a, q, uptime_ns);
}

static size_t
spoil(struct agents *a, uint32_t address, uint8_t *bytes, size_t size)
{
	size_t i;

	if (faults_strike(a->faults, FAULT_GARBAGE, address))
		for (i = 0; i < size; i++)
			bytes[i] = (uint8_t)faults_random(a->faults);
	return faults_strike(a->faults, FAULT_TRUNCATED, address) ? size / 2
								  : size;
}

struct ber_bytes
agents_answer(struct agents *a, uint32_t address, const uint8_t *bytes,
    size_t size, int64_t uptime_ns, uint8_t *to)
{
	struct request q = { .address = address, .bytes = bytes, .size = size };

	if (snmp_message_decode(bytes, size, &q.message, NULL) != 0) {
		a->counts.malformed++;
		return (struct ber_bytes){ to, 0 };
	}
	if (q.message.version != SNMP_V1 &&
	    faults_strike(a->faults, FAULT_V1, address)) {
		a->counts.refused++;
		return (struct ber_bytes){ to, 0 };
	}
	q.out = ber_writer(to, DATAGRAM_MAX);
	begin(a, &q, uptime_ns);
	if (q.message.version == SNMP_V3)
		answer_usm(a, &q);
	else
		answer_community(a, &q);
	if (q.out.failed) {
		a->counts.failed++;
		return (struct ber_bytes){ to, 0 };
	}
	size = ber_written(&q.out);
	a->counts.answered += size > 0;
	a->counts.varbinds += q.respond.n;
	return (struct ber_bytes){ q.out.p, spoil(a, address, q.out.p, size) };
}
