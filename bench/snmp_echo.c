/*
 * snmp_echo - what the exchange of datagrams alone costs: the requests that
 * read 10 columns of 20 interfaces, sent and received in batches, the answers
 * not looked at.  usage: snmp_echo [agents [sweeps]], agentsim being at port
 * 161; prints a line of JSON for each sweep.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "snmp.h"

#define COLUMNS 10
#define ROWS 20
#define REQUESTS 3 /* for an agent: that many answers of 1472 bytes */
#define BATCH 64
#define WINDOW 128 /* answers that fit the usual receive buffer */
#define ROOM 2048
#define PORT 161
#define BUFFER (8 << 20)

struct request {
	uint8_t bytes[512];
	size_t size;
};

struct batch {
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	struct sockaddr_in peers[BATCH];
	unsigned n;
};

struct sweep {
	int fd;
	size_t n;
	uint8_t *asked; /* requests to each agent so far */
	size_t next;    /* agent */
	size_t in_flight;
	size_t answers;
	struct request requests[REQUESTS];
	struct batch in, out;
	uint8_t bytes[BATCH][ROOM];
};

/* ifInOctets and the nine columns behind it, from the row after `row'. */
static void
write_request(struct request *q, uint32_t row)
{
	struct snmp_message m = { .version = SNMP_V2C,
		.community = { (const uint8_t *)"public", 6 } };
	struct snmp_pdu pdu = { .type = SNMP_GET_BULK,
		.request_id = 1 << 24,
		.max_repetitions = (ROWS + REQUESTS - 1) / REQUESTS };
	uint32_t oid[] = { 1, 3, 6, 1, 2, 1, 2, 2, 1, 0, row };
	uint8_t names[COLUMNS][BER_OID_BYTES], memory[sizeof(q->bytes)];
	struct ber_writer out = ber_writer(memory, sizeof(memory));
	struct snmp_varbind v[COLUMNS];
	uint32_t i;

	for (i = 0; i < COLUMNS; i++) {
		oid[9] = 10 + i;
		v[i].name.data = names[i];
		v[i].name.size = ber_oid_encode(oid, 11, names[i]);
		v[i].value = (struct ber_value){ .tag = BER_NULL };
	}
	snmp_pdu_encode(&out, &pdu, v, COLUMNS);
	snmp_message_encode(&out, &m);
	q->size = ber_written(&out);
	memcpy(q->bytes, out.p, q->size);
}

/* Agent i: 127.1.0.1 and on, without .0 and those above .250. */
static uint32_t
address_of(size_t i)
{
	return 127u << 24 | (uint32_t)(1 + i / 62500) << 16 |
	       (uint32_t)(i / 250 % 250) << 8 | (uint32_t)(1 + i % 250);
}

static size_t
agent_of(uint32_t address)
{
	return ((address >> 16 & 255) - 1) * 62500 +
	       (address >> 8 & 255) * 250 + (address & 255) - 1;
}

static void
flush(struct sweep *s)
{
	unsigned done = 0;
	int n;

	while (done < s->out.n) {
		n = sendmmsg(s->fd, s->out.messages + done, s->out.n - done, 0);
		if (n < 0) {
			perror("sendmmsg");
			exit(1);
		}
		done += (unsigned)n;
	}
	s->out.n = 0;
}

static void
ask(struct sweep *s, size_t agent)
{
	struct request *q = &s->requests[s->asked[agent]++];
	struct batch *b = &s->out;

	b->peers[b->n].sin_addr.s_addr = htonl(address_of(agent));
	b->vectors[b->n] = (struct iovec){ q->bytes, q->size };
	if (++b->n == BATCH)
		flush(s);
}

static void
receive(struct sweep *s)
{
	size_t agent;
	int i, n;

	n = recvmmsg(s->fd, s->in.messages, BATCH, MSG_WAITFORONE, NULL);
	if (n < 0) {
		fputs("snmp_echo: an answer is missing\n", stderr);
		exit(1);
	}
	for (i = 0; i < n; i++) {
		agent = agent_of(ntohl(s->in.peers[i].sin_addr.s_addr));
		s->answers++;
		s->in_flight--;
		if (agent < s->n && s->asked[agent] < REQUESTS) {
			ask(s, agent);
			s->in_flight++;
		}
	}
}

static void
run(struct sweep *s)
{
	memset(s->asked, 0, s->n);
	s->next = s->answers = 0;
	while (s->answers < s->n * REQUESTS) {
		for (; s->in_flight < WINDOW && s->next < s->n; s->in_flight++)
			ask(s, s->next++);
		flush(s);
		receive(s);
	}
}

static void
init(struct sweep *s, size_t n)
{
	const struct timeval patience = { .tv_sec = 5 };
	const int size = BUFFER;
	uint32_t i;

	s->n = n;
	s->asked = calloc(n, 1);
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || s->asked == NULL)
		exit(1);
	if (setsockopt(
		s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		(void)setsockopt(
		    s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)setsockopt(
	    s->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (i = 0; i < REQUESTS; i++)
		write_request(
		    &s->requests[i], i * ((ROWS + REQUESTS - 1) / REQUESTS));
	for (i = 0; i < BATCH; i++) {
		s->in.vectors[i] = (struct iovec){ s->bytes[i], ROOM };
		s->in.messages[i].msg_hdr.msg_iov = &s->in.vectors[i];
		s->in.messages[i].msg_hdr.msg_iovlen = 1;
		s->in.messages[i].msg_hdr.msg_name = &s->in.peers[i];
		s->in.messages[i].msg_hdr.msg_namelen = sizeof(s->in.peers[i]);
		s->out.messages[i].msg_hdr.msg_iov = &s->out.vectors[i];
		s->out.messages[i].msg_hdr.msg_iovlen = 1;
		s->out.messages[i].msg_hdr.msg_name = &s->out.peers[i];
		s->out.messages[i].msg_hdr.msg_namelen = sizeof(
		    s->out.peers[i]);
		s->out.peers[i].sin_family = AF_INET;
		s->out.peers[i].sin_port = htons(PORT);
	}
}

int
main(int argc, char **argv)
{
	static struct sweep s;
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 500;
	int sweeps = argc > 2 ? atoi(argv[2]) : 5;
	int64_t wall_ns, cpu_ns;

	if (n == 0 || n > 62500 * 200)
		return 64;
	init(&s, n);
	while (sweeps-- > 0) {
		wall_ns = clock_mono_ns();
		cpu_ns = clock_thread_cpu_ns();
		run(&s);
		cpu_ns = clock_thread_cpu_ns() - cpu_ns;
		wall_ns = clock_mono_ns() - wall_ns;
		printf("{\"values\": %zu, \"cpu_s\": %.6f, \"wall_s\": %.6f}\n",
		    n * COLUMNS * ROWS, (double)cpu_ns / NS_PER_S,
		    (double)wall_ns / NS_PER_S);
		fflush(stdout);
	}
	free(s.asked);
	return 0;
}
