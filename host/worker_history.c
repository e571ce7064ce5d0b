/* Questions to the store of a writer in a worker: its answer comes in pieces,
   each asked for, so that neither side has to keep more than one. */
#include "worker_private.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "predicate.h"
#include "wait.h"

/* A history() past its deadline may still end well within this. */
#define GRACE_NS NS_PER_S

static struct seat_question *
find(struct worker *w, uint32_t id)
{
	struct seat_question *q;

	for (q = w->workers->questions; q != NULL; q = q->next)
		if (q->id == id && q->seat->worker == w && !q->over)
			return q;
	return NULL;
}

static void
end(struct seat_question *q, const char *why)
{
	q->over = true;
	q->failed = why != NULL;
	if (why != NULL)
		error_set(&q->why, "%s", why);
}

void
seat_fail_questions(struct seat *s)
{
	struct seat_question *q;

	for (q = s->worker->workers->questions; q != NULL; q = q->next)
		if (q->seat == s && !q->over)
			end(q, "not running");
}

/* One that nobody waits for any more is no error. */
int
worker_take_answer(
    struct worker *w, const struct worker_message *m, struct error *err)
{
	struct workers *ws = w->workers;
	struct seat_question *q;
	uint32_t id;
	int rc = 0;

	if (worker_read_u32(m, &id, err) != 0)
		return -1;
	pthread_mutex_lock(&ws->lock);
	q = find(w, id);
	if (q != NULL && q->here)
		rc = error_set(err, "a piece of an answer unasked");
	else if (q != NULL) {
		buffer_clear(&q->piece);
		buffer_put(&q->piece, m->payload + 4, m->size - 4);
		if (buffer_failed(&q->piece))
			end(q, "out of memory");
		q->here = !q->over;
		pthread_cond_broadcast(&ws->changed);
	}
	pthread_mutex_unlock(&ws->lock);
	return rc;
}

int
worker_take_answered(
    struct worker *w, const struct worker_message *m, struct error *err)
{
	struct workers *ws = w->workers;
	struct worker_answered a;
	struct seat_question *q;

	if (worker_read_answered(m, &a, err) != 0)
		return -1;
	if (a.why.length > WORKER_TEXT_MAX)
		a.why.length = WORKER_TEXT_MAX;
	pthread_mutex_lock(&ws->lock);
	q = find(w, a.id);
	if (q != NULL) {
		end(q, a.failed ? "failed without a reason" : NULL);
		q->through = a.through;
		if (a.failed && a.why.length > 0)
			error_set(
			    &q->why, "%.*s", (int)a.why.length, a.why.text);
		pthread_cond_broadcast(&ws->changed);
	}
	pthread_mutex_unlock(&ws->lock);
	return 0;
}

/* ---------------------------------------------------------------- asking -- */

static void
send_question(struct seat_question *q, const struct farm_predicate *p,
    const char *text, int64_t deadline_mono_ns)
{
	struct worker_question said = {
		.id = q->id,
		.flags = p->flags,
		.deadline_mono_ns = deadline_mono_ns,
		.from_ns = p->from_ns,
		.to_ns = p->to_ns,
		.step_ns = p->step_ns,
		.level_ns = p->level_ns,
		.predicate = text,
	};

	worker_put_question(&q->seat->worker->out, q->seat->number, &said);
	worker_send(q->seat->worker);
}

static void
send_more(struct seat_question *q, bool enough)
{
	struct buffer *out = &q->seat->worker->out;
	size_t begin;

	if (!q->seat->open)
		return;
	begin = worker_put_begin(out, WORKER_MORE, q->seat->number);
	worker_put_u32(out, q->id);
	buffer_putc(out, (char)enough);
	worker_put_end(out, begin);
	worker_send(q->seat->worker);
}

/* The lock is given up while the piece is looked at. */
static int
use_piece(struct seat_question *q, seat_piece_fn *piece, void *context)
{
	struct workers *ws = q->seat->worker->workers;
	struct error err;
	int more;

	pthread_mutex_unlock(&ws->lock);
	more = piece(context, q->piece.data, q->piece.size, &err);
	pthread_mutex_lock(&ws->lock);
	q->here = false;
	if (more < 0) {
		error_prefix(&err, "broke the protocol");
		worker_end(q->seat->worker, err.text);
		end(q, err.text);
		return -1;
	}
	send_more(q, more == 0);
	return more;
}

/* With the lock held; what comes after enough of it is let go. */
static void
await(struct seat_question *q, int64_t deadline_mono_ns, seat_piece_fn *piece,
    void *context)
{
	struct workers *ws = q->seat->worker->workers;
	struct buffer why = BUFFER_INIT;
	int64_t until = deadline_mono_ns < INT64_MAX - GRACE_NS
			    ? deadline_mono_ns + GRACE_NS
			    : INT64_MAX;
	int more = 1;

	while (!q->over || q->here) {
		if (q->here && more > 0) {
			more = use_piece(q, piece, context);
			/* The time that took is not the worker's. */
			if (until < clock_mono_ns() + GRACE_NS)
				until = clock_mono_ns() + GRACE_NS;
			continue;
		}
		if (q->here) {
			q->here = false;
			send_more(q, true);
			continue;
		}
		if (wait_until(&ws->changed, &ws->lock, until))
			continue;
		buffer_printf(&why,
		    "hung and was killed: %s: history() is past its deadline",
		    q->seat->instance->name);
		if (q->seat->hung == NULL)
			q->seat->hung = strdup(buffer_text(&why));
		end(q, "no answer in time");
	}
	buffer_free(&why);
}

static void
take_out(struct workers *ws, struct seat_question *q)
{
	struct seat_question **at = &ws->questions;

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	buffer_free(&q->piece);
}

bool
seat_end_hung(struct seat *s)
{
	struct workers *ws = s->worker->workers;
	bool hung;

	pthread_mutex_lock(&ws->lock);
	hung = s->open && s->hung != NULL;
	if (hung)
		worker_end(s->worker, s->hung);
	pthread_mutex_unlock(&ws->lock);
	return hung;
}

int
seat_history(struct seat *s, const struct farm_predicate *p,
    int64_t deadline_mono_ns, seat_piece_fn *piece, void *context,
    uint64_t *ret_through, struct error *err)
{
	struct workers *ws = s->worker->workers;
	struct seat_question q = { .seat = s };
	struct buffer text = BUFFER_INIT;

	predicate_print(&text, p);
	if (buffer_failed(&text)) {
		buffer_free(&text);
		return error_set(err, "out of memory");
	}
	pthread_mutex_lock(&ws->lock);
	q.id = ++ws->next_id;
	q.next = ws->questions;
	ws->questions = &q;
	if (s->open) {
		send_question(&q, p, buffer_text(&text), deadline_mono_ns);
		await(&q, deadline_mono_ns, piece, context);
	} else {
		end(&q, "not running");
	}
	take_out(ws, &q);
	pthread_mutex_unlock(&ws->lock);
	buffer_free(&text);
	if (q.failed)
		return error_set(err, "%s", q.why.text);
	*ret_through = q.through;
	return 0;
}
