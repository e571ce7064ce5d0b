#include "prometheus.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define TOTAL "_total"

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_plain(char c)
{
	return is_letter(c) || is_digit(c) || c == '_';
}

/* --- units --- */

static const struct unit {
	const char *ucum;
	const char *many;
	const char *one;
} units[] = {
	{ "s", "seconds", "second" },
	{ "ms", "milliseconds", "millisecond" },
	{ "us", "microseconds", "microsecond" },
	{ "ns", "nanoseconds", "nanosecond" },
	{ "min", "minutes", "minute" },
	{ "h", "hours", "hour" },
	{ "d", "days", "day" },
	{ "By", "bytes", "byte" },
	{ "KiBy", "kibibytes", "kibibyte" },
	{ "MiBy", "mebibytes", "mebibyte" },
	{ "GiBy", "gibibytes", "gibibyte" },
	{ "bit", "bits", "bit" },
	{ "kbit", "kilobits", "kilobit" },
	{ "Mbit", "megabits", "megabit" },
	{ "Gbit", "gigabits", "gigabit" },
	{ "%", "percent", "percent" },
	{ "Cel", "celsius", "celsius" },
	{ "V", "volts", "volt" },
	{ "A", "amperes", "ampere" },
	{ "W", "watts", "watt" },
	{ "J", "joules", "joule" },
	{ "Hz", "hertz", "hertz" },
	{ "MHz", "megahertz", "megahertz" },
	{ "GHz", "gigahertz", "gigahertz" },
};

/* One that is not known goes as it is, without what is no letter or digit. */
static void
put_unit_part(struct buffer *b, const char *text, size_t length, bool one)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].ucum) == length &&
		    memcmp(units[i].ucum, text, length) == 0) {
			buffer_puts(b, one ? units[i].one : units[i].many);
			return;
		}
	for (i = 0; i < length; i++)
		if (is_letter(text[i]) || is_digit(text[i]))
			buffer_putc(b, text[i]);
}

void
prometheus_unit(struct buffer *b, const char *unit)
{
	const char *slash = strchr(unit, '/');
	size_t length = slash != NULL ? (size_t)(slash - unit) : strlen(unit);
	size_t start = b->size;
	size_t part;

	if (length != 1 || unit[0] != '1')
		put_unit_part(b, unit, length, false);
	if (slash == NULL)
		return;
	buffer_puts(b, b->size > start ? "_per_" : "per_");
	part = b->size;
	put_unit_part(b, slash + 1, strlen(slash + 1), true);
	/* "1/%%": nothing to say, so nothing half said. */
	if (b->size == part && !buffer_failed(b)) {
		b->size = start;
		b->data[start] = '\0';
	}
}

const char *
prometheus_unit_read(struct slice words)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (slice_is(words, units[i].many))
			return units[i].ucum;
	return slice_is(words, "ratio") ? "1" : "";
}

/* What stands behind the last "_", which is taken off. */
static struct slice
take_last(struct slice *name)
{
	size_t n = name->length;
	struct slice last;

	while (n > 0 && name->text[n - 1] != '_')
		n--;
	last = (struct slice){ name->text + n, name->length - n };
	name->length = n > 0 ? n - 1 : 0;
	return last;
}

const char *
prometheus_unit_of(struct slice name)
{
	struct slice last = take_last(&name);

	if (slice_is(last, "total") || slice_is(last, "sum"))
		last = take_last(&name);
	return name.length > 0 ? prometheus_unit_read(last) : "";
}

/* --- names --- */

enum prometheus_type
prometheus_type(uint32_t kind)
{
	return kind == FARM_COUNTER32 || kind == FARM_COUNTER64
		   ? PROMETHEUS_COUNTER
		   : PROMETHEUS_GAUGE;
}

/* True if nothing had to be replaced. */
static bool
put_folded(struct buffer *b, const char *text)
{
	bool plain = true;

	for (; *text != '\0'; text++) {
		plain = plain && is_plain(*text);
		buffer_putc(b, is_plain(*text) ? *text : '_');
	}
	return plain;
}

/* Does what stands from `start' on end in "_WORD"? */
static bool
ends_in(const struct buffer *b, size_t start, const char *word)
{
	size_t length = strlen(word);

	return b->size - start > length &&
	       b->data[b->size - length - 1] == '_' &&
	       memcmp(b->data + b->size - length, word, length) == 0;
}

static void
put_suffix(struct buffer *b, size_t start, const char *word)
{
	if (word[0] == '\0' || ends_in(b, start, word))
		return;
	buffer_putc(b, '_');
	buffer_puts(b, word);
}

/* "_total" stands behind the unit. */
static void
cut_total(struct buffer *b, size_t start)
{
	if (!ends_in(b, start, TOTAL + 1))
		return;
	b->size -= strlen(TOTAL);
	b->data[b->size] = '\0';
}

bool
prometheus_name(struct buffer *b, const struct farm_series *s)
{
	struct buffer unit = BUFFER_INIT;
	size_t start = b->size;
	bool plain;

	buffer_puts(b, "farm_");
	plain = put_folded(b, s->parameter);
	prometheus_unit(&unit, s->unit);
	if (prometheus_type(s->kind) == PROMETHEUS_COUNTER)
		cut_total(b, start);
	put_suffix(b, start, buffer_text(&unit));
	if (prometheus_type(s->kind) == PROMETHEUS_COUNTER)
		put_suffix(b, start, TOTAL + 1);
	b->failed |= buffer_failed(&unit);
	buffer_free(&unit);
	return plain;
}

/* --- heads --- */

/* OpenMetrics names a counter without its suffix. */
static void
put_metric(struct buffer *b, const struct prometheus_head *h, bool open)
{
	size_t length = strlen(h->name);

	if (open && h->type == PROMETHEUS_COUNTER)
		length -= strlen(TOTAL);
	buffer_put(b, h->name, length);
}

/* In HELP of 0.0.4 a quote stands as it is. */
static void
put_escaped(struct buffer *b, const char *text, bool quotes)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			buffer_puts(b, "\\n");
			continue;
		}
		if (*text == '\\' || (quotes && *text == '"'))
			buffer_putc(b, '\\');
		buffer_putc(b, *text);
	}
}

static void
put_line(struct buffer *b, const struct prometheus_head *h, const char *what,
    const char *text, bool open)
{
	buffer_printf(b, "# %s ", what);
	put_metric(b, h, open);
	buffer_putc(b, ' ');
	put_escaped(b, text, open);
	buffer_putc(b, '\n');
}

void
prometheus_put_head(
    struct buffer *b, const struct prometheus_head *h, bool open)
{
	const char *types[] = { open ? "unknown" : "untyped", "gauge",
		"counter" };

	put_line(b, h, "HELP", h->help, open);
	put_line(b, h, "TYPE", types[h->type], open);
	if (h->unit[0] != '\0')
		put_line(b, h, "UNIT", h->unit, open);
}

/* --- samples --- */

void
prometheus_put_text(struct buffer *b, const char *text)
{
	buffer_putc(b, '"');
	put_escaped(b, text, true);
	buffer_putc(b, '"');
}

/*
 * Is the last name, from `at' on and with its "=" and quote, there before?  In
 * values a quote has a backslash before it, so only names are found.
 */
static bool
is_taken(const struct buffer *b, size_t start, size_t at)
{
	size_t length = b->size - at;
	size_t i;

	for (i = start; i + length <= at; i++)
		if ((b->data[i] == '{' || b->data[i] == ',') &&
		    memcmp(b->data + i + 1, b->data + at, length) == 0)
			return true;
	return false;
}

void
prometheus_label(struct buffer *b, const char *name)
{
	/* Names that begin so are Prometheus' own. */
	if (strncmp(name, "__", 2) == 0)
		buffer_puts(b, "label");
	else if (is_digit(name[0]))
		buffer_putc(b, '_');
	(void)put_folded(b, name);
}

static void
put_extra_label(struct buffer *b, size_t start, const struct farm_label *l)
{
	size_t at, end;
	int n = 1;

	buffer_putc(b, ',');
	at = b->size;
	prometheus_label(b, l->name);
	end = b->size;
	buffer_puts(b, "=\"");
	while (!buffer_failed(b) && is_taken(b, start, at)) {
		b->size = end;
		buffer_printf(b, "_%d=\"", ++n);
	}
	put_escaped(b, l->value, true);
	buffer_putc(b, '"');
}

static void
put_labels(struct buffer *b, const struct farm_series *s, bool whole)
{
	size_t start = b->size;
	uint32_t i;

	buffer_puts(b, "{farm=");
	prometheus_put_text(b, s->farm);
	buffer_puts(b, ",cluster=");
	prometheus_put_text(b, s->cluster);
	buffer_puts(b, ",node=");
	prometheus_put_text(b, s->node);
	if (whole) {
		buffer_puts(b, ",parameter=");
		prometheus_put_text(b, s->parameter);
	}
	for (i = 0; i < s->n_labels; i++)
		if (s->labels[i].value[0] != '\0')
			put_extra_label(b, start, &s->labels[i]);
	buffer_putc(b, '}');
}

static void
put_number(struct buffer *b, const struct farm_value *v)
{
	if (v->type == FARM_BOOLEAN)
		buffer_putc(b, v->boolean ? '1' : '0');
	else
		buffer_value(b, v);
}

/* Milliseconds; in OpenMetrics seconds with a fraction. */
static void
put_time(struct buffer *b, int64_t time_ns, bool open)
{
	int64_t ms = time_ns / 1000000;

	if (open)
		buffer_printf(
		    b, " %" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
	else
		buffer_printf(b, " %" PRId64, ms);
}

void
prometheus_put_sample(struct buffer *b, const char *name,
    const struct farm_series *s, bool whole, const struct farm_value *v,
    int64_t time_ns, bool open)
{
	buffer_puts(b, name);
	put_labels(b, s, whole);
	buffer_putc(b, ' ');
	put_number(b, v);
	if (time_ns > 0)
		put_time(b, time_ns, open);
	buffer_putc(b, '\n');
}
