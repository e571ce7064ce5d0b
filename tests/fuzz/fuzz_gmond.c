/*
 * Datagrams: all of what is decoded is looked at; encoded again, it is what it
 * was, where it can be.
 */
#include "gmond.h"

#include <stdlib.h>

#define EXTRA_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gmond_extra extra[EXTRA_MAX];
	struct gmond_message m, again;
	struct farm_value v;
	uint8_t to[2048];
	ssize_t made;
	uint32_t n = 0;

	if (gmond_decode(data, size, &m) != GMOND_OK)
		return 0;
	again = m;
	(void)gmond_unit(m.metadata.units);
	(void)gmond_value(m.metadata.type, m.name, &v);
	if (m.n_extra > EXTRA_MAX)
		return 0;
	while (gmond_next_extra(&m, &extra[n]))
		n++;
	made = gmond_encode(&again, extra, to, sizeof(to), NULL);
	if (made > 0 && (size_t)made <= size &&
	    gmond_decode(to, (size_t)made, &m) != GMOND_OK)
		abort();
	return 0;
}
