#include "number.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* Digits that a double holds whatever they are. */
#define EXACT_DIGITS 15

/*
 * What most numbers are: few digits, maybe a point, no exponent.  Digits and
 * power of ten are doubles without error then, so one division rounds as
 * strtod() does, in a tenth of its time.
 */
static bool
parse_short(struct slice s, double *ret)
{
	static const double powers[EXACT_DIGITS + 1] = { 1, 1e1, 1e2, 1e3, 1e4,
		1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
	size_t i = s.text[0] == '-', digits = 0, behind = 0;
	bool point = false;
	int64_t n = 0;
	double number;

	for (; i < s.length; i++) {
		unsigned digit = (unsigned)(s.text[i] - '0');

		if (s.text[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (digit > 9 || ++digits > EXACT_DIGITS)
			return false;
		n = 10 * n + digit;
		behind += point;
	}
	if (digits == 0)
		return false;
	number = (double)n / powers[behind];
	*ret = s.text[0] == '-' ? -number : number;
	return true;
}

bool
number_parse(struct slice s, double *ret)
{
	char text[NUMBER_MAX + 1], *end;
	double n;

	if (s.length == 0 || s.length > NUMBER_MAX)
		return false;
	if (parse_short(s, ret))
		return true;
	memcpy(text, s.text, s.length);
	text[s.length] = '\0';
	if (strspn(text, "0123456789+-.eE") != s.length)
		return false;
	n = strtod(text, &end);
	if (end != text + s.length || !isfinite(n))
		return false;
	*ret = n;
	return true;
}
