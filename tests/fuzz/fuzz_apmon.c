/*
 * Datagrams: all of what is decoded is looked at, and encoded again where it
 * can be.
 */
#include "apmon.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct apmon_sender sender = { .instance = 1 };
	struct apmon_parameter p;
	struct apmon_message m;
	struct apmon_datagram d;
	uint8_t to[256];
	size_t next;

	if (apmon_decode(data, size, &d) != APMON_OK)
		return 0;
	while (apmon_next(&d, &p)) {
		m = (struct apmon_message){ d.cluster, d.node, &p, 1, 1 };
		next = 0;
		if (apmon_encode(&sender, &m, &next, to, sizeof(to), NULL) >
			0 &&
		    next != 1)
			abort();
	}
	return 0;
}
