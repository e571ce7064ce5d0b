/* register.c - what plugins call to be called: one callback of each name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "callbacks.h"
#include "reads.h"
#include "say.h"
#include "types_db.h"

/* In place of one of the same name. */
static int
add(struct callback *c)
{
	if (c == NULL)
		return ENOMEM;
	return callbacks_add(c, true);
}

int
plugin_register_init(const char *name, plugin_init_cb init)
{
	struct callback *c = callback_new(CALLBACK_INIT, name, NULL);

	if (c != NULL)
		c->init = init;
	return add(c);
}

int
plugin_register_shutdown(const char *name, plugin_shutdown_cb shutdown)
{
	struct callback *c = callback_new(CALLBACK_SHUTDOWN, name, NULL);

	if (c != NULL)
		c->shutdown = shutdown;
	return add(c);
}

int
plugin_register_write(
    const char *name, plugin_write_cb write, const user_data_t *data)
{
	struct callback *c = callback_new(CALLBACK_WRITE, name, data);

	if (c != NULL)
		c->write = write;
	return add(c);
}

int
plugin_register_missing(
    const char *name, plugin_missing_cb missing, const user_data_t *data)
{
	struct callback *c = callback_new(CALLBACK_MISSING, name, data);

	if (c != NULL)
		c->missing = missing;
	return add(c);
}

int
plugin_register_cache_event(
    const char *name, plugin_cache_event_cb event, const user_data_t *data)
{
	struct callback *c = callback_new(CALLBACK_CACHE_EVENT, name, data);

	if (c != NULL)
		c->cache_event = event;
	return add(c);
}

int
plugin_register_notification(const char *name,
    plugin_notification_cb notification, const user_data_t *data)
{
	struct callback *c = callback_new(CALLBACK_NOTIFICATION, name, data);

	if (c != NULL)
		c->notification = notification;
	return add(c);
}

int
plugin_register_log(
    const char *name, plugin_log_cb log, const user_data_t *data)
{
	struct callback *c = callback_new(CALLBACK_LOG, name, data);

	if (c != NULL)
		c->log = log;
	return add(c);
}

int
plugin_register_data_set(const data_set_t *ds)
{
	return data_set_register(ds);
}

/* ------------------------------------------------------------------- reads */

static int
add_read(struct callback *c, const char *group, cdtime_t interval)
{
	const char *plugin = context_plugin();
	char *name;
	int rc;

	if (c == NULL)
		return ENOMEM;
	c->interval = interval > 0 ? interval : plugin_get_interval();
	c->effective = c->interval;
	if (group != NULL)
		c->group = strdup(group);
	name = strdup(c->name);
	/* With the callback goes its user data, even if the name is taken:
	   plugins count on it. */
	rc = callbacks_add(c, false);
	if (rc == EEXIST)
		say(LOG_WARNING, plugin,
		    "there is a read callback \"%s\" already",
		    name != NULL ? name : "");
	free(name);
	if (rc == 0)
		reads_changed();
	return rc == EEXIST ? EINVAL : rc;
}

int
plugin_register_read(const char *name, int (*read)(void))
{
	struct callback *c = callback_new(CALLBACK_READ, name, NULL);

	if (c != NULL) {
		c->simple_read = read;
		c->simple = true;
	}
	return add_read(c, NULL, 0);
}

int
plugin_register_complex_read(const char *group, const char *name,
    plugin_read_cb read, cdtime_t interval, const user_data_t *data)
{
	struct callback *c = callback_new(CALLBACK_READ, name, data);

	if (c != NULL)
		c->read = read;
	return add_read(c, group, interval);
}

int
plugin_unregister_read(const char *name)
{
	return callbacks_remove(CALLBACK_READ, name);
}

int
plugin_unregister_read_group(const char *group)
{
	struct callbacks *list = callbacks_get(CALLBACK_READ);
	bool found = false;
	size_t i;

	for (i = 0; list != NULL && i < list->n; i++)
		if (list->items[i]->group != NULL &&
		    strcmp(list->items[i]->group, group) == 0)
			found = callbacks_remove(
				    CALLBACK_READ, list->items[i]->name) == 0 ||
				found;
	callbacks_put(list);
	return found ? 0 : ENOENT;
}

/* ------------------------------------------------------------------- flush */

/* Of a plugin that is flushed now and then: its name and how old the data. */
struct flush_timer {
	cdtime_t timeout;
	char name[];
};

static int
flush_read(user_data_t *data)
{
	const struct flush_timer *timer = data->data;

	return plugin_flush(timer->name, timer->timeout, NULL);
}

/* LoadPlugin's FlushInterval makes a read of it. */
static int
add_flush_timer(const char *name)
{
	plugin_ctx_t context = plugin_get_ctx();
	char read_name[2 * DATA_MAX_NAME_LEN];
	size_t size = strlen(name) + 1;
	struct flush_timer *timer;

	if (context.flush_interval == 0)
		return 0;
	timer = malloc(sizeof(*timer) + size);
	if (timer == NULL)
		return ENOMEM;
	timer->timeout = context.flush_timeout;
	memcpy(timer->name, name, size);
	(void)snprintf(read_name, sizeof(read_name), "flush/%s", name);
	return plugin_register_complex_read("flush", read_name, flush_read,
	    context.flush_interval,
	    &(user_data_t){ .data = timer, .free_func = free });
}

int
plugin_register_flush(
    const char *name, plugin_flush_cb flush, const user_data_t *data)
{
	struct callback *c = callback_new(CALLBACK_FLUSH, name, data);
	int rc;

	if (c != NULL)
		c->flush = flush;
	rc = add(c);
	return rc == 0 ? add_flush_timer(name) : rc;
}

int
plugin_unregister_flush(const char *name)
{
	char read_name[2 * DATA_MAX_NAME_LEN];

	(void)snprintf(read_name, sizeof(read_name), "flush/%s", name);
	(void)callbacks_remove(CALLBACK_READ, read_name);
	return callbacks_remove(CALLBACK_FLUSH, name);
}

/* ---------------------------------------------------------------- the rest */

int
plugin_unregister_init(const char *name)
{
	return callbacks_remove(CALLBACK_INIT, name);
}

int
plugin_unregister_shutdown(const char *name)
{
	return callbacks_remove(CALLBACK_SHUTDOWN, name);
}

int
plugin_unregister_write(const char *name)
{
	return callbacks_remove(CALLBACK_WRITE, name);
}

int
plugin_unregister_notification(const char *name)
{
	return callbacks_remove(CALLBACK_NOTIFICATION, name);
}

int
plugin_unregister_log(const char *name)
{
	return callbacks_remove(CALLBACK_LOG, name);
}

int
plugin_unregister_data_set(const char *type)
{
	return data_set_unregister(type);
}
