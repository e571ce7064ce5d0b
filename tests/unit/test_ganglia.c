/* The ganglia collector, told by a server what real gmonds and gmetads said. */
#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "dump_server.h"
#include "fake_host.h"
#include "gmond.h"
#include "unit.h"
#include "whole_file.h"

#define FOLDER TEST_DATA "/ganglia/"
/* When gmond.xml was taken. */
#define THEN_S INT64_C(1795206240)

extern const struct farm_entry farm_module;

struct fixture {
	struct fake_host *fake;
	struct farm_target *target;
	struct dump_server server;
	char *bytes;
};

static char *
load(const char *file, size_t *ret_size)
{
	char path[512];

	snprintf(path, sizeof(path), FOLDER "%s", file);
	return whole_file(path, ret_size);
}

/* `path' may be NULL. */
static void
set_up(struct fixture *f, const char *file, const char *path, const char *names)
{
	size_t size;

	*f = (struct fixture){ .server.asks = path != NULL };
	f->bytes = load(file, &size);
	f->server.size = size;
	f->server.bytes = f->bytes;
	dump_server_start(&f->server);
	f->fake = fake_new(&farm_module);
	f->fake->now_ns = THEN_S * NS_PER_S;
	fake_options(f->fake, "names", names, NULL);
	if (path != NULL)
		fake_options(f->fake, "path", path, NULL);
	assert_int_equal(fake_open(f->fake), 0);
	f->target = fake_target(f->fake, "ganglia", "head", f->server.address);
}

static void
tear_down(struct fixture *f)
{
	fake_free(f->fake);
	dump_server_stop(&f->server);
	free(f->bytes);
}

/* What stands behind the address of a failure. */
static const char *
why(const struct fixture *f)
{
	const char *text = fake_failure(f->fake);
	size_t n = strlen(f->server.address);

	assert_memory_equal(text, f->server.address, n);
	return text + n;
}

static void
a_dump_becomes_values(void **state)
{
	const struct fake_value *v;
	struct fixture f;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	v = fake_find(f.fake, "node01.farm.test", "test_uint32");
	assert_non_null(v);
	assert_string_equal(v->cluster, "LoopFarm");
	assert_string_equal(v->unit, "units/s");
	assert_int_equal(v->kind, FARM_GAUGE);
	assert_int_equal(v->value.type, FARM_UINT64);
	assert_int_equal(v->value.uint64, 42);
	assert_int_equal(v->lifetime_ns, 600 * NS_PER_S);
	v = fake_find(f.fake, "node01.farm.test", "test_int16");
	assert_int_equal(v->value.int64, -7);
	v = fake_find(f.fake, "node01.farm.test", "ctr");
	assert_int_equal(v->kind, FARM_COUNTER32);
	assert_int_equal(v->lifetime_ns, 4 * 60 * NS_PER_S);
	v = fake_find(f.fake, "node01.farm.test", "bytes_in");
	assert_string_equal(v->unit, "By/s");
	v = fake_find(f.fake, "node01.farm.test", "machine_type");
	assert_int_equal(v->kind, FARM_STATE);
	assert_string_equal(
	    fake_text(f.fake, "node01.farm.test", "machine_type"), "x86_64");
	assert_true(fake_value(f.fake, "node01.farm.test", "test_double") ==
		    2.718281828459045);
	assert_true(
	    fake_value(f.fake, "rack17.farm.test", "rack_temp") == 31.5);
	assert_true(fake_value(f.fake, "head", "ganglia_hosts") == 2);
	assert_true(fake_value(f.fake, "head", "ganglia_metrics") == 27);
	assert_true(fake_value(f.fake, "head", "ganglia_refused") == 0);
	assert_true(fake_value(f.fake, "head", "ganglia_bytes") ==
		    (double)f.server.size);
	assert_int_equal(f.fake->n_logs, 0);
	tear_down(&f);
}

/* REPORTED and TN of the host, less TN of the metric. */
static void
times_are_those_of_the_source(void **state)
{
	static const char dump[] =
	    "<GANGLIA_XML><CLUSTER NAME=\"c\">"
	    "<HOST NAME=\"h\" REPORTED=\"1795206200\" TN=\"7\" TMAX=\"20\" "
	    "GMOND_STARTED=\"1795206000\">"
	    "<METRIC NAME=\"a\" VAL=\"1\" TYPE=\"uint8\" TN=\"5\"></METRIC>"
	    "<METRIC NAME=\"b\" VAL=\"2\" TYPE=\"uint8\" TN=\"60\"></METRIC>"
	    "<METRIC NAME=\"c\" VAL=\"3\" TYPE=\"uint8\" TN=\"5\"></METRIC>"
	    "</HOST><HOST NAME=\"old\" REPORTED=\"7\" TN=\"3\">"
	    "<METRIC NAME=\"a\" VAL=\"1\" TYPE=\"uint8\" TN=\"5\"></METRIC>"
	    "</HOST></CLUSTER></GANGLIA_XML>";
	const struct fake_value *a, *b, *c;
	struct fixture f;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	f.server.bytes = dump;
	f.server.size = sizeof(dump) - 1;
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	a = fake_find(f.fake, "h", "a");
	b = fake_find(f.fake, "h", "b");
	c = fake_find(f.fake, "h", "c");
	assert_int_equal(a->time_ns, 1795206202 * NS_PER_S);
	assert_int_equal(b->time_ns, 1795206147 * NS_PER_S);
	assert_int_equal(a->call, c->call);
	assert_int_not_equal(a->call, b->call);
	a = fake_find(f.fake, "h", "heartbeat");
	assert_int_equal(a->value.uint64, 1795206000);
	assert_int_equal(a->time_ns, 1795206200 * NS_PER_S);
	/* A clock that cannot be right. */
	a = fake_find(f.fake, "old", "a");
	assert_int_equal(a->time_ns, (THEN_S - 5) * NS_PER_S);
	assert_false(fake_has(f.fake, "old", "heartbeat"));
	tear_down(&f);
}

static void
what_is_no_xml_counts(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "gmond-hostile.xml", NULL, "original");
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_string_equal(
	    fake_text(f.fake, "node01.farm.test", "utf1"), "w\303\266rld");
	assert_string_equal(
	    fake_text(f.fake, "node01.farm.test", "esc1"), "a<b&c>d");
	assert_string_equal(
	    fake_text(f.fake, "node01.farm.test", "ctrl"), "a\tb\001c");
	assert_true(
	    fake_value(f.fake, "node01.farm.test", "name with space") == 1);
	assert_true(fake_value(f.fake, "head", "ganglia_metrics") == 30);
	assert_true(fake_value(f.fake, "head", "ganglia_refused") == 0);
	tear_down(&f);
}

static void
nothing_comes_twice(void **state)
{
	struct fixture f;
	char *at;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	fake_clear(f.fake);
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_int_equal(fake_count(f.fake, "node01.farm.test"), 0);
	assert_int_equal(fake_count(f.fake, "rack17.farm.test"), 0);
	/* Another value at the same rounded second is new. */
	at = strstr(f.bytes, "VAL=\"31.5\"");
	assert_non_null(at);
	memcpy(at, "VAL=\"32.5\"", 10);
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_int_equal(fake_count(f.fake, "rack17.farm.test"), 1);
	assert_true(
	    fake_value(f.fake, "rack17.farm.test", "rack_temp") == 32.5);
	/* And so is the same value, sent again later. */
	fake_clear(f.fake);
	at = strstr(f.bytes, "UNITS=\"Celsius\" TN=\"");
	assert_non_null(at);
	memcpy(at + 20, "02", 2);
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_int_equal(fake_count(f.fake, "rack17.farm.test"), 1);
	tear_down(&f);
}

/* However much of it came: the hosts that did are there, no other is. */
static void
a_cut_dump_gives_whole_hosts(void **state)
{
	struct fixture f;
	char want[128];
	size_t i, whole, size, hosts;
	const char *first;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	size = f.server.size;
	first = strstr(f.bytes, "</HOST>");
	assert_non_null(first);
	for (i = 0; i < 40; i++) {
		f.server.size = size * i / 40;
		fake_clear(f.fake);
		assert_int_equal(fake_collect(f.fake, f.target), -1);
		whole = (size_t)(first - f.bytes) + 7;
		hosts = f.server.size >= whole;
		snprintf(want, sizeof(want),
		    ": the dump ends in the middle, after %zu hosts", hosts);
		assert_string_equal(why(&f), want);
		assert_int_equal(fake_count(f.fake, "node01.farm.test"), 0);
		assert_false(fake_has(f.fake, "head", "ganglia_hosts"));
	}
	tear_down(&f);
}

static void
malformed_parts_cost_themselves(void **state)
{
	static const char dump[] =
	    "<GANGLIA_XML>\n<CLUSTER NAME=\"unspecified\">\n"
	    "<HOST NAME=\"a\">\n"
	    "<METRIC NAME=\"x\" VAL=\"1\" TYPE=\"uint8\n"
	    "<METRIC NAME=\"y\" VAL=\"2\" TYPE=\"uint8\">\n</METRIC>\n"
	    "<METRIC NAME=\"z\" VAL=\"many\" TYPE=\"uint8\">\n</METRIC>\n"
	    "<METRIC NAME=\"\" VAL=\"1\" TYPE=\"uint8\">\n</METRIC>\n"
	    "<METRIC NAME=\"a&#10;b\" VAL=\"1\" TYPE=\"uint8\">\n</METRIC>\n"
	    "<METRIC NAME=\"\351t\351\" VAL=\"\351\" TYPE=\"string\">\n"
	    "</METRIC>\n</HOST>\n"
	    "<HOST NAME=\"b\">\n"
	    "<METRIC NAME=\"y\" VAL=\"3\" TYPE=\"uint8\">\n</METRIC>\n"
	    "<HOST NAME=\"c\">\n"
	    "<METRIC NAME=\"y\" VAL=\"4\" TYPE=\"uint8\">\n</METRIC>\n"
	    "</HOST>\n</CLUSTER>\n</GANGLIA_XML>\n";
	struct fixture f;
	char want[256];

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	f.server.bytes = dump;
	f.server.size = sizeof(dump) - 1;
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_int_equal(fake_count(f.fake, "a"), 2);
	assert_string_equal(fake_find(f.fake, "a", "y")->cluster, "ganglia");
	assert_string_equal(
	    fake_text(f.fake, "a", "\303\251t\303\251"), "\303\251");
	assert_int_equal(fake_count(f.fake, "b"), 0);
	assert_int_equal(fake_count(f.fake, "c"), 1);
	assert_true(fake_value(f.fake, "head", "ganglia_hosts") == 2);
	assert_true(fake_value(f.fake, "head", "ganglia_refused") == 3);
	assert_true(fake_value(f.fake, "head", "ganglia_malformed") == 1);
	assert_int_equal(f.fake->n_logs, 2);
	snprintf(want, sizeof(want),
	    "%s: 1 tags could not be read, and 1 hosts were not whole",
	    f.server.address);
	assert_string_equal(f.fake->logs[0].text, want);
	snprintf(want, sizeof(want),
	    "%s: 3 metrics left out, the first: ganglia/a/z: its value reads "
	    "as none of its type",
	    f.server.address);
	assert_string_equal(f.fake->logs[1].text, want);
	tear_down(&f);
}

static void
an_answer_must_be_about_the_path(void **state)
{
	static const struct {
		const char *file;
		const char *path;
		const char *want; /* "" = taken */
	} cases[] = {
		{ "gmetad-node01.xml", "/LoopFarm/node01.farm.test", "" },
		{ "gmetad-node01.xml", "/LoopFarm", "" },
		{ "gmetad.xml", "/", "" },
		{ "gmetad.xml", "/LoopFarm/nohost",
		    ": an answer about \"rack17.farm.test\", which was not "
		    "asked for" },
		{ "gmetad.xml", "/nonexist",
		    ": an answer about \"LoopFarm\", which was not asked for" },
		{ "gmetad-node01.xml", "/LoopFarm/node01.farm.test/load_one",
		    ": an answer about \"*\", which was not asked for" },
		{ "gmetad-summary.xml", "/LoopFarm?filter=summary", "" },
		{ "gmetad-summary.xml", "/LoopFarm/node01.farm.test",
		    ": no answer to what was asked" },
	};
	struct fixture f;
	char *name;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		set_up(&f, cases[i].file, cases[i].path, "original");
		assert_int_equal(fake_collect(f.fake, f.target),
		    *cases[i].want == '\0' ? 0 : -1);
		assert_string_equal(f.server.line, cases[i].path);
		if (*cases[i].want != '\0') {
			name = strstr(cases[i].want, "\"*\"");
			if (name != NULL)
				assert_memory_equal(why(&f), cases[i].want,
				    (size_t)(name - cases[i].want));
			else
				assert_string_equal(why(&f), cases[i].want);
			assert_int_equal(fake_count(f.fake, NULL), 0);
		}
		tear_down(&f);
	}
}

static void
summaries_are_a_node(void **state)
{
	const struct fake_value *v;
	struct fixture f;

	(void)state;
	set_up(&f, "gmetad-summary.xml", "/?filter=summary", "original");
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_string_equal(f.server.line, "/?filter=summary");
	/* The grid's comes first, and then the cluster's. */
	assert_int_equal(f.fake->n_logs, 0);
	v = fake_find(f.fake, "summary", "bytes_in");
	assert_string_equal(v->cluster, "LoopFarm");
	assert_string_equal(v->unit, "By/s");
	assert_int_equal(v->time_ns, 1795206389 * NS_PER_S);
	assert_true(fake_value(f.fake, "summary", "hosts_up") == 1);
	assert_true(fake_value(f.fake, "summary", "hosts_down") == 1);
	assert_true(fake_value(f.fake, "summary", "test_int32") == 42);
	assert_true(fake_value(f.fake, "summary", "test_int32_hosts") == 1);
	assert_string_equal(f.fake->values[0].cluster, "TestGrid");
	assert_int_equal(fake_count(f.fake, "summary"), 2 * (2 + 2 * 23));
	assert_true(fake_value(f.fake, "head", "ganglia_hosts") == 0);
	tear_down(&f);
}

static void
labels_are_those_wanted(void **state)
{
	const struct farm_series *s;
	struct fixture f;
	uint32_t series;
	size_t n;

	(void)state;
	set_up(&f, "gmond-hostile.xml", NULL, "original");
	fake_free(f.fake);
	f.fake = fake_new(&farm_module);
	fake_options(f.fake, "labels", "[GROUP, TITLE, DESC]", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	f.fake->now_ns = THEN_S * NS_PER_S;
	f.target = fake_target(f.fake, "ganglia", "head", f.server.address);
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	series = fake_find(f.fake, "node01.farm.test", "cpu_num")->value.series;
	s = &f.fake->series[series - 1].names;
	assert_int_equal(s->n_labels, 3);
	assert_string_equal(s->labels[0].name, "GROUP");
	assert_string_equal(s->labels[0].value, "cpu");
	assert_string_equal(s->labels[1].value, "Total number of CPUs");
	assert_string_equal(s->labels[2].value, "CPU Count");
	series = fake_find(f.fake, "node01.farm.test", "nul")->value.series;
	s = &f.fake->series[series - 1].names;
	assert_int_equal(s->n_labels, 1);
	assert_string_equal(s->labels[0].value, "d&<e");
	/* Nothing is new about them in the next poll. */
	n = f.fake->n_series;
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_int_equal(f.fake->n_series, n);
	tear_down(&f);
}

static void
names_of_monalisa(void **state)
{
	const struct fake_value *v;
	struct fixture f;

	(void)state;
	set_up(&f, "gmond-hostile.xml", NULL, "monalisa");
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_false(fake_has(f.fake, "node01.farm.test", "bytes_in"));
	v = fake_find(f.fake, "node01.farm.test", "TotalIO_Rate_IN");
	assert_string_equal(v->unit, "Mb/s");
	assert_int_equal(v->value.type, FARM_DOUBLE);
	assert_true(fabs(v->value.number - 21 * 8 / 1e6) < 1e-12);
	assert_true(fake_has(f.fake, "node01.farm.test", "Load1"));
	assert_true(fake_has(f.fake, "node01.farm.test", "NoCPUs"));
	assert_true(fake_has(f.fake, "node01.farm.test", "proc_total"));
	v = fake_find(f.fake, "node01.farm.test", "MEM_free");
	assert_string_equal(v->unit, "MiBy");
	tear_down(&f);
}

static void
who_does_not_answer_is_named(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	dump_server_stop(&f.server);
	assert_int_equal(fake_collect(f.fake, f.target), -1);
	assert_string_equal(why(&f), ": Connection refused, after 0 hosts");
	fake_free(f.fake);
	free(f.bytes);

	set_up(&f, "gmond.xml", NULL, "original");
	fake_free(f.fake);
	f.fake = fake_new(&farm_module);
	fake_options(f.fake, "size", "4096B", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	f.target = fake_target(f.fake, "ganglia", "head", f.server.address);
	assert_int_equal(fake_collect(f.fake, f.target), -1);
	assert_string_equal(why(&f), ": more than 4096 bytes, after 0 hosts");
	tear_down(&f);
}

/* One that asks for a line, and is not told any, is waited for no longer. */
static void
a_silent_one_is_given_up(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	f.server.asks = true;
	fake_free(f.fake);
	f.fake = fake_new(&farm_module);
	fake_options(f.fake, "timeout", "50ms", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	f.target = fake_target(f.fake, "ganglia", "head", f.server.address);
	assert_int_equal(fake_collect(f.fake, f.target), -1);
	assert_string_equal(why(&f), ": Connection timed out, after 0 hosts");
	tear_down(&f);
}

/* Two gmonds of one cluster tell of the same hosts. */
static void
series_have_several_sources(void **state)
{
	struct farm_target *other;
	struct fixture f;
	size_t i;
	char *at;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	other = fake_target(f.fake, "ganglia", "second", f.server.address);
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_int_equal(fake_collect(f.fake, other), 0);
	fake_target_close(f.fake, other);
	for (i = 0; i < f.fake->n_series; i++)
		assert_false(f.fake->series[i].released);
	at = strstr(f.bytes, "VAL=\"31.5\"");
	memcpy(at, "VAL=\"33.5\"", 10);
	fake_clear(f.fake);
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_true(
	    fake_value(f.fake, "rack17.farm.test", "rack_temp") == 33.5);
	/* A host that is gone for some polls is forgotten. */
	at = strstr(f.bytes, "rack17");
	memcpy(at, "rack18", 6);
	for (i = 0; i < 12; i++)
		assert_int_equal(fake_collect(f.fake, f.target), 0);
	for (i = 0; i < f.fake->n_series; i++)
		assert_int_equal(f.fake->series[i].released,
		    strcmp(f.fake->series[i].names.node, "rack17.farm.test") ==
			0);
	tear_down(&f);
}

static void
a_path_is_checked(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);

	(void)state;
	fake_options(fake, "path", "LoopFarm", NULL);
	assert_int_equal(fake_check(fake), -1);
	assert_string_equal(fake_failure(fake),
	    "path: \"LoopFarm\" is none of at most 8 names, each after \"/\"");
	fake_free(fake);
}

/* --- datagrams --- */

struct channel {
	struct fake_host *fake;
	int fd; /* the module's */
	int sender;
};

static int
bound_socket(struct sockaddr_in *ret)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	*ret = at;
	return fd;
}

/* Its options may still be set. */
static void
make_channel(struct channel *c)
{
	struct sockaddr_in to, from;

	c->fd = bound_socket(&to);
	c->sender = bound_socket(&from);
	assert_int_equal(
	    connect(c->sender, (struct sockaddr *)&to, sizeof(to)), 0);
	c->fake = fake_new(&farm_module);
	fake_options(c->fake, "listen", "udp://127.0.0.1:8649", "own_node",
	    "here", "hosts", "{127.0.0.1: n1}", "cluster", "c",
	    "receive_buffer", "64KiB", "requests", "no", NULL);
	fake_socket(c->fake, "listen", c->fd);
}

static void
open_channel(struct channel *c)
{
	assert_int_equal(fake_open(c->fake), 0);
	assert_int_equal(fake_tick(c->fake), 0);
}

static void
close_channel(struct channel *c)
{
	fake_free(c->fake);
	close(c->fd);
	close(c->sender);
}

static void
deliver(struct channel *c, const void *bytes, size_t size)
{
	const struct farm_descriptor *d = c->fake->module;

	assert_int_equal(send(c->sender, bytes, size, 0), (ssize_t)size);
	assert_int_equal(d->listen(&c->fake->host, fake_state(c->fake), c->fd,
			     EPOLLIN, NULL),
	    0);
}

static void
deliver_message(struct channel *c, const struct gmond_message *m)
{
	uint8_t bytes[GMOND_DATAGRAM_SIZE];
	ssize_t size = gmond_encode(m, NULL, bytes, sizeof(bytes), NULL);

	assert_true(size > 0);
	deliver(c, bytes, (size_t)size);
}

#define TEXT(S)                                                                \
	{                                                                      \
		S, sizeof(S) - 1                                               \
	}

static struct gmond_message
text_message(const char *text)
{
	return (struct gmond_message){ .id = GMOND_STRING,
		.host = TEXT("vm"),
		.address = TEXT(""),
		.name = TEXT("fans"),
		.format = TEXT("%s"),
		.value = farm_text(text, strlen(text)) };
}

static struct gmond_message
description(enum gmond_type type, const char *units)
{
	struct gmond_message m = text_message("");

	m.id = GMOND_METADATA;
	m.metadata = (struct gmond_metadata){ .type = type,
		.units = { units, strlen(units) },
		.slope = GMOND_POSITIVE,
		.tmax = 60,
		.dmax = 300 };
	return m;
}

static void
what_a_metric_is_may_come_later(void **state)
{
	struct gmond_message m = text_message("3");
	const struct fake_value *v;
	struct channel c;

	(void)state;
	make_channel(&c);
	open_channel(&c);
	deliver_message(&c, &m);
	v = fake_find(c.fake, "n1", "fans");
	assert_string_equal(v->cluster, "c");
	assert_true(v->value.type == FARM_DOUBLE && v->value.number == 3);
	assert_string_equal(v->unit, "");
	assert_int_equal(v->lifetime_ns, 0);

	m = description(GMOND_TYPE_UINT16, "rpm");
	deliver_message(&c, &m);
	m = text_message("4");
	deliver_message(&c, &m);
	v = fake_find(c.fake, "n1", "fans");
	assert_true(v->value.type == FARM_UINT64 && v->value.uint64 == 4);
	assert_string_equal(v->unit, "rpm");
	assert_int_equal(v->kind, FARM_COUNTER32);
	assert_int_equal(v->lifetime_ns, 300 * NS_PER_S);

	m = text_message("many");
	deliver_message(&c, &m);
	assert_int_equal(fake_count(c.fake, "n1"), 2);
	assert_int_equal(fake_tick(c.fake), 0);
	assert_true(fake_value(c.fake, "here", "udp_values") == 2);
	assert_true(fake_value(c.fake, "here", "udp_metadata") == 1);
	assert_true(fake_value(c.fake, "here", "udp_refused") == 1);
	assert_string_equal(fake_text(c.fake, "here", "udp_last_refused"),
	    "127.0.0.1: a value that reads as none of its type");
	close_channel(&c);
}

static void
datagrams_have_labels_too(void **state)
{
	struct gmond_extra extra[] = { { TEXT("TITLE"), TEXT("Fans") },
		{ TEXT("SPOOF_HOST"), TEXT("vm") },
		{ TEXT("GROUP"), TEXT("caf\351") } };
	struct gmond_message m = description(GMOND_TYPE_UINT16, "rpm");
	uint8_t bytes[GMOND_DATAGRAM_SIZE];
	const struct farm_series *s;
	struct channel c;
	ssize_t size;

	(void)state;
	make_channel(&c);
	fake_options(c.fake, "labels", "[GROUP, TITLE]", NULL);
	open_channel(&c);
	m.n_extra = COUNT(extra);
	size = gmond_encode(&m, extra, bytes, sizeof(bytes), NULL);
	assert_true(size > 0);
	deliver(&c, bytes, (size_t)size);
	m = text_message("4");
	deliver_message(&c, &m);
	s = &c.fake->series[fake_find(c.fake, "n1", "fans")->value.series - 1]
		 .names;
	assert_int_equal(s->n_labels, 2);
	assert_string_equal(s->labels[0].name, "TITLE");
	assert_string_equal(s->labels[0].value, "Fans");
	assert_string_equal(s->labels[1].value, "caf\303\251");
	close_channel(&c);
}

static void
what_is_malformed_is_counted(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *want;
	} cases[] = {
		{ "\0\0\0", 3, "127.0.0.1: ends inside the message" },
		{ "\0\0\0\205\377\377\377\377", 8,
		    "127.0.0.1: ends inside the message" },
		{ "\0\0\0\177", 4, "127.0.0.1: an unknown kind of message" },
		{ "\0\0\0\210\0\0\0\0\0\0\0\0\0\0\0\0", 16,
		    "127.0.0.1: a metric without a name" },
	};
	struct channel c;
	size_t i;

	(void)state;
	make_channel(&c);
	open_channel(&c);
	for (i = 0; i < COUNT(cases); i++) {
		deliver(&c, cases[i].bytes, cases[i].size);
		assert_int_equal(fake_tick(c.fake), 0);
		assert_string_equal(
		    fake_text(c.fake, "here", "udp_last_refused"),
		    cases[i].want);
		assert_true(fake_value(c.fake, "here", "udp_malformed") ==
			    (double)(i + 1));
		assert_true(fake_value(c.fake, "n1", "udp_source_malformed") ==
			    (double)(i + 1));
	}
	close_channel(&c);
}

static void
a_source_has_a_limit(void **state)
{
	struct gmond_message m = text_message("3");
	struct channel c;
	size_t i, taken;

	(void)state;
	make_channel(&c);
	fake_options(c.fake, "burst", "5", "rate", "1", NULL);
	open_channel(&c);
	for (i = 0; i < 1000; i++)
		deliver_message(&c, &m);
	assert_int_equal(fake_tick(c.fake), 0);
	/* Some more, if the test takes seconds. */
	taken = fake_count(c.fake, "n1") - 1;
	assert_true(taken >= 5 && taken < 500);
	assert_true(
	    fake_value(c.fake, "here", "udp_limited") == 1000 - (double)taken);
	assert_true(fake_value(c.fake, "n1", "udp_source_limited") ==
		    1000 - (double)taken);
	close_channel(&c);
}

/* Whoever invents metrics makes us forget others, and no more. */
static void
metrics_are_bounded(void **state)
{
	struct gmond_message m = text_message("3");
	char name[16];
	struct channel c;
	size_t i, held = 0;

	(void)state;
	make_channel(&c);
	fake_options(c.fake, "metrics", "10", NULL);
	open_channel(&c);
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "m%zu", i);
		m.name = (struct slice){ name, strlen(name) };
		deliver_message(&c, &m);
	}
	assert_int_equal(fake_tick(c.fake), 0);
	assert_true(fake_value(c.fake, "here", "udp_metrics") == 10);
	for (i = 0; i < c.fake->n_series; i++)
		held += c.fake->series[i].names.parameter[0] == 'm' &&
			!c.fake->series[i].released;
	assert_int_equal(held, 10);
	close_channel(&c);
}

static void
who_is_not_allowed_is_not_heard(void **state)
{
	struct gmond_message m = text_message("3");
	struct channel c;

	(void)state;
	make_channel(&c);
	fake_options(c.fake, "allow", "[10.0.0.0/8]", NULL);
	open_channel(&c);
	deliver_message(&c, &m);
	assert_int_equal(fake_tick(c.fake), 0);
	assert_int_equal(fake_count(c.fake, "n1"), 0);
	assert_true(fake_value(c.fake, "here", "udp_not_allowed") == 1);
	close_channel(&c);
}

static void
options_of_a_listener_are_checked(void **state)
{
	static const struct {
		const char *option;
		const char *value;
		const char *want;
	} cases[] = {
		{ "join", "[239.2.11.71, 10.0.0.1]",
		    "join[1]: \"10.0.0.1\" is no multicast address" },
		{ "join", "[ff15::71%eth9]", "" },
		{ "join", "[everybody]",
		    "join[0]: \"everybody\" is no multicast address" },
		{ "hosts", "{10.0.0.1: \"\"}",
		    "hosts[0]: the name of a node is empty" },
	};
	struct fake_host *fake;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		fake = fake_new(&farm_module);
		fake_options(fake, cases[i].option, cases[i].value, NULL);
		assert_int_equal(
		    fake_check(fake), *cases[i].want == '\0' ? 0 : -1);
		assert_string_equal(fake_failure(fake), cases[i].want);
		fake_free(fake);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_becomes_values),
		cmocka_unit_test(times_are_those_of_the_source),
		cmocka_unit_test(what_is_no_xml_counts),
		cmocka_unit_test(nothing_comes_twice),
		cmocka_unit_test(a_cut_dump_gives_whole_hosts),
		cmocka_unit_test(malformed_parts_cost_themselves),
		cmocka_unit_test(an_answer_must_be_about_the_path),
		cmocka_unit_test(summaries_are_a_node),
		cmocka_unit_test(labels_are_those_wanted),
		cmocka_unit_test(names_of_monalisa),
		cmocka_unit_test(who_does_not_answer_is_named),
		cmocka_unit_test(a_silent_one_is_given_up),
		cmocka_unit_test(series_have_several_sources),
		cmocka_unit_test(a_path_is_checked),
		cmocka_unit_test(what_a_metric_is_may_come_later),
		cmocka_unit_test(datagrams_have_labels_too),
		cmocka_unit_test(what_is_malformed_is_counted),
		cmocka_unit_test(a_source_has_a_limit),
		cmocka_unit_test(metrics_are_bounded),
		cmocka_unit_test(who_is_not_allowed_is_not_heard),
		cmocka_unit_test(options_of_a_listener_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
