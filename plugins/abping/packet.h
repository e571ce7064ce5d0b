/*
 * packet.h - MonALISA's ABPing on the wire: a byte that says what it is, a
 * number of two bytes, least first, and zeros.  Pure functions over bytes.
 */
#ifndef ABPING_PACKET_H
#define ABPING_PACKET_H

#include <stddef.h>
#include <stdint.h>

enum packet { PACKET_OTHER = 0, PACKET_REPLY = 45, PACKET_REQUEST = 123 };

/* Kind and number; what is shorter is none of ours. */
#define PACKET_MIN 3
/* What fits a frame of Ethernet. */
#define PACKET_MAX 1472
/* Numbers are below. */
#define PACKET_NUMBERS 1000

/* Fills all `size' bytes, PACKET_MIN at least. */
void packet_build(uint8_t *bytes, size_t size, enum packet, uint16_t number);
/* What it is, and its number; untouched if it is none of ours. */
enum packet packet_parse(const uint8_t *bytes, size_t size,
    uint16_t *ret_number);

#endif
