/* Packets from the network: the first byte says which kind of socket. */
#include "packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum reason reason = REASON_NONE;
	struct cookie cookie;

	if (size == 0)
		return 0;
	if (packet_parse(data + 1, size - 1, data[0] & 1, data[0] & 2, &cookie,
		&reason) != PACKET_OTHER)
		(void)reason_text(reason)[0];
	return 0;
}
