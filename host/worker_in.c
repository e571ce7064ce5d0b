/* From a worker: nothing of it is believed. */
#include "worker_private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

/* Others have their turn after so many bytes. */
#define READ_BYTES (256 << 10)
#define LINES_PER_SECOND 100

_Static_assert(WORKER_DROP_NAME == DROP_NAME, "reasons");
_Static_assert(WORKER_DROP_REFUSED == DROP_REFUSED, "reasons");

/* ----------------------------------------------------------------- seats -- */

/* The seat of this number, kept from being freed until it is left. */
static struct seat *
enter(struct worker *w, uint32_t number)
{
	struct seat *s;

	pthread_mutex_lock(&w->workers->lock);
	for (s = w->seats; s != NULL && s->number != number; s = s->next)
		;
	if (s != NULL)
		s->busy = true;
	pthread_mutex_unlock(&w->workers->lock);
	return s;
}

static void
leave(struct seat *s)
{
	struct workers *ws = s->worker->workers;

	pthread_mutex_lock(&ws->lock);
	s->busy = false;
	pthread_cond_broadcast(&ws->changed);
	pthread_mutex_unlock(&ws->lock);
}

void
worker_tell_lost(struct worker *w, const char *why, const char *crash)
{
	struct workers *ws = w->workers;
	struct seat *s;

	pthread_mutex_lock(&ws->lock);
	for (;;) {
		for (s = w->seats; s != NULL && !s->lost; s = s->next)
			;
		if (s == NULL)
			break;
		s->lost = false;
		s->busy = true;
		pthread_mutex_unlock(&ws->lock);
		s->events->lost(s->instance, why, crash);
		pthread_mutex_lock(&ws->lock);
		s->busy = false;
		pthread_cond_broadcast(&ws->changed);
	}
	pthread_mutex_unlock(&ws->lock);
}

bool
worker_is_held_up(struct worker *w)
{
	size_t most = w->workers->config.queued_max;
	const struct seat *s;

	for (s = w->seats; s != NULL; s = s->next)
		if (atomic_load(&s->instance->queued_bytes) > most)
			return true;
	return false;
}

/* -------------------------------------------------------------- messages -- */

static void
log_bounded(struct worker *w, enum log_level level, const char *source,
    const char *text, size_t length)
{
	int64_t second = clock_mono_ns() / NS_PER_S;

	if (second != w->second) {
		w->second = second;
		w->lines = 0;
	}
	if (++w->lines > LINES_PER_SECOND + 1)
		return;
	if (w->lines > LINES_PER_SECOND)
		log_line(LOG_LEVEL_WARNING, source,
		    "says more than %d lines a second; the rest is dropped",
		    LINES_PER_SECOND);
	else
		log_line(level, source, "%.*s", (int)length, text);
}

static int
take_log(struct worker *w, struct seat *s, const struct worker_message *m,
    struct error *err)
{
	struct worker_text text;
	uint8_t level;

	if (worker_read_words(m, &level, &text, err) != 0)
		return -1;
	if (text.length > WORKER_TEXT_MAX)
		text.length = WORKER_TEXT_MAX;
	log_bounded(w,
	    level == FARM_WARNING  ? LOG_LEVEL_WARNING
	    : level == FARM_NOTICE ? LOG_LEVEL_NOTICE
				   : LOG_LEVEL_DEBUG,
	    s != NULL ? s->instance->name : w->label, text.text, text.length);
	return 0;
}

/* What a record says of itself beyond its values is the host's to say. */
static void
adopt(struct batch *batch, struct instance *in)
{
	struct farm_record *r;
	size_t i;

	for (i = 0; i < batch->view.n_records; i++) {
		r = batch_record(batch, i);
		r->position = 0;
		r->instance = in->name;
		r->flags &= FARM_PARTIAL;
		if (r->type == FARM_CHECKPOINT)
			(void)instance_keep_checkpoint(
			    in, r->payload, r->payload_size);
	}
}

/* Of series that there is no room for; all others go on. */
static void
count_refused(struct worker *w, struct instance *in)
{
	const char *why;
	uint64_t refused = frame_decoder_refused(w->decoder, &why);

	if (refused == w->refused)
		return;
	ledger_drop(&in->ledger, DROP_SERIES, refused - w->refused);
	ledger_error(&in->ledger, clock_wall_ns(), why);
	log_line(LOG_LEVEL_WARNING, in->name, "%s", why);
	w->refused = refused;
}

static int
take_frame(struct worker *w, struct instance *in,
    const struct worker_message *m, struct error *err)
{
	struct batch *batch = batch_new();

	if (batch == NULL) {
		/* The stream cannot go on without its definitions. */
		return error_set(err, "out of memory");
	}
	if (frame_decode(w->decoder, m->payload, m->size, batch, err) != 0) {
		batch_unref(batch);
		return -1;
	}
	count_refused(w, in);
	if (batch_empty(batch)) {
		batch_unref(batch);
		return 0;
	}
	adopt(batch, in);
	atomic_fetch_add(&in->ledger.values, batch->n_values);
	in->sink->send(in->sink, in, batch);
	return 0;
}

/* As a text that ends; NULL if all is well. */
static const char *
reason(bool failed, const struct worker_text *text, struct error *room)
{
	size_t length = text->length;

	if (!failed)
		return NULL;
	if (length > WORKER_TEXT_MAX)
		length = WORKER_TEXT_MAX;
	error_set(room, "%.*s", (int)length, text->text);
	return room->text[0] != '\0' ? room->text : "failed without a reason";
}

static int
take_done(struct seat *s, const struct worker_message *m, struct error *err)
{
	struct worker_done done;
	struct error why;

	if (worker_read_done(m, &done, err) != 0)
		return -1;
	s->events->done(s->instance, done.target,
	    reason(done.failed, &done.why, &why), done.cpu_ns);
	return 0;
}

static int
take_verdict(struct seat *s, const struct worker_message *m, struct error *err)
{
	struct worker_verdict v;

	if (s->events->verdict == NULL)
		return error_set(err, "a verdict of what is no writer");
	if (worker_read_verdict(m, &v, err) != 0)
		return -1;
	s->events->verdict(s->instance, &v);
	return 0;
}

static int
take_acknowledge(
    struct seat *s, const struct worker_message *m, struct error *err)
{
	uint64_t first, last;

	if (worker_read_u64(m, 0, &first, err) != 0 ||
	    worker_read_u64(m, 1, &last, err) != 0)
		return -1;
	if (s->events->acknowledged == NULL || first > last)
		return error_set(err, "positions %llu to %llu acknowledged",
		    (unsigned long long)first, (unsigned long long)last);
	s->events->acknowledged(s->instance, first, last);
	return 0;
}

static int
take_opened(struct seat *s, const struct worker_message *m, struct error *err)
{
	struct worker_text text;
	struct error why;
	uint8_t failed;

	if (worker_read_words(m, &failed, &text, err) != 0)
		return -1;
	s->events->opened(s->instance, reason(failed != 0, &text, &why));
	return 0;
}

static int
take_ledger(struct seat *s, const struct worker_message *m, struct error *err)
{
	struct ledger *l = &s->instance->ledger;
	struct worker_ledger more;
	struct error text;
	uint32_t i;

	if (worker_read_ledger(m, &more, err) != 0)
		return -1;
	for (i = 0; i < more.n_dropped && i < DROP_REASONS; i++)
		ledger_drop(l, (enum drop_reason)i, more.dropped[i]);
	if (more.failures > 0) {
		atomic_fetch_add(&l->failures, more.failures);
		ledger_error(
		    l, clock_wall_ns(), reason(true, &more.error, &text));
	}
	return 0;
}

/* Of a series that it has given values of. */
static int
take_lifetime(
    struct worker *w, const struct worker_message *m, struct error *err)
{
	struct series_table *table = w->workers->config.series;
	struct worker_lifetime l;
	uint32_t series;

	if (worker_read_lifetime(m, &l, err) != 0)
		return -1;
	series = series_find(
	    table, l.names[0], l.names[1], l.names[2], l.names[3]);
	if (series != 0 && l.ns >= 0)
		series_set_lifetime(table, series, l.ns);
	return 0;
}

static int
take_reply(struct worker *w, const struct worker_message *m, struct error *err)
{
	struct workers *ws = w->workers;
	struct worker_text text;
	struct action *a;
	uint32_t id;
	bool failed;

	if (worker_read_reply(m, &id, &failed, &text, err) != 0)
		return -1;
	pthread_mutex_lock(&ws->lock);
	for (a = ws->actions; a != NULL; a = a->next) {
		if (a->id != id || a->seat->worker != w || a->over)
			continue;
		a->over = true;
		a->failed = failed;
		if (failed)
			(void)reason(true, &text, a->err);
		else
			buffer_put(a->reply, text.text, text.length);
		pthread_cond_broadcast(&ws->changed);
	}
	pthread_mutex_unlock(&ws->lock);
	return 0;
}

static int
take_ready(struct worker *w, const struct worker_message *m, struct error *err)
{
	uint32_t version;

	if (worker_read_u32(m, &version, err) != 0)
		return -1;
	if (version != WORKER_VERSION)
		return error_set(err,
		    "it speaks version %u of the workers' protocol, farmd %d",
		    version, WORKER_VERSION);
	w->ready = true;
	return 0;
}

/* What is about a seat.  One that has been left meanwhile is no error. */
static int
take_at_seat(
    struct worker *w, const struct worker_message *m, struct error *err)
{
	struct seat *s = enter(w, m->seat);
	int rc = 0;

	if (s == NULL)
		return 0;
	if (m->type == WORKER_FRAME)
		rc = take_frame(w, s->instance, m, err);
	else if (m->type == WORKER_DONE)
		rc = take_done(s, m, err);
	else if (m->type == WORKER_OPENED)
		rc = take_opened(s, m, err);
	else if (m->type == WORKER_VERDICT)
		rc = take_verdict(s, m, err);
	else if (m->type == WORKER_ACKNOWLEDGE)
		rc = take_acknowledge(s, m, err);
	else if (m->type == WORKER_LEDGER)
		rc = take_ledger(s, m, err);
	else if (m->type == WORKER_LOG)
		rc = take_log(w, s, m, err);
	else if (m->type == WORKER_CLOSED)
		s->events->closed(s->instance);
	leave(s);
	return rc;
}

static int
take(struct worker *w, const struct worker_message *m, struct error *err)
{
	if (!w->ready && m->type != WORKER_READY)
		return error_set(err, "it did not begin with READY");
	switch (m->type) {
	case WORKER_READY:
		return take_ready(w, m, err);
	case WORKER_REPLY:
		return take_reply(w, m, err);
	case WORKER_ANSWER:
		return worker_take_answer(w, m, err);
	case WORKER_ANSWERED:
		return worker_take_answered(w, m, err);
	case WORKER_PONG:
		return 0;
	case WORKER_LIFETIME:
		return take_lifetime(w, m, err);
	case WORKER_LOG:
		if (m->seat == 0)
			return take_log(w, NULL, m, err);
		return take_at_seat(w, m, err);
	case WORKER_FRAME:
	case WORKER_DONE:
	case WORKER_OPENED:
	case WORKER_CLOSED:
	case WORKER_LEDGER:
	case WORKER_VERDICT:
	case WORKER_ACKNOWLEDGE:
		return take_at_seat(w, m, err);
	default:
		return error_set(err, "a message of type %u", m->type);
	}
}

/* All whole messages of `in'. */
static int
take_all(struct worker *w, struct error *err)
{
	struct worker_message m;
	size_t at = 0;
	long size = 1;

	while (size > 0 && at < w->in.size) {
		size = worker_next(w->in.data + at, w->in.size - at, &m, err);
		if (size < 0 || (size > 0 && take(w, &m, err) != 0))
			return -1;
		at += (size_t)size;
	}
	if (at > 0 && at < w->in.size)
		memmove(w->in.data, w->in.data + at, w->in.size - at);
	w->in.size -= at;
	return 0;
}

bool
worker_read(struct worker *w)
{
	struct workers *ws = w->workers;
	char *room = buffer_room(&w->in, READ_BYTES);
	struct error err;
	ssize_t n = 0;

	if (room != NULL)
		n = recv(w->fd, room, READ_BYTES, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	buffer_added(&w->in, (size_t)n);
	w->heard_mono_ns = clock_mono_ns();
	w->asked_mono_ns = 0;
	if (take_all(w, &err) == 0)
		return true;
	error_prefix(&err, "broke the protocol");
	pthread_mutex_lock(&ws->lock);
	worker_end(w, err.text);
	pthread_mutex_unlock(&ws->lock);
	return false;
}

/* --------------------------------------------------------------- its stderr */

static void
say_line(struct worker *w, const char *text, size_t length)
{
	if (length > 0)
		log_bounded(w, LOG_LEVEL_WARNING, w->label, text, length);
}

void
worker_read_output(struct worker *w)
{
	char *room = buffer_room(&w->line, WORKER_TEXT_MAX);
	const char *text, *nl;
	ssize_t n;

	if (room == NULL)
		return;
	n = read(w->output, room, WORKER_TEXT_MAX);
	if (n < 0)
		return;
	if (n == 0) {
		say_line(w, buffer_text(&w->line), w->line.size);
		close(w->output);
		w->output = -1;
		return;
	}
	buffer_added(&w->line, (size_t)n);
	text = w->line.data;
	while ((nl = memchr(text, '\n',
		    (size_t)(w->line.data + w->line.size - text))) != NULL) {
		say_line(w, text, (size_t)(nl - text));
		text = nl + 1;
	}
	w->line.size = (size_t)(w->line.data + w->line.size - text);
	memmove(w->line.data, text, w->line.size);
	/* A line without an end is cut into several. */
	if (w->line.size >= WORKER_TEXT_MAX) {
		say_line(w, w->line.data, w->line.size);
		w->line.size = 0;
	}
}
