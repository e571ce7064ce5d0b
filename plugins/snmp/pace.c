#include "pace.h"

#include "clock.h"

/*
 * The grace of an agent of which nothing is known, and the longest: the window
 * bounds what may come in at once, and a slow agent's answer does not come
 * now.
 */
#define GRACE_MAX_NS (50 * NS_PER_MS)
#define GRACE_MIN_NS (5 * NS_PER_MS)

void
pace_learn(struct agent *a, int64_t rtt_ns)
{
	int64_t off_ns;

	if (rtt_ns < 1)
		rtt_ns = 1; /* 0 is: unknown */
	if (a->srtt_ns == 0) {
		a->srtt_ns = rtt_ns;
		a->rttvar_ns = rtt_ns / 2;
		return;
	}
	off_ns = a->srtt_ns - rtt_ns;
	if (off_ns < 0)
		off_ns = -off_ns;
	a->rttvar_ns += (off_ns - a->rttvar_ns) / 4;
	a->srtt_ns += (rtt_ns - a->srtt_ns) / 8;
}

int64_t
pace_timeout(const struct exchange_options *o, const struct agent *a,
    int before, bool last)
{
	int64_t ns = a->srtt_ns + 4 * a->rttvar_ns;

	if (last || a->srtt_ns == 0)
		return o->timeout_ns;
	if (ns < o->timeout_min_ns)
		ns = o->timeout_min_ns;
	for (; before > 0 && ns < o->timeout_ns; before--)
		ns *= 2;
	return ns < o->timeout_ns ? ns : o->timeout_ns;
}

int64_t
pace_grace(const struct agent *a)
{
	int64_t ns = 4 * a->srtt_ns;

	if (a->srtt_ns == 0 || ns > GRACE_MAX_NS)
		return GRACE_MAX_NS;
	return ns > GRACE_MIN_NS ? ns : GRACE_MIN_NS;
}
