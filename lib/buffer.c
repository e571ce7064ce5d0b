#include "buffer.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define CAPACITY_FIRST 64

/* Larger integers do not survive a reader that keeps numbers as doubles. */
#define JSON_EXACT (INT64_C(1) << 53)

void
buffer_free(struct buffer *b)
{
	free(b->data);
	b->data = NULL;
	b->size = 0;
	b->capacity = 0;
	b->failed = false;
}

void
buffer_clear(struct buffer *b)
{
	b->size = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

bool
buffer_failed(const struct buffer *b)
{
	return b->failed;
}

const char *
buffer_text(const struct buffer *b)
{
	return b->data == NULL ? "" : b->data;
}

char *
buffer_take(struct buffer *b, size_t *ret_size)
{
	size_t size = b->size;
	char *data;

	/* Even no bytes at all need a place for their NUL. */
	if (buffer_room(b, 0) == NULL) {
		buffer_free(b);
		return NULL;
	}
	data = b->data;
	b->data = NULL;
	buffer_free(b);
	if (ret_size != NULL)
		*ret_size = size;
	return data;
}

/* Twice as much as before, or as much as needed. */
static int
grow(struct buffer *b, size_t needed)
{
	size_t capacity = b->capacity < CAPACITY_FIRST ? CAPACITY_FIRST
						       : b->capacity;
	char *data;

	while (capacity < needed)
		if (__builtin_mul_overflow(capacity, 2, &capacity))
			return -1;
	data = realloc(b->data, capacity);
	if (data == NULL)
		return -1;
	b->data = data;
	b->capacity = capacity;
	return 0;
}

char *
buffer_room(struct buffer *b, size_t size)
{
	size_t total, needed;

	if (b->failed)
		return NULL;
	if (__builtin_add_overflow(b->size, size, &total) ||
	    __builtin_add_overflow(total, 1, &needed) ||
	    (b->limit != 0 && total > b->limit) ||
	    (needed > b->capacity && grow(b, needed) != 0)) {
		b->failed = true;
		return NULL;
	}
	b->data[b->size] = '\0';
	return b->data + b->size;
}

void
buffer_added(struct buffer *b, size_t size)
{
	b->size += size;
	b->data[b->size] = '\0';
}

void
buffer_put(struct buffer *b, const void *bytes, size_t size)
{
	char *room;

	if (size == 0 || (room = buffer_room(b, size)) == NULL)
		return;
	memcpy(room, bytes, size);
	buffer_added(b, size);
}

void
buffer_puts(struct buffer *b, const char *text)
{
	buffer_put(b, text, strlen(text));
}

void
buffer_putc(struct buffer *b, char c)
{
	buffer_put(b, &c, 1);
}

void
buffer_printf(struct buffer *b, const char *format, ...)
{
	va_list args;
	char *room;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0) {
		b->failed = true;
		return;
	}
	room = buffer_room(b, (size_t)n);
	if (room == NULL)
		return;
	va_start(args, format);
	vsnprintf(room, (size_t)n + 1, format, args);
	va_end(args);
	buffer_added(b, (size_t)n);
}

/* The two-character escape of a character, 0 if it has none. */
static char
short_escape(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static void
json_escaped(struct buffer *b, unsigned char c)
{
	char escape = short_escape(c);

	if (escape != 0) {
		buffer_putc(b, '\\');
		buffer_putc(b, escape);
	} else {
		buffer_printf(b, "\\u%04x", c);
	}
}

static bool
json_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

void
buffer_json_string(struct buffer *b, const char *text, size_t length)
{
	size_t i, n, run = 0; /* bytes before i that go out as they are */

	buffer_putc(b, '"');
	for (i = 0; i < length; i += n == 0 ? 1 : n) {
		n = utf8_character(text + i, length - i);
		if (n > 1 || (n == 1 && json_plain((unsigned char)text[i]))) {
			run += n;
			continue;
		}
		buffer_put(b, text + i - run, run);
		run = 0;
		if (n == 1)
			json_escaped(b, (unsigned char)text[i]);
		else
			buffer_puts(b, "\xef\xbf\xbd");
	}
	buffer_put(b, text + length - run, run);
	buffer_putc(b, '"');
}

void
buffer_json_text(struct buffer *b, const char *text)
{
	buffer_json_string(b, text, strlen(text));
}

static void
put_double(struct buffer *b, double number)
{
	char text[32];
	int digits;

	if (isnan(number)) {
		buffer_puts(b, "NaN");
		return;
	}
	if (isinf(number)) {
		buffer_puts(b, number > 0 ? "+Inf" : "-Inf");
		return;
	}
	/* 17 digits always read back exactly, 15 nearly always. */
	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	buffer_puts(b, text);
}

void
buffer_value(struct buffer *b, const struct farm_value *v)
{
	switch (v->type) {
	case FARM_DOUBLE:
		put_double(b, v->number);
		break;
	case FARM_INT64:
		buffer_printf(b, "%" PRId64, v->int64);
		break;
	case FARM_UINT64:
		buffer_printf(b, "%" PRIu64, v->uint64);
		break;
	case FARM_BOOLEAN:
		buffer_puts(b, v->boolean ? "true" : "false");
		break;
	case FARM_TEXT:
		buffer_put(b, v->text, v->length);
		break;
	default:
		break;
	}
}

/* Would a JSON number keep the value as it is? */
static bool
json_number(const struct farm_value *v)
{
	switch (v->type) {
	case FARM_DOUBLE:
		return isfinite(v->number);
	case FARM_INT64:
		return v->int64 >= -JSON_EXACT && v->int64 <= JSON_EXACT;
	case FARM_UINT64:
		return v->uint64 <= (uint64_t)JSON_EXACT;
	default:
		return true;
	}
}

void
buffer_json_value(struct buffer *b, const struct farm_value *v)
{
	const char *quote = json_number(v) ? "" : "\"";

	switch (v->type) {
	case FARM_TEXT:
		buffer_json_string(b, v->text, v->length);
		break;
	case FARM_DOUBLE:
	case FARM_INT64:
	case FARM_UINT64:
	case FARM_BOOLEAN:
		buffer_puts(b, quote);
		buffer_value(b, v);
		buffer_puts(b, quote);
		break;
	default:
		buffer_puts(b, "null");
		break;
	}
}
