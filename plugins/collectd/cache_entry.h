/*
 * cache_entry.h - one series of the value cache, for cache*.c and delivery.c.
 *
 * The lock covers the tree and all entries; no callback runs under it.
 */
#ifndef COLLECTD_CACHE_ENTRY_H
#define COLLECTD_CACHE_ENTRY_H

#include "abi.h"

struct cache_entry {
	char *name; /* HOST/PLUGIN-INSTANCE/TYPE-INSTANCE, its key */
	size_t n;   /* values */
	value_t *values;
	gauge_t *rates;	   /* within the type's range, else NaN */
	gauge_t *history;  /* rounds of n rates, of any size; a ring */
	size_t rounds;	   /* of it; 0 until somebody asks */
	size_t next_round; /* the oldest one */
	cdtime_t time;	   /* of the values, as they say */
	cdtime_t seen;	   /* by our clock */
	cdtime_t interval;
	int state;
	int hits;
	unsigned long callbacks; /* who wants to hear of updates */
	meta_data_t *meta;
	value_list_t identity; /* without values */
};

/* Enough for a name of five fields. */
#define CACHE_NAME_MAX (6 * DATA_MAX_NAME_LEN)

void cache_lock(void);
void cache_unlock(void);
/* Both under the lock; NULL if there is none. */
struct cache_entry *cache_find(const char *name);
struct cache_entry *cache_find_vl(const value_list_t *);
/* Under the lock. */
size_t cache_size(void);
/* As uc_update(), but says nothing: -ESTALE if the value is not newer than the
   one before. */
int cache_update(const data_set_t *, const value_list_t *);
/* Its rates are these again, as they were when this value came. */
void cache_recall(const value_list_t *, const gauge_t *rates, size_t n);
/* Under the lock, in the order of names; NULL if memory is out. */
c_avl_iterator_t *cache_iterate(void);

#endif
