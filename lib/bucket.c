#include "bucket.h"

#include "clock.h"

bool
bucket_ready(struct bucket *b, double rate, double burst, int64_t mono_ns)
{
	double gained = (double)(mono_ns - b->mono_ns) / NS_PER_S * rate;

	if (b->mono_ns == 0 || b->level + gained > burst)
		b->level = burst;
	else
		b->level += gained;
	b->mono_ns = mono_ns;
	return b->level >= 1;
}

bool
bucket_take(struct bucket *b, double rate, double burst, int64_t mono_ns)
{
	if (!bucket_ready(b, rate, burst, mono_ns))
		return false;
	b->level -= 1;
	return true;
}
