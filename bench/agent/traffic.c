#include "traffic.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "waiting.h"

#define BATCH 64
#define RECEIVE_BUFFER (8 << 20)

union control {
	char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	struct cmsghdr aligned;
};

/* As many datagrams as one call of the system carries. */
struct batch {
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	struct sockaddr_in peers[BATCH];
	union control controls[BATCH];
	uint8_t *bytes; /* BATCH times DATAGRAM_MAX */
	unsigned n;
};

struct traffic {
	struct traffic_options options;
	struct agents *agents;
	struct faults *faults;
	int fd;
	int64_t start_ns;
	struct waiting *waiting;
	struct batch in, out;
	struct traffic_counts counts;
};

static int
batch_init(struct batch *b)
{
	size_t i;

	b->bytes = malloc((size_t)BATCH * DATAGRAM_MAX);
	if (b->bytes == NULL)
		return -1;
	for (i = 0; i < BATCH; i++)
		b->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &b->peers[i],
			.msg_namelen = sizeof(b->peers[i]),
			.msg_iov = &b->vectors[i],
			.msg_iovlen = 1,
			.msg_control = b->controls[i].bytes,
			.msg_controllen = sizeof(b->controls[i]),
		};
	return 0;
}

static int
open_socket(uint16_t port, struct error *err)
{
	const struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	const int on = 1, size = RECEIVE_BUFFER;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_set(err, "socket: %m");
	if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) != 0 ||
	    bind(fd, (const struct sockaddr *)&any, sizeof(any)) != 0) {
		error_set(err, "port %u: %m", port);
		close(fd);
		return -1;
	}
	/* Without the right, what the system allows will have to do. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) !=
	    0)
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

int
traffic_open(struct traffic **ret, const struct traffic_options *o,
    struct agents *agents, struct faults *faults, struct error *err)
{
	struct traffic *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return error_set(err, "out of memory");
	t->options = *o;
	t->agents = agents;
	t->faults = faults;
	t->fd = -1;
	t->start_ns = clock_mono_ns();
	t->waiting = waiting_new(o->waiting_bytes);
	if (t->waiting == NULL || batch_init(&t->in) != 0 ||
	    batch_init(&t->out) != 0) {
		error_set(err, "out of memory");
		goto fail;
	}
	t->fd = open_socket(o->port, err);
	if (t->fd < 0)
		goto fail;
	*ret = t;
	return 0;
fail:
	traffic_close(t);
	return -1;
}

void
traffic_close(struct traffic *t)
{
	if (t == NULL)
		return;
	if (t->fd >= 0)
		close(t->fd);
	waiting_free(t->waiting);
	free(t->in.bytes);
	free(t->out.bytes);
	free(t);
}

int
traffic_fd(const struct traffic *t)
{
	return t->fd;
}

const struct traffic_counts *
traffic_counts(const struct traffic *t)
{
	return &t->counts;
}

int64_t
traffic_due(const struct traffic *t, int64_t now_ns)
{
	const struct waiting_request *w = waiting_first(t->waiting);

	if (w == NULL)
		return -1;
	return w->due_ns > now_ns ? w->due_ns - now_ns : 0;
}

/* -------------------------------------------------------------- sending -- */

/* What the system refuses is skipped. */
static void
flush(struct traffic *t)
{
	struct batch *b = &t->out;
	unsigned done = 0;
	int n;

	while (done < b->n) {
		n = sendmmsg(t->fd, b->messages + done, b->n - done, 0);
		if (n > 0) {
			done += (unsigned)n;
			t->counts.sent += (unsigned)n;
		} else {
			done++;
			t->counts.send_errors++;
		}
	}
	b->n = 0;
}

static void
set_source(struct msghdr *m, uint32_t address)
{
	const struct in_pktinfo info = { .ipi_spec_dst = { htonl(address) } };
	struct cmsghdr *c = m->msg_control;

	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	m->msg_controllen = sizeof(union control);
}

static uint8_t *
room(struct batch *b)
{
	return b->bytes + (size_t)b->n * DATAGRAM_MAX;
}

/* The bytes are in the room of this batch, or are copied there. */
static void
send_answer(struct traffic *t, const struct sockaddr_in *to, uint32_t from,
    struct ber_bytes bytes)
{
	struct batch *b = &t->out;
	struct msghdr *m = &b->messages[b->n].msg_hdr;

	if (faults_strike(t->faults, FAULT_WRONG_SOURCE, from))
		from ^= 1;
	b->peers[b->n] = *to;
	b->vectors[b->n].iov_base = (void *)(uintptr_t)bytes.data;
	b->vectors[b->n].iov_len = bytes.size;
	set_source(m, from);
	t->counts.sent_bytes += bytes.size;
	b->n++;
	if (b->n == BATCH)
		flush(t);
}

static void
answer(struct traffic *t, const struct sockaddr_in *peer, uint32_t address,
    const uint8_t *bytes, size_t size, int64_t now_ns)
{
	struct ber_bytes reply = agents_answer(t->agents, address, bytes, size,
	    now_ns - t->start_ns, room(&t->out));

	if (reply.size == 0)
		return;
	if (faults_strike(t->faults, FAULT_DUPLICATE, address)) {
		send_answer(t, peer, address, reply);
		/* Still there, even if the batch has just left. */
		memmove(room(&t->out), reply.data, reply.size);
		reply.data = room(&t->out);
	}
	send_answer(t, peer, address, reply);
}

/* ------------------------------------------------------------ receiving -- */

static int64_t
delay_of(struct traffic *t, uint32_t address)
{
	int64_t delay_ns = t->options.delay_ns;

	if (faults_strike(t->faults, FAULT_SLOW, address))
		delay_ns += t->faults->cases[FAULT_SLOW].argument;
	if (faults_happen(t->faults, FAULT_LATE))
		delay_ns += t->faults->cases[FAULT_LATE].argument;
	return delay_ns;
}

static void
take(struct traffic *t, const struct sockaddr_in *peer, uint32_t address,
    const uint8_t *bytes, size_t size, int64_t now_ns)
{
	int64_t delay_ns;

	if (faults_strike(t->faults, FAULT_DEAD, address)) {
		t->counts.dead++;
		return;
	}
	if (faults_happen(t->faults, FAULT_LOSS)) {
		t->counts.lost++;
		return;
	}
	delay_ns = delay_of(t, address);
	if (delay_ns == 0) {
		answer(t, peer, address, bytes, size, now_ns);
	} else if (waiting_add(t->waiting, now_ns + delay_ns, peer, address,
		       bytes, size)) {
		t->counts.delayed++;
	} else {
		t->counts.overflow++;
	}
}

/* Where to it was sent; 0 if not to 127/8. */
static uint32_t
destination(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct in_pktinfo info;
	uint32_t address;

	if (c == NULL || c->cmsg_level != IPPROTO_IP ||
	    c->cmsg_type != IP_PKTINFO)
		return 0;
	memcpy(&info, CMSG_DATA(c), sizeof(info));
	address = ntohl(info.ipi_addr.s_addr);
	return address >> 24 == 127 ? address : 0;
}

static void
receive(struct traffic *t, int64_t now_ns)
{
	struct batch *b = &t->in;
	struct msghdr *m;
	uint32_t address;
	int i, n;

	for (i = 0; i < BATCH; i++) {
		m = &b->messages[i].msg_hdr;
		m->msg_namelen = sizeof(b->peers[i]);
		m->msg_controllen = sizeof(b->controls[i]);
		b->vectors[i].iov_base = b->bytes + (size_t)i * DATAGRAM_MAX;
		b->vectors[i].iov_len = DATAGRAM_MAX;
	}
	n = recvmmsg(t->fd, b->messages, BATCH, MSG_DONTWAIT, NULL);
	for (i = 0; i < n; i++) {
		address = destination(&b->messages[i].msg_hdr);
		t->counts.received++;
		if (address != 0)
			take(t, &b->peers[i], address, b->vectors[i].iov_base,
			    b->messages[i].msg_len, now_ns);
	}
}

void
traffic_step(struct traffic *t, int64_t now_ns)
{
	struct waiting_request *w;

	receive(t, now_ns);
	while (traffic_due(t, now_ns) == 0) {
		w = waiting_take(t->waiting);
		answer(t, &w->peer, w->address, w->bytes, w->size, now_ns);
		free(w);
	}
	flush(t);
}
