#include "print.h"

#include <string.h>

#include "answer.h"
#include "utf8.h"

/* The bytes of the character, 0 if it is to be escaped: C0, DEL, C1. */
static size_t
harmless(const char *text, size_t left)
{
	unsigned char c = (unsigned char)text[0];
	size_t n = utf8_character(text, left);

	if (n == 0 || c < ' ' || c == 0x7f)
		return 0;
	if (n == 2 && c == 0xc2 && (unsigned char)text[1] < 0xa0)
		return 0;
	return n;
}

static void
put_escaped(struct buffer *out, unsigned char c)
{
	if (c == '\n')
		buffer_puts(out, "\\n");
	else if (c == '\r')
		buffer_puts(out, "\\r");
	else if (c == '\t')
		buffer_puts(out, "\\t");
	else
		buffer_printf(out, "\\x%02x", c);
}

static void
put_quoted(struct buffer *out, const char *text, size_t size)
{
	size_t i, n;

	buffer_putc(out, '"');
	for (i = 0; i < size; i += n) {
		n = harmless(text + i, size - i);
		if (n == 0) {
			put_escaped(out, (unsigned char)text[i]);
			n = 1;
			continue;
		}
		if (text[i] == '"' || text[i] == '\\')
			buffer_putc(out, '\\');
		buffer_put(out, text + i, n);
	}
	buffer_putc(out, '"');
}

static bool
is_hex(const char *text)
{
	return strncmp(text, "0x", 2) == 0;
}

void
print_value(struct buffer *out, const json_t *value, bool numeric)
{
	const json_t *shown = json_object_get(value, numeric ? "raw" : "value");
	const char *type = answer_text(value, "type");
	const char *text = json_string_value(shown);
	bool quoted = strcmp(type, "octets") == 0;

	buffer_printf(
	    out, "%s = ", answer_text(value, numeric ? "oid" : "name"));
	if (json_is_null(json_object_get(value, "value")))
		buffer_puts(out, type);
	else if (text == NULL)
		answer_scalar(out, shown);
	else if (quoted && !is_hex(text))
		put_quoted(out, text, json_string_length(shown));
	else
		print_cell(out, text);
	buffer_putc(out, '\n');
}

void
print_cell(struct buffer *out, const char *text)
{
	size_t i, n, size = strlen(text);

	for (i = 0; i < size; i += n) {
		n = harmless(text + i, size - i);
		if (n > 0)
			buffer_put(out, text + i, n);
		else
			buffer_putc(out, ' ');
		n += n == 0;
	}
}
