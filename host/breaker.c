#include "breaker.h"

/* Doubling further would pass the longest wait from any interval. */
#define DOUBLINGS_MAX 24

void
breaker_success(struct breaker *b)
{
	*b = (struct breaker){ .failures = 0 };
}

void
breaker_failure(struct breaker *b, int64_t mono_ns, int64_t interval_ns)
{
	int64_t longest = BREAKER_WAIT_MAX_NS;
	int64_t wait = interval_ns;
	uint32_t doublings;

	if (interval_ns > longest)
		longest = interval_ns;
	if (b->failures < UINT32_MAX)
		b->failures++;
	if (b->failures < BREAKER_TOLERANCE)
		return;

	doublings = b->failures - BREAKER_TOLERANCE + 1;
	if (doublings > DOUBLINGS_MAX)
		doublings = DOUBLINGS_MAX;
	while (doublings-- > 0 && wait < longest)
		wait *= 2;
	b->until_mono_ns = mono_ns + (wait < longest ? wait : longest);
}

bool
breaker_is_open(const struct breaker *b, int64_t mono_ns)
{
	return mono_ns < b->until_mono_ns;
}
