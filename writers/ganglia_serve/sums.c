#include "sums.h"

#include <stdlib.h>

#include "value.h"

#define TMAX_TIMES 4

bool
host_is_up(const struct host_times *times, int64_t now_ns)
{
	return seconds_since(times->reported_ns, now_ns) <=
	       (uint64_t)times->tmax * TMAX_TIMES;
}

static struct sum *
sum_of(struct sums *s, const struct table *t, struct metric *m)
{
	struct metric_name *name = m->name;
	size_t n = s->capacity == 0 ? 64 : s->capacity * 2;
	struct sum *items = s->items;

	if (name->round == t->round)
		return &s->items[name->place];
	if (s->n == s->capacity) {
		items = reallocarray(items, n, sizeof(*items));
		if (items == NULL)
			return NULL;
		s->items = items;
		s->capacity = n;
	}
	name->round = t->round;
	name->place = s->n;
	m->refs++;
	items[s->n] = (struct sum){ .metric = m, .whole = true };
	return &items[s->n++];
}

static int
add_host(struct sums *s, const struct table *t, const struct host *h)
{
	struct metric *m;
	struct sum *sum;
	double number;
	size_t i;

	for (i = 0; i < h->metrics.n; i++) {
		m = (struct metric *)h->metrics.items[i];
		if (!value_number(&m->value, &number) || metric_is_heartbeat(m))
			continue;
		sum = sum_of(s, t, m);
		if (sum == NULL)
			return -1;
		sum->total += number;
		sum->n++;
		sum->whole = sum->whole && m->value.type != FARM_DOUBLE;
	}
	return 0;
}

static int
add_cluster(struct sums *s, const struct table *t, const struct cluster *c,
    int64_t now_ns)
{
	struct host_times times;
	const struct host *h;
	size_t i;

	for (i = 0; i < c->hosts.n; i++) {
		h = (const struct host *)c->hosts.items[i];
		host_times(t, h, &times);
		if (!host_is_up(&times, now_ns)) {
			s->down++;
			continue;
		}
		s->up++;
		if (add_host(s, t, h) != 0)
			return -1;
	}
	return 0;
}

int
sums_make(
    struct sums *s, struct table *t, const struct cluster *c, int64_t now_ns)
{
	size_t i;

	t->round++;
	if (c != NULL)
		return add_cluster(s, t, c, now_ns);
	for (i = 0; i < t->clusters.n; i++)
		if (add_cluster(s, t,
			(const struct cluster *)t->clusters.items[i],
			now_ns) != 0)
			return -1;
	return 0;
}

void
sums_free(struct sums *s, struct table *t)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		table_unref(t, s->items[i].metric);
	free(s->items);
	*s = (struct sums){ .items = NULL };
}
