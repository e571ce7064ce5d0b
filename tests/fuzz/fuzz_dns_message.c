/* Answers of name servers, of each type. */
#include "message.h"

#include <arpa/nameser.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int types[] = { ns_t_a, ns_t_aaaa, ns_t_mx, ns_t_ns,
		ns_t_soa, ns_t_srv, ns_t_txt };
	struct buffer out = BUFFER_INIT;
	struct message m;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		buffer_clear(&out);
		(void)message_read(&m, &out, data, size, types[i], NULL);
	}
	buffer_free(&out);
	return 0;
}
