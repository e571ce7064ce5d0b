#include "channel.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

/* Room for a sweep's answers while the thread is busy; the system may give
   less. */
#define SOCKET_BUFFER (8 << 20)
/* Calls per channel_receive(), so that a flood starves nobody. */
#define RECEIVE_ROUNDS 16
#define ERRORS_MAX (RECEIVE_ROUNDS * CHANNEL_BATCH)
/* Full buffers are tried again this often, 1 ms apart. */
#define SEND_TRIES 100
/* The socket's error may be an earlier probe's, so a failure counts only when
   it comes twice. */
#define FAILURES_MAX 2

struct batch_io {
	union address to[CHANNEL_BATCH];
	uint8_t heads[CHANNEL_BATCH][PACKET_HEAD];
	struct iovec parts[CHANNEL_BATCH][2];
	struct mmsghdr out[CHANNEL_BATCH];
	uint8_t bytes[CHANNEL_BATCH][PACKET_LOOK];
	_Alignas(struct cmsghdr) uint8_t control[CHANNEL_BATCH][64];
	struct iovec in_parts[CHANNEL_BATCH];
	struct mmsghdr in[CHANNEL_BATCH];
	uint8_t zeros[];
};

/* Of all that a raw socket sees, only answers and errors are for us. */
static void
raw_filter(int fd, bool ipv6)
{
	struct icmp_filter four;
	struct icmp6_filter six;

	four.data = ~(1u << ICMP_ECHOREPLY | 1u << ICMP_DEST_UNREACH |
		      1u << ICMP_TIME_EXCEEDED | 1u << ICMP_PARAMETERPROB);
	ICMP6_FILTER_SETBLOCKALL(&six);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &six);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &six);
	ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &six);
	ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &six);
	ICMP6_FILTER_SETPASS(ICMP6_PARAM_PROB, &six);
	if (ipv6)
		(void)setsockopt(
		    fd, IPPROTO_ICMPV6, ICMP6_FILTER, &six, sizeof(six));
	else
		(void)setsockopt(fd, SOL_RAW, ICMP_FILTER, &four, sizeof(four));
}

/* The forced sizes need a privilege; without it the system's bound holds. */
static void
set_options(int fd, bool ipv6, enum channel_kind kind)
{
	int size = SOCKET_BUFFER;
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	if (kind == CHANNEL_RAW)
		raw_filter(fd, ipv6);
	else if (ipv6)
		(void)setsockopt(
		    fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	else
		(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
}

static int
open_icmp(bool ipv6, enum channel_kind *ret)
{
	int family = ipv6 ? AF_INET6 : AF_INET;
	int protocol = ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int fd;

	*ret = CHANNEL_PING;
	fd = socket(family, SOCK_DGRAM | flags, protocol);
	if (fd >= 0 || !sweep_forbidden(errno))
		return fd;
	*ret = CHANNEL_RAW;
	return socket(family, SOCK_RAW | flags, protocol);
}

/* What stays the same in all messages. */
static void
prepare(struct channel *c)
{
	struct batch_io *io = c->io;
	size_t head = c->kind == CHANNEL_UDP ? sizeof(struct cookie)
					     : PACKET_HEAD;
	int i;

	for (i = 0; i < CHANNEL_BATCH; i++) {
		io->parts[i][0] = (struct iovec){ io->heads[i], head };
		io->parts[i][1] = (struct iovec){ io->zeros, c->padding };
		io->out[i].msg_hdr = (struct msghdr){
			.msg_name = &io->to[i],
			.msg_namelen = c->ipv6 ? sizeof(struct sockaddr_in6)
					       : sizeof(struct sockaddr_in),
			.msg_iov = io->parts[i],
			.msg_iovlen = c->padding > 0 ? 2 : 1,
		};
		io->in_parts[i] = (struct iovec){ io->bytes[i], PACKET_LOOK };
		io->in[i].msg_hdr = (struct msghdr){
			.msg_iov = &io->in_parts[i],
			.msg_iovlen = 1,
			.msg_control = io->control[i],
		};
	}
}

/* The rest, once the socket is there, or the error is in errno. */
static int
set_up(struct channel *c)
{
	if (c->fd < 0) {
		c->error = errno;
		return -1;
	}
	c->io = calloc(1, sizeof(*c->io) + c->padding);
	if (c->io == NULL || getrandom(&c->id, sizeof(c->id), 0) < 0) {
		c->error = errno;
		channel_close(c);
		return -1;
	}
	prepare(c);
	set_options(c->fd, c->ipv6, c->kind);
	return 0;
}

int
channel_open_icmp(struct channel *c, bool ipv6, size_t payload)
{
	c->ipv6 = ipv6;
	c->padding = payload - PACKET_PAYLOAD_MIN;
	c->fd = open_icmp(ipv6, &c->kind);
	return set_up(c);
}

int
channel_open_udp(struct channel *c, bool ipv6, uint16_t port)
{
	c->ipv6 = ipv6;
	c->kind = CHANNEL_UDP;
	c->port = port;
	c->fd = socket(ipv6 ? AF_INET6 : AF_INET,
	    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	return set_up(c);
}

void
channel_close(struct channel *c)
{
	if (c->io != NULL || c->fd > 0)
		close(c->fd);
	free(c->io);
	c->io = NULL;
	c->fd = -1;
}

void
channel_explain(const struct channel *c, struct error *err)
{
	const char *family = c->ipv6 ? "IPv6" : "IPv4";

	if (sweep_forbidden(c->error))
		error_set(err,
		    "%s: no permission to ping: needs the "
		    "capability CAP_NET_RAW, or the process's "
		    "group within the sysctl "
		    "net.ipv4.ping_group_range",
		    family);
	else
		error_set(err, "%s: cannot open a socket: %s", family,
		    strerrordesc_np(c->error));
}

void
channel_add(struct channel *c, struct peer *p)
{
	c->pending[c->n_pending++] = p;
}

static void
fill(struct channel *c, const struct sweep *s)
{
	struct cookie cookie;
	struct peer *p;
	unsigned i;

	for (i = 0; i < c->n_pending; i++) {
		p = c->pending[i];
		cookie = sweep_cookie(s, p);
		c->io->to[i] = p->address;
		if (c->kind == CHANNEL_UDP) {
			/* at the same place in both families */
			c->io->to[i].ipv4.sin_port = htons(c->port);
			memcpy(c->io->heads[i], &cookie, sizeof(cookie));
		} else {
			packet_build(c->io->heads[i], c->ipv6, c->id,
			    (uint16_t)cookie.number, &cookie);
		}
	}
}

static bool
is_full(int error)
{
	return error == EAGAIN || error == ENOBUFS || error == EINTR;
}

static void
wait_for_room(const struct channel *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLOUT };

	(void)poll(&p, 1, 1);
	if (p.revents & POLLOUT) /* ENOBUFS: a device is full, not the socket */
		(void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

/*
 * The system sends one message after the other: their times lie between those
 * of before and after the call.
 */
static void
mark_sent(struct channel *c, struct sweep *s, unsigned first, int n,
    int64_t before_ns)
{
	int64_t after_ns = clock_mono_ns();
	int i;

	for (i = 0; i < n; i++)
		sweep_sent(s, c->pending[first + (unsigned)i],
		    before_ns + (after_ns - before_ns) * i / n, 0);
}

/* There is no socket: a name has led to an address of that family. */
static void
refuse_all(struct channel *c, struct sweep *s)
{
	int64_t now_ns = clock_mono_ns();
	unsigned i;

	for (i = 0; i < c->n_pending; i++)
		sweep_sent(s, c->pending[i], now_ns, c->error);
	c->n_pending = 0;
}

void
channel_send(struct channel *c, struct sweep *s)
{
	int64_t before_ns;
	unsigned done = 0;
	int tries = 0, failures = 0;
	int n;

	if (c->io == NULL)
		refuse_all(c, s);
	fill(c, s);
	while (done < c->n_pending) {
		before_ns = clock_mono_ns();
		n = sendmmsg(c->fd, c->io->out + done, c->n_pending - done, 0);
		if (n > 0) {
			mark_sent(c, s, done, n, before_ns);
			done += (unsigned)n;
			failures = 0;
		} else if (is_full(errno) && ++tries < SEND_TRIES) {
			wait_for_room(c);
			channel_receive(c, s);
		} else if (++failures == FAILURES_MAX || is_full(errno)) {
			sweep_sent(s, c->pending[done++], before_ns, errno);
			failures = 0;
		}
	}
	c->n_pending = 0;
}

/* How long ago the message came in, by the kernel's stamp. */
static int64_t
age(struct msghdr *m, int64_t wall_ns)
{
	struct timespec stamp;
	struct cmsghdr *c;
	int64_t ns;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
		ns = wall_ns - (stamp.tv_sec * NS_PER_S + stamp.tv_nsec);
		/* else the clock was set in between */
		return ns >= 0 && ns < NS_PER_S ? ns : 0;
	}
	return 0;
}

/* Whatever comes from that port, if it has our cookie. */
static bool
parse_datagram(const uint8_t *bytes, size_t size, struct cookie *ret)
{
	if (size < sizeof(*ret))
		return false;
	memcpy(ret, bytes, sizeof(*ret));
	return true;
}

static void
take_message(
    struct channel *c, struct sweep *s, int i, int64_t mono_ns, int64_t wall_ns)
{
	struct mmsghdr *m = &c->io->in[i];
	enum packet packet = PACKET_OTHER;
	struct cookie cookie;
	enum reason reason;

	if (c->kind != CHANNEL_UDP)
		packet = packet_parse(c->io->bytes[i], m->msg_len, c->ipv6,
		    !c->ipv6 && c->kind == CHANNEL_RAW, &cookie, &reason);
	else if (parse_datagram(c->io->bytes[i], m->msg_len, &cookie))
		packet = PACKET_REPLY;
	if (packet == PACKET_REPLY)
		sweep_reply(
		    s, &cookie, mono_ns - age(&m->msg_hdr, wall_ns), mono_ns);
	else if (packet == PACKET_ERROR)
		sweep_refused(s, &cookie, reason);
}

/* False: that was all.  The error of an earlier probe may stand before the
   answers, and is told here once. */
static bool
receive_batch(struct channel *c, struct sweep *s)
{
	int64_t mono_ns, wall_ns;
	int i, n;

	for (i = 0; i < CHANNEL_BATCH; i++)
		c->io->in[i].msg_hdr.msg_controllen = sizeof(c->io->control[i]);
	n = recvmmsg(c->fd, c->io->in, CHANNEL_BATCH, MSG_DONTWAIT, NULL);
	if (n < 0)
		return errno != EAGAIN;
	clock_both_ns(&mono_ns, &wall_ns);
	for (i = 0; i < n; i++)
		take_message(c, s, i, mono_ns, wall_ns);
	return n == CHANNEL_BATCH;
}

/* An error's header, if it is from the network; NULL else. */
static const struct sock_extended_err *
find_error(struct msghdr *m)
{
	const struct sock_extended_err *error;
	struct cmsghdr *h;

	for (h = CMSG_FIRSTHDR(m); h != NULL; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level == SOL_SOCKET)
			continue;
		error = (const void *)CMSG_DATA(h);
		if (error->ee_origin == SO_EE_ORIGIN_ICMP ||
		    error->ee_origin == SO_EE_ORIGIN_ICMP6)
			return error;
	}
	return NULL;
}

/* Said by whom the probe was for, not by somebody on the way. */
static bool
is_from_target(const struct sock_extended_err *error, const union address *to)
{
	const union address *from = (const void *)SO_EE_OFFENDER(error);

	if (from->any.sa_family != to->any.sa_family)
		return false;
	if (to->any.sa_family == AF_INET)
		return from->ipv4.sin_addr.s_addr == to->ipv4.sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&from->ipv6.sin6_addr, &to->ipv6.sin6_addr);
}

static void
take_error(struct channel *c, struct sweep *s, struct msghdr *m,
    const struct cookie *cookie)
{
	const struct sock_extended_err *error = find_error(m);
	int64_t mono_ns, wall_ns;
	enum reason reason;

	if (error == NULL)
		return;
	reason = packet_reason(c->ipv6, error->ee_type, error->ee_code);
	if (c->kind == CHANNEL_UDP && reason == REASON_PORT &&
	    is_from_target(error, m->msg_name)) {
		clock_both_ns(&mono_ns, &wall_ns);
		sweep_reply(s, cookie, mono_ns - age(m, wall_ns), mono_ns);
	} else {
		sweep_refused(s, cookie, reason);
	}
}

/* One error of the socket's queue, with the probe it is about. */
static bool
receive_error(struct channel *c, struct sweep *s)
{
	_Alignas(struct cmsghdr) uint8_t control[512];
	uint8_t bytes[PACKET_HEAD];
	union address to = { .any.sa_family = AF_UNSPEC };
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr m = {
		.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cookie cookie;
	ssize_t n;

	n = recvmsg(c->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT);
	if (n < 0)
		return false;
	if (c->kind == CHANNEL_UDP
		? parse_datagram(bytes, (size_t)n, &cookie)
		: packet_parse_request(bytes, (size_t)n, c->ipv6, &cookie))
		take_error(c, s, &m, &cookie);
	return true;
}

bool
channel_receive(struct channel *c, struct sweep *s)
{
	bool more = true;
	int rounds;

	for (rounds = 0; rounds < RECEIVE_ROUNDS && more; rounds++)
		more = receive_batch(c, s);
	for (rounds = 0; c->kind != CHANNEL_RAW && rounds < ERRORS_MAX;
	     rounds++)
		if (!receive_error(c, s))
			break;
	return !more;
}
