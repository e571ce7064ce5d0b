/*
 * The journal's thread: frames from the tail go to the last segment as soon as
 * they come, as many at once as are there; syncs are grouped by the policy.
 */
#include "journal_private.h"

#include "clock.h"
#include "lock.h"
#include "log.h"
#include "reader.h"
#include "replace.h"
#include "wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What one write(2) takes at most, but for the last frame. */
#define GROUP_BYTES (1u << 20)
#define HOUSE_NS NS_PER_S
/* What comes right behind a write waits for more to go with it: to be woken for
   each frame costs more than to write it. */
#define LINGER_NS NS_PER_MS
#define RETRY_NS NS_PER_S

/* ------------------------------------------------------------------ a group */

static void
group_clear(struct journal_group *g)
{
	buffer_clear(&g->bytes);
	g->sums = (struct segment_sums){ .frames = 0 };
	g->anew = false;
	g->appended = false;
}

static int
group_add(struct journal *j)
{
	struct journal_group *g = &j->group;
	const struct memlog_info *info = &j->read.info;
	struct segment_sums *s = &g->sums;

	buffer_put(&g->bytes, j->frame.data, j->frame.size);
	if (buffer_failed(&g->bytes))
		return -1;
	if (s->frames++ == 0) {
		g->anew = j->read.anew;
		s->first_position = info->first_position;
		s->oldest_ns = info->oldest_ns;
		s->newest_ns = info->newest_ns;
	}
	if (info->oldest_ns < s->oldest_ns)
		s->oldest_ns = info->oldest_ns;
	if (info->newest_ns > s->newest_ns)
		s->newest_ns = info->newest_ns;
	s->last_position = info->last_position;
	s->values += info->values;
	s->bytes += j->frame.size;
	j->ahead = false;
	return 0;
}

/* Frames that never reach the disk: the tail was full before it took them. */
static void
note_gap(struct journal *j)
{
	uint64_t values = j->read.gap.values;

	if (values == 0)
		return;
	log_line(LOG_LEVEL_ERROR, "journal",
	    "%llu values could not be written in time and are in memory only, "
	    "or lost",
	    (unsigned long long)values);
	pthread_mutex_lock(&j->lock);
	j->stats.unwritten_values += values;
	pthread_mutex_unlock(&j->lock);
}

/* A file that is large enough ends where a stream does. */
static bool
is_full(const struct journal *j)
{
	uint64_t size = j->file.fd < 0 ? 0 : j->file.size;

	return j->turning || size + j->group.bytes.size >= j->segment_bytes;
}

static void
linger(const struct journal *j)
{
	int64_t left_ns = j->wrote_mono_ns + LINGER_NS - clock_mono_ns();

	if (left_ns > 0)
		(void)usleep((useconds_t)(left_ns / NS_PER_US));
}

/* Take what the tail has, up to the end of a segment; waits for the first. */
static void
fill_group(struct journal *j, int64_t deadline_mono_ns)
{
	while (j->group.bytes.size < GROUP_BYTES) {
		if (!j->ahead) {
			if (!memlog_read(j->tail, &j->cursor, &j->frame,
				&j->read,
				j->group.sums.frames > 0 ? 0
							 : deadline_mono_ns))
				return;
			j->ahead = true;
			note_gap(j);
			if (j->group.sums.frames == 0)
				linger(j);
		}
		if (j->group.sums.frames > 0 && j->read.anew &&
		    (is_full(j) || j->broken))
			return;
		if (group_add(j) != 0)
			return;
	}
}

/* ---------------------------------------------------------------- a segment */

static int
begin_segment(struct journal *j, struct error *err)
{
	struct segment_header header = {
		.first_position = j->group.sums.first_position,
		.begun_ns = clock_wall_ns(),
	};
	struct journal_segment s = {
		.sums = { .first_position = header.first_position,
		    .bytes = SEGMENT_HEADER },
	};
	int rc;

	if (make_folder(j->folder, err) != 0)
		return -1;
	(void)snprintf(header.farm, sizeof(header.farm), "%s", j->farm);
	if (segment_create(
		&j->file, j->folder, &header, j->segment_bytes, err) != 0)
		return -1;
	if (j->config.sync != JOURNAL_NEVER && folder_sync(j->folder, err) != 0)
		return -1;
	pthread_mutex_lock(&j->lock);
	rc = journal_add_segment(j, &s);
	pthread_mutex_unlock(&j->lock);
	return rc == 0 ? 0 : error_set(err, "out of memory");
}

/* A segment without an end is only slower to open. */
static void
end_segment(struct journal *j)
{
	struct segment_sums sums;
	struct error err;

	if (j->file.fd < 0)
		return;
	pthread_mutex_lock(&j->lock);
	sums = j->segments[j->n_segments - 1].sums;
	pthread_mutex_unlock(&j->lock);
	if ((j->config.sync != JOURNAL_NEVER &&
		segment_sync(&j->file, &err) != 0) ||
	    segment_seal(&j->file, &sums, &err) != 0)
		journal_failed(j, &err);
	segment_close(&j->file);
	pthread_mutex_lock(&j->lock);
	j->segments[j->n_segments - 1].sealed = true;
	pthread_mutex_unlock(&j->lock);
}

static int
put_group(struct journal *j, struct error *err)
{
	struct journal_group *g = &j->group;

	if (g->anew && j->file.fd >= 0 &&
	    (j->turning || j->file.size >= j->segment_bytes)) {
		/* The segments have them all the same, as long as they stay. */
		if (journal_save_checkpoints(j, err) != 0)
			journal_failed(j, err);
		end_segment(j);
		j->turning = false;
		j->kept_house_mono_ns = 0; /* there may be too many now */
	}
	if (j->file.fd < 0 && begin_segment(j, err) != 0)
		return -1;
	if (!g->appended &&
	    segment_append(&j->file, g->bytes.data, g->bytes.size, err) != 0)
		return -1;
	g->appended = true;
	j->unsynced = true;
	return 0;
}

static int
sync_file(struct journal *j, struct error *err)
{
	if (j->file.fd >= 0 && segment_sync(&j->file, err) != 0)
		return -1;
	j->unsynced = false;
	j->synced_mono_ns = clock_mono_ns();
	pthread_mutex_lock(&j->lock);
	j->stats.syncs++;
	pthread_mutex_unlock(&j->lock);
	return 0;
}

static void
add_sums(struct segment_sums *to, const struct segment_sums *s)
{
	if (to->frames == 0) {
		to->oldest_ns = s->oldest_ns;
		to->newest_ns = s->newest_ns;
	}
	if (s->oldest_ns < to->oldest_ns)
		to->oldest_ns = s->oldest_ns;
	if (s->newest_ns > to->newest_ns)
		to->newest_ns = s->newest_ns;
	to->last_position = s->last_position;
	to->frames += s->frames;
	to->values += s->values;
	to->bytes += s->bytes;
}

/* The group is in the file (or given up): readers may look for it there. */
static void
publish(struct journal *j, bool kept)
{
	uint64_t position = j->group.sums.last_position;

	pthread_mutex_lock(&j->lock);
	if (kept)
		add_sums(&j->segments[j->n_segments - 1].sums, &j->group.sums);
	else
		j->stats.unwritten_values += j->group.sums.values;
	pthread_mutex_unlock(&j->lock);
	memlog_written(j->tail, position, kept);
	if (kept)
		checkpoints_written(j->checkpoints, position);
	/* Who waits for it finds all of that done. */
	pthread_mutex_lock(&j->lock);
	j->stats.written = position;
	pthread_cond_broadcast(&j->changed);
	pthread_mutex_unlock(&j->lock);
	if (is_full(j))
		memlog_turn(j->tail);
	group_clear(&j->group);
}

static int
write_group(struct journal *j, struct error *err)
{
	int rc;

	if (j->refusing || (j->broken && !j->group.anew)) {
		j->broken = true;
		publish(j, false);
		memlog_turn(j->tail);
		return 0;
	}
	j->broken = false;
	journal_disk_begin(j);
	rc = put_group(j, err);
	if (rc == 0 && j->config.sync == JOURNAL_ALWAYS)
		rc = sync_file(j, err);
	journal_disk_end(j);
	if (rc == 0)
		publish(j, true);
	return rc;
}

/* ------------------------------------------------------------ the other work
 */

void
journal_save_cursors(struct journal *j, bool sync)
{
	struct cursor c = { .next = 0 };
	struct error err;
	char *name;
	size_t i = 0;

	while ((name = reader_snapshot(j, i++, &c)) != NULL) {
		if (c.next > 0 &&
		    cursor_save(j->folder, name, &c, sync, &err) != 0)
			journal_failed(j, &err);
		ranges_clear(&c.owed);
		c.next = 0;
		free(name);
	}
	ranges_free(&c.owed);
}

char *
journal_checkpoints_path(const struct journal *j)
{
	const char *slash = strrchr(j->folder, '/');
	char *path;

	if (asprintf(&path, "%.*s/checkpoints",
		slash == NULL ? 1 : (int)(slash - j->folder),
		slash == NULL ? "." : j->folder) < 0)
		return NULL;
	return path;
}

int
journal_save_checkpoints(struct journal *j, struct error *err)
{
	struct buffer bytes = BUFFER_INIT;
	char *path;
	int rc = -1;

	path = journal_checkpoints_path(j);
	if (path == NULL)
		return error_set(err, "out of memory");
	if (checkpoints_print(j->checkpoints, j->stats.written, &bytes, err) ==
	    0)
		rc = replace_file(path, bytes.data, bytes.size,
		    j->config.sync != JOURNAL_NEVER, err);
	buffer_free(&bytes);
	free(path);
	return rc;
}

/* Somebody has removed the file: what goes there goes nowhere. */
static void
notice_removal(struct journal *j)
{
	struct stat st;

	if (j->file.fd < 0 || j->turning || fstat(j->file.fd, &st) != 0 ||
	    st.st_nlink > 0)
		return;
	log_line(LOG_LEVEL_ERROR, "journal", "%s: was removed", j->file.path);
	j->turning = true;
	memlog_turn(j->tail);
}

/* When what is written is to be synced; INT64_MAX: not by time. */
static int64_t
sync_due(const struct journal *j)
{
	if (!j->unsynced || j->config.sync != JOURNAL_INTERVAL)
		return INT64_MAX;
	return j->synced_mono_ns + j->config.sync_ns;
}

static int64_t
house_due(const struct journal *j)
{
	return j->kept_house_mono_ns + HOUSE_NS;
}

static void
keep_house(struct journal *j, int64_t now)
{
	struct error err;

	journal_disk_begin(j);
	if (now >= house_due(j)) {
		j->kept_house_mono_ns = now;
		journal_save_cursors(j, j->config.sync != JOURNAL_NEVER);
		notice_removal(j);
		journal_mend_suspects(j);
		journal_retain(j);
		journal_pack_begin(j);
	}
	if (now >= sync_due(j) && sync_file(j, &err) != 0) {
		j->synced_mono_ns = now; /* tried, and so again later */
		journal_failed(j, &err);
	}
	journal_disk_end(j);
}

/* ---------------------------------------------------------------- its turns */

/* False once there is no time left. */
static bool
wait_to_retry(struct journal *j)
{
	int64_t until = clock_mono_ns() + RETRY_NS;
	bool more;

	pthread_mutex_lock(&j->lock);
	while (!j->stopping && wait_until(&j->changed, &j->lock, until))
		;
	more = !j->stopping || clock_mono_ns() < j->deadline_mono_ns;
	if (j->stopping && more) {
		until = clock_mono_ns() + RETRY_NS / 10;
		while (wait_until(&j->changed, &j->lock, until))
			;
	}
	pthread_mutex_unlock(&j->lock);
	return more;
}

static int64_t
next_turn(const struct journal *j)
{
	int64_t next = house_due(j);

	if (sync_due(j) < next)
		next = sync_due(j);
	if (j->packing != NULL && j->pack_mono_ns < next)
		next = j->pack_mono_ns;
	return next;
}

/* True if it was the last one. */
static bool
end_turn(struct journal *j)
{
	bool stopping;

	pthread_mutex_lock(&j->lock);
	j->stats.turns++;
	stopping = j->stopping;
	pthread_mutex_unlock(&j->lock);
	return stopping && j->group.sums.frames == 0 && !j->ahead &&
	       memlog_is_read(j->tail, &j->cursor);
}

bool
journal_step(struct journal *j)
{
	struct error err;
	int64_t now;

	fill_group(j, next_turn(j));
	if (j->group.sums.frames > 0) {
		if (write_group(j, &err) == 0) {
			journal_works(j);
			j->wrote_mono_ns = clock_mono_ns();
		} else {
			journal_failed(j, &err);
			(void)journal_free_room(j);
			if (!wait_to_retry(j))
				return false;
		}
	}
	now = clock_mono_ns();
	if (now >= next_turn(j))
		keep_house(j, now);
	journal_pack_step(j);
	return !end_turn(j);
}

void
journal_end(struct journal *j)
{
	struct error err;

	journal_pack_stop(j);
	journal_disk_begin(j);
	if (j->file.fd >= 0 && journal_save_checkpoints(j, &err) != 0)
		journal_failed(j, &err);
	end_segment(j);
	journal_save_cursors(j, j->config.sync != JOURNAL_NEVER);
	journal_disk_end(j);
}
