#include "notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

static struct {
	struct sockaddr_un address;
	int length; /* of the address; 0: nobody wants to know */
	int64_t watchdog_ns;
} notify;

/* --- the pure half --- */

void
notify_put(struct buffer *b, const char *key, const char *value)
{
	buffer_puts(b, key);
	buffer_putc(b, '=');
	for (; *value != '\0'; value++)
		buffer_putc(b, (unsigned char)*value < ' ' ? ' ' : *value);
	buffer_putc(b, '\n');
}

int
notify_address(const char *text, struct sockaddr_un *ret, struct error *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t n = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || n < 2)
		return error_set(err,
		    "NOTIFY_SOCKET=%s: neither a path nor an abstract address",
		    text);
	if (n >= sizeof(a.sun_path))
		return error_set(
		    err, "NOTIFY_SOCKET=%s: longer than an address", text);
	memcpy(a.sun_path, text, n);
	if (text[0] == '@')
		a.sun_path[0] = '\0';
	*ret = a;
	return (int)(offsetof(struct sockaddr_un, sun_path) + n);
}

/* A number of at least 1, 0 for anything else. */
static int64_t
positive(const char *text)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && n > 0 ? n : 0;
}

int64_t
notify_watchdog(const char *usec, const char *for_pid, long pid)
{
	int64_t us = usec == NULL ? 0 : positive(usec);

	if (for_pid != NULL && positive(for_pid) != pid)
		return 0;
	return us > INT64_MAX / NS_PER_US ? 0 : us * NS_PER_US;
}

/* --- the other half --- */

void
notify_setup(void)
{
	const char *text = getenv("NOTIFY_SOCKET");
	struct error err;
	int length;

	notify.watchdog_ns = notify_watchdog(
	    getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"), (long)getpid());
	if (text != NULL) {
		length = notify_address(text, &notify.address, &err);
		if (length < 0)
			log_line(LOG_LEVEL_WARNING, "notify", "%s", err.text);
		notify.length = length < 0 ? 0 : length;
	}
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

/* A socket for each datagram: they are few, and none is left open to run out
   of descriptors or to be inherited. */
static int
send_datagram(const struct buffer *b)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t n;
	int saved;

	if (fd < 0)
		return -1;
	n = sendto(fd, buffer_text(b), b->size, MSG_NOSIGNAL | MSG_DONTWAIT,
	    (const struct sockaddr *)&notify.address, (socklen_t)notify.length);
	saved = errno;
	close(fd);
	errno = saved;
	return n < 0 ? -1 : 0;
}

static void
say(struct buffer *b)
{
	if (notify.length > 0 && !buffer_failed(b) && send_datagram(b) < 0)
		log_line(LOG_LEVEL_WARNING, "notify",
		    "cannot tell the service manager: %s", strerror(errno));
	buffer_free(b);
}

static void
say_one(const char *key, const char *value)
{
	struct buffer b = BUFFER_INIT;

	notify_put(&b, key, value);
	say(&b);
}

void
notify_ready(void)
{
	say_one("READY", "1");
}

void
notify_reloading(void)
{
	struct buffer b = BUFFER_INIT;
	char now[32];

	/* Type=notify-reload wants the time, to tell old news from new. */
	(void)snprintf(
	    now, sizeof(now), "%" PRId64, clock_mono_ns() / NS_PER_US);
	notify_put(&b, "RELOADING", "1");
	notify_put(&b, "MONOTONIC_USEC", now);
	say(&b);
}

void
notify_stopping(void)
{
	say_one("STOPPING", "1");
}

void
notify_status(const char *text)
{
	say_one("STATUS", text);
}

int64_t
notify_watchdog_ns(void)
{
	return notify.length > 0 ? notify.watchdog_ns : 0;
}

void
notify_alive(void)
{
	say_one("WATCHDOG", "1");
}
