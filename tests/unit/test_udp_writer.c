/* The writer `udp': what it says in each format. */
#include "udp_writing.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apmon.h"
#include "batch.h"
#include "collectd_network.h"
#include "collectd_seal.h"
#include "frame.h"
#include "hex.h"
#include "series.h"
#include "whole_file.h"

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
say_all(struct writing *f)
{
	const struct farm_value values[] = {
		writing_value(f, "n.1", "a", farm_double(1.5)),
		writing_value(f, "n.1", "b.c", farm_int64(-7)),
		writing_value(f, "n.1", "d", farm_boolean(true)),
		writing_value(f, "n.1", "e", farm_text("a \"b\"", 5)),
		writing_value(f, "n.1", "f", farm_double(NAN)),
	};

	assert_int_equal(writing_put(f, values, COUNT(values)), FARM_DONE);
}

static void
test_formats(void **unused)
{
	struct writing f;

	(void)unused;
	for (size_t i = 0; i < COUNT(saying); i++) {
		writing_open(&f, SOCK_DGRAM, saying[i].format);
		if (saying[i].option != NULL)
			fake_options(
			    f.fake, saying[i].option, saying[i].value, NULL);
		assert_int_equal(fake_open(f.fake), 0);
		say_all(&f);
		writing_expect(writing_hear(&f), saying[i].want);
		assert_int_equal(f.fake->n_logs, 0);
		writing_close(&f);
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
say_datagram(struct writing *f, const uint8_t *bytes, size_t size)
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
	assert_int_equal(writing_put(f, &v, 1), FARM_DONE);
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
	struct writing f;

	(void)unused;
	for (size_t i = 0; i < COUNT(files); i++) {
		char *text = whole_file(files[i], NULL);
		size_t n;
		uint8_t *want;

		text[strcspn(text, "\n")] = '\0';
		want = hex_bytes(text, &n);
		free(text);
		writing_open(&f, SOCK_DGRAM, "apmon");
		fake_options(
		    f.fake, "password", "secret", "times", "false", NULL);
		assert_int_equal(fake_open(f.fake), 0);
		say_datagram(&f, want, n);
		(void)writing_hear(&f);
		assert_int_equal(f.heard.size, n + 1);
		/* Instance and sequence. */
		memcpy(want + 20, f.heard.data + 21, 8);
		assert_memory_equal(f.heard.data + 1, want, n);
		free(want);
		writing_close(&f);
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
	struct writing f;
	uint32_t seen = 0, next = 0;
	ssize_t n;

	(void)unused;
	writing_open(&f, SOCK_DGRAM, "apmon");
	fake_options(f.fake, "datagram", "256", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	for (uint32_t i = 0; i < COUNT(values); i++) {
		snprintf(name, sizeof(name), "parameter_%u", i);
		values[i] = writing_value(&f, "n1", name, farm_int64(i));
	}
	assert_int_equal(writing_put(&f, values, COUNT(values)), FARM_DONE);
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
	writing_close(&f);
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
	struct writing f;
	int datagrams = 0;
	ssize_t n;

	(void)unused;
	writing_open(&f, SOCK_DGRAM, "frames");
	fake_options(f.fake, "datagram", "128", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	values[0] = writing_value(&f, "n1", "a", farm_uint64(UINT64_MAX));
	values[1] = writing_value(&f, "n1", "b", farm_text("x", 1));
	values[2] = writing_value(&f, "n2", "a", farm_int64(INT64_MIN));
	for (int round = 0; round < 2; round++)
		assert_int_equal(
		    writing_put(&f, values, COUNT(values)), FARM_DONE);
	for (; (n = recv(f.fd, bytes, sizeof(bytes), MSG_DONTWAIT)) >= 0;
	     datagrams++)
		show_frame(&seen, bytes, (size_t)n);
	assert_int_equal(datagrams, 4);
	writing_expect(buffer_text(&seen),
	    "testfarm/c/n1/a r 1=18446744073709551615;testfarm/c/n1/b r 1=x;"
	    "testfarm/c/n2/a r 1=-9223372036854775808;"
	    "testfarm/c/n1/a r 1=18446744073709551615;testfarm/c/n1/b r 1=x;"
	    "testfarm/c/n2/a r 1=-9223372036854775808;");
	fake_forget(f.fake, values[0].series);
	buffer_free(&seen);
	writing_close(&f);
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
	struct writing f;

	(void)unused;
	writing_open(&f, SOCK_DGRAM, "ulm");
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(
	    writing_record(&f, (struct farm_record){ .type = FARM_EVENT,
				   .time_ns = NOW_NS,
				   .payload = line,
				   .payload_size = sizeof(line) - 1 }),
	    FARM_DONE);
	writing_expect(writing_hear(&f),
	    ">DATE=20000330112320.957943 HOST=dps1.lbl.gov PROG=testProg "
	    "LVL=Usage NL.EVNT=WriteData SEND.SZ=49332\n");
	assert_int_equal(
	    writing_record(&f, (struct farm_record){ .type = FARM_ALARM,
				   .time_ns = NOW_NS,
				   .payload = other,
				   .payload_size = sizeof(other) - 1 }),
	    FARM_DONE);
	writing_expect(writing_hear(&f),
	    ">DATE=20231114221320.000000 HOST=n1 PROG=farmd LVL=Warning "
	    "NL.EVNT=trap text=\"all is \\\"well\\\"\" n=3\n");
	writing_close(&f);
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
expect_packet(struct writing *f, const char *want)
{
	struct buffer b = BUFFER_INIT;

	(void)writing_hear(f);
	assert_true(f->heard.size > 1);
	show_packet(&b, (struct slice){ f->heard.data + 1, f->heard.size - 1 });
	writing_expect(buffer_text(&b), want);
	buffer_free(&b);
}

static struct farm_value
of_collectd(struct writing *f, const char *type, const char *source,
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
	struct writing f;

	(void)unused;
	assert_non_null(types);
	fputs("two a:GAUGE:0:U b:GAUGE:0:U\n"
	      "io r:DERIVE:0:U w:DERIVE:0:U\n"
	      "one value:ABSOLUTE:0:U\n",
	    types);
	fclose(types);
	writing_open(&f, SOCK_DGRAM, "collectd");
	fake_options(f.fake, "types", path, NULL);
	assert_int_equal(fake_open(f.fake), 0);
	unlink(path);
	say_all(&f);
	expect_packet(
	    &f, "n.1/c-/gauge-a 1.5;n.1/c-/gauge-b.c -7;n.1/c-/gauge-d 1;");

	values[0] = of_collectd(&f, "two", "p-0/two/b", farm_double(2));
	values[1] = of_collectd(&f, "two", "p-0/two/a", farm_double(1));
	values[2] = of_collectd(&f, "one", "p-0/one", farm_uint64(3));
	assert_int_equal(writing_put(&f, values, 3), FARM_DONE);
	expect_packet(&f, "n1/p-0/two- 1 2;n1/p-0/one- 3:3;");
	assert_int_equal(writing_put(&f, values, 1), FARM_DONE);
	expect_packet(&f, "n1/p-0/two- nan 2;");

	values[0] = of_collectd(&f, "io", "p-0/io/r", farm_int64(-1));
	values[1] = of_collectd(&f, "io", "p-0/io/w", farm_int64(2));
	values[2] = values[0];
	assert_int_equal(writing_put(&f, values, 3), FARM_DONE);
	expect_packet(&f, "n1/p-0/io- 2:-1 2:2;");
	assert_non_null(strstr(writing_counts(&f), "\"value\":3,"));
	writing_close(&f);
}

static void
test_collectd_sealed(void **unused)
{
	static const char *const levels[] = { "none", "sign", "encrypt" };
	uint8_t room[2048];
	struct writing f;

	(void)unused;
	if (collectd_can_seal(NULL) != 0)
		skip();
	for (size_t i = 0; i < COUNT(levels); i++) {
		struct collectd_sealed s;
		struct buffer b = BUFFER_INIT;
		struct slice parts;
		struct error err;

		writing_open(&f, SOCK_DGRAM, "collectd");
		fake_options(f.fake, "security", levels[i], "user", "farm",
		    "password", "secret", NULL);
		assert_int_equal(fake_open(f.fake), 0);
		say_all(&f);
		(void)writing_hear(&f);
		assert_int_equal(
		    collectd_sealed(
			(struct slice){ f.heard.data + 1, f.heard.size - 1 },
			&s, &err),
		    0);
		assert_int_equal(s.security, i);
		assert_int_equal(
		    collectd_open(&s, "secret", room, &parts, &err), 0);
		show_packet(&b, parts);
		writing_expect(buffer_text(&b),
		    "n.1/c-/gauge-a 1.5;n.1/c-/gauge-b.c -7;n.1/c-/gauge-d "
		    "1;");
		buffer_free(&b);
		writing_close(&f);
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
	struct writing f;
	struct farm_value v;

	(void)unused;
	writing_open(&f, SOCK_DGRAM, "statsd");
	fake_options(f.fake, "path", "{parameter}", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		v = farm_uint64(cases[i].value);
		v.series = farm_series(&f.fake->host, NULL, .cluster = "c",
		    .node = "n",
		    .parameter = cases[i].kind == FARM_COUNTER32 ? "b" : "a",
		    .kind = cases[i].kind);
		assert_int_equal(writing_put(&f, &v, 1), FARM_DONE);
		writing_expect(writing_hear(&f), cases[i].want);
	}
	writing_close(&f);
}

/* What cannot be said is told of once a series, and holds up nothing. */
static void
test_left_out(void **unused)
{
	char large[200];
	struct farm_value values[3];
	struct writing f;

	(void)unused;
	memset(large, 'x', sizeof(large));
	writing_open(&f, SOCK_DGRAM, "influx");
	fake_options(f.fake, "datagram", "128", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	values[0] = writing_value(&f, "n1", "#a", farm_int64(1));
	values[1] = writing_value(
	    &f, "n1", "b", farm_text(large, sizeof(large)));
	values[2] = writing_value(&f, "n1", "c", farm_int64(1));
	for (int round = 0; round < 2; round++) {
		assert_int_equal(writing_put(&f, values, 3), FARM_DONE);
		writing_expect(writing_hear(&f),
		    ">c,cluster=c,host=n1 value=1i 1700000000250000000\n");
	}
	assert_int_equal(f.fake->n_logs, 2);
	assert_string_equal(f.fake->logs[0].text,
	    "c/n1/#a: left out: measurement \"#a\" cannot be said in line "
	    "protocol");
	assert_string_equal(
	    f.fake->logs[1].text, "c/n1/b: left out: does not fit a datagram");
	writing_close(&f);
}

static void
test_old(void **unused)
{
	struct writing f;
	struct farm_value v;
	struct farm_record r = {
		.type = FARM_RESULT, .n_values = 1, .values = &v
	};

	(void)unused;
	writing_open(&f, SOCK_DGRAM, "graphite");
	fake_options(f.fake, "max_age", "60s", "path", "{parameter}", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	v = writing_value(&f, "n1", "a", farm_int64(1));
	r.time_ns = NOW_NS - 61 * NS_PER_S;
	assert_int_equal(writing_record(&f, r), FARM_DONE);
	r.time_ns = NOW_NS - 59 * NS_PER_S;
	assert_int_equal(writing_record(&f, r), FARM_DONE);
	writing_expect(writing_hear(&f), ">a 1 1699999941\n");
	writing_close(&f);
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
		writing_expect(fake_failure(fake), cases[i].want);
		fake_free(fake);
	}
}

int
main(void)
{
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
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
