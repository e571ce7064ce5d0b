#include "destination.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "option.h"

#define RETRY_NS (5 * NS_PER_S)

/* ----------------------------------------------------------- addresses -- */

static int
check_scheme(
    const struct destination *d, const struct format_ops *f, struct error *err)
{
	const char *scheme = d->to.scheme;

	if (*d->to.path != '\0')
		return 0;
	if (*scheme != '\0' && strcmp(scheme, "udp") != 0 &&
	    strcmp(scheme, "tcp") != 0)
		return error_set(
		    err, "\"%s\" is neither udp:// nor tcp://", d->to.text);
	if (d->stream && !f->stream)
		return error_set(err, "%s is sent in datagrams alone", f->name);
	if (*d->to.host == '\0')
		return error_set(err, "\"%s\" names no host", d->to.text);
	return 0;
}

int
destination_parse(struct destination *d, struct arena *arena, const char *text,
    const struct format_ops *f, struct error *err)
{
	struct destination fresh = { .fd = -1, .wanted = AF_UNSPEC };

	if (address_parse(arena, text, &fresh.to, err) != 0)
		return -1;
	fresh.stream = strcmp(fresh.to.scheme, "tcp") == 0;
	fresh.port = fresh.to.port != 0 ? fresh.to.port : f->port;
	if (check_scheme(&fresh, f, err) != 0)
		return -1;
	if (fresh.port == 0 && *fresh.to.path == '\0')
		return error_set(err, "\"%s\": %s has no usual port",
		    fresh.to.text, f->name);
	if (strlen(fresh.to.path) >=
	    sizeof(((struct sockaddr_un *)0)->sun_path))
		return error_set(err,
		    "\"%s\" is longer than the path of a socket can be",
		    fresh.to.path);
	*d = fresh;
	return 0;
}

int
destination_open(
    struct destination *d, struct resolver *resolver, struct error *err)
{
	stream_open(d);
	if (*d->to.path != '\0') {
		d->family = AF_UNIX;
		return 0;
	}
	d->family = resolve_numeric(d->to.host, &d->address);
	d->named = d->family == 0;
	if (!d->named)
		return 0;
	destination_ask(d, resolver, 0);
	return d->query == NULL ? error_set(err, "out of memory") : 0;
}

void
destination_hang_up(struct destination *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

void
destination_close(struct destination *d, struct resolver *resolver)
{
	if (d->query != NULL)
		resolver_drop(resolver, d->query);
	d->query = NULL;
	stream_close(d);
}

bool
destination_is_known(const struct destination *d)
{
	return d->family != 0;
}

/* Sooner where there is no address, or where the other kind is to be tried. */
void
destination_ask(struct destination *d, struct resolver *r, int64_t every_ns)
{
	int64_t now = clock_mono_ns();

	if ((d->family == 0 ||
		(d->wanted != AF_UNSPEC && d->wanted != d->family)) &&
	    every_ns > RETRY_NS)
		every_ns = RETRY_NS;
	if (!d->named || d->query != NULL ||
	    (d->asked_mono_ns != 0 && now - d->asked_mono_ns < every_ns))
		return;
	d->asked_mono_ns = now;
	d->query = resolver_ask(r, d->to.host, d->wanted, d);
}

static bool
is_same(const struct destination *d, const struct query *q)
{
	if (d->family != q->family)
		return false;
	if (d->family == AF_INET)
		return d->address.ipv4.sin_addr.s_addr ==
		       q->address.ipv4.sin_addr.s_addr;
	return d->address.ipv6.sin6_scope_id == q->address.ipv6.sin6_scope_id &&
	       memcmp(&d->address.ipv6.sin6_addr, &q->address.ipv6.sin6_addr,
		   sizeof(struct in6_addr)) == 0;
}

/* An address that was good is kept while the name is not answered for.  A
   connection goes on where it is; the next one goes to the new address. */
void
destination_answer(struct destination *d, struct query *q)
{
	d->query = NULL;
	if (q->family == 0) {
		/* That it has none of the other kind is no problem of its. */
		if (d->wanted == AF_UNSPEC)
			snprintf(d->problem, sizeof(d->problem), "%s",
			    q->error == 0 ? "no address"
					  : gai_strerror(q->error));
		d->wanted = AF_UNSPEC;
		free(q);
		return;
	}
	d->problem[0] = '\0';
	if (!is_same(d, q)) {
		d->address = q->address;
		d->family = q->family;
		if (!d->stream)
			destination_hang_up(d);
	}
	free(q);
}

void
destination_refused(struct destination *d)
{
	if (d->family != AF_UNIX)
		d->wanted = d->family == AF_INET ? AF_INET6 : AF_INET;
}

/* ------------------------------------------------------------- sockets -- */

static socklen_t
fill_address(const struct destination *d, struct sockaddr_storage *ret)
{
	struct sockaddr_un *local = (struct sockaddr_un *)ret;
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	switch (d->family) {
	case AF_UNIX:
		local->sun_family = AF_UNIX;
		memcpy(local->sun_path, d->to.path, strlen(d->to.path));
		return sizeof(*local);
	case AF_INET:
		*ipv4 = d->address.ipv4;
		ipv4->sin_port = htons((uint16_t)d->port);
		return sizeof(*ipv4);
	}
	*ipv6 = d->address.ipv6;
	ipv6->sin6_port = htons((uint16_t)d->port);
	return sizeof(*ipv6);
}

int
destination_socket(const struct destination *d, int type)
{
	struct sockaddr_storage address;
	socklen_t size = fill_address(d, &address);
	int fd = socket(d->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int saved;

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, size) == 0 ||
	    errno == EINPROGRESS)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}
