/*
 * exchange.c - what it costs to ask SNMP agents and to decode what they say,
 * beside the bare exchange of datagrams of the same sizes, which is the floor.
 * One process, on another processor, answers for all agents, by one address;
 * each agent of v3 has an engine id of its own.
 * usage: exchange [agents [questions to each]]
 */
#include "exchange.h"

#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#define COLUMNS 10
#define VALUES 67    /* of a reply that fits 1472 bytes */
#define VALUES_V3 50 /* likewise */
/* The one socket that plays all agents holds so many questions. */
#define WINDOW 128

static struct credential credentials[] = {
	{ .version = SNMP_V2C, .label = "v2c", .community = "public" },
	{ .version = SNMP_V3,
	    .label = "v3",
	    .user = "monitor",
	    .context = "",
	    .flags = SNMP_AUTH | SNMP_PRIV },
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
pin(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

/* --------------------------------------------------------- the agents -- */

struct agents {
	uint8_t values[4096];
	struct ber varbinds[2]; /* of v2c and v3 */
	struct usm_keys **keys; /* by engine */
	uint32_t n, met;
};

static struct ber
make_values(uint8_t *end, size_t room, uint32_t n)
{
	struct ber_writer out = ber_writer(end - room, room);
	uint32_t numbers[] = { 1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 0 };
	uint8_t oid[BER_OID_BYTES];
	size_t mark, size;

	while (n-- > 0) {
		numbers[10] = n / COLUMNS;
		size = ber_oid_encode(numbers, 11, oid);
		mark = ber_written(&out);
		ber_put_unsigned(&out, BER_COUNTER32, 3000000000u + n);
		ber_put_bytes(&out, BER_OID, (struct ber_bytes){ oid, size });
		ber_put_header(&out, BER_SEQUENCE, mark);
	}
	return ber_reader(out.p, ber_written(&out));
}

static void
engine_id(uint32_t number, uint8_t id[9])
{
	memcpy(id, "\x80\x00\x1f\x88\x04", 5);
	memcpy(id + 5, &number, 4);
}

static void
put_report(struct ber_writer *out)
{
	static const uint8_t oid[] = { 43, 6, 1, 6, 3, 15, 1, 1, 4, 0 };
	struct snmp_varbind v = { { oid, sizeof(oid) },
		{ .tag = BER_COUNTER32 } };
	struct snmp_pdu pdu = { .type = SNMP_REPORT };

	snmp_pdu_encode(out, &pdu, &v, 1);
}

static void
answer_v3(struct agents *a, const uint8_t *bytes, size_t size,
    const struct snmp_message *m, struct ber_writer *out)
{
	uint8_t plain[2048], id[9];
	struct snmp_message reply = *m;
	struct usm_parameters p;
	struct snmp_scope scope;
	struct snmp_pdu pdu;
	uint32_t number = a->met;
	struct ber in;

	if (usm_decode(m, &p, NULL) != 0)
		return;
	if (p.engine_id.size == 9)
		memcpy(&number, p.engine_id.data + 5, 4);
	engine_id(number, id);
	reply.flags &= SNMP_AUTH | SNMP_PRIV;
	if (p.engine_id.size == 0) {
		a->met = (a->met + 1) % a->n;
		put_report(out);
	} else if (usm_open(a->keys[number], bytes, size, m, &p, plain, &in,
		       NULL) == 0 &&
		   snmp_scope_decode(&in, &scope, NULL) == 0 &&
		   snmp_pdu_decode(&scope.pdu, SNMP_V3, &pdu, NULL) == 0) {
		pdu = (struct snmp_pdu){ .type = SNMP_RESPONSE,
			.request_id = pdu.request_id,
			.varbinds = a->varbinds[1] };
		snmp_pdu_encode(out, &pdu, NULL, 0);
	}
	p.engine_id = (struct ber_bytes){ id, 9 };
	p.boots = 1;
	p.time = 1000;
	snmp_scope_encode(out, p.engine_id, (struct ber_bytes){ 0 });
	(void)usm_seal(out, a->keys[number], &reply, &p, NULL);
}

static void
answer(
    struct agents *a, const uint8_t *bytes, size_t size, struct ber_writer *out)
{
	struct snmp_message m;
	struct snmp_pdu pdu = { .type = SNMP_RESPONSE }, request;

	if (snmp_message_decode(bytes, size, &m, NULL) != 0)
		return;
	if (m.version == SNMP_V3) {
		answer_v3(a, bytes, size, &m, out);
		return;
	}
	if (snmp_pdu_decode(&m.data, m.version, &request, NULL) != 0)
		return;
	pdu.request_id = request.request_id;
	pdu.varbinds = a->varbinds[0];
	snmp_pdu_encode(out, &pdu, NULL, 0);
	snmp_message_encode(out, &m);
}

static void
serve(struct agents *a, int fd)
{
	uint8_t bytes[2048], memory[2048];
	struct ber_writer out;
	union address from;
	socklen_t length;
	ssize_t n;

	for (;;) {
		length = sizeof(from);
		n = recvfrom(fd, bytes, sizeof(bytes), 0, &from.any, &length);
		if (n <= 0)
			continue;
		out = ber_writer(memory, sizeof(memory));
		answer(a, bytes, (size_t)n, &out);
		(void)sendto(
		    fd, out.p, ber_written(&out), 0, &from.any, length);
	}
}

static pid_t
start_agents(uint32_t n, union address *ret)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 8 << 20;
	socklen_t length = sizeof(*ret);
	struct agents *a;
	uint8_t id[9];
	uint32_t i;
	pid_t pid;

	*ret = (union address){ .ipv4 = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(
					INADDR_LOOPBACK) } };
	if (fd < 0 || bind(fd, &ret->any, sizeof(ret->ipv4)) != 0 ||
	    getsockname(fd, &ret->any, &length) != 0)
		die("socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	pid = fork();
	if (pid != 0) {
		close(fd);
		return pid;
	}
	pin(1);
	a = calloc(1, sizeof(*a));
	a->n = n;
	a->keys = calloc(n, sizeof(struct usm_keys *));
	a->varbinds[0] = make_values(a->values + 2048, 2048, VALUES);
	a->varbinds[1] = make_values(a->values + 4096, 2048, VALUES_V3);
	for (i = 0; i < n; i++) {
		engine_id(i, id);
		(void)usm_keys_new(&a->keys[i], &credentials[1].keys,
		    (struct ber_bytes){ id, 9 }, NULL);
	}
	serve(a, fd);
	_exit(0);
}

/* --------------------------------------------------------- the manager -- */

static uint8_t oids[COLUMNS][BER_OID_BYTES];
static struct ber_bytes columns[COLUMNS];

static double
cpu_us(void)
{
	return (double)clock_thread_cpu_ns() / 1000;
}

/* No more than to send and receive: datagrams as large as v2c's. */
static void
floor_of(const union address *to, size_t total)
{
	static uint8_t in[EXCHANGE_BATCH][2048], request[256];
	struct iovec in_parts[EXCHANGE_BATCH], part;
	struct mmsghdr from[EXCHANGE_BATCH] = { 0 },
		       out[EXCHANGE_BATCH] = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), i, n;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct snmp_pdu pdu = { .type = SNMP_GET_BULK, .request_id = 1 << 20 };
	struct snmp_message m = { .version = SNMP_V2C,
		.community = { (const uint8_t *)"public", 6 } };
	struct ber_writer w = ber_writer(request, sizeof(request));
	size_t sent = 0, received = 0, size = 8 << 20;
	double before;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(int));
	snmp_question_encode(&w, &pdu, columns, COLUMNS);
	snmp_message_encode(&w, &m);
	part = (struct iovec){ w.p, ber_written(&w) };
	for (i = 0; i < EXCHANGE_BATCH; i++) {
		in_parts[i] = (struct iovec){ in[i], sizeof(in[i]) };
		from[i].msg_hdr.msg_iov = &in_parts[i];
		out[i].msg_hdr.msg_iov = &part;
		from[i].msg_hdr.msg_iovlen = out[i].msg_hdr.msg_iovlen = 1;
		out[i].msg_hdr.msg_name = (void *)to;
		out[i].msg_hdr.msg_namelen = sizeof(to->ipv4);
	}
	before = cpu_us();
	while (received < total) {
		if (sent < total && sent - received < WINDOW) {
			n = sendmmsg(fd, out, EXCHANGE_BATCH, 0);
			sent += n > 0 ? (size_t)n : 0;
		}
		n = recvmmsg(fd, from, EXCHANGE_BATCH, MSG_DONTWAIT, NULL);
		received += n > 0 ? (size_t)n : 0;
		if (n <= 0 && poll(&p, 1, 1000) == 0)
			break;
	}
	printf("  %-16s %6.2f us an exchange\n", "datagrams only",
	    (cpu_us() - before) / (double)received);
	close(fd);
}

static size_t
take(const struct answer *a)
{
	struct ber in = a->pdu.varbinds;
	struct snmp_varbind v;
	size_t n = 0;

	if (a->outcome != ANSWERED)
		return 0;
	while (snmp_varbind_next(&in, &v, NULL) == 1)
		n += v.value.number > 0;
	return n;
}

/* Everybody is asked so often, in a row; returns the values that came. */
static size_t
ask_all(struct exchange *e, struct agent *agents, size_t n, size_t each)
{
	struct question q = { SNMP_GET_BULK, 0, 7, columns, COLUMNS };
	size_t *left = calloc(n, sizeof(*left)), values = 0, i;
	struct pollfd p = { .events = POLLIN };
	struct answer a;
	int fds[2];

	exchange_fds(e, fds);
	p.fd = fds[0];
	for (i = 0; i < n; i++) {
		left[i] = each - 1;
		exchange_ask(e, &agents[i], &q, INT64_MAX);
	}
	while (exchange_pending(e) > 0) {
		exchange_step(e, clock_mono_ns());
		while (exchange_answer(e, &a)) {
			values += take(&a);
			if (left[a.agent - agents]-- > 0)
				exchange_ask(e, a.agent, &q, INT64_MAX);
			else
				left[a.agent - agents] = 0;
		}
		if (exchange_due(e) > clock_mono_ns())
			(void)poll(&p, 1, 1);
	}
	free(left);
	return values;
}

static void
measure(const char *name, const union address *to, uint8_t credential, size_t n,
    size_t each)
{
	struct credentials all = { credentials, 2 };
	struct exchange_options o = {
		.credentials = &all,
		.timeout_ns = NS_PER_S,
		.timeout_min_ns = NS_PER_S / 5,
		.retries = 2,
		.window = WINDOW,
		.large_receive_buffer = true,
	};
	struct agent *agents = calloc(n, sizeof(*agents));
	size_t i, values, heap = mallinfo2().uordblks, retried = 0;
	size_t lost = 0;
	struct exchange *e;
	double before, cpu;
	int64_t wall_ns;

	if (exchange_open(&e, &o, NULL) != 0)
		die("exchange_open");
	for (i = 0; i < n; i++) {
		agents[i] = (struct agent){ .address = *to,
			.family = AF_INET,
			.credential = credential };
		if (exchange_join(e, &agents[i]) != 0)
			die("exchange_join");
	}
	(void)ask_all(e, agents, n, 1); /* engines, pages, round trips */
	heap = mallinfo2().uordblks - heap;
	before = cpu_us();
	wall_ns = clock_mono_ns();
	values = ask_all(e, agents, n, each);
	cpu = cpu_us() - before;
	wall_ns = clock_mono_ns() - wall_ns;
	for (i = 0; i < n; i++) {
		retried += agents[i].retried;
		lost += agents[i].timed_out;
	}
	printf("  %-16s %6.2f us an exchange, %.3f s a million values, "
	       "%zu values in %.0f ms, "
	       "%zu retries, %zu lost, %zu bytes an agent\n",
	    name, cpu / (double)(n * each), cpu / (double)values, values,
	    (double)wall_ns / NS_PER_MS, retried, lost,
	    heap / n + sizeof(struct agent));
	exchange_close(e);
	free(agents);
}

int
main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 5000;
	size_t each = argc > 2 ? strtoul(argv[2], NULL, 10) : 6;
	uint32_t numbers[] = { 1, 3, 6, 1, 2, 1, 2, 2, 1, 0 };
	union address to;
	pid_t pid;
	int i;

	for (i = 0; i < COLUMNS; i++) {
		numbers[9] = 10 + (uint32_t)i;
		columns[i] = (struct ber_bytes){ oids[i],
			ber_oid_encode(numbers, 10, oids[i]) };
	}
	if (usm_user_init(&credentials[1].keys, USM_SHA1, "authentication",
		USM_AES128, "privacy!", NULL) != 0)
		die("usm_user_init");
	pid = start_agents((uint32_t)n, &to);
	pin(0);
	printf("%zu agents, %zu questions to each; %d values a reply, %d with "
	       "v3 authPriv (SHA1, AES128)\n",
	    n, each, VALUES, VALUES_V3);
	for (i = 0; i < 3; i++) {
		floor_of(&to, n * each);
		measure("v2c", &to, 0, n, each);
		measure("v3", &to, 1, n, each);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return 0;
}
