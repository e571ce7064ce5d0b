/*
 * value.h - a value as a number.
 */
#ifndef LIB_VALUE_H
#define LIB_VALUE_H

#include <stdbool.h>

#include <farm/result.h>

/*
 * Integers as the nearest double, a boolean as 0 or 1.  False for a text, for
 * nothing, and for what is no number (NaN).
 */
bool value_number(const struct farm_value *, double *ret);
/* A counter's value: an integer if it is whole, as rates need it. */
struct farm_value value_counted(double number);

#endif
