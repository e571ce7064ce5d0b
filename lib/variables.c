#include "variables.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Quoted in a message at most. */
#define SHOWN_MAX 60

static size_t
name_length(const char *text, size_t length)
{
	size_t n = 0;

	if (length > 0 && isdigit((unsigned char)text[0]))
		return 0;
	while (
	    n < length && (isalnum((unsigned char)text[n]) || text[n] == '_'))
		n++;
	return n;
}

/* The value of a variable whose name does not end in NUL. */
static int
value_of(const char *name, size_t length, const char **ret, struct error *err)
{
	char *copy;

	copy = strndup(name, length);
	if (copy == NULL)
		return error_set(err, "out of memory");
	*ret = getenv(copy);
	free(copy);
	return 0;
}

/* What stands between the braces: NAME or NAME:-default. */
static int
replace(struct buffer *to, const char *text, size_t length, struct error *err)
{
	size_t n = name_length(text, length);
	bool has_default = length >= n + 2 && memcmp(text + n, ":-", 2) == 0;
	const char *value = NULL;

	if (n == 0 || (n != length && !has_default))
		return error_set(err,
		    "\"${%.*s}\" is neither ${NAME} nor "
		    "${NAME:-default}; a dollar sign is written $$",
		    (int)(length < SHOWN_MAX ? length : SHOWN_MAX), text);
	if (value_of(text, n, &value, err) != 0)
		return -1;
	if (has_default && (value == NULL || *value == '\0'))
		buffer_put(to, text + n + 2, length - n - 2);
	else if (value != NULL)
		buffer_puts(to, value);
	else
		return error_set(err,
		    "the variable %.*s is not set and has no "
		    "default (${%.*s:-default})",
		    (int)n, text, (int)n, text);
	return 0;
}

int
variables_expand(
    struct buffer *to, const char *text, size_t length, struct error *err)
{
	const char *end = text + length, *dollar, *close;

	while ((dollar = memchr(text, '$', (size_t)(end - text))) != NULL) {
		buffer_put(to, text, (size_t)(dollar - text));
		text = dollar + 1;
		if (text < end && *text == '{') {
			text++;
			close = memchr(text, '}', (size_t)(end - text));
			if (close == NULL)
				return error_set(err,
				    "a \"${\" without its \"}\"; a dollar sign "
				    "is written $$");
			if (replace(to, text, (size_t)(close - text), err) != 0)
				return -1;
			text = close + 1;
			continue;
		}
		if (text < end && *text == '$')
			text++;
		buffer_putc(to, '$');
	}
	buffer_put(to, text, (size_t)(end - text));
	return 0;
}
