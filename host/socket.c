#include "socket.h"

#include <errno.h>
#include <libgen.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lock.h"

#define DEFAULT_PORT 9649
#define BACKLOG 64

/* Does somebody answer there? */
static bool
is_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive;

	if (fd < 0)
		return false;
	alive = connect(fd, (const struct sockaddr *)address,
		    sizeof(*address)) == 0;
	close(fd);
	return alive;
}

static int
make_parent(const char *path, struct error *err)
{
	char *copy = strdup(path);
	int result;

	if (copy == NULL)
		return error_set(err, "out of memory");
	result = make_folder(dirname(copy), err);
	free(copy);
	return result;
}

static int
bind_unix(int fd, const struct sockaddr_un *address, struct error *err)
{
	struct stat there;

	if (lstat(address->sun_path, &there) == 0 && !S_ISSOCK(there.st_mode))
		return error_set(
		    err, "%s: is there and no socket", address->sun_path);
	if (is_alive(address))
		return error_set(
		    err, "%s: another daemon answers there", address->sun_path);
	(void)unlink(address->sun_path);
	/* What is bound has the mode of the socket: a umask would be that of
	   all threads, and of workers that are started meanwhile. */
	if (fchmod(fd, 0600) < 0 ||
	    bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return error_set(err, "%s: %m", address->sun_path);
	return 0;
}

int
socket_unix(const char *path, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(err,
		    "%s: longer than the %zu bytes of a socket's path", path,
		    sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	if (make_parent(path, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set(err, "%s: %m", path);
	if (bind_unix(fd, &address, err) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
bind_tcp(const struct addrinfo *a)
{
	int one = 1;
	int fd = socket(a->ai_family,
	    a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	one = errno;
	close(fd);
	errno = one;
	return -1;
}

int
socket_tcp(const char *host, uint32_t port, struct error *err)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	struct addrinfo *found;
	const struct addrinfo *a;
	char service[16];
	int fd = -1;
	int code;

	(void)snprintf(
	    service, sizeof(service), "%u", port == 0 ? DEFAULT_PORT : port);
	code = getaddrinfo(
	    host[0] == '\0' ? NULL : host, service, &hints, &found);
	if (code != 0)
		return error_set(
		    err, "%s:%s: %s", host, service, gai_strerror(code));
	for (a = found; a != NULL && fd < 0; a = a->ai_next)
		fd = bind_tcp(a);
	if (fd < 0)
		error_set(err, "%s:%s: %m", host, service);
	freeaddrinfo(found);
	return fd;
}
