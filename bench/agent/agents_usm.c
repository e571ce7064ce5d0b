/* SNMPv3: RFC 3414 3.2 and 3.1, from where an agent stands. */
#include "agents_private.h"

#include <string.h>

/* What a message has besides user, engine ids, context and varbinds, at most:
   headers, digest, salt and padding. */
#define USM_OVERHEAD 150

/* The last number but one of usmStats' names (RFC 3414 5). */
enum stats {
	UNSUPPORTED_LEVELS = 1,
	NOT_IN_WINDOWS,
	UNKNOWN_USERS,
	UNKNOWN_ENGINES,
	WRONG_DIGESTS,
	DECRYPTION_ERRORS,
};

/* What a request of v3 has besides. */
struct secured {
	struct request *q;
	struct usm_parameters parameters;
	struct usm_keys *keys;
	uint8_t id[ENGINE_ID];
	struct ber_bytes engine;
	int32_t time;
};

static int
seal(struct agents *a, struct secured *s, uint8_t flags)
{
	struct snmp_message m = s->q->message;
	struct usm_parameters p = s->parameters;
	uint64_t salt = a->salt++;

	m.flags = flags;
	m.max_size = DATAGRAM_MAX;
	p.engine_id = s->engine;
	p.boots = s->q->boots;
	p.time = s->time;
	p.salt = (struct ber_bytes){ (const uint8_t *)&salt, sizeof(salt) };
	return usm_seal(&s->q->out, s->keys, &m, &p, NULL);
}

/* Of what is not encrypted; else 0, as RFC 3412 7.1 3) has it. */
static int32_t
request_id(const struct request *q)
{
	struct ber in = q->message.data;
	struct snmp_scope scope;
	struct snmp_pdu pdu;

	if (q->message.flags & SNMP_PRIV ||
	    snmp_scope_decode(&in, &scope, NULL) != 0 ||
	    snmp_pdu_decode(&scope.pdu, SNMP_V3, &pdu, NULL) != 0)
		return 0;
	return pdu.request_id;
}

static void
report(struct agents *a, struct secured *s, enum stats stats)
{
	uint8_t oid[] = { 0x2b, 6, 1, 6, 3, 15, 1, 1, (uint8_t)stats, 0 };
	const struct snmp_varbind v = {
		.name = { oid, sizeof(oid) },
		.value = { .tag = BER_COUNTER32, .number = 1 },
	};
	const struct snmp_pdu pdu = { .type = SNMP_REPORT,
		.request_id = request_id(s->q) };
	uint8_t flags = stats == NOT_IN_WINDOWS ? SNMP_AUTH : 0;

	if (!(s->q->message.flags & SNMP_REPORTABLE))
		return;
	a->counts.reports++;
	snmp_pdu_encode(&s->q->out, &pdu, &v, 1);
	snmp_scope_encode(&s->q->out, s->engine, (struct ber_bytes){ NULL, 0 });
	if (seal(a, s, flags) != 0)
		s->q->out.failed = true;
}

static size_t
find_user(const struct agents_options *o, struct ber_bytes name)
{
	size_t i;

	for (i = 0; i < o->n_users; i++)
		if (strlen(o->users[i].name) == name.size &&
		    memcmp(o->users[i].name, name.data, name.size) == 0)
			break;
	return i;
}

/* 0: the request is read from *ret; else what is to be reported. */
static int
unlock(struct agents *a, struct secured *s, struct ber *ret)
{
	const struct agents_options *o = a->options;
	const struct usm_parameters *p = &s->parameters;
	const struct request *q = s->q;
	size_t user = find_user(o, p->user);

	if (p->engine_id.size != ENGINE_ID ||
	    memcmp(p->engine_id.data, s->id, ENGINE_ID) != 0)
		return UNKNOWN_ENGINES;
	if (user == o->n_users)
		return UNKNOWN_USERS;
	if ((q->message.flags & (SNMP_AUTH | SNMP_PRIV)) !=
	    o->users[user].flags)
		return UNSUPPORTED_LEVELS;
	s->keys = engines_keys(a->engines, q->address, o->users, user);
	if (usm_open(s->keys, q->bytes, q->size, &q->message, p, a->plain, ret,
		NULL) != 0)
		return WRONG_DIGESTS;
	if (q->message.flags & SNMP_AUTH &&
	    !usm_in_window(q->boots, s->time, p->boots, p->time))
		return NOT_IN_WINDOWS;
	return 0;
}

static void
answer_scoped(struct agents *a, struct secured *s, struct ber *in)
{
	struct request *q = s->q;
	struct snmp_scope scope;
	struct snmp_pdu pdu;
	size_t overhead, room;

	if (snmp_scope_decode(in, &scope, NULL) != 0) {
		report(a, s, DECRYPTION_ERRORS);
		return;
	}
	overhead = USM_OVERHEAD + s->parameters.user.size + ENGINE_ID +
		   scope.engine_id.size + scope.context.size;
	room = q->respond.limit;
	if (room > (size_t)q->message.max_size)
		room = (size_t)q->message.max_size;
	q->respond.limit = room > overhead ? room - overhead : 0;
	if (snmp_pdu_decode(&scope.pdu, SNMP_V3, &pdu, NULL) != 0 ||
	    !respond(&q->respond, &pdu)) {
		a->counts.malformed++;
		return;
	}
	snmp_pdu_encode(&q->out, &pdu, NULL, 0);
	snmp_scope_encode(&q->out, scope.engine_id, scope.context);
	if (seal(a, s, q->message.flags & (SNMP_AUTH | SNMP_PRIV)) != 0)
		q->out.failed = true;
}

void
answer_usm(struct agents *a, struct request *q)
{
	struct secured s = { .q = q,
		.time = (int32_t)(q->respond.moment.uptime / 100) };
	struct ber in;
	int wrong;

	if (usm_decode(&q->message, &s.parameters, NULL) != 0) {
		a->counts.malformed++;
		return;
	}
	engine_id(q->address, s.id);
	s.engine = (struct ber_bytes){ s.id, ENGINE_ID };
	wrong = unlock(a, &s, &in);
	if (wrong != 0)
		report(a, &s, (enum stats)wrong);
	else
		answer_scoped(a, &s, &in);
}

/* ---------------------------------------------------------------- users -- */

static const char *const auths[] = { [USM_NO_AUTH] = "",
	[USM_MD5] = "md5",
	[USM_SHA1] = "sha1",
	[USM_SHA224] = "sha224",
	[USM_SHA256] = "sha256",
	[USM_SHA384] = "sha384",
	[USM_SHA512] = "sha512" };
static const char *const privs[] = { [USM_NO_PRIV] = "",
	[USM_DES] = "des",
	[USM_AES128] = "aes128",
	[USM_AES192] = "aes192",
	[USM_AES256] = "aes256",
	[USM_AES192_REEDER] = "aes192c",
	[USM_AES256_REEDER] = "aes256c" };

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))
#define FIELDS 5
#define USER_TEXT 512

static int
find_name(const char *const *names, size_t n, const char *what,
    const char *text, struct error *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(names[i], text) == 0)
			return (int)i;
	return error_set(err, "no %s is called \"%s\"", what, text);
}

int
agents_user_parse(struct agents_user *ret, const char *text, struct error *err)
{
	char copy[USER_TEXT], *field[FIELDS], *rest = copy;
	struct agents_user u = { .flags = 0 };
	int n = 0, auth, priv;

	if (strlen(text) >= sizeof(copy))
		return error_set(err, "user \"%s\": is too long", text);
	strcpy(copy, text);
	while (n < FIELDS && rest != NULL)
		field[n++] = strsep(&rest, ":");
	if (rest != NULL || n % 2 == 0 || strlen(field[0]) > USM_NAME_MAX)
		return error_set(err,
		    "user \"%s\": should be NAME[:AUTH:PASSWORD"
		    "[:PRIV:PASSWORD]]",
		    text);
	auth = find_name(
	    auths, COUNT(auths), "digest", n > 1 ? field[1] : "", err);
	priv = find_name(
	    privs, COUNT(privs), "cipher", n > 3 ? field[3] : "", err);
	if (auth < 0 || priv < 0 ||
	    usm_user_init(&u.keys, (enum usm_auth)auth, n > 1 ? field[2] : NULL,
		(enum usm_priv)priv, n > 3 ? field[4] : NULL, err) != 0)
		return error_prefix(err, "user \"%s\"", field[0]);
	u.flags = (uint8_t)((auth > 0 ? SNMP_AUTH : 0) |
			    (priv > 0 ? SNMP_PRIV : 0));
	strcpy(u.name, field[0]);
	*ret = u;
	return 0;
}
