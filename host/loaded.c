#include "loaded.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "loaded_build.h"
#include "loaded_kept.h"
#include "log.h"
#include "module.h"
#include "name.h"
#include "reload.h"
#include "tap.h"

/* A script has so long to come to its end. */
#define END_NS (5 * NS_PER_S)

struct loaded_filter {
	struct loaded_filter *next;
	struct instance *instance;
	struct kept *kept; /* what it gave; NULL: that goes into the farm */
	char *name;
	char *match;
	char *cluster;
	char *owner;
	char *class;
	int64_t loaded_ns; /* wall clock */
	int64_t lease_ns;
	int64_t until_mono_ns;
};

struct loaded {
	struct farm *farm;
	pthread_mutex_t lock; /* of the list; changed within a change only */
	struct loaded_filter *list;
	unsigned n_made; /* names made up */
};

/* -------------------------------------------------------------- the list -- */

static void
filter_free(struct loaded_filter *f)
{
	if (f == NULL)
		return;
	kept_free(f->kept);
	free(f->name);
	free(f->match);
	free(f->cluster);
	free(f->owner);
	free(f->class);
	free(f);
}

/* With the lock held. */
static struct loaded_filter *
find(struct loaded *l, const char *name)
{
	struct loaded_filter *f = l->list;

	while (f != NULL && strcmp(f->name, name) != 0)
		f = f->next;
	return f;
}

static size_t
count(struct loaded *l)
{
	const struct loaded_filter *f;
	size_t n = 0;

	for (f = l->list; f != NULL; f = f->next)
		n++;
	return n;
}

/* With the lock held. */
static void
unlink_filter(struct loaded *l, struct loaded_filter *f)
{
	struct loaded_filter **at = &l->list;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
}

/* --------------------------------------------------------------- loading -- */

/* One that nobody else has chosen. */
static char *
make_name(struct loaded *l)
{
	char *name = NULL;

	do {
		free(name);
		if (asprintf(&name, "%u", ++l->n_made) < 0)
			return NULL;
	} while (find(l, name) != NULL);
	return name;
}

static struct loaded_filter *
filter_new(struct loaded *l, const struct loaded_order *o)
{
	struct loaded_filter *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->name = o->name != NULL ? strdup(o->name) : make_name(l);
	f->match = strdup(o->match);
	f->cluster = strdup(o->cluster);
	f->owner = strdup(o->owner);
	f->class = strdup(o->class);
	f->loaded_ns = clock_wall_ns();
	f->lease_ns = o->lease_ns;
	f->until_mono_ns = clock_mono_ns() + o->lease_ns;
	if (o->to_owner)
		f->kept = kept_new(l->farm->series);
	if (f->name != NULL && f->match != NULL && f->cluster != NULL &&
	    f->owner != NULL && f->class != NULL &&
	    (f->kept != NULL || !o->to_owner))
		return f;
	filter_free(f);
	return NULL;
}

static int
check_order(struct loaded *l, const struct loaded_order *o,
    const char **ret_place, struct error *err)
{
	*ret_place = "lease";
	if (o->lease_ns < LOADED_LEASE_MIN_NS ||
	    o->lease_ns > LOADED_LEASE_MAX_NS)
		return error_set(err, "a lease lasts 1 s to 7 d");
	*ret_place = "name";
	if (o->name != NULL &&
	    name_check("filter", o->name, strlen(o->name), err) != 0)
		return -1;
	if (o->name != NULL && strchr(o->name, '/') != NULL)
		return error_set(err, "\"%s\": without a \"/\"", o->name);
	if (o->name != NULL && find(l, o->name) != NULL)
		return error_set(err, "there is a filter \"%s\"", o->name);
	*ret_place = "body";
	if (strlen(o->script) > LOADED_SCRIPT_MAX)
		return error_set(
		    err, "a script has at most %d bytes", LOADED_SCRIPT_MAX);
	*ret_place = "";
	if (count(l) >= LOADED_MAX)
		return error_set(
		    err, "there are %d loaded filters already", LOADED_MAX);
	return 0;
}

/* The instance is the farm's once it is in. */
static int
put_in(struct loaded *l, struct loaded_filter *f, const struct loaded_order *o,
    const char **ret_place, struct error *err)
{
	struct instance *in;

	in = loaded_build(l->farm, f->name, o, ret_place, err);
	if (in == NULL)
		return -1;
	*ret_place = "";
	if (f->kept != NULL)
		in->sink = kept_sink(f->kept);
	f->instance = in;
	if (farm_add_filter(l->farm, in, err) == 0)
		return 0;
	instance_release(in);
	return -1;
}

static int
load(struct loaded *l, const struct loaded_order *o, struct buffer *ret_name,
    const char **ret_place, struct error *err)
{
	struct loaded_filter *f;

	if (check_order(l, o, ret_place, err) != 0)
		return -1;
	f = filter_new(l, o);
	if (f == NULL)
		return error_set(err, "out of memory");
	if (put_in(l, f, o, ret_place, err) != 0) {
		filter_free(f);
		return -1;
	}
	pthread_mutex_lock(&l->lock);
	f->next = l->list;
	l->list = f;
	buffer_puts(ret_name, f->name);
	pthread_mutex_unlock(&l->lock);
	log_line(LOG_LEVEL_NOTICE, f->instance->name, "loaded by %s", o->owner);
	return 0;
}

int
loaded_load(struct loaded *l, const struct loaded_order *o,
    struct buffer *ret_name, const char **ret_place, struct error *err)
{
	int rc;

	reload_hold(l->farm->reload);
	rc = load(l, o, ret_name, ret_place, err);
	reload_let_go(l->farm->reload);
	return rc;
}

/* ---------------------------------------------------------------- ending -- */

/* It is out of the list. */
static void
end(struct loaded *l, struct loaded_filter *f, const char *why)
{
	log_line(LOG_LEVEL_NOTICE, f->instance->name, "%s", why);
	/* One that does not come back may still give something. */
	if (farm_remove_filter(l->farm, f->instance, clock_mono_ns() + END_NS))
		filter_free(f);
}

int
loaded_remove(struct loaded *l, const char *name)
{
	struct loaded_filter *f;

	reload_hold(l->farm->reload);
	pthread_mutex_lock(&l->lock);
	f = find(l, name);
	if (f != NULL)
		unlink_filter(l, f);
	pthread_mutex_unlock(&l->lock);
	if (f != NULL)
		end(l, f, "removed");
	reload_let_go(l->farm->reload);
	return f != NULL ? 0 : -1;
}

/* One whose lease is over, out of the list; who renews it now finds none. */
static struct loaded_filter *
take_expired(struct loaded *l)
{
	int64_t now = clock_mono_ns();
	struct loaded_filter *f;

	pthread_mutex_lock(&l->lock);
	f = l->list;
	while (f != NULL && f->until_mono_ns > now)
		f = f->next;
	if (f != NULL)
		unlink_filter(l, f);
	pthread_mutex_unlock(&l->lock);
	return f;
}

void
loaded_expire(struct loaded *l)
{
	struct loaded_filter *f;

	while ((f = take_expired(l)) != NULL)
		end(l, f, "its lease is over");
}

int64_t
loaded_next(struct loaded *l)
{
	const struct loaded_filter *f;
	int64_t next = INT64_MAX;

	pthread_mutex_lock(&l->lock);
	for (f = l->list; f != NULL; f = f->next)
		if (f->until_mono_ns < next)
			next = f->until_mono_ns;
	pthread_mutex_unlock(&l->lock);
	return next;
}

/* ----------------------------------------------------- asked by clients -- */

bool
loaded_is_of(struct loaded *l, const char *name, const char *class)
{
	struct loaded_filter *f;
	bool is;

	pthread_mutex_lock(&l->lock);
	f = find(l, name);
	is = f == NULL || strcmp(f->class, class) == 0;
	pthread_mutex_unlock(&l->lock);
	return is;
}

int
loaded_renew(struct loaded *l, const char *name, int64_t lease_ns)
{
	struct loaded_filter *f;

	pthread_mutex_lock(&l->lock);
	f = find(l, name);
	if (f != NULL) {
		if (lease_ns != 0)
			f->lease_ns = lease_ns;
		f->until_mono_ns = clock_mono_ns() + f->lease_ns;
	}
	pthread_mutex_unlock(&l->lock);
	return f != NULL ? 0 : -1;
}

int
loaded_results(struct loaded *l, const char *name, uint64_t after, size_t limit,
    struct buffer *out)
{
	struct loaded_filter *f;

	pthread_mutex_lock(&l->lock);
	f = find(l, name);
	if (f != NULL && f->kept != NULL)
		kept_json(f->kept, after, limit, out);
	pthread_mutex_unlock(&l->lock);
	return f != NULL && f->kept != NULL ? 0 : -1;
}

static void
put_filter(const struct loaded_filter *f, struct buffer *b)
{
	int64_t rest = f->until_mono_ns - clock_mono_ns();

	buffer_puts(b, "{\"name\":");
	buffer_json_text(b, f->name);
	buffer_puts(b, ",\"instance\":");
	buffer_json_text(b, f->instance->name);
	buffer_puts(b, ",\"owner\":");
	buffer_json_text(b, f->owner);
	buffer_puts(b, ",\"match\":");
	buffer_json_text(b, f->match);
	buffer_puts(b, ",\"cluster\":");
	buffer_json_text(b, f->cluster);
	buffer_printf(b, ",\"to\":\"%s\",\"status\":\"%s\",\"loaded\":",
	    f->kept != NULL ? "me" : "farm",
	    instance_status_name(atomic_load(&f->instance->status)));
	time_json(b, f->loaded_ns);
	buffer_printf(b, ",\"lease_ns\":%lld,\"rest_ns\":%lld,\"ledger\":{",
	    (long long)f->lease_ns, (long long)(rest > 0 ? rest : 0));
	ledger_json(b, &f->instance->ledger);
	buffer_puts(b, "}}");
}

void
loaded_json(struct loaded *l, struct buffer *b)
{
	const struct loaded_filter *f;

	buffer_puts(b, "{\"filters\":[");
	pthread_mutex_lock(&l->lock);
	for (f = l->list; f != NULL; f = f->next) {
		put_filter(f, b);
		if (f->next != NULL)
			buffer_puts(b, ",\n");
	}
	pthread_mutex_unlock(&l->lock);
	buffer_puts(b, "]}");
}

/* -------------------------------------------------------------- lifetime -- */

struct loaded *
loaded_new(struct farm *farm)
{
	struct loaded *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->farm = farm;
	pthread_mutex_init(&l->lock, NULL);
	return l;
}

void
loaded_free(struct loaded *l)
{
	struct loaded_filter *f;

	if (l == NULL)
		return;
	while ((f = l->list) != NULL) {
		l->list = f->next;
		filter_free(f);
	}
	pthread_mutex_destroy(&l->lock);
	free(l);
}
