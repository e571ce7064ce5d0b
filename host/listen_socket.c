#include "listen_socket.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "arena.h"
#include "option.h"

#define BACKLOG 128

/* What the address leaves out, from the option's default. */
static void
complete(struct farm_address *a, struct arena *arena, const char *fallback)
{
	struct farm_address other;

	if (fallback == NULL ||
	    address_parse(arena, fallback, &other, NULL) != 0)
		return;
	if (a->scheme[0] == '\0')
		a->scheme = other.scheme;
	if (a->port == 0)
		a->port = other.port;
}

static int
bind_and_listen(int fd, const struct sockaddr *to, socklen_t size, int type)
{
	if (bind(fd, to, size) != 0)
		return -1;
	if (type == SOCK_STREAM && listen(fd, BACKLOG) != 0)
		return -1;
	return 0;
}

/* ------------------------------------------------------------- Unix sockets */

/* A file left behind by a process that is gone refuses connections. */
static void
remove_stale(const struct sockaddr_un *to, int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0 &&
	    errno == ECONNREFUSED)
		(void)unlink(to->sun_path);
	close(fd);
}

static int
open_unix(const struct farm_address *a, int type, int *ret, struct error *err)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(a->path) >= sizeof(to.sun_path))
		return error_set(err, "%s: the path is longer than %zu bytes",
		    a->text, sizeof(to.sun_path) - 1);
	strcpy(to.sun_path, a->path);
	remove_stale(&to, type);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set(err, "%s: %m", a->text);
	if (bind_and_listen(fd, (struct sockaddr *)&to, sizeof(to), type) !=
	    0) {
		error_set(err, "%s: %m", a->text);
		close(fd);
		return -1;
	}
	*ret = fd;
	return 0;
}

/* -------------------------------------------------------- internet sockets */

/* A group of multicast is for all who listen to it, and each gets all. */
static bool
is_group(const struct sockaddr *a)
{
	const struct sockaddr_in *ipv4 = (const void *)a;
	const struct sockaddr_in6 *ipv6 = (const void *)a;

	return a->sa_family == AF_INET
		   ? IN_MULTICAST(ntohl(ipv4->sin_addr.s_addr))
		   : IN6_IS_ADDR_MULTICAST(&ipv6->sin6_addr);
}

static int
try_address(const struct addrinfo *ai, bool share)
{
	int one = 1, zero = 0, saved, fd;

	fd = socket(ai->ai_family,
	    ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol);
	if (fd < 0)
		return -1;
	if (ai->ai_socktype == SOCK_STREAM || is_group(ai->ai_addr))
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (share)
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	/* Both families on one socket, whatever the system's default. */
	if (ai->ai_family == AF_INET6)
		(void)setsockopt(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind_and_listen(fd, ai->ai_addr, ai->ai_addrlen, ai->ai_socktype) ==
	    0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int
try_family(const struct addrinfo *list, int family, bool share)
{
	const struct addrinfo *ai;
	int fd = -1;

	for (ai = list; ai != NULL && fd < 0; ai = ai->ai_next)
		if (ai->ai_family == family)
			fd = try_address(ai, share);
	return fd;
}

static bool
is_shared(const struct farm_address *a)
{
	return strcmp(a->scheme, "udp+share") == 0;
}

static int
open_internet(
    const struct farm_address *a, int type, int *ret, struct error *err)
{
	struct addrinfo hints = { .ai_socktype = type,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *list;
	char port[16];
	int rc, fd;

	snprintf(port, sizeof(port), "%u", a->port);
	rc = getaddrinfo(
	    a->host[0] != '\0' ? a->host : NULL, port, &hints, &list);
	if (rc != 0)
		return error_set(err, "%s: %s", a->text, gai_strerror(rc));
	fd = try_family(list, AF_INET6, is_shared(a));
	if (fd < 0)
		fd = try_family(list, AF_INET, is_shared(a));
	if (fd < 0)
		error_set(err, "%s: %m", a->text);
	freeaddrinfo(list);
	if (fd < 0)
		return -1;
	*ret = fd;
	return 0;
}

static int
open_completed(const struct farm_address *a, int *ret, struct error *err)
{
	const char *scheme = a->scheme;

	if (strcmp(scheme, "udp") == 0 || is_shared(a))
		return open_internet(a, SOCK_DGRAM, ret, err);
	if (strcmp(scheme, "tcp") == 0 || scheme[0] == '\0')
		return open_internet(a, SOCK_STREAM, ret, err);
	if (strcmp(scheme, "unix") == 0)
		return open_unix(a, SOCK_STREAM, ret, err);
	if (strcmp(scheme, "unixgram") == 0)
		return open_unix(a, SOCK_DGRAM, ret, err);
	return error_set(err,
	    "%s: cannot listen on \"%s\", only on udp, udp+share, tcp, unix "
	    "and unixgram",
	    a->text, scheme);
}

int
listen_socket_open(const struct farm_address *given, const char *fallback,
    int *ret, struct error *err)
{
	struct farm_address a = *given;
	struct arena *arena = arena_new(0);
	int rc;

	if (arena == NULL)
		return error_set(err, "%s: out of memory", given->text);
	if (a.path == NULL || a.path[0] == '\0')
		complete(&a, arena, fallback);
	rc = open_completed(&a, ret, err);
	arena_free(arena);
	return rc;
}

static uint32_t
port_of(const struct farm_address *a, const char *fallback, struct arena *arena)
{
	struct farm_address whole = *a;

	complete(&whole, arena, fallback);
	return whole.port;
}

static bool
has_path(const struct farm_address *a)
{
	return a->path != NULL && a->path[0] != '\0';
}

bool
listen_socket_meet(const struct farm_address *a, const char *fallback,
    const struct farm_address *b, const char *other_fallback)
{
	struct arena *arena;
	bool meet;

	if (has_path(a) || has_path(b))
		return has_path(a) && has_path(b) &&
		       strcmp(a->path, b->path) == 0;
	if (is_shared(a) && is_shared(b))
		return false;
	arena = arena_new(0);
	if (arena == NULL)
		return false;
	meet = port_of(a, fallback, arena) == port_of(b, other_fallback, arena);
	arena_free(arena);
	return meet;
}

void
listen_socket_close(int fd, const struct farm_address *a)
{
	close(fd);
	if (a->path != NULL && a->path[0] != '\0')
		(void)unlink(a->path);
}
