#include "dial.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define SEND_TIMEOUT_S 10

/* -1 with errno set. */
static int
connect_to(int family, int type, const struct sockaddr *to, socklen_t size)
{
	const struct timeval timeout = { .tv_sec = SEND_TIMEOUT_S };
	int fd = socket(family, type | SOCK_CLOEXEC, 0);
	int saved;

	if (fd < 0)
		return -1;
	/* Also the bound of connect(). */
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (connect(fd, to, size) == 0)
		return fd;
	saved = errno == EINPROGRESS ? ETIMEDOUT : errno;
	close(fd);
	errno = saved;
	return -1;
}

int
dial(const char *host, uint32_t port, int type, struct error *err)
{
	struct addrinfo hints = { .ai_socktype = type,
		.ai_flags = AI_NUMERICSERV };
	struct addrinfo *found, *a;
	char service[12];
	int rc, fd = -1;

	(void)snprintf(service, sizeof(service), "%u", port);
	rc = getaddrinfo(host, service, &hints, &found);
	if (rc != 0)
		return error_set(err, "%s: %s", host,
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
	for (a = found; a != NULL && fd < 0; a = a->ai_next)
		fd = connect_to(a->ai_family, type, a->ai_addr, a->ai_addrlen);
	if (fd < 0)
		error_set(err, "%s:%u: %m", host, port);
	freeaddrinfo(found);
	return fd;
}

int
dial_unix(const char *path, int type, struct error *err)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	int fd;

	if (length >= sizeof(to.sun_path))
		return error_set(err,
		    "\"%s\" is longer than the path of a socket can be", path);
	memcpy(to.sun_path, path, length);
	fd = connect_to(
	    AF_UNIX, type, (const struct sockaddr *)&to, sizeof(to));
	if (fd < 0)
		return error_set(err, "%s: %m", path);
	return fd;
}
