#include "uses.h"

#include <stdlib.h>
#include <string.h>

void
uses_init(struct uses *u)
{
	pthread_mutex_init(&u->lock, NULL);
}

void
uses_destroy(struct uses *u)
{
	pthread_mutex_destroy(&u->lock);
	free(u->counts);
}

static int
have_room(struct uses *u, uint32_t series)
{
	size_t n = u->n < 64 ? 64 : u->n;
	uint32_t *counts;

	if (series < u->n)
		return 0;
	while (n <= series)
		n *= 2;
	counts = realloc(u->counts, n * sizeof(*counts));
	if (counts == NULL)
		return -1;
	memset(counts + u->n, 0, (n - u->n) * sizeof(*counts));
	u->counts = counts;
	u->n = n;
	return 0;
}

uint32_t
uses_take(struct uses *u, struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec)
{
	uint32_t series;

	pthread_mutex_lock(&u->lock);
	series = host->ops->series(host, target, spec);
	if (series != 0 && have_room(u, series) != 0) {
		farm_fail(host, "out of memory");
		series = 0;
	}
	if (series != 0)
		u->counts[series]++;
	pthread_mutex_unlock(&u->lock);
	return series;
}

void
uses_give(struct uses *u, struct farm_host *host, uint32_t series)
{
	if (series == 0)
		return;
	pthread_mutex_lock(&u->lock);
	if (--u->counts[series] == 0)
		farm_release(host, series);
	pthread_mutex_unlock(&u->lock);
}
