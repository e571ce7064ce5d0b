#include "fields.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ulm.h"

/* A double of 309 digits, with as many as a precision may ask for. */
#define NUMBER_BYTES 512
#define WIDTH_MAX 99

/* A va_list that functions can take from in turn. */
struct arguments {
	va_list list;
};

/* "%-8.3lld" */
struct conversion {
	char text[16];
	char length; /* 0, 'H' (hh), 'h', 'l', 'q' (ll), 'z', 'j', 't', 'L' */
	char type;
	int precision; /* -1: none */
};

static int
bad_format(const char *format, struct error *err)
{
	return error_set(err,
	    "\"%.*s\" is no word and no single conversion of printf()",
	    (int)strcspn(format, " \t"), format);
}

/* Up to two digits; -1 if there are more. */
static int
small_number(const char **p)
{
	int n = 0;

	for (; **p >= '0' && **p <= '9'; ++*p) {
		n = 10 * n + (**p - '0');
		if (n > WIDTH_MAX)
			return -1;
	}
	return n;
}

static char
take_length(const char **p)
{
	char c = **p;

	if (c == '\0' || strchr("hlzjtL", c) == NULL)
		return 0;
	++*p;
	if (**p != c || (c != 'h' && c != 'l'))
		return c;
	++*p;
	return c == 'h' ? 'H' : 'q';
}

static bool
is_real(char type)
{
	return strchr("fFeEgGaA", type) != NULL;
}

/* Only what the standard gives a meaning. */
static bool
fits_together(char length, char type)
{
	if (length == 0)
		return true;
	if (is_real(type))
		return length == 'l' || length == 'L';
	return length != 'L' && type != 's' && type != 'c';
}

/* The conversion that `format' begins with; what is behind it, or NULL. */
static const char *
take_conversion(const char *format, struct conversion *ret)
{
	const char *p = format + 1;

	ret->precision = -1;
	p += strspn(p, "-+ #0");
	if (small_number(&p) < 0)
		return NULL;
	if (*p == '.') {
		p++;
		ret->precision = small_number(&p);
		if (ret->precision < 0)
			return NULL;
	}
	ret->length = take_length(&p);
	if (*p == '\0' || strchr("diouxXcsfFeEgGaA", *p) == NULL ||
	    !fits_together(ret->length, *p) ||
	    (size_t)(p + 1 - format) >= sizeof(ret->text))
		return NULL;
	ret->type = *p++;
	memcpy(ret->text, format, (size_t)(p - format));
	ret->text[p - format] = '\0';
	return p;
}

#pragma GCC diagnostic push
/* The format was the caller's, whose compiler has checked it. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static int
print_number(char *to, const struct conversion *c, struct arguments *a)
{
	if (is_real(c->type))
		return c->length == 'L' ? snprintf(to, NUMBER_BYTES, c->text,
					      va_arg(a->list, long double))
					: snprintf(to, NUMBER_BYTES, c->text,
					      va_arg(a->list, double));
	switch (c->length) {
	case 'l':
		return snprintf(
		    to, NUMBER_BYTES, c->text, va_arg(a->list, long));
	case 'q':
		return snprintf(
		    to, NUMBER_BYTES, c->text, va_arg(a->list, long long));
	case 'z':
		return snprintf(
		    to, NUMBER_BYTES, c->text, va_arg(a->list, size_t));
	case 'j':
		return snprintf(
		    to, NUMBER_BYTES, c->text, va_arg(a->list, intmax_t));
	case 't':
		return snprintf(
		    to, NUMBER_BYTES, c->text, va_arg(a->list, ptrdiff_t));
	default:
		return snprintf(
		    to, NUMBER_BYTES, c->text, va_arg(a->list, int));
	}
}

#pragma GCC diagnostic pop

static struct slice
text_of(const struct conversion *c, struct arguments *a)
{
	const char *text = va_arg(a->list, const char *);

	if (text == NULL)
		text = "(null)";
	return (struct slice){ text,
		c->precision < 0 ? strlen(text)
				 : strnlen(text, (size_t)c->precision) };
}

static int
put_converted(struct buffer *line, struct slice name,
    const struct conversion *c, struct arguments *a, struct error *err)
{
	char number[NUMBER_BYTES];
	struct slice value = { number, 0 };
	int n;

	if (c->type == 's') {
		value = text_of(c, a);
	} else {
		n = print_number(number, c, a);
		if (n < 0 || n >= NUMBER_BYTES)
			return error_set(err, "%s: too long", c->text);
		/* The program's locale is none of the reader's. */
		for (char *p = number; is_real(c->type) && *p != '\0'; p++)
			if (*p == ',')
				*p = '.';
		/* Blanks of a width are no part of the value. */
		for (; n > 0 && *value.text == ' '; n--)
			value.text++;
		for (; n > 0 && value.text[n - 1] == ' '; n--)
			;
		value.length = (size_t)n;
	}
	return ulm_put(line, name, value, err);
}

int
fields_put(
    struct buffer *line, const char *format, va_list list, struct error *err)
{
	struct conversion c;
	struct arguments a;
	struct slice name, word;
	int status = 0;

	va_copy(a.list, list);
	while (status == 0 && *(format += strspn(format, " \t")) != '\0') {
		name = (struct slice){ format, strcspn(format, "= \t%") };
		if (format[name.length] != '=') {
			status = bad_format(format, err);
			break;
		}
		format += name.length + 1;
		word = (struct slice){ format, strcspn(format, " \t") };
		if (memchr(word.text, '%', word.length) == NULL) {
			format += word.length;
			status = ulm_put(line, name, word, err);
			continue;
		}
		format = *format == '%' ? take_conversion(format, &c) : NULL;
		if (format == NULL || format != word.text + word.length)
			status = bad_format(name.text, err);
		else
			status = put_converted(line, name, &c, &a, err);
	}
	va_end(a.list);
	return status;
}
