/* MonALISA's ping by UDP: its packets, its figures to the digit, and both ends
   of it on a network of the test's own. */
#include "fake_host.h"

#include <arpa/inet.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "figures.h"
#include "own_net.h"
#include "packet.h"
#include "unit.h"

extern const struct farm_entry farm_module;

#define LOST -1.0

static const struct rules compat = {
	.samples = 6,
	.loss_memory = 10,
	.compat = true,
	.rtt = 1,
	.jitter = 10,
	.loss = 100,
};

static void
test_packets(void **unused)
{
	static const struct {
		uint8_t bytes[4];
		size_t size;
		enum packet want;
		uint16_t number;
	} cases[] = {
		{ { 123, 0, 0, 0 }, 4, PACKET_REQUEST, 0 },
		{ { 123, 0xe7, 3, 0 }, 4, PACKET_REQUEST, 999 },
		{ { 45, 1, 0 }, 3, PACKET_REPLY, 1 },
		{ { 45, 1, 0 }, 2, PACKET_OTHER, 0 },
		{ { 0 }, 0, PACKET_OTHER, 0 },
		{ { 46, 1, 0 }, 3, PACKET_OTHER, 0 },
	};
	uint8_t bytes[450];
	uint16_t number;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		number = 0;
		assert_int_equal(
		    packet_parse(cases[i].bytes, cases[i].size, &number),
		    cases[i].want);
		assert_int_equal(number, cases[i].number);
	}
	memset(bytes, 0xff, sizeof(bytes));
	packet_build(bytes, sizeof(bytes), PACKET_REQUEST, 0x0203);
	assert_memory_equal(bytes, "\x7b\3\2\0\0\0", 6);
	assert_int_equal(bytes[449], 0);
}

/* What MonALISA itself gave for these round trips. */
static void
test_compat_round_trips(void **unused)
{
	static const double steps[][4] = {
		/* ms, RTT, Jitter, RTime */
		{ 10, 0, 0, 0 },
		{ 20, 2.5, 0, 2.5 },
		{ 30, 7.5, 0, 7.5 },
		{ 40, 15, 0, 15 },
		{ 50, 25, 1.12, 36.2 },
		{ 60, 35, 0.91765, 44.176 },
		{ 60, 45, 0.73846, 52.385 },
		{ 60, 52.5, 0.56667, 58.167 },
	};
	struct history h = { 0 };
	struct figures f;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(steps); i++) {
		figures_add(&h, &compat, steps[i][0], &f);
		assert_true(f.has_rtt && f.has_jitter);
		assert_true(f.loss == 0);
		assert_true(f.rtt == steps[i][1]);
		assert_true(fabs(f.jitter - steps[i][2]) < 0.000005);
		assert_true(fabs(f.rtime - steps[i][3]) < 0.0005);
	}
}

static void
test_compat_loss(void **unused)
{
	static const double steps[][3] = {
		/* ms, PacketLoss, RTime */
		{ LOST, .1, 10 },
		{ LOST, .2, 20 },
		{ LOST, .3, 30 },
		{ 100, .2, 20 },
		{ 100, .1, 35 },
		{ LOST, .2, 45 },
	};
	struct history h = { 0 };
	struct figures f;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(steps); i++) {
		figures_add(&h, &compat, steps[i][0], &f);
		assert_true(fabs(f.loss - steps[i][1]) < 1e-12);
		assert_true(fabs(f.rtime - steps[i][2]) < 1e-9);
	}
	for (i = 3; i <= 12; i++) {
		figures_add(&h, &compat, LOST, &f);
		assert_true(fabs(f.loss - fmin((double)i, 10) / 10) < 1e-12);
	}
	assert_true(fabs(f.rtime - 125) < 1e-9);
}

/* Without zeros that nobody measured, and loss as it is. */
static void
test_figures(void **unused)
{
	static const struct {
		double ms;
		bool has_rtt, has_jitter;
		double rtt, jitter, loss, rtime;
	} steps[] = {
		{ LOST, false, false, 0, 0, 1, 100 },
		{ 10, true, false, 10, 0, 1 / 2., 60 },
		{ 20, true, true, 15, .4, 1 / 3., 52.333333333 },
		{ 60, true, true, 20, 1 / 3., 1 / 4., 48.333333333 },
		{ LOST, true, true, 20, 1 / 3., 1 / 4., 48.333333333 },
		{ 20, true, true, 20, .307692308, 1 / 4., 48.07692308 },
	};
	struct rules rules = compat;
	struct history h = { 0 };
	struct figures f;
	size_t i;

	(void)unused;
	rules.compat = false;
	rules.loss_memory = 4;
	for (i = 0; i < COUNT(steps); i++) {
		figures_add(&h, &rules, steps[i].ms, &f);
		assert_int_equal(f.has_rtt, steps[i].has_rtt);
		assert_int_equal(f.has_jitter, steps[i].has_jitter);
		assert_true(f.rtt == steps[i].rtt);
		assert_true(fabs(f.jitter - steps[i].jitter) < 1e-8);
		assert_true(fabs(f.loss - steps[i].loss) < 1e-12);
		assert_true(fabs(f.rtime - steps[i].rtime) < 1e-7);
	}
}

/* ------------------------------------------------------------- both ends -- */

/* A socket on loopback; its port. */
static int
bind_udp(uint16_t *ret_port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(to);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&to, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&to, &size), 0);
	*ret_port = ntohs(to.sin_port);
	return fd;
}

struct responder {
	struct fake_host *fake;
	int fd;
	int end_fd;
};

static void *
respond(void *argument)
{
	struct responder *r = argument;
	struct pollfd fds[] = { { .fd = r->fd, .events = POLLIN },
		{ .fd = r->end_fd, .events = POLLIN } };

	while (poll(fds, 2, -1) > 0 && fds[1].revents == 0)
		farm_module.descriptor->listen(
		    &r->fake->host, fake_state(r->fake), r->fd, EPOLLIN, NULL);
	return NULL;
}

static void
test_both_ends(void **unused)
{
	struct fake_host *fake = fake_new(&farm_module);
	struct farm_target *alive, *dead, *nobody;
	struct responder r = { .fake = fake_new(&farm_module) };
	uint16_t port, dead_port;
	pthread_t thread;
	char address[32];
	int i, dead_fd;

	(void)unused;
	r.fd = bind_udp(&port);
	r.end_fd = eventfd(0, 0);
	assert_int_equal(fake_open(r.fake), 0);
	assert_int_equal(pthread_create(&thread, NULL, respond, &r), 0);
	dead_fd = bind_udp(&dead_port);

	fake_options(fake, "timeout", "100ms", NULL);
	fake->deadline_ns = clock_mono_ns() + 60 * NS_PER_S;
	assert_int_equal(fake_open(fake), 0);
	snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	alive = fake_target(fake, "Peers", "alive", address);
	snprintf(address, sizeof(address), "127.0.0.1:%u", dead_port);
	dead = fake_target(fake, "Peers", "dead", address);
	nobody = fake_target(fake, "Peers", "nobody", "no-such-name.invalid");
	for (i = 0; i < 3; i++) {
		assert_int_equal(fake_collect(fake, alive), 0);
		assert_int_equal(fake_collect(fake, dead), 0);
	}
	assert_true(fake_value(fake, "alive", "PacketLoss") == 0);
	assert_true(fake_value(fake, "alive", "RTT") > 0);
	assert_true(fake_value(fake, "alive", "RTT") < 100);
	assert_true(fake_value(fake, "alive", "Jitter") >= 0);
	assert_true(fake_value(fake, "alive", "Jitter") < 100);
	assert_true(fabs(fake_value(fake, "alive", "RTime") -
			 fake_value(fake, "alive", "RTT") -
			 10 * fake_value(fake, "alive", "Jitter")) < 1e-6);
	assert_true(fake_value(fake, "dead", "PacketLoss") == 1);
	assert_int_equal(fake_count(fake, "dead"), 3);
	assert_int_equal(fake_collect(fake, nobody), -1);
	assert_int_equal(fake_count(fake, "nobody"), 0);

	/* Nobody there at all: known at once. */
	close(dead_fd);
	assert_int_equal(fake_collect(fake, dead), 0);
	assert_true(fake_value(fake, "dead", "PacketLoss") == 1);

	assert_int_equal(eventfd_write(r.end_fd, 1), 0);
	pthread_join(thread, NULL);
	close(r.fd);
	close(r.end_fd);
	fake_free(r.fake);
	fake_free(fake);
}

/* Answers, scraps and giants stay without an answer. */
static void
test_only_requests_are_answered(void **unused)
{
	static const struct {
		uint8_t kind;
		size_t size;
		bool answered;
	} cases[] = {
		{ 45, 450, false },
		{ 0, 450, false },
		{ 123, 2, false },
		{ 123, PACKET_MAX + 1, false },
		{ 123, PACKET_MAX, true },
		{ 123, 3, true },
	};
	struct fake_host *fake = fake_new(&farm_module);
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	uint8_t bytes[PACKET_MAX + 1] = { 0 };
	uint16_t port, mine;
	ssize_t n;
	size_t i;
	int fd, from;

	(void)unused;
	fd = bind_udp(&port);
	from = bind_udp(&mine);
	to.sin_port = htons(port);
	assert_int_equal(fake_open(fake), 0);
	for (i = 0; i < COUNT(cases); i++) {
		bytes[0] = cases[i].kind;
		bytes[1] = 7;
		assert_int_equal(sendto(from, bytes, cases[i].size, 0,
				     (struct sockaddr *)&to, sizeof(to)),
		    cases[i].size);
		farm_module.descriptor->listen(
		    &fake->host, fake_state(fake), fd, EPOLLIN, NULL);
		n = recv(from, bytes, sizeof(bytes), MSG_DONTWAIT);
		assert_int_equal(
		    n, cases[i].answered ? (ssize_t)cases[i].size : -1);
		if (n > 0)
			assert_memory_equal(bytes, "\x2d\7\0", 3);
	}
	close(fd);
	close(from);
	fake_free(fake);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_compat_round_trips),
		cmocka_unit_test(test_compat_loss),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_both_ends),
		cmocka_unit_test(test_only_requests_are_answered),
	};
	int rc = own_net(argv);

	(void)argc;
	if (rc != 0)
		return rc;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
