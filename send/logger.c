/* Events as NetLogger's lines, with a buffer before whatever takes them. */
#include <farm/send.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fields.h"
#include "sink.h"
#include "ulm.h"

#define BUFFER_BYTES 8192

struct farm_logger {
	struct arena *arena; /* of what is said once */
	struct sink sink;
	const char *program;
	const char *host;
	size_t room;
	struct buffer line;
	struct buffer waiting; /* whole lines */
	size_t gone;           /* of the first line: it was cut by a sink */
	uint64_t written;
	uint64_t lost;
	struct error err;
};

/* --- open and close --- */

static void
destroy(struct farm_logger *l)
{
	sink_close(&l->sink);
	buffer_free(&l->line);
	buffer_free(&l->waiting);
	arena_free(l->arena);
	free(l);
}

static int
open_logger(
    struct farm_logger *l, const char *program, const char *to, unsigned flags)
{
	char host[HOST_NAME_MAX + 1];

	l->sink.fd = -1;
	l->arena = arena_new(0);
	if (l->arena == NULL)
		return error_set(&l->err, "out of memory");
	if (gethostname(host, sizeof(host)) != 0 || host[0] == '\0')
		strcpy(host, "localhost");
	l->host = arena_strdup(l->arena, host);
	l->program = arena_strdup(l->arena, program);
	if (l->host == NULL || l->program == NULL)
		return error_set(&l->err, "out of memory");
	/* What cannot be said in a line would fail with every event. */
	if (ulm_put(&l->line, slice_of("PROG"), slice_of(program), &l->err) !=
	    0)
		return -1;
	return sink_open(&l->sink, l->arena, to,
	    (flags & FARM_LOGGER_NONBLOCK) != 0, &l->err);
}

static void
explain(struct farm_send_error *to, const char *text)
{
	if (to != NULL)
		(void)snprintf(to->text, sizeof(to->text), "%.*s",
		    (int)sizeof(to->text) - 1, text);
}

struct farm_logger *
farm_logger_open(const char *program, const char *to, size_t buffer,
    unsigned flags, struct farm_send_error *err)
{
	struct farm_logger *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		explain(err, "out of memory");
		return NULL;
	}
	l->room = buffer == 0 ? BUFFER_BYTES : buffer;
	if (open_logger(l, program, to, flags) == 0)
		return l;
	explain(err, l->err.text);
	destroy(l);
	return NULL;
}

static size_t
count_lines(const struct farm_logger *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->waiting.size; i++)
		n += l->waiting.data[i] == '\n';
	return n;
}

int
farm_logger_close(struct farm_logger *l)
{
	uint64_t lost;

	if (l == NULL)
		return 0;
	if (l->sink.kind != SINK_MEMORY) {
		(void)farm_logger_flush(l);
		l->lost += count_lines(l);
	}
	lost = l->lost;
	destroy(l);
	return lost == 0 ? 0 : -1;
}

/* --- sending --- */

/* The first `size' bytes that wait are done with. */
static void
forget(struct farm_logger *l, size_t size)
{
	memmove(
	    l->waiting.data, l->waiting.data + size, l->waiting.size - size);
	l->waiting.size -= size;
}

/* Lines that go together: as many as fit a piece, one at least. */
static size_t
piece_of(const struct farm_logger *l)
{
	size_t most = sink_piece(&l->sink), size = 0, next;
	const char *end;

	if (l->waiting.size <= most)
		return l->waiting.size;
	for (;; size = next) {
		end = memchr(
		    l->waiting.data + size, '\n', l->waiting.size - size);
		if (end == NULL)
			return size;
		next = (size_t)(end + 1 - l->waiting.data);
		if (next > most)
			return size == 0 ? next : size;
	}
}

/* Some were taken, maybe not up to the end of a line. */
static void
took(struct farm_logger *l, size_t n)
{
	size_t taken = l->gone + n, whole = taken;

	while (whole > 0 && l->waiting.data[whole - 1] != '\n')
		whole--;
	l->gone = taken - whole;
	forget(l, whole);
}

static int
send_some(struct farm_logger *l, bool wait)
{
	bool pieces = sink_piece(&l->sink) != SIZE_MAX;
	size_t size = piece_of(l) - l->gone;
	long n = sink_write(
	    &l->sink, l->waiting.data + l->gone, size, wait, &l->err);

	if (n > 0) {
		took(l, (size_t)n);
		return 0;
	}
	if (n == 0)
		return error_set(&l->err, "nobody takes what is sent");
	/* Of a line that a connection took with it into the grave, all is sent
	   anew. */
	if (l->sink.kind != SINK_FILE)
		l->gone = 0;
	if (pieces) {
		for (size_t i = 0; i < size; i++)
			l->lost += l->waiting.data[i] == '\n';
		forget(l, size);
	}
	return -1;
}

static int
flush(struct farm_logger *l, bool wait)
{
	if (l->sink.kind == SINK_MEMORY)
		return 0;
	while (l->waiting.size > 0)
		if (send_some(l, wait) != 0)
			return -1;
	return 0;
}

int
farm_logger_flush(struct farm_logger *l)
{
	return flush(l, true);
}

/* --- writing --- */

/* RFC 3164: facility "user", and how bad it is. */
static int
priority_of(const char *level)
{
	static const struct {
		const char *level;
		int severity;
	} known[] = {
		{ "Emergency", 0 },
		{ "Alert", 1 },
		{ "Error", 3 },
		{ "Warning", 4 },
		{ "Important", 5 },
		{ "Debug", 7 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].level, level) == 0)
			return 8 + known[i].severity;
	return 8 + 6;
}

static int
put_line(struct farm_logger *l, const char *level, const char *event,
    const char *fields, va_list args)
{
	struct buffer *line = &l->line;

	buffer_clear(line);
	if (ulm_put_date(line, clock_wall_ns(), ULM_DATE_DIGITS, &l->err) !=
		0 ||
	    ulm_put(line, slice_of("HOST"), slice_of(l->host), &l->err) != 0 ||
	    ulm_put(line, slice_of("PROG"), slice_of(l->program), &l->err) !=
		0 ||
	    ulm_put(line, slice_of("LVL"), slice_of(level), &l->err) != 0)
		return -1;
	if (event != NULL &&
	    ulm_put(line, slice_of("NL.EVNT"), slice_of(event), &l->err) != 0)
		return -1;
	if (fields != NULL && fields_put(line, fields, args, &l->err) != 0)
		return -1;
	if (buffer_failed(line))
		return error_set(&l->err, "out of memory");
	if (line->size > ULM_LINE_MAX)
		return error_set(
		    &l->err, "an event of more than %d bytes", ULM_LINE_MAX);
	return 0;
}

/* Room for the line at hand, if that can be had. */
static int
make_room(struct farm_logger *l)
{
	if (l->waiting.size == 0 || l->waiting.size + l->line.size < l->room)
		return 0;
	if (l->sink.kind == SINK_MEMORY)
		return error_set(&l->err, "the memory is full");
	(void)flush(l, !l->sink.nonblock);
	return l->waiting.size == 0 || l->waiting.size + l->line.size < l->room
		   ? 0
		   : -1;
}

static int
keep(struct farm_logger *l, const char *level)
{
	size_t before = l->waiting.size;

	if (l->sink.kind == SINK_SYSLOG)
		buffer_printf(
		    &l->waiting, "<%d>%s: ", priority_of(level), l->program);
	buffer_put(&l->waiting, l->line.data, l->line.size);
	buffer_putc(&l->waiting, '\n');
	if (!buffer_failed(&l->waiting))
		return 0;
	l->waiting.size = before;
	l->waiting.failed = false;
	return error_set(&l->err, "out of memory");
}

int
farm_logger_write(struct farm_logger *l, const char *level, const char *event,
    const char *fields, ...)
{
	va_list args;
	int status;

	if (level == NULL)
		level = "Usage";
	va_start(args, fields);
	status = put_line(l, level, event, fields, args);
	va_end(args);
	if (status != 0 || make_room(l) != 0 || keep(l, level) != 0) {
		l->lost++;
		return -1;
	}
	l->written++;
	return l->sink.kind == SINK_SYSLOG ? flush(l, true) : 0;
}

/* --- looking --- */

const char *
farm_logger_memory(const struct farm_logger *l, size_t *ret_size)
{
	if (ret_size != NULL)
		*ret_size = l->waiting.size;
	return buffer_text(&l->waiting);
}

void
farm_logger_clear(struct farm_logger *l)
{
	buffer_clear(&l->waiting);
	l->gone = 0;
}

uint64_t
farm_logger_written(const struct farm_logger *l)
{
	return l->written;
}

uint64_t
farm_logger_lost(const struct farm_logger *l)
{
	return l->lost;
}

const char *
farm_logger_error(const struct farm_logger *l)
{
	return l->err.text;
}
