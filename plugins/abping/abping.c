/*
 * abping: MonALISA's ping by UDP.  Every instance answers its peers and asks
 * them; a run is one probe, and the figures are those of the last few.
 */
#include <farm/module.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "figures.h"
#include "option.h"
#include "packet.h"

/* A peer's name is resolved again after this, and after each lost probe. */
#define RESOLVE_NS (300 * NS_PER_S)
/* Requests answered per call, so that a flood leaves room for the end. */
#define ANSWERS_MAX 256

struct abping {
	struct farm_address listen;
	int64_t port;
	int64_t timeout_ns;
	int64_t packet_size;
	int64_t samples;
	int64_t loss_memory;
	bool compat;
	double overall, rtt, jitter, loss;
};

static const struct farm_option options[] = {
	FARM_OPTION_ADDRESS("listen", struct abping, listen, "udp://*:9000",
	    FARM_LISTEN, "where peers are answered"),
	FARM_OPTION_INTEGER("port", struct abping, port, "9000", 1, 65535,
	    "of a peer whose address says none"),
	FARM_OPTION_DURATION("timeout", struct abping, timeout_ns, "1s", 1e6,
	    60e9, "a later answer counts as lost"),
	FARM_OPTION_SIZE("packet_size", struct abping, packet_size, "450B",
	    PACKET_MIN, PACKET_MAX, "bytes of a probe"),
	FARM_OPTION_INTEGER("samples", struct abping, samples, "6", 3,
	    FIGURES_SAMPLES_MAX, "round trips that the figures are made of"),
	FARM_OPTION_INTEGER("loss_memory", struct abping, loss_memory, "10", 1,
	    FIGURES_LOSS_MAX, "probes that the loss is made of"),
	FARM_OPTION_NUMBER("overall_coefficient", struct abping, overall, "0",
	    -1e9, 1e9, "added to RTime"),
	FARM_OPTION_NUMBER("rtt_coefficient", struct abping, rtt, "1", -1e9,
	    1e9, "of RTT in RTime"),
	FARM_OPTION_NUMBER("jitter_coefficient", struct abping, jitter, "10",
	    -1e9, 1e9, "of Jitter in RTime"),
	FARM_OPTION_NUMBER("loss_coefficient", struct abping, loss, "100", -1e9,
	    1e9, "of PacketLoss in RTime"),
	FARM_OPTION_BOOLEAN("compat", struct abping, compat, "no",
	    "count as MonALISA does, beginning with zeros"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	{ "RTime", FARM_GAUGE, NULL,
	    "how bad the way to the peer is: the other values, weighed" },
	{ "RTT", FARM_GAUGE, "ms",
	    "mean round trip, without the shortest and the longest" },
	{ "Jitter", FARM_GAUGE, "1",
	    "mean deviation of the RTT, as a part of it; 0 below 5 ms" },
	{ "PacketLoss", FARM_GAUGE, "1", "part of the probes, 0 to 1" }, { 0 }
};

/* What is remembered of a target. */
struct peer {
	bool open; /* fd is a socket, connected to the peer */
	int fd;
	int64_t opened_ns;
	bool lost; /* the last probe */
	uint16_t number;
	struct history history;
};

/* ------------------------------------------------------------ answering -- */

/* Answers are never answered, so two of us cannot keep each other busy; and an
   answer is no longer than its request. */
static int
abping_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	uint8_t bytes[PACKET_MAX];
	struct sockaddr_storage from;
	socklen_t from_size;
	uint16_t number;
	ssize_t n;
	int i;

	(void)host, (void)state, (void)events, (void)cookie;
	for (i = 0; i < ANSWERS_MAX; i++) {
		from_size = sizeof(from);
		n = recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_TRUNC,
		    (struct sockaddr *)&from, &from_size);
		if (n < 0)
			break;
		if ((size_t)n > sizeof(bytes) ||
		    packet_parse(bytes, (size_t)n, &number) != PACKET_REQUEST)
			continue;
		packet_build(bytes, (size_t)n, PACKET_REPLY, number);
		(void)sendto(fd, bytes, (size_t)n, MSG_DONTWAIT,
		    (struct sockaddr *)&from, from_size);
	}
	return 0;
}

/* --------------------------------------------------------------- asking -- */

static int
connect_to(const struct addrinfo *info)
{
	int fd, saved;

	fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, info->ai_addr, info->ai_addrlen) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* A socket for the peer's first address that there is a way to. */
static int
open_peer(struct farm_host *host, const struct abping *m, const char *text)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *info = NULL, *one;
	struct farm_address address;
	struct arena *arena = arena_new(0);
	struct error err;
	char port[8];
	int rc, fd = -1;

	if (arena == NULL)
		return farm_fail(host, "%s: out of memory", text);
	if (address_parse(arena, text, &address, &err) != 0) {
		farm_fail(host, "%s", err.text);
		goto out;
	}
	snprintf(port, sizeof(port), "%u",
	    address.port != 0 ? address.port : (unsigned)m->port);
	rc = getaddrinfo(address.host, port, &hints, &info);
	if (rc != 0) {
		farm_fail(host, "%s: %s", text, gai_strerror(rc));
		goto out;
	}
	for (one = info; one != NULL && fd < 0; one = one->ai_next)
		fd = connect_to(one);
	if (fd < 0)
		farm_fail(host, "%s: %m", text);
	freeaddrinfo(info);
out:
	arena_free(arena);
	return fd;
}

/* The address may have changed.  The old one outlives a name server that
   fails. */
static int
refresh(struct farm_host *host, const struct abping *m, struct peer *p,
    const char *text)
{
	int64_t now_ns = clock_mono_ns();
	int fd;

	if (p->open && !p->lost && now_ns - p->opened_ns < RESOLVE_NS)
		return 0;
	fd = open_peer(host, m, text);
	if (fd < 0)
		return p->open ? 0 : -1;
	if (p->open)
		close(p->fd);
	p->fd = fd;
	p->open = true;
	p->opened_ns = now_ns;
	return 0;
}

/* The answer to the probe, or false if time is up or nobody listens. */
static bool
await_answer(const struct peer *p, int64_t until_ns)
{
	struct pollfd poll_fd = { .fd = p->fd, .events = POLLIN };
	uint8_t bytes[PACKET_MAX];
	struct timespec timeout;
	uint16_t number;
	int64_t left_ns;
	ssize_t n;

	while ((left_ns = until_ns - clock_mono_ns()) > 0) {
		timeout.tv_sec = left_ns / NS_PER_S;
		timeout.tv_nsec = left_ns % NS_PER_S;
		if (ppoll(&poll_fd, 1, &timeout, NULL) <= 0)
			continue;
		n = recv(p->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN)
			return false;
		if (n >= 0 &&
		    packet_parse(bytes, (size_t)n, &number) == PACKET_REPLY &&
		    number == p->number)
			return true;
	}
	return false;
}

/* Its round trip in ms, or -1. */
static double
probe(const struct abping *m, struct peer *p, int64_t deadline_ns)
{
	uint8_t bytes[PACKET_MAX];
	size_t size = (size_t)m->packet_size;
	int64_t sent_ns, until_ns;

	p->number = (uint16_t)((p->number + 1) % PACKET_NUMBERS);
	packet_build(bytes, size, PACKET_REQUEST, p->number);
	sent_ns = clock_mono_ns();
	until_ns = sent_ns + m->timeout_ns;
	if (until_ns > deadline_ns)
		until_ns = deadline_ns;
	if (send(p->fd, bytes, size, 0) < 0 || !await_answer(p, until_ns))
		return -1;
	return (double)(clock_mono_ns() - sent_ns) / NS_PER_MS;
}

static int
abping_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct abping *m = state;
	const struct rules rules = {
		.samples = (int)m->samples,
		.loss_memory = (int)m->loss_memory,
		.compat = m->compat,
		.overall = m->overall,
		.rtt = m->rtt,
		.jitter = m->jitter,
		.loss = m->loss,
	};
	struct peer *p = target->state;
	struct figures f;
	double ms;
	int rc = 0;

	if (refresh(host, m, p, target->address) != 0)
		return -1;
	ms = probe(m, p, farm_deadline_ns(host, target));
	p->lost = ms < 0;
	figures_add(&p->history, &rules, ms, &f);
	if (f.has_rtt) {
		rc |= farm_emit_double(host, target, "RTime", f.rtime);
		rc |= farm_emit_double(host, target, "RTT", f.rtt);
	}
	if (f.has_jitter)
		rc |= farm_emit_double(host, target, "Jitter", f.jitter);
	rc |= farm_emit_double(host, target, "PacketLoss", f.loss);
	return rc;
}

static void
abping_target_close(
    struct farm_host *host, void *state, struct farm_target *target)
{
	struct peer *p = target->state;

	(void)host, (void)state;
	if (p->open)
		close(p->fd);
}

FARM_MODULE(abping, FARM_COLLECTOR) = {
	.summary = "MonALISA's ping by UDP, both ends of it",
	.description =
	    "Answers the probes of other farms, MonALISA's too, and sends one "
	    "to each target in every run, 4 s apart in MonALISA. From the "
	    "last of them come round trip, jitter and loss, and RTime, the "
	    "weighed sum by which MonALISA's agents choose their "
	    "neighbours:\n\n"
	    "    RTime = overall_coefficient + rtt_coefficient * RTT\n"
	    "        + jitter_coefficient * Jitter + loss_coefficient * "
	    "PacketLoss\n\n"
	    "A peer that has never answered has a `PacketLoss` and nothing "
	    "else. With `compat` the figures are MonALISA's to the digit: "
	    "round trips count as 0 before there are enough of them, and "
	    "the loss is a counter that each probe raises by one and each "
	    "answer lowers by two.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct abping),
	.target_state_size = sizeof(struct peer),
	.needs = FARM_NEEDS_NETWORK,
	.listen = abping_listen,
	.target_close = abping_target_close,
	.collector = { .collect = abping_collect },
};
