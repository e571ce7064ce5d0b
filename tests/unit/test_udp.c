/* The listener for datagrams of programs: what it makes of each format, whom it
   refuses, and what it counts. */
#include "fake_host.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch.h"
#include "buffer.h"
#include "frame.h"
#include "hex.h"
#include "series.h"
#include "whole_file.h"

extern const struct farm_entry farm_module;

#define SENDER "127.0.0.1"
#define FOLDER TEST_DATA "/apmon/"

/* A listener on loopback, and somebody who sends to it. */
struct stand {
	struct fake_host *fake;
	int fd;
	int sender;
};

static struct stand
stand_make(const char *format)
{
	struct stand s = { .fake = fake_new(&farm_module) };
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);

	s.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	s.sender = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(s.fd, (struct sockaddr *)&at, size), 0);
	assert_int_equal(getsockname(s.fd, (struct sockaddr *)&at, &size), 0);
	assert_int_equal(connect(s.sender, (struct sockaddr *)&at, size), 0);
	fake_socket(s.fake, "listen", s.fd);
	fake_options(s.fake, "listen", "udp://127.0.0.1:8884", "format", format,
	    "own_node", "here", NULL);
	return s;
}

static struct stand
stand_open(const char *format)
{
	struct stand s = stand_make(format);

	assert_int_equal(fake_open(s.fake), 0);
	return s;
}

static void
stand_end(struct stand *s)
{
	fake_free(s->fake);
	close(s->sender);
	close(s->fd);
}

/* The state begins with the address, whose place is the cookie. */
static void
send_bytes(struct stand *s, const void *bytes, size_t size)
{
	struct pollfd poll_fd = { .fd = s->fd, .events = POLLIN };

	assert_int_equal(send(s->sender, bytes, size, 0), size);
	assert_int_equal(poll(&poll_fd, 1, 30000), 1);
	assert_int_equal(
	    farm_module.descriptor->listen(&s->fake->host, fake_state(s->fake),
		s->fd, EPOLLIN, fake_state(s->fake)),
	    0);
}

static void
send_text(struct stand *s, const char *text)
{
	send_bytes(s, text, strlen(text));
}

static uint8_t *
recorded(const char *file, size_t *ret_size)
{
	char path[512];
	uint8_t *bytes;
	size_t size;
	char *hex;

	snprintf(path, sizeof(path), FOLDER "%s", file);
	hex = whole_file(path, &size);
	hex[strcspn(hex, "\n")] = '\0';
	bytes = hex_bytes(hex, ret_size);
	free(hex);
	return bytes;
}

static void
send_recorded(struct stand *s, const char *file)
{
	size_t size;
	uint8_t *bytes = recorded(file, &size);

	send_bytes(s, bytes, size);
	free(bytes);
}

static double
own(struct stand *s, const char *parameter)
{
	assert_int_equal(fake_tick(s->fake), 0);
	return fake_value(s->fake, "here", parameter);
}

static void
assert_refusal(struct stand *s, const char *parameter, const char *text)
{
	assert_int_equal(fake_tick(s->fake), 0);
	assert_string_equal(fake_text(s->fake, "here", parameter), text);
}

/* ------------------------------------------------------------------- ApMon --
 */

/* As MonALISA's listener took the same bytes. */
static void
test_apmon(void **unused)
{
	struct stand s = stand_open("apmon");
	const struct fake_value *v;

	(void)unused;
	send_recorded(&s, "c_004.hex");
	assert_true(fake_value(s.fake, "node1", "an_int") == 42);
	assert_true(fake_value(s.fake, "node1", "a_float") == 1.5);
	assert_true(fake_value(s.fake, "node1", "a_double") == 3.25);
	assert_string_equal(fake_text(s.fake, "node1", "a_string"), "hello");
	v = fake_find(s.fake, "node1", "an_int");
	assert_string_equal(v->cluster, "TestCluster");
	assert_int_equal(v->time_ns, INT64_C(1700000000000000000));
	assert_true(own(&s, "apmon_taken") == 1);
	assert_true(own(&s, "apmon_values") == 4);
	assert_true(own(&s, "apmon_sources") == 1);
	stand_end(&s);
}

/* Who names neither cluster nor node is known by the address. */
static void
test_apmon_without_names(void **unused)
{
	struct stand s = stand_make("apmon");

	(void)unused;
	fake_options(s.fake, "hosts", "{127.0.0.0/8: lo}", NULL);
	assert_int_equal(fake_open(s.fake), 0);
	send_recorded(&s, "syn_emptyclus.hex");
	assert_true(fake_value(s.fake, "lo", "p") == 2.5);
	assert_string_equal(fake_find(s.fake, "lo", "p")->cluster, "UDP");
	stand_end(&s);
}

static void
test_apmon_accounting(void **unused)
{
	struct stand s = stand_open("apmon");
	const struct fake_record *r;

	(void)unused;
	send_recorded(&s, "syn_acc.hex");
	assert_int_equal(s.fake->n_values, 0);
	assert_int_equal(s.fake->n_records, 1);
	r = &s.fake->records[0];
	assert_int_equal(r->type, FARM_ACCOUNTING);
	assert_string_equal(r->payload,
	    "{\"system\":\"apmon\",\"group\":\"vo_x\",\"user\":\"user1\","
	    "\"source\":\"" SENDER "\",\"values\":["
	    "{\"name\":\"jobid\",\"value\":\"42.srv\"},"
	    "{\"name\":\"start\",\"value\":1700000000},"
	    "{\"name\":\"stop\",\"value\":1700000100},"
	    "{\"name\":\"cpu_MHz\",\"value\":2000},"
	    "{\"name\":\"utime\",\"value\":9},"
	    "{\"name\":\"stime\",\"value\":1},"
	    "{\"name\":\"virtualmem\",\"value\":100},"
	    "{\"name\":\"rss\",\"value\":50}]}");
	stand_end(&s);
}

static void
test_apmon_password(void **unused)
{
	struct stand s = stand_make("apmon");

	(void)unused;
	fake_options(s.fake, "password", "another", NULL);
	assert_int_equal(fake_open(s.fake), 0);
	send_recorded(&s, "c_004.hex");
	assert_true(own(&s, "apmon_wrong_password") == 1);
	assert_true(own(&s, "apmon_taken") == 0);
	assert_refusal(&s, "apmon_last_refused", SENDER ": wrong password");
	stand_end(&s);
}

/* The same number again is the same datagram. */
static void
test_apmon_sequence(void **unused)
{
	static const uint8_t numbers[] = { 5, 9, 6, 9 };
	static const size_t number_at = 27;
	struct stand s = stand_open("apmon");
	size_t i, size;
	uint8_t *bytes = recorded("c_004.hex", &size);

	(void)unused;
	for (i = 0; i < COUNT(numbers); i++) {
		bytes[number_at] = numbers[i];
		send_bytes(&s, bytes, size);
	}
	assert_true(own(&s, "apmon_taken") == 3);
	assert_true(own(&s, "apmon_duplicate") == 1);
	assert_true(own(&s, "apmon_missing") == 3);
	assert_true(own(&s, "apmon_late") == 1);
	free(bytes);
	stand_end(&s);
}

/* What is taken and what is refused add up, and nobody reads past the end. */
static void
truncate_all(const char *file)
{
	struct stand s = stand_open("apmon");
	size_t i, size;
	uint8_t *bytes = recorded(file, &size);
	double sum;

	for (i = 1; i <= size; i++)
		send_bytes(&s, bytes, i);
	sum = own(&s, "apmon_taken") + own(&s, "apmon_duplicate") +
	      own(&s, "apmon_malformed");
	if (sum < (double)size)
		fail_msg("%s: %g of %zu were counted", file, sum, size);
	assert_true(own(&s, "apmon_lost") == 0);
	free(bytes);
	stand_end(&s);
}

static void
test_apmon_truncated(void **unused)
{
	DIR *folder = opendir(FOLDER);
	struct dirent *e;
	size_t n = 0;

	(void)unused;
	assert_non_null(folder);
	while ((e = readdir(folder)) != NULL) {
		if (strstr(e->d_name, ".hex") == NULL)
			continue;
		truncate_all(e->d_name);
		n++;
	}
	closedir(folder);
	assert_true(n > 30);
}

/* ------------------------------------------------------------------- lines --
 */

static const struct {
	const char *format;
	const char *line;
	const char *cluster;
	const char *node;
	const char *parameter;
	double value;
	int64_t time_ns; /* 0: now */
} lines[] = {
	{ "influx", "cpu,host=n1,core=0 idle=3i,user=1.5 1700000000000000000\n",
	    "UDP", "n1", "cpu.0.idle", 3, INT64_C(1700000000000000000) },
	{ "influx", "cpu,host=n1,core=0 idle=3i,user=1.5", "UDP", "n1",
	    "cpu.0.user", 1.5, 0 },
	{ "influx", "load,cluster=my\\ c value=2", "my c", SENDER, "load", 2,
	    0 },
	{ "graphite", "n1.cpu.idle 3 1700000000\n", "UDP", "n1", "cpu.idle", 3,
	    INT64_C(1700000000000000000) },
	{ "graphite", "load 2 -1", "UDP", SENDER, "load", 2, 0 },
	{ "graphite", "disk.used;host=n2;device=sda 7.5 -1", "UDP", "n2",
	    "used.sda", 7.5, 0 },
	{ "ulm",
	    "DATE=20000330112320.957943 HOST=dps1.lbl.gov PROG=testProg "
	    "LVL=Usage NL.EVNT=WriteData SEND.SZ=49332\n",
	    "testProg", "dps1.lbl.gov", "WriteData.SEND.SZ", 49332,
	    INT64_C(954415400957943000) },
	{ "ulm",
	    "<13>Nov 21 10:00:00 h p: DATE=20000330112320 HOST=\"a b\" PROG=p "
	    "LVL=Usage N=-1",
	    "p", "a b", "N", -1, INT64_C(954415400000000000) },
};

static void
test_lines(void **unused)
{
	const struct fake_value *v;

	(void)unused;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct stand s = stand_open(lines[i].format);

		send_text(&s, lines[i].line);
		v = fake_find(s.fake, lines[i].node, lines[i].parameter);
		if (v == NULL) {
			fake_print(s.fake);
			fail_msg("%s", lines[i].line);
		}
		assert_string_equal(v->cluster, lines[i].cluster);
		assert_true(fake_value(s.fake, lines[i].node,
				lines[i].parameter) == lines[i].value);
		if (lines[i].time_ns != 0)
			assert_int_equal(v->time_ns, lines[i].time_ns);
		stand_end(&s);
	}
}

/* Each cut is refused or taken, with its values, and never lost. */
static void
test_lines_truncated(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct stand s = stand_open(lines[i].format);
		char name[64];

		for (size_t n = 1; n <= strlen(lines[i].line); n++)
			send_bytes(&s, lines[i].line, n);
		snprintf(name, sizeof(name), "%s_taken", lines[i].format);
		assert_true(own(&s, name) == (double)strlen(lines[i].line));
		snprintf(name, sizeof(name), "%s_malformed", lines[i].format);
		assert_true(own(&s, name) > 0);
		stand_end(&s);
	}
}

/* Nothing of a ULM line is lost. */
static void
test_an_event(void **unused)
{
	struct stand s = stand_open("ulm");

	(void)unused;
	send_text(&s, "DATE=20000330112320.957943 HOST=h PROG=p LVL=Usage "
		      "NL.EVNT=Write MORE=\"a \\\"b\\\"\"\n");
	assert_int_equal(s.fake->n_records, 1);
	assert_int_equal(s.fake->records[0].type, FARM_EVENT);
	assert_string_equal(s.fake->records[0].payload,
	    "{\"event\":\"Write\",\"text\":\"DATE=20000330112320.957943 HOST=h "
	    "PROG=p LVL=Usage NL.EVNT=Write MORE=\\\"a \\\\\\\"b\\\\\\\"\\\"\","
	    "\"cluster\":\"p\",\"node\":\"h\",\"prog\":\"p\","
	    "\"level\":\"Usage\"}");
	stand_end(&s);
}

/* Nothing is said before it is due. */
static void
test_statsd(void **unused)
{
	struct stand s = stand_open("statsd");

	(void)unused;
	send_text(&s, "hits:1|c|@0.5\nhits:3|c\nqueue:7|g\nqueue:-2|g\n"
		      "t:1:3|ms|#host:n1,disk:sda\nu:x|s\nu:y|s\nu:x|s\n");
	assert_int_equal(s.fake->n_values, 0);
	assert_int_equal(fake_tick(s.fake), 0);
	assert_true(fake_value(s.fake, SENDER, "hits") == 5);
	assert_int_equal(
	    fake_find(s.fake, SENDER, "hits")->kind, FARM_COUNTER64);
	assert_true(fake_value(s.fake, SENDER, "queue") == 5);
	assert_true(fake_value(s.fake, SENDER, "u") == 2);
	assert_true(fake_value(s.fake, "n1", "t.sda.count") == 2);
	assert_true(fake_value(s.fake, "n1", "t.sda.mean") == 2);
	assert_true(fake_value(s.fake, "n1", "t.sda.min") == 1);
	assert_true(fake_value(s.fake, "n1", "t.sda.max") == 3);
	fake_clear(s.fake);
	assert_int_equal(fake_tick(s.fake), 0);
	assert_int_equal(fake_count(s.fake, SENDER), 0);
	stand_end(&s);
}

static void
test_statsd_refused(void **unused)
{
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "a:1|c\na:1|g", SENDER ": a: of another type than before" },
		{ "a:-1|c",
		    SENDER ": a: a counter cannot go down or beyond 10^19" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stand s = stand_open("statsd");

		send_text(&s, cases[i].text);
		assert_true(own(&s, "statsd_malformed") == 1);
		assert_int_equal(fake_count(s.fake, SENDER), i == 0);
		assert_refusal(&s, "statsd_last_refused", cases[i].why);
		stand_end(&s);
	}
}

/* A bad line spoils no other. */
static void
test_bad_lines(void **unused)
{
	struct stand s = stand_open("graphite");

	(void)unused;
	send_text(&s, "n1.a 1 -1\nn1.b x -1\nn1.c 3 -1\n");
	assert_true(fake_value(s.fake, "n1", "a") == 1);
	assert_true(fake_value(s.fake, "n1", "c") == 3);
	assert_int_equal(fake_count(s.fake, "n1"), 2);
	assert_true(own(&s, "graphite_malformed") == 1);
	stand_end(&s);
}

static void
test_a_text(void **unused)
{
	struct stand s = stand_open("influx");

	(void)unused;
	send_text(
	    &s, "m,host=n a=\"x\\\"y\",b=\"z\",c=true\nm,host=n d=\"\xff\"");
	assert_string_equal(fake_text(s.fake, "n", "m.a"), "x\"y");
	assert_string_equal(fake_text(s.fake, "n", "m.b"), "z");
	assert_int_equal(fake_count(s.fake, "n"), 3);
	assert_refusal(&s, "influx_last_refused",
	    SENDER ": parameter \"m.d\": a text that is too long or not UTF-8");
	stand_end(&s);
}

/* --------------------------------------------------------------- connections
 * --
 */

static int
ready(struct fake_host *fake, int fd, void *cookie)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&poll_fd, 1, 30000), 1);
	return farm_module.descriptor->listen(
	    &fake->host, fake_state(fake), fd, EPOLLIN, cookie);
}

static int
connected(int listener)
{
	struct sockaddr_in at;
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&at, &size), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, size), 0);
	return fd;
}

static struct fake_host *
tcp_open_of(
    int *ret_listener, const char *format, const char *allow, const char *rate)
{
	struct fake_host *fake = fake_new(&farm_module);
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	*ret_listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(
	    bind(*ret_listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(*ret_listener, 8), 0);
	fake_socket(fake, "listen_tcp", *ret_listener);
	fake_options(fake, "listen_tcp", "tcp://127.0.0.1:2003", "format",
	    format, "own_node", "here", "connections", "1", "allow", allow,
	    "rate", rate, "burst", rate, NULL);
	assert_int_equal(fake_open(fake), 0);
	return fake;
}

static struct fake_host *
tcp_open(int *ret_listener, const char *allow)
{
	return tcp_open_of(ret_listener, "graphite", allow, "1000");
}

/* The second option's place is the cookie of those who want to connect. */
static struct fake_watch
tcp_accept(struct fake_host *fake, int listener)
{
	char *state = fake_state(fake);

	assert_int_equal(
	    ready(fake, listener, state + sizeof(struct farm_address)), 0);
	assert_int_equal(fake->n_watches, 1);
	return fake->watches[0];
}

static void
test_lines_over_tcp(void **unused)
{
	int listener;
	struct fake_host *fake = tcp_open(&listener, "[]");
	int first = connected(listener), second;
	struct fake_watch w = tcp_accept(fake, listener);

	(void)unused;
	assert_int_equal(send(first, "n1.a 1 -1\nn1.b 2", 16, 0), 16);
	assert_int_equal(ready(fake, w.fd, w.cookie), 0);
	assert_int_equal(fake_count(fake, "n1"), 1);
	assert_int_equal(send(first, "5 -1\nn1.c 3 -1", 14, 0), 14);
	assert_int_equal(ready(fake, w.fd, w.cookie), 0);
	assert_true(fake_value(fake, "n1", "b") == 25);
	assert_false(fake_has(fake, "n1", "c"));
	/* What ends a connection ends its last line. */
	shutdown(first, SHUT_WR);
	assert_int_equal(ready(fake, w.fd, w.cookie), 0);
	assert_true(fake_value(fake, "n1", "c") == 3);
	assert_int_equal(fake->n_watches, 0);
	close(first);
	/* The newer one takes the place of the older. */
	first = connected(listener);
	(void)tcp_accept(fake, listener);
	second = connected(listener);
	(void)tcp_accept(fake, listener);
	assert_int_equal(fake_tick(fake), 0);
	assert_true(fake_value(fake, "here", "graphite_turned_away") == 1);
	assert_true(fake_value(fake, "here", "graphite_connections") == 1);
	fake_free(fake);
	close(first);
	close(second);
	close(listener);
}

/* Who may not send takes nobody's place. */
static void
test_not_allowed_over_tcp(void **unused)
{
	int listener;
	struct fake_host *fake = tcp_open(&listener, "[10.0.0.0/8]");
	int sender = connected(listener);
	char *state = fake_state(fake);

	(void)unused;
	assert_int_equal(
	    ready(fake, listener, state + sizeof(struct farm_address)), 0);
	assert_int_equal(fake->n_watches, 0);
	assert_int_equal(fake_tick(fake), 0);
	assert_true(fake_value(fake, "here", "graphite_not_allowed") == 1);
	fake_free(fake);
	close(sender);
	close(listener);
}

static void
test_a_line_too_long(void **unused)
{
	char *line = calloc(1, 65536);
	int listener, sender;
	struct fake_host *fake = tcp_open(&listener, "[]");
	struct fake_watch w;

	(void)unused;
	memset(line, 'a', 65536);
	sender = connected(listener);
	w = tcp_accept(fake, listener);
	for (size_t sent = 0; sent < 65536; sent += 4096) {
		assert_int_equal(send(sender, line, 4096, 0), 4096);
		assert_int_equal(ready(fake, w.fd, w.cookie), 0);
	}
	while (fake->n_watches > 0)
		assert_int_equal(ready(fake, w.fd, w.cookie), 0);
	assert_int_equal(fake_tick(fake), 0);
	assert_true(fake_value(fake, "here", "graphite_turned_away") == 1);
	assert_true(fake_value(fake, "here", "graphite_malformed") == 1);
	fake_free(fake);
	free(line);
	close(sender);
	close(listener);
}

/* Syslog's framing by lengths: whole, in pieces, and none at all. */
static void
test_counted_over_tcp(void **unused)
{
	static const char messages[] =
	    "63 <14>p: DATE=20000330112320 HOST=h PROG=p LVL=Usage ONE=1 PAD=xx"
	    "56 <14>p: DATE=20000330112321 HOST=h PROG=p LVL=Usage TWO=2"
	    "99999 bytes are too many\n"
	    "DATE=20000330112322 HOST=h PROG=p LVL=Usage THREE=3\n";
	int listener;
	struct fake_host *fake = tcp_open_of(&listener, "ulm", "[]", "1000");
	int sender = connected(listener);
	struct fake_watch w = tcp_accept(fake, listener);

	(void)unused;
	for (size_t i = 0; i < sizeof(messages) - 1; i += 7) {
		size_t n = sizeof(messages) - 1 - i;

		assert_true(send(sender, messages + i, n < 7 ? n : 7, 0) > 0);
		assert_int_equal(ready(fake, w.fd, w.cookie), 0);
	}
	assert_true(fake_value(fake, "h", "ONE") == 1);
	assert_true(fake_value(fake, "h", "TWO") == 2);
	assert_true(fake_value(fake, "h", "THREE") == 3);
	assert_int_equal(fake_tick(fake), 0);
	assert_true(fake_value(fake, "here", "ulm_malformed") == 1);
	fake_free(fake);
	close(sender);
	close(listener);
}

/* Who sends more than it may waits, and loses nothing. */
static void
test_held_over_tcp(void **unused)
{
	int listener;
	struct fake_host *fake = tcp_open_of(&listener, "graphite", "[]", "2");
	int sender = connected(listener), sent = 0, i;
	struct fake_watch w = tcp_accept(fake, listener);
	char line[40];

	(void)unused;
	for (i = 0; i < 100 && fake->n_watches > 0; i++) {
		snprintf(line, sizeof(line), "n1.a %d -1\n", ++sent);
		assert_true(send(sender, line, strlen(line), 0) > 0);
		assert_int_equal(ready(fake, w.fd, w.cookie), 0);
	}
	assert_int_equal(fake->n_watches, 0);
	/* What comes meanwhile is read when it is its turn again. */
	snprintf(line, sizeof(line), "n1.a %d -1\n", ++sent);
	assert_true(send(sender, line, strlen(line), 0) > 0);
	for (i = 0; i < 30000 && fake->n_watches == 0; i++) {
		assert_int_equal(fake_tick(fake), 0);
		usleep(1000);
	}
	assert_int_equal(fake->n_watches, 1);
	assert_int_equal(ready(fake, w.fd, w.cookie), 0);
	assert_true(fake_value(fake, "n1", "a") == sent);
	assert_int_equal(fake_tick(fake), 0);
	assert_true(fake_value(fake, "here", "graphite_held") >= 1);
	assert_true(fake_value(fake, "here", "graphite_limited") == 0);
	fake_free(fake);
	close(sender);
	close(listener);
}

/* ------------------------------------------------------------------- frames --
 */

/* Two values of two nodes with all that can be known of them, an event and a
   removal, as a stream by itself. */
static void
put_frame(struct buffer *b, uint32_t kind)
{
	const struct farm_label label = { "rack", "7" };
	const struct farm_series names[] = {
		{ .farm = "other",
		    .cluster = "c",
		    .node = "n1",
		    .parameter = "octets",
		    .unit = "By",
		    .kind = kind,
		    .labels = &label,
		    .n_labels = 1 },
		{ .farm = "other",
		    .cluster = "c",
		    .node = "n2",
		    .parameter = "name",
		    .unit = "",
		    .kind = FARM_GAUGE },
	};
	struct series_table *table = series_table_new(10);
	struct frame_encoder *encoder = frame_encoder_new(table);
	struct batch *batch = batch_new();
	struct farm_value rows[] = { farm_uint64(UINT64_MAX),
		farm_text("x", 1) };
	struct error err;

	for (size_t i = 0; i < 2; i++)
		rows[i].series = series_define(table, &names[i], &err);
	assert_int_equal(
	    batch_add_result(batch, 5000000000, "i", 0, &rows[0], 1), 0);
	assert_int_equal(
	    batch_add_result(batch, 6000000000, "i", 0, &rows[1], 1), 0);
	assert_int_equal(batch_add_payload(batch, FARM_EVENT, 7000000000, "i",
			     "{\"event\":\"e\"}", 13),
	    0);
	assert_int_equal(batch_add_payload(batch, FARM_REMOVAL, 7000000000, "i",
			     "{\"node\":\"x\"}", 12),
	    0);
	buffer_clear(b);
	assert_int_equal(frame_encode(encoder, &batch->view, b, &err), 0);
	batch_unref(batch);
	frame_encoder_free(encoder);
	series_table_free(table);
}

static void
test_frames(void **unused)
{
	struct stand s = stand_open("frames");
	struct buffer frame = BUFFER_INIT;
	const struct fake_value *v;

	(void)unused;
	put_frame(&frame, FARM_COUNTER64);
	for (int i = 0; i < 3; i++)
		send_bytes(&s, frame.data, frame.size);
	v = fake_find(s.fake, "n1", "octets");
	assert_non_null(v);
	assert_string_equal(v->farm, "other");
	assert_string_equal(v->cluster, "c");
	assert_string_equal(v->unit, "By");
	assert_int_equal(v->kind, FARM_COUNTER64);
	assert_int_equal(v->n_labels, 1);
	assert_string_equal(v->labels[0].value, "7");
	assert_true(v->value.uint64 == UINT64_MAX);
	assert_true(v->time_ns == 5000000000);
	assert_string_equal(fake_text(s.fake, "n2", "name"), "x");
	assert_int_equal(s.fake->n_records, 3);
	assert_int_equal(s.fake->records[0].type, FARM_EVENT);
	/* Of another kind it is another series. */
	put_frame(&frame, FARM_GAUGE);
	send_bytes(&s, frame.data, frame.size);
	v = fake_find(s.fake, "n1", "octets");
	assert_int_equal(v->kind, FARM_GAUGE);
	assert_true(own(&s, "frames_taken") == 4);
	assert_true(own(&s, "frames_values") == 8);
	/* Every truncation, and every byte another. */
	for (size_t i = 0; i < frame.size; i++) {
		uint8_t *cut = malloc(i + (i == 0));

		memcpy(cut, frame.data, i);
		send_bytes(&s, cut, i);
		free(cut);
		frame.data[i] ^= 0x20;
		send_bytes(&s, frame.data, frame.size);
		frame.data[i] ^= 0x20;
	}
	assert_true(own(&s, "frames_taken") == 4);
	assert_true(own(&s, "frames_malformed") == 2.0 * (double)frame.size);
	buffer_free(&frame);
	stand_end(&s);
}

/* ------------------------------------------------------------- this host's --
 */

/* Whoever may write to the file may send. */
static void
test_unix_datagrams(void **unused)
{
	struct fake_host *fake = fake_new(&farm_module);
	struct stand s = { .fake = fake };
	int ends[2];

	(void)unused;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
	s.fd = ends[0];
	s.sender = ends[1];
	fake_socket(fake, "listen", s.fd);
	fake_options(fake, "listen", "unixgram:/run/x", "format", "influx",
	    "own_node", "here", "allow", "[10.0.0.0/8]", NULL);
	assert_int_equal(fake_open(fake), 0);
	send_text(&s, "load value=2.5");
	assert_true(fake_value(fake, "here", "load") == 2.5);
	send_text(&s, "bad");
	assert_refusal(
	    &s, "influx_last_refused", "local: field 1 of \"bad\" is wrong");
	/* What is said of strange bytes is a text all the same. */
	send_text(&s, "bad\xff");
	assert_refusal(&s, "influx_last_refused",
	    "local: field 1 of \"bad\xef\xbf\xbd\" is wrong");
	stand_end(&s);
}

/* ----------------------------------------------------------------- refusals --
 */

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* Read again when it changes; wrong or gone, it stays as it was. */
static void
test_allow_file(void **unused)
{
	struct stand s = stand_make("graphite");
	char path[] = "/tmp/test_udp.XXXXXX";
	struct stat st;

	(void)unused;
	close(mkstemp(path));
	write_file(path, "# nobody yet\n\n");
	fake_options(s.fake, "allow_file", path, NULL);
	assert_int_equal(fake_open(s.fake), 0);
	send_text(&s, "n1.a 1 -1");
	assert_true(own(&s, "graphite_not_allowed") == 1);
	write_file(path, "10.0.0.0/8\n 127.0.0.0/8 # ours\n");
	assert_int_equal(fake_tick(s.fake), 0);
	send_text(&s, "n1.a 2 -1");
	assert_true(fake_value(s.fake, "n1", "a") == 2);
	write_file(path, "10.0.0.0/8\nnonsense and more\n");
	assert_int_equal(stat(path, &st), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fake_tick(s.fake), 0);
	assert_int_equal(s.fake->n_logs > 0, 1);
	assert_non_null(strstr(s.fake->logs[s.fake->n_logs - 1].text,
	    ":2: \"nonsense\" is no address or network"));
	unlink(path);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fake_tick(s.fake), 0);
	assert_non_null(strstr(s.fake->logs[s.fake->n_logs - 1].text,
	    "No such file or directory; who could send still may"));
	send_text(&s, "n1.a 3 -1");
	assert_true(fake_value(s.fake, "n1", "a") == 3);
	stand_end(&s);
}

static void
test_not_allowed(void **unused)
{
	struct stand s = stand_make("graphite");

	(void)unused;
	fake_options(s.fake, "allow", "[10.0.0.0/8]", NULL);
	assert_int_equal(fake_open(s.fake), 0);
	send_text(&s, "n1.a 1 -1");
	assert_int_equal(fake_count(s.fake, "n1"), 0);
	assert_true(own(&s, "graphite_not_allowed") == 1);
	assert_refusal(&s, "graphite_last_refused", SENDER ": not allowed");
	stand_end(&s);
}

static void
test_limited(void **unused)
{
	struct stand s = stand_make("graphite");

	(void)unused;
	fake_options(s.fake, "rate", "1", "burst", "5", NULL);
	assert_int_equal(fake_open(s.fake), 0);
	for (int i = 0; i < 50; i++)
		send_text(&s, "n1.a 1 -1");
	assert_true(own(&s, "graphite_limited") > 0);
	assert_true(own(&s, "graphite_taken") >= 5);
	assert_true(
	    own(&s, "graphite_taken") + own(&s, "graphite_limited") == 50);
	stand_end(&s);
}

/* Who invents names makes us forget, and give series back. */
static void
test_many_series(void **unused)
{
	struct stand s = stand_make("graphite");
	char line[64];
	size_t i, held = 0;

	(void)unused;
	fake_options(s.fake, "series", "1024", NULL);
	assert_int_equal(fake_open(s.fake), 0);
	for (i = 0; i < 3000; i++) {
		snprintf(line, sizeof(line), "n1.p%zu 1 -1", i);
		send_text(&s, line);
	}
	assert_int_equal(fake_count(s.fake, "n1"), 3000);
	for (i = 0; i < s.fake->n_series; i++)
		held += !s.fake->series[i].released;
	assert_true(held < 1100);
	stand_end(&s);
}

static void
test_bad_options(void **unused)
{
	struct stand s = stand_make("apmon");

	(void)unused;
	fake_options(s.fake, "allow", "[10.0.0.0/99]", NULL);
	assert_int_equal(fake_check(s.fake), -1);
	assert_non_null(strstr(s.fake->failure, "allow[0]"));
	assert_int_equal(fake_open(s.fake), -1);
	fake_options(s.fake, "allow", "[]", "listen_tcp", "tcp://*:1", NULL);
	assert_int_equal(fake_check(s.fake), -1);
	assert_string_equal(
	    s.fake->failure, "listen_tcp: apmon is sent in datagrams alone");
	fake_options(s.fake, "format", "frames", NULL);
	assert_int_equal(fake_check(s.fake), -1);
	assert_string_equal(
	    s.fake->failure, "listen_tcp: frames is sent in datagrams alone");
	fake_options(s.fake, "listen_tcp", "", "mode", "0888", NULL);
	assert_int_equal(fake_check(s.fake), -1);
	assert_string_equal(
	    s.fake->failure, "mode: \"0888\" is not 0000 to 0777");
	fake_options(s.fake, "mode", "", "allow_file", "/nonexistent", NULL);
	assert_int_equal(fake_check(s.fake), -1);
	assert_string_equal(s.fake->failure,
	    "allow_file: /nonexistent: No such file or directory");
	stand_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apmon),
		cmocka_unit_test(test_apmon_without_names),
		cmocka_unit_test(test_apmon_accounting),
		cmocka_unit_test(test_apmon_password),
		cmocka_unit_test(test_apmon_sequence),
		cmocka_unit_test(test_apmon_truncated),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_lines_truncated),
		cmocka_unit_test(test_an_event),
		cmocka_unit_test(test_statsd),
		cmocka_unit_test(test_statsd_refused),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_a_text),
		cmocka_unit_test(test_lines_over_tcp),
		cmocka_unit_test(test_a_line_too_long),
		cmocka_unit_test(test_not_allowed_over_tcp),
		cmocka_unit_test(test_counted_over_tcp),
		cmocka_unit_test(test_held_over_tcp),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_unix_datagrams),
		cmocka_unit_test(test_allow_file),
		cmocka_unit_test(test_not_allowed),
		cmocka_unit_test(test_limited),
		cmocka_unit_test(test_many_series),
		cmocka_unit_test(test_bad_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
