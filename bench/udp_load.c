/*
 * Datagrams at a steady rate, for whoever listens on a port of this host:
 *
 *   udp_load FORMAT PORT DATAGRAMS-A-SECOND SECONDS VALUES
 *
 * FORMAT is apmon, influx, statsd or collectd (its network plugin's); each
 * datagram has as many values of one of 1,000 nodes.  Prints how many were sent
 * and how late the last one was.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "apmon.h"
#include "buffer.h"
#include "clock.h"

#define NODES 1000
#define BATCH 20
#define VALUES_MAX 60

struct load {
	int fd;
	size_t values;
	struct buffer datagrams[NODES];
};

/* --- what they hold --- */

static void
make_apmon(struct load *l, size_t node, const char *name)
{
	struct apmon_parameter parameters[VALUES_MAX];
	char names[VALUES_MAX][32];
	struct apmon_sender sender = { .instance = (uint32_t)node };
	struct apmon_message m = { .cluster = { "bench", 5 },
		.node = { name, strlen(name) },
		.parameters = parameters,
		.n = l->values };
	struct buffer *b = &l->datagrams[node];
	size_t next = 0;
	ssize_t size;

	for (size_t i = 0; i < m.n; i++) {
		snprintf(names[i], sizeof(names[i]), "parameter%02zu", i);
		parameters[i] = (struct apmon_parameter){
			.name = { names[i], strlen(names[i]) },
			.type = APMON_DOUBLE,
			.value = farm_double((double)(node + i) / 7)
		};
	}
	size = apmon_encode(
	    &sender, &m, &next, buffer_room(b, 1400), 1400, NULL);
	if (size < 0 || next < m.n) {
		fprintf(stderr, "%zu values do not fit\n", m.n);
		exit(1);
	}
	buffer_added(b, (size_t)size);
}

static void
make_lines(struct load *l, size_t node, const char *name, bool influx)
{
	struct buffer *b = &l->datagrams[node];

	for (size_t i = 0; i < l->values; i++) {
		if (influx)
			buffer_printf(b, "parameter%02zu,host=%s value=%.6f\n",
			    i, name, (double)(node + i) / 7);
		else
			buffer_printf(b, "%s.parameter%02zu:%.6f|g\n", name, i,
			    (double)(node + i) / 7);
	}
}

/* A part of collectd's network plugin: type, size with this head, bytes. */
static void
put_part(struct buffer *b, unsigned type, const void *bytes, size_t size)
{
	uint16_t head[2] = { htons((uint16_t)type),
		htons((uint16_t)(size + 4)) };

	buffer_put(b, head, sizeof(head));
	buffer_put(b, bytes, size);
}

static void
put_text(struct buffer *b, unsigned type, const char *text)
{
	put_part(b, type, text, strlen(text) + 1);
}

static void
put_number(struct buffer *b, unsigned type, uint64_t n)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(n >> (56 - 8 * i));
	put_part(b, type, bytes, sizeof(bytes));
}

/* Host, interval, plugin and type once, then an instance and a gauge each. */
static void
make_collectd(struct load *l, size_t node, const char *name)
{
	struct buffer *b = &l->datagrams[node];
	uint8_t value[11] = { 0, 1, 1 };
	char instance[32];
	double number;

	put_text(b, 0x0000, name);
	put_number(b, 0x0008, (uint64_t)time(NULL) << 30);
	put_number(b, 0x0009, (uint64_t)10 << 30);
	put_text(b, 0x0002, "bench");
	put_text(b, 0x0004, "gauge");
	for (size_t i = 0; i < l->values; i++) {
		snprintf(instance, sizeof(instance), "parameter%02zu", i);
		put_text(b, 0x0005, instance);
		number = (double)(node + i) / 7;
		memcpy(value + 3, &number, sizeof(number));
		put_part(b, 0x0006, value, sizeof(value));
	}
}

static void
make_all(struct load *l, const char *format)
{
	char name[32];

	for (size_t node = 0; node < NODES; node++) {
		snprintf(name, sizeof(name), "node%03zu", node);
		if (strcmp(format, "apmon") == 0)
			make_apmon(l, node, name);
		else if (strcmp(format, "collectd") == 0)
			make_collectd(l, node, name);
		else
			make_lines(
			    l, node, name, strcmp(format, "influx") == 0);
	}
}

/* --- sending --- */

static void
put_u32(char *to, uint32_t n)
{
	n = htonl(n);
	memcpy(to, &n, sizeof(n));
}

/* ApMon's sequence stands behind header and instance. */
static void
number_it(struct buffer *b, uint32_t sequence)
{
	put_u32(b->data + 4 + 12 + 4, sequence);
}

/* collectd takes no value that is not newer than the one before. */
static void
stamp_it(struct buffer *b, int64_t now_ns)
{
	uint64_t when = (uint64_t)(now_ns / NS_PER_S) << 30 |
			(uint64_t)((double)(now_ns % NS_PER_S) / NS_PER_S *
				   (1 << 30));
	/* Behind the host's part, "nodeNNN" with its NUL. */
	char *to = b->data + 4 + 8 + 4;

	put_u32(to, (uint32_t)(when >> 32));
	put_u32(to + 4, (uint32_t)when);
}

static void
send_batch(struct load *l, uint64_t first, const char *format)
{
	struct mmsghdr messages[BATCH];
	struct iovec pieces[BATCH];
	int64_t now_ns = clock_wall_ns();
	int n = 0, rc;

	memset(messages, 0, sizeof(messages));
	for (size_t i = 0; i < BATCH; i++) {
		struct buffer *b = &l->datagrams[(first + i) % NODES];

		if (*format == 'a')
			number_it(b, (uint32_t)((first + i) / NODES));
		else if (*format == 'c')
			stamp_it(b, now_ns);
		pieces[i] = (struct iovec){ b->data, b->size };
		messages[i].msg_hdr.msg_iov = &pieces[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (n < BATCH) {
		rc = sendmmsg(l->fd, messages + n, (unsigned)(BATCH - n), 0);
		if (rc < 0 && errno != ECONNREFUSED && errno != EINTR) {
			perror("sendmmsg");
			exit(1);
		}
		n += rc < 0 ? 0 : rc;
	}
}

static void
wait_until(int64_t mono_ns)
{
	struct timespec until = { mono_ns / NS_PER_S, mono_ns % NS_PER_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
	       EINTR)
		;
}

static void
send_all(struct load *l, const char *format, double rate, double seconds)
{
	uint64_t total = (uint64_t)(rate * seconds) / BATCH * BATCH, sent;
	int64_t begun = clock_mono_ns(), due = begun;

	for (sent = 0; sent < total; sent += BATCH) {
		due = begun + (int64_t)((double)sent / rate * NS_PER_S);
		if (due - clock_mono_ns() > 200 * NS_PER_US)
			wait_until(due);
		send_batch(l, sent, format);
	}
	printf("%" PRIu64 " datagrams, %" PRIu64 " values, %.3f s late\n", sent,
	    sent * l->values, (double)(clock_mono_ns() - due) / NS_PER_S);
}

int
main(int argc, char **argv)
{
	static struct load l;
	struct sockaddr_in to = { .sin_family = AF_INET };

	if (argc != 6 || strtoul(argv[5], NULL, 10) > VALUES_MAX) {
		fprintf(stderr,
		    "usage: udp_load FORMAT PORT RATE SECONDS VALUES\n");
		return 64;
	}
	l.values = strtoul(argv[5], NULL, 10);
	make_all(&l, argv[1]);
	l.fd = socket(AF_INET, SOCK_DGRAM, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)atoi(argv[2]));
	if (connect(l.fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		perror("connect");
		return 1;
	}
	send_all(&l, argv[1], atof(argv[3]), atof(argv[4]));
	for (size_t i = 0; i < NODES; i++)
		buffer_free(&l.datagrams[i]);
	close(l.fd);
	return 0;
}
