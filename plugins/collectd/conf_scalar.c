/* conf_scalar.c - what a bare word of collectd.conf is. */
#include "conf_item.h"

int
conf_boolean(const char *text, size_t length)
{
	static const struct {
		const char *word;
		int value;
	} words[] = { { "true", 1 }, { "yes", 1 }, { "on", 1 }, { "false", 0 },
		{ "no", 0 }, { "off", 0 } };
	size_t i;

	for (i = 0; i < STATIC_ARRAY_SIZE(words); i++)
		if (strlen(words[i].word) == length &&
		    memcmp(words[i].word, text, length) == 0)
			return words[i].value;
	return -1;
}

static size_t
digits(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length && isdigit((unsigned char)text[n]))
		n++;
	return n;
}

static bool
is_hex(const char *text, size_t length)
{
	size_t n = 2;

	if (length < 3 || text[0] != '0' || text[1] != 'x')
		return false;
	while (n < length && isxdigit((unsigned char)text[n]))
		n++;
	return n == length;
}

/* "1e3" is a word for collectd: an exponent needs a point or a sign. */
static bool
is_exponent(const char *text, size_t length, bool point)
{
	size_t sign;

	if (length < 2 || (text[0] != 'e' && text[0] != 'E'))
		return false;
	sign = text[1] == '+' || text[1] == '-';
	if (!point && sign == 0)
		return false;
	return length > 1 + sign &&
	       digits(text + 1 + sign, length - 1 - sign) == length - 1 - sign;
}

static bool
is_decimal(const char *text, size_t length)
{
	size_t at = 0, whole, fraction = 0;
	bool point;

	if (length > 0 && (text[0] == '+' || text[0] == '-'))
		at++;
	at += whole = digits(text + at, length - at);
	point = at < length && text[at] == '.';
	if (point) {
		at++;
		at += fraction = digits(text + at, length - at);
	}
	if (whole + fraction == 0)
		return false;
	return at == length || is_exponent(text + at, length - at, point);
}

bool
conf_number(const char *text, size_t length, double *ret)
{
	char *copy;

	if (!is_hex(text, length) && !is_decimal(text, length))
		return false;
	copy = sstrndup(text, length);
	*ret = strtod(copy, NULL);
	free(copy);
	return true;
}
