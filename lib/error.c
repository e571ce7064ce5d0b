#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char ellipsis[] = "...";

/* Say that the text did not fit, so that nobody takes it for whole. */
static void
mark_cut(struct error *err, int needed)
{
	size_t end = sizeof(err->text) - sizeof(ellipsis);

	if (needed >= 0 && (size_t)needed < sizeof(err->text))
		return;
	memcpy(err->text + end, ellipsis, sizeof(ellipsis));
}

int
error_vset(struct error *err, const char *format, va_list args)
{
	int saved = errno;

	if (err != NULL)
		mark_cut(
		    err, vsnprintf(err->text, sizeof(err->text), format, args));
	errno = saved;
	return -1;
}

int
error_set(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_vset(err, format, args);
	va_end(args);
	return -1;
}

int
error_prefix(struct error *err, const char *format, ...)
{
	struct error prefix;
	struct error whole;
	va_list args;

	if (err == NULL)
		return -1;
	va_start(args, format);
	error_vset(&prefix, format, args);
	va_end(args);
	error_set(&whole, "%s: %s", prefix.text, err->text);
	*err = whole;
	return -1;
}
