#include "journal_private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "lock.h"
#include "log.h"
#include "segment_pack.h"
#include "replace.h"
#include "wait.h"

/* A segment is this part of the whole, within bounds. */
#define SEGMENTS 16
#define SEGMENT_MIN (64u << 10)
#define SEGMENT_MAX (64u << 20)
/* A disk that keeps a call this long is worth a word. */
#define SLOW_NS (5 * NS_PER_S)

/* ------------------------------------------------------------------- trouble
 */

void
journal_failed(struct journal *j, const struct error *err)
{
	bool before;

	pthread_mutex_lock(&j->lock);
	before = j->failing;
	j->failing = true;
	j->why = *err;
	pthread_mutex_unlock(&j->lock);
	if (!before)
		log_line(LOG_LEVEL_ERROR, "journal",
		    "%s; values wait in memory, tried again until it works",
		    err->text);
}

void
journal_works(struct journal *j)
{
	bool before;

	pthread_mutex_lock(&j->lock);
	before = j->failing;
	j->failing = false;
	pthread_mutex_unlock(&j->lock);
	if (before)
		log_line(LOG_LEVEL_NOTICE, "journal", "works again");
}

void
journal_disk_begin(struct journal *j)
{
	pthread_mutex_lock(&j->lock);
	j->busy_mono_ns = clock_mono_ns();
	pthread_mutex_unlock(&j->lock);
}

void
journal_disk_end(struct journal *j)
{
	pthread_mutex_lock(&j->lock);
	j->busy_mono_ns = 0;
	pthread_mutex_unlock(&j->lock);
}

bool
journal_is_fine(struct journal *j, struct error *err)
{
	bool fine = true;
	int64_t busy_ns = 0;

	pthread_mutex_lock(&j->lock);
	if (j->busy_mono_ns > 0)
		busy_ns = clock_mono_ns() - j->busy_mono_ns;
	if (j->failing) {
		fine = false;
		*err = j->why;
	} else if (busy_ns >= SLOW_NS) {
		fine = false;
		error_set(err, "%s: the disk keeps a call for %lld s by now",
		    j->folder, (long long)(busy_ns / NS_PER_S));
	} else if (j->refusing) {
		fine = false;
		error_set(err, "%s: full, and nothing new is taken", j->folder);
	}
	pthread_mutex_unlock(&j->lock);
	return fine;
}

/* ------------------------------------------------------ opening and closing */

static uint64_t
segment_size(const struct journal_config *config)
{
	uint64_t size = (uint64_t)config->bytes / SEGMENTS;

	if (size < SEGMENT_MIN)
		return SEGMENT_MIN;
	return size > SEGMENT_MAX ? SEGMENT_MAX : size;
}

static struct journal *
journal_new(const char *folder, const char *farm,
    const struct journal_config *config, struct memlog *tail)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	pthread_mutex_init(&j->lock, NULL);
	pthread_mutex_init(&j->readers_lock, NULL);
	wait_init(&j->changed);
	j->file = (struct segment_file)SEGMENT_FILE_INIT;
	j->tail = tail;
	memlog_open(tail, &j->cursor);
	j->config = *config;
	j->segment_bytes = segment_size(config);
	j->folder = strdup(folder);
	j->farm = strdup(farm);
	j->checkpoints = checkpoints_new();
	if (j->folder == NULL || j->farm == NULL || j->checkpoints == NULL) {
		journal_free(j);
		return NULL;
	}
	return j;
}

int
journal_open(struct journal **ret, const char *folder, const char *farm,
    const struct journal_config *config, struct memlog *tail, struct error *err)
{
	struct journal *j = journal_new(folder, farm, config, tail);
	struct error why;

	if (j == NULL)
		return error_set(err, "out of memory");
	if (make_folder(folder, &why) != 0)
		journal_failed(j, &why);
	if (config->compress == JOURNAL_ZSTD && !segment_can_pack())
		log_line(LOG_LEVEL_WARNING, "journal",
		    "farmd was built without zstd; segments stay as they are");
	journal_recover(j);
	*ret = j;
	return 0;
}

void
journal_free(struct journal *j)
{
	if (j == NULL)
		return;
	memlog_leave(j->tail, &j->cursor);
	segment_close(&j->file);
	buffer_free(&j->group.bytes);
	buffer_free(&j->frame);
	checkpoints_free(j->checkpoints);
	free(j->segments);
	free(j->readers);
	free(j->folder);
	free(j->farm);
	pthread_cond_destroy(&j->changed);
	pthread_mutex_destroy(&j->readers_lock);
	pthread_mutex_destroy(&j->lock);
	ranges_free(&j->lost);
	free(j);
}

static void *
journal_main(void *context)
{
	struct journal *j = context;

	while (journal_step(j))
		;
	journal_end(j);
	pthread_mutex_lock(&j->lock);
	j->ended = true;
	pthread_cond_broadcast(&j->changed);
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

int
journal_start(struct journal *j)
{
	if (pthread_create(&j->thread, NULL, journal_main, j) != 0)
		return -1;
	j->started = true;
	return 0;
}

bool
journal_stop(struct journal *j, int64_t deadline_mono_ns)
{
	bool ended;

	if (!j->started)
		return true;
	pthread_mutex_lock(&j->lock);
	j->stopping = true;
	j->deadline_mono_ns = deadline_mono_ns;
	pthread_cond_broadcast(&j->changed);
	while (!j->ended)
		if (!wait_until(
			&j->changed, &j->lock, deadline_mono_ns + NS_PER_S))
			break;
	ended = j->ended;
	pthread_mutex_unlock(&j->lock);
	if (!ended)
		return false;
	pthread_join(j->thread, NULL);
	j->started = false;
	return true;
}

/* --------------------------------------------------------- what is in it */

uint64_t
journal_next(struct journal *j)
{
	uint64_t next;

	pthread_mutex_lock(&j->lock);
	next = j->stats.written + 1;
	pthread_mutex_unlock(&j->lock);
	return next;
}

bool
journal_wait(struct journal *j, uint64_t position, int64_t deadline_mono_ns)
{
	bool in_time = true;

	pthread_mutex_lock(&j->lock);
	while (j->stats.written < position && !j->ended && in_time)
		in_time = wait_until(&j->changed, &j->lock, deadline_mono_ns);
	in_time = j->stats.written >= position;
	pthread_mutex_unlock(&j->lock);
	return in_time;
}

void
journal_checkpoint(struct journal *j, uint64_t position, const char *instance,
    const void *bytes, size_t size)
{
	/* The one before goes on to count. */
	if (checkpoints_add(j->checkpoints, position, instance, bytes, size) !=
	    0)
		log_line(LOG_LEVEL_ERROR, instance,
		    "out of memory for a checkpoint");
}

void
journal_withdraw(struct journal *j, uint64_t position)
{
	checkpoints_withdraw(j->checkpoints, position);
}

void *
journal_restore(struct journal *j, const char *instance, size_t *ret_size)
{
	return checkpoints_get(j->checkpoints, instance, ret_size);
}

void
journal_stats(struct journal *j, struct journal_stats *ret)
{
	pthread_mutex_lock(&j->lock);
	*ret = j->stats;
	ret->bytes = journal_bytes(j);
	ret->segments = j->n_segments;
	if (j->n_segments > 0) {
		ret->first_position = j->segments[0].sums.first_position;
		ret->oldest_ns = j->segments[0].sums.oldest_ns;
	}
	pthread_mutex_unlock(&j->lock);
}

void
journal_json(struct journal *j, struct buffer *b)
{
	static const char *const syncs[] = { "always", "interval", "never" };
	struct journal_stats s;
	struct error err;
	bool fine = journal_is_fine(j, &err);

	journal_stats(j, &s);
	buffer_printf(b,
	    "{\"status\":\"%s\",\"sync\":\"%s\",\"bytes\":%llu,"
	    "\"bytes_max\":%lld,\"segments\":%llu,\"first_position\":%llu,"
	    "\"written\":%llu,\"oldest\":",
	    fine ? "ok" : "failing", syncs[j->config.sync],
	    (unsigned long long)s.bytes, (long long)j->config.bytes,
	    (unsigned long long)s.segments,
	    (unsigned long long)s.first_position,
	    (unsigned long long)s.written);
	time_json(b, s.oldest_ns);
	buffer_printf(b,
	    ",\"unwritten_values\":%llu,\"given_up_values\":%llu,"
	    "\"bad_frames\":%llu,\"syncs\":%llu,\"error\":",
	    (unsigned long long)s.unwritten_values,
	    (unsigned long long)s.given_up_values,
	    (unsigned long long)s.bad_frames, (unsigned long long)s.syncs);
	if (fine)
		buffer_puts(b, "null");
	else
		buffer_json_text(b, err.text);
	buffer_putc(b, '}');
}
