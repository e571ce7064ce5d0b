#include "clock.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_MIN (60 * NS_PER_S)
#define NS_PER_HOUR (60 * NS_PER_MIN)
#define NS_PER_DAY (24 * NS_PER_HOUR)
#define NS_PER_YEAR (365 * NS_PER_DAY)

/* Digits after the point beyond these change no nanosecond of a year. */
#define FRACTION_DIGITS 18

/* clock_both_ns(): a reading of both within so much is good. */
#define BOTH_NS NS_PER_US
#define BOTH_TRIES 8

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit duration_units[] = {
	{ "ns", 1 },
	{ "us", NS_PER_US },
	{ "ms", NS_PER_MS },
	{ "s", NS_PER_S },
	{ "m", NS_PER_MIN },
	{ "h", NS_PER_HOUR },
	{ "d", NS_PER_DAY },
	{ "w", 7 * NS_PER_DAY },
	{ "y", NS_PER_YEAR },
	{ NULL, 0 },
};

/* In the order of their size, for size_print(). */
static const struct unit size_units[] = {
	{ "B", 1 },
	{ "kB", 1000 },
	{ "KiB", INT64_C(1) << 10 },
	{ "MB", 1000000 },
	{ "MiB", INT64_C(1) << 20 },
	{ "GB", 1000000000 },
	{ "GiB", INT64_C(1) << 30 },
	{ "TB", INT64_C(1000000000000) },
	{ "TiB", INT64_C(1) << 40 },
	{ NULL, 0 },
};

/* Why a number was not taken. */
enum refusal { TAKEN, MALFORMED, TOO_LARGE };

static int64_t
now_of(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t
clock_wall_ns(void)
{
	return now_of(CLOCK_REALTIME);
}

int64_t
clock_mono_ns(void)
{
	return now_of(CLOCK_MONOTONIC);
}

int64_t
clock_thread_cpu_ns(void)
{
	return now_of(CLOCK_THREAD_CPUTIME_ID);
}

void
clock_both_ns(int64_t *ret_mono_ns, int64_t *ret_wall_ns)
{
	int64_t before_ns, wall_ns, after_ns, best_ns = INT64_MAX;
	int tries;

	after_ns = clock_mono_ns();
	for (tries = 0; tries < BOTH_TRIES && best_ns > BOTH_NS; tries++) {
		before_ns = after_ns;
		wall_ns = clock_wall_ns();
		after_ns = clock_mono_ns();
		if (after_ns - before_ns >= best_ns)
			continue;
		best_ns = after_ns - before_ns;
		*ret_mono_ns = before_ns + best_ns / 2;
		*ret_wall_ns = wall_ns;
	}
}

/* A decimal number: whole + fraction / scale. */
struct decimal {
	uint64_t whole;
	uint64_t fraction;
	uint64_t scale;
};

/* Take DIGITS[.DIGITS] from *at. */
static enum refusal
decimal_take(const char **at, struct decimal *ret)
{
	struct decimal d = { 0, 0, 1 };
	const char *s = *at;
	int digits = 0;

	if (!isdigit((unsigned char)*s))
		return MALFORMED;
	for (; isdigit((unsigned char)*s); s++)
		if (__builtin_mul_overflow(d.whole, 10, &d.whole) ||
		    __builtin_add_overflow(d.whole, *s - '0', &d.whole))
			return TOO_LARGE;
	if (*s == '.') {
		s++;
		if (!isdigit((unsigned char)*s))
			return MALFORMED;
		for (; isdigit((unsigned char)*s); s++) {
			if (digits++ >= FRACTION_DIGITS)
				continue;
			d.fraction = d.fraction * 10 + (uint64_t)(*s - '0');
			d.scale *= 10;
		}
	}
	*at = s;
	*ret = d;
	return TAKEN;
}

/* Take a run of letters that names a unit; NULL if it names none. */
static const struct unit *
unit_take(const char **at, const struct unit *units)
{
	size_t n = 0;

	while (isalpha((unsigned char)(*at)[n]))
		n++;
	for (; units->name != NULL; units++)
		if (strlen(units->name) == n &&
		    memcmp(units->name, *at, n) == 0) {
			*at += n;
			return units;
		}
	return NULL;
}

/* Add d * factor to *sum; what is smaller than 1 is dropped. */
static enum refusal
scaled_add(uint64_t *sum, struct decimal d, int64_t factor)
{
	unsigned __int128 total = *sum;

	total += (unsigned __int128)d.whole * (uint64_t)factor;
	total += (unsigned __int128)d.fraction * (uint64_t)factor / d.scale;
	if (total > UINT64_MAX)
		return TOO_LARGE;
	*sum = (uint64_t)total;
	return TAKEN;
}

/*
 * A sum of NUMBER UNIT, or one bare number that is so many `bare'.  Only the
 * first term counts if not `many'.
 */
static enum refusal
sum_parse(const char *s, const struct unit *units, int64_t bare, bool many,
    uint64_t *ret)
{
	const struct unit *unit;
	struct decimal d;
	uint64_t sum = 0;
	enum refusal r;
	bool first = true;

	do {
		r = decimal_take(&s, &d);
		if (r != TAKEN)
			return r;
		if (first && *s == '\0') {
			r = scaled_add(&sum, d, bare);
			break;
		}
		unit = unit_take(&s, units);
		if (unit == NULL)
			return MALFORMED;
		r = scaled_add(&sum, d, unit->factor);
		first = false;
	} while (r == TAKEN && *s != '\0' && many);
	if (r == TAKEN && *s != '\0')
		return MALFORMED;
	if (r == TAKEN)
		*ret = sum;
	return r;
}

/* The number with its sign, if it fits. */
static enum refusal
signed_of(uint64_t magnitude, bool negative, int64_t *ret)
{
	uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);

	if (magnitude > limit)
		return TOO_LARGE;
	*ret = (int64_t)(negative ? -magnitude : magnitude);
	return TAKEN;
}

int
duration_parse(const char *text, int64_t *ret_ns, struct error *err)
{
	bool negative = *text == '-';
	uint64_t magnitude;
	enum refusal r;

	r = sum_parse(
	    text + negative, duration_units, NS_PER_S, true, &magnitude);
	if (r == TAKEN)
		r = signed_of(magnitude, negative, ret_ns);
	if (r == MALFORMED)
		return error_set(err,
		    "\"%s\" is not a duration such as 500ms, 10s or 1h30m",
		    text);
	if (r == TOO_LARGE)
		return error_set(err, "\"%s\" is longer than 292 years", text);
	return 0;
}

/* `n' thousandths, millionths... after a point, without zeros at the end. */
static void
fraction_print(struct buffer *b, uint64_t n, int digits)
{
	if (n == 0)
		return;
	for (; n % 10 == 0; digits--)
		n /= 10;
	buffer_printf(b, ".%0*" PRIu64, digits, n);
}

static void
short_print(struct buffer *b, uint64_t ns)
{
	if (ns < (uint64_t)NS_PER_US) {
		buffer_printf(b, "%" PRIu64 "ns", ns);
	} else if (ns < (uint64_t)NS_PER_MS) {
		buffer_printf(b, "%" PRIu64, ns / NS_PER_US);
		fraction_print(b, ns % NS_PER_US, 3);
		buffer_puts(b, "us");
	} else {
		buffer_printf(b, "%" PRIu64, ns / NS_PER_MS);
		fraction_print(b, ns % NS_PER_MS, 6);
		buffer_puts(b, "ms");
	}
}

/* Days, hours, minutes and seconds, those of them that are not 0. */
static void
long_print(struct buffer *b, uint64_t ns)
{
	static const struct unit units[] = { { "d", NS_PER_DAY },
		{ "h", NS_PER_HOUR }, { "m", NS_PER_MIN } };
	uint64_t factor;
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		factor = (uint64_t)units[i].factor;
		if (ns >= factor)
			buffer_printf(
			    b, "%" PRIu64 "%s", ns / factor, units[i].name);
		ns %= factor;
	}
	if (ns == 0)
		return;
	buffer_printf(b, "%" PRIu64, ns / NS_PER_S);
	fraction_print(b, ns % NS_PER_S, 9);
	buffer_putc(b, 's');
}

void
duration_print(struct buffer *b, int64_t ns)
{
	uint64_t magnitude = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	if (ns < 0)
		buffer_putc(b, '-');
	if (magnitude == 0)
		buffer_puts(b, "0s");
	else if (magnitude < (uint64_t)NS_PER_S)
		short_print(b, magnitude);
	else if (magnitude % NS_PER_YEAR == 0)
		buffer_printf(b, "%" PRIu64 "y", magnitude / NS_PER_YEAR);
	else
		long_print(b, magnitude);
}

int
size_parse(const char *text, int64_t *ret_bytes, struct error *err)
{
	uint64_t magnitude;
	enum refusal r;

	r = sum_parse(text, size_units, 1, false, &magnitude);
	if (r == TAKEN)
		r = signed_of(magnitude, false, ret_bytes);
	if (r == MALFORMED)
		return error_set(err,
		    "\"%s\" is not a size such as 4096, 64KiB or 1MB", text);
	if (r == TOO_LARGE)
		return error_set(err, "\"%s\" is more than 2^63 bytes", text);
	return 0;
}

void
size_print(struct buffer *b, int64_t bytes)
{
	const struct unit *u, *best = &size_units[0];

	for (u = size_units; bytes != 0 && u->name != NULL; u++)
		if (bytes % u->factor == 0)
			best = u;
	buffer_printf(b, "%" PRId64 "%s", bytes / best->factor, best->name);
}

/* Take exactly `n' digits from *at. */
static bool
digits_take(const char **at, int n, int *ret)
{
	const char *s = *at;
	int i, number = 0;

	for (i = 0; i < n; i++) {
		if (!isdigit((unsigned char)s[i]))
			return false;
		number = number * 10 + (s[i] - '0');
	}
	*at = s + n;
	*ret = number;
	return true;
}

static bool
char_take(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static int
days_of(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool
date_take(const char **at, struct tm *tm)
{
	int year, month, day;

	if (!digits_take(at, 4, &year) || !char_take(at, '-') ||
	    !digits_take(at, 2, &month) || !char_take(at, '-') ||
	    !digits_take(at, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > days_of(year, month))
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	tm->tm_mday = day;
	return true;
}

/* HH:MM[:SS[.FRACTION]]; second 60 is a leap second. */
static bool
daytime_take(const char **at, struct tm *tm, int64_t *ret_ns)
{
	int64_t unit = NS_PER_S;

	if (!digits_take(at, 2, &tm->tm_hour) || !char_take(at, ':') ||
	    !digits_take(at, 2, &tm->tm_min))
		return false;
	if (char_take(at, ':')) {
		if (!digits_take(at, 2, &tm->tm_sec))
			return false;
		if (char_take(at, '.')) {
			if (!isdigit((unsigned char)**at))
				return false;
			for (; isdigit((unsigned char)**at); (*at)++) {
				unit /= 10;
				*ret_ns += (**at - '0') * unit;
			}
		}
	}
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec <= 60;
}

/* Z or +-HH:MM, in seconds east of UTC. */
static bool
offset_take(const char **at, int *ret)
{
	int hours, minutes, sign;

	*ret = 0;
	if (char_take(at, 'Z') || char_take(at, 'z'))
		return true;
	sign = **at == '-' ? -1 : 1;
	if (!char_take(at, '+') && !char_take(at, '-'))
		return false;
	if (!digits_take(at, 2, &hours) || !char_take(at, ':') ||
	    !digits_take(at, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool
calendar_parse(const char *s, int64_t *ret_s, int64_t *ret_ns)
{
	struct tm tm = { .tm_isdst = -1 };
	int offset;

	if (!date_take(&s, &tm))
		return false;
	if (*s != '\0') {
		if (!char_take(&s, 'T') && !char_take(&s, 't') &&
		    !char_take(&s, ' '))
			return false;
		if (!daytime_take(&s, &tm, ret_ns))
			return false;
	}
	if (*s == '\0') {
		*ret_s = mktime(&tm);
		return true;
	}
	if (!offset_take(&s, &offset) || *s != '\0')
		return false;
	*ret_s = timegm(&tm) - offset;
	return true;
}

static enum refusal
epoch_parse(const char *text, int64_t *ret)
{
	struct decimal d;
	uint64_t magnitude = 0;
	enum refusal r;

	r = decimal_take(&text, &d);
	if (r == TAKEN && *text != '\0')
		r = MALFORMED;
	if (r == TAKEN)
		r = scaled_add(&magnitude, d, NS_PER_S);
	return r == TAKEN ? signed_of(magnitude, false, ret) : r;
}

/* A point in time that does not depend on the present. */
static enum refusal
absolute_parse(const char *text, int64_t *ret)
{
	int64_t seconds, ns = 0;
	__int128 total;

	if (strspn(text, "0123456789") != 4 || text[4] != '-')
		return epoch_parse(text, ret);
	if (!calendar_parse(text, &seconds, &ns))
		return MALFORMED;
	total = (__int128)seconds * NS_PER_S + ns;
	if (total < INT64_MIN || total > INT64_MAX)
		return TOO_LARGE;
	*ret = (int64_t)total;
	return TAKEN;
}

int
time_parse(const char *text, int64_t now_ns, int64_t *ret_ns, struct error *err)
{
	int64_t before;
	enum refusal r = TAKEN;

	if (strcmp(text, "now") == 0) {
		*ret_ns = now_ns;
	} else if (*text == '-') {
		if (duration_parse(text, &before, err) != 0)
			return -1;
		if (__builtin_add_overflow(now_ns, before, ret_ns))
			r = TOO_LARGE;
	} else {
		r = absolute_parse(text, ret_ns);
	}
	if (r == MALFORMED)
		return error_set(err,
		    "\"%s\" is not a time such as now, -1h, "
		    "2026-01-31T10:00:00Z or seconds since 1970",
		    text);
	if (r == TOO_LARGE)
		return error_set(
		    err, "\"%s\" is not between the years 1678 and 2261", text);
	return 0;
}

void
time_print(struct buffer *b, int64_t ns, int digits)
{
	int64_t seconds = ns / NS_PER_S, rest = ns % NS_PER_S;
	char text[32], fraction[16];
	struct tm tm;
	time_t t;

	if (rest < 0) {
		seconds--;
		rest += NS_PER_S;
	}
	t = (time_t)seconds;
	(void)gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	buffer_puts(b, text);
	if (digits > 0) {
		snprintf(fraction, sizeof(fraction), "%09" PRId64, rest);
		buffer_printf(b, ".%.*s", digits, fraction);
	}
	buffer_putc(b, 'Z');
}

void
time_json(struct buffer *b, int64_t ns)
{
	if (ns == 0) {
		buffer_puts(b, "null");
		return;
	}
	buffer_putc(b, '"');
	time_print(b, ns, ns % NS_PER_MS == 0 ? 3 : 9);
	buffer_putc(b, '"');
}
