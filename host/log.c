#include "log.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"

#define REPEAT_NS (60 * NS_PER_S)
#define LINES_PER_SECOND 1000
/* Different lines remembered within a minute; more are printed each time. */
#define REMEMBERED_MAX 1024
#define CHAINS 256

struct remembered {
	struct remembered *next;
	enum log_level level;
	int64_t since_mono_ns;
	uint64_t times; /* more, after the one printed */
	size_t source_size;
	char text[]; /* source, NUL, line */
};

/* The one log of the process. */
static struct {
	pthread_mutex_t lock;
	enum log_level level;
	bool journald;
	struct remembered *chains[CHAINS];
	size_t n_remembered;
	int64_t second;   /* the one that `printed' counts */
	unsigned printed; /* lines in it */
	uint64_t dropped; /* lines since last reported */
	void (*take)(void *, enum log_level, const char *, const char *);
	void *take_context;
} logger = { .lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_LEVEL_NOTICE };

static const char *const level_names[] = { "error", "warning", "notice",
	"debug" };
/* Of syslog(3), for the journal. */
static const int priorities[] = { 3, 4, 5, 7 };

void
log_setup(enum log_level level, int journald)
{
	pthread_mutex_lock(&logger.lock);
	logger.level = level;
	logger.journald = journald != 0;
	pthread_mutex_unlock(&logger.lock);
}

bool
log_is_debug(void)
{
	bool debug;

	pthread_mutex_lock(&logger.lock);
	debug = logger.level >= LOG_LEVEL_DEBUG;
	pthread_mutex_unlock(&logger.lock);
	return debug;
}

/* A line stays one line whatever a peer put into it. */
static void
put_visible(struct buffer *b, const char *text)
{
	const char *c;

	for (c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			buffer_printf(b, "\\x%02x", (unsigned)*c);
		else
			buffer_putc(b, *c);
	}
}

static bool
within_rate(int64_t mono_ns)
{
	if (mono_ns / NS_PER_S != logger.second) {
		logger.second = mono_ns / NS_PER_S;
		logger.printed = 0;
	}
	return logger.printed++ < LINES_PER_SECOND;
}

/* Whoever reads our stderr may have stopped reading: nobody waits for it. */
static bool
write_line(const struct buffer *line)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (buffer_failed(line) || poll(&fd, 1, 0) != 1 ||
	    (fd.revents & POLLOUT) == 0)
		return false;
	return write(STDERR_FILENO, line->data, line->size) ==
	       (ssize_t)line->size;
}

static void
print(enum log_level level, const char *source, const char *text,
    const char *suffix)
{
	struct buffer line = BUFFER_INIT;

	if (logger.journald) {
		buffer_printf(&line, "<%d>", priorities[level]);
	} else {
		time_print(&line, clock_wall_ns(), 3);
		buffer_printf(&line, " %s ", level_names[level]);
	}
	put_visible(&line, source);
	buffer_puts(&line, ": ");
	put_visible(&line, text);
	buffer_puts(&line, suffix);
	buffer_putc(&line, '\n');
	if (!within_rate(clock_mono_ns()) || !write_line(&line))
		logger.dropped++;
	buffer_free(&line);
}

static unsigned
chain_of(const char *source, const char *text)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *source != '\0'; source++)
		hash = (hash ^ (unsigned char)*source) * 16777619u;
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash % CHAINS;
}

static struct remembered *
find(struct remembered *r, enum log_level level, const char *source,
    const char *text)
{
	for (; r != NULL; r = r->next)
		if (r->level == level && strcmp(r->text, source) == 0 &&
		    strcmp(r->text + r->source_size, text) == 0)
			return r;
	return NULL;
}

static void
remember(struct remembered **chain, enum log_level level, const char *source,
    const char *text, int64_t mono_ns)
{
	size_t source_size = strlen(source) + 1;
	size_t text_size = strlen(text) + 1;
	struct remembered *r;

	if (logger.n_remembered >= REMEMBERED_MAX)
		return;
	r = malloc(sizeof(*r) + source_size + text_size);
	if (r == NULL)
		return;
	r->level = level;
	r->since_mono_ns = mono_ns;
	r->times = 0;
	r->source_size = source_size;
	memcpy(r->text, source, source_size);
	memcpy(r->text + source_size, text, text_size);
	r->next = *chain;
	*chain = r;
	logger.n_remembered++;
}

void
log_divert(void (*take)(void *, enum log_level, const char *, const char *),
    void *context)
{
	logger.take = take;
	logger.take_context = context;
}

static void
log_text(enum log_level level, const char *source, const char *text)
{
	struct remembered **chain = &logger.chains[chain_of(source, text)];
	struct remembered *r = find(*chain, level, source, text);

	if (r != NULL) {
		r->times++;
		return;
	}
	print(level, source, text, "");
	remember(chain, level, source, text, clock_mono_ns());
}

void
log_vline(
    enum log_level level, const char *source, const char *format, va_list args)
{
	char *text = NULL;

	pthread_mutex_lock(&logger.lock);
	if (level <= logger.level && vasprintf(&text, format, args) < 0) {
		logger.dropped++;
		text = NULL;
	}
	if (text != NULL && logger.take == NULL)
		log_text(level, source, text);
	pthread_mutex_unlock(&logger.lock);
	/* Whoever takes it may block. */
	if (text != NULL && logger.take != NULL)
		logger.take(logger.take_context, level, source, text);
	free(text);
}

void
log_line(enum log_level level, const char *source, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vline(level, source, format, args);
	va_end(args);
}

static void
print_sum(const struct remembered *r, int64_t mono_ns)
{
	char suffix[80];

	snprintf(suffix, sizeof(suffix), " (%llu times more in %lld s)",
	    (unsigned long long)r->times,
	    (long long)((mono_ns - r->since_mono_ns) / NS_PER_S));
	print(r->level, r->text, r->text + r->source_size, suffix);
}

/* A line that goes on being repeated is remembered for another minute. */
static void
settle_chain(struct remembered **at, int64_t mono_ns, bool all)
{
	struct remembered *r;

	while ((r = *at) != NULL) {
		if (!all && mono_ns - r->since_mono_ns < REPEAT_NS) {
			at = &r->next;
			continue;
		}
		if (r->times > 0)
			print_sum(r, mono_ns);
		if (r->times > 0 && !all) {
			r->times = 0;
			r->since_mono_ns = mono_ns;
			at = &r->next;
			continue;
		}
		*at = r->next;
		logger.n_remembered--;
		free(r);
	}
}

static void
settle(int64_t mono_ns, bool all)
{
	uint64_t dropped;
	char text[80];
	unsigned i;

	pthread_mutex_lock(&logger.lock);
	for (i = 0; i < CHAINS; i++)
		settle_chain(&logger.chains[i], mono_ns, all);
	dropped = logger.dropped;
	if (dropped > 0) {
		logger.dropped = 0;
		snprintf(text, sizeof(text), "%llu lines were dropped",
		    (unsigned long long)dropped);
		print(LOG_LEVEL_WARNING, "log", text, "");
		if (logger.dropped > 0)
			logger.dropped += dropped - 1;
	}
	pthread_mutex_unlock(&logger.lock);
}

void
log_tick(int64_t mono_ns)
{
	settle(mono_ns, false);
}

void
log_close(void)
{
	settle(clock_mono_ns(), true);
}
