#include "connections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "resolve.h"

/* Of one call, so that nobody holds up the others. */
#define ACCEPTS_MAX 64

void
connections_end(
    struct connections *all, struct farm_host *host, struct connection *c)
{
	struct connection **at = &all->first;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	all->n--;
	if (host != NULL && !c->held)
		farm_unwatch(host, c->fd);
	close(c->fd);
	if (all->release != NULL)
		all->release(c);
	free(c);
}

void
connections_close(struct connections *all, struct farm_host *host)
{
	while (all->first != NULL)
		connections_end(all, host, all->first);
}

/* False if there is none. */
static bool
end_idlest(struct connections *all, struct farm_host *host)
{
	struct connection *idle = all->first, *c;

	if (idle == NULL)
		return false;
	for (c = idle; c != NULL; c = c->next)
		if (c->active_mono_ns < idle->active_mono_ns)
			idle = c;
	all->turned_away++;
	connections_end(all, host, idle);
	return true;
}

/* One that cannot be had stays at the listener, which is ready all the time. */
static bool
is_exhausted(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	       error == ENOMEM;
}

static int
begin(struct connections *all, struct farm_host *host, int fd,
    const struct place *from)
{
	struct connection *c = malloc(all->size);

	if (c == NULL || farm_watch(host, fd, EPOLLIN, c) != 0) {
		free(c);
		return -1;
	}
	memset(c, 0, all->zeroed);
	c->fd = fd;
	c->from = *from;
	c->active_mono_ns = clock_mono_ns();
	c->next = all->first;
	all->first = c;
	all->n++;
	return 0;
}

void
connections_accept(struct connections *all, struct farm_host *host,
    int listener, connections_admit_fn *admit, void *cookie)
{
	union address from;
	struct place place;
	socklen_t size;
	int fd, i;

	for (i = 0; i < ACCEPTS_MAX; i++) {
		size = sizeof(from);
		fd = accept4(
		    listener, &from.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && is_exhausted(errno) && end_idlest(all, host))
			continue;
		if (fd < 0)
			return;
		place = place_of_socket(&from.any);
		if (admit != NULL && !admit(cookie, &place)) {
			close(fd);
			continue;
		}
		if (all->n >= all->max)
			(void)end_idlest(all, host);
		if (begin(all, host, fd, &place) != 0)
			close(fd);
	}
}

void
connections_hold(struct farm_host *host, struct connection *c)
{
	farm_unwatch(host, c->fd);
	c->held = true;
}

int
connections_resume(struct farm_host *host, struct connection *c)
{
	if (farm_watch(host, c->fd, EPOLLIN, c) != 0)
		return -1;
	c->held = false;
	return 0;
}
