/* What a journal finds when it is opened, and what it does about it. */
#include "journal_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "reader.h"
#include "replace.h"

#define CHECKPOINTS_BYTES ((size_t)128 << 20)

/* ------------------------------------------------------------------ mending */

/* A fresh file of the frames that can be read, and what they are. */
struct salvage {
	struct buffer bytes;
	struct ranges good;
};

static int
save_frame(void *context, const void *frame, size_t size,
    const struct farm_batch *batch, struct error *err)
{
	struct salvage *s = context;

	buffer_put(&s->bytes, frame, size);
	if (buffer_failed(&s->bytes))
		return error_set(err, "out of memory");
	if (batch->n_records > 0 &&
	    ranges_add(&s->good, batch->records[0].position,
		batch->records[batch->n_records - 1].position) != 0)
		return error_set(err, "out of memory");
	return 0;
}

static int
set_aside(const char *path, struct error *err)
{
	char *aside;
	int rc = 0;

	if (asprintf(&aside, "%s.bad", path) < 0)
		return error_set(err, "out of memory");
	if (rename(path, aside) != 0)
		rc = error_set(err, "%s: %m", aside);
	free(aside);
	return rc;
}

/* Only once the new one is safe: with a full disk the old one stays. */
static int
put_in_place(const char *path, const struct salvage *s, struct error *err)
{
	char *fresh;
	int rc = -1;

	if (asprintf(&fresh, "%s.mended", path) < 0)
		return error_set(err, "out of memory");
	if (replace_file(fresh, s->bytes.data, s->bytes.size, true, err) == 0 &&
	    set_aside(path, err) == 0) {
		rc = rename(fresh, path);
		if (rc != 0)
			error_set(err, "%s: %m", path);
	}
	free(fresh);
	return rc;
}

/* The segment becomes what was saved of it, the old one PATH.bad. */
static int
rewrite(const char *path, struct salvage *s, const struct segment_sums *good,
    struct error *err)
{
	uint8_t end[SEGMENT_END];

	segment_put_end(end, good);
	buffer_put(&s->bytes, end, sizeof(end));
	if (buffer_failed(&s->bytes))
		return error_set(err, "out of memory");
	if (good->frames == 0)
		return set_aside(path, err);
	return put_in_place(path, s, err);
}

/* Nothing but the tail is wrong, if anything: what was being written. */
static int
cut_tail(const char *path, const struct segment_sums *good, struct error *err)
{
	struct segment_file f = { .size = good->bytes };
	int rc = 0;

	if (good->frames == 0) {
		if (unlink(path) != 0)
			rc = error_set(err, "%s: %m", path);
		return rc;
	}
	f.path = strdup(path);
	f.fd = open(path, O_RDWR | O_CLOEXEC);
	if (f.path == NULL || f.fd < 0 ||
	    ftruncate(f.fd, (off_t)good->bytes) != 0)
		rc = error_set(err, "%s: %m", path);
	else
		rc = segment_seal(&f, good, err);
	segment_close(&f);
	return rc;
}

static void
log_loss(const char *path, const struct segment_scan *scan)
{
	struct buffer from = BUFFER_INIT;
	struct buffer to = BUFFER_INIT;

	time_print(&from, scan->good.oldest_ns, 0);
	time_print(&to, scan->good.newest_ns, 0);
	log_line(LOG_LEVEL_ERROR, "journal",
	    "%s: %s; set aside as *.bad: %" PRIu64
	    " frames lost, positions %" PRIu64 " to %" PRIu64 "; %" PRIu64
	    " frames from %s to %s could be read",
	    path, scan->why.text, scan->bad_frames, scan->bad_first,
	    scan->bad_last, scan->good.frames, buffer_text(&from),
	    buffer_text(&to));
	buffer_free(&from);
	buffer_free(&to);
}

static int
mend(struct journal *j, const char *path, const struct segment_scan *scan,
    struct salvage *s, struct ranges *lost, struct error *err)
{
	if (scan->bad_bytes == 0 && scan->ended && scan->bad_frames == 0)
		return 0;
	if (scan->bad_bytes == 0 || scan->torn) {
		if (scan->bad_bytes > 0)
			log_line(LOG_LEVEL_WARNING, "journal",
			    "%s: %" PRIu64 " bytes of an unfinished write cut",
			    path, scan->bad_bytes);
		return cut_tail(path, &scan->good, err);
	}
	log_loss(path, scan);
	pthread_mutex_lock(&j->lock);
	j->stats.bad_frames += scan->bad_frames;
	pthread_mutex_unlock(&j->lock);
	if (ranges_add(lost, scan->bad_first, scan->bad_last) != 0 ||
	    ranges_remove_all(lost, &s->good) != 0)
		return error_set(err, "out of memory");
	return rewrite(path, s, &scan->good, err);
}

/* Not one frame can be told from it: a header that was never finished, or no
   segment of ours. */
static int
mend_headless(
    const char *path, size_t size, const struct error *why, struct error *err)
{
	if (size < SEGMENT_HEADER) {
		log_line(LOG_LEVEL_WARNING, "journal",
		    "%s: begun and never written, removed", path);
		return unlink(path) == 0 ? 0 : error_set(err, "%s: %m", path);
	}
	log_line(LOG_LEVEL_ERROR, "journal", "%s: %s; set aside as *.bad", path,
	    why->text);
	return set_aside(path, err);
}

int
journal_mend(struct journal *j, const char *path, struct segment_sums *ret,
    struct ranges *lost, struct error *err)
{
	struct salvage s = { .bytes = BUFFER_INIT };
	struct segment_scan scan;
	struct segment_map map;
	struct error why;
	int rc;

	if (segment_map(&map, path, err) != 0)
		return -1;
	buffer_put(&s.bytes, map.bytes,
	    map.size < SEGMENT_HEADER ? 0 : SEGMENT_HEADER);
	if (segment_scan(map.bytes, map.size, save_frame, &s, &scan, &why) !=
	    0) {
		rc = mend_headless(path, map.size, &why, err);
		scan.good.frames = 0;
	} else {
		/* What was written lies behind it, perhaps. */
		if (map.unreadable > 0 || map.packed > 0)
			scan.torn = false;
		rc = mend(j, path, &scan, &s, lost, err);
	}
	if (rc == 0) {
		*ret = scan.good;
		rc = scan.good.frames > 0;
	}
	segment_unmap(&map);
	buffer_free(&s.bytes);
	ranges_free(&s.good);
	return rc;
}

/* -------------------------------------------------------------- the folder */

/* The position in the name of a segment; 0 if it is none. */
static uint64_t
position_in(const char *name)
{
	uint64_t position;
	int end = 0;

	if (strlen(name) != 24 ||
	    sscanf(name, "%20" SCNu64 ".seg%n", &position, &end) != 1 ||
	    end != 24)
		return 0;
	return position;
}

/* Its sums from its end, if it has one. */
static bool
read_end(const char *path, uint64_t position, struct segment_sums *ret,
    uint64_t *ret_packed)
{
	uint8_t header[SEGMENT_HEADER];
	uint8_t end[SEGMENT_END];
	struct segment_header h;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	bool good;

	good = size >= SEGMENT_HEADER + SEGMENT_END &&
	       pread(fd, header, sizeof(header), 0) == SEGMENT_HEADER &&
	       pread(fd, end, sizeof(end), size - SEGMENT_END) == SEGMENT_END &&
	       segment_get_header(header, sizeof(header), &h, NULL) == 0 &&
	       h.first_position == position &&
	       segment_get_end(end,
		   h.packed ? segment_ended_size(end) : (uint64_t)size, ret);
	*ret_packed = good && h.packed ? (uint64_t)size : 0;
	if (fd >= 0)
		close(fd);
	ret->first_position = position;
	return good;
}

static void
recover_segment(struct journal *j, uint64_t position)
{
	char *path = segment_path(j->folder, position);
	struct journal_segment s = { .sealed = true };
	struct error err;
	int rc = 1;

	if (path == NULL) {
		error_set(&err, "out of memory");
		rc = -1;
	} else if (!read_end(path, position, &s.sums, &s.packed)) {
		rc = journal_mend(j, path, &s.sums, &j->lost, &err);
	}
	if (rc > 0 && journal_add_segment(j, &s) != 0)
		rc = error_set(&err, "out of memory");
	/* Left as it is, to be looked at by the next start. */
	if (rc < 0)
		log_line(LOG_LEVEL_ERROR, "journal", "%s", err.text);
	free(path);
}

static int
by_position(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Positions of all segments; NULL if the folder cannot be read. */
static uint64_t *
list_folder(const char *folder, size_t *ret_n)
{
	DIR *dir = opendir(folder);
	uint64_t *list = NULL;
	uint64_t *grown;
	size_t n = 0;

	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		uint64_t position = position_in(e->d_name);

		if (position == 0)
			continue;
		grown = reallocarray(list, n + 1, sizeof(*list));
		if (grown == NULL)
			break;
		list = grown;
		list[n++] = position;
	}
	if (dir != NULL)
		closedir(dir);
	if (n > 0)
		qsort(list, n, sizeof(*list), by_position);
	*ret_n = n;
	return list;
}

/* What was being written when the process ended. */
static void
remove_unfinished(const char *folder)
{
	DIR *dir = opendir(folder);
	char *path;

	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		size_t n = strlen(e->d_name);

		if (n != 28 || strcmp(e->d_name + 20, ".seg.new") != 0 ||
		    asprintf(&path, "%s/%s", folder, e->d_name) < 0)
			continue;
		(void)unlink(path);
		free(path);
	}
	if (dir != NULL)
		closedir(dir);
}

/* -------------------------------------------------------------- checkpoints */

static int
take_checkpoints(void *context, const void *frame, size_t size,
    const struct farm_batch *batch, struct error *err)
{
	struct journal *j = context;

	(void)frame, (void)size;
	for (size_t i = 0; i < batch->n_records; i++) {
		const struct farm_record *r = &batch->records[i];

		if (r->type == FARM_CHECKPOINT &&
		    checkpoints_add(j->checkpoints, r->position, r->instance,
			r->payload, r->payload_size) != 0)
			return error_set(err, "out of memory");
	}
	checkpoints_written(j->checkpoints, UINT64_MAX);
	return 0;
}

static int
scan_checkpoints(
    struct journal *j, const struct journal_segment *s, struct error *err)
{
	char *path = segment_path(j->folder, s->sums.first_position);
	struct segment_scan scan;
	struct segment_map map;
	int rc = -1;

	if (path == NULL)
		return error_set(err, "out of memory");
	if (segment_map(&map, path, err) == 0) {
		rc = segment_scan(
		    map.bytes, map.size, take_checkpoints, j, &scan, err);
		segment_unmap(&map);
	}
	free(path);
	return rc;
}

static void
log_checkpoints(const struct error *err)
{
	log_line(LOG_LEVEL_ERROR, "journal",
	    "checkpoints of modules may be lost: %s", err->text);
}

/* From the file what was complete when it was written, the rest from the
   segments since: all of them if it cannot be read. */
static void
recover_checkpoints(struct journal *j)
{
	struct buffer bytes = BUFFER_INIT;
	uint64_t through = 0;
	struct error err;
	char *path;
	int rc;

	path = journal_checkpoints_path(j);
	if (path == NULL)
		rc = error_set(&err, "out of memory");
	else
		rc = read_file(path, CHECKPOINTS_BYTES, &bytes, &err);
	if (rc > 0 && checkpoints_parse(j->checkpoints, bytes.data, bytes.size,
			  &through, &err) != 0) {
		error_prefix(&err, "%s", path);
		through = 0;
		rc = -1;
	}
	if (rc < 0)
		log_checkpoints(&err);
	for (size_t i = 0; i < j->n_segments; i++)
		if (j->segments[i].sums.last_position > through &&
		    scan_checkpoints(j, &j->segments[i], &err) != 0)
			log_checkpoints(&err);
	buffer_free(&bytes);
	free(path);
}

void
journal_recover(struct journal *j)
{
	uint64_t *list;
	size_t n;

	remove_unfinished(j->folder);
	list = list_folder(j->folder, &n);
	for (size_t i = 0; i < n; i++)
		recover_segment(j, list[i]);
	free(list);
	if (j->n_segments > 0)
		j->stats.written =
		    j->segments[j->n_segments - 1].sums.last_position;
	recover_checkpoints(j);
}

/* ----------------------------------------------------------------- suspects */

/* The first that somebody complained of and that is complete; 0 if none. */
static uint64_t
next_suspect(struct journal *j)
{
	uint64_t position = 0;

	pthread_mutex_lock(&j->lock);
	for (size_t i = 0; i < j->n_segments && position == 0; i++) {
		if (!j->segments[i].suspect)
			continue;
		if (j->segments[i].sealed)
			position = j->segments[i].sums.first_position;
		else
			j->turning = true;
	}
	pthread_mutex_unlock(&j->lock);
	if (j->turning)
		memlog_turn(j->tail);
	return position;
}

/* Nothing of a segment is left. */
static int
lose_all(struct journal *j, const struct segment_sums *sums,
    struct ranges *lost, struct error *err)
{
	log_line(LOG_LEVEL_ERROR, "journal",
	    "%" PRIu64 " frames, %" PRIu64 " values lost with it", sums->frames,
	    sums->values);
	pthread_mutex_lock(&j->lock);
	j->stats.bad_frames += sums->frames;
	pthread_mutex_unlock(&j->lock);
	if (ranges_add(lost, sums->first_position, sums->last_position) != 0)
		return error_set(err, "out of memory");
	return 0;
}

/* Somebody has taken it away. */
static int
mend_removed(const char *path)
{
	log_line(LOG_LEVEL_ERROR, "journal", "%s: was removed", path);
	return 0;
}

static void
mend_one(struct journal *j, uint64_t position, struct error *err)
{
	char *path = segment_path(j->folder, position);
	struct ranges lost = { .items = NULL };
	struct journal_segment *s;
	struct segment_sums sums, before;
	int rc;

	pthread_mutex_lock(&j->lock);
	before = sums = journal_segment(j, position)->sums;
	pthread_mutex_unlock(&j->lock);
	if (path == NULL)
		rc = error_set(err, "out of memory");
	else if (access(path, F_OK) != 0 && errno == ENOENT)
		rc = mend_removed(path);
	else
		rc = journal_mend(j, path, &sums, &lost, err);
	if (rc == 0 && lost.n == 0)
		rc = lose_all(j, &before, &lost, err);
	if (rc < 0)
		journal_failed(j, err);
	else
		readers_lost(j, &lost);
	pthread_mutex_lock(&j->lock);
	s = journal_segment(j, position);
	if (rc > 0)
		*s = (struct journal_segment){
			.sums = sums, .sealed = true, .mended = s->mended + 1
		};
	else if (rc == 0)
		journal_drop_segment(j, position);
	else
		s->suspect = true;
	pthread_mutex_unlock(&j->lock);
	ranges_free(&lost);
	free(path);
}

void
journal_mend_suspects(struct journal *j)
{
	uint64_t position = next_suspect(j);
	struct error err;

	/* One each time: the next comes in a second. */
	if (position != 0)
		mend_one(j, position, &err);
}
