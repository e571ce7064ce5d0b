/*
 * Files of rows, their format by the first byte: every call gets on, no row
 * reaches beyond the bytes, and what is a row comes back when it is written.
 */
#include "data/format.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct text_format *const formats[] = { &csv_format, &json_format,
	&influx_format };

/* As text: so NaN is itself, and names are compared, too. */
static void
say(struct buffer *out, const struct row *row)
{
	if (csv_format.put(out, row, NULL) != 0 || buffer_failed(out))
		abort();
}

/* Written and read again, it is the same. */
static void
check_back(const struct text_format *format, const struct row *row)
{
	struct buffer text = BUFFER_INIT, want = BUFFER_INIT,
		      have = BUFFER_INIT;
	struct parsing p = { .arena = arena_new(0) };
	enum piece piece = PIECE_NOTHING;
	size_t at = 0, used;
	struct error err;
	struct row back;

	if (p.arena == NULL)
		abort();
	if (format->head != NULL)
		buffer_puts(&text, format->head);
	if (format->put(&text, row, &err) == 0) {
		for (; at < text.size && piece == PIECE_NOTHING; at += used)
			piece = format->get(&p, text.data + at, text.size - at,
			    true, &used, &back, &err);
		if (piece != PIECE_ROW)
			abort();
		say(&want, row);
		say(&have, &back);
		if (strcmp(want.data, have.data) != 0)
			abort();
	}
	buffer_free(&text);
	buffer_free(&want);
	buffer_free(&have);
	arena_free(p.arena);
}

/* How many bytes one call takes; 0: no row can follow. */
static size_t
step(const struct text_format *format, struct parsing *p, const char *text,
    size_t size)
{
	const char *end = memchr(text, '\n', size);
	struct error err;
	size_t used = 0;
	enum piece piece;
	struct row row;

	p->arena = arena_new(0);
	if (p->arena == NULL)
		abort();
	piece = format->get(p, text, size, false, &used, &row, &err);
	if (piece == PIECE_MORE)
		piece = format->get(p, text, size, true, &used, &row, &err);
	if (piece == PIECE_MORE || used > size)
		abort();
	if (piece == PIECE_ROW && row_check(&row, &err) == 0)
		check_back(format, &row);
	arena_free(p->arena);
	if (piece == PIECE_HOPELESS)
		return 0;
	if (piece == PIECE_BAD)
		return end == NULL ? size : (size_t)(end - text) + 1;
	if (used == 0)
		abort();
	return used;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct text_format *format;
	const char *text = (const char *)data + 1;
	struct parsing p = { .n_columns = 0 };
	size_t used;

	if (size == 0)
		return 0;
	format = formats[data[0] % (sizeof(formats) / sizeof(formats[0]))];
	for (size--; size > 0; text += used, size -= used) {
		used = step(format, &p, text, size);
		if (used == 0)
			break;
	}
	return 0;
}
