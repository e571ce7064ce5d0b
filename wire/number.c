#include "number.h"

#include <math.h>
#include <stdlib.h>

bool
number_parse(struct slice s, double *ret)
{
	char text[NUMBER_MAX + 1], *end;
	double n;

	if (s.length == 0 || s.length > NUMBER_MAX)
		return false;
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
