/* engine.c - as much of an engine as tests of the library need. */
#include "engine.h"

char engine_log[1024];
char engine_calls[4096];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
note(const char *what, const char *which, const value_list_t *vl)
{
	char name[6 * DATA_MAX_NAME_LEN];
	size_t used;

	FORMAT_VL(name, sizeof(name), vl);
	pthread_mutex_lock(&lock);
	used = strlen(engine_calls);
	snprintf(engine_calls + used, sizeof(engine_calls) - used, "%s%s %s\n",
	    what, which, name);
	pthread_mutex_unlock(&lock);
}

void
plugin_log(int level, const char *format, ...)
{
	va_list args;

	(void)level;
	va_start(args, format);
	pthread_mutex_lock(&lock);
	vsnprintf(engine_log, sizeof(engine_log), format, args);
	pthread_mutex_unlock(&lock);
	va_end(args);
}

cdtime_t
plugin_get_interval(void)
{
	return TIME_T_TO_CDTIME_T(10);
}

int
plugin_dispatch_values(value_list_t const *vl)
{
	const data_set_t *ds = plugin_get_ds(vl->type);

	return ds == NULL ? -1 : uc_update(ds, vl);
}

int
plugin_write(const char *plugin, const data_set_t *ds, const value_list_t *vl)
{
	(void)ds;
	note("write ", plugin == NULL ? "all" : plugin, vl);
	return plugin != NULL && strcmp(plugin, "none") == 0 ? ENOENT : 0;
}

int
plugin_dispatch_missing(const value_list_t *vl)
{
	note("missing", "", vl);
	return 0;
}

void
plugin_dispatch_cache_event(enum cache_event_type_e type, unsigned long mask,
    const char *name, const value_list_t *vl)
{
	static const char *const types[] = { "new", "update", "expired" };

	(void)mask;
	(void)name;
	note("event ", types[type], vl);
}

int
plugin_notification_meta_free(notification_meta_t *n)
{
	notification_meta_t *next;

	for (; n != NULL; n = next) {
		next = n->next;
		free(n);
	}
	return 0;
}
