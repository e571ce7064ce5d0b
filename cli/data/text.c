/* Files of text: rows one after the other, in memory that is bounded. */
#include "format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Written at a time, and read at a time. */
#define PIECE_BYTES (256u << 10)
/* No row is larger: a text of the most bytes, each in six by its escape. */
#define ROW_BYTES_MAX (1u << 20)

/* --- out --- */

struct text_sink {
	struct sink sink; /* first */
	const struct text_format *format;
	int fd;
	struct buffer out;
};

static int
write_out(struct text_sink *s, struct error *err)
{
	size_t done = 0;
	ssize_t n;

	if (buffer_failed(&s->out))
		return error_set(err, "out of memory");
	while (done < s->out.size) {
		n = write(s->fd, s->out.data + done, s->out.size - done);
		if (n < 0 && errno != EINTR)
			return error_set(err, "%m");
		done += n < 0 ? 0 : (size_t)n;
	}
	buffer_clear(&s->out);
	return 0;
}

static int
text_put(struct sink *sink, const struct row *row, struct error *err)
{
	struct text_sink *s = (struct text_sink *)sink;

	if (s->out.size >= PIECE_BYTES && write_out(s, err) < 0)
		return -1;
	return s->format->put(&s->out, row, err) < 0 ? 1 : 0;
}

static int
text_end(struct sink *sink, struct error *err)
{
	return write_out((struct text_sink *)sink, err);
}

static void
text_sink_free(struct sink *sink)
{
	struct text_sink *s = (struct text_sink *)sink;

	buffer_free(&s->out);
	free(s);
}

int
text_sink_open(struct sink **ret, const struct text_format *format, int fd,
    struct error *err)
{
	static const struct sink_ops ops = { text_put, text_end,
		text_sink_free };
	struct text_sink *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_set(err, "out of memory");
	s->sink.ops = &ops;
	s->format = format;
	s->fd = fd;
	if (format->head != NULL)
		buffer_puts(&s->out, format->head);
	*ret = &s->sink;
	return 0;
}

/* --- in --- */

struct text_source {
	struct source source; /* first */
	const struct text_format *format;
	struct parsing parsing;
	const char *name;
	int fd;
	struct buffer in;
	size_t at;     /* what is before is dealt with */
	size_t line;   /* of `at', from 1 */
	bool last;     /* the file has no more */
	bool skipping; /* the rest of a bad line */
};

/* Go on behind these bytes. */
static void
advance(struct text_source *s, size_t n)
{
	const char *p = s->in.data + s->at;
	const char *end = p + n;

	for (; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		s->line++;
	s->at += n;
}

static int
read_more(struct text_source *s, struct error *err)
{
	char *room;
	ssize_t n;

	if (s->at > 0) {
		memmove(s->in.data, s->in.data + s->at, s->in.size - s->at);
		s->in.size -= s->at;
		s->at = 0;
	}
	room = buffer_room(&s->in, PIECE_BYTES);
	if (room == NULL)
		return error_set(err, "%s: out of memory", s->name);
	do
		n = read(s->fd, room, PIECE_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(err, "%s: %m", s->name);
	buffer_added(&s->in, (size_t)n);
	s->last = n == 0;
	return 0;
}

/* The rest of a bad line goes, as far as it has been read. */
static void
skip_line(struct text_source *s)
{
	const char *from = s->in.data + s->at;
	const char *end = memchr(from, '\n', s->in.size - s->at);

	s->skipping = end == NULL && !s->last;
	advance(s, end == NULL ? s->in.size - s->at : (size_t)(end - from) + 1);
}

/* Of a bad row only its first line goes: the next may be good, and a quote that
   is missing must not cost more than where it is missing. */
static int
refuse(struct text_source *s, struct error *err)
{
	error_prefix(err, "%s:%zu", s->name, s->line);
	skip_line(s);
	return -1;
}

static enum piece
get_piece(struct text_source *s, struct row *ret, struct error *err)
{
	enum piece piece;
	size_t used = 0;

	arena_free(s->parsing.arena);
	s->parsing.arena = arena_new(0);
	if (s->parsing.arena == NULL) {
		error_set(err, "out of memory");
		return PIECE_BAD;
	}
	piece = s->format->get(&s->parsing, s->in.data + s->at,
	    s->in.size - s->at, s->last, &used, ret, err);
	if (piece == PIECE_ROW && row_check(ret, err) < 0)
		piece = PIECE_BAD;
	if (piece == PIECE_MORE && s->in.size - s->at > ROW_BYTES_MAX) {
		error_set(err, "a row of more than %u bytes", ROW_BYTES_MAX);
		piece = PIECE_BAD;
	}
	if (piece == PIECE_ROW || piece == PIECE_NOTHING)
		advance(s, used);
	return piece;
}

static int
text_next(struct source *source, struct row *ret, struct error *err)
{
	struct text_source *s = (struct text_source *)source;
	enum piece piece = PIECE_MORE;

	for (;;) {
		if (s->skipping && s->at < s->in.size)
			skip_line(s);
		if (s->at < s->in.size && !s->skipping)
			piece = get_piece(s, ret, err);
		else if (s->last)
			return 0;
		else
			piece = PIECE_MORE;
		if (piece == PIECE_ROW)
			return 1;
		if (piece == PIECE_BAD || piece == PIECE_HOPELESS)
			return refuse(s, err) - (piece == PIECE_HOPELESS);
		if (piece == PIECE_MORE && read_more(s, err) < 0)
			return -2;
	}
}

static void
text_source_free(struct source *source)
{
	struct text_source *s = (struct text_source *)source;

	arena_free(s->parsing.arena);
	buffer_free(&s->in);
	free(s);
}

int
text_source_open(struct source **ret, const struct text_format *format, int fd,
    const char *name, struct error *err)
{
	static const struct source_ops ops = { text_next, text_source_free };
	struct text_source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_set(err, "%s: out of memory", name);
	s->source.ops = &ops;
	s->format = format;
	s->name = name;
	s->fd = fd;
	s->line = 1;
	*ret = &s->source;
	return 0;
}

/* --- by name --- */

static const struct {
	const char *name;
	const char *endings;
	const struct text_format *format;
} formats[] = {
	{ "csv", ".csv", &csv_format },
	{ "json", ".json .jsonl .ndjson", &json_format },
	{ "influx", ".influx .line .lp", &influx_format },
	{ "sqlite", ".sqlite .sqlite3 .db", NULL },
};

static bool
has_ending(const char *path, const char *endings)
{
	const char *dot = strrchr(path, '.');
	const char *found = dot == NULL ? NULL : strstr(endings, dot);
	size_t length = dot == NULL ? 0 : strlen(dot);

	return found != NULL && (found[length] == '\0' || found[length] == ' ');
}

int
format_find(const struct text_format **ret, const char *name, const char *path,
    struct error *err)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (name != NULL ? strcmp(name, formats[i].name) == 0
				 : has_ending(path, formats[i].endings)) {
			*ret = formats[i].format;
			return 0;
		}
	if (name != NULL)
		return error_set(err,
		    "no format \"%s\" here; there are csv, json, influx and "
		    "sqlite",
		    name);
	return error_set(
	    err, "%s: its name says no format; --format does", path);
}
