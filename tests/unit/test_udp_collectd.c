/* What the listener makes of collectd's packets, without its sockets. */
#include "fake_host.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collectd_network.h"
#include "collectd_seal.h"
#include "hex.h"
#include "receiver.h"
#include "whole_file.h"

#define TYPES_DB                                                               \
	"two a:GAUGE:0:U b:DERIVE:0:U\n"                                       \
	"t value:DERIVE:0:U\n"

struct stand {
	struct fake_host *fake;
	struct receiver receiver;
	char types[40];
	char users[40];
};

static void
write_file(char path[40], const char *name, const char *text)
{
	FILE *f;

	snprintf(path, 40, "/tmp/%s.XXXXXX", name);
	f = fdopen(mkstemp(path), "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
set_up(struct stand *s, int security, const char *users)
{
	struct collectd_options o = { .security = security };
	struct error err;

	*s = (struct stand){ .fake = fake_new(NULL) };
	write_file(s->types, "types", TYPES_DB);
	o.types = s->types;
	if (users != NULL) {
		write_file(s->users, "users", users);
		o.users = s->users;
	}
	s->receiver.format = FORMAT_COLLECTD;
	s->receiver.cluster = "UDP";
	s->receiver.rate = 1e9;
	s->receiver.burst = 1e9;
	assert_int_equal(receiver_init(&s->receiver, 10000, 100), 0);
	assert_int_equal(
	    collectd_open_intake(&s->receiver.collectd, &o, &err), 0);
	unlink(s->types);
	if (users != NULL)
		unlink(s->users);
}

static void
tear_down(struct stand *s)
{
	receiver_free(&s->receiver, &s->fake->host);
	fake_free(s->fake);
}

static void
take(struct stand *s, const void *bytes, size_t size)
{
	const struct place from = place_of_ipv4(
	    (const uint8_t[4]){ 127, 0, 0, 1 });

	assert_int_equal(
	    receiver_take(&s->receiver, &s->fake->host, &from, bytes, size, 1),
	    0);
}

/* Lists of values of one host. */
static size_t
make_packet(
    uint8_t *room, size_t size, const char *type, double gauge, int64_t derive)
{
	struct collectd_writing w = {
		.begin = room, .at = room, .end = room + size
	};
	const struct collectd_value values[] = {
		{ .kind = COLLECTD_GAUGE, .gauge = gauge },
		{ .kind = COLLECTD_DERIVE, .derive = derive },
	};
	const struct collectd_identifier of = { .host = { "h", 1 },
		.plugin = { "p", 1 },
		.plugin_instance = { "0", 1 },
		.type = { type, strlen(type) } };
	struct error err;

	assert_int_equal(
	    collectd_put(&w, &of, INT64_C(5000000000), 0, values, 2, &err), 1);
	return (size_t)(w.at - w.begin);
}

static void
test_values(void **unused)
{
	uint8_t packet[256];
	const struct fake_value *v;
	struct stand s;

	(void)unused;
	set_up(&s, COLLECTD_PLAIN, NULL);
	take(&s, packet, make_packet(packet, sizeof(packet), "two", 1.5, -7));
	assert_true(fake_value(s.fake, "h", "p-0/two/a") == 1.5);
	v = fake_find(s.fake, "h", "p-0/two/b");
	assert_int_equal(v->value.int64, -7);
	assert_int_equal(v->kind, FARM_COUNTER64);
	assert_int_equal(v->time_ns, INT64_C(5000000000));
	assert_int_equal(v->n_labels, 3);
	assert_string_equal(v->labels[0].name, "plugin");
	assert_string_equal(v->labels[1].value, "0");
	assert_string_equal(v->labels[2].value, "two");
	assert_string_equal(v->cluster, "UDP");
	/* A type that is not known. */
	take(&s, packet, make_packet(packet, sizeof(packet), "new", 2, 3));
	assert_true(fake_value(s.fake, "h", "p-0/new/0") == 2);
	assert_int_equal(s.receiver.outcomes[TAKEN], 2);
	/* One that has one value alone. */
	take(&s, packet, make_packet(packet, sizeof(packet), "t", 2, 3));
	assert_int_equal(s.receiver.outcomes[MALFORMED], 1);
	assert_non_null(
	    strstr(s.receiver.refusal.text, "t of 2 values: it has 1"));
	tear_down(&s);
}

/* By whom, and how well. */
static void
test_sealed(void **unused)
{
	static const struct {
		int least;
		enum collectd_security is;
		const char *user, *password, *why; /* NULL: taken */
	} cases[] = {
		{ 0, COLLECTD_PLAIN, "", "", NULL },
		{ 0, COLLECTD_SIGNED, "farm", "secret", NULL },
		{ 0, COLLECTD_ENCRYPTED, "farm", "secret", NULL },
		{ 0, COLLECTD_SIGNED, "farm", "other",
		    "not by the password of \"farm\"" },
		{ 0, COLLECTD_ENCRYPTED, "farm", "other",
		    "not by the password of \"farm\"" },
		{ 0, COLLECTD_SIGNED, "far", "secret", "no user \"far\"" },
		{ 1, COLLECTD_PLAIN, "", "", "not signed" },
		{ 1, COLLECTD_ENCRYPTED, "x", "y z", NULL },
		{ 2, COLLECTD_SIGNED, "farm", "secret", "not encrypted" },
		{ 2, COLLECTD_ENCRYPTED, "farm", "secret", NULL },
	};
	uint8_t packet[512];
	struct error err;
	struct stand s;

	(void)unused;
	if (collectd_can_seal(NULL) != 0)
		skip();
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t head = collectd_seal_size(cases[i].is, cases[i].user);
		size_t n = make_packet(
		    packet + head, sizeof(packet) - head, "two", 1, 2);

		assert_int_equal(collectd_seal(cases[i].is, cases[i].user,
				     cases[i].password, packet, n, &err),
		    0);
		set_up(&s, cases[i].least, "# who\nfarm: secret\n x :y z \r\n");
		take(&s, packet, head + n);
		assert_int_equal(
		    fake_has(s.fake, "h", "p-0/two/a"), cases[i].why == NULL);
		assert_int_equal(
		    s.receiver.outcomes[WRONG_PASSWORD], cases[i].why != NULL);
		if (cases[i].why != NULL)
			assert_non_null(
			    strstr(s.receiver.refusal.text, cases[i].why));
		tear_down(&s);
	}
}

/* A file without users lets nobody in who would have to sign. */
static void
test_no_users(void **unused)
{
	uint8_t packet[512];
	size_t head = collectd_seal_size(COLLECTD_SIGNED, "farm");
	size_t n = make_packet(
	    packet + head, sizeof(packet) - head, "two", 1, 2);
	struct error err;
	struct stand s;

	(void)unused;
	if (collectd_can_seal(NULL) != 0)
		skip();
	assert_int_equal(
	    collectd_seal(COLLECTD_SIGNED, "farm", "secret", packet, n, &err),
	    0);
	set_up(&s, COLLECTD_SIGNED, "");
	take(&s, packet, head + n);
	assert_int_equal(s.receiver.outcomes[WRONG_PASSWORD], 1);
	assert_string_equal(
	    s.receiver.refusal.text, "127.0.0.1: no user \"farm\"");
	assert_false(fake_has(s.fake, "h", "p-0/two/a"));
	tear_down(&s);
	set_up(&s, COLLECTD_PLAIN, NULL);
	take(&s, packet, head + n);
	assert_true(fake_has(s.fake, "h", "p-0/two/a"));
	tear_down(&s);
}

/* It is the sender's fault, and what stands behind it is taken. */
static void
test_bad_host(void **unused)
{
	/* Host "\n", then "h"; time, plugin "p", type "t" and the values. */
	size_t n;
	uint8_t *bytes = hex_bytes("000000060a00"
				   "0001000c0000000000000005"
				   "000200067000"
				   "000400067400"
				   "0006000f0001020000000000000007"
				   "000000066800"
				   "0006000f0001020000000000000008",
	    &n);
	struct stand s;

	(void)unused;
	set_up(&s, COLLECTD_PLAIN, NULL);
	take(&s, bytes, n);
	assert_int_equal(s.receiver.outcomes[LOST], 0);
	assert_int_equal(s.receiver.outcomes[MALFORMED], 1);
	assert_non_null(strstr(s.receiver.refusal.text, "node"));
	assert_int_equal(fake_find(s.fake, "h", "p/t")->value.int64, 8);
	free(bytes);
	tear_down(&s);
}

static void
test_notification(void **unused)
{
	size_t n;
	uint8_t *bytes = hex_bytes("000000066800"
				   "0001000c0000000000000005"
				   "0101000c0000000000000002"
				   "000200067000"
				   "000400067400"
				   "01000007686900",
	    &n);
	struct stand s;

	(void)unused;
	set_up(&s, COLLECTD_PLAIN, NULL);
	take(&s, bytes, n);
	assert_int_equal(s.fake->n_records, 1);
	assert_string_equal(s.fake->records[0].payload,
	    "{\"event\":\"notification\",\"text\":\"hi\",\"cluster\":\"UDP\","
	    "\"node\":\"h\",\"parameter\":\"p/t\",\"severity\":\"warning\","
	    "\"plugin\":\"p\",\"type\":\"t\"}");
	free(bytes);
	tear_down(&s);
}

/* Each beginning of what collectd sent is taken up to where it breaks off, and
   counted. */
static void
test_cut(void **unused)
{
	size_t n;
	char *bytes = whole_file(TEST_DATA "/collectd/network-packet.bin", &n);
	struct stand s;
	uint64_t seen;

	(void)unused;
	set_up(&s, COLLECTD_PLAIN, NULL);
	take(&s, bytes, n);
	assert_int_equal(s.receiver.outcomes[MALFORMED], 0);
	assert_true(
	    fake_value(s.fake, "node01", "statsd/gauge-farm.temp") == 22.5);
	for (size_t cut = 0; cut < n; cut++) {
		char *part = malloc(cut + 1);

		assert_non_null(part);
		memcpy(part, bytes, cut);
		take(&s, part, cut);
		free(part);
	}
	seen = s.receiver.outcomes[MALFORMED];
	assert_true(seen > n / 2 && seen < n);
	free(bytes);
	tear_down(&s);
}

static void
test_bad_files(void **unused)
{
	struct collectd_options o = { .security = 1 };
	struct collectd *c = NULL;
	struct error err;

	(void)unused;
	assert_int_equal(collectd_open_intake(&c, &o, &err), -1);
	assert_string_equal(err.text, "security: needs users");
	o.users = "/nonexistent";
	assert_int_equal(collectd_open_intake(&c, &o, &err), -1);
	assert_string_equal(
	    err.text, collectd_can_seal(NULL) == 0
			  ? "users: /nonexistent: No such file or directory"
			  : "users: built without libcrypto");
	o.types = "/nonexistent";
	assert_int_equal(collectd_open_intake(&c, &o, &err), -1);
	assert_string_equal(
	    err.text, "types: /nonexistent: No such file or directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_no_users),
		cmocka_unit_test(test_bad_host),
		cmocka_unit_test(test_notification),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_bad_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
