#include "channels.h"

#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "arena.h"
#include "gmond.h"
#include "option.h"

/* A system that takes nothing for so long is a failure. */
#define SEND_S 5
/* A flood of requests holds nothing up. */
#define REQUESTS_MAX 1000

struct channel {
	char *to;     /* as configured */
	int fd;       /* connected */
	int group_fd; /* what a group says; -1 if it is none */
};

static bool
is_multicast(const struct addrinfo *a)
{
	const void *address = a->ai_addr;

	if (a->ai_family == AF_INET)
		return IN_MULTICAST(ntohl(
		    ((const struct sockaddr_in *)address)->sin_addr.s_addr));
	return IN6_IS_ADDR_MULTICAST(
	    &((const struct sockaddr_in6 *)address)->sin6_addr);
}

static int
set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/* The way out of a group's datagrams.  They come back to this host too: a
   gmond may be here. */
static int
set_way(int fd, int family, unsigned interface, int ttl)
{
	struct ip_mreqn way = { .imr_ifindex = (int)interface };

	if (family == AF_INET6)
		return set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, ttl) !=
				   0 ||
			       set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF,
				   (int)interface) != 0
			   ? -1
			   : 0;
	if (set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, ttl) != 0)
		return -1;
	return interface == 0 ? 0
			      : setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF,
				    &way, sizeof(way));
}

/* Where the group asks for metadata; beside a gmond on this host. */
static int
listen_group(int fd, const struct addrinfo *a, unsigned interface)
{
	struct group_req r = { .gr_interface = interface };

	memcpy(&r.gr_group, a->ai_addr, a->ai_addrlen);
	if (set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1) != 0 ||
	    bind(fd, a->ai_addr, a->ai_addrlen) != 0)
		return -1;
	return setsockopt(fd,
	    a->ai_family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
	    MCAST_JOIN_GROUP, &r, sizeof(r));
}

static int
connect_channel(
    struct channel *c, const struct addrinfo *a, unsigned interface, int ttl)
{
	const struct timeval timeout = { .tv_sec = SEND_S };

	c->fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout,
			     sizeof(timeout)) != 0)
		return -1;
	if (is_multicast(a)) {
		c->group_fd = socket(
		    a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (c->group_fd < 0 ||
		    set_way(c->fd, a->ai_family, interface, ttl) != 0 ||
		    listen_group(c->group_fd, a, interface) != 0)
			return -1;
	}
	return connect(c->fd, a->ai_addr, a->ai_addrlen);
}

static int
find_interface(const char *zone, unsigned *ret)
{
	*ret = 0;
	if (zone == NULL)
		return 0;
	*ret = if_nametoindex(zone + 1);
	return *ret == 0 ? -1 : 0;
}

static int
open_channel(struct channel *c, struct arena *arena,
    const struct farm_address *address, int ttl, struct error *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found = NULL;
	const char *zone = strchr(address->host, '%');
	uint32_t port = address->port != 0 ? address->port : GMOND_PORT;
	const char *host = address->host;
	unsigned interface;
	char text[12];
	int rc;

	if (find_interface(zone, &interface) != 0)
		return error_set(err, "%s: %m", c->to);
	if (zone != NULL && strchr(host, ':') == NULL)
		host = arena_strndup(arena, host, (size_t)(zone - host));
	if (host == NULL)
		return error_set(err, "%s: out of memory", c->to);
	snprintf(text, sizeof(text), "%u", port);
	rc = getaddrinfo(host, text, &hints, &found);
	if (rc != 0)
		return error_set(err, "%s: %s", c->to, gai_strerror(rc));
	rc = connect_channel(c, found, interface, ttl);
	if (rc != 0)
		error_set(err, "%s: %m", c->to);
	freeaddrinfo(found);
	return rc;
}

static int
parse(struct arena *arena, const char *to, struct farm_address *ret,
    struct error *err)
{
	if (arena == NULL)
		return error_set(err, "out of memory");
	if (address_parse(arena, to, ret, err) != 0)
		return -1;
	if (*ret->path != '\0' || *ret->host == '\0')
		return error_set(err, "\"%s\" is not HOST:PORT", to);
	return 0;
}

int
channels_check(const char *to, struct error *err)
{
	struct arena *arena = arena_new(0);
	struct farm_address ignored;
	int rc = parse(arena, to, &ignored, err);

	arena_free(arena);
	return rc;
}

int
channels_add(struct channels *cs, const char *to, int ttl, struct error *err)
{
	struct arena *arena = arena_new(0);
	struct farm_address address;
	struct channel *c = realloc(
	    cs->items, (cs->n + 1) * sizeof(*cs->items));
	int rc = -1;

	if (c == NULL) {
		error_set(err, "out of memory");
	} else if (parse(arena, to, &address, err) == 0) {
		cs->items = c;
		c += cs->n++;
		*c = (struct channel){ strdup(to), -1, -1 };
		rc = c->to == NULL ? error_set(err, "out of memory")
				   : open_channel(c, arena, &address, ttl, err);
	} else {
		cs->items = c;
	}
	arena_free(arena);
	return rc;
}

void
channels_free(struct channels *cs)
{
	size_t i;

	for (i = 0; i < cs->n; i++) {
		free(cs->items[i].to);
		if (cs->items[i].fd >= 0)
			close(cs->items[i].fd);
		if (cs->items[i].group_fd >= 0)
			close(cs->items[i].group_fd);
	}
	free(cs->items);
	*cs = (struct channels){ NULL, 0 };
}

/* What the system reports is of a datagram before: this one is on its way if
   it is sent again. */
static int
send_one(int fd, const void *bytes, size_t size, bool *lost)
{
	ssize_t n;
	int again = 1;

	do {
		n = send(fd, bytes, size, MSG_NOSIGNAL);
		if (n < 0 && errno == ECONNREFUSED)
			*lost = true;
	} while (n < 0 &&
		 (errno == EINTR || (errno == ECONNREFUSED && again-- > 0)));
	return n >= 0 || errno == ECONNREFUSED ? 0 : -1;
}

int
channels_send(struct channels *cs, const void *bytes, size_t size,
    bool *ret_lost, struct error *err)
{
	bool lost = false;
	int rc = 0;
	size_t i;

	for (i = 0; i < cs->n; i++)
		if (send_one(cs->items[i].fd, bytes, size, &lost) != 0)
			rc = error_set(err, "%s: %m", cs->items[i].to);
	*ret_lost = lost;
	return rc;
}

static bool
is_asked(int fd)
{
	uint8_t bytes[GMOND_DATAGRAM_SIZE];
	struct gmond_message m;
	bool asked = false;
	ssize_t n;
	int i;

	if (fd < 0)
		return false;
	for (i = 0; i < REQUESTS_MAX; i++) {
		n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		/* Nobody listened; who does next has to be told. */
		if (n < 0)
			return asked || errno == ECONNREFUSED;
		asked = asked ||
			(gmond_decode(bytes, (size_t)n, &m) == GMOND_OK &&
			    m.id == GMOND_REQUEST);
	}
	return asked;
}

bool
channels_asked(struct channels *cs)
{
	bool asked = false;
	size_t i;

	for (i = 0; i < cs->n; i++)
		asked |= is_asked(cs->items[i].fd) ||
			 is_asked(cs->items[i].group_fd);
	return asked;
}
