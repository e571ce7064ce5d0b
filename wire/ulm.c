#include "ulm.h"

#include <time.h>

#include "clock.h"
#include "utf8.h"

/* Whole years that int64 ns can say. */
#define YEAR_MIN 1678
#define YEAR_MAX 2261

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_name(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/* --- dates --- */

/* `n' digits as a number; -1 if one is none. */
static int
digits(const char *p, int n)
{
	int value = 0;

	for (; n > 0; n--, p++) {
		if (*p < '0' || *p > '9')
			return -1;
		value = 10 * value + (*p - '0');
	}
	return value;
}

/* ".957943" in ns; -1 if it is none. */
static int64_t
fraction(struct slice text, int *ret_digits)
{
	int64_t ns;
	int n = (int)text.length - 1;

	*ret_digits = 0;
	if (text.length == 0)
		return 0;
	if (text.text[0] != '.' || n < 1 || n > 9)
		return -1;
	ns = digits(text.text + 1, n);
	*ret_digits = n;
	for (; n < 9 && ns >= 0; n++)
		ns *= 10;
	return ns;
}

/* A leap second is the first of the next minute. */
static bool
parse_date(struct slice s, struct ulm_event *e)
{
	int year, month, day, hour, minute, second;
	struct tm tm = { .tm_mday = 0 };
	int64_t ns, seconds;

	if (s.length < 14)
		return false;
	year = digits(s.text, 4);
	month = digits(s.text + 4, 2);
	day = digits(s.text + 6, 2);
	hour = digits(s.text + 8, 2);
	minute = digits(s.text + 10, 2);
	second = digits(s.text + 12, 2);
	ns = fraction((struct slice){ s.text + 14, s.length - 14 }, &e->digits);
	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 ||
	    day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
	    second < 0 || second > 60 || ns < 0)
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	seconds = timegm(&tm) + second;
	e->time_ns = seconds * NS_PER_S + ns;
	/* The 31st of a month of 30 days has become the 1st. */
	return tm.tm_mday == day;
}

int
ulm_put_date(struct buffer *b, int64_t time_ns, int n_digits, struct error *err)
{
	int64_t seconds = time_ns / NS_PER_S, ns = time_ns % NS_PER_S;
	char text[sizeof("YYYYMMDDhhmmss.nnnnnnnnn")];
	struct tm tm;
	time_t t;
	int i;

	if (ns < 0) {
		ns += NS_PER_S;
		seconds--;
	}
	t = (time_t)seconds;
	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm) != 14)
		return error_set(err, "DATE: no such year");
	if (n_digits > 9)
		n_digits = 9;
	if (n_digits > 0)
		text[14] = '.';
	for (i = 9; i > 0; i--, ns /= 10)
		if (i <= n_digits)
			text[14 + i] = (char)('0' + ns % 10);
	return ulm_put(b, (struct slice){ "DATE", 4 },
	    (struct slice){
		text, 14 + (n_digits > 0 ? 1 + (size_t)n_digits : 0) },
	    err);
}

/* --- parsing --- */

/* U+FFFE and U+FFFF: UTF-8, but no characters of XML. */
static bool
is_noncharacter(const char *p, size_t n)
{
	return n == 3 && memcmp(p, "\xef\xbf", 2) == 0 &&
	       (unsigned char)p[2] >= 0xbe;
}

static int
check_text(struct slice line, struct error *err)
{
	size_t i, n;

	if (line.length > ULM_LINE_MAX)
		return error_set(
		    err, "a line of more than %d bytes", ULM_LINE_MAX);
	for (i = 0; i < line.length; i += n) {
		unsigned char c = (unsigned char)line.text[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return error_set(err,
			    "byte %zu is a control character (%u)", i + 1, c);
		n = utf8_character(line.text + i, line.length - i);
		if (n == 0 || is_noncharacter(line.text + i, n))
			return error_set(err, "byte %zu is not UTF-8", i + 1);
	}
	return 0;
}

/* What stands between quotes; `rest' begins behind the first. */
static bool
take_quoted(struct slice *rest, struct ulm_field *f)
{
	size_t i;

	f->quoted = true;
	for (i = 0; i < rest->length && rest->text[i] != '"'; i++) {
		if (rest->text[i] != '\\')
			continue;
		f->escaped = true;
		i++;
	}
	if (i >= rest->length)
		return false;
	f->value = (struct slice){ rest->text, i };
	slice_skip(rest, i + 1);
	return rest->length == 0 || is_blank(rest->text[0]);
}

static bool
take_plain(struct slice *rest, struct ulm_field *f)
{
	size_t i;

	for (i = 0; i < rest->length && !is_blank(rest->text[i]); i++)
		if (rest->text[i] == '"')
			return false;
	f->value = (struct slice){ rest->text, i };
	slice_skip(rest, i);
	return true;
}

static int
no_field(struct slice rest, struct error *err)
{
	size_t i;

	for (i = 0; i < rest.length && !is_blank(rest.text[i]); i++)
		;
	return error_set(
	    err, "\"%.*s\" is not a field NAME=VALUE", (int)i, rest.text);
}

/* 1 with a field, 0 at the end, -1 if it is none. */
static int
take_field(struct slice *rest, struct ulm_field *ret, struct error *err)
{
	struct ulm_field f = { .quoted = false };
	bool good;
	size_t i;

	slice_skip_blanks(rest);
	if (rest->length == 0)
		return 0;
	for (i = 0; i < rest->length && is_name(rest->text[i]); i++)
		;
	f.name = (struct slice){ rest->text, i };
	if (i == 0 || i == rest->length || rest->text[i] != '=')
		return no_field(*rest, err);
	slice_skip(rest, i + 1);
	if (rest->length > 0 && rest->text[0] == '"') {
		slice_skip(rest, 1);
		good = take_quoted(rest, &f);
	} else {
		good = take_plain(rest, &f);
	}
	if (!good)
		return error_set(err, "%.*s: a quote is missing or misplaced",
		    (int)f.name.length, f.name.text);
	*ret = f;
	return 1;
}

/* Keep it if it is one of the required; -1 if it was there before. */
static int
keep_required(struct ulm_event *e, const struct ulm_field *f, struct error *err)
{
	struct slice *place = slice_is(f->name, "DATE")   ? &e->date
			      : slice_is(f->name, "HOST") ? &e->host
			      : slice_is(f->name, "PROG") ? &e->prog
			      : slice_is(f->name, "LVL")  ? &e->level
							  : NULL;

	if (place == NULL)
		return 0;
	if (place->text != NULL)
		return error_set(err, "%.*s is there twice",
		    (int)f->name.length, f->name.text);
	*place = f->value;
	return 0;
}

static int
check_required(struct ulm_event *e, struct error *err)
{
	const struct {
		const char *name;
		const struct slice *value;
	} required[] = { { "DATE", &e->date }, { "HOST", &e->host },
		{ "PROG", &e->prog }, { "LVL", &e->level } };
	size_t i;

	for (i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		if (required[i].value->text == NULL)
			return error_set(
			    err, "%s is missing", required[i].name);
		if (required[i].value->length == 0)
			return error_set(err, "%s is empty", required[i].name);
	}
	if (!parse_date(e->date, e))
		return error_set(err,
		    "DATE: \"%.*s\" is not YYYYMMDDhhmmss[.digits]",
		    (int)e->date.length, e->date.text);
	return 0;
}

int
ulm_parse(
    const char *line, size_t length, struct ulm_event *ret, struct error *err)
{
	struct ulm_event e = { .n_fields = 0 };
	struct ulm_field f;
	struct slice rest;
	int more;

	if (length > 0 && line[length - 1] == '\n')
		length--;
	if (length > 0 && line[length - 1] == '\r')
		length--;
	rest = e.rest = (struct slice){ line, length };
	if (check_text(rest, err) != 0)
		return -1;
	while ((more = take_field(&rest, &f, err)) > 0) {
		if (keep_required(&e, &f, err) != 0)
			return -1;
		e.n_fields++;
	}
	if (more < 0 || check_required(&e, err) != 0)
		return -1;
	*ret = e;
	return 0;
}

bool
ulm_next(struct ulm_event *e, struct ulm_field *ret)
{
	return take_field(&e->rest, ret, NULL) > 0;
}

bool
ulm_find(struct ulm_event e, const char *name, struct ulm_field *ret)
{
	struct ulm_field f;

	while (ulm_next(&e, &f))
		if (slice_is(f.name, name)) {
			*ret = f;
			return true;
		}
	return false;
}

bool
ulm_is_required(struct slice name)
{
	return slice_is(name, "DATE") || slice_is(name, "HOST") ||
	       slice_is(name, "PROG") || slice_is(name, "LVL");
}

size_t
ulm_unescape(char *to, struct slice value)
{
	size_t i, n = 0;

	for (i = 0; i < value.length; i++) {
		if (value.text[i] == '\\' && i + 1 < value.length)
			i++;
		to[n++] = value.text[i];
	}
	return n;
}

struct slice
ulm_plain(struct buffer *b, struct slice value)
{
	char *to;

	buffer_clear(b);
	to = buffer_room(b, value.length);
	if (to != NULL)
		buffer_added(b, ulm_unescape(to, value));
	return (struct slice){ buffer_text(b), b->size };
}

/* --- writing --- */

static void
separate(struct buffer *b)
{
	if (b->size > 0 && b->data[b->size - 1] != '\n')
		buffer_putc(b, ' ');
}

void
ulm_put_raw(struct buffer *b, const struct ulm_field *f)
{
	const char *quote = f->quoted ? "\"" : "";

	separate(b);
	buffer_put(b, f->name.text, f->name.length);
	buffer_putc(b, '=');
	buffer_puts(b, quote);
	buffer_put(b, f->value.text, f->value.length);
	buffer_puts(b, quote);
}

static bool
needs_quotes(struct slice s)
{
	size_t i;

	for (i = 0; i < s.length; i++)
		if (is_blank(s.text[i]) || s.text[i] == '"')
			return true;
	return s.length == 0;
}

static void
put_value(struct buffer *b, struct slice value)
{
	size_t i;

	if (!needs_quotes(value)) {
		buffer_put(b, value.text, value.length);
		return;
	}
	buffer_putc(b, '"');
	for (i = 0; i < value.length; i++) {
		if (value.text[i] == '"' || value.text[i] == '\\')
			buffer_putc(b, '\\');
		buffer_putc(b, value.text[i]);
	}
	buffer_putc(b, '"');
}

int
ulm_put(
    struct buffer *b, struct slice name, struct slice value, struct error *err)
{
	size_t i;

	for (i = 0; i < name.length && is_name(name.text[i]); i++)
		;
	if (i == 0 || i < name.length)
		return error_set(err, "\"%.*s\" cannot be the name of a field",
		    (int)name.length, name.text);
	if (check_text(value, err) != 0)
		return error_prefix(err, "%.*s", (int)name.length, name.text);
	separate(b);
	buffer_put(b, name.text, name.length);
	buffer_putc(b, '=');
	put_value(b, value);
	return 0;
}

static void
put_xml_text(struct buffer *b, const struct ulm_field *f)
{
	size_t i;

	for (i = 0; i < f->value.length; i++) {
		if (f->escaped && f->value.text[i] == '\\')
			i++;
		switch (f->value.text[i]) {
		case '<':
			buffer_puts(b, "&lt;");
			break;
		case '>':
			buffer_puts(b, "&gt;");
			break;
		case '&':
			buffer_puts(b, "&amp;");
			break;
		default:
			buffer_putc(b, f->value.text[i]);
		}
	}
}

void
ulm_put_xml(struct buffer *b, struct ulm_event e)
{
	struct ulm_field f;

	buffer_puts(b, "<event>");
	while (ulm_next(&e, &f)) {
		buffer_puts(b, "<field name=\"");
		buffer_put(b, f.name.text, f.name.length);
		buffer_puts(b, "\">");
		put_xml_text(b, &f);
		buffer_puts(b, "</field>");
	}
	buffer_puts(b, "</event>");
}
