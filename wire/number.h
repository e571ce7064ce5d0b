/*
 * number.h - decimal numbers in the text formats: digits, a sign, a point, an
 * exponent; never "nan", "inf" or hexadecimal.
 */
#ifndef WIRE_NUMBER_H
#define WIRE_NUMBER_H

#include <stdbool.h>

#include "slice.h"

/* More digits than any has use for. */
#define NUMBER_MAX 400

/* False if it is none or beyond a double; `*ret' is untouched then. */
bool number_parse(struct slice, double *ret);

#endif
