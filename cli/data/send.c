/*
 * Rows are collected, put in an order in which values of one node at one time
 * are one result again, and sent as a frame.
 */
#include "send.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "batch.h"
#include "client.h"
#include "clock.h"
#include "frame.h"
#include "series.h"

/* Rows and bytes of a request, far below what the daemon takes. */
#define ROWS_MAX 20000
#define BYTES_MAX (512u << 10)
/* Bytes that a value and its head may need at the most, and a definition
   beside its names. */
#define VALUE_BYTES 40
#define SERIES_BYTES 40
/* A daemon whose writers do not get on for so long is given up. */
#define PATIENCE_NS (600 * NS_PER_S)

struct kept {
	int64_t time_ns;
	const struct farm_series *series;
	struct farm_value value;
	size_t order;
};

struct sender {
	const struct cli *cli;
	struct kept *rows;
	size_t n;
	size_t bytes;
	uint32_t last; /* handle of the row before */
	struct series_table *series;
	struct frame_encoder *encoder;
	struct arena *texts;
	uint64_t taken;
	bool waiting; /* and said so */
};

static void
forget(struct sender *s)
{
	frame_encoder_free(s->encoder);
	series_table_free(s->series);
	arena_free(s->texts);
	s->encoder = NULL;
	s->series = NULL;
	s->texts = NULL;
	s->n = 0;
	s->bytes = 0;
	s->last = 0;
}

/* Each request is a stream of its own. */
static int
begin(struct sender *s, struct error *err)
{
	s->series = series_table_new(ROWS_MAX + 1);
	s->texts = arena_new(0);
	if (s->series != NULL)
		s->encoder = frame_encoder_new(s->series);
	if (s->encoder != NULL && s->texts != NULL)
		return 0;
	forget(s);
	return error_set(err, "out of memory");
}

struct sender *
sender_new(const struct cli *cli)
{
	struct sender *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->cli = cli;
	s->rows = calloc(ROWS_MAX, sizeof(*s->rows));
	if (s->rows != NULL)
		return s;
	free(s);
	return NULL;
}

void
sender_free(struct sender *s)
{
	if (s == NULL)
		return;
	forget(s);
	free(s->rows);
	free(s);
}

uint64_t
sender_taken(const struct sender *s)
{
	return s->taken;
}

/* --- one request --- */

static int
by_node_and_time(const void *a, const void *b)
{
	const struct kept *x = a;
	const struct kept *y = b;
	int order = strcmp(x->series->farm, y->series->farm);

	if (order == 0)
		order = strcmp(x->series->cluster, y->series->cluster);
	if (order == 0)
		order = strcmp(x->series->node, y->series->node);
	if (order != 0)
		return order;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool
is_same_result(const struct kept *a, const struct kept *b)
{
	return a->time_ns == b->time_ns &&
	       strcmp(a->series->node, b->series->node) == 0 &&
	       strcmp(a->series->cluster, b->series->cluster) == 0 &&
	       strcmp(a->series->farm, b->series->farm) == 0;
}

static struct batch *
make_batch(struct sender *s)
{
	struct batch *b = batch_new();
	size_t i;
	int rc = b == NULL ? -1 : 0;

	qsort(s->rows, s->n, sizeof(*s->rows), by_node_and_time);
	for (i = 0; i < s->n && rc == 0; i++) {
		const struct kept *row = &s->rows[i];

		if (i > 0 && is_same_result(row, row - 1))
			rc = batch_add_value(b, &row->value);
		else
			rc = batch_add_result(
			    b, row->time_ns, "", 0, &row->value, 1);
	}
	if (rc == 0)
		return b;
	batch_unref(b);
	return NULL;
}

static int
encode(struct sender *s, struct buffer *frame, struct error *err)
{
	struct batch *b = make_batch(s);
	int rc;

	if (b == NULL)
		return error_set(err, "out of memory");
	rc = frame_encode(s->encoder, &b->view, frame, err);
	batch_unref(b);
	return rc;
}

static void
say_waiting(struct sender *s, const char *why)
{
	if (!s->waiting)
		(void)cli_fail(s->cli, 0, "waiting: %s", why);
	s->waiting = true;
}

/* Until the daemon takes it: it says when its writers are behind. */
static int
post(struct sender *s, const void *body, size_t size, struct error *err)
{
	int64_t end_ns = clock_mono_ns() + PATIENCE_NS;
	const struct timespec pause = { .tv_nsec = 200 * 1000 * 1000 };
	json_t *answer;
	bool busy;

	for (;;) {
		if (client_post_bytes(s->cli->socket, "/v1/import", body, size,
			&answer, &busy, err) == 0) {
			json_decref(answer);
			s->taken += s->n;
			return 0;
		}
		if (!busy || clock_mono_ns() > end_ns)
			return -1;
		say_waiting(s, err->text);
		(void)nanosleep(&pause, NULL);
	}
}

static int
send_rows(struct sender *s, struct error *err)
{
	struct buffer frame = BUFFER_INIT;
	int rc = 0;

	if (s->n > 0) {
		rc = encode(s, &frame, err);
		if (rc == 0)
			rc = post(s, frame.data, frame.size, err);
	}
	forget(s);
	buffer_free(&frame);
	return rc;
}

/* --- rows --- */

static size_t
series_bytes_of(const struct farm_series *s)
{
	size_t n = SERIES_BYTES + strlen(s->farm) + strlen(s->cluster) +
		   strlen(s->node) + strlen(s->parameter) + strlen(s->unit);
	uint32_t i;

	for (i = 0; i < s->n_labels; i++)
		n += strlen(s->labels[i].name) + strlen(s->labels[i].value) + 8;
	return n;
}

static int
keep(
    struct sender *s, const struct row *row, uint32_t handle, struct error *err)
{
	struct kept *kept = &s->rows[s->n];

	*kept = (struct kept){ .time_ns = row->time_ns,
		.series = series_get(s->series, handle),
		.value = row->value,
		.order = s->n };
	kept->value.series = handle;
	if (row->value.type == FARM_TEXT) {
		kept->value.text = arena_strndup(
		    s->texts, row->value.text, row->value.length);
		if (kept->value.text == NULL)
			return error_set(err, "out of memory");
	}
	if (handle != s->last)
		s->bytes += series_bytes_of(kept->series);
	s->last = handle;
	s->bytes += VALUE_BYTES + row->value.length;
	s->n++;
	return 0;
}

int
sender_put(struct sender *s, const struct row *row, struct error *err)
{
	uint32_t handle;

	if ((s->n == ROWS_MAX || s->bytes >= BYTES_MAX) &&
	    send_rows(s, err) < 0)
		return -1;
	if (s->series == NULL && begin(s, err) < 0)
		return -1;
	handle = series_define(s->series, &row->series, err);
	if (handle == 0)
		return -1;
	return keep(s, row, handle, err);
}

int
sender_end(struct sender *s, struct error *err)
{
	if (send_rows(s, err) < 0)
		return -1;
	return post(s, "", 0, err);
}
