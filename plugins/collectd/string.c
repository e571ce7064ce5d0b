/* string.c - text that is copied, printed and measured. */
#include "abi.h"

/* Plugins have no way to go on without memory: nor has collectd. */
static void *
must(void *memory)
{
	if (memory == NULL) {
		plugin_log(LOG_ERR, "out of memory");
		exit(3);
	}
	return memory;
}

void *
smalloc(size_t size)
{
	return must(malloc(size == 0 ? 1 : size));
}

char *
sstrdup(const char *s)
{
	return s == NULL ? NULL : must(strdup(s));
}

size_t
sstrnlen(const char *s, size_t n)
{
	return strnlen(s, n);
}

char *
sstrndup(const char *s, size_t n)
{
	return s == NULL ? NULL : must(strndup(s, n));
}

char *
sstrncpy(char *dest, const char *src, size_t n)
{
	size_t length;

	if (n == 0)
		return dest;
	length = strnlen(src, n - 1);
	/* Plugins shorten names in their place. */
	memmove(dest, src, length);
	memset(dest + length, 0, n - length);
	return dest;
}

int
ssnprintf(char *str, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(str, size, format, args);
	va_end(args);
	return length;
}

char *
ssnprintf_alloc(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return text;
}

char *
sstrerror(int errnum, char *buf, size_t buflen)
{
	if (buflen > 0)
		sstrncpy(
		    buf, strerror_r(errnum, (char[256]){ 0 }, 256), buflen);
	return buf;
}

size_t
strstripnewline(char *buffer)
{
	size_t length = strlen(buffer);

	while (length > 0 &&
	       (buffer[length - 1] == '\n' || buffer[length - 1] == '\r'))
		length--;
	buffer[length] = '\0';
	return length;
}
