#include "runner.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"

struct slot {
	struct command *command; /* NULL: free */
	void *cookie;
};

struct runner {
	int epoll;
	size_t most;
	size_t n;
	size_t free; /* where to look for a free slot first */
	struct slot slots[];
};

struct runner *
runner_new(size_t most)
{
	struct runner *r = calloc(1, sizeof(*r) + most * sizeof(struct slot));

	if (r == NULL)
		return NULL;
	r->most = most;
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (r->epoll >= 0)
		return r;
	free(r);
	return NULL;
}

static void
empty(struct runner *r, struct slot *s)
{
	(void)epoll_ctl(r->epoll, EPOLL_CTL_DEL, command_fd(s->command), NULL);
	s->command = NULL;
	r->n--;
	r->free = (size_t)(s - r->slots);
}

void
runner_clear(struct runner *r, void (*forget)(void *cookie))
{
	size_t i;

	/* All are told to end before the first is waited for. */
	for (i = 0; i < r->most; i++)
		if (r->slots[i].command != NULL)
			command_cancel(r->slots[i].command);
	for (i = 0; i < r->most; i++) {
		struct command *c = r->slots[i].command;

		if (c == NULL)
			continue;
		empty(r, &r->slots[i]);
		command_free(c);
		forget(r->slots[i].cookie);
	}
}

void
runner_free(struct runner *r)
{
	if (r == NULL)
		return;
	(void)close(r->epoll);
	free(r);
}

size_t
runner_room(const struct runner *r)
{
	return r->most - r->n;
}

size_t
runner_count(const struct runner *r)
{
	return r->n;
}

int
runner_begin(struct runner *r, const struct command_order *order, void *cookie,
    struct error *err)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct slot *s;

	while (r->slots[r->free].command != NULL)
		r->free = (r->free + 1) % r->most;
	s = &r->slots[r->free];
	if (command_start(&s->command, order, err) != 0) {
		s->command = NULL;
		return -1;
	}
	s->cookie = cookie;
	event.data.ptr = s;
	if (epoll_ctl(
		r->epoll, EPOLL_CTL_ADD, command_fd(s->command), &event) != 0) {
		error_set(err, "epoll: %m");
		command_free(s->command);
		s->command = NULL;
		return -1;
	}
	r->n++;
	return 0;
}

/* One that has something to do and is over by it. */
static bool
step(struct runner *r, struct command **ret, void **ret_cookie)
{
	struct epoll_event event;
	struct slot *s;

	while (epoll_wait(r->epoll, &event, 1, 0) == 1) {
		s = event.data.ptr;
		if (!command_step(s->command))
			continue;
		*ret = s->command;
		*ret_cookie = s->cookie;
		empty(r, s);
		return true;
	}
	return false;
}

static struct timespec
time_until(int64_t until_ns)
{
	int64_t ns = until_ns - clock_mono_ns();

	if (ns < 0)
		ns = 0;
	return (struct timespec){ .tv_sec = ns / NS_PER_S,
		.tv_nsec = ns % NS_PER_S };
}

enum runner_event
runner_wait(struct runner *r, int wake_fd, int64_t until_ns,
    struct command **ret, void **ret_cookie)
{
	struct pollfd fds[] = { { .fd = r->epoll, .events = POLLIN },
		{ .fd = wake_fd, .events = POLLIN } };
	struct timespec rest;
	int n;

	for (;;) {
		if (step(r, ret, ret_cookie))
			return RUNNER_OVER;
		rest = time_until(until_ns);
		n = ppoll(fds, 2, until_ns == INT64_MAX ? NULL : &rest, NULL);
		if (n > 0 && fds[1].revents != 0)
			return RUNNER_WOKEN;
		if (n == 0)
			return RUNNER_TIME;
	}
}
