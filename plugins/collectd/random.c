/* random.c - numbers that nobody needs to keep secret. */
#include "abi.h"

#include <stdatomic.h>
#include <sys/random.h>

/* splitmix64, of which threads share but the addition. */
#define STEP 0x9e3779b97f4a7c15u

uint32_t
cdrand_u(void)
{
	static _Atomic uint64_t state;
	uint64_t seed = 0, n;

	if (atomic_load(&state) == 0 &&
	    getrandom(&seed, sizeof(seed), 0) == sizeof(seed))
		atomic_fetch_xor(&state, seed | 1);
	n = atomic_fetch_add(&state, STEP) + STEP;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9;
	n = (n ^ n >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((n ^ n >> 31) >> 32);
}

double
cdrand_d(void)
{
	return cdrand_u() / 4294967296.0;
}

long
cdrand_range(long min, long max)
{
	unsigned long span;

	if (min >= max)
		return min;
	span = (unsigned long)max - (unsigned long)min + 1;
	if (span == 0)
		return (long)((uint64_t)cdrand_u() << 32 | cdrand_u());
	return (long)((unsigned long)min +
		      (((unsigned long)cdrand_u() << 32) | cdrand_u()) % span);
}
