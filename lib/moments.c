#include "moments.h"

#include <math.h>

void
moments_add(struct moments *m, double number)
{
	double before = number - m->mean;

	m->n++;
	m->mean += before / (double)m->n;
	m->m2 += before * (number - m->mean);
}

void
moments_remove(struct moments *m, double number)
{
	double before = number - m->mean;

	if (m->n <= 1) {
		*m = (struct moments){ 0 };
		return;
	}
	m->n--;
	m->mean -= before / (double)m->n;
	m->m2 = fmax(m->m2 - before * (number - m->mean), 0);
}

void
moments_merge(struct moments *m, const struct moments *other)
{
	double difference = other->mean - m->mean;
	double n = (double)(m->n + other->n);

	if (other->n == 0)
		return;
	m->mean += difference * (double)other->n / n;
	m->m2 += other->m2 +
		 difference * difference * (double)m->n * (double)other->n / n;
	m->n += other->n;
}

double
moments_variance(const struct moments *m)
{
	return m->n > 1 ? m->m2 / (double)(m->n - 1) : 0;
}

double
moments_deviation(const struct moments *m)
{
	return sqrt(moments_variance(m));
}
