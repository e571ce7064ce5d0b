/* data_sets.c - the registry of types of values. */
#include "by_name.h"
#include "types_db.h"

/* A set that was replaced or removed stays: plugins keep pointers to sets. */
struct set {
	data_set_t ds;
	struct set *retired;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct by_name sets;
static struct set *retired;

static struct set *
copy_set(const data_set_t *from)
{
	struct set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return NULL;
	set->ds = *from;
	set->ds.ds = calloc(from->ds_num, sizeof(*from->ds));
	if (set->ds.ds == NULL) {
		free(set);
		return NULL;
	}
	memcpy(set->ds.ds, from->ds, from->ds_num * sizeof(*from->ds));
	return set;
}

/* Under the lock. */
static int
take_out(const char *type)
{
	struct set *set = by_name_get(&sets, type);

	if (set == NULL)
		return -1;
	by_name_remove(&sets, type);
	set->retired = retired;
	retired = set;
	return 0;
}

int
data_set_register(const data_set_t *ds)
{
	struct set *set;
	int status;

	if (ds->ds_num == 0 || (set = copy_set(ds)) == NULL)
		return -1;
	pthread_mutex_lock(&lock);
	(void)take_out(set->ds.type);
	status = by_name_put(&sets, set->ds.type, set);
	pthread_mutex_unlock(&lock);
	if (status != 0) {
		free(set->ds.ds);
		free(set);
	}
	return status;
}

int
data_set_unregister(const char *type)
{
	int status;

	pthread_mutex_lock(&lock);
	status = take_out(type);
	pthread_mutex_unlock(&lock);
	return status;
}

size_t
data_set_count(void)
{
	size_t n;

	pthread_mutex_lock(&lock);
	n = sets.n;
	pthread_mutex_unlock(&lock);
	return n;
}

const data_set_t *
plugin_get_ds(const char *name)
{
	struct set *set;

	pthread_mutex_lock(&lock);
	set = by_name_get(&sets, name);
	pthread_mutex_unlock(&lock);
	if (set == NULL) {
		plugin_log(LOG_DEBUG, "no type %s is known", name);
		return NULL;
	}
	return &set->ds;
}
