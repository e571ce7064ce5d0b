/* time.c - collectd's clock of 2^-30 s, and how it is written. */
#include "abi.h"

cdtime_t
cdtime(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return 0;
	return TIMESPEC_TO_CDTIME_T(&now);
}

/* "2006-01-02T15:04:05", perhaps with a fraction, without a zone. */
static int
put_time(char *buffer, size_t size, const struct tm *tm, long nanoseconds)
{
	size_t n = strftime(buffer, size, "%Y-%m-%dT%H:%M:%S", tm);

	if (n == 0)
		return ENOMEM;
	if (nanoseconds >= 0)
		snprintf(buffer + n, size - n, ".%09ld", nanoseconds);
	return 0;
}

/* "+01:00" */
static void
put_zone(char *buffer, size_t size, long seconds)
{
	size_t n = strlen(buffer);

	snprintf(buffer + n, size - n, "%c%02ld:%02ld", seconds < 0 ? '-' : '+',
	    labs(seconds) / 3600, labs(seconds) / 60 % 60);
}

static int
format_time(char *buffer, size_t size, cdtime_t t, bool local, bool fraction)
{
	struct timespec ts = CDTIME_T_TO_TIMESPEC(t);
	struct tm tm = { 0 };
	int status;

	if (buffer == NULL ||
	    size < (fraction ? RFC3339NANO_SIZE : RFC3339_SIZE))
		return ENOMEM;
	if ((local ? localtime_r(&ts.tv_sec, &tm)
		   : gmtime_r(&ts.tv_sec, &tm)) == NULL)
		return errno;
	status = put_time(buffer, size, &tm, fraction ? ts.tv_nsec : -1);
	if (status != 0)
		return status;
	if (local)
		put_zone(buffer, size, tm.tm_gmtoff);
	else
		strcat(buffer, "Z");
	return 0;
}

int
rfc3339(char *buffer, size_t buffer_size, cdtime_t t)
{
	return format_time(buffer, buffer_size, t, false, false);
}

int
rfc3339nano(char *buffer, size_t buffer_size, cdtime_t t)
{
	return format_time(buffer, buffer_size, t, false, true);
}

int
rfc3339_local(char *buffer, size_t buffer_size, cdtime_t t)
{
	return format_time(buffer, buffer_size, t, true, false);
}

int
rfc3339nano_local(char *buffer, size_t buffer_size, cdtime_t t)
{
	return format_time(buffer, buffer_size, t, true, true);
}

int
timeval_cmp(struct timeval tv0, struct timeval tv1, struct timeval *delta)
{
	struct timeval from = tv1, to = tv0;
	int order;

	NORMALIZE_TIMEVAL(to);
	NORMALIZE_TIMEVAL(from);
	order = timercmp(&to, &from, <) ? -1 : timercmp(&to, &from, >) ? 1 : 0;
	if (delta != NULL && order < 0)
		timersub(&from, &to, delta);
	else if (delta != NULL)
		timersub(&to, &from, delta);
	return order;
}
