/* Scripts of any bytes: they may do what they like, but not outlast their
   budget or leave their memory. */
#include <stdint.h>
#include <stdlib.h>

#include "sandbox.h"
#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sandbox_limits limits = {
		.memory = 1 << 20,
		.budget = 10000,
		.time_ns = 1000000000,
	};
	struct script script = { .cluster = "filters", .quota = 10 };
	struct sandbox *s = sandbox_new(&limits, &script);
	struct error err;

	if (s == NULL)
		abort();
	if (sandbox_run(s, script_prepare, NULL, &err) != 0)
		abort();
	if (sandbox_compile(s, (const char *)data, size, &err) == 0)
		(void)sandbox_start(s, &err);
	if (sandbox_bytes(s) > limits.memory)
		abort();
	sandbox_free(s);
	return 0;
}
