#include "dial.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "connect.h"

#define TIMEOUT_S 10

/* From here on it waits, but not for ever. */
static void
let_wait(int fd)
{
	const struct timeval timeout = { .tv_sec = TIMEOUT_S };

	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
}

int
dial(const char *host, uint32_t port, int type, struct error *err)
{
	const struct connect_server server = { .name = host,
		.port = (uint16_t)port,
		.family = AF_UNSPEC,
		.type = type };
	int fd = connect_open(
	    &server, clock_mono_ns() + TIMEOUT_S * NS_PER_S, err);

	if (fd < 0)
		return error_prefix(err, "port %u", port);
	let_wait(fd);
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
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0) {
		let_wait(fd);
		return fd;
	}
	error_set(err, "%s: %m", path);
	if (fd >= 0)
		close(fd);
	return -1;
}
