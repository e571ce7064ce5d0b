/* cache_state.c - what thresholds and others note at a series: a state, hits,
   meta data. */
#include "cache_entry.h"

/* What was there before; STATE_ERROR, or -1 to a setter, of an unknown one. */
int
uc_get_state(const data_set_t *ds, const value_list_t *vl)
{
	struct cache_entry *e;
	int state = STATE_ERROR;

	(void)ds;
	cache_lock();
	e = cache_find_vl(vl);
	if (e != NULL)
		state = e->state;
	cache_unlock();
	return state;
}

int
uc_set_state(const data_set_t *ds, const value_list_t *vl, int state)
{
	struct cache_entry *e;
	int before = -1;

	(void)ds;
	cache_lock();
	e = cache_find_vl(vl);
	if (e != NULL) {
		before = e->state;
		e->state = state;
	}
	cache_unlock();
	return before;
}

int
uc_get_hits(const data_set_t *ds, const value_list_t *vl)
{
	struct cache_entry *e;
	int hits = STATE_ERROR;

	(void)ds;
	cache_lock();
	e = cache_find_vl(vl);
	if (e != NULL)
		hits = e->hits;
	cache_unlock();
	return hits;
}

int
uc_set_hits(const data_set_t *ds, const value_list_t *vl, int hits)
{
	struct cache_entry *e;
	int before = -1;

	(void)ds;
	cache_lock();
	e = cache_find_vl(vl);
	if (e != NULL) {
		before = e->hits;
		e->hits = hits;
	}
	cache_unlock();
	return before;
}

int
uc_inc_hits(const data_set_t *ds, const value_list_t *vl, int step)
{
	struct cache_entry *e;
	int before = -1;

	(void)ds;
	cache_lock();
	e = cache_find_vl(vl);
	if (e != NULL) {
		before = e->hits;
		e->hits = (int)((unsigned)e->hits + (unsigned)step);
	}
	cache_unlock();
	return before;
}

/* The meta data of a series, with the cache locked; NULL, and not locked, if
   there is no such series or, unless it is to be made, it has none. */
static meta_data_t *
lock_meta(const value_list_t *vl, bool make)
{
	struct cache_entry *e;
	meta_data_t *md = NULL;

	cache_lock();
	e = cache_find_vl(vl);
	if (e != NULL) {
		if (e->meta == NULL && make)
			e->meta = meta_data_create();
		md = e->meta;
	}
	if (md == NULL)
		cache_unlock();
	return md;
}

/* Each does to a series' meta data what meta_data_NAME() does. */
#define FORWARD(NAME, MAKE, ARGUMENTS, CALL)                                   \
	int uc_meta_data_##NAME ARGUMENTS                                      \
	{                                                                      \
		meta_data_t *md = lock_meta(vl, MAKE);                         \
		int status;                                                    \
                                                                               \
		if (md == NULL)                                                \
			return -1;                                             \
		status = meta_data_##NAME CALL;                                \
		cache_unlock();                                                \
		return status;                                                 \
	}

#define FORWARD_TYPE(NAME, IN, OUT)                                            \
	FORWARD(add_##NAME, true,                                              \
	    (const value_list_t *vl, const char *key, IN value),               \
	    (md, key, value))                                                  \
	FORWARD(get_##NAME, false,                                             \
	    (const value_list_t *vl, const char *key, OUT *value),             \
	    (md, key, value))

FORWARD(exists, false, (const value_list_t *vl, const char *key), (md, key))
FORWARD(delete, false, (const value_list_t *vl, const char *key), (md, key))
FORWARD(toc, false, (const value_list_t *vl, char ***toc), (md, toc))
FORWARD_TYPE(string, const char *, char *)
FORWARD_TYPE(signed_int, int64_t, int64_t)
FORWARD_TYPE(unsigned_int, uint64_t, uint64_t)
FORWARD_TYPE(double, double, double)
FORWARD_TYPE(boolean, bool, bool)
