#include "writes.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "callbacks.h"
#include "delivery.h"
#include "output.h"
#include "say.h"
#include "settings.h"

/* The name of the output among the writers, for chains that name one. */
#define OUTPUT_NAME "farmd"

/* ------------------------------------------------------- what is a value -- */

/* Plugins cut what is longer than collectd's field; nobody can tell which, but
   for what fills it to the last byte. */
static bool
is_cut(const char *what, const char *text)
{
	if (strlen(text) < DATA_MAX_NAME_LEN - 1)
		return false;
	say(LOG_ERR, context_plugin(),
	    "a value is dropped: its %s fills all of collectd's %d bytes, so "
	    "it may have been cut: \"%s\"",
	    what, DATA_MAX_NAME_LEN - 1, text);
	return true;
}

static bool
any_cut(const value_list_t *list)
{
	return is_cut("host", list->host) || is_cut("plugin", list->plugin) ||
	       is_cut("plugin instance", list->plugin_instance) ||
	       is_cut("type", list->type) ||
	       is_cut("type instance", list->type_instance);
}

static const data_set_t *
data_set_of(const value_list_t *list)
{
	const data_set_t *ds = plugin_get_ds(list->type);

	if (ds == NULL) {
		say(LOG_ERR, context_plugin(),
		    "a value of plugin %s is dropped: no types.db has its "
		    "type, \"%s\"",
		    list->plugin, list->type);
		return NULL;
	}
	if (ds->ds_num == list->values_len)
		return ds;
	say(LOG_ERR, context_plugin(),
	    "a value of plugin %s is dropped: type \"%s\" has %zu data "
	    "sources, not %zu",
	    list->plugin, list->type, ds->ds_num, list->values_len);
	return NULL;
}

/* ------------------------------------------------------------------ the way */

/* 0, or that of the chain that says something else than to go on. */
static int
run_chain(const char *name, const data_set_t *ds, value_list_t *list,
    bool *ret_was_there)
{
	fc_chain_t *chain = fc_chain_get_by_name(name);

	*ret_was_there = chain != NULL;
	return chain == NULL ? 0 : fc_process_chain(ds, list, chain);
}

static void
escape_all(value_list_t *list)
{
	escape_slashes(list->host, sizeof(list->host));
	escape_slashes(list->plugin, sizeof(list->plugin));
	escape_slashes(list->plugin_instance, sizeof(list->plugin_instance));
	escape_slashes(list->type, sizeof(list->type));
	escape_slashes(list->type_instance, sizeof(list->type_instance));
}

void
writes_deliver(value_list_t *list)
{
	const data_set_t *ds = data_set_of(list);
	bool was_there;
	int rc;

	if (ds == NULL || (!delivery_is_on() && any_cut(list)))
		return;
	escape_all(list);
	rc = run_chain(settings.pre_cache, ds, list, &was_there);
	if (rc < 0)
		say(LOG_WARNING, "", "chain %s failed: %d", settings.pre_cache,
		    rc);
	else if (rc == FC_TARGET_STOP)
		return;
	(void)delivery_update(ds, list);
	rc = run_chain(settings.post_cache, ds, list, &was_there);
	if (rc < 0)
		say(LOG_WARNING, "", "chain %s failed: %d", settings.post_cache,
		    rc);
	if (!was_there)
		fc_default_action(ds, list);
}

/* ----------------------------------------------------------- write, flush --
 */

static int
write_to(struct callback *c, const data_set_t *ds, const value_list_t *list)
{
	struct context before;
	int rc;

	if (!delivery_wants(c, &rc))
		return rc;
	before = context_enter(&c->context, "write");
	rc = c->write(ds, list, &c->data);
	context_leave(before);
	delivery_note(c, rc);
	return rc;
}

/* 0 if any of them took it, or the last one's failure. */
int
plugin_write(const char *name, const data_set_t *ds, const value_list_t *list)
{
	struct callbacks *writers;
	int failure = ENOENT, rc;
	bool taken = false;
	size_t i;

	if (ds == NULL)
		ds = plugin_get_ds(list->type);
	if (ds == NULL)
		return ENOENT;
	if (name == NULL || strcasecmp(name, OUTPUT_NAME) == 0) {
		failure = output->values(output, ds, list);
		taken = failure == 0;
	}
	writers = callbacks_get(CALLBACK_WRITE);
	for (i = 0; writers != NULL && i < writers->n; i++) {
		if (name != NULL &&
		    strcasecmp(name, writers->items[i]->name) != 0)
			continue;
		rc = write_to(writers->items[i], ds, list);
		taken = taken || rc == 0;
		failure = rc == 0 ? failure : rc;
	}
	callbacks_put(writers);
	return taken ? 0 : failure;
}

int
plugin_flush(const char *name, cdtime_t timeout, const char *identifier)
{
	struct callbacks *list = callbacks_get(CALLBACK_FLUSH);
	struct context before;
	struct callback *c;
	size_t i;

	for (i = 0; list != NULL && i < list->n; i++) {
		c = list->items[i];
		if (name != NULL && strcmp(name, c->name) != 0)
			continue;
		before = context_enter(&c->context, "flush");
		(void)c->flush(timeout, identifier, &c->data);
		context_leave(before);
	}
	callbacks_put(list);
	return 0;
}

/* ------------------------------------------------- what the cache tells -- */

int
plugin_dispatch_missing(const value_list_t *values)
{
	struct callbacks *list = callbacks_get(CALLBACK_MISSING);
	struct context before;
	struct callback *c;
	int rc = 0;
	size_t i;

	for (i = 0; list != NULL && i < list->n && rc <= 0; i++) {
		c = list->items[i];
		before = context_enter(&c->context, "missing");
		rc = c->missing(values, &c->data);
		context_leave(before);
		if (rc < 0)
			say(LOG_WARNING, c->context.name,
			    "the missing callback %s failed: %d", c->name, rc);
	}
	callbacks_put(list);
	return 0;
}

/* What is new is told to all; of the rest they hear who said so then. */
void
plugin_dispatch_cache_event(enum cache_event_type_e type, unsigned long mask,
    const char *name, const value_list_t *values)
{
	struct callbacks *list = callbacks_get(CALLBACK_CACHE_EVENT);
	unsigned long wanted = 0;
	struct context before;
	struct callback *c;
	cache_event_t e;
	size_t i;

	for (i = 0; list != NULL && i < list->n; i++) {
		c = list->items[i];
		if (type != CE_VALUE_NEW && (mask >> c->bit & 1) == 0)
			continue;
		e = (cache_event_t){ .type = type,
			.value_list = values,
			.value_list_name = name };
		before = context_enter(&c->context, "cache event");
		if (c->cache_event(&e, &c->data) != 0)
			say(LOG_ERR, c->context.name,
			    "the cache event callback %s failed", c->name);
		else if (e.ret != 0)
			wanted |= 1UL << c->bit;
		context_leave(before);
	}
	callbacks_put(list);
	if (type == CE_VALUE_NEW && wanted != 0)
		uc_set_callbacks_mask(name, wanted);
}
