/* The writer `ganglia_serve', read over sockets of the test's. */
#include <arpa/inet.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "fake_host.h"
#include "ganglia_xml.h"
#include "unit.h"
#include "whole_file.h"

#define NOW_NS (INT64_C(1795206240) * NS_PER_S)
#define READERS 8

extern const struct farm_entry farm_module;

static const char *const doors[] = { "gmond", "gmetad", "query" };
enum { GMOND, GMETAD, QUERY, DOORS };

struct fixture {
	struct fake_host *fake;
	int fds[DOORS];
	struct sockaddr_in at[DOORS];
	struct buffer heard;
};

/* ----------------------------------------------------------------- set-up */

/* At an address of this process's own, so that ports stay free. */
static void
listen_at(struct fixture *f, int door)
{
	socklen_t length = sizeof(f->at[door]);
	int flags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

	f->at[door] = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(
		    0x7f010000 | ((uint32_t)getpid() & 0xffff)) };
	f->fds[door] = socket(AF_INET, flags, 0);
	assert_int_equal(
	    bind(f->fds[door], (struct sockaddr *)&f->at[door], length), 0);
	assert_int_equal(listen(f->fds[door], 64), 0);
	assert_int_equal(
	    getsockname(f->fds[door], (struct sockaddr *)&f->at[door], &length),
	    0);
	fake_socket(f->fake, doors[door], f->fds[door]);
}

static void
prepare(struct fixture *f)
{
	int i;

	*f = (struct fixture){ .fake = fake_new(&farm_module) };
	for (i = 0; i < DOORS; i++)
		listen_at(f, i);
	f->fake->now_ns = NOW_NS;
}

static void
begin(struct fixture *f)
{
	assert_int_equal(fake_open(f->fake), 0);
	assert_int_equal(fake_tick(f->fake), 0);
}

static void
set_up(struct fixture *f)
{
	prepare(f);
	begin(f);
}

static void
tear_down(struct fixture *f)
{
	int i;

	fake_free(f->fake);
	buffer_free(&f->heard);
	for (i = 0; i < DOORS; i++)
		close(f->fds[i]);
}

/* ----------------------------------------------------------------- values */

static uint32_t
series_of(struct fixture *f, const char *cluster, const char *node,
    const char *name, const char *unit)
{
	return farm_series(&f->fake->host, NULL, .cluster = cluster,
	    .node = node, .parameter = name, .unit = unit);
}

static void
put(struct fixture *f, uint32_t series, struct farm_value v, int64_t time_ns,
    uint16_t flags)
{
	struct farm_record r = { .position = 1,
		.time_ns = time_ns,
		.instance = "c/m",
		.type = FARM_RESULT,
		.flags = flags,
		.n_values = 1,
		.values = &v };
	const struct farm_batch batch = { &r, 1 };

	v.series = series;
	assert_int_equal(fake_write(f->fake, &batch), FARM_DONE);
}

static void
say(struct fixture *f, const char *cluster, const char *node, const char *name,
    struct farm_value v)
{
	put(f, series_of(f, cluster, node, name, ""), v, f->fake->now_ns, 0);
}

static void
remove_names(struct fixture *f, const char *json)
{
	const struct farm_record r = { .position = 2,
		.instance = "",
		.type = FARM_REMOVAL,
		.payload = json,
		.payload_size = strlen(json) };
	const struct farm_batch batch = { &r, 1 };

	assert_int_equal(fake_write(f->fake, &batch), FARM_DONE);
}

/* ---------------------------------------------------------------- reading */

static int
come(struct fixture *f, int door)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
	    connect(fd, (struct sockaddr *)&f->at[door], sizeof(f->at[door])),
	    0);
	return fd;
}

static void
ask(int fd, const char *line)
{
	assert_int_equal(
	    send(fd, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
}

/* What the host's thread does: call listen() for whatever is ready now. */
static void
pump(struct fixture *f, int wait_ms)
{
	struct fake_host *fake = f->fake;
	struct fake_watch ready[64];
	struct pollfd p[64];
	size_t n = fake->n_watches, i;

	assert_true(n <= COUNT(p));
	memcpy(ready, fake->watches, n * sizeof(ready[0]));
	for (i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = ready[i].fd,
			.events = (short)ready[i].events };
	if (poll(p, n, wait_ms) <= 0)
		return;
	for (i = 0; i < n; i++) {
		size_t k = 0;

		/* As by the host: none that was given up meanwhile. */
		while (k < fake->n_watches &&
		       (fake->watches[k].fd != ready[i].fd ||
			   fake->watches[k].cookie != ready[i].cookie))
			k++;
		if (p[i].revents != 0 && k < fake->n_watches)
			assert_int_equal(
			    fake->module->listen(&fake->host, fake_state(fake),
				ready[i].fd, (uint32_t)p[i].revents,
				ready[i].cookie),
			    0);
	}
}

/* Some bytes more; 0 at the end. */
static size_t
read_some(struct fixture *f, int fd, size_t most)
{
	char *room;
	ssize_t n;
	int tries;

	for (tries = 0; tries < 10000; tries++) {
		room = buffer_room(&f->heard, most);
		n = recv(fd, room, most, MSG_DONTWAIT);
		if (n > 0)
			buffer_added(&f->heard, (size_t)n);
		/* Cut off with what it said unread. */
		if (n < 0 && errno == ECONNRESET)
			return 0;
		if (n >= 0)
			return (size_t)n;
		pump(f, 10);
	}
	fail_msg("nothing comes");
	return 0;
}

static const char *
read_all(struct fixture *f, int fd)
{
	while (read_some(f, fd, 65536) > 0)
		;
	close(fd);
	pump(f, 0);
	return buffer_text(&f->heard);
}

static const char *
query(struct fixture *f, const char *line)
{
	int fd = come(f, QUERY);

	buffer_clear(&f->heard);
	ask(fd, line);
	ask(fd, "\n");
	return read_all(f, fd);
}

static const char *
dump(struct fixture *f, int door)
{
	buffer_clear(&f->heard);
	return read_all(f, come(f, door));
}

static void
expect_in(const char *text, const char *want)
{
	if (strstr(text, want) == NULL)
		fail_msg("no \"%s\" in \"%s\"", want, text);
}

static void
expect_not_in(const char *text, const char *unwanted)
{
	if (strstr(text, unwanted) != NULL)
		fail_msg("\"%s\" in \"%s\"", unwanted, text);
}

/* ------------------------------------------------------------------ tests */

static void
test_values(void **unused)
{
	static const struct {
		struct farm_value value;
		uint32_t kind;
		const char *unit, *want;
	} cases[] = {
		{ { .type = FARM_DOUBLE, .number = 0.1 }, FARM_GAUGE, "By/s",
		    "VAL=\"0.1\" TYPE=\"double\" UNITS=\"bytes/sec\" TN=\"0\" "
		    "TMAX=\"20\" DMAX=\"3600\" SLOPE=\"both\"" },
		{ { .type = FARM_INT64, .int64 = INT32_MIN }, FARM_GAUGE, "s",
		    "VAL=\"-2147483648\" TYPE=\"int32\" UNITS=\"s\" " },
		{ { .type = FARM_INT64, .int64 = INT64_MIN }, FARM_GAUGE, "",
		    "VAL=\"-9223372036854775808\" TYPE=\"double\" " },
		{ { .type = FARM_UINT64, .uint64 = UINT32_MAX }, FARM_COUNTER32,
		    "1",
		    "VAL=\"4294967295\" TYPE=\"uint32\" UNITS=\"\" TN=\"0\" "
		    "TMAX=\"20\" DMAX=\"3600\" SLOPE=\"positive\"" },
		{ { .type = FARM_UINT64, .uint64 = UINT64_MAX }, FARM_COUNTER64,
		    "KiBy",
		    "VAL=\"18446744073709551615\" TYPE=\"double\" "
		    "UNITS=\"KB\" " },
		{ { .type = FARM_BOOLEAN, .boolean = true }, FARM_STATE, "",
		    "VAL=\"1\" TYPE=\"uint8\" " },
		{ { .type = FARM_TEXT,
		      .text = "<\"a\"> & 'b'\n",
		      .length = 12 },
		    FARM_STATE, "\xc2\xb0",
		    "VAL=\"&lt;&quot;a&quot;&gt; &amp; &apos;b&apos;&#10;\" "
		    "TYPE=\"string\" UNITS=\"&#176;\" " },
		{ { .type = FARM_TEXT,
		      .text = "na\xc3\xafve \x01\xff",
		      .length = 9 },
		    FARM_STATE, "", "VAL=\"na&#239;ve &#65533;&#65533;\" " },
	};
	const struct farm_label labels[] = { { "GROUP", "disk" },
		{ "DESC", "a & b" } };
	struct fixture f;
	size_t i;

	(void)unused;
	set_up(&f);
	for (i = 0; i < COUNT(cases); i++) {
		put(&f,
		    farm_series(&f.fake->host, NULL, .cluster = "c",
			.node = "n", .parameter = "m", .kind = cases[i].kind,
			.unit = cases[i].unit, .labels = labels, .n_labels = 2),
		    cases[i].value, NOW_NS, 0);
		expect_in(dump(&f, GMOND), cases[i].want);
		expect_in(buffer_text(&f.heard),
		    "SOURCE=\"gmond\">\n<EXTRA_DATA>\n"
		    "<EXTRA_ELEMENT NAME=\"GROUP\" VAL=\"disk\"/>\n"
		    "<EXTRA_ELEMENT NAME=\"DESC\" VAL=\"a &amp; b\"/>\n"
		    "</EXTRA_DATA>\n</METRIC>\n");
		say(&f, "c", "n", "m", farm_double(1));
		remove_names(&f, "{\"cluster\":\"c\"}");
	}
	put(&f, series_of(&f, "c", "n", "m", ""), farm_double(NAN), NOW_NS, 0);
	expect_not_in(dump(&f, GMOND), "<METRIC");
	tear_down(&f);
}

/* Integers that are small and large by turns stay double. */
static void
test_types_widen(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f);
	say(&f, "c", "n", "m", farm_int64(1));
	expect_in(dump(&f, GMOND), "VAL=\"1\" TYPE=\"int32\"");
	say(&f, "c", "n", "m", farm_int64(INT64_MAX));
	expect_in(dump(&f, GMOND), "VAL=\"9223372036854775807\" TYPE=\"double");
	say(&f, "c", "n", "m", farm_int64(1));
	expect_in(dump(&f, GMOND), "VAL=\"1\" TYPE=\"double\"");
	say(&f, "c", "n", "m", farm_text("x", 1));
	expect_in(dump(&f, GMOND), "VAL=\"x\" TYPE=\"string\"");
	tear_down(&f);
}

/* ---- the questions that gmetad was asked */

struct outline {
	struct buffer text;
	size_t depth;
};

static void
outline_value(struct buffer *b, struct slice name, struct slice value)
{
	if (slice_is(name, "SUM"))
		buffer_printf(b, "|%g", strtod(value.text, NULL));
	else
		buffer_printf(b, "|%.*s", (int)value.length, value.text);
}

/* As tests/data/ganglia/record-queries does it. */
static int
outline_each(void *cookie, const struct ganglia_element *e)
{
	static const struct {
		enum ganglia_tag tag;
		const char *word, *kept;
	} tags[] = { { GANGLIA_GRID, "GRID", "NAME" },
		{ GANGLIA_CLUSTER, "CLUSTER", "NAME" },
		{ GANGLIA_HOST, "HOST", "NAME" },
		{ GANGLIA_METRIC, "METRIC", "NAME VAL TYPE" },
		{ GANGLIA_HOSTS, "HOSTS", "UP DOWN" },
		{ GANGLIA_METRICS, "METRICS", "NAME SUM NUM" } };
	struct slice rest = e->attributes, name, value;
	struct outline *o = cookie;
	char word[32];
	size_t i;

	for (i = 0; i < COUNT(tags) && tags[i].tag != e->tag; i++)
		;
	if (i == COUNT(tags))
		return 0;
	if (!e->opens) {
		o->depth--;
		return 0;
	}
	buffer_printf(&o->text, "%*s%s", 2 * (int)o->depth, "", tags[i].word);
	while (ganglia_xml_next(&rest, &name, &value)) {
		snprintf(
		    word, sizeof(word), "%.*s", (int)name.length, name.text);
		if (strstr(tags[i].kept, word) != NULL &&
		    strcmp(word, "N") != 0)
			outline_value(&o->text, name, value);
	}
	buffer_putc(&o->text, '\n');
	o->depth += !e->closes;
	return 0;
}

static char *
outline(const char *answer)
{
	struct outline o = { .text = BUFFER_INIT };
	struct ganglia_scanner s;

	if (*answer == '\0')
		buffer_puts(&o.text, "nothing\n");
	if (strncmp(answer, "HTTP/1.0 200 OK\r\n", 17) == 0)
		buffer_puts(&o.text, "http\n");
	ganglia_xml_init(&s, outline_each, &o);
	assert_int_equal(ganglia_xml_push(&s, answer, strlen(answer)), 0);
	assert_int_equal(s.malformed, 0);
	assert_int_equal(o.depth, 0);
	ganglia_xml_free(&s);
	return buffer_take(&o.text, NULL);
}

static void
check_answer(struct fixture *f, const char *line, const char *want)
{
	char *seen = outline(query(f, line));

	if (strcmp(seen, want) != 0)
		fail_msg("\"%s\": \"%s\" instead of \"%s\"", line, seen, want);
	free(seen);
}

/* What record-queries tells gmetad. */
static void
fill(struct fixture *f)
{
	static const char *const nodes[] = { "n1", "n2" };
	size_t i;

	for (i = 0; i < COUNT(nodes); i++) {
		say(f, "One", nodes[i], "load_one", farm_double(1.5));
		say(f, "One", nodes[i], "version", farm_text("1.2", 3));
		say(f, "One", nodes[i], "disk/used", farm_uint64(7));
		say(f, "Two words", nodes[i], "load_one", farm_double(2));
	}
}

/* "? QUESTION", and the lines of its answer up to the next. */
static void
test_questions(void **unused)
{
	char *text = whole_file(TEST_DATA "/ganglia/queries.txt", NULL);
	struct buffer want = BUFFER_INIT;
	char *rest = text, *line, *question = NULL;
	struct fixture f;
	size_t n = 0;

	(void)unused;
	prepare(&f);
	fake_options(f.fake, "grid", "TestGrid", NULL);
	begin(&f);
	fill(&f);
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (strncmp(line, "? ", 2) != 0 && *line != '\0') {
			buffer_printf(&want, "%s\n", line);
			continue;
		}
		if (question != NULL)
			check_answer(&f, question, buffer_text(&want));
		if (*line == '\0')
			break;
		buffer_clear(&want);
		question = line + 2;
		n++;
	}
	assert_int_equal(n, 56);
	buffer_free(&want);
	free(text);
	tear_down(&f);
}

static void
test_regexes(void **unused)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "/~One/~n[12]/~load_.*",
		    "GRID|testfarm\n  CLUSTER|One\n"
		    "    HOST|n1\n      METRIC|load_one|1.5|double\n"
		    "    HOST|n2\n      METRIC|load_one|1.5|double\n" },
		{ "/One/~.*2/version",
		    "GRID|testfarm\n  CLUSTER|One\n"
		    "    HOST|n2\n      METRIC|version|1.2|string\n" },
		{ "/~.*/n1/disk.used",
		    "GRID|testfarm\n  CLUSTER|One\n    HOST|n1\n"
		    "  CLUSTER|Two words\n    HOST|n1\n" },
		{ "/One/n1/~disk.used",
		    "GRID|testfarm\n  CLUSTER|One\n    HOST|n1\n"
		    "      METRIC|disk/used|7|uint32\n" },
		{ "/~T.*?filter=summary",
		    "GRID|testfarm\n  CLUSTER|Two words\n    HOSTS|2|0\n"
		    "    METRICS|load_one|4|2\n" },
		{ "/~nothing", "GRID|testfarm\n" },
		{ "/~(", "nothing\n" },
		{ "/~", "GRID|testfarm\n" },
		{ "/~a{1,255}{1,255}", "nothing\n" },
	};
	struct fixture f;
	size_t i;

	(void)unused;
	set_up(&f);
	fill(&f);
	for (i = 0; i < COUNT(cases); i++)
		check_answer(&f, cases[i].line, cases[i].want);
	tear_down(&f);
}

/* A line in pieces, ended by either end of line or by the end, or never. */
static void
test_lines(void **unused)
{
	struct fixture f;
	char line[3000];
	int fd;

	(void)unused;
	set_up(&f);
	fill(&f);
	fd = come(&f, QUERY);
	ask(fd, "/One");
	pump(&f, 10);
	ask(fd, "/n1/vers");
	pump(&f, 10);
	ask(fd, "ion\rwhatever\n");
	buffer_clear(&f.heard);
	expect_in(read_all(&f, fd), "NAME=\"version\"");
	expect_not_in(buffer_text(&f.heard), "load_one");

	fd = come(&f, QUERY);
	ask(fd, "/One/n2/version");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	buffer_clear(&f.heard);
	expect_in(read_all(&f, fd), "NAME=\"version\"");

	memset(line, 'x', sizeof(line));
	fd = come(&f, QUERY);
	line[0] = '/';
	assert_int_equal(
	    send(fd, line, sizeof(line), MSG_NOSIGNAL), (ssize_t)sizeof(line));
	buffer_clear(&f.heard);
	while (
	    recv(fd, line, sizeof(line), MSG_DONTWAIT) < 0 && errno == EAGAIN)
		pump(&f, 10);
	assert_int_equal(f.heard.size, 0);
	close(fd);
	tear_down(&f);
}

static void
at(struct fixture *f, int64_t s)
{
	f->fake->now_ns = NOW_NS + s * NS_PER_S;
}

/* TMAX follows the gaps between values, DMAX TMAX; hosts their metrics. */
static void
test_times(void **unused)
{
	struct fixture f;

	(void)unused;
	prepare(&f);
	fake_options(f.fake, "dmax", "2m", NULL);
	begin(&f);
	say(&f, "c", "n", "fast", farm_double(1));
	say(&f, "c", "n", "slow", farm_double(1));
	say(&f, "c", "n", "heartbeat", farm_uint64(1700000000));
	at(&f, 30);
	say(&f, "c", "n", "fast", farm_double(2));
	at(&f, 60);
	say(&f, "c", "n", "slow", farm_double(2));
	at(&f, 65);
	expect_in(dump(&f, GMOND),
	    "<HOST NAME=\"n\" IP=\"n\" TAGS=\"\" REPORTED=\"1795206300\" "
	    "TN=\"5\" TMAX=\"20\" DMAX=\"240\" LOCATION=\"unspecified\" "
	    "GMOND_STARTED=\"1700000000\">\n"
	    "<METRIC NAME=\"fast\" VAL=\"2\" TYPE=\"double\" UNITS=\"\" "
	    "TN=\"35\" TMAX=\"30\" DMAX=\"120\"");
	expect_in(buffer_text(&f.heard),
	    "<METRIC NAME=\"slow\" VAL=\"2\" TYPE=\"double\" UNITS=\"\" "
	    "TN=\"5\" TMAX=\"60\" DMAX=\"240\"");
	expect_not_in(buffer_text(&f.heard), "NAME=\"heartbeat\"");
	tear_down(&f);
}

/* What is old, or from elsewhere, changes nothing. */
static void
test_late_values(void **unused)
{
	uint32_t series;
	struct fixture f;

	(void)unused;
	set_up(&f);
	series = series_of(&f, "c", "n", "m", "");
	put(&f, series, farm_double(1), NOW_NS - 3601 * NS_PER_S, 0);
	put(&f, series, farm_double(2), NOW_NS, FARM_IMPORTED);
	expect_not_in(dump(&f, GMOND), "<HOST");
	put(&f, series, farm_double(3), NOW_NS - 10 * NS_PER_S, 0);
	put(&f, series, farm_double(4), NOW_NS - 20 * NS_PER_S, 0);
	expect_in(dump(&f, GMOND), "VAL=\"3\"");
	put(&f, series, farm_double(5), NOW_NS + 10 * NS_PER_S, 0);
	expect_in(dump(&f, GMOND), "VAL=\"5\" TYPE=\"double\" UNITS=\"\" "
				   "TN=\"0\"");
	tear_down(&f);
}

/* What is ahead of the clock hides no later value, and is not up for ever. */
static void
test_early_values(void **unused)
{
	uint32_t series;
	struct fixture f;

	(void)unused;
	set_up(&f);
	series = series_of(&f, "c", "n", "m", "");
	put(&f, series, farm_double(1), NOW_NS, 0);
	put(&f, series, farm_double(2), NOW_NS + 86400 * NS_PER_S, 0);
	at(&f, 30);
	expect_in(
	    dump(&f, GMOND), "REPORTED=\"1795206240\" TN=\"30\" TMAX=\"20\"");
	expect_in(buffer_text(&f.heard), "VAL=\"2\" TYPE=\"double\" "
					 "UNITS=\"\" TN=\"30\"");
	put(&f, series, farm_double(3), NOW_NS + 30 * NS_PER_S, 0);
	expect_in(dump(&f, GMOND), "VAL=\"3\"");
	/* The clock is set back. */
	at(&f, -1000);
	assert_int_equal(fake_tick(f.fake), 0);
	put(&f, series, farm_double(4), f.fake->now_ns, 0);
	expect_in(dump(&f, GMOND), "VAL=\"4\"");
	tear_down(&f);
}

/* Down after four times TMAX, and not in the sums; gone after DMAX. */
static void
test_down_and_gone(void **unused)
{
	struct fixture f;

	(void)unused;
	prepare(&f);
	fake_options(f.fake, "dmax", "100s", NULL);
	begin(&f);
	say(&f, "c", "n1", "m", farm_uint64(1));
	at(&f, 81);
	say(&f, "c", "n2", "m", farm_uint64(2));
	assert_int_equal(fake_tick(f.fake), 0);
	check_answer(&f, "/?filter=summary",
	    "GRID|testfarm\n  HOSTS|1|1\n  METRICS|m|2|1\n  CLUSTER|c\n"
	    "    HOSTS|1|1\n    METRICS|m|2|1\n");
	tear_down(&f);

	prepare(&f);
	fake_options(f.fake, "dmax", "100s", NULL);
	begin(&f);
	say(&f, "c", "n1", "m", farm_uint64(1));
	at(&f, 101);
	say(&f, "c", "n2", "m", farm_uint64(2));
	assert_int_equal(fake_tick(f.fake), 0);
	check_answer(&f, "/",
	    "GRID|testfarm\n  CLUSTER|c\n    HOST|n2\n"
	    "      METRIC|m|2|uint32\n");
	tear_down(&f);
}

static void
test_removals(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f);
	fill(&f);
	remove_names(&f, "{\"farm\":\"testfarm\",\"cluster\":\"One\","
			 "\"node\":\"n1\",\"parameter\":\"version\"}");
	remove_names(&f, "{\"cluster\":\"One\",\"node\":\"n2\"}");
	remove_names(&f, "{\"cluster\":\"Two words\"}");
	remove_names(&f, "{\"cluster\":\"Three\",\"node\":\"n1\"}");
	remove_names(&f, "{\"farm\":\"testfarm\"}");
	remove_names(&f, "not JSON");
	check_answer(&f, "/",
	    "GRID|testfarm\n  CLUSTER|One\n    HOST|n1\n"
	    "      METRIC|disk/used|7|uint32\n"
	    "      METRIC|load_one|1.5|double\n");
	/* It is there again, as is what its series knew. */
	say(&f, "One", "n1", "version", farm_text("2", 1));
	say(&f, "Two words", "n2", "load_one", farm_double(3));
	fake_forget(f.fake, series_of(&f, "Two words", "n2", "load_one", ""));
	say(&f, "Two words", "n2", "load_one", farm_double(4));
	check_answer(&f, "/",
	    "GRID|testfarm\n  CLUSTER|One\n    HOST|n1\n"
	    "      METRIC|disk/used|7|uint32\n"
	    "      METRIC|load_one|1.5|double\n"
	    "      METRIC|version|2|string\n"
	    "  CLUSTER|Two words\n    HOST|n2\n"
	    "      METRIC|load_one|4|double\n");
	tear_down(&f);
}

static bool
was_logged(const struct fixture *f, const char *text)
{
	size_t i;

	for (i = 0; i < f->fake->n_logs; i++)
		if (strcmp(f->fake->logs[i].text, text) == 0)
			return true;
	return false;
}

/* What there is no room for is left out and counted; what was there stays. */
static void
test_memory(void **unused)
{
	struct fixture f;
	char name[16];
	char *answer;
	int i;

	(void)unused;
	prepare(&f);
	fake_options(f.fake, "memory", "64KiB", NULL);
	begin(&f);
	say(&f, "c", "n", "first", farm_double(1));
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "m%03d", i);
		say(&f, "c", "n", name, farm_double(i));
	}
	say(&f, "c", "n", "first", farm_text(name, 4));
	assert_int_equal(fake_tick(f.fake), 0);
	dump(&f, GMOND);
	expect_in(buffer_text(&f.heard), "NAME=\"m000\"");
	expect_not_in(buffer_text(&f.heard), "NAME=\"m999\"");
	assert_true(f.fake->n_logs == 1);
	expect_in(f.fake->logs[0].text, " values left out: `memory' is full");
	/* Room again. */
	remove_names(&f, "{\"cluster\":\"c\"}");
	say(&f, "c", "n", "m999", farm_double(1));
	answer = outline(dump(&f, GMETAD));
	assert_string_equal(answer, "GRID|testfarm\n  CLUSTER|c\n    HOST|n\n"
				    "      METRIC|m999|1|double\n");
	free(answer);
	tear_down(&f);
}

/* Of what gmetad passes on unescaped nothing is told. */
static void
test_strict(void **unused)
{
	const struct farm_label label = { "DESC", "a & b" };
	struct fixture f;

	(void)unused;
	prepare(&f);
	fake_options(f.fake, "strict", "yes", NULL);
	begin(&f);
	say(&f, "c", "n", "good", farm_text("it's > 3", 8));
	say(&f, "c", "n", "text", farm_text("a", 1));
	say(&f, "c", "n", "text", farm_text("a<b", 3));
	say(&f, "c", "n", "na\"me", farm_double(1));
	say(&f, "c", "n&n", "m", farm_double(1));
	say(&f, "c<d", "n", "m", farm_double(1));
	put(&f, series_of(&f, "c", "n", "unit", "<"), farm_double(1), NOW_NS,
	    0);
	put(&f,
	    farm_series(&f.fake->host, NULL, .cluster = "c", .node = "n",
		.parameter = "label", .labels = &label, .n_labels = 1),
	    farm_double(1), NOW_NS, 0);
	check_answer(&f, "/",
	    "GRID|testfarm\n  CLUSTER|c\n    HOST|n\n"
	    "      METRIC|good|it&apos;s &gt; 3|string\n");
	assert_int_equal(fake_tick(f.fake), 0);
	assert_true(was_logged(
	    &f, "6 values left out: gmetad would make no XML of them"));
	tear_down(&f);
}

static void
test_strangers(void **unused)
{
	struct fixture f;

	(void)unused;
	prepare(&f);
	fake_options(f.fake, "allow", "[10.1.0.0/16]", NULL);
	begin(&f);
	say(&f, "c", "n", "m", farm_double(1));
	assert_string_equal(dump(&f, GMOND), "");
	assert_string_equal(query(&f, "/"), "");
	assert_int_equal(fake_tick(f.fake), 0);
	assert_int_equal(f.fake->n_logs, 1);
	expect_in(f.fake->logs[0].text,
	    "2 connections turned away that `allow' does not name, the last "
	    "from 127.");
	tear_down(&f);
}

/* Much to be told: nodes with a long text each. */
static void
fill_much(struct fixture *f, int nodes)
{
	static char text[60000];
	char node[16];
	int i;

	memset(text, 'x', sizeof(text));
	for (i = 0; i < nodes; i++) {
		snprintf(node, sizeof(node), "n%03d", i);
		say(f, "c", node, "a", farm_text(text, sizeof(text)));
		say(f, "c", node, "b", farm_int64(i));
	}
}

/* Those who do not read hold up nobody, and go when there are more. */
static void
test_crowd(void **unused)
{
	int idle[READERS], i, gone = 0;
	struct fixture f;
	char byte;

	(void)unused;
	prepare(&f);
	fake_options(f.fake, "connections", "4", NULL);
	begin(&f);
	fill_much(&f, 100);
	for (i = 0; i < READERS; i++) {
		idle[i] = come(&f, i % 2 == 0 ? GMETAD : QUERY);
		pump(&f, 100);
		pump(&f, 0);
	}
	expect_in(dump(&f, GMOND), "</GANGLIA_XML>");
	for (i = 0; i < READERS; i++) {
		/* Cut off, not ended. */
		if (i % 2 == 1 && (recv(idle[i], &byte, 1, MSG_DONTWAIT) == 0 ||
				      errno == ECONNRESET))
			gone++;
		close(idle[i]);
	}
	assert_true(gone >= 2);
	assert_int_equal(fake_tick(f.fake), 0);
	assert_true(was_logged(
	    &f, "5 connections cut for others: more than `connections'"));
	tear_down(&f);
}

/* The table changes while a slow reader reads: what comes is still XML. */
static void
test_slow_reader(void **unused)
{
	struct fixture f;
	char *seen;
	int fd;

	(void)unused;
	set_up(&f);
	fill_much(&f, 100);
	buffer_clear(&f.heard);
	fd = come(&f, GMETAD);
	read_some(&f, fd, 1000);
	remove_names(&f, "{\"cluster\":\"c\",\"node\":\"n000\"}");
	remove_names(&f, "{\"cluster\":\"c\",\"node\":\"n090\"}");
	say(&f, "c", "n0000", "new", farm_double(1));
	say(&f, "c", "n091", "new", farm_double(1));
	say(&f, "d", "n", "new", farm_double(1));
	seen = outline(read_all(&f, fd));
	expect_not_in(seen, "HOST|n090\n");
	expect_in(seen, "HOST|n091\n      METRIC|a|");
	expect_in(seen, "METRIC|new|1|double\n    HOST|n092\n");
	expect_in(seen, "  CLUSTER|d\n    HOST|n\n      METRIC|new|1|double\n");
	free(seen);

	buffer_clear(&f.heard);
	fd = come(&f, GMETAD);
	read_some(&f, fd, 1000);
	remove_names(&f, "{\"cluster\":\"c\"}");
	seen = outline(read_all(&f, fd));
	expect_in(seen, "  CLUSTER|d\n");
	free(seen);
	tear_down(&f);
}

static void
test_timeout(void **unused)
{
	int64_t bound = clock_mono_ns() + 20 * NS_PER_S;
	struct fixture f;
	int fd;

	(void)unused;
	prepare(&f);
	fake_options(f.fake, "timeout", "1s", NULL);
	begin(&f);
	fd = come(&f, QUERY);
	while (f.fake->n_watches < DOORS + 1 && clock_mono_ns() < bound)
		pump(&f, 10);
	while (f.fake->n_watches > DOORS && clock_mono_ns() < bound) {
		pump(&f, 100);
		assert_int_equal(fake_tick(f.fake), 0);
	}
	assert_int_equal(f.fake->n_watches, DOORS);
	close(fd);
	tear_down(&f);
}

static void
test_check(void **unused)
{
	struct fake_host *fake = fake_new(&farm_module);

	(void)unused;
	assert_int_equal(fake_check(fake), 0);
	fake_options(fake, "allow", "[10.0.0.0/8, x]", NULL);
	assert_int_equal(fake_check(fake), -1);
	expect_in(fake_failure(fake), "allow[1]: ");
	assert_int_equal(fake_open(fake), -1);
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_types_widen),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_regexes),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_late_values),
		cmocka_unit_test(test_early_values),
		cmocka_unit_test(test_down_and_gone),
		cmocka_unit_test(test_removals),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
