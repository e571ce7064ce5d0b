/*
 * Full, and the policy is to thin: of the oldest segments that somebody has yet
 * to read, every second result of each node goes, so that what is left is
 * coarse instead of missing.
 */
#include "journal_private.h"

#include <stdlib.h>

#include "column.h"
#include "frame.h"
#include "log.h"
#include "reader.h"
#include "replace.h"

#define SERIES_MAX (1u << 24)

/* A segment written anew with half of what is in it. */
struct thinning {
	struct journal *journal;
	struct series_table *series;
	struct frame_decoder *decoder;
	struct frame_encoder *encoder;
	struct column odd; /* bool, by the first series of a result */
	struct buffer bytes;
	struct segment_sums sums;
	uint64_t given_up; /* values, of all readers */
};

/* Every second one that begins with this series. */
static bool
goes(struct thinning *t, const struct farm_record *r)
{
	bool *odd;

	if (r->type != FARM_RESULT || r->n_values == 0)
		return false;
	odd = column_need(&t->odd, r->values[0].series);
	if (odd == NULL)
		return false;
	*odd = !*odd;
	return !*odd;
}

/* Take from the batch what goes, counted for whom it waited; returns how many
   records stay. */
static size_t
pick(struct thinning *t, struct batch *batch)
{
	struct journal *j = t->journal;
	size_t n = 0;

	for (size_t i = 0; i < batch->view.n_records; i++) {
		struct farm_record *r = batch_record(batch, i);

		if (!goes(t, r)) {
			*batch_record(batch, n++) = *r;
			continue;
		}
		for (size_t k = 0; k < j->n_readers; k++)
			if (reader_lose_record(j->readers[k], r))
				t->given_up += r->n_values;
	}
	return n;
}

/* Decoded once more, into a table that an encoder can use. */
static int
thin_frame(void *context, const void *frame, size_t size,
    const struct farm_batch *decoded, struct error *err)
{
	struct thinning *t = context;
	struct batch *batch = batch_new();
	size_t before = t->bytes.size;
	struct farm_batch rest;
	int rc;

	(void)decoded;
	if (batch == NULL)
		return error_set(err, "out of memory");
	rc = frame_decode(t->decoder, frame, size, batch, err);
	if (rc == 0) {
		rest.records = batch->view.records;
		rest.n_records = pick(t, batch);
		if (rest.n_records > 0)
			rc = frame_encode(t->encoder, &rest, &t->bytes, err);
		if (rc == 0 && rest.n_records > 0)
			segment_add(&t->sums, &rest, t->bytes.size - before);
	}
	batch_unref(batch);
	return rc;
}

static int
thinning_begin(struct thinning *t, struct journal *j,
    const struct segment_map *map, uint64_t first_position)
{
	struct segment_header header;

	*t = (struct thinning){ .journal = j,
		.bytes = BUFFER_INIT,
		.odd = { .item = sizeof(bool) },
		.sums = { .first_position = first_position,
		    .bytes = SEGMENT_HEADER } };
	if (segment_get_header(map->bytes, map->size, &header, NULL) == 0)
		t->sums.begun_ns = header.begun_ns;
	t->series = series_table_new(SERIES_MAX);
	if (t->series == NULL)
		return -1;
	t->decoder = frame_decoder_new(t->series);
	t->encoder = frame_encoder_new(t->series);
	buffer_put(&t->bytes, map->bytes,
	    map->size < SEGMENT_HEADER ? map->size : SEGMENT_HEADER);
	return t->decoder != NULL && t->encoder != NULL ? 0 : -1;
}

static void
thinning_end(struct thinning *t)
{
	frame_decoder_free(t->decoder);
	frame_encoder_free(t->encoder);
	series_table_free(t->series);
	column_free(&t->odd);
	buffer_free(&t->bytes);
}

static int
rewrite(
    struct journal *j, const char *path, struct thinning *t, struct error *err)
{
	uint8_t end[SEGMENT_END];

	segment_put_end(end, &t->sums);
	buffer_put(&t->bytes, end, sizeof(end));
	if (buffer_failed(&t->bytes))
		return error_set(err, "out of memory");
	return replace_file(path, t->bytes.data, t->bytes.size,
	    j->config.sync != JOURNAL_NEVER, err);
}

static int
thin(struct journal *j, const char *path, uint64_t first_position,
    struct segment_sums *ret, struct error *err)
{
	struct segment_scan scan;
	struct segment_map map;
	struct thinning t;
	int rc = -1;

	if (segment_map(&map, path, err) != 0)
		return -1;
	if (thinning_begin(&t, j, &map, first_position) != 0)
		error_set(err, "out of memory");
	else if (segment_scan(
		     map.bytes, map.size, thin_frame, &t, &scan, err) == 0)
		rc = rewrite(j, path, &t, err);
	*ret = t.sums;
	pthread_mutex_lock(&j->lock);
	j->stats.given_up_values += t.given_up;
	pthread_mutex_unlock(&j->lock);
	thinning_end(&t);
	segment_unmap(&map);
	return rc;
}

/* Readers keep off the segment until it is what it will be. */
static void
keep_off(struct journal *j, uint64_t first_position)
{
	struct journal_segment *s;

	pthread_mutex_lock(&j->lock);
	s = journal_segment(j, first_position);
	s->suspect = true;
	s->mended++;
	pthread_mutex_unlock(&j->lock);
}

int
journal_thin(struct journal *j, uint64_t first_position)
{
	char *path = segment_path(j->folder, first_position);
	struct segment_sums sums;
	struct journal_segment *s;
	struct error err;
	int rc;

	if (path == NULL)
		return -1;
	keep_off(j, first_position);
	pthread_mutex_lock(&j->readers_lock);
	for (size_t i = 0; i < j->n_readers; i++)
		reader_settle(j->readers[i]);
	rc = thin(j, path, first_position, &sums, &err);
	pthread_mutex_unlock(&j->readers_lock);
	free(path);
	pthread_mutex_lock(&j->lock);
	s = journal_segment(j, first_position);
	s->suspect = false;
	s->thinned++;
	if (rc == 0) {
		s->sums = sums;
		s->packed = 0;
	}
	pthread_mutex_unlock(&j->lock);
	if (rc != 0)
		log_line(LOG_LEVEL_ERROR, "journal",
		    "cannot thin what waits: %s", err.text);
	return rc;
}
