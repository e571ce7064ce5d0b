#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "lru.h"

#define LEVEL (SNMP_AUTH | SNMP_PRIV)

struct engine {
	const struct credentials *credentials;
	uint8_t id[USM_ENGINE_MAX];
	size_t id_size;
	int32_t boots;
	int64_t since_mono_ns;
	bool window;
	uint32_t salt;
	struct lru *keys;   /* by number of the credential and engine id */
	struct lru *clocks; /* by engine id */
	uint8_t plain[MESSAGE_MAX + USM_PAD_MAX];
};

static struct ber_bytes
own_id(const struct engine *e)
{
	return (struct ber_bytes){ e->id, e->id_size };
}

static int32_t
own_time(const struct engine *e, int64_t mono_ns)
{
	return (int32_t)((mono_ns - e->since_mono_ns) / NS_PER_S & INT32_MAX);
}

static void
drop_keys(void *value, void *cookie)
{
	(void)cookie;
	usm_keys_free(*(struct usm_keys **)value);
}

int
engine_new(
    struct engine **ret, const struct engine_options *o, struct error *err)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return error_set(err, "out of memory");
	e->credentials = o->credentials;
	e->id_size = o->id.size;
	memcpy(e->id, o->id.data, o->id.size);
	e->boots = o->boots;
	e->since_mono_ns = o->mono_ns;
	e->window = o->window;
	e->keys = lru_new(ENGINES_MAX, sizeof(struct usm_keys *), drop_keys);
	e->clocks = lru_new(ENGINES_MAX, sizeof(struct usm_clock), NULL);
	if (e->keys == NULL || e->clocks == NULL) {
		engine_free(e);
		return error_set(err, "out of memory");
	}
	*ret = e;
	return 0;
}

void
engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	lru_free(e->keys, NULL);
	lru_free(e->clocks, NULL);
	explicit_bzero(e->plain, sizeof(e->plain));
	free(e);
}

/* ------------------------------------------------------------------ keys -- */

static bool
same(struct ber_bytes a, struct ber_bytes b)
{
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static bool
is_user(const struct credential *c, const struct usm_parameters *p)
{
	struct ber_bytes name = { (const uint8_t *)c->user, 0 };

	if (c->version != SNMP_V3)
		return false;
	name.size = strlen(c->user);
	return same(name, p->user) &&
	       (c->engine_id.size == 0 || same(c->engine_id, p->engine_id));
}

struct key {
	uint32_t credential;
	uint8_t engine_id[USM_ENGINE_MAX];
};

static size_t
key_of(struct key *k, size_t credential, struct ber_bytes engine_id)
{
	k->credential = (uint32_t)credential;
	memcpy(k->engine_id, engine_id.data, engine_id.size);
	return offsetof(struct key, engine_id) + engine_id.size;
}

/* Those remembered, or fresh ones that are the message's for now. */
static int
find_keys(
    struct engine *e, size_t credential, struct opened *o, struct error *err)
{
	struct key k;
	size_t size = key_of(&k, credential, o->p.engine_id);
	struct usm_keys **known = lru_find(e->keys, &k, size);

	o->known = known != NULL;
	if (o->known) {
		o->keys = *known;
		return 0;
	}
	return usm_keys_new(&o->keys, &o->user->keys, o->p.engine_id, err);
}

/* The engine has proved them.  Without memory they stay the message's. */
static void
remember_keys(struct engine *e, size_t credential, struct opened *o)
{
	struct usm_keys **at;
	struct key k;
	size_t size;

	if (o->known)
		return;
	size = key_of(&k, credential, o->p.engine_id);
	at = lru_add(e->keys, &k, size, NULL);
	if (at == NULL)
		return;
	*at = o->keys;
	o->known = true;
}

void
engine_done(struct opened *o)
{
	if (!o->known)
		usm_keys_free(o->keys);
	o->keys = NULL;
}

/* --------------------------------------------------------------- opening -- */

/* Does the message prove that it is from this user?  Looks at the digest only:
   the time comes before the cipher (RFC 3414 3.2). */
static bool
verify(struct engine *e, size_t credential, const void *message, size_t size,
    const struct snmp_message *m, struct opened *o, struct error *err)
{
	struct snmp_message clear = *m;
	struct ber ignored;

	engine_done(o);
	o->user = &e->credentials->items[credential];
	if ((m->flags & SNMP_AUTH) == 0)
		return true;
	clear.flags &= (uint8_t)~SNMP_PRIV;
	if (find_keys(e, credential, o, err) != 0 ||
	    usm_open(o->keys, message, size, &clear, &o->p, NULL, &ignored,
		err) != 0)
		return false;
	remember_keys(e, credential, o);
	return true;
}

/* What strangers write is not always text. */
#define QUOTED_MAX (4 * USM_NAME_MAX + 1)
static const char *
quote(char to[QUOTED_MAX], struct ber_bytes name)
{
	char *p = to;

	for (size_t i = 0; i < name.size && i < USM_NAME_MAX; i++)
		p += snprintf(p, 5,
		    name.data[i] > ' ' && name.data[i] < 0x7f ? "%c"
							      : "\\x%02x",
		    name.data[i]);
	*p = '\0';
	return to;
}

/* Users of one name may differ by password: each is tried. */
static enum outcome
identify(struct engine *e, const void *message, size_t size,
    const struct snmp_message *m, struct opened *o, struct error *err)
{
	const struct credentials *all = e->credentials;
	enum outcome why = UNKNOWN_USER;
	char user[QUOTED_MAX];

	for (size_t i = 0; i < all->n; i++) {
		if (!is_user(&all->items[i], &o->p))
			continue;
		if (all->items[i].flags != (m->flags & LEVEL)) {
			if (why == UNKNOWN_USER)
				why = WRONG_LEVEL;
			continue;
		}
		if (verify(e, i, message, size, m, o, err))
			return TAKEN;
		why = WRONG_DIGEST;
	}
	quote(user, o->p.user);
	if (why == UNKNOWN_USER)
		error_set(err, "user \"%s\" is unknown", user);
	else if (why == WRONG_LEVEL)
		error_set(err, "user \"%s\" has another security level", user);
	else
		error_prefix(err, "user \"%s\"", user);
	return why;
}

static bool
in_window(struct engine *e, const struct usm_parameters *p, int64_t mono_ns)
{
	struct usm_clock *clock;

	if (same(p->engine_id, own_id(e)))
		return usm_in_window(
		    e->boots, own_time(e, mono_ns), p->boots, p->time);
	if (!e->window)
		return true;
	clock = lru_find(e->clocks, p->engine_id.data, p->engine_id.size);
	if (clock == NULL)
		clock = lru_add(
		    e->clocks, p->engine_id.data, p->engine_id.size, NULL);
	return clock != NULL &&
	       usm_clock_receive(clock, p->boots, p->time, mono_ns);
}

/* What is left once the sender is known. */
static enum outcome
unpack(struct engine *e, const struct snmp_message *m, struct opened *o,
    struct error *err)
{
	struct snmp_message cipher = *m;
	bool encrypted = m->flags & SNMP_PRIV;
	struct ber in = m->data;

	cipher.flags &= (uint8_t)~SNMP_AUTH;
	if (encrypted &&
	    usm_open(o->keys, NULL, 0, &cipher, &o->p, e->plain, &in, err) != 0)
		return NOT_DECRYPTED;
	if (snmp_scope_decode(&in, &o->scope, err) != 0)
		return encrypted ? NOT_DECRYPTED : MALFORMED;
	return TAKEN;
}

enum outcome
engine_open(struct engine *e, const void *message, size_t size,
    const struct snmp_message *m, int64_t mono_ns, struct opened *ret,
    struct error *err)
{
	enum outcome why;

	*ret = (struct opened){ .user = NULL };
	if (usm_decode(m, &ret->p, err) != 0)
		return MALFORMED;
	/* Who wants an answer means us, or does not know us yet. */
	if ((m->flags & SNMP_REPORTABLE) != 0
		? !same(ret->p.engine_id, own_id(e))
		: !usm_engine_id_valid(ret->p.engine_id)) {
		error_set(err, "unknown engine id");
		return UNKNOWN_ENGINE;
	}
	why = identify(e, message, size, m, ret, err);
	if (why != TAKEN)
		return why;
	if ((m->flags & SNMP_AUTH) != 0 && !in_window(e, &ret->p, mono_ns)) {
		error_set(err, "not in the time window");
		return NOT_IN_WINDOW;
	}
	return unpack(e, m, ret, err);
}

/* ------------------------------------------------------------- answering -- */

static void
seal(struct engine *e, struct ber_writer *out, const struct snmp_message *m,
    uint8_t flags, struct opened *o, int64_t mono_ns)
{
	struct snmp_message answer = {
		.version = SNMP_V3,
		.flags = flags,
		.id = m->id,
		.max_size = MESSAGE_MAX,
		.security_model = SNMP_USM,
	};
	struct usm_parameters p = {
		.engine_id = own_id(e),
		.boots = e->boots,
		.time = own_time(e, mono_ns),
		.user = o->p.user,
	};
	uint8_t salt[USM_SALT];
	uint32_t boots = (uint32_t)e->boots;

	/* Once only: boots grow from start to start, the other half within. */
	e->salt++;
	memcpy(salt, &boots, sizeof(boots));
	memcpy(salt + sizeof(boots), &e->salt, sizeof(e->salt));
	p.salt = (struct ber_bytes){ salt, sizeof(salt) };
	if (usm_seal(out, (flags & SNMP_AUTH) != 0 ? o->keys : NULL, &answer,
		&p, NULL) != 0)
		out->failed = true;
}

void
engine_answer(struct engine *e, struct ber_writer *out,
    const struct snmp_message *m, struct opened *o, const struct snmp_pdu *pdu,
    int64_t mono_ns)
{
	snmp_pdu_encode(out, pdu, NULL, 0);
	snmp_scope_encode(out, o->scope.engine_id, o->scope.context);
	seal(e, out, m, m->flags & LEVEL, o, mono_ns);
}

/* usmStats, 1.3.6.1.6.3.15.1.1: the number below of each; 0: none. */
static uint8_t
statistic(enum outcome why)
{
	switch (why) {
	case WRONG_LEVEL:
		return 1;
	case NOT_IN_WINDOW:
		return 2;
	case UNKNOWN_USER:
		return 3;
	case UNKNOWN_ENGINE:
		return 4;
	case WRONG_DIGEST:
		return 5;
	case NOT_DECRYPTED:
		return 6;
	default:
		return 0;
	}
}

void
engine_report(struct engine *e, struct ber_writer *out,
    const struct snmp_message *m, struct opened *o, enum outcome why,
    uint64_t count, int64_t mono_ns)
{
	uint8_t name[] = { 0x2b, 6, 1, 6, 3, 15, 1, 1, statistic(why), 0 };
	struct snmp_varbind v = {
		.name = { name, sizeof(name) },
		.value = { .tag = BER_COUNTER32, .number = count & UINT32_MAX },
	};
	struct snmp_pdu pdu = { .type = SNMP_REPORT };
	uint8_t flags = 0;

	if (statistic(why) == 0 || (m->flags & SNMP_REPORTABLE) == 0)
		return;
	/* It sets the other's clock, so it must be signed: RFC 3414 3.2 7). */
	if (why == NOT_IN_WINDOW)
		flags = SNMP_AUTH;
	snmp_pdu_encode(out, &pdu, &v, 1);
	snmp_scope_encode(out, own_id(e), (struct ber_bytes){ NULL, 0 });
	seal(e, out, m, flags, o, mono_ns);
}
