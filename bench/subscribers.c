/*
 * subscribers.c - many subscribers at a time, some of whom read nothing: how
 * old values are when they arrive.
 *
 * Usage: subscribers SOCKET PREDICATE SUBSCRIBERS STALLED SECONDS
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"

#define SAMPLES_MAX 4000000

struct subscriber {
	int fd;
	struct buffer text;
};

static int64_t *samples;
static size_t n_samples;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int
connect_to(const char *path, const char *predicate)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char request[512];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int n;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die(path);
	n = snprintf(request, sizeof(request),
	    "GET /v1/subscribe?predicate=%s&format=influx HTTP/1.0\r\n\r\n",
	    predicate);
	if (write(fd, request, (size_t)n) != n)
		die("write");
	return fd;
}

/* The time is the last word of a line. */
static void
take_line(const char *line, size_t n, int64_t now_ns)
{
	const char *time = memrchr(line, ' ', n);

	if (strncmp(line, "data: ", 6) != 0 || line[6] == '{' || time == NULL ||
	    n_samples == SAMPLES_MAX)
		return;
	samples[n_samples++] = now_ns - strtoll(time + 1, NULL, 10);
}

static void
take(struct subscriber *s)
{
	char bytes[65536];
	ssize_t n = read(s->fd, bytes, sizeof(bytes));
	int64_t now = clock_wall_ns();
	size_t at = 0;
	char *end;

	if (n <= 0)
		die("the daemon has ended it");
	buffer_put(&s->text, bytes, (size_t)n);
	while ((end = memchr(s->text.data + at, '\n', s->text.size - at)) !=
	       NULL) {
		take_line(
		    s->text.data + at, (size_t)(end - s->text.data) - at, now);
		at = (size_t)(end - s->text.data) + 1;
	}
	memmove(s->text.data, s->text.data + at, s->text.size - at);
	s->text.size -= at;
}

static int
by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
print_samples(int seconds)
{
	if (n_samples == 0) {
		fputs("nothing came\n", stderr);
		exit(1);
	}
	qsort(samples, n_samples, sizeof(*samples), by_size);
	printf("%zu values, %.0f/s; p50 %.3f ms, p99 %.3f ms, max %.3f ms\n",
	    n_samples, (double)n_samples / seconds,
	    (double)samples[n_samples / 2] / 1e6,
	    (double)samples[n_samples * 99 / 100] / 1e6,
	    (double)samples[n_samples - 1] / 1e6);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[64];
	struct subscriber *all;
	int64_t end_mono_ns;
	int epoll = epoll_create1(0);
	int n, stalled, seconds;

	if (argc != 6) {
		fputs("usage: subscribers SOCKET PREDICATE SUBSCRIBERS STALLED "
		      "SECONDS\n",
		    stderr);
		return 64;
	}
	n = atoi(argv[3]);
	stalled = atoi(argv[4]);
	seconds = atoi(argv[5]);
	all = calloc((size_t)n, sizeof(*all));
	samples = malloc(SAMPLES_MAX * sizeof(*samples));
	if (all == NULL || samples == NULL || epoll < 0)
		die("subscribers");
	for (int i = 0; i < n + stalled; i++) {
		struct epoll_event event = { .events = EPOLLIN };
		int fd = connect_to(argv[1], argv[2]);

		if (i >= n)
			continue;
		all[i].fd = fd;
		event.data.ptr = &all[i];
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
			die("epoll_ctl");
	}
	end_mono_ns = clock_mono_ns() + seconds * NS_PER_S;
	while (clock_mono_ns() < end_mono_ns) {
		int ready = epoll_wait(epoll, events, 64, 100);

		for (int i = 0; i < ready; i++)
			take(events[i].data.ptr);
	}
	print_samples(seconds);
	return 0;
}
