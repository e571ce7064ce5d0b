/*
 * answer.c - datagrams that have come: whose question they answer, and how.
 * Depends on nothing but the exchange and the bytes.
 */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "pace.h"
#include "waiting.h"

/* So often may something be learnt before a question is answered: who the
   agent is, what time it has, and both again after it was replaced. */
#define TURNS_MAX 4

/* No answer to any question, from there. */
static struct waiting *
strange(struct waiting *w)
{
	if (w != NULL)
		w->agent->strange++;
	return NULL;
}

/*
 * The question with this id, if it may still be answered from there; *ret_rtt
 * is of the try.  NULL if there is none; that is counted.
 */
static struct waiting *
match(const struct exchange *e, int32_t id, const union address *from,
    int64_t *ret_rtt)
{
	uint32_t slot = (uint32_t)id % PLACES_MAX;
	uint32_t generation = (uint32_t)id >> PLACE_BITS;
	struct waiting *w;

	if (id < 0 || slot >= e->n_places || e->places[slot].waiting == NULL)
		return strange(filed_under(e, from));
	w = e->places[slot].waiting;
	if (!address_same(from, &w->address) ||
	    ((w->generation - generation) & GENERATION_MASK) >= w->answerable)
		return strange(w);
	*ret_rtt = e->now_ns - w->sent_ns[generation % TRIES_KEPT];
	return w;
}

static bool
speaks(const struct waiting *w, int version)
{
	return w->talk.credential->version == version;
}

static void
fill(const struct exchange *e, const struct waiting *w, enum outcome outcome,
    int64_t rtt_ns, struct answer *ret)
{
	ret->agent = w->agent;
	ret->outcome = outcome;
	ret->error = w->error;
	ret->time_ns = e->wall_ns;
	ret->rtt_ns = rtt_ns;
	ret->large = w->large;
}

/* The question failed by what came, and ret->why says how. */
static bool
failed(struct exchange *e, struct waiting *w, enum outcome outcome,
    int64_t rtt_ns, struct answer *ret)
{
	pace_learn(w->agent, rtt_ns);
	if (!waiting_conclude(e, w, outcome))
		return false;
	fill(e, w, (enum outcome)w->outcome, rtt_ns, ret);
	if (w->finding)
		answer_explain(e, w, ret);
	return true;
}

static bool
answered(
    struct exchange *e, struct waiting *w, int64_t rtt_ns, struct answer *ret)
{
	pace_learn(w->agent, rtt_ns);
	(void)waiting_conclude(e, w, ANSWERED);
	fill(e, w, ANSWERED, rtt_ns, ret);
	ret->why.text[0] = '\0';
	return true;
}

/* -------------------------------------------------- broken datagrams -- */

/* Step over a header, whatever length it says. */
static bool
skip_header(struct ber *in, uint8_t tag)
{
	size_t size = 2;

	if (ber_peek(in) != tag || in->end - in->p < 2)
		return false;
	if (in->p[1] > 0x80)
		size += in->p[1] & 0x7fu;
	if ((size_t)(in->end - in->p) < size)
		return false;
	in->p += size;
	return true;
}

/*
 * The id of a message that is cut off or broken further on, as far as it can
 * be read; whoever sent it, it is the end of our question.
 */
static bool
peek_id(const uint8_t *bytes, size_t size, int32_t *ret_version, int32_t *ret)
{
	struct ber in = ber_reader(bytes, size);
	struct ber_bytes community;

	if (!skip_header(&in, BER_SEQUENCE) ||
	    ber_get_int32(&in, "version", 0, SNMP_V3, ret_version, NULL) != 0)
		return false;
	if (*ret_version == SNMP_V3) {
		if (!skip_header(&in, BER_SEQUENCE))
			return false;
	} else if (ber_get_bytes(
		       &in, BER_OCTETS, "community", &community, NULL) != 0 ||
		   !skip_header(&in, SNMP_RESPONSE)) {
		return false;
	}
	return ber_get_int32(&in, "id", 0, INT32_MAX, ret, NULL) == 0;
}

static bool
take_broken(struct exchange *e, const union address *from, const uint8_t *bytes,
    size_t size, struct answer *ret)
{
	struct waiting *w;
	int32_t version, id;
	int64_t rtt_ns;

	if (!peek_id(bytes, size, &version, &id)) {
		(void)strange(filed_under(e, from));
		return false;
	}
	w = match(e, id, from, &rtt_ns);
	if (w == NULL)
		return false;
	if (!speaks(w, version)) {
		(void)strange(w);
		return false;
	}
	return failed(e, w, MALFORMED, rtt_ns, ret);
}

/* ------------------------------------------------------------ messages -- */

static bool
take_community(struct exchange *e, const union address *from, uint8_t *bytes,
    size_t size, struct snmp_message *m, struct answer *ret)
{
	struct waiting *w;
	int64_t rtt_ns;

	if (snmp_pdu_decode(&m->data, m->version, &ret->pdu, &ret->why) != 0)
		return take_broken(e, from, bytes, size, ret);
	w = match(e, ret->pdu.request_id, from, &rtt_ns);
	if (w == NULL)
		return false;
	if (!speaks(w, m->version) || ret->pdu.type != SNMP_RESPONSE) {
		(void)strange(w);
		return false;
	}
	return answered(e, w, rtt_ns, ret);
}

/* What it says takes effect at the next try, which is at once. */
static bool
ask_again(
    struct exchange *e, struct waiting *w, int64_t rtt_ns, struct answer *ret)
{
	if (w->turns++ == TURNS_MAX) {
		error_set(&ret->why, "%s: the agent reports without end",
		    w->talk.credential->label);
		return failed(e, w, REPORTED, rtt_ns, ret);
	}
	pace_learn(w->agent, rtt_ns);
	waiting_turn(e, w);
	return false;
}

static bool
take_v3(struct exchange *e, const union address *from, uint8_t *bytes,
    size_t size, const struct snmp_message *m, struct answer *ret)
{
	enum outcome outcome;
	struct waiting *w;
	int64_t rtt_ns;

	w = match(e, m->id, from, &rtt_ns);
	if (w == NULL)
		return false;
	if (!speaks(w, SNMP_V3)) {
		(void)strange(w);
		return false;
	}
	switch (security_hear(&w->talk, bytes, size, m, e->now_ns, &ret->pdu,
	    &outcome, &ret->why)) {
	case HEARD_ANSWER:
		return answered(e, w, rtt_ns, ret);
	case HEARD_AGAIN:
		return ask_again(e, w, rtt_ns, ret);
	case HEARD_FAILURE:
		return failed(e, w, outcome, rtt_ns, ret);
	default:
		(void)strange(w);
		return false;
	}
}

bool
answer_take(struct exchange *e, const union address *from, uint8_t *bytes,
    size_t size, struct answer *ret)
{
	struct snmp_message m;

	if (snmp_message_decode(bytes, size, &m, &ret->why) != 0)
		return take_broken(e, from, bytes, size, ret);
	if (m.version == SNMP_V3)
		return take_v3(e, from, bytes, size, &m, ret);
	return take_community(e, from, bytes, size, &m, ret);
}

/* -------------------------------------------------------------- errors -- */

/*
 * That nobody listens holds for all who ask there, and is final.  The rest may
 * pass (RFC 1122 4.2.3.9): it is told if no try comes through.
 */
void
answer_error(struct exchange *e, const union address *to, int error)
{
	struct waiting *w = filed_under(e, to), *next;

	if (error == 0 || error == EMSGSIZE)
		return;
	for (; w != NULL; w = next) {
		next = w->neighbour;
		if (!is_sent(w) || !address_same(&w->address, to))
			continue;
		if (error == ECONNREFUSED)
			waiting_fail(e, w, REFUSED);
		else
			w->unreachable = error;
	}
}

/* --------------------------------------------------------- explanations -- */

static const char *
silence(const struct waiting *w)
{
	if (w->talk.ignored != NULL)
		return w->talk.ignored;
	if (w->agent->version == SNMP_V3)
		return "no answer";
	return "no answer (nor is there one to a wrong community)";
}

static void
explain_find(const struct exchange *e, const struct waiting *w,
    enum outcome outcome, struct error *ret)
{
	size_t n = e->options.credentials->n;

	if (outcome == TIMED_OUT)
		error_set(ret, "%s, with %zu credential%s", silence(w), n,
		    n == 1 ? "" : "s");
	else
		error_set(ret, "%s: %s",
		    e->options.credentials->items[w->told].label,
		    outcome_text(outcome));
}

static const char *
not_sent_text(int error)
{
	if (error == ENOKEY)
		return "no credentials";
	if (error == EDESTADDRREQ)
		return "no address";
	if (error == EBUSY)
		return "no turn before the deadline";
	if (error == ENOTSUP)
		return "no keys: the user's protocols are not available";
	return strerrordesc_np(error);
}

void
answer_explain(
    const struct exchange *e, const struct waiting *w, struct answer *ret)
{
	enum outcome outcome = (enum outcome)w->outcome;
	int port = ntohs(w->address.ipv4.sin_port); /* of both families */

	fill(e, w, outcome, 0, ret);
	ret->time_ns = clock_wall_ns();
	if (outcome == NOT_SENT)
		error_set(&ret->why, "%s", not_sent_text(w->error));
	else if (outcome == REFUSED)
		error_set(&ret->why, "nobody listens on port %d", port);
	else if (outcome == UNREACHABLE)
		error_set(&ret->why, "%s", strerrordesc_np(w->unreachable));
	else if (w->finding)
		explain_find(e, w, outcome, &ret->why);
	else
		error_set(&ret->why, "%s", silence(w));
}
