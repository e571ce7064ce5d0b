/* The writer `udp': how it sends, and what becomes of what does not arrive. */
#include "udp_writing.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "own_net.h"

/* ----------------------------------------------------------- datagrams -- */

static void
test_excess(void **unused)
{
	struct writing f;

	(void)unused;
	writing_open(&f, SOCK_DGRAM, "graphite");
	fake_options(f.fake, "path", "{parameter}", "rate", "100", "burst", "2",
	    "excess", "drop", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	/* A machine may be so slow that there is a turn for one more. */
	for (int i = 0; i < 100; i++)
		assert_int_equal(writing_say(&f, "a"), FARM_DONE);
	assert_non_null(strstr(writing_counts(&f), "\"values\":100,"));
	assert_null(strstr(writing_counts(&f), "\"limited\":0,"));
	assert_int_equal(fake_tick(f.fake), 0);
	assert_int_equal(f.fake->n_logs, 1);
	assert_non_null(strstr(
	    f.fake->logs[0].text, ": datagrams are lost: more than `rate'"));
	writing_close(&f);
}

static void
test_pace(void **unused)
{
	int64_t begin;
	struct writing f;

	(void)unused;
	writing_open(&f, SOCK_DGRAM, "graphite");
	fake_options(
	    f.fake, "path", "{parameter}", "rate", "100", "burst", "1", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	begin = clock_mono_ns();
	for (int i = 0; i < 6; i++)
		assert_int_equal(writing_say(&f, "a"), FARM_DONE);
	assert_true(clock_mono_ns() - begin >= 50 * NS_PER_MS);
	writing_expect(writing_hear(&f),
	    ">a 1 1700000000\n>a 1 1700000000\n>a 1 1700000000\n"
	    ">a 1 1700000000\n>a 1 1700000000\n>a 1 1700000000\n");
	assert_non_null(strstr(writing_counts(&f), "\"limited\":0,"));
	writing_close(&f);
}

/* Nobody listens at first, then somebody does. */
static void
test_refused(void **unused)
{
	struct writing f;

	(void)unused;
	writing_open(&f, SOCK_DGRAM, "graphite");
	fake_options(f.fake, "path", "{parameter}", NULL);
	close(f.fd);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(writing_say(&f, "a"), FARM_DONE);
	assert_int_equal(writing_say(&f, "b"), FARM_DONE);
	assert_non_null(strstr(writing_counts(&f), "\"refused\":1,"));
	assert_int_equal(fake_tick(f.fake), 0);
	assert_int_equal(f.fake->n_logs, 1);
	assert_non_null(strstr(
	    f.fake->logs[0].text, ": datagrams are lost: nobody listens"));
	f.fd = -1;
	writing_close(&f);
}

static void
test_local(void **unused)
{
	char path[] = "/tmp/test_udp_writer.XXXXXX";
	struct sockaddr_un here = { .sun_family = AF_UNIX };
	struct writing f;

	(void)unused;
	assert_non_null(mkdtemp(path));
	writing_open(&f, SOCK_DGRAM, "graphite");
	close(f.fd);
	snprintf(here.sun_path, sizeof(here.sun_path), "%s/socket", path);
	snprintf(f.to, sizeof(f.to), "unix:%s", here.sun_path);
	fake_options(f.fake, "to", f.to, "path", "{parameter}", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(writing_say(&f, "early"), FARM_DONE);
	for (int round = 0; round < 2; round++) {
		f.fd = socket(AF_UNIX, SOCK_DGRAM, 0);
		assert_int_equal(
		    bind(f.fd, (struct sockaddr *)&here, sizeof(here)), 0);
		/* The first finds that the other end is gone. */
		assert_int_equal(writing_say(&f, "a"), FARM_DONE);
		assert_int_equal(writing_say(&f, "b"), FARM_DONE);
		assert_non_null(strstr(writing_hear(&f), ">b 1 1700000000\n"));
		close(f.fd);
		unlink(here.sun_path);
	}
	rmdir(path);
	f.fd = -1;
	writing_close(&f);
}

/* By name: looked up beside, and waited for. */
static void
test_name(void **unused)
{
	struct sockaddr_in here = writing_address();
	struct writing f;
	char to[32];
	int tries = 0;

	(void)unused;
	writing_open(&f, SOCK_DGRAM, "graphite");
	close(f.fd);
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	writing_bind(&f, SOCK_DGRAM, here);
	snprintf(to, sizeof(to), "localhost:%s", f.port);
	fake_options(
	    f.fake, "to", to, "path", "{parameter}", "resolve", "1s", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	/* An address of IPv6 refuses; then the other one is asked for. */
	while (strstr(writing_hear(&f), "a 1") == NULL) {
		assert_true(tries++ < 300);
		(void)writing_say(&f, "a");
		(void)fake_tick(f.fake);
		(void)poll(NULL, 0, 100);
	}
	writing_close(&f);
}

static void
test_unknown_name(void **unused)
{
	struct writing f;

	(void)unused;
	writing_open(&f, SOCK_DGRAM, "graphite");
	fake_options(f.fake, "to", "nowhere.invalid", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(writing_say(&f, "a"), FARM_AGAIN);
	assert_non_null(strstr(fake_failure(f.fake), "nowhere.invalid: "));
	writing_close(&f);
}

/* --------------------------------------------------------- connections -- */

static int
accept_one(struct writing *f)
{
	int fd = accept(f->fd, NULL, NULL);

	assert_true(fd >= 0);
	return fd;
}

/* What a connection brought so far; all of it is here when a write is done. */
static const char *
read_some(struct writing *f, int fd)
{
	char bytes[4096];
	ssize_t n;

	buffer_clear(&f->heard);
	while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		buffer_put(&f->heard, bytes, (size_t)n);
	return buffer_text(&f->heard);
}

static void
open_stream(struct writing *f)
{
	writing_open(f, SOCK_STREAM, "graphite");
	fake_options(f->fake, "path", "{parameter}", "timeout", "20s", NULL);
	assert_int_equal(fake_open(f->fake), 0);
}

/* A receiver that has read all ends: nothing is said twice. */
static void
test_orderly_end(void **unused)
{
	struct writing f;
	int fd;

	(void)unused;
	open_stream(&f);
	assert_int_equal(writing_say(&f, "a"), FARM_DONE);
	fd = accept_one(&f);
	assert_int_equal(writing_say(&f, "b"), FARM_DONE);
	writing_expect(read_some(&f, fd), "a 1 1700000000\nb 1 1700000000\n");
	close(fd);
	assert_int_equal(writing_say(&f, "c"), FARM_DONE);
	fd = accept_one(&f);
	writing_expect(read_some(&f, fd), "c 1 1700000000\n");
	assert_non_null(strstr(writing_counts(&f), "\"resent\":0,"));
	close(fd);
	writing_close(&f);
}

/* One that ends with something unread gets it again when it is back. */
static void
test_reset(void **unused)
{
	struct writing f;
	int fd;

	(void)unused;
	open_stream(&f);
	assert_int_equal(writing_say(&f, "a"), FARM_DONE);
	fd = accept_one(&f);
	assert_int_equal(writing_say(&f, "b"), FARM_DONE);
	close(fd);
	assert_int_equal(writing_say(&f, "c"), FARM_DONE);
	fd = accept_one(&f);
	writing_expect(read_some(&f, fd),
	    "a 1 1700000000\nb 1 1700000000\nc 1 1700000000\n");
	close(fd);
	writing_close(&f);
}

/* Also if nothing new comes. */
static void
test_reset_at_rest(void **unused)
{
	struct writing f;
	int fd;

	(void)unused;
	open_stream(&f);
	assert_int_equal(writing_say(&f, "a"), FARM_DONE);
	close(accept_one(&f));
	assert_int_equal(fake_tick(f.fake), 0);
	fd = accept_one(&f);
	writing_expect(read_some(&f, fd), "a 1 1700000000\n");
	close(fd);
	writing_close(&f);
}

/* As much as `resend' says, in whole batches. */
static void
test_resend_bound(void **unused)
{
	struct writing f;
	int fd;

	(void)unused;
	writing_open(&f, SOCK_STREAM, "graphite");
	fake_options(f.fake, "path", "{parameter}", "resend", "20", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(writing_say(&f, "a"), FARM_DONE);
	assert_int_equal(writing_say(&f, "b"), FARM_DONE);
	assert_int_equal(writing_say(&f, "c"), FARM_DONE);
	close(accept_one(&f));
	assert_int_equal(writing_say(&f, "d"), FARM_DONE);
	fd = accept_one(&f);
	writing_expect(read_some(&f, fd),
	    "b 1 1700000000\nc 1 1700000000\nd 1 1700000000\n");
	close(fd);
	writing_close(&f);
}

static int
say_large(struct writing *f)
{
	static char large[60000];
	struct farm_value v;

	memset(large, 'x', sizeof(large));
	v = writing_value(f, "n1", "a", farm_text(large, sizeof(large)));
	return writing_put(f, &v, 1);
}

/* A receiver that does not read is waited for, and given up. */
static void
test_stuck(void **unused)
{
	struct writing f;
	int rc = FARM_DONE;

	(void)unused;
	writing_open(&f, SOCK_STREAM, "influx");
	fake_options(f.fake, "timeout", "100ms", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	for (int i = 0; i < 1000 && rc == FARM_DONE; i++)
		rc = say_large(&f);
	assert_int_equal(rc, FARM_AGAIN);
	assert_non_null(strstr(fake_failure(f.fake), ": Connection timed out"));
	writing_close(&f);
}

/* ------------------------------------------------ several destinations -- */

/* Beside the one that hears, one over a connection; its address stays. */
static struct sockaddr_in
open_with(
    struct writing *f, int type, struct writing *other, const char *format)
{
	struct sockaddr_in here = writing_address();
	socklen_t size = sizeof(here);
	char to[300];

	writing_open(f, type, format);
	*other = (struct writing){ .fake = NULL };
	writing_bind(other, SOCK_STREAM, here);
	assert_int_equal(
	    getsockname(other->fd, (struct sockaddr *)&here, &size), 0);
	snprintf(to, sizeof(to), "['%s', '%s']", f->to, other->to);
	fake_options(f->fake, "to", to, "timeout", "20s", NULL);
	return here;
}

static void
expect_acknowledged(const struct writing *f, uint64_t first, uint64_t last)
{
	for (size_t i = 0; i < f->fake->n_acknowledged; i++)
		if (f->fake->acknowledged[i].first == first &&
		    f->fake->acknowledged[i].last == last)
			return;
	fail_msg("%d to %d were not acknowledged", (int)first, (int)last);
}

/* Where one is away the other goes on, and the one gets all when it is back. */
static void
test_one_is_away(void **unused)
{
	struct writing f, other;
	struct sockaddr_in here;
	int fd;

	(void)unused;
	here = open_with(&f, SOCK_DGRAM, &other, "graphite");
	fake_options(f.fake, "path", "{parameter}", NULL);
	close(other.fd);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(writing_say(&f, "a"), FARM_ACCEPTED);
	assert_int_equal(writing_say(&f, "b"), FARM_ACCEPTED);
	assert_int_equal(fake_tick(f.fake), 0);
	assert_int_equal(writing_say(&f, "c"), FARM_ACCEPTED);
	writing_expect(writing_hear(&f),
	    ">a 1 1700000000\n>b 1 1700000000\n>c 1 1700000000\n");
	assert_int_equal(f.fake->n_logs, 1);
	assert_non_null(strstr(
	    f.fake->logs[0].text, ": Connection refused; lines wait for it"));
	assert_non_null(strstr(writing_counts(&f), "\"waiting\":45,"));
	assert_int_equal(f.fake->n_acknowledged, 0);
	writing_bind(&other, SOCK_STREAM, here);
	/* It is not tried at once. */
	for (int i = 0; f.fake->n_acknowledged == 0 && i < 300; i++) {
		assert_int_equal(fake_tick(f.fake), 0);
		(void)poll(NULL, 0, 100);
	}
	for (uint64_t i = 1; i <= 3; i++)
		expect_acknowledged(&f, i, i);
	/* What is between them too. */
	expect_acknowledged(&f, 1, 3);
	fd = accept_one(&other);
	writing_expect(read_some(&f, fd),
	    "a 1 1700000000\nb 1 1700000000\nc 1 1700000000\n");
	assert_int_equal(f.fake->n_logs, 2);
	assert_non_null(strstr(f.fake->logs[1].text, ": has all lines again"));
	assert_int_equal(writing_say(&f, "d"), FARM_DONE);
	writing_expect(read_some(&f, fd), "d 1 1700000000\n");
	writing_expect(writing_hear(&f), ">d 1 1700000000\n");
	close(fd);
	close(other.fd);
	writing_close(&f);
}

/* What waits has an end: the host keeps the rest. */
static void
test_backlog_is_bounded(void **unused)
{
	struct writing f, other;
	char want[200];
	int n;

	(void)unused;
	(void)open_with(&f, SOCK_STREAM, &other, "influx");
	fake_options(f.fake, "backlog", "1MiB", "resend", "0", NULL);
	close(other.fd);
	assert_int_equal(fake_open(f.fake), 0);
	for (n = 0; n < 17; n++)
		assert_int_equal(say_large(&f), FARM_ACCEPTED);
	snprintf(want, sizeof(want), "%s: more than `backlog' waits for it",
	    other.to);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(say_large(&f), FARM_AGAIN);
		assert_string_equal(fake_failure(f.fake), want);
	}
	assert_non_null(strstr(writing_counts(&f), "\"values\":17,"));
	writing_close(&f);
}

static void
wait_for_line(struct writing *f, int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	do
		assert_int_equal(poll(&p, 1, 30000), 1);
	while (strchr(read_some(f, fd), '\n') == NULL);
}

/* One that does not read keeps nobody waiting; nor is it given up. */
static void
test_one_is_stuck(void **unused)
{
	struct writing f, other;
	int fd, rc;

	(void)unused;
	(void)open_with(&f, SOCK_STREAM, &other, "influx");
	assert_int_equal(fake_open(f.fake), 0);
	rc = say_large(&f);
	fd = accept_one(&f);
	wait_for_line(&f, fd);
	while (rc == FARM_DONE) {
		assert_true(f.position < 1000);
		rc = say_large(&f);
		wait_for_line(&f, fd);
	}
	for (int i = 0; i < 5; i++) {
		assert_int_equal(rc, FARM_ACCEPTED);
		rc = say_large(&f);
		wait_for_line(&f, fd);
	}
	assert_int_equal(f.fake->n_acknowledged, 0);
	close(fd);
	close(other.fd);
	writing_close(&f);
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
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_one_is_away),
		cmocka_unit_test(test_backlog_is_bounded),
		cmocka_unit_test(test_one_is_stuck),
	};

	(void)argc;
	return rc != 0 ? rc : cmocka_run_group_tests(tests, NULL, NULL);
}
