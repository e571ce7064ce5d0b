#include "worker_answer.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "frame.h"
#include "history.h"
#include "predicate.h"

#define SERIES_MAX (1u << 24)
/* Points of one piece. */
#define PIECE 4096

struct answers {
	struct guest *guest;
	struct history *history;
	struct frame_encoder *encoder;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned asking; /* questions */
	bool more;       /* the last piece was taken */
	bool enough;
	bool ending;
};

/* One question and the piece of its answer that is being filled. */
struct question {
	struct job job; /* first */
	struct answers *answers;
	struct arena *arena;
	struct farm_predicate predicate;
	uint32_t id;
	int64_t deadline_mono_ns;
	struct batch *piece;
	struct error broken; /* "": it is not */
};

/* Waits until farmd has taken it; false if it wants no more. */
static bool
send_piece(struct question *q)
{
	struct answers *a = q->answers;
	struct guest *g = a->guest;
	bool enough;

	pthread_mutex_lock(&a->lock);
	a->more = false;
	pthread_mutex_unlock(&a->lock);
	if (worker_child_answer(g->main->child, g->seat, q->id, a->encoder,
		&q->piece->view, &q->broken) != 0)
		return false;
	batch_truncate(q->piece, 0);
	pthread_mutex_lock(&a->lock);
	while (!a->more && !a->ending)
		pthread_cond_wait(&a->changed, &a->lock);
	enough = a->enough || a->ending;
	pthread_mutex_unlock(&a->lock);
	return !enough;
}

static int
put_average(struct batch *piece, const struct farm_value *value,
    const struct level_slot *a)
{
	struct farm_value rows[HISTORY_ROWS] = { farm_double(a->mean),
		farm_double(a->min), farm_double(a->max), farm_double(a->last),
		farm_uint64(a->count), farm_int64(a->held_ns),
		farm_int64(a->span_ns) };
	size_t i;

	for (i = 0; i < HISTORY_ROWS; i++)
		rows[i].series = value->series;
	return batch_add_result(
	    piece, a->time_ns, "", FARM_AVERAGE, rows, HISTORY_ROWS);
}

static bool
add_point(void *context, const struct farm_series *series,
    const struct history_point *point)
{
	struct question *q = context;
	int rc;

	(void)series;
	if (point->average != NULL)
		rc = put_average(q->piece, &point->value, point->average);
	else
		rc = batch_add_result(
		    q->piece, point->time_ns, "", 0, &point->value, 1);
	if (rc != 0) {
		error_set(&q->broken, "out of memory");
		return false;
	}
	return q->piece->view.n_records < PIECE || send_piece(q);
}

static void
say_answered(struct question *q, bool failed, uint64_t through, const char *why)
{
	struct guest *g = q->answers->guest;
	struct worker_answered answered = {
		.id = q->id,
		.failed = failed,
		.through = through,
		.why = { why, strnlen(why, WORKER_TEXT_MAX) },
	};

	worker_child_answered(g->main->child, g->seat, &answered);
}

static void
question_free(struct question *q)
{
	if (q == NULL)
		return;
	batch_unref(q->piece);
	arena_free(q->arena);
	free(q);
}

/* The question alone is touched before the last word: with it, farmd may ask
   the next one. */
static void
question_run(struct job *job)
{
	struct question *q = (struct question *)job;
	struct answers *a = q->answers;
	uint64_t through = 0;
	struct error err;
	int rc;

	pthread_mutex_lock(&a->lock);
	a->enough = false;
	pthread_mutex_unlock(&a->lock);
	frame_encoder_reset(a->encoder);
	rc = history_ask(a->history, &q->predicate, q->deadline_mono_ns,
	    add_point, q, &through, &err);
	if (rc == 0 && q->piece->view.n_records > 0 &&
	    q->broken.text[0] == '\0')
		(void)send_piece(q);
	if (rc == 0 && q->broken.text[0] != '\0') {
		err = q->broken;
		rc = -1;
	}
	say_answered(q, rc != 0, through, rc != 0 ? err.text : "");
	question_free(q);
	pthread_mutex_lock(&a->lock);
	a->asking--;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

/* ------------------------------------------------------- the other side -- */

/* The times are said beside the text, which has them only to a part of a
   millisecond. */
static int
parse(struct question *q, const struct worker_question *said, struct error *err)
{
	struct farm_predicate *list;
	size_t n;

	q->arena = arena_new(0);
	q->piece = batch_new();
	if (q->arena == NULL || q->piece == NULL)
		return error_set(err, "out of memory");
	if (predicate_parse(q->arena, said->predicate,
		said->flags & FARM_COMPAT, &list, &n, err) != 0)
		return -1;
	if (n != 1)
		return error_set(err, "a question of %zu predicates", n);
	q->predicate = list[0];
	q->predicate.from_ns = said->from_ns;
	q->predicate.to_ns = said->to_ns;
	q->predicate.flags = said->flags;
	q->predicate.step_ns = said->step_ns;
	q->predicate.level_ns = said->level_ns;
	q->id = said->id;
	q->deadline_mono_ns = said->deadline_mono_ns;
	return 0;
}

int
answers_ask(
    struct answers *a, const struct worker_question *said, struct error *err)
{
	struct question *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return error_set(err, "out of memory");
	q->answers = a;
	q->job.run = question_run;
	if (parse(q, said, err) != 0) {
		question_free(q);
		return -1;
	}
	pthread_mutex_lock(&a->lock);
	a->asking++;
	pthread_mutex_unlock(&a->lock);
	pool_submit(a->guest->main->pool, &q->job);
	return 0;
}

void
answers_more(struct answers *a, bool enough)
{
	pthread_mutex_lock(&a->lock);
	a->more = true;
	a->enough = enough;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

void
answers_end(struct answers *a)
{
	pthread_mutex_lock(&a->lock);
	a->ending = true;
	pthread_cond_broadcast(&a->changed);
	while (a->asking > 0)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
	history_reset(a->history);
}

struct answers *
answers_new(struct guest *g)
{
	struct answers *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->guest = g;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	a->history = history_new(g->instance, SERIES_MAX);
	if (a->history != NULL)
		a->encoder = frame_encoder_new(history_names(a->history));
	if (a->encoder == NULL) {
		answers_free(a);
		return NULL;
	}
	return a;
}

void
answers_free(struct answers *a)
{
	if (a == NULL)
		return;
	frame_encoder_free(a->encoder);
	history_free(a->history);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
