/* cache_walk.c - all series, one after the other.  The cache is locked from
   uc_get_iterator() to uc_iterator_destroy(), as the header says. */
#include "cache_entry.h"

struct uc_iter_s {
	c_avl_iterator_t *in;
	struct cache_entry *at; /* NULL: before the first, or behind the last */
};

uc_iter_t *
uc_get_iterator(void)
{
	uc_iter_t *iter;

	if (uc_init() != 0)
		return NULL;
	iter = calloc(1, sizeof(*iter));
	if (iter == NULL)
		return NULL;
	cache_lock();
	iter->in = cache_iterate();
	if (iter->in == NULL) {
		cache_unlock();
		free(iter);
		return NULL;
	}
	return iter;
}

void
uc_iterator_destroy(uc_iter_t *iter)
{
	if (iter == NULL)
		return;
	c_avl_iterator_destroy(iter->in);
	free(iter);
	cache_unlock();
}

/* The name is ours, whatever the header says: collectd's plugins know. */
int
uc_iterator_next(uc_iter_t *iter, char **ret_name)
{
	void *key, *entry;

	if (iter == NULL)
		return -1;
	do {
		iter->at = NULL;
		if (c_avl_iterator_next(iter->in, &key, &entry) != 0)
			return -1;
		iter->at = entry;
	} while (iter->at->state == STATE_MISSING);
	if (ret_name != NULL)
		*ret_name = key;
	return 0;
}

int
uc_iterator_get_time(uc_iter_t *iter, cdtime_t *ret_time)
{
	if (iter == NULL || iter->at == NULL || ret_time == NULL)
		return -1;
	*ret_time = iter->at->time;
	return 0;
}

int
uc_iterator_get_interval(uc_iter_t *iter, cdtime_t *ret_interval)
{
	if (iter == NULL || iter->at == NULL || ret_interval == NULL)
		return -1;
	*ret_interval = iter->at->interval;
	return 0;
}

int
uc_iterator_get_values(uc_iter_t *iter, value_t **ret_values, size_t *ret_num)
{
	value_t *copy;

	if (iter == NULL || iter->at == NULL || ret_values == NULL ||
	    ret_num == NULL)
		return -1;
	copy = calloc(iter->at->n, sizeof(*copy));
	if (copy == NULL)
		return -1;
	memcpy(copy, iter->at->values, iter->at->n * sizeof(*copy));
	*ret_values = copy;
	*ret_num = iter->at->n;
	return 0;
}

/* A copy for the caller; NULL if there is none. */
int
uc_iterator_get_meta(uc_iter_t *iter, meta_data_t **ret_meta)
{
	if (iter == NULL || iter->at == NULL || ret_meta == NULL)
		return -1;
	*ret_meta = meta_data_clone(iter->at->meta);
	return iter->at->meta != NULL && *ret_meta == NULL ? -1 : 0;
}
