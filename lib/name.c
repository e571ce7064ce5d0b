#include "name.h"

#include <string.h>

#include <farm/result.h>

#include "utf8.h"

/* Bytes of a name that a message quotes at most. */
#define QUOTED_MAX 100

#define SUGGEST_EDITS 2

/* C0 and C1 controls (U+0000 to U+001F, U+007F to U+009F), `n' bytes long. */
static bool
is_control(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;

	return (n == 1 && (s[0] < 0x20 || s[0] == 0x7f)) ||
	       (n == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

static void
quote(struct buffer *b, const char *text, size_t length)
{
	size_t i, j, n;

	buffer_putc(b, '"');
	for (i = 0; i < length && i < QUOTED_MAX; i += n) {
		n = utf8_character(text + i, length - i);
		if (n > 0 && !is_control(text + i, n)) {
			buffer_put(b, text + i, n);
			continue;
		}
		n = n == 0 ? 1 : n;
		for (j = 0; j < n; j++)
			buffer_printf(b, "\\x%02x", (unsigned char)text[i + j]);
	}
	buffer_puts(b, i < length ? "...\"" : "\"");
}

/* Why the name is not one; NULL if it is. */
static const char *
why_not(const char *text, size_t length)
{
	size_t i, n;

	for (i = 0; i < length; i += n) {
		n = utf8_character(text + i, length - i);
		if (n == 0)
			return "is not UTF-8";
		if (is_control(text + i, n))
			return "holds a control character";
	}
	return NULL;
}

int
name_check(const char *what, const char *text, size_t length, struct error *err)
{
	struct buffer quoted = BUFFER_INIT;
	const char *reason;

	if (length == 0)
		return error_set(err, "the name of a %s is empty", what);
	reason = why_not(text, length);
	if (length <= FARM_NAME_MAX && reason == NULL)
		return 0;
	quote(&quoted, text, length);
	if (length > FARM_NAME_MAX)
		error_set(err,
		    "the %s name %s is %zu bytes long; at most %d fit", what,
		    buffer_text(&quoted), length, FARM_NAME_MAX);
	else
		error_set(err, "the %s name %s %s", what, buffer_text(&quoted),
		    reason);
	buffer_free(&quoted);
	return -1;
}

bool
utf8_valid(const char *text, size_t length)
{
	size_t i, n;

	for (i = 0; i < length; i += n) {
		n = utf8_character(text + i, length - i);
		if (n == 0)
			return false;
	}
	return true;
}

void
name_escape(struct buffer *b, const char *text, size_t length)
{
	size_t i;

	if (length >= 3 && memcmp(text, "re:", 3) == 0)
		buffer_putc(b, '\\');
	for (i = 0; i < length; i++) {
		if (text[i] != '\0' && strchr("/|,*%<>=\\", text[i]) != NULL)
			buffer_putc(b, '\\');
		buffer_putc(b, text[i]);
	}
}

size_t
name_unescape(char *to, const char *text, size_t length)
{
	size_t i, n = 0;

	for (i = 0; i < length; i++) {
		if (text[i] == '\\' && i + 1 < length)
			i++;
		to[n++] = text[i];
	}
	return n;
}

/*
 * Do at most `edits' edits (a character more, less, other, or two swapped)
 * make `a' of `b'?  The first difference has to be one of them.
 */
static bool
within(const char *a, const char *b, size_t edits)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return true;
	if (edits == 0)
		return false;
	edits--;
	if (*a != '\0' && within(a + 1, b, edits))
		return true;
	if (*b != '\0' && within(a, b + 1, edits))
		return true;
	if (*a == '\0' || *b == '\0')
		return false;
	if (a[0] == b[1] && a[1] == b[0] && within(a + 2, b + 2, edits))
		return true;
	return within(a + 1, b + 1, edits);
}

const char *
name_suggest(const char *text, const char *const *candidates, size_t n)
{
	size_t edits, i;

	for (edits = 0; edits <= SUGGEST_EDITS; edits++) {
		if (edits * 2 >= strlen(text))
			break;
		for (i = 0; i < n; i++)
			if (within(text, candidates[i], edits))
				return candidates[i];
	}
	return NULL;
}
