#include "channel.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for the answers of a whole window and more while the thread is busy;
   without the privilege the system's bound holds. */
#define RECEIVE_BUFFER (8 << 20)
/* Of what is sent, one behind the other, for it is mostly short. */
#define OUT_BYTES (EXCHANGE_BATCH * 1024 + EXCHANGE_DATAGRAM_MAX)
/* Rooms do not begin at the same lines of the processor's caches. */
#define ROOM (EXCHANGE_DATAGRAM_MAX + 349)

struct channel_io {
	struct waiting *waiting[EXCHANGE_BATCH];
	union address to[EXCHANGE_BATCH], from[EXCHANGE_BATCH];
	struct iovec out_parts[EXCHANGE_BATCH], in_parts[EXCHANGE_BATCH];
	struct mmsghdr out[EXCHANGE_BATCH], in[EXCHANGE_BATCH];
	/* Of these only the pages in use are ever there. */
	uint8_t out_bytes[OUT_BYTES];
	uint8_t in_bytes[EXCHANGE_BATCH][ROOM];
};

/* What stays the same in all messages. */
static void
prepare(struct channel *c)
{
	struct channel_io *io = c->io;
	int i;

	for (i = 0; i < EXCHANGE_BATCH; i++) {
		io->out[i].msg_hdr = (struct msghdr){
			.msg_name = &io->to[i],
			.msg_namelen = c->ipv6 ? sizeof(struct sockaddr_in6)
					       : sizeof(struct sockaddr_in),
			.msg_iov = &io->out_parts[i],
			.msg_iovlen = 1,
		};
		io->in_parts[i] = (struct iovec){ io->in_bytes[i], ROOM };
		io->in[i].msg_hdr = (struct msghdr){
			.msg_name = &io->from[i],
			.msg_namelen = sizeof(io->from[i]),
			.msg_iov = &io->in_parts[i],
			.msg_iovlen = 1,
		};
	}
}

static void
set_options(const struct channel *c, bool large)
{
	int size = RECEIVE_BUFFER;
	int whole = IP_PMTUDISC_DO;
	int on = 1;

	if (large && setsockopt(c->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
			 sizeof(size)) != 0)
		(void)setsockopt(
		    c->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (c->ipv6) {
		(void)setsockopt(
		    c->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
		(void)setsockopt(
		    c->fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	} else {
		(void)setsockopt(
		    c->fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
		/* Datagrams that may be cut need numbers, which all senders of
		   the system draw from the same few places. */
		(void)setsockopt(
		    c->fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof(whole));
	}
}

int
channel_open(struct channel *c, bool ipv6, bool large_receive_buffer)
{
	void *io;

	*c = (struct channel){ .ipv6 = ipv6 };
	c->fd = socket(ipv6 ? AF_INET6 : AF_INET,
	    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	if (c->fd < 0) {
		c->error = errno;
		return -1;
	}
	/* Not from the heap, which might clear, and so touch, all of it. */
	io = mmap(NULL, sizeof(struct channel_io), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (io == MAP_FAILED) {
		c->error = errno;
		close(c->fd);
		c->fd = -1;
		return -1;
	}
	c->io = io;
	prepare(c);
	set_options(c, large_receive_buffer);
	return 0;
}

void
channel_close(struct channel *c)
{
	if (c->io != NULL) {
		close(c->fd);
		(void)munmap(c->io, sizeof(*c->io));
	}
	c->io = NULL;
	c->fd = -1;
}

/* ------------------------------------------------------------- sending -- */

uint8_t *
channel_room(struct channel *c)
{
	if (c->n_out == 0)
		c->out_left = OUT_BYTES;
	if (c->n_out == EXCHANGE_BATCH || c->out_left < EXCHANGE_DATAGRAM_MAX)
		return NULL;
	return c->io->out_bytes + c->out_left - EXCHANGE_DATAGRAM_MAX;
}

void
channel_add(struct channel *c, const uint8_t *bytes, size_t size,
    const union address *to, struct waiting *w)
{
	struct channel_io *io = c->io;
	unsigned i = c->n_out++;

	c->used = true;
	c->out_left = (size_t)(bytes - io->out_bytes);
	io->out_parts[i] = (struct iovec){ (uint8_t *)bytes, size };
	io->to[i] = *to;
	io->waiting[i] = w;
}

struct waiting *
channel_added(const struct channel *c, unsigned i)
{
	return c->io->waiting[i];
}

unsigned
channel_send(struct channel *c, unsigned first, int *ret_error)
{
	int n = sendmmsg(c->fd, c->io->out + first, c->n_out - first, 0);

	if (n < 0) {
		*ret_error = errno;
		return 0;
	}
	*ret_error = 0;
	return (unsigned)n;
}

/* ----------------------------------------------------------- receiving -- */

int
channel_receive(struct channel *c)
{
	unsigned i;
	int n;

	for (i = 0; i < c->n_in; i++)
		c->io->in[i].msg_hdr.msg_namelen = sizeof(c->io->from[i]);
	c->n_in = c->next_in = 0;
	n = recvmmsg(c->fd, c->io->in, EXCHANGE_BATCH, MSG_DONTWAIT, NULL);
	if (n >= 0)
		c->n_in = (unsigned)n;
	else if (errno != EAGAIN && errno != EINTR)
		return errno;
	return 0;
}

bool
channel_more(const struct channel *c)
{
	return c->n_in == EXCHANGE_BATCH;
}

uint8_t *
channel_next(
    struct channel *c, size_t *ret_size, const union address **ret_from)
{
	unsigned i = c->next_in;

	if (i == c->n_in)
		return NULL;
	c->next_in++;
	*ret_size = c->io->in[i].msg_len;
	*ret_from = &c->io->from[i];
	return c->io->in_bytes[i];
}

/* The errno of an error that came over the network; 0 of any other. */
static int
network_error(struct msghdr *m)
{
	const struct sock_extended_err *error;
	struct cmsghdr *h;

	for (h = CMSG_FIRSTHDR(m); h != NULL; h = CMSG_NXTHDR(m, h)) {
		if (!(h->cmsg_level == IPPROTO_IP &&
			h->cmsg_type == IP_RECVERR) &&
		    !(h->cmsg_level == IPPROTO_IPV6 &&
			h->cmsg_type == IPV6_RECVERR))
			continue;
		error = (const void *)CMSG_DATA(h);
		if (error->ee_origin == SO_EE_ORIGIN_ICMP ||
		    error->ee_origin == SO_EE_ORIGIN_ICMP6)
			return (int)error->ee_errno;
	}
	return 0;
}

bool
channel_error(struct channel *c, union address *ret_to, int *ret_errno)
{
	_Alignas(struct cmsghdr) uint8_t control[512];
	union address to = { .any.sa_family = AF_UNSPEC };
	struct msghdr m = {
		.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (recvmsg(c->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	*ret_to = to;
	*ret_errno = network_error(&m);
	return true;
}
