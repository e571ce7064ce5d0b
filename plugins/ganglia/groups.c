#include "groups.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Every gmond of a group answers a request. */
#define ASKED_RATE 10
#define ASKED_BURST 100

static bool
is_multicast(const struct group *g)
{
	return g->family == AF_INET
		   ? IN_MULTICAST(ntohl(g->address.ipv4.sin_addr.s_addr))
		   : IN6_IS_ADDR_MULTICAST(&g->address.ipv6.sin6_addr);
}

int
group_parse(struct group *ret, const char *text, struct error *err)
{
	size_t length = strcspn(text, "%");
	char plain[INET6_ADDRSTRLEN];
	struct group g = { .family = 0 };

	if (length < sizeof(plain)) {
		memcpy(plain, text, length);
		plain[length] = '\0';
		g.family = resolve_numeric(plain, &g.address);
	}
	if (g.family == 0 || !is_multicast(&g))
		return error_set(err, "\"%s\" is no multicast address", text);
	*ret = g;
	return 0;
}

static int
level_of(const struct group *g)
{
	return g->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
}

static socklen_t
size_of(const struct group *g)
{
	return g->family == AF_INET ? sizeof(g->address.ipv4)
				    : sizeof(g->address.ipv6);
}

static int
join(struct group *g, int fd, const char *text)
{
	const char *interface = strchr(text, '%');
	struct group_req r = { 0 };

	if (interface != NULL) {
		g->interface = if_nametoindex(interface + 1);
		if (g->interface == 0)
			return -1;
	}
	r.gr_interface = g->interface;
	memcpy(&r.gr_group, &g->address, size_of(g));
	return setsockopt(fd, level_of(g), MCAST_JOIN_GROUP, &r, sizeof(r));
}

int
groups_join(struct groups *groups, struct farm_host *host, int fd,
    const struct farm_list *texts)
{
	struct error err;
	struct group *g;
	size_t i;

	groups->items = calloc(texts->n + 1, sizeof(*groups->items));
	if (groups->items == NULL)
		return farm_fail(host, "out of memory");
	for (i = 0; i < texts->n; i++) {
		g = &groups->items[i];
		if (group_parse(g, texts->items[i], &err) != 0)
			return farm_fail(host, "join[%zu]: %s", i, err.text);
		if (join(g, fd, texts->items[i]) != 0)
			return farm_fail(
			    host, "join[%zu]: %s: %m", i, texts->items[i]);
		groups->n++;
	}
	return 0;
}

void
groups_free(struct groups *groups)
{
	free(groups->items);
}

/* The listening socket is of either family; one of IPv6 takes an address of
   IPv4 in the form that place has. */
static int
family_of(int fd)
{
	int family = 0;
	socklen_t size = sizeof(family);

	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
	return family;
}

static void
send_to(int fd, const struct place *to, unsigned interface, uint16_t port,
    const void *bytes, size_t size)
{
	union address a = { .ipv6 = { .sin6_family = AF_INET6,
				.sin6_port = htons(port),
				.sin6_scope_id = interface } };
	socklen_t length = sizeof(a.ipv6);

	memcpy(&a.ipv6.sin6_addr, to->bytes, sizeof(to->bytes));
	if (family_of(fd) == AF_INET) {
		a = (union address){ .ipv4 = { .sin_family = AF_INET,
					 .sin_port = htons(port) } };
		memcpy(&a.ipv4.sin_addr, to->bytes + 12, 4);
		length = sizeof(a.ipv4);
	}
	/* What is lost is asked for again. */
	(void)sendto(
	    fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, &a.any, length);
}

static void
send_by(const struct group *g, int fd, uint16_t port, const void *bytes,
    size_t size)
{
	struct place to = place_of_socket(&g->address.any);
	struct ip_mreqn way = { .imr_ifindex = (int)g->interface };

	if (g->family == AF_INET)
		(void)setsockopt(
		    fd, IPPROTO_IP, IP_MULTICAST_IF, &way, sizeof(way));
	send_to(fd, &to, g->interface, port, bytes, size);
}

void
groups_ask(struct groups *groups, int fd, const struct place *sender,
    uint16_t port, const void *bytes, size_t size, int64_t mono_ns)
{
	size_t i;

	if (!bucket_take(&groups->asked, ASKED_RATE, ASKED_BURST, mono_ns))
		return;
	groups->requests++;
	for (i = 0; i < groups->n; i++)
		send_by(&groups->items[i], fd, port, bytes, size);
	send_to(fd, sender, 0, port, bytes, size);
}
