#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "callbacks.h"
#include "delivery.h"
#include "output.h"

#define LINE_BYTES 1024

/* A log callback may log: that line goes to the output alone. */
static _Thread_local bool in_callback;

struct output *output;

static void
call_loggers(int severity, const char *text)
{
	struct callbacks *list;
	struct context before;
	struct callback *c;
	size_t i;

	if (in_callback)
		return;
	list = callbacks_get(CALLBACK_LOG);
	in_callback = true;
	for (i = 0; list != NULL && i < list->n; i++) {
		c = list->items[i];
		before = context_enter(&c->context, "log");
		c->log(severity, text, &c->data);
		context_leave(before);
	}
	in_callback = false;
	callbacks_put(list);
}

static void
say_text(int severity, const char *plugin, const char *prefix,
    const char *format, va_list args)
{
	char line[LINE_BYTES];
	size_t n;

	n = (size_t)snprintf(line, sizeof(line), "%s", prefix);
	(void)vsnprintf(line + n, sizeof(line) - n, format, args);
	n = strlen(line);
	while (n > 0 && line[n - 1] == '\n')
		line[--n] = '\0';
	if (severity > LOG_DEBUG)
		severity = LOG_DEBUG;
	delivery_hear(severity, line);
	if (output != NULL)
		output->log(output, severity, plugin, line);
	call_loggers(severity, line);
}

void
say(int severity, const char *plugin, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_text(severity, plugin, "", format, args);
	va_end(args);
}

/* ------------------------------------------------ what plugins are given */

void
plugin_log(int severity, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	say_text(severity, context_plugin(), "", format, args);
	va_end(args);
	errno = saved;
}

void
daemon_log(int severity, const char *format, ...)
{
	const char *plugin = context_plugin();
	char prefix[DATA_MAX_NAME_LEN + 16] = "";
	int saved = errno;
	va_list args;

	if (plugin[0] != '\0')
		(void)snprintf(
		    prefix, sizeof(prefix), "%.127s plugin: ", plugin);
	va_start(args, format);
	say_text(severity, plugin, prefix, format, args);
	va_end(args);
	errno = saved;
}
