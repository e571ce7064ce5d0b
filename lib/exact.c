#include "exact.h"

#include <math.h>
#include <string.h>

#define DIGIT_BITS 32
#define DIGIT_MASK UINT64_C(0xffffffff)
/* Each addition adds less than 2^32 to a digit. */
#define PENDING_MAX (UINT64_C(1) << 30)
#define LOWEST_EXPONENT (-1074)
#define FRACTION_BITS 52

void
exact_settle(struct exact *e)
{
	int64_t carry = 0;

	for (int i = 0; i < EXACT_DIGITS - 1; i++) {
		int64_t digit = e->digits[i] + carry;

		e->digits[i] = (int64_t)((uint64_t)digit & DIGIT_MASK);
		carry = (digit - e->digits[i]) / ((int64_t)DIGIT_MASK + 1);
	}
	e->digits[EXACT_DIGITS - 1] += carry;
	e->pending = 0;
}

void
exact_add(struct exact *e, double number)
{
	unsigned __int128 wide;
	uint64_t bits, fraction;
	unsigned exponent;
	int64_t *digit;

	memcpy(&bits, &number, sizeof(bits));
	exponent = (unsigned)(bits >> FRACTION_BITS & 0x7ff);
	fraction = bits & ((UINT64_C(1) << FRACTION_BITS) - 1);
	if (exponent > 0) {
		fraction |= UINT64_C(1) << FRACTION_BITS;
		exponent--;
	}
	wide = (unsigned __int128)fraction << exponent % DIGIT_BITS;
	digit = &e->digits[exponent / DIGIT_BITS];
	for (int i = 0; i < 3; i++, wide >>= DIGIT_BITS) {
		int64_t part = (int64_t)((uint64_t)wide & DIGIT_MASK);

		digit[i] += bits >> 63 ? -part : part;
	}
	if (++e->pending >= PENDING_MAX)
		exact_settle(e);
}

void
exact_merge(struct exact *e, const struct exact *other)
{
	struct exact settled = *other;

	exact_settle(&settled);
	for (int i = 0; i < EXACT_DIGITS; i++)
		e->digits[i] += settled.digits[i];
	if (++e->pending >= PENDING_MAX)
		exact_settle(e);
}

/* 64 bits from the highest that is set on; the lowest of them also stands for
   all below, which is enough to round by. */
static uint64_t
highest_bits(const struct exact *e, int *ret_exponent)
{
	unsigned __int128 wide = 0;
	int i, shift = 0;
	uint64_t top;

	for (i = EXACT_DIGITS - 1; i > 2 && e->digits[i] == 0; i--)
		;
	for (int k = 0; k < 3; k++)
		wide = wide << DIGIT_BITS | (uint64_t)e->digits[i - k];
	while (wide != 0 && wide >> 127 == 0) {
		wide <<= 1;
		shift++;
	}
	top = (uint64_t)(wide >> 64);
	if ((uint64_t)wide != 0)
		top |= 1;
	for (int k = i - 3; k >= 0; k--)
		if (e->digits[k] != 0)
			top |= 1;
	*ret_exponent = LOWEST_EXPONENT + DIGIT_BITS * (i - 2) + 64 - shift;
	return top;
}

int
exact_magnitude(const struct exact *e, struct exact *ret)
{
	*ret = *e;
	exact_settle(ret);
	if (ret->digits[EXACT_DIGITS - 1] >= 0)
		return 1;
	for (int i = 0; i < EXACT_DIGITS; i++)
		ret->digits[i] = -ret->digits[i];
	exact_settle(ret);
	return -1;
}

double
exact_sum(const struct exact *e)
{
	struct exact magnitude;
	int sign = exact_magnitude(e, &magnitude);
	int exponent;
	uint64_t top = highest_bits(&magnitude, &exponent);

	return sign * ldexp((double)top, exponent);
}
