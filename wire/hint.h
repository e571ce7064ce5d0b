/*
 * hint.h - DISPLAY-HINT of RFC 2579 3.1: how octets are written for people.
 */
#ifndef WIRE_HINT_H
#define WIRE_HINT_H

#include "ber.h"
#include "buffer.h"

/*
 * Octets as the hint says, "1x:" or "2d-1d-1d,1d:1d:1d.1d,1a1d:1d": hexadecimal
 * with two digits an octet, decimal and octal without leading zeros.  -1 if the
 * hint is none of octets, the text would be longer than FARM_TEXT_MAX or a
 * decimal or octal number has more than eight octets; then some of it may have
 * been put.
 */
int hint_print(struct buffer *, const char *hint, struct ber_bytes octets);
/* "d-2" of integers: 2; 0 for any other. */
int hint_decimals(const char *hint);

#endif
