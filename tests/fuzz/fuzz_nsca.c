/* Packets of NSCA, mixed and not. */
#include "crc32.h"
#include "nsca_mix.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
mix(enum nsca_way way, const uint8_t *iv, uint8_t *packet)
{
	struct nsca_mixer *m = nsca_mixer_new(
	    (enum nsca_method)(iv[0] & 3), way, iv, "p", NULL);

	if (m == NULL || nsca_mix(m, packet, NULL) != 0)
		abort();
	nsca_mixer_free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t packet[NSCA_PACKET_SIZE] = { 0 }, iv[NSCA_IV_SIZE] = { 0 };
	uint8_t again[NSCA_PACKET_SIZE];
	struct nsca_result r;
	uint32_t crc;

	if (size > sizeof(packet))
		size = sizeof(packet);
	if (size > 0)
		memcpy(packet, data, size);
	memcpy(iv, packet, sizeof(iv));
	/* With a sum that is right, so that more than the sum is tried. */
	memset(packet + 4, 0, 4);
	crc = crc32_of(packet, sizeof(packet));
	for (int i = 0; i < 4; i++)
		packet[4 + i] = (uint8_t)(crc >> (24 - 8 * i));
	if (nsca_decode(packet, &r, NULL) == 0) {
		nsca_encode(again, &r);
		mix(NSCA_SENDS, iv, again);
		mix(NSCA_RECEIVES, iv, again);
		if (nsca_decode(again, &r, NULL) != 0)
			abort();
	}
	return 0;
}
