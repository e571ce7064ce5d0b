/* Numbers, sizes and times as batch systems write them. */
#include "jobs_text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"

/* The longest number or time that is looked at. */
#define PIECE_MAX 64
/* Seconds that int64 ns can say. */
#define SECONDS_MAX (INT64_MAX / NS_PER_S)

bool
slice_line(struct slice *rest, struct slice *ret, bool *ret_whole)
{
	size_t before = rest->length;

	if (before == 0)
		return false;
	*ret = slice_cut(rest, '\n');
	if (ret_whole != NULL)
		*ret_whole = before - rest->length > ret->length;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool
slice_word(struct slice *rest, struct slice *ret)
{
	size_t from = 0, to;

	while (from < rest->length && is_blank(rest->text[from]))
		from++;
	for (to = from; to < rest->length && !is_blank(rest->text[to]);)
		to++;
	if (to == from)
		return false;
	*ret = (struct slice){ rest->text + from, to - from };
	rest->text += to;
	rest->length -= to;
	return true;
}

struct slice
slice_trim(struct slice s)
{
	while (s.length > 0 && is_blank(s.text[0])) {
		s.text++;
		s.length--;
	}
	while (s.length > 0 && is_blank(s.text[s.length - 1]))
		s.length--;
	return s;
}

bool
slice_begins(struct slice s, const char *text)
{
	size_t n = strlen(text);

	return s.length >= n && memcmp(s.text, text, n) == 0;
}

struct slice
slice_after(struct slice s, const char *text)
{
	size_t n = strlen(text);

	return (struct slice){ s.text + n, s.length - n };
}

/* As a string of its own; NULL if it is none of ours. */
static const char *
copy(struct slice s, char *to)
{
	if (s.length == 0 || s.length >= PIECE_MAX)
		return NULL;
	memcpy(to, s.text, s.length);
	to[s.length] = '\0';
	return to;
}

bool
slice_integer(struct slice s, int64_t *ret)
{
	char bytes[PIECE_MAX], *end;
	const char *text = copy(s, bytes);
	long long n;

	if (text == NULL || !(isdigit((unsigned char)*text) || *text == '-'))
		return false;
	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || end != text + s.length)
		return false;
	*ret = n;
	return true;
}

/* The number that it begins with, and how long that is; 0 if none. */
static size_t
begin_number(struct slice s, double *ret)
{
	char bytes[PIECE_MAX], *end;
	const char *text = copy(s, bytes);
	double n;

	/* No hexadecimal, no names. */
	if (text == NULL || strpbrk(text, "xXiInN") != NULL ||
	    isspace((unsigned char)*text))
		return 0;
	n = strtod(text, &end);
	if (end == text || !isfinite(n))
		return 0;
	*ret = n;
	return (size_t)(end - text);
}

bool
slice_number(struct slice s, double *ret)
{
	double n;

	if (begin_number(s, &n) != s.length || s.length == 0)
		return false;
	*ret = n;
	return true;
}

bool
slice_bytes(struct slice s, int64_t *ret)
{
	static const char units[] = "bkmgtpe";
	const char *unit = units;
	size_t used;
	double n;

	used = begin_number(s, &n);
	if (used == 0 || n < 0)
		return false;
	if (used < s.length) {
		unit = strchr(units, tolower((unsigned char)s.text[used]));
		if (unit == NULL || *unit == '\0')
			return false;
		used++;
	}
	/* "mb" is "m". */
	if (used < s.length && *unit != 'b' &&
	    tolower((unsigned char)s.text[used]) == 'b')
		used++;
	n = ldexp(n, (int)(unit - units) * 10);
	if (used != s.length || n >= 0x1p63)
		return false;
	*ret = (int64_t)n;
	return true;
}

/* DAYS- in front of it, if there is. */
static bool
take_days(struct slice *s, int64_t *ret)
{
	*ret = 0;
	if (s->length == 0 || memchr(s->text, '-', s->length) == NULL)
		return true;
	return slice_integer(slice_cut(s, '-'), ret) && *ret >= 0 &&
	       *ret <= 1000000;
}

bool
slice_elapsed(struct slice s, int64_t *ret_ns)
{
	int64_t days, minutes = 0, n;
	double seconds;
	int parts = 0;

	if (s.length == 0 || !take_days(&s, &days))
		return false;
	while (s.length > 0 && memchr(s.text, ':', s.length) != NULL) {
		if (++parts > 2 || !slice_integer(slice_cut(&s, ':'), &n) ||
		    n < 0 || n > 100000000)
			return false;
		minutes = minutes * 60 + n;
	}
	if (parts == 0 || !slice_number(s, &seconds) || seconds < 0 ||
	    seconds > 1e9)
		return false;
	n = (days * 1440 + minutes) * 60;
	if (n >= SECONDS_MAX - (int64_t)seconds)
		return false;
	*ret_ns = n * NS_PER_S + (int64_t)(seconds * NS_PER_S);
	return true;
}

static bool
take_time(const char *text, const char *format, struct tm *tm)
{
	const char *end;

	end = text != NULL ? strptime(text, format, tm) : NULL;
	return end != NULL && *end == '\0';
}

static bool
time_of(struct tm *tm, int64_t *ret_ns)
{
	time_t t = timegm(tm);

	if (t < -SECONDS_MAX || t > SECONDS_MAX)
		return false;
	*ret_ns = t * NS_PER_S;
	return true;
}

bool
slice_iso_time(struct slice s, int64_t *ret_ns)
{
	char bytes[PIECE_MAX];
	struct tm tm = { 0 };

	return take_time(copy(s, bytes), "%Y-%m-%dT%H:%M:%S", &tm) &&
	       time_of(&tm, ret_ns);
}

bool
slice_c_time(struct slice s, int64_t *ret_ns)
{
	char bytes[PIECE_MAX];
	struct tm tm = { 0 };

	return take_time(copy(s, bytes), "%a %b %d %H:%M:%S %Y", &tm) &&
	       time_of(&tm, ret_ns);
}

bool
slice_short_time(struct slice s, int64_t now_ns, int64_t *ret_ns)
{
	time_t now = now_ns / NS_PER_S + 86400; /* their clock, their zone */
	char bytes[PIECE_MAX];
	struct tm tm = { 0 }, today, last;
	time_t then;

	if (gmtime_r(&now, &today) == NULL ||
	    !take_time(copy(s, bytes), "%b %d %H:%M", &tm))
		return false;
	tm.tm_year = today.tm_year;
	last = tm;
	last.tm_year--;
	then = timegm(&tm);
	if (then > now)
		then = timegm(&last);
	*ret_ns = then * NS_PER_S;
	return true;
}
