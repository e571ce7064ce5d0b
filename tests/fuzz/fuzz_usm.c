/* Security parameters of a v3 message, valid or not. */
#include "usm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snmp_message m = { .version = SNMP_V3,
		.security_model = SNMP_USM,
		.security = ber_reader(data, size) };
	struct usm_parameters p;
	struct error err;

	if (usm_decode(&m, &p, &err) == 0)
		(void)usm_engine_id_valid(p.engine_id);
	return 0;
}
