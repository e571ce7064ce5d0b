/*
 * The exchange against an agent in this process, which does as it is told.
 * Time is turned by hand: it goes on when nobody has anything to say.
 */
#include "exchange.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "pace.h"
#include "unit.h"
#include "wheel.h"

#define MS NS_PER_MS

/* -------------------------------------------------------------- agents -- */

/* What the agent does with a datagram. */
enum act {
	END = 0, /* of a script: as the one before, for ever */
	ANSWER,
	SILENCE,
	LATE, /* answers it behind the answer to the next */
	TWICE,
	ELSEWHERE, /* answers from another port, and then not at all */
	NOISE,     /* bytes that are no SNMP */
	CUT,       /* an answer without its second half */
	BROKEN,    /* an answer whose error-status is a text */
	OTHER_ID,
	OTHER_VERSION,
	A_REQUEST, /* the question itself comes back */
	FORGED,    /* v3: a wrong digest */
	REPORTS,   /* v3: without a digest, that the user is not known */
	LIES,      /* v3: without a digest, that its engine is another one */
	RESTARTS,  /* answers after its boots and time have changed */
	REPLACED,  /* answers after it has another engine id */
};

struct fake {
	int fd, other_fd;
	union address address;
	enum act script[12];
	size_t at;
	int heard;
	/* v3 */
	struct usm_user user;
	const char *name;
	uint8_t level;
	uint8_t id[12];
	int32_t boots, time;
	struct usm_keys *keys;
	uint8_t held[1500];
	size_t held_size;
};

static int
open_socket(union address *ret)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	socklen_t size = sizeof(*ret);

	*ret = (union address){ .ipv4 = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(
					INADDR_LOOPBACK) } };
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, &ret->any, sizeof(ret->ipv4)), 0);
	assert_int_equal(getsockname(fd, &ret->any, &size), 0);
	return fd;
}

static struct ber_bytes
engine_id(const struct fake *f)
{
	return (struct ber_bytes){ f->id, sizeof(f->id) };
}

static void
identify(struct fake *f, uint8_t last)
{
	struct error err;

	memcpy(f->id,
	    "\x80\x00\x1f\x88\x04"
	    "engine",
	    11);
	f->id[11] = last;
	usm_keys_free(f->keys);
	f->keys = NULL;
	if (f->level & SNMP_AUTH &&
	    usm_keys_new(&f->keys, &f->user, engine_id(f), &err) != 0)
		fail_msg("%s", err.text);
}

static void
fake_open(struct fake *f, const enum act *script)
{
	union address ignored;

	memset(f, 0, sizeof(*f));
	f->fd = open_socket(&f->address);
	f->other_fd = open_socket(&ignored);
	memcpy(f->script, script, sizeof(f->script));
	f->boots = 7;
	f->time = 100000;
	f->name = "monitor";
	identify(f, 1);
}

static void
fake_close(struct fake *f)
{
	usm_keys_free(f->keys);
	close(f->fd);
	close(f->other_fd);
}

static void
put_response(struct ber_writer *out, const struct snmp_pdu *request)
{
	struct snmp_varbind to[8], v;
	struct ber in = request->varbinds;
	struct snmp_pdu pdu = {
		.type = SNMP_RESPONSE,
		.request_id = request->request_id,
	};
	size_t n = 0;

	while (n < COUNT(to) && snmp_varbind_next(&in, &v, NULL) == 1) {
		to[n].name = v.name;
		to[n].value.tag = BER_TIMETICKS;
		to[n++].value.number = 4242;
	}
	snmp_pdu_encode(out, &pdu, to, n);
}

static void
put_report(struct ber_writer *out, int32_t id, uint8_t what)
{
	uint8_t oid[] = { 43, 6, 1, 6, 3, 15, 1, 1, what, 0 };
	struct snmp_varbind v = {
		.name = { oid, sizeof(oid) },
		.value = { .tag = BER_COUNTER32, .number = 1 },
	};
	struct snmp_pdu pdu = { .type = SNMP_REPORT, .request_id = id };

	snmp_pdu_encode(out, &pdu, &v, 1);
}

static void
seal(struct fake *f, struct ber_writer *out, int32_t id, uint8_t flags,
    struct ber_bytes engine)
{
	struct snmp_message m = { .version = SNMP_V3,
		.flags = flags,
		.id = id,
		.max_size = 65507,
		.security_model = SNMP_USM };
	struct usm_parameters p = {
		.engine_id = engine,
		.boots = f->boots,
		.time = f->time,
		.user = { (const uint8_t *)f->name, strlen(f->name) },
		.salt = { (const uint8_t *)"saltsalt", 8 },
	};
	struct error err;

	snmp_scope_encode(out, engine, (struct ber_bytes){ 0 });
	if (usm_seal(out, f->keys, &m, &p, &err) != 0)
		fail_msg("%s", err.text);
}

static bool
is_known(const struct fake *f, struct ber_bytes name)
{
	return name.size == strlen(f->name) &&
	       memcmp(name.data, f->name, name.size) == 0;
}

/* The number of the report that RFC 3414 3.2 asks for; 0: none, *ret is
   opened. */
static uint8_t
check(struct fake *f, const uint8_t *bytes, size_t size,
    const struct snmp_message *m, const struct usm_parameters *p,
    uint8_t *plain, struct ber *ret)
{
	uint8_t level = m->flags & (SNMP_AUTH | SNMP_PRIV);

	*ret = m->data;
	if (p->engine_id.size != sizeof(f->id) ||
	    memcmp(p->engine_id.data, f->id, sizeof(f->id)) != 0)
		return 4;
	if (!is_known(f, p->user))
		return 3;
	if (level > f->level)
		return 1;
	if (usm_open(f->keys, bytes, size, m, p, plain, ret, NULL) != 0)
		return 5;
	if (level & SNMP_AUTH &&
	    !usm_in_window(f->boots, f->time, p->boots, p->time))
		return 2;
	return 0;
}

static void
answer_v3(struct fake *f, const uint8_t *bytes, size_t size,
    const struct snmp_message *m, enum act act, struct ber_writer *out)
{
	uint8_t plain[1500], level = m->flags & (SNMP_AUTH | SNMP_PRIV), what;
	struct usm_parameters p;
	struct snmp_scope scope;
	struct snmp_pdu pdu;
	struct error err;
	struct ber in;

	assert_int_equal(usm_decode(m, &p, &err), 0);
	what = check(f, bytes, size, m, &p, plain, &in);
	if (act == REPORTS || act == LIES)
		what = act == LIES ? 4 : 3;
	if (what == 0) {
		if (snmp_scope_decode(&in, &scope, &err) != 0 ||
		    snmp_pdu_decode(&scope.pdu, SNMP_V3, &pdu, &err) != 0)
			fail_msg("%s", err.text);
		put_response(out, &pdu);
		seal(f, out, m->id, level, engine_id(f));
	} else {
		put_report(out, 0, what);
		seal(f, out, m->id, what == 2 ? SNMP_AUTH : 0,
		    act == LIES
			? (struct ber_bytes){ (const uint8_t *)"a lying one",
			      11 }
			: engine_id(f));
	}
	if (act == FORGED)
		out->end[-1] ^= 1;
}

static void
answer_community(
    const struct snmp_message *m, enum act act, struct ber_writer *out)
{
	struct snmp_message reply = *m;
	struct ber in = m->data;
	struct snmp_pdu pdu;
	struct error err;

	if (snmp_pdu_decode(&in, m->version, &pdu, &err) != 0)
		fail_msg("%s", err.text);
	if (act == OTHER_ID)
		pdu.request_id ^= 1 << 20;
	if (act == OTHER_VERSION)
		reply.version = SNMP_V1;
	put_response(out, &pdu);
	snmp_message_encode(out, &reply);
}

static void
fake_send(struct fake *f, int fd, const void *bytes, size_t size,
    const union address *to)
{
	(void)f;
	assert_int_equal(
	    sendto(fd, bytes, size, 0, &to->any, sizeof(to->ipv4)), size);
}

/* Behind the head: version, community, request-id; error-status. */
static void
damage(struct ber_writer *out, enum act act, size_t *size)
{
	uint8_t *p = out->p;

	if (act == CUT)
		*size -= 20;
	if (act == BROKEN)
		p = memmem(p, *size, "\x02\x01\x00\x02\x01\x00", 6);
	if (act == BROKEN)
		*p = BER_OCTETS;
}

static void
reply(struct fake *f, enum act act, struct ber_writer *out,
    const union address *to)
{
	size_t size = ber_written(out), held = f->held_size;

	damage(out, act, &size);
	if (act == LATE) {
		memcpy(f->held, out->p, size);
		f->held_size = size;
		return;
	}
	fake_send(f, act == ELSEWHERE ? f->other_fd : f->fd, out->p, size, to);
	if (act == TWICE)
		fake_send(f, f->fd, out->p, size, to);
	f->held_size = 0;
	if (held > 0)
		fake_send(f, f->fd, f->held, held, to);
}

/* One datagram that has come. */
static void
fake_serve(struct fake *f)
{
	uint8_t bytes[1500], memory[2048];
	struct ber_writer out = ber_writer(memory, sizeof(memory));
	union address from;
	socklen_t length = sizeof(from);
	struct snmp_message m;
	struct error err;
	enum act act = f->script[f->at];
	ssize_t n;

	n = recvfrom(f->fd, bytes, sizeof(bytes), 0, &from.any, &length);
	assert_true(n > 0);
	f->heard++;
	if (f->script[f->at + 1] != END)
		f->at++;
	if (snmp_message_decode(bytes, (size_t)n, &m, &err) != 0)
		fail_msg("%s", err.text);
	if (act == RESTARTS) {
		f->boots++;
		f->time = 5;
	} else if (act == REPLACED) {
		identify(f, f->id[11] + 1);
	}
	if (act == SILENCE)
		return;
	if (act == NOISE)
		fake_send(f, f->fd, "nonsense", 8, &from);
	else if (act == A_REQUEST)
		fake_send(f, f->fd, bytes, (size_t)n, &from);
	else if (m.version == SNMP_V3)
		answer_v3(f, bytes, (size_t)n, &m, act, &out);
	else
		answer_community(&m, act, &out);
	if (ber_written(&out) > 0)
		reply(f, act, &out, &from);
}

/* ---------------------------------------------------------- the manager -- */

static struct credential credentials[3] = {
	{ .version = SNMP_V2C, .label = "v2c #1", .community = "public" },
};
static struct credentials all = { credentials, 1 };

static const uint8_t name[] = { 43, 6, 1, 2, 1, 1, 3, 0 };
static const struct ber_bytes names[] = { { name, sizeof(name) } };
static const struct question question = {
	.type = SNMP_GET,
	.names = names,
	.n = 1,
};

struct rig {
	struct exchange *e;
	struct fake fake;
	struct agent agent;
	int64_t now_ns, start_ns;
};

static void
rig_open(struct rig *r, const enum act *script)
{
	struct exchange_options o = {
		.credentials = &all,
		.timeout_ns = 1000 * MS,
		.timeout_min_ns = 100 * MS,
		.retries = 2,
		.window = 8,
	};
	struct error err;

	fake_open(&r->fake, script);
	if (exchange_open(&r->e, &o, &err) != 0)
		fail_msg("%s", err.text);
	r->agent = (struct agent){ .address = r->fake.address,
		.family = AF_INET };
	assert_int_equal(exchange_join(r->e, &r->agent), 0);
	r->now_ns = r->start_ns = clock_mono_ns();
}

static void
rig_close(struct rig *r)
{
	exchange_leave(r->e, &r->agent);
	exchange_close(r->e);
	fake_close(&r->fake);
}

/* Loopback delivers within the call of the sender but for rare delays: so time
   goes on only when nothing has come for a while. */
static void
go_on(struct rig *r)
{
	int64_t due_ns = exchange_due(r->e);
	struct pollfd fds[3] = { { .fd = r->fake.fd, .events = POLLIN } };
	int of_exchange[2];

	exchange_fds(r->e, of_exchange);
	fds[1] = (struct pollfd){ .fd = of_exchange[0], .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = of_exchange[1], .events = POLLIN };
	if (poll(fds, 3, due_ns > r->now_ns ? 30 : 0) > 0) {
		if (fds[0].revents != 0)
			fake_serve(&r->fake);
	} else if (due_ns > r->now_ns) {
		assert_true(due_ns != INT64_MAX);
		r->now_ns = due_ns;
	}
}

static void
wait_answer(struct rig *r, struct answer *ret)
{
	struct answer more;
	int i;

	r->start_ns = r->now_ns;
	for (i = 0; i < 1000; i++) {
		exchange_step(r->e, r->now_ns);
		if (exchange_answer(r->e, ret)) {
			assert_ptr_equal(ret->agent, &r->agent);
			assert_false(exchange_answer(r->e, &more));
			return;
		}
		go_on(r);
	}
	fail_msg("no answer");
}

/* What has been sent is read, and must be no answer. */
static void
expect_nothing(struct rig *r)
{
	struct answer a;
	int i;

	for (i = 0; i < 3; i++) {
		exchange_step(r->e, r->now_ns);
		assert_false(exchange_answer(r->e, &a));
		if (exchange_due(r->e) > r->now_ns + 500 * MS)
			(void)poll(NULL, 0, 1);
	}
	assert_int_equal(exchange_pending(r->e), 0);
}

static void
ask(struct rig *r, struct answer *ret)
{
	exchange_ask(r->e, &r->agent, &question, r->now_ns + 60000 * MS);
	assert_int_equal(exchange_pending(r->e), 1);
	wait_answer(r, ret);
	assert_int_equal(exchange_pending(r->e), 0);
}

static int64_t
took_ms(const struct rig *r)
{
	return (r->now_ns - r->start_ns) / MS;
}

static void
expect_answer(const struct answer *a)
{
	struct ber in = a->pdu.varbinds;
	struct snmp_varbind v;
	struct error err;

	if (a->outcome != ANSWERED)
		fail_msg("%s: %s", outcome_text(a->outcome), a->why.text);
	assert_string_equal(a->why.text, "");
	assert_int_equal(snmp_varbind_next(&in, &v, &err), 1);
	assert_int_equal(v.value.number, 4242);
	assert_memory_equal(v.name.data, name, sizeof(name));
	assert_true(a->time_ns > 0);
}

static void
user(struct credential *c, enum usm_auth auth, enum usm_priv priv)
{
	struct error err;

	*c = (struct credential){
		.version = SNMP_V3,
		.label = "user monitor",
		.user = "monitor",
		.context = "",
		.flags = (uint8_t)((auth != USM_NO_AUTH ? SNMP_AUTH : 0) |
				   (priv != USM_NO_PRIV ? SNMP_PRIV : 0)),
	};
	if (usm_user_init(
		&c->keys, auth, "authentication", priv, "privacy!", &err) != 0)
		fail_msg("%s", err.text);
}

/* The agent has a user of its own idea. */
static void
believe(struct fake *f, enum usm_auth auth, enum usm_priv priv)
{
	struct credential c;

	user(&c, auth, priv);
	f->user = c.keys;
	f->level = c.flags;
	identify(f, 1);
}

static void
use_v2c(void)
{
	credentials[0] = (struct credential){
		.version = SNMP_V2C, .label = "v2c #1", .community = "public"
	};
	all.n = 1;
}

/* ---------------------------------------------------------------- v2c -- */

#define SILENT "no answer (nor is there one to a wrong community)"

static void
test_community(void **unused)
{
	static const struct {
		enum act script[12];
		enum outcome outcome;
		const char *why;
		int heard, ms; /* virtual, within 3 */
		unsigned retried, timed_out, strange;
	} cases[] = {
		{ { ANSWER }, ANSWERED, "", 1, 0, 0, 0, 0 },
		{ { SILENCE, ANSWER }, ANSWERED, "", 2, 1000, 1, 0, 0 },
		{ { SILENCE }, TIMED_OUT, SILENT, 3, 3000, 2, 1, 0 },
		/* The first answer counts, also to the first try. */
		{ { LATE, ANSWER }, ANSWERED, "", 2, 1000, 1, 0, 1 },
		{ { TWICE }, ANSWERED, "", 1, 0, 0, 0, 1 },
		{ { ELSEWHERE, ANSWER }, ANSWERED, "", 2, 1000, 1, 0, 1 },
		{ { NOISE, ANSWER }, ANSWERED, "", 2, 1000, 1, 0, 1 },
		{ { OTHER_ID, ANSWER }, ANSWERED, "", 2, 1000, 1, 0, 1 },
		{ { OTHER_VERSION, ANSWER }, ANSWERED, "", 2, 1000, 1, 0, 1 },
		{ { A_REQUEST, ANSWER }, ANSWERED, "", 2, 1000, 1, 0, 1 },
		{ { CUT }, MALFORMED,
		    "byte 0: the message is longer than what holds it", 1, 0, 0,
		    0, 0 },
		{ { BROKEN }, MALFORMED,
		    "byte 20: error-status is not an INTEGER", 1, 0, 0, 0, 0 },
	};
	struct answer a;
	struct rig r;
	size_t i;

	(void)unused;
	use_v2c();
	for (i = 0; i < COUNT(cases); i++) {
		rig_open(&r, cases[i].script);
		ask(&r, &a);
		if (cases[i].outcome == ANSWERED)
			expect_answer(&a);
		assert_int_equal(a.outcome, cases[i].outcome);
		assert_string_equal(a.why.text, cases[i].why);
		assert_in_range(took_ms(&r), cases[i].ms, cases[i].ms + 6);
		expect_nothing(&r);
		assert_int_equal(r.fake.heard, cases[i].heard);
		assert_int_equal(r.agent.retried, cases[i].retried);
		assert_int_equal(r.agent.timed_out, cases[i].timed_out);
		assert_int_equal(r.agent.strange, cases[i].strange);
		rig_close(&r);
	}
}

/* More questions than there are generations: each has its own answer. */
static void
test_ids_come_round(void **unused)
{
	static const enum act script[12] = { ANSWER };
	struct answer a;
	struct rig r;
	int i;

	(void)unused;
	use_v2c();
	rig_open(&r, script);
	for (i = 0; i < 5000; i++) {
		ask(&r, &a);
		expect_answer(&a);
		r.now_ns += MS / 10;
	}
	assert_int_equal(r.fake.heard, 5000);
	assert_int_equal(r.agent.strange, 0);
	assert_int_equal(r.agent.retried, 0);
	rig_close(&r);
}

/* Who takes the place of one that left does not get its answer. */
static void
test_a_place_again(void **unused)
{
	static const enum act script[12] = { ANSWER };
	struct answer a;
	struct rig r;

	(void)unused;
	use_v2c();
	rig_open(&r, script);
	exchange_ask(r.e, &r.agent, &question, r.now_ns + 1000 * MS);
	exchange_step(r.e, r.now_ns);
	exchange_leave(r.e, &r.agent);
	assert_int_equal(exchange_pending(r.e), 0);
	assert_int_equal(exchange_join(r.e, &r.agent), 0);
	assert_int_equal(r.agent.slot, 0);
	exchange_ask(r.e, &r.agent, &question, r.now_ns + 1000 * MS);
	wait_answer(&r, &a);
	expect_answer(&a);
	assert_int_equal(r.fake.heard, 2);
	assert_int_equal(r.agent.strange, 1);
	/* Cancelled: its answer is none. */
	exchange_ask(r.e, &r.agent, &question, r.now_ns + 1000 * MS);
	exchange_step(r.e, r.now_ns);
	exchange_cancel(r.e, &r.agent);
	go_on(&r);
	expect_nothing(&r);
	assert_int_equal(r.agent.strange, 2);
	rig_close(&r);
}

/* A closed port is told at once, of all who ask there, and of them alone. */
static void
test_refused(void **unused)
{
	static const enum act script[12] = { SILENCE, ANSWER };
	struct agent closed[2] = { 0 };
	struct answer a;
	struct rig r;
	int i, told = 0, fd;

	(void)unused;
	use_v2c();
	rig_open(&r, script);
	fd = open_socket(&closed[0].address);
	close(fd);
	for (i = 0; i < 2; i++) {
		closed[i].address = closed[0].address;
		closed[i].family = AF_INET;
		assert_int_equal(exchange_join(r.e, &closed[i]), 0);
		exchange_ask(r.e, &closed[i], &question, r.now_ns + 9000 * MS);
	}
	exchange_ask(r.e, &r.agent, &question, r.now_ns + 9000 * MS);
	for (i = 0; i < 100 && told < 2; i++) {
		exchange_step(r.e, r.now_ns);
		while (exchange_answer(r.e, &a)) {
			assert_int_equal(a.outcome, REFUSED);
			assert_ptr_not_equal(a.agent, &r.agent);
			assert_non_null(strstr(a.why.text, "nobody listens"));
			told++;
		}
		go_on(&r);
	}
	assert_int_equal(told, 2);
	assert_in_range(took_ms(&r), 0, 900);
	wait_answer(&r, &a);
	expect_answer(&a);
	for (i = 0; i < 2; i++)
		exchange_leave(r.e, &closed[i]);
	rig_close(&r);
}

/* What cannot be sent says why; and the limit holds whatever happens. */
static void
test_not_sent(void **unused)
{
	static const enum act script[12] = { SILENCE };
	struct ber_bytes *many = calloc(9000, sizeof(*many));
	struct question big = { .type = SNMP_GET, .names = many, .n = 9000 };
	struct answer a;
	struct rig r;
	size_t i;

	(void)unused;
	use_v2c();
	rig_open(&r, script);
	for (i = 0; i < big.n; i++)
		many[i] = names[0];
	exchange_ask(r.e, &r.agent, &big, r.now_ns + 1000 * MS);
	wait_answer(&r, &a);
	assert_int_equal(a.outcome, NOT_SENT);
	assert_int_equal(a.error, EMSGSIZE);
	assert_true(a.large);
	assert_string_equal(a.why.text, "Message too long");
	all.n = 0;
	ask(&r, &a);
	assert_int_equal(a.outcome, NOT_SENT);
	assert_string_equal(a.why.text, "no credentials");
	assert_false(a.large);
	exchange_find(r.e, &r.agent, 1, r.now_ns + 1000 * MS);
	wait_answer(&r, &a);
	assert_int_equal(a.outcome, NOT_SENT);
	all.n = 1;
	r.agent.family = 0;
	ask(&r, &a);
	assert_string_equal(a.why.text, "no address");
	r.agent.family = AF_INET;
	exchange_ask(r.e, &r.agent, &question, r.now_ns + 1500 * MS);
	wait_answer(&r, &a);
	assert_int_equal(a.outcome, TIMED_OUT);
	assert_in_range(took_ms(&r), 1500, 1503);
	rig_close(&r);
	free(many);
}

/* The dead count for their grace only. */
static void
test_window(void **unused)
{
	static const enum act script[12] = { ANSWER };
	struct agent dead[8] = { 0 };
	struct answer a;
	struct rig r;
	int i, fd;

	(void)unused;
	use_v2c();
	rig_open(&r, script);
	fd = open_socket(&dead[0].address);
	for (i = 0; i < 8; i++) {
		dead[i].address = dead[0].address;
		dead[i].family = AF_INET;
		assert_int_equal(exchange_join(r.e, &dead[i]), 0);
		exchange_ask(r.e, &dead[i], &question, r.now_ns + 9000 * MS);
	}
	exchange_ask(r.e, &r.agent, &question, r.now_ns + 9000 * MS);
	wait_answer(&r, &a);
	expect_answer(&a);
	assert_in_range(took_ms(&r), 50, 53);
	assert_int_equal(exchange_pending(r.e), 8);
	exchange_close(r.e); /* with questions under way */
	fake_close(&r.fake);
	close(fd);
}

/* How many datagrams have come. */
static int
hear(int fd)
{
	uint8_t bytes[1500];
	int n = 0;

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		n++;
	return n;
}

/* With a rate, tries and all: what is later than it may be is not hurried. */
static void
test_rate(void **unused)
{
	struct exchange_options o = { .credentials = &all,
		.timeout_ns = 100 * MS,
		.timeout_min_ns = 100 * MS,
		.retries = 1,
		.window = 100,
		.rate = 100 };
	struct agent dead[30] = { 0 };
	int64_t now_ns = clock_mono_ns(), end_ns = now_ns + 200 * MS;
	struct exchange *e;
	struct answer a;
	struct error err;
	int i, fd;

	(void)unused;
	use_v2c();
	assert_int_equal(exchange_open(&e, &o, &err), 0);
	fd = open_socket(&dead[0].address);
	for (i = 0; i < 30; i++) {
		dead[i].address = dead[0].address;
		dead[i].family = AF_INET;
		assert_int_equal(exchange_join(e, &dead[i]), 0);
		exchange_ask(e, &dead[i], &question, now_ns + 9000 * MS);
	}
	assert_false(exchange_has_room(e));
	exchange_step(e, now_ns);
	assert_int_equal(hear(fd), 3);
	for (i = 0; now_ns < end_ns; i += hear(fd)) {
		assert_false(exchange_answer(e, &a));
		now_ns = exchange_due(e);
		exchange_step(e, now_ns);
	}
	assert_in_range(i, 3 + 20 - 4, 3 + 20);
	/* All of them twice, at the same pace. */
	for (; exchange_pending(e) > 0; i += hear(fd)) {
		while (exchange_answer(e, &a))
			assert_int_equal(a.outcome, TIMED_OUT);
		if (exchange_pending(e) > 0)
			now_ns = exchange_due(e) > now_ns ? exchange_due(e)
							  : now_ns;
		exchange_step(e, now_ns);
	}
	assert_int_equal(i, 60 - 3);
	assert_true(now_ns >= end_ns + (60 - 23) * 10 * MS);
	assert_true(exchange_has_room(e));
	exchange_close(e);
	close(fd);
}

/* ----------------------------------------------------------- v3 and find -- */

static void
test_users(void **unused)
{
	static const struct {
		enum usm_auth auth;
		enum usm_priv priv;
	} cases[] = {
		{ USM_NO_AUTH, USM_NO_PRIV },
		{ USM_MD5, USM_NO_PRIV },
		{ USM_SHA1, USM_AES128 },
		{ USM_MD5, USM_DES },
		{ USM_SHA512, USM_AES256 },
	};
	static const enum act script[12] = { ANSWER };
	struct answer a;
	struct rig r;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		user(&credentials[0], cases[i].auth, cases[i].priv);
		all.n = 1;
		rig_open(&r, script);
		believe(&r.fake, cases[i].auth, cases[i].priv);
		ask(&r, &a);
		expect_answer(&a);
		assert_int_equal(r.fake.heard, 2); /* who it is, first */
		ask(&r, &a);
		expect_answer(&a);
		assert_int_equal(r.fake.heard, 3);
		assert_int_equal(r.agent.version, SNMP_V3);
		assert_int_equal(r.agent.retried, 0);
		rig_close(&r);
	}
}

/* After a first question that went well; RFC 3414's reports and worse. */
static void
test_reports(void **unused)
{
	static const struct {
		enum act script[12]; /* from the third datagram on */
		enum outcome outcome;
		const char *why;
		int heard;
		unsigned strange;
	} cases[] = {
		{ { RESTARTS, ANSWER }, ANSWERED, "", 2, 0 },
		{ { REPLACED, ANSWER }, ANSWERED, "", 2, 0 },
		{ { SILENCE, ANSWER }, ANSWERED, "", 2, 0 },
		{ { CUT }, MALFORMED,
		    "byte 0: the message is longer than what holds it", 1, 0 },
		{ { REPORTS }, UNKNOWN_USER,
		    "user monitor: the agent reports usmStatsUnknownUserNames",
		    1, 0 },
		{ { FORGED, ANSWER }, ANSWERED, "", 2, 1 },
		{ { FORGED, SILENCE }, TIMED_OUT,
		    "an answer with a wrong digest", 3, 1 },
		/* Who lies once makes us ask once more. */
		{ { LIES, ANSWER }, ANSWERED, "", 3, 0 },
		/* Who lies on and on makes one question fail. */
		{ { LIES, LIES, LIES, ANSWER }, REPORTED,
		    "user monitor: the agent reports usmStatsUnknownEngineIDs",
		    2, 0 },
	};
	static const enum act begin[12] = { ANSWER };
	struct engine *before;
	struct answer a;
	struct rig r;
	size_t i;

	(void)unused;
	user(&credentials[0], USM_SHA1, USM_AES128);
	all.n = 1;
	for (i = 0; i < COUNT(cases); i++) {
		rig_open(&r, begin);
		believe(&r.fake, USM_SHA1, USM_AES128);
		ask(&r, &a);
		expect_answer(&a);
		before = r.agent.engine;
		memcpy(r.fake.script, cases[i].script, sizeof(begin));
		r.fake.at = 0;
		r.fake.heard = 0;
		ask(&r, &a);
		if (a.outcome != cases[i].outcome)
			fail_msg("%zu: %s: %s", i, outcome_text(a.outcome),
			    a.why.text);
		assert_string_equal(a.why.text, cases[i].why);
		assert_int_equal(r.fake.heard, cases[i].heard);
		assert_int_equal(r.agent.strange, cases[i].strange);
		/* What was not proven is forgotten. */
		if (cases[i].script[0] != REPLACED)
			assert_ptr_equal(r.agent.engine, before);
		memcpy(r.fake.script, begin, sizeof(begin));
		r.fake.at = 0;
		r.fake.heard = 0;
		ask(&r, &a);
		expect_answer(&a);
		assert_int_equal(r.fake.heard, 1);
		rig_close(&r);
	}
}

/* The agent's clock is behind what we know, or far ahead. */
static void
test_clock(void **unused)
{
	static const struct {
		int32_t boots, time;
		int heard;
	} cases[] = {
		{ 7, 100000, 1 },
		{ 7, 100149, 1 },
		{ 7, 100200, 2 },
		{ 7, 99000, 2 },
		{ 8, 0, 2 },
		{ 1, 50, 2 },
	};
	static const enum act script[12] = { ANSWER };
	struct answer a;
	struct rig r;
	size_t i;

	(void)unused;
	user(&credentials[0], USM_SHA1, USM_NO_PRIV);
	all.n = 1;
	for (i = 0; i < COUNT(cases); i++) {
		rig_open(&r, script);
		believe(&r.fake, USM_SHA1, USM_NO_PRIV);
		ask(&r, &a);
		r.fake.boots = cases[i].boots;
		r.fake.time = cases[i].time;
		r.fake.heard = 0;
		ask(&r, &a);
		expect_answer(&a);
		assert_int_equal(r.fake.heard, cases[i].heard);
		rig_close(&r);
	}
	/* Latched boots: no message is in the window (RFC 3414 2.2.2). */
	rig_open(&r, script);
	believe(&r.fake, USM_SHA1, USM_NO_PRIV);
	r.fake.boots = INT32_MAX;
	ask(&r, &a);
	assert_int_equal(a.outcome, NOT_IN_WINDOW);
	assert_false(r.agent.known);
	rig_close(&r);
}

/* What is wrong with a user, as the agent says it. */
static void
test_wrong_users(void **unused)
{
	static const struct {
		enum usm_auth auth;
		enum usm_priv priv;
		const char *name;
		enum outcome outcome;
	} cases[] = {
		{ USM_SHA1, USM_AES128, "somebody", UNKNOWN_USER },
		{ USM_SHA1, USM_NO_PRIV, "monitor", WRONG_LEVEL },
		{ USM_MD5, USM_AES128, "monitor", WRONG_DIGEST },
	};
	static const enum act script[12] = { ANSWER };
	struct answer a;
	struct rig r;
	size_t i;

	(void)unused;
	user(&credentials[0], USM_SHA1, USM_AES128);
	all.n = 1;
	for (i = 0; i < COUNT(cases); i++) {
		rig_open(&r, script);
		believe(&r.fake, cases[i].auth, cases[i].priv);
		r.fake.name = cases[i].name;
		ask(&r, &a);
		assert_int_equal(a.outcome, cases[i].outcome);
		assert_int_equal(r.fake.heard, 2);
		rig_close(&r);
	}
}

static void
test_find(void **unused)
{
	static const enum act quiet[12] = { SILENCE };
	static const enum act third[12] = { SILENCE, SILENCE, ANSWER };
	static const enum act talks[12] = { ANSWER };
	struct answer a;
	struct rig r;

	(void)unused;
	use_v2c();
	credentials[1] = credentials[2] = credentials[0];
	credentials[1].version = SNMP_V1;
	credentials[1].label = "v1 #2";
	all.n = 3;
	rig_open(&r, third);
	r.agent.credential = 2; /* so 2, 0, 1 */
	exchange_find(r.e, &r.agent, 1, r.now_ns + 60000 * MS);
	wait_answer(&r, &a);
	expect_answer(&a);
	assert_int_equal(r.agent.credential, 1);
	assert_int_equal(r.agent.version, SNMP_V1);
	assert_true(r.agent.known);
	assert_in_range(took_ms(&r), 2000, 2006);
	rig_close(&r);

	rig_open(&r, quiet);
	r.agent.credential = 1;
	exchange_find(r.e, &r.agent, 2, r.now_ns + 60000 * MS);
	wait_answer(&r, &a);
	assert_int_equal(a.outcome, TIMED_OUT);
	assert_string_equal(a.why.text, SILENT ", with 3 credentials");
	assert_int_equal(r.fake.heard, 6);
	assert_int_equal(r.agent.credential, 1);
	assert_false(r.agent.known);
	rig_close(&r);

	/* A user who is not known is worth more than silence. */
	user(&credentials[1], USM_SHA1, USM_NO_PRIV);
	all.n = 2;
	rig_open(&r, talks);
	r.fake.name = "somebody";
	memcpy(r.fake.script, third, sizeof(third));
	exchange_find(r.e, &r.agent, 2, r.now_ns + 60000 * MS);
	wait_answer(&r, &a);
	assert_int_equal(a.outcome, UNKNOWN_USER);
	assert_string_equal(a.why.text, "user monitor: unknown user");
	rig_close(&r);

	/* Who was replaced is asked who it is. */
	credentials[0] = credentials[1];
	all.n = 1;
	rig_open(&r, talks);
	believe(&r.fake, USM_SHA1, USM_NO_PRIV);
	ask(&r, &a);
	expect_answer(&a);
	identify(&r.fake, 9);
	exchange_find(r.e, &r.agent, 1, r.now_ns + 60000 * MS);
	wait_answer(&r, &a);
	expect_answer(&a);
	assert_int_equal(r.fake.heard, 4);
	rig_close(&r);
	use_v2c();
}

/* ------------------------------------------------------ pace and wheel -- */

/* RFC 6298 2: 100 ms at first, then nearer and farther. */
static void
test_pace(void **unused)
{
	static const struct {
		int64_t rtt_ms, srtt_us, rttvar_us, timeout_ms[3], grace_ms;
	} cases[] = {
		{ 0, 0, 0, { 5000, 5000, 5000 }, 50 },
		{ 100, 100000, 50000, { 300, 600, 1200 }, 50 },
		{ 100, 100000, 37500, { 250, 500, 1000 }, 50 },
		{ 20, 90000, 48125, { 282, 565, 1130 }, 50 },
		{ 2000, 328750, 513593, { 2383, 4766, 5000 }, 50 },
	};
	struct exchange_options o = { .timeout_ns = 5000 * MS,
		.timeout_min_ns = 100 * MS };
	struct agent a = { 0 };
	size_t i;
	int k;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		if (cases[i].rtt_ms > 0)
			pace_learn(&a, cases[i].rtt_ms * MS);
		assert_int_equal(a.srtt_ns / 1000, cases[i].srtt_us);
		assert_int_equal(a.rttvar_ns / 1000, cases[i].rttvar_us);
		for (k = 0; k < 3; k++)
			assert_int_equal(pace_timeout(&o, &a, k, false) / MS,
			    cases[i].timeout_ms[k]);
		assert_int_equal(pace_timeout(&o, &a, 0, true), o.timeout_ns);
		assert_int_equal(pace_grace(&a) / MS, cases[i].grace_ms);
	}
	a = (struct agent){ 0 };
	pace_learn(&a, 0);
	assert_int_equal(a.srtt_ns, 1);
	assert_int_equal(pace_timeout(&o, &a, 0, false), o.timeout_min_ns);
	assert_int_equal(pace_grace(&a), 5 * MS);
}

/* Timers of all lengths, set and unset at random: each runs out once, not
   before its time and at most a tick (1.05 ms) after it. */
static void
test_wheel(void **unused)
{
	static struct timer timers[500];
	static struct wheel w;
	int64_t now_ns = 123456789012345, due_ns;
	unsigned seed = 7, i, round;
	size_t popped = 0;
	struct timer *t;

	(void)unused;
	wheel_init(&w, now_ns);
	assert_true(wheel_due(&w) == INT64_MAX);
	for (round = 0; round < 20000; round++) {
		t = &timers[(unsigned)rand_r(&seed) % COUNT(timers)];
		if (rand_r(&seed) % 4 == 0)
			wheel_unset(&w, t);
		else
			wheel_set(&w, t,
			    now_ns + rand_r(&seed) % 10000 *
					 (rand_r(&seed) % 3 ? MS / 10 : MS));
		due_ns = wheel_due(&w);
		if (round % 2 || due_ns == INT64_MAX)
			continue;
		now_ns = due_ns > now_ns ? due_ns : now_ns;
		while ((t = wheel_pop(&w, now_ns)) != NULL) {
			assert_null(t->link);
			assert_true(t->due_ns <= now_ns);
			assert_true(now_ns - t->due_ns <= 2 << 20);
			popped++;
		}
		for (i = 0; i < COUNT(timers); i++)
			if (timers[i].link != NULL)
				assert_true(
				    timers[i].due_ns > now_ns - (1 << 20));
	}
	assert_true(popped > 1000);
	for (i = 0; i < COUNT(timers); i++)
		wheel_unset(&w, &timers[i]);
	assert_int_equal(w.n, 0);
	assert_true(wheel_due(&w) == INT64_MAX);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_wheel),
		cmocka_unit_test(test_community),
		cmocka_unit_test(test_ids_come_round),
		cmocka_unit_test(test_a_place_again),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_not_sent),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_wrong_users),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
