/* The writer `udp', heard by sockets of the test's. */
#include <arpa/inet.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "apmon.h"
#include "batch.h"
#include "buffer.h"
#include "clock.h"
#include "collectd_network.h"
#include "collectd_seal.h"
#include "fake_host.h"
#include "frame.h"
#include "hex.h"
#include "own_net.h"
#include "series.h"
#include "unit.h"
#include "whole_file.h"

#define NOW_NS (INT64_C(1700000000) * NS_PER_S)

extern const struct farm_entry farm_module;

struct fixture {
	struct fake_host *fake;
	int fd;
	char port[8];
	char to[128];
	uint64_t position;
	struct buffer heard;
};

/* At an address of this process's own, so that the port stays free. */
static struct sockaddr_in
own_address(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(
		    0x7f010000 | ((uint32_t)getpid() & 0xffff)) };
}

static void
bind_to(struct fixture *f, int type, struct sockaddr_in here)
{
	const int yes = 1;
	socklen_t length = sizeof(here);
	char address[INET_ADDRSTRLEN];

	f->fd = socket(AF_INET, type, 0);
	(void)setsockopt(f->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	assert_int_equal(bind(f->fd, (struct sockaddr *)&here, length), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(f->fd, 4), 0);
	assert_int_equal(
	    getsockname(f->fd, (struct sockaddr *)&here, &length), 0);
	snprintf(f->to, sizeof(f->to), "%s%s:%u",
	    type == SOCK_STREAM ? "tcp://" : "",
	    inet_ntop(AF_INET, &here.sin_addr, address, sizeof(address)),
	    ntohs(here.sin_port));
	snprintf(f->port, sizeof(f->port), "%u", ntohs(here.sin_port));
}

static void
set_up(struct fixture *f, int type, const char *format)
{
	*f = (struct fixture){ .fake = fake_new(&farm_module) };
	bind_to(f, type, own_address());
	f->fake->now_ns = NOW_NS;
	fake_options(f->fake, "to", f->to, "format", format, NULL);
}

static void
tear_down(struct fixture *f)
{
	fake_free(f->fake);
	buffer_free(&f->heard);
	if (f->fd >= 0)
		close(f->fd);
}

static struct farm_value
named(
    struct fixture *f, const char *node, const char *name, struct farm_value v)
{
	const struct farm_label labels[] = { { "rack", "r 1" } };

	v.series = farm_series(&f->fake->host, NULL, .cluster = "c",
	    .node = node, .parameter = name, .labels = labels, .n_labels = 1);
	return v;
}

static int
put_record(struct fixture *f, struct farm_record r)
{
	const struct farm_batch batch = { &r, 1 };

	r.position = ++f->position;
	r.instance = "c/m";
	return fake_write(f->fake, &batch);
}

static int
put(struct fixture *f, const struct farm_value *values, size_t n)
{
	return put_record(f, (struct farm_record){ .type = FARM_RESULT,
				 .time_ns = NOW_NS + 250 * NS_PER_MS,
				 .n_values = (uint32_t)n,
				 .values = values });
}

/* All that is there, each datagram behind a ">": on loopback it is, once it
   was sent. */
static const char *
hear(struct fixture *f)
{
	char bytes[65536];
	ssize_t n;

	buffer_clear(&f->heard);
	while ((n = recv(f->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) >= 0) {
		buffer_putc(&f->heard, '>');
		buffer_put(&f->heard, bytes, (size_t)n);
	}
	return buffer_text(&f->heard);
}

static void
expect_text(const char *heard, const char *want)
{
	if (strcmp(heard, want) != 0)
		fail_msg("\"%s\" instead of \"%s\"", heard, want);
}

/* ------------------------------------------------------------- formats -- */

static const struct {
	const char *format, *option, *value, *want;
} saying[] = {
	{ "graphite", NULL, NULL,
	    ">testfarm.c.n_1.a 1.5 1700000000\n"
	    "testfarm.c.n_1.b_c -7 1700000000\n"
	    "testfarm.c.n_1.d 1 1700000000\n" },
	{ "graphite", "path", "x.{parameter}",
	    ">x.a 1.5 1700000000\nx.b_c -7 1700000000\nx.d 1 1700000000\n" },
	{ "graphite", "tags", "{host: '{node}', no: ''}",
	    ">testfarm.c.n_1.a;host=n.1 1.5 1700000000\n"
	    "testfarm.c.n_1.b_c;host=n.1 -7 1700000000\n"
	    "testfarm.c.n_1.d;host=n.1 1 1700000000\n" },
	{ "graphite", "labels", "true",
	    ">testfarm.c.n_1.a;rack=r_1 1.5 1700000000\n"
	    "testfarm.c.n_1.b_c;rack=r_1 -7 1700000000\n"
	    "testfarm.c.n_1.d;rack=r_1 1 1700000000\n" },
	{ "statsd", NULL, NULL,
	    ">testfarm.c.n_1.a:1.5|g\ntestfarm.c.n_1.b_c:0|g\n"
	    "testfarm.c.n_1.b_c:-7|g\ntestfarm.c.n_1.d:1|g\n" },
	{ "statsd", "tags", "{host: '{node}', c: x}",
	    ">testfarm.c.n_1.a:1.5|g|#host:n.1,c:x\n"
	    "testfarm.c.n_1.b_c:0|g|#host:n.1,c:x\n"
	    "testfarm.c.n_1.b_c:-7|g|#host:n.1,c:x\n"
	    "testfarm.c.n_1.d:1|g|#host:n.1,c:x\n" },
	{ "influx", NULL, NULL,
	    ">a,cluster=c,host=n.1 value=1.5 1700000000250000000\n"
	    "b.c,cluster=c,host=n.1 value=-7i 1700000000250000000\n"
	    "d,cluster=c,host=n.1 value=true 1700000000250000000\n"
	    "e,cluster=c,host=n.1 value=\"a \\\"b\\\"\" 1700000000250000000"
	    "\n" },
	{ "influx", "path", "{cluster}",
	    ">c,cluster=c,host=n.1 a=1.5,b.c=-7i,d=true,e=\"a \\\"b\\\"\" "
	    "1700000000250000000\n" },
	{ "influx", "labels", "true",
	    ">a,cluster=c,host=n.1,rack=r\\ 1 value=1.5 1700000000250000000\n"
	    "b.c,cluster=c,host=n.1,rack=r\\ 1 value=-7i 1700000000250000000\n"
	    "d,cluster=c,host=n.1,rack=r\\ 1 value=true 1700000000250000000\n"
	    "e,cluster=c,host=n.1,rack=r\\ 1 value=\"a \\\"b\\\"\" "
	    "1700000000250000000\n" },
	{ "ulm", NULL, NULL,
	    ">DATE=20231114221320.250000 HOST=n.1 PROG=c LVL=Usage a=1.5 "
	    "b.c=-7 d=true e=\"a \\\"b\\\"\" f=NaN\n" },
	{ "ulm", "path", "values of {node}",
	    ">DATE=20231114221320.250000 HOST=n.1 PROG=c LVL=Usage "
	    "NL.EVNT=\"values of n.1\" a=1.5 b.c=-7 d=true e=\"a \\\"b\\\"\" "
	    "f=NaN\n" },
	{ "ulm", "syslog", "true",
	    "><14>1 2023-11-14T22:13:20.250000Z n.1 farmd - - - "
	    "DATE=20231114221320.250000 HOST=n.1 PROG=c LVL=Usage a=1.5 "
	    "b.c=-7 d=true e=\"a \\\"b\\\"\" f=NaN\n" },
};

static void
say_all(struct fixture *f)
{
	const struct farm_value values[] = {
		named(f, "n.1", "a", farm_double(1.5)),
		named(f, "n.1", "b.c", farm_int64(-7)),
		named(f, "n.1", "d", farm_boolean(true)),
		named(f, "n.1", "e", farm_text("a \"b\"", 5)),
		named(f, "n.1", "f", farm_double(NAN)),
	};

	assert_int_equal(put(f, values, COUNT(values)), FARM_DONE);
}

static void
test_formats(void **unused)
{
	struct fixture f;

	(void)unused;
	for (size_t i = 0; i < COUNT(saying); i++) {
		set_up(&f, SOCK_DGRAM, saying[i].format);
		if (saying[i].option != NULL)
			fake_options(
			    f.fake, saying[i].option, saying[i].value, NULL);
		assert_int_equal(fake_open(f.fake), 0);
		say_all(&f);
		expect_text(hear(&f), saying[i].want);
		assert_int_equal(f.fake->n_logs, 0);
		tear_down(&f);
	}
}

/* Ends in NUL, in memory of the fake's life. */
static char *
text_of(struct slice s)
{
	char *text = strndup(s.text, s.length);

	assert_non_null(text);
	return text;
}

/* The value of a datagram of one, as the farm has it. */
static void
say_datagram(struct fixture *f, const uint8_t *bytes, size_t size)
{
	char *cluster, *node, *name;
	struct apmon_parameter p;
	struct apmon_datagram d;
	struct farm_value v;

	assert_int_equal(apmon_decode(bytes, size, &d), APMON_OK);
	assert_true(apmon_next(&d, &p));
	cluster = text_of(d.cluster);
	node = text_of(d.node);
	name = text_of(p.name);
	v = p.value;
	v.series = farm_series(&f->fake->host, NULL, .cluster = cluster,
	    .node = node, .parameter = name);
	assert_int_equal(put(f, &v, 1), FARM_DONE);
	free(cluster);
	free(node);
	free(name);
}

/* Byte for byte what the C client sent, but for whose it is. */
static void
test_apmon_as_the_client(void **unused)
{
	static const char *const files[] = { TEST_DATA "/apmon/c_001.hex",
		TEST_DATA "/apmon/c_002.hex", TEST_DATA "/apmon/c_005.hex" };
	struct fixture f;

	(void)unused;
	for (size_t i = 0; i < COUNT(files); i++) {
		char *text = whole_file(files[i], NULL);
		size_t n;
		uint8_t *want;

		text[strcspn(text, "\n")] = '\0';
		want = hex_bytes(text, &n);
		free(text);
		set_up(&f, SOCK_DGRAM, "apmon");
		fake_options(
		    f.fake, "password", "secret", "times", "false", NULL);
		assert_int_equal(fake_open(f.fake), 0);
		say_datagram(&f, want, n);
		(void)hear(&f);
		assert_int_equal(f.heard.size, n + 1);
		/* Instance and sequence. */
		memcpy(want + 20, f.heard.data + 21, 8);
		assert_memory_equal(f.heard.data + 1, want, n);
		free(want);
		tear_down(&f);
	}
}

/* Split at parameters, each datagram with head, time and the next number. */
static void
test_apmon_split(void **unused)
{
	struct farm_value values[40];
	char name[32], bytes[512];
	struct apmon_parameter p;
	struct apmon_datagram d;
	struct fixture f;
	uint32_t seen = 0, next = 0;
	ssize_t n;

	(void)unused;
	set_up(&f, SOCK_DGRAM, "apmon");
	fake_options(f.fake, "datagram", "256", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	for (uint32_t i = 0; i < COUNT(values); i++) {
		snprintf(name, sizeof(name), "parameter_%u", i);
		values[i] = named(&f, "n1", name, farm_int64(i));
	}
	assert_int_equal(put(&f, values, COUNT(values)), FARM_DONE);
	while ((n = recv(f.fd, bytes, sizeof(bytes), MSG_DONTWAIT)) >= 0) {
		assert_true(n <= 256);
		assert_int_equal(apmon_decode(bytes, (size_t)n, &d), APMON_OK);
		assert_int_equal(d.sequence, next++);
		assert_int_equal(d.time_ns, NOW_NS);
		for (; apmon_next(&d, &p); seen++)
			assert_int_equal(p.value.int64, seen);
	}
	assert_int_equal(seen, COUNT(values));
	assert_true(next > 4);
	tear_down(&f);
}

static void
show_frame(struct buffer *to, const char *bytes, size_t size)
{
	struct series_table *table = series_table_new(1000);
	struct frame_decoder *decoder = frame_decoder_new(table);
	struct batch *b = batch_new();
	struct error err;

	assert_int_equal(frame_decode(decoder, bytes, size, b, &err), 0);
	for (size_t i = 0; i < b->view.n_records; i++) {
		const struct farm_record *r = &b->view.records[i];

		for (uint32_t k = 0; k < r->n_values; k++) {
			const struct farm_series *s = series_get(
			    table, r->values[k].series);

			buffer_printf(to, "%s/%s/%s/%s %s=", s->farm,
			    s->cluster, s->node, s->parameter,
			    s->labels[0].value);
			buffer_value(to, &r->values[k]);
			buffer_putc(to, ';');
		}
	}
	batch_unref(b);
	frame_decoder_free(decoder);
	series_table_free(table);
}

/* Each can be read without the others, and nothing is rounded. */
static void
test_frames(void **unused)
{
	struct buffer seen = BUFFER_INIT;
	struct farm_value values[3];
	char bytes[2048];
	struct fixture f;
	int datagrams = 0;
	ssize_t n;

	(void)unused;
	set_up(&f, SOCK_DGRAM, "frames");
	fake_options(f.fake, "datagram", "128", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	values[0] = named(&f, "n1", "a", farm_uint64(UINT64_MAX));
	values[1] = named(&f, "n1", "b", farm_text("x", 1));
	values[2] = named(&f, "n2", "a", farm_int64(INT64_MIN));
	for (int round = 0; round < 2; round++)
		assert_int_equal(put(&f, values, COUNT(values)), FARM_DONE);
	for (; (n = recv(f.fd, bytes, sizeof(bytes), MSG_DONTWAIT)) >= 0;
	     datagrams++)
		show_frame(&seen, bytes, (size_t)n);
	assert_int_equal(datagrams, 4);
	expect_text(buffer_text(&seen),
	    "testfarm/c/n1/a r 1=18446744073709551615;testfarm/c/n1/b r 1=x;"
	    "testfarm/c/n2/a r 1=-9223372036854775808;"
	    "testfarm/c/n1/a r 1=18446744073709551615;testfarm/c/n1/b r 1=x;"
	    "testfarm/c/n2/a r 1=-9223372036854775808;");
	fake_forget(f.fake, values[0].series);
	buffer_free(&seen);
	tear_down(&f);
}

/* An event that came as a line of ULM is the same line; others become one. */
static void
test_ulm_events(void **unused)
{
	static const char line[] =
	    "{\"event\":\"WriteData\",\"text\":\"DATE=20000330112320.957943 "
	    "HOST=dps1.lbl.gov PROG=testProg LVL=Usage NL.EVNT=WriteData "
	    "SEND.SZ=49332\"}";
	static const char other[] =
	    "{\"event\":\"trap\",\"node\":\"n1\",\"text\":\"all is \\\"well\\\""
	    "\",\"n\":3,\"deep\":{\"x\":1}}";
	struct fixture f;

	(void)unused;
	set_up(&f, SOCK_DGRAM, "ulm");
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(
	    put_record(&f, (struct farm_record){ .type = FARM_EVENT,
			       .time_ns = NOW_NS,
			       .payload = line,
			       .payload_size = sizeof(line) - 1 }),
	    FARM_DONE);
	expect_text(hear(&f),
	    ">DATE=20000330112320.957943 HOST=dps1.lbl.gov PROG=testProg "
	    "LVL=Usage NL.EVNT=WriteData SEND.SZ=49332\n");
	assert_int_equal(
	    put_record(&f, (struct farm_record){ .type = FARM_ALARM,
			       .time_ns = NOW_NS,
			       .payload = other,
			       .payload_size = sizeof(other) - 1 }),
	    FARM_DONE);
	expect_text(hear(&f),
	    ">DATE=20231114221320.000000 HOST=n1 PROG=farmd LVL=Warning "
	    "NL.EVNT=trap text=\"all is \\\"well\\\"\" n=3\n");
	tear_down(&f);
}

static const char *
counts(struct fixture *f)
{
	assert_int_equal(f->fake->module->actions[0].run(
			     &f->fake->host, fake_state(f->fake), NULL),
	    0);
	return f->fake->reply;
}

/* What a packet says. */
static void
show_packet(struct buffer *b, struct slice bytes)
{
	struct collectd_packet p = { .rest = bytes };
	struct collectd_list l;
	struct error err;

	while (collectd_next(&p, &l, &err) > 0) {
		buffer_printf(b, "%s/%s-%s/%s-%s", l.of.host.text,
		    l.of.plugin.text,
		    l.of.plugin_instance.length > 0 ? l.of.plugin_instance.text
						    : "",
		    l.of.type.text,
		    l.of.type_instance.length > 0 ? l.of.type_instance.text
						  : "");
		for (size_t i = 0; i < l.n; i++) {
			struct collectd_value v = collectd_value_at(&l, i);

			if (v.kind == COLLECTD_GAUGE)
				buffer_printf(b, " %g", v.gauge);
			else
				buffer_printf(b, " %d:%lld", (int)v.kind,
				    (long long)v.derive);
		}
		buffer_putc(b, ';');
	}
	assert_int_equal(p.rest.length, 0);
}

static void
expect_packet(struct fixture *f, const char *want)
{
	struct buffer b = BUFFER_INIT;

	(void)hear(f);
	assert_true(f->heard.size > 1);
	show_packet(&b, (struct slice){ f->heard.data + 1, f->heard.size - 1 });
	expect_text(buffer_text(&b), want);
	buffer_free(&b);
}

static struct farm_value
of_collectd(struct fixture *f, const char *type, const char *source,
    struct farm_value v)
{
	const struct farm_label labels[] = { { "plugin", "p" },
		{ "plugin_instance", "0" }, { "type", type } };

	v.series = farm_series(&f->fake->host, NULL, .cluster = "x",
	    .node = "n1", .parameter = source, .labels = labels, .n_labels = 3);
	return v;
}

/* By names, or as what it was to collectd; a list of several is whole again,
   or none. */
static void
test_collectd(void **unused)
{
	char path[] = "/tmp/test_udp_writer.XXXXXX";
	FILE *types = fdopen(mkstemp(path), "w");
	struct farm_value values[3];
	struct fixture f;

	(void)unused;
	assert_non_null(types);
	fputs("two a:GAUGE:0:U b:GAUGE:0:U\n"
	      "io r:DERIVE:0:U w:DERIVE:0:U\n"
	      "one value:ABSOLUTE:0:U\n",
	    types);
	fclose(types);
	set_up(&f, SOCK_DGRAM, "collectd");
	fake_options(f.fake, "types", path, NULL);
	assert_int_equal(fake_open(f.fake), 0);
	unlink(path);
	say_all(&f);
	expect_packet(
	    &f, "n.1/c-/gauge-a 1.5;n.1/c-/gauge-b.c -7;n.1/c-/gauge-d 1;");

	values[0] = of_collectd(&f, "two", "p-0/two/b", farm_double(2));
	values[1] = of_collectd(&f, "two", "p-0/two/a", farm_double(1));
	values[2] = of_collectd(&f, "one", "p-0/one", farm_uint64(3));
	assert_int_equal(put(&f, values, 3), FARM_DONE);
	expect_packet(&f, "n1/p-0/two- 1 2;n1/p-0/one- 3:3;");
	assert_int_equal(put(&f, values, 1), FARM_DONE);
	expect_packet(&f, "n1/p-0/two- nan 2;");

	values[0] = of_collectd(&f, "io", "p-0/io/r", farm_int64(-1));
	values[1] = of_collectd(&f, "io", "p-0/io/w", farm_int64(2));
	values[2] = values[0];
	assert_int_equal(put(&f, values, 3), FARM_DONE);
	expect_packet(&f, "n1/p-0/io- 2:-1 2:2;");
	assert_non_null(strstr(counts(&f), "\"value\":3,"));
	tear_down(&f);
}

static void
test_collectd_sealed(void **unused)
{
	static const char *const levels[] = { "none", "sign", "encrypt" };
	uint8_t room[2048];
	struct fixture f;

	(void)unused;
	if (collectd_can_seal(NULL) != 0)
		skip();
	for (size_t i = 0; i < COUNT(levels); i++) {
		struct collectd_sealed s;
		struct buffer b = BUFFER_INIT;
		struct slice parts;
		struct error err;

		set_up(&f, SOCK_DGRAM, "collectd");
		fake_options(f.fake, "security", levels[i], "user", "farm",
		    "password", "secret", NULL);
		assert_int_equal(fake_open(f.fake), 0);
		say_all(&f);
		(void)hear(&f);
		assert_int_equal(
		    collectd_sealed(
			(struct slice){ f.heard.data + 1, f.heard.size - 1 },
			&s, &err),
		    0);
		assert_int_equal(s.security, i);
		assert_int_equal(
		    collectd_open(&s, "secret", room, &parts, &err), 0);
		show_packet(&b, parts);
		expect_text(buffer_text(&b),
		    "n.1/c-/gauge-a 1.5;n.1/c-/gauge-b.c -7;n.1/c-/gauge-d "
		    "1;");
		buffer_free(&b);
		tear_down(&f);
	}
}

/* What a counter has grown by since, whatever happened to it. */
static void
test_statsd_counters(void **unused)
{
	static const struct {
		uint32_t kind;
		uint64_t value;
		const char *want;
	} cases[] = {
		{ FARM_COUNTER64, 10, "" },
		{ FARM_COUNTER64, 15, ">a:5|c\n" },
		{ FARM_COUNTER64, 15, ">a:0|c\n" },
		{ FARM_COUNTER64, 3, ">a:3|c\n" },
		{ FARM_COUNTER32, UINT32_MAX - 1, "" },
		{ FARM_COUNTER32, 3, ">b:5|c\n" },
		{ FARM_COUNTER32, 1, ">b:1|c\n" },
	};
	struct fixture f;
	struct farm_value v;

	(void)unused;
	set_up(&f, SOCK_DGRAM, "statsd");
	fake_options(f.fake, "path", "{parameter}", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		v = farm_uint64(cases[i].value);
		v.series = farm_series(&f.fake->host, NULL, .cluster = "c",
		    .node = "n",
		    .parameter = cases[i].kind == FARM_COUNTER32 ? "b" : "a",
		    .kind = cases[i].kind);
		assert_int_equal(put(&f, &v, 1), FARM_DONE);
		expect_text(hear(&f), cases[i].want);
	}
	tear_down(&f);
}

/* What cannot be said is told of once a series, and holds up nothing. */
static void
test_left_out(void **unused)
{
	char large[200];
	struct farm_value values[3];
	struct fixture f;

	(void)unused;
	memset(large, 'x', sizeof(large));
	set_up(&f, SOCK_DGRAM, "influx");
	fake_options(f.fake, "datagram", "128", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	values[0] = named(&f, "n1", "#a", farm_int64(1));
	values[1] = named(&f, "n1", "b", farm_text(large, sizeof(large)));
	values[2] = named(&f, "n1", "c", farm_int64(1));
	for (int round = 0; round < 2; round++) {
		assert_int_equal(put(&f, values, 3), FARM_DONE);
		expect_text(hear(&f),
		    ">c,cluster=c,host=n1 value=1i 1700000000250000000\n");
	}
	assert_int_equal(f.fake->n_logs, 2);
	assert_string_equal(f.fake->logs[0].text,
	    "c/n1/#a: left out: measurement \"#a\" cannot be said in line "
	    "protocol");
	assert_string_equal(
	    f.fake->logs[1].text, "c/n1/b: left out: does not fit a datagram");
	tear_down(&f);
}

static void
test_old(void **unused)
{
	struct fixture f;
	struct farm_value v;
	struct farm_record r = {
		.type = FARM_RESULT, .n_values = 1, .values = &v
	};

	(void)unused;
	set_up(&f, SOCK_DGRAM, "graphite");
	fake_options(f.fake, "max_age", "60s", "path", "{parameter}", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	v = named(&f, "n1", "a", farm_int64(1));
	r.time_ns = NOW_NS - 61 * NS_PER_S;
	assert_int_equal(put_record(&f, r), FARM_DONE);
	r.time_ns = NOW_NS - 59 * NS_PER_S;
	assert_int_equal(put_record(&f, r), FARM_DONE);
	expect_text(hear(&f), ">a 1 1699999941\n");
	tear_down(&f);
}

/* ----------------------------------------------------------- datagrams -- */

/* One line. */
static int
say(struct fixture *f, const char *name)
{
	struct farm_value v = named(f, "n1", name, farm_int64(1));

	return put(f, &v, 1);
}

static void
test_excess(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f, SOCK_DGRAM, "graphite");
	fake_options(f.fake, "path", "{parameter}", "rate", "100", "burst", "2",
	    "excess", "drop", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	/* A machine may be so slow that there is a turn for one more. */
	for (int i = 0; i < 100; i++)
		assert_int_equal(say(&f, "a"), FARM_DONE);
	assert_non_null(strstr(counts(&f), "\"values\":100,"));
	assert_null(strstr(counts(&f), "\"limited\":0,"));
	assert_int_equal(fake_tick(f.fake), 0);
	assert_int_equal(f.fake->n_logs, 1);
	assert_non_null(strstr(
	    f.fake->logs[0].text, ": datagrams are lost: more than `rate'"));
	tear_down(&f);
}

static void
test_pace(void **unused)
{
	int64_t begin;
	struct fixture f;

	(void)unused;
	set_up(&f, SOCK_DGRAM, "graphite");
	fake_options(
	    f.fake, "path", "{parameter}", "rate", "100", "burst", "1", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	begin = clock_mono_ns();
	for (int i = 0; i < 6; i++)
		assert_int_equal(say(&f, "a"), FARM_DONE);
	assert_true(clock_mono_ns() - begin >= 50 * NS_PER_MS);
	expect_text(hear(&f),
	    ">a 1 1700000000\n>a 1 1700000000\n>a 1 1700000000\n"
	    ">a 1 1700000000\n>a 1 1700000000\n>a 1 1700000000\n");
	assert_non_null(strstr(counts(&f), "\"limited\":0,"));
	tear_down(&f);
}

/* Nobody listens at first, then somebody does. */
static void
test_refused(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f, SOCK_DGRAM, "graphite");
	fake_options(f.fake, "path", "{parameter}", NULL);
	close(f.fd);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(say(&f, "a"), FARM_DONE);
	assert_int_equal(say(&f, "b"), FARM_DONE);
	assert_non_null(strstr(counts(&f), "\"refused\":1,"));
	assert_int_equal(fake_tick(f.fake), 0);
	assert_int_equal(f.fake->n_logs, 1);
	assert_non_null(strstr(
	    f.fake->logs[0].text, ": datagrams are lost: nobody listens"));
	f.fd = -1;
	tear_down(&f);
}

static void
test_local(void **unused)
{
	char path[] = "/tmp/test_udp_writer.XXXXXX";
	struct sockaddr_un here = { .sun_family = AF_UNIX };
	struct fixture f;

	(void)unused;
	assert_non_null(mkdtemp(path));
	set_up(&f, SOCK_DGRAM, "graphite");
	close(f.fd);
	snprintf(here.sun_path, sizeof(here.sun_path), "%s/socket", path);
	snprintf(f.to, sizeof(f.to), "unix:%s", here.sun_path);
	fake_options(f.fake, "to", f.to, "path", "{parameter}", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(say(&f, "early"), FARM_DONE);
	for (int round = 0; round < 2; round++) {
		f.fd = socket(AF_UNIX, SOCK_DGRAM, 0);
		assert_int_equal(
		    bind(f.fd, (struct sockaddr *)&here, sizeof(here)), 0);
		/* The first finds that the other end is gone. */
		assert_int_equal(say(&f, "a"), FARM_DONE);
		assert_int_equal(say(&f, "b"), FARM_DONE);
		assert_non_null(strstr(hear(&f), ">b 1 1700000000\n"));
		close(f.fd);
		unlink(here.sun_path);
	}
	rmdir(path);
	f.fd = -1;
	tear_down(&f);
}

/* By name: looked up beside, and waited for. */
static void
test_name(void **unused)
{
	struct sockaddr_in here = own_address();
	struct fixture f;
	char to[32];
	int tries = 0;

	(void)unused;
	set_up(&f, SOCK_DGRAM, "graphite");
	close(f.fd);
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind_to(&f, SOCK_DGRAM, here);
	snprintf(to, sizeof(to), "localhost:%s", f.port);
	fake_options(
	    f.fake, "to", to, "path", "{parameter}", "resolve", "1s", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	/* An address of IPv6 refuses; then the other one is asked for. */
	while (strstr(hear(&f), "a 1") == NULL) {
		assert_true(tries++ < 300);
		(void)say(&f, "a");
		(void)fake_tick(f.fake);
		(void)poll(NULL, 0, 100);
	}
	tear_down(&f);
}

static void
test_unknown_name(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f, SOCK_DGRAM, "graphite");
	fake_options(f.fake, "to", "nowhere.invalid", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(say(&f, "a"), FARM_AGAIN);
	assert_non_null(strstr(fake_failure(f.fake), "nowhere.invalid: "));
	tear_down(&f);
}

/* --------------------------------------------------------- connections -- */

static int
accept_one(struct fixture *f)
{
	int fd = accept(f->fd, NULL, NULL);

	assert_true(fd >= 0);
	return fd;
}

/* What a connection brought so far; all of it is here when a write is done. */
static const char *
read_some(struct fixture *f, int fd)
{
	char bytes[4096];
	ssize_t n;

	buffer_clear(&f->heard);
	while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		buffer_put(&f->heard, bytes, (size_t)n);
	return buffer_text(&f->heard);
}

static void
open_stream(struct fixture *f)
{
	set_up(f, SOCK_STREAM, "graphite");
	fake_options(f->fake, "path", "{parameter}", "timeout", "20s", NULL);
	assert_int_equal(fake_open(f->fake), 0);
}

/* A receiver that has read all ends: nothing is said twice. */
static void
test_orderly_end(void **unused)
{
	struct fixture f;
	int fd;

	(void)unused;
	open_stream(&f);
	assert_int_equal(say(&f, "a"), FARM_DONE);
	fd = accept_one(&f);
	assert_int_equal(say(&f, "b"), FARM_DONE);
	expect_text(read_some(&f, fd), "a 1 1700000000\nb 1 1700000000\n");
	close(fd);
	assert_int_equal(say(&f, "c"), FARM_DONE);
	fd = accept_one(&f);
	expect_text(read_some(&f, fd), "c 1 1700000000\n");
	assert_non_null(strstr(counts(&f), "\"resent\":0,"));
	close(fd);
	tear_down(&f);
}

/* One that ends with something unread gets it again when it is back. */
static void
test_reset(void **unused)
{
	struct fixture f;
	int fd;

	(void)unused;
	open_stream(&f);
	assert_int_equal(say(&f, "a"), FARM_DONE);
	fd = accept_one(&f);
	assert_int_equal(say(&f, "b"), FARM_DONE);
	close(fd);
	assert_int_equal(say(&f, "c"), FARM_DONE);
	fd = accept_one(&f);
	expect_text(read_some(&f, fd),
	    "a 1 1700000000\nb 1 1700000000\nc 1 1700000000\n");
	close(fd);
	tear_down(&f);
}

/* Also if nothing new comes. */
static void
test_reset_at_rest(void **unused)
{
	struct fixture f;
	int fd;

	(void)unused;
	open_stream(&f);
	assert_int_equal(say(&f, "a"), FARM_DONE);
	close(accept_one(&f));
	assert_int_equal(fake_tick(f.fake), 0);
	fd = accept_one(&f);
	expect_text(read_some(&f, fd), "a 1 1700000000\n");
	close(fd);
	tear_down(&f);
}

/* As much as `resend' says, in whole batches. */
static void
test_resend_bound(void **unused)
{
	struct fixture f;
	int fd;

	(void)unused;
	set_up(&f, SOCK_STREAM, "graphite");
	fake_options(f.fake, "path", "{parameter}", "resend", "20", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(say(&f, "a"), FARM_DONE);
	assert_int_equal(say(&f, "b"), FARM_DONE);
	assert_int_equal(say(&f, "c"), FARM_DONE);
	close(accept_one(&f));
	assert_int_equal(say(&f, "d"), FARM_DONE);
	fd = accept_one(&f);
	expect_text(read_some(&f, fd),
	    "b 1 1700000000\nc 1 1700000000\nd 1 1700000000\n");
	close(fd);
	tear_down(&f);
}

/* The same batch again goes to those alone who have not had it. */
static void
test_one_is_away(void **unused)
{
	struct sockaddr_in here = own_address();
	struct fixture f, other;
	struct farm_record r;
	struct farm_value v;
	char to[300];

	(void)unused;
	set_up(&f, SOCK_DGRAM, "graphite");
	bind_to(&other, SOCK_STREAM, here);
	close(other.fd);
	snprintf(to, sizeof(to), "['%s', '%s']", f.to, other.to);
	fake_options(f.fake, "to", to, "path", "{parameter}", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	v = named(&f, "n1", "a", farm_int64(1));
	r = (struct farm_record){ .type = FARM_RESULT,
		.time_ns = NOW_NS,
		.n_values = 1,
		.values = &v };
	for (int i = 0; i < 3; i++) {
		f.position = 0;
		assert_int_equal(put_record(&f, r), FARM_AGAIN);
		assert_non_null(
		    strstr(fake_failure(f.fake), ": Connection refused"));
	}
	expect_text(hear(&f), ">a 1 1700000000\n");
	assert_non_null(strstr(counts(&f), "\"values\":0,"));
	tear_down(&f);
}

/* A receiver that does not read is waited for, and given up. */
static void
test_stuck(void **unused)
{
	static char large[60000];
	struct fixture f;
	struct farm_value v;
	int rc = FARM_DONE;

	(void)unused;
	memset(large, 'x', sizeof(large));
	set_up(&f, SOCK_STREAM, "influx");
	fake_options(f.fake, "timeout", "100ms", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	for (int i = 0; i < 1000 && rc == FARM_DONE; i++) {
		v = named(&f, "n1", "a", farm_text(large, sizeof(large)));
		rc = put(&f, &v, 1);
	}
	assert_int_equal(rc, FARM_AGAIN);
	assert_non_null(strstr(fake_failure(f.fake), ": Connection timed out"));
	tear_down(&f);
}

/* ------------------------------------------------------------- options -- */

static void
test_check(void **unused)
{
	static const struct {
		const char *to, *format, *option, *value, *want;
	} cases[] = {
		{ "h:1", "graphite", NULL, NULL, "" },
		{ "unix:/run/x", "frames", NULL, NULL, "" },
		{ "tcp://h", "apmon", NULL, NULL,
		    "to[0]: apmon is sent in datagrams alone" },
		{ "http://h", "influx", NULL, NULL,
		    "to[0]: \"http://h\" is neither udp:// nor tcp://" },
		{ "[\"*:1\"]", "influx", NULL, NULL,
		    "to[0]: \"*:1\" names no host" },
		{ "h", "frames", NULL, NULL,
		    "to[0]: \"h\": frames has no usual port" },
		{ "h", "apmon", "path", "x",
		    "path: apmon has names of its own" },
		{ "h", "apmon", "labels", "true", "labels: apmon has none" },
		{ "h", "apmon", "tags", "{a: b}", "tags: apmon has none" },
		{ "h", "ulm", "password", "x", "password: ulm has none" },
		{ "h", "collectd", "security", "sign",
		    "security: needs user and password" },
		{ "h", "influx", "security", "sign",
		    "security: of collectd alone" },
		{ "h", "influx", "syslog", "true", "syslog: of ulm alone" },
		{ "h", "graphite", "path", "a..b",
		    "path: a part of it is empty" },
		{ "h", "graphite", "path", "{nod}",
		    "path: \"{nod}\": byte 1: {nod} is none of {farm}, "
		    "{cluster}, {node}, {parameter}, {0} to {9}" },
		{ "h", "graphite", "tags", "{a: '{'}",
		    "tags: a: \"{\": byte 1: a brace alone; {{ and }} stand "
		    "for one" },
	};
	struct fake_host *fake;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		fake = fake_new(&farm_module);
		fake_options(
		    fake, "to", cases[i].to, "format", cases[i].format, NULL);
		if (cases[i].option != NULL)
			fake_options(
			    fake, cases[i].option, cases[i].value, NULL);
		(void)fake_check(fake);
		expect_text(fake_failure(fake), cases[i].want);
		fake_free(fake);
	}
}

int
main(int argc, char **argv)
{
	int rc = own_net(argv);

	/* So that localhost has an address of IPv6, too, and first. */
	if (rc == 0) {
		own_net_run("ip addr add 192.0.2.1/32 dev lo");
		own_net_run("ip addr add 2001:db8::1/128 dev lo");
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_apmon_as_the_client),
		cmocka_unit_test(test_apmon_split),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_ulm_events),
		cmocka_unit_test(test_collectd),
		cmocka_unit_test(test_collectd_sealed),
		cmocka_unit_test(test_statsd_counters),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_old),
		cmocka_unit_test(test_excess),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_unknown_name),
		cmocka_unit_test(test_orderly_end),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_reset_at_rest),
		cmocka_unit_test(test_resend_bound),
		cmocka_unit_test(test_one_is_away),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_check),
	};

	(void)argc;
	return rc != 0 ? rc : cmocka_run_group_tests(tests, NULL, NULL);
}
