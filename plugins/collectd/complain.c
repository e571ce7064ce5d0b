/* complain.c - say that something is wrong, ever more rarely. */
#include "abi.h"

#define PAUSE_MAX TIME_T_TO_CDTIME_T_STATIC(86400)

__attribute__((format(printf, 2, 0))) static void
say(int level, const char *format, va_list args)
{
	char text[512];

	vsnprintf(text, sizeof(text), format, args);
	plugin_log(level, "%s", text);
}

/* Time to speak?  The next pause is twice as long. */
static bool
due(c_complain_t *c)
{
	cdtime_t now = cdtime();

	if (c->last + c->interval > now)
		return false;
	c->last = now;
	if (c->interval == 0)
		c->interval = plugin_get_interval();
	else
		c->interval *= 2;
	if (c->interval > PAUSE_MAX)
		c->interval = PAUSE_MAX;
	return true;
}

void
c_complain(int level, c_complain_t *c, const char *format, ...)
{
	va_list args;

	if (!due(c))
		return;
	va_start(args, format);
	say(level, format, args);
	va_end(args);
}

void
c_complain_once(int level, c_complain_t *c, const char *format, ...)
{
	va_list args;

	if (c->complained_once || !due(c))
		return;
	c->complained_once = true;
	va_start(args, format);
	say(level, format, args);
	va_end(args);
}

void
c_do_release(int level, c_complain_t *c, const char *format, ...)
{
	va_list args;

	if (c->interval == 0)
		return;
	c->interval = 0;
	c->complained_once = false;
	va_start(args, format);
	say(level, format, args);
	va_end(args);
}
