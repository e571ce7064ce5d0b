#include "dump_server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void
must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

static void
read_line(struct dump_server *s, int fd)
{
	size_t n = 0;

	while (n + 1 < sizeof(s->line) && read(fd, &s->line[n], 1) == 1 &&
	       s->line[n] != '\n')
		n++;
	s->line[n] = '\0';
}

static void
answer(struct dump_server *s, int fd)
{
	const char *bytes = s->bytes;
	size_t size = s->size, at = 0;
	ssize_t n = 1;

	if (s->asks)
		read_line(s, fd);
	while (at < size && n > 0) {
		n = send(fd, bytes + at, size - at, MSG_NOSIGNAL);
		at += n > 0 ? (size_t)n : 0;
	}
}

static void *
serve(void *cookie)
{
	struct dump_server *s = cookie;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		answer(s, fd);
		close(fd);
	}
	return NULL;
}

void
dump_server_start(struct dump_server *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(s->fd >= 0, "socket");
	must(bind(s->fd, (struct sockaddr *)&at, size) == 0, "bind");
	must(listen(s->fd, 8) == 0, "listen");
	must(getsockname(s->fd, (struct sockaddr *)&at, &size) == 0,
	    "getsockname");
	snprintf(
	    s->address, sizeof(s->address), "127.0.0.1:%u", ntohs(at.sin_port));
	must(pthread_create(&s->thread, NULL, serve, s) == 0, "pthread_create");
}

void
dump_server_stop(struct dump_server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
}
