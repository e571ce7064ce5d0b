#include "datagrams.h"

#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "resolve.h"

#define BATCH 64
/* Batches of one call, so that a flood leaves room for the end. */
#define BATCHES_MAX 16
/* The longest datagram fits, so that none is cut. */
#define DATAGRAM_SIZE 65536

/* Where a datagram went to. */
union control {
	struct cmsghdr align;
	char ipv6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	char ipv4[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

struct datagrams {
	int fd;
	uint64_t overflows;
	uint32_t drops; /* the kernel's count, as last seen */
	struct mmsghdr messages[BATCH];
	struct iovec pieces[BATCH];
	union address from[BATCH];
	union control control[BATCH];
	uint8_t *memory; /* touched as far as datagrams are long */
};

static uint32_t
kernel_drops(int fd)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(info);

	(void)getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size);
	return info[SK_MEMINFO_DROPS];
}

uint64_t
datagrams_overflows(struct datagrams *d)
{
	uint32_t drops = kernel_drops(d->fd);

	d->overflows += drops - d->drops;
	d->drops = drops;
	return d->overflows;
}

/* The kernel doubles what it is asked for, and counts its own needs in. */
static void
ask_for_room(struct farm_host *host, int fd, int64_t wanted)
{
	int bytes = (int)wanted, got = 0;
	socklen_t size = sizeof(got);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) !=
	    0)
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	(void)getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &size);
	if (got / 2 < bytes)
		farm_log(host, FARM_NOTICE,
		    "a receive buffer of %d bytes, %d were asked for: "
		    "net.core.rmem_max is the bound without CAP_NET_ADMIN",
		    got / 2, bytes);
}

int
datagrams_open(
    struct datagrams **ret, struct farm_host *host, int fd, int64_t buffer)
{
	struct datagrams *d = calloc(1, sizeof(*d));
	int on = 1;

	if (d == NULL)
		return farm_fail(host, "out of memory");
	d->memory = malloc((size_t)BATCH * DATAGRAM_SIZE);
	if (d->memory == NULL) {
		datagrams_close(d);
		return farm_fail(host, "out of memory");
	}
	d->fd = fd;
	d->drops = kernel_drops(fd);
	ask_for_room(host, fd, buffer);
	/* One of both is refused, by the family. */
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	for (size_t i = 0; i < BATCH; i++)
		d->pieces[i] = (struct iovec){ d->memory + i * DATAGRAM_SIZE,
			DATAGRAM_SIZE };
	*ret = d;
	return 0;
}

void
datagrams_close(struct datagrams *d)
{
	if (d == NULL)
		return;
	free(d->memory);
	free(d);
}

static void
prepare(struct datagrams *d)
{
	for (size_t i = 0; i < BATCH; i++)
		d->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &d->from[i],
			.msg_namelen = sizeof(d->from[i]),
			.msg_iov = &d->pieces[i],
			.msg_iovlen = 1,
			.msg_control = &d->control[i],
			.msg_controllen = sizeof(d->control[i]),
		};
}

/* The way back is for the routing to find; the address is ours to keep. */
static void
forget_interface(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct in6_pktinfo *ipv6;
	struct in_pktinfo *ipv4;

	if (c == NULL)
		return;
	if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		ipv6 = (void *)CMSG_DATA(c);
		if (!IN6_IS_ADDR_LINKLOCAL(&ipv6->ipi6_addr))
			ipv6->ipi6_ifindex = 0;
	} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		ipv4 = (void *)CMSG_DATA(c);
		ipv4->ipi_ifindex = 0;
	}
}

/* What is lost is asked for again. */
static void
answer(int fd, struct msghdr *m, const uint8_t *bytes, size_t size)
{
	struct iovec piece = { (void *)bytes, size };

	forget_interface(m);
	m->msg_iov = &piece;
	m->msg_flags = 0;
	(void)sendmsg(fd, m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void
datagrams_ready(struct datagrams *d, datagrams_fn *each, void *cookie)
{
	const uint8_t *bytes;
	struct place from;
	int64_t mono_ns;
	int round, i, n;
	size_t size;

	for (round = 0; round < BATCHES_MAX; round++) {
		prepare(d);
		n = recvmmsg(d->fd, d->messages, BATCH, MSG_DONTWAIT, NULL);
		mono_ns = clock_mono_ns();
		for (i = 0; i < n; i++) {
			from = place_of_socket(&d->from[i].any);
			size = each(cookie, &from, d->pieces[i].iov_base,
			    d->messages[i].msg_len, mono_ns, &bytes);
			if (size > 0)
				answer(d->fd, &d->messages[i].msg_hdr, bytes,
				    size);
		}
		if (n < BATCH)
			return;
	}
}
