#include "context.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

/* The kernel's limit on names of threads, with the NUL. */
#define THREAD_NAME_SIZE 16

static _Thread_local struct context current;

struct context
context_enter(const plugin_ctx_t *plugin, const char *doing)
{
	struct context before = current;

	current.plugin = *plugin;
	current.doing = doing;
	return before;
}

void
context_leave(struct context before)
{
	current = before;
}

const char *
context_plugin(void)
{
	return current.plugin.name != NULL ? current.plugin.name : "";
}

const char *
context_doing(void)
{
	return current.doing != NULL ? current.doing : "";
}

plugin_ctx_t
plugin_get_ctx(void)
{
	return current.plugin;
}

plugin_ctx_t
plugin_set_ctx(plugin_ctx_t plugin)
{
	plugin_ctx_t before = current.plugin;

	current.plugin = plugin;
	return before;
}

cdtime_t
plugin_get_interval(void)
{
	if (current.plugin.interval > 0)
		return current.plugin.interval;
	return interval_g > 0 ? interval_g : SETTINGS_INTERVAL;
}

/* ------------------------------------------------------------- threads -- */

struct start {
	plugin_ctx_t plugin;
	void *(*routine)(void *);
	void *argument;
};

static void *
thread_main(void *data)
{
	struct start start = *(struct start *)data;

	free(data);
	context_enter(&start.plugin, "thread");
	return start.routine(start.argument);
}

static void
name_thread(pthread_t thread, const char *name)
{
	char cut[THREAD_NAME_SIZE] = "";

	strncat(cut, name, sizeof(cut) - 1);
	(void)pthread_setname_np(thread, cut);
}

int
plugin_thread_create(pthread_t *thread, void *(*routine)(void *),
    void *argument, const char *name)
{
	struct start *start = malloc(sizeof(*start));
	int rc;

	if (start == NULL)
		return ENOMEM;
	*start = (struct start){ current.plugin, routine, argument };
	rc = pthread_create(thread, NULL, thread_main, start);
	if (rc != 0)
		free(start);
	else if (name != NULL)
		name_thread(*thread, name);
	return rc;
}
