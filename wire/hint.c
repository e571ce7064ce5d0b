#include "hint.h"

#include <inttypes.h>
#include <string.h>

#include <farm/result.h>

/* Longer than any value is. */
#define WIDTH_MAX 1000000u

/* One octet-format specification: "*1x:/" has all that there is. */
struct spec {
	bool repeat; /* the next octet says how often */
	size_t width;
	char format;
	char separator;  /* NUL: none */
	char terminator; /* after the last repetition; NUL: none */
};

/* A writing under way. */
struct print {
	struct buffer *out;
	struct ber_bytes rest;
	char pending; /* a separator, which must not be the last character */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A character that stands for itself between two specifications. */
static bool
is_literal(char c)
{
	return c != '\0' && c != '*' && !is_digit(c);
}

/* NULL if there is none at `p', else what stands behind it. */
static const char *
parse_spec(const char *p, struct spec *ret)
{
	struct spec s = { .repeat = *p == '*' };

	p += s.repeat;
	if (!is_digit(*p))
		return NULL;
	for (; is_digit(*p); p++)
		if (s.width < WIDTH_MAX)
			s.width = s.width * 10 + (size_t)(*p - '0');
	if (*p == '\0' || strchr("xdoat", *p) == NULL)
		return NULL;
	s.format = *p++;
	if (is_literal(*p)) {
		s.separator = *p++;
		if (s.repeat && is_literal(*p))
			s.terminator = *p++;
	}
	*ret = s;
	return p;
}

static struct ber_bytes
take(struct ber_bytes *rest, size_t size)
{
	struct ber_bytes taken = { rest->data, size };

	if (taken.size > rest->size)
		taken.size = rest->size;
	rest->data += taken.size;
	rest->size -= taken.size;
	return taken;
}

static int
print_number(struct buffer *out, char format, struct ber_bytes octets)
{
	uint64_t number = 0;
	size_t i;

	if (octets.size > sizeof(number))
		return -1;
	for (i = 0; i < octets.size; i++)
		number = number << 8 | octets.data[i];
	if (format == 'd')
		buffer_printf(out, "%" PRIu64, number);
	else
		buffer_printf(out, "%" PRIo64, number);
	return 0;
}

static void
flush(struct print *p)
{
	if (p->pending != '\0')
		buffer_putc(p->out, p->pending);
	p->pending = '\0';
}

/* One application of a specification. */
static int
apply(struct print *p, const struct spec *s)
{
	struct ber_bytes octets = take(&p->rest, s->width);
	size_t i;

	flush(p);
	p->pending = s->separator;
	if (octets.size == 0)
		return 0;
	if (s->format == 'a' || s->format == 't')
		buffer_put(p->out, octets.data, octets.size);
	else if (s->format == 'x')
		for (i = 0; i < octets.size; i++)
			buffer_printf(p->out, "%02x", octets.data[i]);
	else
		return print_number(p->out, s->format, octets);
	return 0;
}

static int
apply_all(struct print *p, const struct spec *s)
{
	size_t times = s->repeat ? *take(&p->rest, 1).data : 1, i;

	for (i = 0; i < times && (p->rest.size > 0 || s->width == 0); i++)
		if (apply(p, s) != 0 || p->out->size > FARM_TEXT_MAX)
			return -1;
	if (s->terminator != '\0') {
		/* In the place of the last separator, if there was one. */
		if (i == 0)
			flush(p);
		p->pending = s->terminator;
	}
	return 0;
}

int
hint_print(struct buffer *out, const char *hint, struct ber_bytes octets)
{
	struct print p = { .out = out, .rest = octets };
	struct spec s = { .width = 0 };
	size_t before;

	if (parse_spec(hint, &s) == NULL)
		return -1;
	while (p.rest.size > 0) {
		before = p.rest.size;
		/* What is left over at the end is for the last one. */
		if (*hint != '\0')
			hint = parse_spec(hint, &s);
		if (hint == NULL || apply_all(&p, &s) != 0)
			return -1;
		if (*hint == '\0' && p.rest.size == before)
			return -1;
	}
	return buffer_failed(out) || out->size > FARM_TEXT_MAX ? -1 : 0;
}

int
hint_decimals(const char *hint)
{
	if (strncmp(hint, "d-", 2) != 0 || !is_digit(hint[2]))
		return 0;
	if (hint[3] == '\0')
		return hint[2] - '0';
	if (hint[2] == '1' && is_digit(hint[3]) && hint[4] == '\0')
		return 10 + hint[3] - '0';
	return 0;
}
