/* The writer `ganglia', heard by a socket of the test's. */
#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "fake_host.h"
#include "gmond.h"
#include "unit.h"

#define NOW_NS (INT64_C(1795206240) * NS_PER_S)

extern const struct farm_entry farm_module;

struct fixture {
	struct fake_host *fake;
	int fd;
	struct sockaddr_in here;
	struct sockaddr_in writer; /* who sent last */
	struct buffer heard;
};

static void
listen_at(struct fixture *f)
{
	socklen_t length = sizeof(f->here);

	f->fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(f->fd, (struct sockaddr *)&f->here, length), 0);
	assert_int_equal(
	    getsockname(f->fd, (struct sockaddr *)&f->here, &length), 0);
}

/* At an address of this process's own, so that the port stays free. */
static void
listen_anywhere(struct fixture *f, char *to, size_t size)
{
	char address[INET_ADDRSTRLEN];

	f->here = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(
		    0x7f010000 | ((uint32_t)getpid() & 0xffff)) };
	listen_at(f);
	snprintf(to, size, "%s:%u",
	    inet_ntop(AF_INET, &f->here.sin_addr, address, sizeof(address)),
	    ntohs(f->here.sin_port));
}

static void
set_up(struct fixture *f, const char *strict)
{
	char to[32];

	*f = (struct fixture){ .fake = fake_new(&farm_module) };
	listen_anywhere(f, to, sizeof(to));
	f->fake->now_ns = NOW_NS;
	fake_options(f->fake, "to", to, "strict", strict, "dmax", "10m", NULL);
	assert_int_equal(fake_open(f->fake), 0);
}

static void
tear_down(struct fixture *f)
{
	fake_free(f->fake);
	buffer_free(&f->heard);
	close(f->fd);
}

static void
show(struct buffer *b, struct gmond_message *m)
{
	struct gmond_extra e;

	buffer_printf(b, "%.*s@%.*s %.*s", (int)m->host.length, m->host.text,
	    (int)m->address.length, m->address.text, (int)m->name.length,
	    m->name.text);
	if (!m->described) {
		buffer_puts(b, "=");
		buffer_value(b, &m->value);
		buffer_puts(b, ";");
		return;
	}
	buffer_printf(b, " %s [%.*s] %s %u %u",
	    gmond_type_word(m->metadata.type), (int)m->metadata.units.length,
	    m->metadata.units.text, gmond_slope_word(m->metadata.slope),
	    m->metadata.tmax, m->metadata.dmax);
	while (gmond_next_extra(m, &e))
		buffer_printf(b, " %.*s:%.*s", (int)e.name.length, e.name.text,
		    (int)e.value.length, e.value.text);
	buffer_puts(b, ";");
}

/* All that is there: on loopback it is, once it was sent. */
static const char *
hear(struct fixture *f)
{
	uint8_t bytes[GMOND_DATAGRAM_SIZE];
	socklen_t length = sizeof(f->writer);
	struct gmond_message m;
	ssize_t n;

	buffer_clear(&f->heard);
	while ((n = recvfrom(f->fd, bytes, sizeof(bytes), MSG_DONTWAIT,
		    (struct sockaddr *)&f->writer, &length)) >= 0) {
		assert_int_equal(gmond_decode(bytes, (size_t)n, &m), GMOND_OK);
		assert_true(m.spoof);
		show(&f->heard, &m);
	}
	return buffer_text(&f->heard);
}

static uint32_t
series_of(struct fixture *f, const char *node, const char *name, uint32_t kind,
    const char *unit)
{
	const struct farm_label labels[] = { { "TITLE", "a title" },
		{ "DESC", "a & b" } };

	return farm_series(&f->fake->host, NULL, .cluster = "c", .node = node,
	    .parameter = name, .kind = kind, .unit = unit, .labels = labels,
	    .n_labels = 2);
}

static int
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
	return fake_write(f->fake, &batch);
}

static void
say(struct fixture *f, uint32_t series, struct farm_value v)
{
	assert_int_equal(put(f, series, v, NOW_NS, 0), FARM_DONE);
}

static void
expect(struct fixture *f, const char *want)
{
	const char *heard = hear(f);

	if (strcmp(heard, want) != 0)
		fail_msg("\"%s\" instead of \"%s\"", heard, want);
}

static void
test_values(void **unused)
{
	static const struct {
		const char *name;
		struct farm_value value;
		uint32_t kind;
		const char *unit, *want;
	} cases[] = {
		{ "a", { .type = FARM_DOUBLE, .number = 0.1 }, FARM_GAUGE,
		    "By/s", "double [bytes/sec] both 60 600=0.1" },
		{ "b", { .type = FARM_INT64, .int64 = INT32_MIN }, FARM_GAUGE,
		    "s", "int32 [s] both 60 600=-2147483648" },
		{ "c", { .type = FARM_INT64, .int64 = INT64_MIN }, FARM_GAUGE,
		    "", "double [] both 60 600=-9223372036854775808" },
		{ "d", { .type = FARM_UINT64, .uint64 = UINT32_MAX },
		    FARM_COUNTER32, "1",
		    "uint32 [] positive 60 600=4294967295" },
		{ "e", { .type = FARM_UINT64, .uint64 = UINT64_MAX },
		    FARM_COUNTER64, "By",
		    "double [By] positive 60 600=18446744073709551615" },
		{ "f", { .type = FARM_BOOLEAN, .boolean = true }, FARM_STATE,
		    "", "uint8 [] both 60 600=1" },
		{ "g", { .type = FARM_TEXT, .text = "it's > b", .length = 8 },
		    FARM_STATE, "\xc2\xb0", "string [] both 60 600=it's > b" },
	};
	struct fixture f;
	char want[256];
	size_t i;

	(void)unused;
	set_up(&f, "true");
	for (i = 0; i < COUNT(cases); i++) {
		int n = (int)strcspn(cases[i].want, "=");

		say(&f,
		    series_of(
			&f, "n1", cases[i].name, cases[i].kind, cases[i].unit),
		    cases[i].value);
		snprintf(want, sizeof(want),
		    "n1@n1 %s %.*s TITLE:a title GROUP:c;n1@n1 %s%s;",
		    cases[i].name, n, cases[i].want, cases[i].name,
		    cases[i].want + n);
		expect(&f, want);
	}
	tear_down(&f);
}

/* What can never be said is no reason to hold up the rest. */
static void
test_left_out(void **unused)
{
	static char long_text[301];
	static const struct {
		const char *node, *name;
		struct farm_value value;
		const char *why;
	} cases[] = {
		{ "n:1", "a", { .type = FARM_UINT64 },
		    "n:1/a: gmond takes no name of a host with a colon" },
		{ "n1", "a<b", { .type = FARM_UINT64 },
		    "n1/a<b: Ganglia would not write this name as XML" },
		{ "n1", "b", { .type = FARM_DOUBLE, .number = INFINITY },
		    "n1/b: not a number" },
		{ "n1", "c", { .type = FARM_TEXT, .text = "a\0b", .length = 3 },
		    "n1/c: a text with a NUL in it" },
		{ "n1", "d",
		    { .type = FARM_TEXT, .text = "\xc3\xa9", .length = 2 },
		    "n1/d: Ganglia would not write this text as XML" },
		{ "n1", "e",
		    { .type = FARM_TEXT, .text = long_text, .length = 301 },
		    "n1/e: gmond would cut a text so long" },
	};
	struct fixture f;
	char want[128];
	size_t i, round;

	(void)unused;
	memset(long_text, 'x', sizeof(long_text));
	set_up(&f, "true");
	for (i = 0; i < COUNT(cases); i++) {
		uint32_t series = series_of(
		    &f, cases[i].node, cases[i].name, FARM_GAUGE, "");

		for (round = 0; round < 2; round++)
			say(&f, series, cases[i].value);
		expect(&f, "");
		assert_int_equal(f.fake->n_logs, i + 1);
		snprintf(want, sizeof(want), "%s: left out", cases[i].why);
		assert_string_equal(f.fake->logs[i].text, want);
	}
	tear_down(&f);
}

static void
test_not_strict(void **unused)
{
	static char too_long[GMOND_DATAGRAM_SIZE];
	struct fixture f;
	uint32_t series;

	(void)unused;
	set_up(&f, "false");
	series = series_of(&f, "n1", "\xc3\xb6", FARM_STATE, "\xc2\xb0");
	say(&f, series, farm_text("\xc3\xa9", 2));
	expect(&f, "n1@n1 \xc3\xb6 string [\xc2\xb0] both 60 600 "
		   "TITLE:a title DESC:a & b GROUP:c;n1@n1 \xc3\xb6=\xc3\xa9;");
	memset(too_long, 'x', sizeof(too_long));
	say(&f, series, farm_text(too_long, sizeof(too_long)));
	expect(&f, "");
	assert_int_equal(f.fake->n_logs, 1);
	tear_down(&f);
}

/* Metadata goes when it has to, and a type never narrows. */
static void
test_metadata(void **unused)
{
	const struct gmond_message request = {
		.id = GMOND_REQUEST, .host = { "x", 1 }, .name = { "a", 1 }
	};
	uint8_t bytes[GMOND_DATAGRAM_SIZE];
	struct fixture f;
	uint32_t series;
	ssize_t n;

	(void)unused;
	set_up(&f, "true");
	series = series_of(&f, "n1", "a", FARM_GAUGE, "");
	say(&f, series, farm_int64(1));
	assert_non_null(strstr(hear(&f), " int32 "));
	say(&f, series, farm_int64(2));
	expect(&f, "n1@n1 a=2;");
	say(&f, series, farm_int64(INT64_C(1) << 40));
	assert_non_null(strstr(hear(&f), " double "));
	say(&f, series, farm_int64(3));
	expect(&f, "n1@n1 a=3;");

	n = gmond_encode(&request, NULL, bytes, sizeof(bytes), NULL);
	assert_true(n > 0);
	assert_int_equal(sendto(f.fd, bytes, (size_t)n, 0,
			     (struct sockaddr *)&f.writer, sizeof(f.writer)),
	    n);
	assert_int_equal(fake_tick(f.fake), 0);
	say(&f, series, farm_int64(4));
	assert_non_null(strstr(hear(&f), " double "));
	tear_down(&f);
}

static void
test_old_and_imported(void **unused)
{
	struct fixture f;
	uint32_t series;

	(void)unused;
	set_up(&f, "true");
	series = series_of(&f, "n1", "a", FARM_GAUGE, "");
	assert_int_equal(
	    put(&f, series, farm_int64(1), NOW_NS - 61 * NS_PER_S, 0),
	    FARM_DONE);
	assert_int_equal(
	    put(&f, series, farm_int64(1), NOW_NS, FARM_IMPORTED), FARM_DONE);
	expect(&f, "");
	tear_down(&f);
}

/* Who listens there next is told anew. */
static void
test_nobody_listens(void **unused)
{
	struct fixture f;
	uint32_t series;

	(void)unused;
	set_up(&f, "true");
	series = series_of(&f, "n1", "a", FARM_GAUGE, "");
	say(&f, series, farm_int64(1));
	close(f.fd);
	say(&f, series, farm_int64(2));
	say(&f, series, farm_int64(3));
	assert_string_equal(fake_failure(f.fake), "");
	listen_at(&f);
	assert_int_equal(fake_tick(f.fake), 0);
	say(&f, series, farm_int64(4));
	expect(&f, "n1@n1 a int32 [] both 60 600 TITLE:a title GROUP:c;"
		   "n1@n1 a=4;");
	tear_down(&f);
}

/* The socket of the one who sent last. */
static int
writer_socket(const struct fixture *f)
{
	struct sockaddr_in at;
	socklen_t length;
	int fd;

	for (fd = 0; fd < FD_SETSIZE; fd++) {
		length = sizeof(at);
		if (getsockname(fd, (struct sockaddr *)&at, &length) == 0 &&
		    at.sin_family == AF_INET &&
		    at.sin_port == f->writer.sin_port)
			return fd;
	}
	fail_msg("no socket of the writer's");
	return -1;
}

/* What could not be sent was not told. */
static void
test_not_sent(void **unused)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	struct fixture f;
	uint32_t series;
	int fd;

	(void)unused;
	set_up(&f, "true");
	say(&f, series_of(&f, "n1", "a", FARM_GAUGE, ""), farm_int64(1));
	(void)hear(&f);
	fd = writer_socket(&f);
	assert_int_equal(connect(fd, &nobody, sizeof(nobody)), 0);
	series = series_of(&f, "n1", "b", FARM_GAUGE, "");
	assert_int_equal(put(&f, series, farm_int64(2), NOW_NS, 0), FARM_AGAIN);
	assert_non_null(
	    strstr(fake_failure(f.fake), ": Destination address required"));
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&f.here, sizeof(f.here)), 0);
	say(&f, series, farm_int64(2));
	expect(&f, "n1@n1 b int32 [] both 60 600 TITLE:a title GROUP:c;"
		   "n1@n1 b=2;");
	tear_down(&f);
}

static void
test_refused(void **unused)
{
	static const struct {
		const char *to, *why;
	} cases[] = {
		{ "[unix:/run/x]", "to[0]: \"unix:/run/x\" is not HOST:PORT" },
		{ "[a, \"*:8649\"]", "to[1]: \"*:8649\" is not HOST:PORT" },
		{ "[a:b:c]", "to[0]: the port \"b:c\" of \"a:b:c\" is not 0 to "
			     "65535" },
	};
	struct fake_host *fake;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		fake = fake_new(&farm_module);
		fake_options(fake, "to", cases[i].to, NULL);
		assert_int_equal(fake_check(fake), -1);
		assert_string_equal(fake_failure(fake), cases[i].why);
		fake_free(fake);
	}
	fake = fake_new(&farm_module);
	fake_options(fake, "to", "239.2.11.71%none0:8649", NULL);
	assert_int_equal(fake_open(fake), -1);
	assert_string_equal(fake_failure(fake),
	    "to[0]: 239.2.11.71%none0:8649: No such device");
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_not_strict),
		cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_old_and_imported),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_not_sent),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
