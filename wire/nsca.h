/*
 * nsca.h - NSCA's packets, version 3: the server greets with 128 bytes and its
 * clock, a client sends a packet of fixed size for each passive result, mixed
 * as nsca_mix.h says.
 *
 * Pure functions, no malloc.
 */
#ifndef WIRE_NSCA_H
#define WIRE_NSCA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define NSCA_IV_SIZE 128
#define NSCA_GREETING_SIZE (NSCA_IV_SIZE + 4)
#define NSCA_PACKET_SIZE 4304
/* With their NULs. */
#define NSCA_HOST_SIZE 64
#define NSCA_SERVICE_SIZE 128
#define NSCA_OUTPUT_SIZE 4096

struct nsca_result {
	uint32_t time_s;
	int16_t state;
	char host[NSCA_HOST_SIZE];
	char service[NSCA_SERVICE_SIZE]; /* "": of the host itself */
	char output[NSCA_OUTPUT_SIZE];
};

void nsca_greet(uint8_t ret[NSCA_GREETING_SIZE],
    const uint8_t iv[NSCA_IV_SIZE], uint32_t time_s);
/* All of the packet is written; what is behind the texts is zeros. */
void nsca_encode(uint8_t ret[NSCA_PACKET_SIZE], const struct nsca_result *);
/* -1 if it is none, or its sum is wrong: then the password or the method may
   be. */
int nsca_decode(const uint8_t packet[NSCA_PACKET_SIZE],
    struct nsca_result *ret, struct error *);

#endif
