/* cache.c - the last values of every series, until they are too old. */
#include "by_name.h"
#include "cache_entry.h"

/* Intervals without a value until a series is gone. */
int timeout_g = 2;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static c_avl_tree_t *entries; /* in the order of names */
static struct by_name known;

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

void
cache_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
cache_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

struct cache_entry *
cache_find(const char *name)
{
	return by_name_get(&known, name);
}

struct cache_entry *
cache_find_vl(const value_list_t *vl)
{
	char name[CACHE_NAME_MAX];

	if (FORMAT_VL(name, sizeof(name), vl) != 0)
		return NULL;
	return cache_find(name);
}

c_avl_iterator_t *
cache_iterate(void)
{
	return c_avl_get_iterator(entries);
}

size_t
cache_size(void)
{
	return (size_t)c_avl_size(entries);
}

int
uc_init(void)
{
	int status;

	cache_lock();
	if (entries == NULL)
		entries = c_avl_create(compare);
	status = entries == NULL ? -1 : 0;
	cache_unlock();
	return status;
}

size_t
uc_get_size(void)
{
	size_t n;

	cache_lock();
	n = cache_size();
	cache_unlock();
	return n;
}

static void
free_entry(struct cache_entry *e)
{
	if (e == NULL)
		return;
	free(e->name);
	free(e->values);
	free(e->rates);
	free(e->history);
	meta_data_destroy(e->meta);
	free(e);
}

/* The rate of a series' first value: only gauges and what is reset when read
   have one. */
static gauge_t
first_rate(int type, value_t value, cdtime_t interval)
{
	if (type == DS_TYPE_GAUGE)
		return value.gauge;
	if (type == DS_TYPE_ABSOLUTE && interval > 0)
		return (gauge_t)value.absolute / CDTIME_T_TO_DOUBLE(interval);
	return NAN;
}

static gauge_t
within(gauge_t rate, const data_source_t *source)
{
	if (isnan(rate) || (!isnan(source->min) && rate < source->min) ||
	    (!isnan(source->max) && rate > source->max))
		return NAN;
	return rate;
}

static struct cache_entry *
new_entry(const char *name, const data_set_t *ds, const value_list_t *vl)
{
	struct cache_entry *e = calloc(1, sizeof(*e));
	size_t i;

	if (e == NULL)
		return NULL;
	e->n = ds->ds_num;
	e->name = strdup(name);
	e->values = calloc(e->n, sizeof(*e->values));
	e->rates = calloc(e->n, sizeof(*e->rates));
	if (e->name == NULL || e->values == NULL || e->rates == NULL) {
		free_entry(e);
		return NULL;
	}
	for (i = 0; i < e->n; i++) {
		e->values[i] = vl->values[i];
		e->rates[i] = within(
		    first_rate(ds->ds[i].type, vl->values[i], vl->interval),
		    &ds->ds[i]);
	}
	e->identity = *vl;
	e->identity.values = NULL;
	e->identity.values_len = 0;
	e->identity.meta = NULL;
	return e;
}

static void
stamp(struct cache_entry *e, const value_list_t *vl)
{
	e->time = vl->time;
	e->seen = cdtime();
	e->interval = vl->interval;
}

/* Its new rates; the history has them as they are. */
static void
advance(struct cache_entry *e, const data_set_t *ds, const value_list_t *vl)
{
	value_to_rate_state_t before = { .last_time = e->time };
	gauge_t rate;
	size_t i;

	for (i = 0; i < e->n; i++) {
		before.last_value = e->values[i];
		before.last_time = e->time;
		rate = NAN;
		(void)value_to_rate(
		    &rate, vl->values[i], ds->ds[i].type, vl->time, &before);
		if (e->rounds > 0)
			e->history[e->next_round * e->n + i] = rate;
		e->values[i] = vl->values[i];
		e->rates[i] = within(rate, &ds->ds[i]);
	}
	if (e->rounds > 0)
		e->next_round = (e->next_round + 1) % e->rounds;
}

/* Under the lock. */
static int
insert(struct cache_entry *e)
{
	if (c_avl_insert(entries, e->name, e) != 0)
		return -1;
	if (by_name_put(&known, e->name, e) == 0)
		return 0;
	c_avl_remove(entries, e->name, NULL, NULL);
	return -1;
}

/* Under the lock; 1: the series is new. */
static int
store(const char *name, const data_set_t *ds, const value_list_t *vl,
    unsigned long *ret_callbacks)
{
	struct cache_entry *e = cache_find(name);

	*ret_callbacks = 0;
	if (e == NULL) {
		e = new_entry(name, ds, vl);
		if (e == NULL || insert(e) != 0) {
			free_entry(e);
			return -ENOMEM;
		}
		stamp(e, vl);
		return 1;
	}
	if (e->n != ds->ds_num)
		return -EINVAL;
	if (vl->time <= e->time)
		return -ESTALE;
	advance(e, ds, vl);
	stamp(e, vl);
	*ret_callbacks = e->callbacks;
	return 0;
}

int
cache_update(const data_set_t *ds, const value_list_t *vl)
{
	char name[CACHE_NAME_MAX];
	unsigned long callbacks;
	int status;

	if (vl->values_len != ds->ds_num ||
	    FORMAT_VL(name, sizeof(name), vl) != 0 || uc_init() != 0)
		return -1;
	cache_lock();
	status = store(name, ds, vl, &callbacks);
	cache_unlock();
	if (status == 1)
		plugin_dispatch_cache_event(CE_VALUE_NEW, 0, name, vl);
	else if (status == 0 && callbacks != 0)
		plugin_dispatch_cache_event(
		    CE_VALUE_UPDATE, callbacks, name, vl);
	return status < 0 ? status : 0;
}

int
uc_update(const data_set_t *ds, const value_list_t *vl)
{
	int status = cache_update(ds, vl);
	char name[CACHE_NAME_MAX];

	if (status == -ESTALE && FORMAT_VL(name, sizeof(name), vl) == 0)
		plugin_log(LOG_NOTICE,
		    "%s: its time, %.3f, is not after that "
		    "of the value before",
		    name, CDTIME_T_TO_DOUBLE(vl->time));
	return status < 0 ? -1 : 0;
}

void
cache_recall(const value_list_t *vl, const gauge_t *rates, size_t n)
{
	struct cache_entry *e;

	cache_lock();
	e = cache_find_vl(vl);
	if (e != NULL && e->n == n)
		memcpy(e->rates, rates, n * sizeof(*rates));
	cache_unlock();
}

int
uc_set_callbacks_mask(const char *name, unsigned long callbacks_mask)
{
	struct cache_entry *e;

	cache_lock();
	e = cache_find(name);
	if (e != NULL)
		e->callbacks = callbacks_mask;
	cache_unlock();
	return e == NULL ? -1 : 0;
}

static bool
is_old(const struct cache_entry *e, cdtime_t now)
{
	return e->seen + e->interval * (cdtime_t)timeout_g <= now;
}

/* The names of all that are too old, so that callbacks run without the lock. */
static void
list_old(cdtime_t now, char ***names, size_t *n)
{
	c_avl_iterator_t *iter;
	void *key, *entry;

	cache_lock();
	iter = cache_iterate();
	while (c_avl_iterator_next(iter, &key, &entry) == 0)
		if (is_old(entry, now) && strarray_add(names, n, key) != 0)
			break;
	c_avl_iterator_destroy(iter);
	cache_unlock();
}

/* Tell of one that is missing, then forget it, unless it is back by then. */
static void
expire(const char *name, cdtime_t now)
{
	struct cache_entry *e;
	unsigned long callbacks = 0;
	value_list_t vl = VALUE_LIST_INIT;

	cache_lock();
	e = cache_find(name);
	if (e != NULL) {
		vl = e->identity;
		vl.time = e->time;
		vl.interval = e->interval;
		callbacks = e->callbacks;
	}
	cache_unlock();
	if (e == NULL)
		return;
	(void)plugin_dispatch_missing(&vl);
	if (callbacks != 0)
		plugin_dispatch_cache_event(
		    CE_VALUE_EXPIRED, callbacks, name, &vl);
	cache_lock();
	e = cache_find(name);
	if (e != NULL && is_old(e, now)) {
		by_name_remove(&known, name);
		c_avl_remove(entries, name, NULL, NULL);
	} else {
		e = NULL;
	}
	cache_unlock();
	free_entry(e);
}

int
uc_check_timeout(void)
{
	cdtime_t now = cdtime();
	char **names = NULL;
	size_t i, n = 0;

	list_old(now, &names, &n);
	for (i = 0; i < n; i++)
		expire(names[i], now);
	strarray_free(names, n);
	return 0;
}
