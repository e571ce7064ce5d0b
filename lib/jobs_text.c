/* Numbers, sizes and times as batch systems write them. */
#include "jobs_text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

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

int
slice_whole_line(
    struct slice *rest, struct slice *ret, size_t *number, struct error *err)
{
	bool whole;

	if (!slice_line(rest, ret, &whole))
		return 0;
	++*number;
	if (!whole)
		return error_set(err, "breaks off in line %zu", *number);
	return 1;
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

/* ---------------------------------------------------------------- dates -- */

/* strptime() compares each month's name in each locale's way, which is most
   of what a list of a hundred thousand jobs costs. */

static bool
scan_char(struct slice *s, char c)
{
	if (s->length == 0 || s->text[0] != c)
		return false;
	*s = (struct slice){ s->text + 1, s->length - 1 };
	return true;
}

/* At most so many digits, blanks before them; from `least' to `most'. */
static bool
scan_number(struct slice *s, int digits, int least, int most, int *ret)
{
	int n = 0, i;

	while (scan_char(s, ' '))
		;
	for (i = 0;
	     i < digits && s->length > 0 && isdigit((unsigned char)s->text[0]);
	     i++) {
		n = n * 10 + (s->text[0] - '0');
		*s = (struct slice){ s->text + 1, s->length - 1 };
	}
	*ret = n;
	return i > 0 && n >= least && n <= most;
}

/* From 1. */
static bool
scan_month(struct slice *s, int *ret)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int i;

	for (i = 0; i < 12 && s->length >= 3; i++) {
		if (memcmp(s->text, names + 3 * i, 3) != 0)
			continue;
		*s = (struct slice){ s->text + 3, s->length - 3 };
		*ret = i + 1;
		return true;
	}
	return false;
}

/* Days since 1970.  Years begin in March here, so that leap days end them. */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	       719469;
}

/* "20:52:13", or "20:52", of that day. */
static bool
scan_clock(struct slice *s, bool seconds, int64_t days, int64_t *ret_ns)
{
	int hour, minute, second = 0;
	int64_t t;

	if (!scan_number(s, 2, 0, 23, &hour) || !scan_char(s, ':') ||
	    !scan_number(s, 2, 0, 59, &minute))
		return false;
	if (seconds &&
	    (!scan_char(s, ':') || !scan_number(s, 2, 0, 60, &second)))
		return false;
	t = days * 86400 + hour * 3600 + minute * 60 + second;
	if (t < -SECONDS_MAX || t > SECONDS_MAX)
		return false;
	*ret_ns = t * NS_PER_S;
	return true;
}

bool
slice_iso_time(struct slice s, int64_t *ret_ns)
{
	int year, month, day;
	int64_t ns;

	if (!scan_number(&s, 4, 0, 9999, &year) || !scan_char(&s, '-') ||
	    !scan_number(&s, 2, 1, 12, &month) || !scan_char(&s, '-') ||
	    !scan_number(&s, 2, 1, 31, &day) || !scan_char(&s, 'T') ||
	    !scan_clock(&s, true, days_of(year, month, day), &ns) ||
	    s.length > 0)
		return false;
	*ret_ns = ns;
	return true;
}

bool
slice_c_time(struct slice s, int64_t *ret_ns)
{
	struct slice clock;
	int year, month, day;
	int64_t ns;

	/* The day of the week says nothing new. */
	if (s.length < 4 || s.text[3] != ' ')
		return false;
	s = (struct slice){ s.text + 4, s.length - 4 };
	if (!scan_month(&s, &month) || !scan_number(&s, 2, 1, 31, &day) ||
	    !scan_char(&s, ' '))
		return false;
	clock = slice_cut(&s, ' ');
	if (!scan_number(&s, 4, 0, 9999, &year) || s.length > 0 ||
	    !scan_clock(&clock, true, days_of(year, month, day), &ns) ||
	    clock.length > 0)
		return false;
	*ret_ns = ns;
	return true;
}

static int
year_of(int64_t days)
{
	int year = 1970 + (int)(days / 366);

	while (days_of(year + 1, 1, 1) <= days)
		year++;
	return year;
}

bool
slice_short_time(struct slice s, int64_t now_ns, int64_t *ret_ns)
{
	int64_t now = now_ns / NS_PER_S + 86400; /* their clock, their zone */
	int year = year_of(now / 86400), month, day;
	struct slice clock;
	int64_t ns;

	if (!scan_month(&s, &month) || !scan_number(&s, 2, 1, 31, &day) ||
	    !scan_char(&s, ' '))
		return false;
	clock = s;
	if (!scan_clock(&clock, false, days_of(year, month, day), &ns) ||
	    clock.length > 0)
		return false;
	if (ns / NS_PER_S > now)
		(void)scan_clock(&s, false, days_of(year - 1, month, day), &ns);
	*ret_ns = ns;
	return true;
}

int64_t
slice_count_ranges(struct slice list)
{
	int64_t sum = 0, from, to, step;
	struct slice one, range;

	while (list.length > 0) {
		one = slice_cut(&list, ',');
		range = slice_cut(&one, ':');
		if (!slice_integer(one, &step) || step < 1)
			step = 1;
		if (!slice_integer(slice_cut(&range, '-'), &from))
			continue;
		if (!slice_integer(range, &to) || to < from)
			to = from;
		if (from < 0 || to > 10000000)
			continue;
		sum += (to - from) / step + 1;
	}
	return sum > 0 && sum < 10000000 ? sum : 1;
}
