#include "security.h"

#include <stdlib.h>
#include <string.h>

struct engine {
	uint8_t id[USM_ENGINE_MAX];
	uint8_t id_size;
	uint8_t user; /* the credential that the keys are of */
	struct usm_clock clock;
	struct usm_keys *keys; /* NULL: none yet */
};

static struct ber_bytes
text_bytes(const char *text)
{
	return (struct ber_bytes){ (const uint8_t *)text,
		text != NULL ? strlen(text) : 0 };
}

static bool
same(struct ber_bytes a, struct ber_bytes b)
{
	return a.size == b.size &&
	       (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* ------------------------------------------------------------- engines -- */

/* Its clock is as it says, until a digest proves it right or wrong. */
static struct engine *
engine_new(const struct usm_parameters *p, int64_t now_ns)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	memcpy(e->id, p->engine_id.data, p->engine_id.size);
	e->id_size = (uint8_t)p->engine_id.size;
	e->clock = (struct usm_clock){ p->boots, p->time, p->time, now_ns };
	return e;
}

void
engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	usm_keys_free(e->keys);
	free(e);
}

static struct ber_bytes
engine_id(const struct engine *e)
{
	return (struct ber_bytes){ e->id, e->id_size };
}

static struct engine *
in_use(const struct talk *t)
{
	if (t->trial != NULL)
		return t->trial;
	return t->anew ? NULL : *t->known;
}

/* Made once for each user and engine. */
static int
make_keys(const struct talk *t, struct engine *e, struct error *err)
{
	struct usm_keys *keys;

	if (e->keys != NULL && e->user == t->number)
		return 0;
	if (usm_keys_new(&keys, &t->credential->keys, engine_id(e), err) != 0)
		return -1;
	usm_keys_free(e->keys);
	e->keys = keys;
	e->user = t->number;
	return 0;
}

/* What it said had the right digest, or the user asks for none. */
static void
prove(struct talk *t)
{
	if (t->trial == NULL)
		return;
	engine_free(*t->known);
	*t->known = t->trial;
	t->trial = NULL;
}

/* A report names this engine: the one that we know, or one on trial. */
static enum heard
meet(struct talk *t, const struct usm_parameters *p, int64_t now_ns)
{
	struct engine *e = NULL;

	if (*t->known == NULL || !same(p->engine_id, engine_id(*t->known))) {
		e = engine_new(p, now_ns);
		if (e == NULL)
			return HEARD_NOTHING;
	}
	engine_free(t->trial);
	t->trial = e;
	t->anew = false;
	return HEARD_AGAIN;
}

bool
security_discovers(const struct talk *t)
{
	return in_use(t) == NULL;
}

void
security_end(struct talk *t)
{
	engine_free(t->trial);
	t->trial = NULL;
}

/* ------------------------------------------------------------- speaking -- */

int
security_seal(struct talk *t, struct ber_writer *out, int32_t id, uint64_t salt,
    int64_t now_ns, struct error *err)
{
	const struct credential *c = t->credential;
	struct engine *e = in_use(t);
	struct snmp_message m = {
		.version = SNMP_V3,
		.flags = SNMP_REPORTABLE,
		.id = id,
		.max_size = EXCHANGE_DATAGRAM_MAX,
		.security_model = SNMP_USM,
	};
	struct usm_parameters p = {
		.salt = { (const uint8_t *)&salt, sizeof(salt) },
	};
	struct ber_bytes context = { 0 };

	if (e == NULL) {
		/* RFC 3414 4: the question that names nobody. */
		snmp_scope_encode(out, context, context);
		return usm_seal(out, NULL, &m, &p, err);
	}
	m.flags |= c->flags;
	if (c->flags & SNMP_AUTH && make_keys(t, e, err) != 0)
		return -1;
	p.engine_id = engine_id(e);
	p.boots = e->clock.boots;
	p.time = usm_clock_now(&e->clock, now_ns);
	p.user = text_bytes(c->user);
	context = c->context_engine_id.size > 0 ? c->context_engine_id
						: p.engine_id;
	snmp_scope_encode(out, context, text_bytes(c->context));
	return usm_seal(out, e->keys, &m, &p, err);
}

/* -------------------------------------------------------------- reports -- */

/* Begin with 1.3.6.1.6.3; RFC 3414 5, RFC 3412 5, RFC 3413 4. */
static const struct report {
	uint8_t oid[9];
	uint8_t size;
	uint8_t outcome;
	const char *name;
} reports[] = {
#define OID(...)                                                               \
	{                                                                      \
		43, 6, 1, 6, 3, __VA_ARGS__                                    \
	}
	{ OID(15, 1, 1, 1), 9, WRONG_LEVEL, "usmStatsUnsupportedSecLevels" },
	{ OID(15, 1, 1, 2), 9, NOT_IN_WINDOW, "usmStatsNotInTimeWindows" },
	{ OID(15, 1, 1, 3), 9, UNKNOWN_USER, "usmStatsUnknownUserNames" },
	{ OID(15, 1, 1, 4), 9, REPORTED, "usmStatsUnknownEngineIDs" },
	{ OID(15, 1, 1, 5), 9, WRONG_DIGEST, "usmStatsWrongDigests" },
	{ OID(15, 1, 1, 6), 9, CANNOT_DECRYPT, "usmStatsDecryptionErrors" },
	{ OID(11, 2, 1, 1), 9, REPORTED, "snmpUnknownSecurityModels" },
	{ OID(11, 2, 1, 2), 9, REPORTED, "snmpInvalidMsgs" },
	{ OID(11, 2, 1, 3), 9, REPORTED, "snmpUnknownPDUHandlers" },
	{ OID(12, 1, 4), 8, REPORTED, "snmpUnavailableContexts" },
	{ OID(12, 1, 5), 8, REPORTED, "snmpUnknownContexts" },
	{ { 0 }, 0, REPORTED, "a report of no known kind" },
#undef OID
};
#define UNKNOWN_ENGINE (&reports[3])

/* Of what: its first varbind says.  The last in the table if of nothing. */
static const struct report *
read_report(const struct snmp_pdu *pdu)
{
	const struct report *r = reports;
	struct ber varbinds = pdu->varbinds;
	struct snmp_varbind v;

	if (snmp_varbind_next(&varbinds, &v, NULL) <= 0)
		v.name.size = 0;
	while (r->size > 0 && !(v.name.size >= r->size &&
				  memcmp(v.name.data, r->oid, r->size) == 0))
		r++;
	return r;
}

static enum heard
fail(const struct talk *t, const struct report *r, enum outcome *ret,
    struct error *why)
{
	*ret = r->outcome;
	error_set(
	    why, "%s: the agent reports %s", t->credential->label, r->name);
	return HEARD_FAILURE;
}

/*
 * The report has our message's id, which its digest covers: so it is none of
 * before, and its clock is right, even where it is behind what we thought.
 */
static enum heard
set_clock(struct talk *t, const struct usm_parameters *p, int64_t now_ns)
{
	in_use(t)->clock = (struct usm_clock){ p->boots, p->time, p->time,
		now_ns };
	prove(t);
	return HEARD_AGAIN;
}

static enum heard
hear_report(struct talk *t, const struct usm_parameters *p, bool authentic,
    const struct snmp_pdu *pdu, int64_t now_ns, enum outcome *ret,
    struct error *why)
{
	const struct report *r = read_report(pdu);
	const struct engine *e = in_use(t);

	if (e == NULL || r == UNKNOWN_ENGINE) {
		if (p->engine_id.size == 0 ||
		    (e != NULL && same(p->engine_id, engine_id(e))))
			return fail(t, r, ret, why);
		return meet(t, p, now_ns);
	}
	if (r->outcome == NOT_IN_WINDOW && authentic && t->settings++ == 0)
		return set_clock(t, p, now_ns);
	return fail(t, r, ret, why);
}

/* ------------------------------------------------------------- hearing -- */

static enum heard
ignore(struct talk *t, const char *why)
{
	t->ignored = why;
	return HEARD_NOTHING;
}

static bool
is_ours(const struct talk *t, const struct engine *e,
    const struct usm_parameters *p)
{
	return same(p->engine_id, engine_id(e)) &&
	       same(p->user, text_bytes(t->credential->user));
}

/* RFC 3412 7.2.12: what a response must have in common with its request. */
static bool
is_response(const struct talk *t, const struct snmp_message *m,
    const struct usm_parameters *p, const struct snmp_scope *scope,
    const struct snmp_pdu *pdu)
{
	const struct credential *c = t->credential;
	const struct engine *e = in_use(t);

	return e != NULL && pdu->type == SNMP_RESPONSE &&
	       pdu->request_id == m->id &&
	       (m->flags & (SNMP_AUTH | SNMP_PRIV)) == c->flags &&
	       is_ours(t, e, p) &&
	       same(scope->engine_id, c->context_engine_id.size > 0
					  ? c->context_engine_id
					  : engine_id(e)) &&
	       same(scope->context, text_bytes(c->context));
}

/* The scoped PDU, its digest verified if it has one. */
static int
open_message(struct talk *t, uint8_t *datagram, size_t size,
    const struct snmp_message *m, const struct usm_parameters *p,
    struct ber *ret)
{
	struct engine *e = in_use(t);

	*ret = m->data;
	if (!(m->flags & SNMP_AUTH))
		return 0;
	if (e == NULL || !(t->credential->flags & SNMP_AUTH) ||
	    !is_ours(t, e, p) || make_keys(t, e, NULL) != 0)
		return -1;
	return usm_open(e->keys, datagram, size, m, p,
	    datagram + (m->data.p - datagram), ret, NULL);
}

enum heard
security_hear(struct talk *t, uint8_t *datagram, size_t size,
    const struct snmp_message *m, int64_t now_ns, struct snmp_pdu *ret,
    enum outcome *ret_outcome, struct error *why)
{
	bool authentic = (m->flags & SNMP_AUTH) != 0;
	struct usm_parameters p;
	struct snmp_scope scope;
	struct ber plain;

	*ret_outcome = MALFORMED;
	if (usm_decode(m, &p, why) != 0)
		return HEARD_FAILURE;
	if (open_message(t, datagram, size, m, &p, &plain) != 0)
		return ignore(t, "an answer with a wrong digest");
	if (snmp_scope_decode(&plain, &scope, why) != 0 ||
	    snmp_pdu_decode(&scope.pdu, SNMP_V3, ret, why) != 0)
		return HEARD_FAILURE;
	if (ret->type == SNMP_REPORT)
		return hear_report(
		    t, &p, authentic, ret, now_ns, ret_outcome, why);
	if (!is_response(t, m, &p, &scope, ret))
		return ignore(t, "an answer to another question");
	if (authentic &&
	    !usm_clock_receive(&in_use(t)->clock, p.boots, p.time, now_ns))
		return ignore(t, "an answer outside the time window");
	prove(t);
	return HEARD_ANSWER;
}
