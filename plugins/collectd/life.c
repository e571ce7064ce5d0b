#include "life.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "callbacks.h"
#include "clock.h"
#include "conf_writers.h"
#include "configure.h"
#include "load.h"
#include "reads.h"
#include "say.h"
#include "settings.h"
#include "types_db.h"
#include "writes.h"

/* ------------------------------------------------------------------ config */

/* What chains are made of is needed by all. */
static bool
is_chosen(const struct life_choice *choice, const char *name)
{
	size_t i;

	if (choice->no_writers && conf_only_writes(name))
		return false;
	if (choice->n_plugins == 0 || strncasecmp(name, "match_", 6) == 0 ||
	    strncasecmp(name, "target_", 7) == 0)
		return true;
	for (i = 0; i < choice->n_plugins; i++)
		if (strcasecmp(choice->plugins[i], name) == 0)
			return true;
	return false;
}

static const char *
first_text(const oconfig_item_t *item)
{
	return item->values_num > 0 &&
		       item->values[0].type == OCONFIG_TYPE_STRING
		   ? item->values[0].value.string
		   : NULL;
}

/* The options in a <LoadPlugin NAME> block. */
static void
take_load_options(
    const oconfig_item_t *block, plugin_ctx_t *context, bool *global)
{
	const oconfig_item_t *o;
	int i;

	for (i = 0; i < block->children_num; i++) {
		o = &block->children[i];
		if (strcasecmp(o->key, "Globals") == 0)
			(void)cf_util_get_boolean(o, global);
		else if (strcasecmp(o->key, "Interval") == 0)
			(void)cf_util_get_cdtime(o, &context->interval);
		else if (strcasecmp(o->key, "FlushInterval") == 0)
			(void)cf_util_get_cdtime(o, &context->flush_interval);
		else if (strcasecmp(o->key, "FlushTimeout") == 0)
			(void)cf_util_get_cdtime(o, &context->flush_timeout);
		else
			say(LOG_WARNING, "", "LoadPlugin has no option \"%s\"",
			    o->key);
	}
}

static int
take_load(const oconfig_item_t *item, const struct life_choice *choice,
    struct error *err)
{
	plugin_ctx_t context = { .interval = interval_g };
	const char *name = first_text(item);
	bool global = false;

	if (name == NULL)
		return error_set(err, "LoadPlugin without a name");
	if (!is_chosen(choice, name))
		return 0;
	take_load_options(item, &context, &global);
	if (load_plugin(name, &context, global, err) != 0)
		return error_prefix(err, "plugin %s", name);
	return 0;
}

static int
take_plugin(const oconfig_item_t *item, const struct life_choice *choice,
    struct error *err)
{
	plugin_ctx_t context = { .interval = interval_g };
	const char *name = first_text(item);

	if (name == NULL)
		return error_set(err, "<Plugin> without a name");
	if (!is_chosen(choice, name))
		return 0;
	if (settings.auto_load && load_plugin(name, &context, false, err) != 0)
		return error_prefix(err, "plugin %s", name);
	if (load_is_loaded(name))
		(void)configure_plugin(item);
	else
		say(LOG_WARNING, name,
		    "there are options of plugin %s, but no LoadPlugin", name);
	return 0;
}

static int
take(const oconfig_item_t *item, const struct life_choice *choice,
    struct error *err)
{
	if (strcasecmp(item->key, "LoadPlugin") == 0)
		return take_load(item, choice, err);
	if (strcasecmp(item->key, "Plugin") == 0)
		return take_plugin(item, choice, err);
	if (strcasecmp(item->key, "Chain") == 0) {
		if (fc_configure(item) != 0)
			say(LOG_ERR, "", "a chain could not be made");
		return 0;
	}
	return settings_take(item, err);
}

/* Types and the name of the host must be known before plugins ask for them:
   what does not load plugins comes first, as far as the next one that does. */
static bool
is_global(const oconfig_item_t *item)
{
	static const char *const others[] = { "LoadPlugin", "Plugin", "Chain" };
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcasecmp(others[i], item->key) == 0)
			return false;
	return true;
}

int
life_configure(const oconfig_item_t *root, const struct life_choice *choice,
    struct error *err)
{
	static bool cache;
	int i;

	if (!cache && uc_init() != 0)
		return error_set(err, "out of memory");
	cache = true;
	for (i = 0; i < root->children_num; i++)
		if (is_global(&root->children[i]) &&
		    settings_take(&root->children[i], err) != 0)
			return -1;
	if (settings_complete(err) != 0)
		return -1;
	for (i = 0; i < root->children_num; i++)
		if (!is_global(&root->children[i]) &&
		    take(&root->children[i], choice, err) != 0)
			return -1;
	return 0;
}

/* ------------------------------------------------------------------- start */

/* -1 with the name of one that failed. */
static int
init_all(struct error *err)
{
	struct callbacks *list = callbacks_get(CALLBACK_INIT);
	struct context before;
	struct callback *c;
	int rc, failed = 0;
	size_t i;

	for (i = 0; list != NULL && i < list->n; i++) {
		c = list->items[i];
		before = context_enter(&c->context, "init");
		rc = c->init();
		context_leave(before);
		if (rc == 0)
			continue;
		say(LOG_ERR, c->context.name,
		    "plugin %s could not be initialized (%d) and reads "
		    "nothing",
		    c->name, rc);
		(void)plugin_unregister_read(c->name);
		(void)plugin_unregister_read_group(c->name);
		failed = error_set(err,
		    "plugin %s could not be initialized; see the log", c->name);
	}
	callbacks_put(list);
	return failed;
}

/* What plugins have to do: reads, threads of their own, writes. */
static bool
anything_left(void)
{
	enum callback_kind kind;

	for (kind = 0; kind < CALLBACK_KINDS; kind++)
		if (callbacks_count(kind) > 0)
			return true;
	return false;
}

int
life_start(bool all, struct error *err)
{
	size_t threads;

	if (writes_start(err) != 0)
		return -1;
	if (init_all(err) != 0 && all)
		return -1;
	if (!anything_left())
		return error_set(
		    err, "no plugin has registered anything to do");
	threads = callbacks_count(CALLBACK_READ);
	if (threads > settings.read_threads)
		threads = settings.read_threads;
	/* A plugin may register its reads later. */
	return reads_start(threads > 0 ? threads : 1, err);
}

void
life_tick(void)
{
	(void)uc_check_timeout();
}

/* -------------------------------------------------------------------- stop */

/* On a thread of its own, since some plugins never come back. */
struct ending {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	const char *plugin; /* whose shutdown runs */
	bool over;
};

static void *
shutdown_all(void *data)
{
	struct callbacks *list = callbacks_get(CALLBACK_SHUTDOWN);
	struct ending *e = data;
	struct context before;
	struct callback *c;
	size_t i;

	(void)plugin_flush(NULL, 0, NULL);
	callbacks_clear(CALLBACK_READ);
	for (i = 0; list != NULL && i < list->n; i++) {
		c = list->items[i];
		pthread_mutex_lock(&e->lock);
		e->plugin = c->name;
		pthread_mutex_unlock(&e->lock);
		before = context_enter(&c->context, "shutdown");
		(void)c->shutdown();
		context_leave(before);
	}
	pthread_mutex_lock(&e->lock);
	e->over = true;
	pthread_cond_broadcast(&e->changed);
	pthread_mutex_unlock(&e->lock);
	/* In collectd this is the main thread, which ends with the process:
	   what plugins keep for a thread is gone after their shutdown. */
	while (pause() == -1)
		;
	return NULL;
}

static void
end_plugins(int64_t deadline_mono_ns)
{
	/* The thread may outlive this call. */
	static struct ending e = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct timespec until = { deadline_mono_ns / NS_PER_S,
		deadline_mono_ns % NS_PER_S };
	pthread_condattr_t attributes;
	pthread_t thread;
	int rc = 0;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&e.changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&thread, NULL, shutdown_all, &e) != 0)
		return;
	pthread_detach(thread);
	pthread_mutex_lock(&e.lock);
	while (!e.over && rc == 0)
		rc = pthread_cond_timedwait(&e.changed, &e.lock, &until);
	if (!e.over)
		say(LOG_ERR, e.plugin != NULL ? e.plugin : "",
		    "plugin %s does not return from its shutdown and is left "
		    "there",
		    e.plugin != NULL ? e.plugin : "?");
	pthread_mutex_unlock(&e.lock);
}

void
life_stop(int64_t bound_ns)
{
	int64_t now = clock_mono_ns(), deadline = now + bound_ns;
	struct error who;

	/* Half of the time is for what runs, the other for the plugins' end. */
	if (!reads_stop(now + bound_ns / 3)) {
		error_set(&who, "a thread of read callbacks does not end");
		(void)reads_hang(0, &who);
		say(LOG_ERR, "", "%s", who.text);
	}
	if (!writes_stop(now + bound_ns / 3 * 2))
		say(LOG_ERR, "", "a write callback does not return");
	end_plugins(deadline);
}
