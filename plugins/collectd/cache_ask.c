/* cache_ask.c - what the cache knows of a series. */
#include "cache_entry.h"

/* More than anybody can look back on. */
#define ROUNDS_MAX 100000

static void *
copy_of(const void *from, size_t n, size_t size)
{
	void *copy = calloc(n, size);

	if (copy != NULL)
		memcpy(copy, from, n * size);
	return copy;
}

int
uc_get_rate_by_name(
    const char *name, gauge_t **ret_values, size_t *ret_values_num)
{
	struct cache_entry *e;
	gauge_t *rates = NULL;
	size_t n = 0;

	cache_lock();
	e = cache_find(name);
	if (e != NULL && e->state != STATE_MISSING) {
		n = e->n;
		rates = copy_of(e->rates, n, sizeof(*rates));
	}
	cache_unlock();
	if (rates == NULL)
		return -1;
	*ret_values = rates;
	*ret_values_num = n;
	return 0;
}

int
uc_get_value_by_name(
    const char *name, value_t **ret_values, size_t *ret_values_num)
{
	struct cache_entry *e;
	value_t *values = NULL;
	size_t n = 0;

	cache_lock();
	e = cache_find(name);
	if (e != NULL && e->state != STATE_MISSING) {
		n = e->n;
		values = copy_of(e->values, n, sizeof(*values));
	}
	cache_unlock();
	if (values == NULL)
		return -1;
	*ret_values = values;
	*ret_values_num = n;
	return 0;
}

gauge_t *
uc_get_rate(const data_set_t *ds, const value_list_t *vl)
{
	char name[CACHE_NAME_MAX];
	gauge_t *rates = NULL;
	size_t n = 0;

	if (FORMAT_VL(name, sizeof(name), vl) != 0 ||
	    uc_get_rate_by_name(name, &rates, &n) != 0)
		return NULL;
	/* Its type has changed since. */
	if (n != ds->ds_num) {
		free(rates);
		return NULL;
	}
	return rates;
}

value_t *
uc_get_value(const data_set_t *ds, const value_list_t *vl)
{
	char name[CACHE_NAME_MAX];
	value_t *values = NULL;
	size_t n = 0;

	if (FORMAT_VL(name, sizeof(name), vl) != 0 ||
	    uc_get_value_by_name(name, &values, &n) != 0)
		return NULL;
	if (n != ds->ds_num) {
		free(values);
		return NULL;
	}
	return values;
}

int
uc_get_names(char ***ret_names, cdtime_t **ret_times, size_t *ret_number)
{
	char **names = NULL;
	c_avl_iterator_t *iter;
	cdtime_t *times;
	void *key, *entry;
	size_t n = 0;
	int status = 0;

	if (ret_names == NULL || ret_number == NULL)
		return -1;
	cache_lock();
	iter = cache_iterate();
	times = calloc(cache_size() + 1, sizeof(*times));
	while (times != NULL && status == 0 &&
	       c_avl_iterator_next(iter, &key, &entry) == 0) {
		if (((struct cache_entry *)entry)->state == STATE_MISSING)
			continue;
		times[n] = ((struct cache_entry *)entry)->time;
		status = strarray_add(&names, &n, key);
	}
	c_avl_iterator_destroy(iter);
	cache_unlock();
	if (times == NULL || status != 0) {
		strarray_free(names, n);
		free(times);
		return -ENOMEM;
	}
	*ret_names = names;
	*ret_number = n;
	if (ret_times != NULL)
		*ret_times = times;
	else
		free(times);
	return 0;
}

/* Make the ring that long: what it has at its end, before it nothing. */
static int
lengthen(struct cache_entry *e, size_t rounds)
{
	size_t i, old = e->rounds, from;
	gauge_t *ring;

	ring = calloc(rounds * e->n, sizeof(*ring));
	if (ring == NULL)
		return -1;
	for (i = 0; i < (rounds - old) * e->n; i++)
		ring[i] = NAN;
	for (i = 0; i < old; i++) {
		from = (e->next_round + i) % old;
		memcpy(ring + (rounds - old + i) * e->n,
		    e->history + from * e->n, e->n * sizeof(*ring));
	}
	free(e->history);
	e->history = ring;
	e->rounds = rounds;
	e->next_round = 0;
	return 0;
}

int
uc_get_history_by_name(
    const char *name, gauge_t *ret_history, size_t num_steps, size_t num_ds)
{
	struct cache_entry *e;
	size_t i, round;
	int status = -1;

	cache_lock();
	e = cache_find(name);
	if (e != NULL && num_ds == e->n && num_steps <= ROUNDS_MAX)
		status = num_steps <= e->rounds ? 0 : lengthen(e, num_steps);
	/* The newest first. */
	for (i = 0; status == 0 && i < num_steps; i++) {
		round = (e->next_round + e->rounds - 1 - i) % e->rounds;
		memcpy(ret_history + i * num_ds, e->history + round * e->n,
		    num_ds * sizeof(*ret_history));
	}
	cache_unlock();
	return status;
}

int
uc_get_history(const data_set_t *ds, const value_list_t *vl,
    gauge_t *ret_history, size_t num_steps, size_t num_ds)
{
	char name[CACHE_NAME_MAX];

	(void)ds;
	if (FORMAT_VL(name, sizeof(name), vl) != 0)
		return -1;
	return uc_get_history_by_name(name, ret_history, num_steps, num_ds);
}
