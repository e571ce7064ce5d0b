/* The trap listener by its sockets: what it makes of messages, what it answers,
   and what it counts. */
#include "fake_host.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "hex.h"
#include "own_net.h"
#include "snmp.h"
#include "usm.h"

extern const struct farm_entry farm_module;

#define NODE "127.0.0.1"
#define PHRASE "authpass123"

/* Of net-snmp 5.9.3: snmptrap -v2c, -v1, snmpinform. */
static const char link_down[] =
    "306402010104046661726da759020424aed1e8020100020100304b300e06082b0601"
    "0201010300430210683017060a2b06010603010104010006092b0601060301010503"
    "300f060a2b060102010202010107020107300f060a2b060102010202010807020102";
static const char specific[] =
    "303702010004046661726da42c06072b06010401ce0f40040a000009020106020111"
    "430210683011300f06082b06010401ce0f010403686f74";
static const char inform[] =
    "306402010104046661726da6590204282073a5020100020100304b300e06082b0601"
    "0201010300430210683017060a2b06010603010104010006092b0601060301010503"
    "300f060a2b060102010202010107020107300f060a2b060102010202010807020102";

/* A listener on loopback, and somebody who sends to it. */
struct stand {
	struct fake_host *fake;
	int fd;
	int tcp_fd;
	int sender;
};

static int
bound(int type, struct sockaddr_in *ret)
{
	socklen_t size = sizeof(*ret);
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);

	*ret = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(bind(fd, (struct sockaddr *)ret, size), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)ret, &size), 0);
	return fd;
}

static int
connected(int type, int to_fd)
{
	struct sockaddr_in to;
	socklen_t size = sizeof(to);
	int fd = socket(AF_INET, type, 0);

	assert_int_equal(getsockname(to_fd, (struct sockaddr *)&to, &size), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, size), 0);
	return fd;
}

static struct stand
stand_make(void)
{
	struct stand s = { .fake = fake_new(&farm_module) };
	struct sockaddr_in ignored;

	s.fd = bound(SOCK_DGRAM, &ignored);
	s.tcp_fd = bound(SOCK_STREAM, &ignored);
	s.sender = connected(SOCK_DGRAM, s.fd);
	fake_socket(s.fake, "listen", s.fd);
	fake_socket(s.fake, "listen_tcp", s.tcp_fd);
	fake_options(s.fake, "own_node", "here", "standard_names", "no",
	    "engine_id", "0x8000000001", "credentials",
	    "[{community: farm}, {user: ops, auth: sha1, auth_password: " PHRASE
	    ", priv: aes128, priv_password: " PHRASE
	    "}, {user: bound, auth: sha1, auth_password: " PHRASE
	    ", engine_id: '0x80000000aa01'}]",
	    NULL);
	return s;
}

static struct stand
stand_open(void)
{
	struct stand s = stand_make();

	assert_int_equal(fake_open(s.fake), 0);
	return s;
}

static void
stand_end(struct stand *s)
{
	fake_free(s->fake);
	close(s->sender);
	close(s->fd);
	close(s->tcp_fd);
}

/* The state begins with the two addresses, whose places are the cookies. */
static int
ready(struct stand *s, int fd, void *cookie)
{
	return farm_module.descriptor->listen(
	    &s->fake->host, fake_state(s->fake), fd, EPOLLIN, cookie);
}

static void
await(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&poll_fd, 1, 30000), 1);
}

static int
send_bytes(struct stand *s, const void *bytes, size_t size)
{
	assert_int_equal(send(s->sender, bytes, size, 0), size);
	await(s->fd);
	return ready(s, s->fd, fake_state(s->fake));
}

static int
send_hex(struct stand *s, const char *hex)
{
	size_t size;
	uint8_t *bytes = hex_bytes(hex, &size);
	int rc = send_bytes(s, bytes, size);

	free(bytes);
	return rc;
}

static double
own(struct stand *s, const char *parameter)
{
	assert_int_equal(fake_tick(s->fake), 0);
	if (!fake_has(s->fake, "here", parameter))
		return 0;
	return fake_value(s->fake, "here", parameter);
}

/* ------------------------------------------------------------------- traps --
 */

static void
test_an_event(void **unused)
{
	struct stand s = stand_open();
	const struct fake_record *r;

	(void)unused;
	assert_int_equal(send_hex(&s, link_down), 0);
	assert_int_equal(s.fake->n_records, 1);
	r = &s.fake->records[0];
	assert_int_equal(r->type, FARM_EVENT);
	assert_string_equal(r->payload,
	    "{\"event\":\"trap\",\"text\":\"1.3.6.1.6.3.1.1.5.3 from " NODE
	    "\",\"cluster\":\"Traps\",\"node\":\"" NODE
	    "\",\"parameter\":\"trap_1.3.6.1.6.3.1.1.5.3\","
	    "\"trap\":\"1.3.6.1.6.3.1.1.5.3\",\"oid\":\"1.3.6.1.6.3.1.1.5.3\","
	    "\"source\":\"" NODE "\",\"version\":\"2c\",\"inform\":false,"
	    "\"uptime\":42.00,\"varbinds\":["
	    "{\"oid\":\"1.3.6.1.2.1.2.2.1.1.7\","
	    "\"name\":\"1.3.6.1.2.1.2.2.1.1.7\",\"type\":\"integer\","
	    "\"value\":7},"
	    "{\"oid\":\"1.3.6.1.2.1.2.2.1.8.7\","
	    "\"name\":\"1.3.6.1.2.1.2.2.1.8.7\",\"type\":\"integer\","
	    "\"value\":2}]}");
	assert_true(own(&s, "traps_taken") == 1);
	assert_true(fake_value(s.fake, NODE, "trap_1.3.6.1.6.3.1.1.5.3") == 1);
	stand_end(&s);
}

/* Names of a catalogue, a rule's values, a name for the address. */
static void
test_names_and_values(void **unused)
{
	static const char path[] = "test_snmptrap.objects";
	struct stand s = stand_make();
	FILE *f = fopen(path, "w");

	(void)unused;
	fputs("IF-MIB::linkDown\t1.3.6.1.6.3.1.1.5.3\tnotification\n"
	      "IF-MIB::ifIndex\t1.3.6.1.2.1.2.2.1.1\tinteger\n"
	      "IF-MIB::ifOperStatus\t1.3.6.1.2.1.2.2.1.8\tinteger\t-\t"
	      "enum=1:up,2:down\n",
	    f);
	fclose(f);
	fake_options(s.fake, "catalogues", "[test_snmptrap.objects]", "names",
	    "{127.0.0.0/8: switch}", "traps",
	    "{linkDown: {values: {'oper_{index}': ifOperStatus, "
	    "'n_{index}{index}': ifIndex, alarm: '=1', word: '=bad'}}}",
	    NULL);
	assert_int_equal(fake_open(s.fake), 0);
	unlink(path);
	assert_int_equal(send_hex(&s, link_down), 0);
	assert_string_equal(fake_text(s.fake, "switch", "oper_7"), "down");
	assert_true(fake_value(s.fake, "switch", "n_77") == 7);
	assert_true(fake_value(s.fake, "switch", "alarm") == 1);
	assert_string_equal(fake_text(s.fake, "switch", "word"), "bad");
	assert_non_null(strstr(s.fake->records[0].payload,
	    "\"name\":\"ifOperStatus.7\",\"type\":\"integer\",\"value\":"
	    "\"down\""));
	assert_int_equal(fake_tick(s.fake), 0);
	assert_true(fake_value(s.fake, "switch", "trap_linkDown") == 1);
	stand_end(&s);
}

/* Whom a forwarder speaks for; anybody else speaks for himself. */
static void
test_forwarders(void **unused)
{
	static const struct {
		const char *forwarders;
		const char *node;
	} cases[] = { { "[127.0.0.1]", "10.0.0.9" }, { "[10.0.0.0/8]", NODE } };

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stand s = stand_make();

		fake_options(s.fake, "forwarders", cases[i].forwarders, NULL);
		assert_int_equal(fake_open(s.fake), 0);
		assert_int_equal(send_hex(&s, specific), 0);
		assert_int_equal(fake_tick(s.fake), 0);
		assert_true(fake_value(s.fake, cases[i].node,
				"trap_1.3.6.1.4.1.9999.0.17") == 1);
		stand_end(&s);
	}
}

static void
test_ignored(void **unused)
{
	struct stand s = stand_make();

	(void)unused;
	fake_options(s.fake, "traps",
	    "{1.3.6.1.6.3.1.1.5: {name: generic, ignore: yes}}", NULL);
	assert_int_equal(fake_open(s.fake), 0);
	assert_int_equal(send_hex(&s, link_down), 0);
	assert_int_equal(s.fake->n_records, 0);
	assert_int_equal(fake_tick(s.fake), 0);
	assert_true(fake_value(s.fake, NODE, "trap_generic") == 1);
	stand_end(&s);
}

/* --------------------------------------------------------------- refusals --
 */

static void
test_refused(void **unused)
{
	static const struct {
		const char *hex;
		const char *counter;
		const char *why;
	} cases[] = {
		{ "3003616263", "traps_malformed",
		    NODE ": byte 2: version is not an INTEGER" },
		{ "302502010104046661726ea71a020101020100020100300f300d06082b06"
		  "010201010300430100",
		    "traps_wrong_community", NODE ": wrong community" },
		{ "302502010104046661726da01a020101020100020100300f300d06082b06"
		  "010201010300430100",
		    "traps_other_pdu", NODE ": a Get is no trap" },
		{ "302502010104046661726da71a020101020100020100300f300d06082b06"
		  "010201010300430100",
		    "traps_malformed",
		    NODE ": none of the first two varbinds is snmpTrapOID.0" },
	};
	struct stand s = stand_open();

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		fake_clear(s.fake);
		assert_int_equal(send_hex(&s, cases[i].hex), 0);
		assert_int_equal(s.fake->n_records, 0);
		assert_true(own(&s, cases[i].counter) > 0);
		assert_string_equal(
		    fake_text(s.fake, "here", "traps_last_refused"),
		    cases[i].why);
	}
	assert_true(own(&s, "traps_taken") == 0);
	stand_end(&s);
}

static void
test_not_allowed(void **unused)
{
	struct stand s = stand_make();

	(void)unused;
	fake_options(s.fake, "allow", "[10.0.0.0/8]", NULL);
	assert_int_equal(fake_open(s.fake), 0);
	assert_int_equal(send_hex(&s, link_down), 0);
	assert_true(own(&s, "traps_not_allowed") == 1);
	stand_end(&s);
}

/* Neither an attacker's nor a device's own flood gets further. */
static void
test_storm(void **unused)
{
	struct stand s = stand_make();
	char hex[sizeof(link_down)];

	(void)unused;
	fake_options(s.fake, "rate", "1", "burst", "5", NULL);
	assert_int_equal(fake_open(s.fake), 0);
	for (int i = 0; i < 20; i++) {
		memcpy(hex, link_down, sizeof(hex));
		hex[33] = "0123456789abcdef"[i % 16];
		hex[35] = i < 16 ? '0' : '1';
		assert_int_equal(send_hex(&s, hex), 0);
	}
	assert_true(own(&s, "traps_taken") < 8);
	assert_true(own(&s, "traps_taken") + own(&s, "traps_storm") == 20);
	assert_true(fake_value(s.fake, NODE, "traps_dropped") ==
		    own(&s, "traps_storm"));
	assert_string_equal(s.fake->logs[s.fake->n_logs - 1].text,
	    NODE " sends more than 1 traps a second: the rest is dropped and "
		 "counted");
	stand_end(&s);
}

static void
test_open_fails(void **unused)
{
	static const struct {
		const char *option;
		const char *value;
		const char *want;
	} cases[] = {
		{ "credentials", "[]",
		    "neither credentials nor any_community: nothing would be "
		    "accepted" },
		{ "allow", "[10.0.0.1/40]",
		    "allow[0]: \"10.0.0.1/40\" is no address or network such "
		    "as "
		    "10.1.2.3, 10.1.0.0/16 or 2001:db8::/32" },
		{ "names", "{x: y}",
		    "names[0]: \"x\" is no address or network such as "
		    "10.1.2.3, "
		    "10.1.0.0/16 or 2001:db8::/32" },
		{ "engine_id", "80",
		    "engine_id: \"80\" is not 5 to 32 bytes in hexadecimal "
		    "digits" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stand s = stand_make();

		fake_options(s.fake, cases[i].option, cases[i].value, NULL);
		assert_int_equal(fake_check(s.fake), -1);
		assert_string_equal(fake_failure(s.fake), cases[i].want);
		assert_int_equal(fake_open(s.fake), -1);
		assert_string_equal(fake_failure(s.fake), cases[i].want);
		stand_end(&s);
	}
}

/* ----------------------------------------------------------------- informs --
 */

/* The answer is the same but for its type. */
static void
test_inform(void **unused)
{
	struct stand s = stand_open();
	uint8_t answer[1500], *want;
	size_t size;

	(void)unused;
	want = hex_bytes(inform, &size);
	want[11] = SNMP_RESPONSE;
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(send_hex(&s, inform), 0);
		await(s.sender);
		assert_int_equal(
		    recv(s.sender, answer, sizeof(answer), 0), size);
		assert_memory_equal(answer, want, size);
		assert_int_equal(s.fake->n_records, 1);
		assert_true(own(&s, "informs_acknowledged") == i);
		assert_true(own(&s, "traps_duplicate") == i - 1);
	}
	free(want);
	stand_end(&s);
}

/* Somebody who speaks v3. */
struct speaker {
	const char *user;
	const char *engine; /* hexadecimal */
	uint8_t flags;
	int32_t boots;
	int32_t time;
	const char *auth_phrase;
	const char *priv_phrase;
	uint8_t type;
};

static const uint8_t up_time[] = { 0x2b, 6, 1, 2, 1, 1, 3, 0 };
static const uint8_t trap_oid[] = { 0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
static const uint8_t cold_start[] = { 0x2b, 6, 1, 6, 3, 1, 1, 5, 1 };

static void
speak(struct stand *s, const struct speaker *p, int32_t id)
{
	static const uint8_t salt[USM_SALT] = { 1 };
	struct snmp_varbind v[2] = {
		{ .name = { up_time, sizeof(up_time) },
		    .value = { .tag = BER_TIMETICKS, .number = 100 } },
		{ .name = { trap_oid, sizeof(trap_oid) },
		    .value = { .tag = BER_OID,
			.bytes = { cold_start, sizeof(cold_start) } } },
	};
	struct snmp_pdu pdu = { .type = p->type, .request_id = id };
	struct snmp_message m = { .version = SNMP_V3,
		.flags = p->flags,
		.id = id,
		.max_size = 65507,
		.security_model = SNMP_USM };
	struct usm_parameters u = { .boots = p->boots,
		.time = p->time,
		.user = { (const uint8_t *)p->user, strlen(p->user) },
		.salt = { salt, sizeof(salt) } };
	struct usm_keys *keys = NULL;
	struct usm_user user;
	struct ber_writer out;
	uint8_t memory[1500];
	struct error err;
	uint8_t *engine = hex_bytes(p->engine, &u.engine_id.size);

	u.engine_id.data = engine;
	assert_int_equal(usm_user_init(&user, USM_SHA1, p->auth_phrase,
			     USM_AES128, p->priv_phrase, &err),
	    0);
	if (u.engine_id.size > 0)
		assert_int_equal(
		    usm_keys_new(&keys, &user, u.engine_id, &err), 0);
	out = ber_writer(memory, sizeof(memory));
	snmp_pdu_encode(&out, &pdu, v, 2);
	snmp_scope_encode(&out, u.engine_id, (struct ber_bytes){ engine, 0 });
	assert_int_equal(usm_seal(&out, keys, &m, &u, &err), 0);
	assert_int_equal(send_bytes(s, out.p, ber_written(&out)), 0);
	usm_keys_free(keys);
	free(engine);
}

/* The answer: its last number of usmStats, or the type of the PDU. */
static int
hear(struct stand *s, struct usm_parameters *ret, uint8_t *bytes, size_t room)
{
	uint8_t plain[1500];
	struct usm_keys *keys;
	struct usm_user user;
	struct snmp_message m;
	struct snmp_scope scope;
	struct snmp_varbind v;
	struct snmp_pdu pdu;
	struct error err;
	struct ber in;
	ssize_t n;

	await(s->sender);
	n = recv(s->sender, bytes, room, 0);
	assert_true(n > 0);
	assert_int_equal(snmp_message_decode(bytes, (size_t)n, &m, &err), 0);
	assert_int_equal(usm_decode(&m, ret, &err), 0);
	assert_int_equal(
	    usm_user_init(&user, USM_SHA1, PHRASE, USM_AES128, PHRASE, &err),
	    0);
	assert_int_equal(usm_keys_new(&keys, &user, ret->engine_id, &err), 0);
	assert_int_equal(
	    usm_open(keys, bytes, (size_t)n, &m, ret, plain, &in, &err), 0);
	assert_int_equal(snmp_scope_decode(&in, &scope, &err), 0);
	assert_int_equal(snmp_pdu_decode(&scope.pdu, SNMP_V3, &pdu, &err), 0);
	assert_int_equal(m.flags & SNMP_REPORTABLE, 0);
	usm_keys_free(keys);
	if (pdu.type != SNMP_REPORT)
		return pdu.type;
	assert_int_equal(snmp_varbind_next(&pdu.varbinds, &v, &err), 1);
	assert_int_equal(v.name.size, 10);
	assert_int_equal(v.value.tag, BER_COUNTER32);
	assert_true(v.value.number > 0);
	return v.name.data[8];
}

#define ALL (SNMP_AUTH | SNMP_PRIV | SNMP_REPORTABLE)

/* As a sender goes about it: who are you, what time is it, here it is. */
static void
test_v3_inform(void **unused)
{
	struct speaker p = { "", "", SNMP_REPORTABLE, 0, 0, PHRASE, PHRASE,
		SNMP_INFORM };
	struct stand s = stand_open();
	struct usm_parameters u;
	uint8_t bytes[1500];

	(void)unused;
	speak(&s, &p, 1);
	assert_int_equal(hear(&s, &u, bytes, sizeof(bytes)), 4);
	assert_int_equal(u.engine_id.size, 5);
	assert_memory_equal(u.engine_id.data, "\x80\0\0\0\1", 5);
	p.user = "ops";
	p.engine = "8000000001";
	p.flags = ALL;
	speak(&s, &p, 2);
	assert_int_equal(hear(&s, &u, bytes, sizeof(bytes)), 2);
	assert_int_equal(u.mac.size, 12);
	p.boots = u.boots;
	p.time = u.time;
	assert_true(p.boots > 0);
	speak(&s, &p, 3);
	assert_int_equal(hear(&s, &u, bytes, sizeof(bytes)), SNMP_RESPONSE);
	assert_int_equal(s.fake->n_records, 1);
	/* Its answer was lost; ours is not a second event. */
	speak(&s, &p, 3);
	assert_int_equal(hear(&s, &u, bytes, sizeof(bytes)), SNMP_RESPONSE);
	assert_int_equal(s.fake->n_records, 1);
	assert_true(own(&s, "traps_unknown_engine") == 1);
	assert_true(own(&s, "traps_not_in_window") == 1);
	assert_true(own(&s, "reports_sent") == 2);
	assert_true(own(&s, "informs_acknowledged") == 2);
	stand_end(&s);
}

static void
test_v3_refused(void **unused)
{
	static const struct {
		struct speaker p;
		int report;
		const char *counter;
	} cases[] = {
		{ { "ops", "8000000001", SNMP_REPORTABLE, 0, 0, PHRASE, PHRASE,
		      SNMP_INFORM },
		    1, "traps_wrong_level" },
		{ { "ops", "8000000001", SNMP_AUTH | SNMP_REPORTABLE, 0, 0,
		      PHRASE, PHRASE, SNMP_INFORM },
		    1, "traps_wrong_level" },
		{ { "nobody", "8000000001", ALL, 0, 0, PHRASE, PHRASE,
		      SNMP_INFORM },
		    3, "traps_unknown_user" },
		{ { "bound", "8000000001", SNMP_AUTH | SNMP_REPORTABLE, 0, 0,
		      PHRASE, PHRASE, SNMP_INFORM },
		    3, "traps_unknown_user" },
		{ { "ops", "80000000aa01", ALL, 0, 0, PHRASE, PHRASE,
		      SNMP_INFORM },
		    4, "traps_unknown_engine" },
		{ { "ops", "8000000001", ALL, 0, 0, "wrongpass", PHRASE,
		      SNMP_INFORM },
		    5, "traps_wrong_digest" },
	};
	struct usm_parameters u;
	uint8_t bytes[1500];

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stand s = stand_open();

		speak(&s, &cases[i].p, 1);
		assert_int_equal(
		    hear(&s, &u, bytes, sizeof(bytes)), cases[i].report);
		assert_true(own(&s, cases[i].counter) == 1);
		assert_int_equal(s.fake->n_records, 0);
		stand_end(&s);
	}
}

/* Senders are authorities of their own: any number of engines, each with its
   clock; what is older than what came is a replay. */
static void
test_v3_traps(void **unused)
{
	struct speaker p = { "ops", "", SNMP_AUTH | SNMP_PRIV, 5, 1000, PHRASE,
		PHRASE, SNMP_TRAP2 };
	struct stand s = stand_open();
	char engine[20];
	int32_t id = 0;

	(void)unused;
	p.engine = engine;
	for (int i = 0; i < 20; i++) {
		snprintf(engine, sizeof(engine), "80000000bb%02x", i);
		speak(&s, &p, ++id);
	}
	assert_true(own(&s, "traps_taken") == 20);
	p.time = 1000 - USM_WINDOW_S;
	speak(&s, &p, ++id);
	assert_true(own(&s, "traps_taken") == 21);
	p.time = 1000 - USM_WINDOW_S - 1;
	speak(&s, &p, ++id);
	p.time = 2000;
	p.boots = 4;
	speak(&s, &p, ++id);
	assert_true(own(&s, "traps_not_in_window") == 2);
	p.boots = 6;
	p.time = 0;
	speak(&s, &p, ++id);
	assert_true(own(&s, "traps_taken") == 22);
	/* Nobody asked for a report. */
	assert_true(own(&s, "reports_sent") == 0);
	/* A credential of one engine. */
	p.user = "bound";
	p.flags = SNMP_AUTH;
	speak(&s, &p, ++id);
	assert_true(own(&s, "traps_unknown_user") == 1);
	p.engine = "80000000aa01";
	speak(&s, &p, ++id);
	assert_true(own(&s, "traps_taken") == 23);
	assert_non_null(strstr(s.fake->records[s.fake->n_records - 1].payload,
	    "\"user\":\"bound\",\"engine_id\":\"80000000aa01\""));
	stand_end(&s);
}

static void
test_v3_not_decrypted(void **unused)
{
	struct speaker p = { "ops", "80000000bb01", SNMP_AUTH | SNMP_PRIV, 1, 1,
		PHRASE, "otherpass", SNMP_TRAP2 };
	struct stand s = stand_open();

	(void)unused;
	speak(&s, &p, 1);
	assert_true(own(&s, "traps_not_decrypted") == 1);
	assert_int_equal(s.fake->n_records, 0);
	stand_end(&s);
}

static void
test_without_time_window(void **unused)
{
	struct speaker p = { "ops", "80000000bb01", SNMP_AUTH | SNMP_PRIV, 5,
		1000, PHRASE, PHRASE, SNMP_TRAP2 };
	struct stand s = stand_make();

	(void)unused;
	fake_options(s.fake, "time_window", "no", NULL);
	assert_int_equal(fake_open(s.fake), 0);
	speak(&s, &p, 1);
	p.time = 1;
	speak(&s, &p, 2);
	assert_true(own(&s, "traps_taken") == 2);
	stand_end(&s);
}

/* Boots grow, whatever the clock does. */
static void
test_boots_are_kept(void **unused)
{
	struct stand s = stand_make();
	int32_t boots = INT32_MAX - 1;

	(void)unused;
	s.fake->restore = &boots;
	s.fake->restore_size = sizeof(boots);
	assert_int_equal(fake_open(s.fake), 0);
	assert_int_equal(fake_tick(s.fake), 0);
	assert_int_equal(s.fake->checkpoint_size, sizeof(boots));
	memcpy(&boots, s.fake->checkpoint, sizeof(boots));
	assert_int_equal(boots, INT32_MAX);
	assert_int_equal(fake_tick(s.fake), 0);
	assert_int_equal(s.fake->n_checkpoints, 1);
	stand_end(&s);
}

/* --------------------------------------------------------------------- TCP --
 */

static void *
address_of_tcp(struct stand *s)
{
	return (struct farm_address *)fake_state(s->fake) + 1;
}

static int
join(struct stand *s)
{
	int fd = connected(SOCK_STREAM, s->tcp_fd);

	await(s->tcp_fd);
	assert_int_equal(ready(s, s->tcp_fd, address_of_tcp(s)), 0);
	return fd;
}

/* The one accepted last. */
static struct fake_watch
last_watch(const struct stand *s)
{
	return s->fake->watches[s->fake->n_watches - 1];
}

static void
give(struct stand *s, int fd, const void *bytes, size_t size)
{
	struct fake_watch w = last_watch(s);

	assert_int_equal(send(fd, bytes, size, 0), size);
	await(w.fd);
	assert_int_equal(ready(s, w.fd, w.cookie), 0);
}

/* Byte by byte, then three at once. */
static void
test_tcp(void **unused)
{
	struct stand s = stand_open();
	int fd = join(&s);
	uint8_t three[1000], answer[1000], *bytes;
	size_t size, i;

	(void)unused;
	bytes = hex_bytes(inform, &size);
	for (i = 0; i < size; i++) {
		assert_int_equal(s.fake->n_records, 0);
		give(&s, fd, bytes + i, 1);
	}
	assert_int_equal(s.fake->n_records, 1);
	assert_int_equal(recv(fd, answer, sizeof(answer), 0), size);
	assert_int_equal(answer[11], SNMP_RESPONSE);
	for (i = 0; i < 3; i++) {
		bytes[16] = (uint8_t)i;
		memcpy(three + i * size, bytes, size);
	}
	give(&s, fd, three, 3 * size);
	assert_int_equal(s.fake->n_records, 4);
	assert_true(own(&s, "connections_open") == 1);
	/* It goes. */
	shutdown(fd, SHUT_WR);
	await(last_watch(&s).fd);
	assert_int_equal(
	    ready(&s, last_watch(&s).fd, last_watch(&s).cookie), 0);
	assert_int_equal(s.fake->n_watches, 0);
	assert_true(own(&s, "connections_open") == 0);
	close(fd);
	free(bytes);
	stand_end(&s);
}

static void
test_tcp_garbage(void **unused)
{
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {
		{ "GET / HTTP/1.0\r\n", 16 },
		{ "\x30\x84\x7f\xff\xff\xff", 6 }, /* 2 GiB */
		{ "\x30\x83\x01\x00\x00", 5 },     /* more than a datagram */
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stand s = stand_open();
		int fd = join(&s);

		give(&s, fd, cases[i].bytes, cases[i].size);
		assert_int_equal(s.fake->n_watches, 0);
		assert_true(own(&s, "traps_malformed") == 1);
		close(fd);
		stand_end(&s);
	}
}

/* The one that said nothing for longest makes room. */
static void
test_tcp_crowd(void **unused)
{
	struct stand s = stand_make();
	int fds[4], closed[1];
	size_t size;
	uint8_t *bytes = hex_bytes(link_down, &size);

	(void)unused;
	fake_options(s.fake, "connections", "3", NULL);
	assert_int_equal(fake_open(s.fake), 0);
	fds[0] = join(&s);
	give(&s, fds[0], bytes, size);
	fds[1] = join(&s);
	fds[2] = join(&s);
	fds[3] = join(&s);
	assert_int_equal(s.fake->n_watches, 3);
	assert_true(own(&s, "connections_closed") == 1);
	assert_int_equal(recv(fds[0], closed, 1, 0), 0);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	free(bytes);
	stand_end(&s);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_event),
		cmocka_unit_test(test_names_and_values),
		cmocka_unit_test(test_forwarders),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_not_allowed),
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_open_fails),
		cmocka_unit_test(test_inform),
		cmocka_unit_test(test_v3_inform),
		cmocka_unit_test(test_v3_refused),
		cmocka_unit_test(test_v3_traps),
		cmocka_unit_test(test_v3_not_decrypted),
		cmocka_unit_test(test_without_time_window),
		cmocka_unit_test(test_boots_are_kept),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_tcp_garbage),
		cmocka_unit_test(test_tcp_crowd),
	};
	int rc = own_net(argv);

	(void)argc;
	if (rc != 0)
		return rc;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
