#include "ganglia_xml.h"

#include <ctype.h>

#include "utf8.h"

/* "&#x10FFFF;" */
#define REFERENCE_MAX 10
#define REPLACEMENT 0xfffd

static void
put_utf8(struct buffer *b, uint32_t c)
{
	if (c < 0x80) {
		buffer_putc(b, (char)c);
	} else if (c < 0x800) {
		buffer_putc(b, (char)(0xc0 | c >> 6));
		buffer_putc(b, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buffer_putc(b, (char)(0xe0 | c >> 12));
		buffer_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buffer_putc(b, (char)(0x80 | (c & 0x3f)));
	} else {
		buffer_putc(b, (char)(0xf0 | c >> 18));
		buffer_putc(b, (char)(0x80 | (c >> 12 & 0x3f)));
		buffer_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buffer_putc(b, (char)(0x80 | (c & 0x3f)));
	}
}

static bool
is_character(uint32_t c)
{
	return c > 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

/* The digits of &#233; or &#xe9; */
static bool
number_of(struct slice digits, uint32_t *ret)
{
	bool hex = digits.length > 1 && digits.text[0] == 'x';
	uint32_t n = 0;
	size_t i;
	char c;

	if (digits.length == 0)
		return false;
	for (i = hex; i < digits.length; i++) {
		c = digits.text[i];
		if (c >= '0' && c <= '9')
			n = n * (hex ? 16 : 10) + (uint32_t)(c - '0');
		else if (hex && isxdigit((unsigned char)c))
			n = n * 16 + (uint32_t)((c | 0x20) - 'a') + 10;
		else
			return false;
	}
	*ret = n;
	return is_character(n);
}

/* gmond's own: one digit of up to 25, as a byte with its highest bit set, and
   one of up to 9. */
static bool
byte_of(struct slice digits, uint32_t *ret)
{
	uint32_t tens, byte;

	if (digits.length != 2 || (digits.text[0] & 0x80) == 0)
		return false;
	tens = ((uint32_t)digits.text[0] & 0x7f) - '0';
	byte = tens * 10 + (uint32_t)(digits.text[1] - '0');
	if (tens > 25 || !isdigit((unsigned char)digits.text[1]) ||
	    byte < 0x80 || byte > 0xff)
		return false;
	*ret = byte;
	return true;
}

/* Between "&" and ";"; false if it is none. */
static bool
put_reference(struct buffer *b, struct slice name)
{
	static const struct {
		const char *name;
		char c;
	} named[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' },
		{ "quot", '"' }, { "apos", '\'' } };
	uint32_t n;
	size_t i;

	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		if (!slice_is(name, named[i].name))
			continue;
		buffer_putc(b, named[i].c);
		return true;
	}
	if (name.length < 2 || name.text[0] != '#')
		return false;
	slice_skip(&name, 1);
	if (number_of(name, &n))
		put_utf8(b, n);
	else if (byte_of(name, &n))
		buffer_putc(b, (char)n);
	else
		return false;
	return true;
}

struct slice
ganglia_xml_text(struct slice value, struct buffer *room)
{
	struct slice rest = value, head;
	const char *end;
	size_t near;

	if (value.length == 0 || memchr(value.text, '&', value.length) == NULL)
		return value;
	buffer_clear(room);
	while (rest.length > 0) {
		head = slice_cut(&rest, '&');
		buffer_put(room, head.text, head.length);
		if (head.text + head.length == value.text + value.length)
			break;
		near = rest.length < REFERENCE_MAX ? rest.length
						   : REFERENCE_MAX;
		end = near == 0 ? NULL : memchr(rest.text, ';', near);
		if (end != NULL &&
		    put_reference(room, (struct slice){ rest.text,
					    (size_t)(end - rest.text) })) {
			rest.length -= (size_t)(end + 1 - rest.text);
			rest.text = end + 1;
		} else {
			buffer_putc(room, '&');
		}
	}
	return (struct slice){ buffer_text(room), room->size };
}

static uint32_t
decode_utf8(const char *text, size_t size)
{
	static const unsigned char first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)text[0] & first[size];
	size_t i;

	for (i = 1; i < size; i++)
		c = c << 6 | ((unsigned char)text[i] & 0x3f);
	return c;
}

static void
escape_character(struct buffer *b, uint32_t c)
{
	switch (c) {
	case '&':
		buffer_puts(b, "&amp;");
		break;
	case '<':
		buffer_puts(b, "&lt;");
		break;
	case '>':
		buffer_puts(b, "&gt;");
		break;
	case '"':
		buffer_puts(b, "&quot;");
		break;
	case '\'':
		buffer_puts(b, "&apos;");
		break;
	case 0xfffe:
	case 0xffff:
		buffer_printf(b, "&#%u;", REPLACEMENT);
		break;
	default:
		if (c < ' ' && c != '\t' && c != '\n' && c != '\r')
			buffer_printf(b, "&#%u;", REPLACEMENT);
		else
			buffer_printf(b, "&#%u;", c);
	}
}

/* How many characters from here on stay as they are. */
static size_t
plain_length(const char *text, const char *end)
{
	const char *at = text;

	while (at < end && *at >= ' ' && *at < 0x7f && *at != '&' &&
	       *at != '<' && *at != '>' && *at != '"' && *at != '\'')
		at++;
	return (size_t)(at - text);
}

void
ganglia_xml_escape(struct buffer *b, const char *text, size_t length)
{
	const char *end = text + length;
	size_t size;

	for (;;) {
		size = plain_length(text, end);
		buffer_put(b, text, size);
		text += size;
		if (text == end)
			break;
		size = utf8_character(text, (size_t)(end - text));
		escape_character(
		    b, size == 0 ? REPLACEMENT : decode_utf8(text, size));
		text += size == 0 ? 1 : size;
	}
}

void
ganglia_xml_attribute(
    struct buffer *b, const char *name, const char *value, size_t length)
{
	buffer_putc(b, ' ');
	buffer_puts(b, name);
	buffer_puts(b, "=\"");
	ganglia_xml_escape(b, value, length);
	buffer_putc(b, '"');
}
