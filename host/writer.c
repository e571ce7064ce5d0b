#include "writer_private.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "dead_letters.h"
#include "listen.h"
#include "log.h"
#include "wait.h"

/* Once stopping, there is no time for long waits. */
#define STOP_RETRY_NS (100 * NS_PER_MS)
#define SWEEP_NS (60 * NS_PER_S)
/* So often the same records may end its process before they are halved. */
#define CRASHES_MAX 3
/* The contract's limit for write(), unless configured. */
#define WRITE_NS (60 * NS_PER_S)

/* ------------------------------------------------- the host's functions -- */

static struct writer *
writer_of(struct farm_host *host)
{
	return ((struct call *)host)->instance->station;
}

static const struct farm_series *
writer_info(struct farm_host *host, uint32_t series)
{
	return series_get(writer_of(host)->series, series);
}

static void *
writer_state(struct farm_host *host, uint32_t series)
{
	struct writer *w = writer_of(host);
	size_t size = w->instance->module->descriptor.writer.series_state_size;
	struct writer_series *s;

	if (size == 0 || series_get(w->series, series) == NULL)
		return NULL;
	s = writer_series_need(w, series);
	if (s != NULL && s->state == NULL)
		s->state = calloc(1, size);
	return s != NULL ? s->state : NULL;
}

static int
writer_bad(
    struct farm_host *host, size_t record, const char *format, va_list args)
{
	struct writer *w = writer_of(host);

	if (!w->bad)
		error_vset(&w->bad_reason, format, args);
	w->bad = true;
	w->bad_record = record;
	return FARM_BAD;
}

void
writer_acknowledged(struct writer *w, uint64_t first, uint64_t last)
{
	int rc;

	rc = reader_acknowledge(w->reader, first, last);
	pthread_mutex_lock(&w->lock);
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	if (rc != 0)
		log_line(LOG_LEVEL_WARNING, w->instance->name,
		    "acknowledges in more pieces than can be remembered");
}

static void
writer_acknowledge(struct farm_host *host, uint64_t first, uint64_t last)
{
	writer_acknowledged(writer_of(host), first, last);
}

static void
make_ops(struct farm_host_ops *ops)
{
	*ops = call_ops;
	ops->info = writer_info;
	ops->series_state = writer_state;
	ops->bad = writer_bad;
	ops->acknowledge = writer_acknowledge;
	ops->socket = listen_socket;
	ops->watch = listen_watch;
	ops->unwatch = listen_unwatch;
}

/* ------------------------------------------------------------- a failure -- */

/* The first of them is logged, and each end of a process. */
static void
note_failure(struct writer *w, const char *reason)
{
	struct error untold;

	ledger_error(&w->instance->ledger, clock_wall_ns(), reason);
	if (!w->failing || away_is_lost(&w->away, &untold))
		log_line(LOG_LEVEL_ERROR, w->instance->name,
		    "%s; tried again until it works", reason);
	w->failing = true;
}

static void
note_success(struct writer *w)
{
	if (w->failing) {
		log_line(LOG_LEVEL_NOTICE, w->instance->name, "works again");
		reader_catch_up(w->reader);
	}
	w->failing = false;
	w->retry_ns = 0;
	ledger_good(&w->instance->ledger, clock_wall_ns());
	atomic_store(&w->instance->status, INSTANCE_RUNNING);
}

/* Between three and five quarters, so that writers of one store that failed
   together do not come back together. */
static int64_t
jitter(struct writer *w, int64_t ns)
{
	return ns / 4 * 3 + (int64_t)(rand_r(&w->seed) % 1024) * (ns / 2048);
}

/* Sleep before the next try; false if there is no time for one. */
static bool
back_off(struct writer *w, enum instance_status status)
{
	int64_t now = clock_mono_ns();
	bool again;

	w->retry_ns = w->retry_ns == 0 ? w->retry_first_ns : w->retry_ns * 2;
	if (w->retry_ns > w->retry_max_ns)
		w->retry_ns = w->retry_max_ns;
	atomic_store(&w->instance->status, status);
	pthread_mutex_lock(&w->lock);
	w->retries++;
	w->next_try_mono_ns = now + jitter(w, w->retry_ns);
	while (!w->stopping && !w->changed_options &&
	       wait_until(&w->changed, &w->lock, w->next_try_mono_ns))
		;
	if (w->stopping && w->retry_ns > STOP_RETRY_NS)
		w->retry_ns = STOP_RETRY_NS;
	while (w->stopping && !w->journalled &&
	       clock_mono_ns() < now + w->retry_ns &&
	       wait_until(&w->changed, &w->lock, now + w->retry_ns))
		;
	w->next_try_mono_ns = 0;
	again = !w->stopping ||
		(!w->journalled && clock_mono_ns() < w->deadline_mono_ns);
	pthread_mutex_unlock(&w->lock);
	return again;
}

/* --------------------------------------------------------- being changed -- */

/* Where it is away, the sockets are lent to its process. */
static int
open_module(struct writer *w, struct error *err)
{
	struct instance *in = w->instance;

	if (in->listener == NULL && listener_open(in, err) != 0)
		return -1;
	if (writer_is_away(w))
		return away_open(&w->away, err);
	if (instance_open(in, &w->ops, err) != 0)
		return -1;
	if (listener_start(in, err) == 0)
		return 0;
	instance_close(in, &w->ops);
	return -1;
}

/* Its sockets stay open where its options of now name them too. */
static void
close_module(struct writer *w)
{
	struct instance *in = w->instance;

	(void)listener_stop(in, INT64_MAX / 2);
	pthread_mutex_lock(&in->lock);
	listener_keep_sockets(in, in->own.options);
	pthread_mutex_unlock(&in->lock);
	if (writer_is_away(w))
		away_close(&w->away);
	else
		instance_close(in, &w->ops);
	listener_close(in);
}

/* True if the module went on with its new options. */
static bool
reconfigure(struct writer *w)
{
	struct instance *in = w->instance;
	struct instance_config fresh;
	bool taken;

	pthread_mutex_lock(&in->lock);
	fresh = in->own;
	(void)arena_share(fresh.arena);
	pthread_mutex_unlock(&in->lock);
	taken = listener_same_addresses(in->module, in->state, fresh.options) &&
		instance_reconfigure(in, &w->ops, &fresh);
	arena_free(fresh.arena);
	return taken;
}

/* Take over what writer_change() said; true if the instance is closed now. */
static bool
take_change(struct writer *w)
{
	struct matcher *match;
	bool options;

	pthread_mutex_lock(&w->lock);
	match = w->changed_match;
	options = w->changed_options;
	w->changed_match = NULL;
	w->changed_options = false;
	pthread_mutex_unlock(&w->lock);
	if (match != NULL)
		writer_take_match(w, match);
	if (!options || reconfigure(w))
		return false;
	writer_forget_states(w);
	close_module(w);
	instance_fill(w->instance);
	reader_rewind(w->reader);
	w->retry_ns = 0;
	return true;
}

static bool
open_instance(struct writer *w)
{
	struct error err;

	atomic_store(&w->instance->status, INSTANCE_OPENING);
	while (open_module(w, &err) != 0) {
		note_failure(w, err.text);
		if (!back_off(w, INSTANCE_FAILED))
			return false;
		(void)take_change(w);
	}
	note_success(w);
	return true;
}

/*
 * Its process has ended: another is started, whatever that one was doing.
 * What it will do to the same records is not known: until some are stored it
 * is taken for failing, and waits longer each time.
 */
static bool
open_again(struct writer *w)
{
	struct error err;

	reader_rewind(w->reader);
	atomic_store(&w->instance->status, INSTANCE_OPENING);
	while (open_module(w, &err) != 0) {
		note_failure(w, err.text);
		if (!back_off(w, INSTANCE_FAILED))
			return false;
		(void)take_change(w);
	}
	atomic_store(&w->instance->status, INSTANCE_RUNNING);
	return true;
}

/* Take over what has changed, and open what is not open: false if there is no
   time for that. */
static bool
is_ready(struct writer *w)
{
	struct error untold;

	writer_away_renew(w);
	if (take_change(w))
		return open_instance(w);
	return !away_is_lost(&w->away, &untold) || open_again(w);
}

/* Did its process end while it had nothing to do?  False if there is no time
   to wait for another. */
static bool
bear_loss(struct writer *w)
{
	struct error untold;

	if (!away_is_lost(&w->away, &untold))
		return true;
	if (untold.text[0] != '\0') {
		atomic_fetch_add(&w->instance->ledger.failures, 1);
		note_failure(w, untold.text);
	}
	return back_off(w, INSTANCE_BACKOFF);
}

/* --------------------------------------------------------------- writing -- */

/* It is counted as refused, kept or not. */
static void
keep_letter(struct writer *w, const struct farm_record *r, const char *reason)
{
	struct error err;

	if (w->dead_letters != NULL &&
	    dead_letters_add(w->dead_letters, r, w->series, reason,
		clock_wall_ns(), &err) != 0)
		log_line(LOG_LEVEL_ERROR, w->instance->name,
		    "a dead letter is lost: %s", err.text);
}

static void
drop_record(struct writer *w, size_t i, const char *reason)
{
	struct writer_pending *p = &w->pending;
	struct farm_record *r = &p->records[i];
	uint64_t n = r->n_values > 0 ? r->n_values : 1;

	log_line(LOG_LEVEL_ERROR, w->instance->name,
	    "record %llu refused and dropped: %s",
	    (unsigned long long)r->position, reason);
	keep_letter(w, r, reason);
	ledger_error(&w->instance->ledger, clock_wall_ns(), reason);
	ledger_drop(&w->instance->ledger, DROP_REFUSED, n);
	w->crashes = 0;
	memmove(r, r + 1, (p->n - i - 1) * sizeof(*r));
	p->n--;
	p->window = 0;
	p->size = p->n - p->first;
	pthread_mutex_lock(&w->lock);
	w->refused++;
	pthread_mutex_unlock(&w->lock);
}

/* The writer cannot tell which record is bad: try halves. */
static void
halve(struct writer *w)
{
	struct writer_pending *p = &w->pending;

	w->crashes = 0;
	p->window = p->first + p->size;
	p->size /= 2;
}

static void
refuse(struct writer *w)
{
	struct writer_pending *p = &w->pending;
	const char *reason = w->bad ? w->bad_reason.text : "no reason given";

	atomic_fetch_add(&w->instance->ledger.failures, 1);
	if (w->bad && w->bad_record < p->size)
		drop_record(w, p->first + w->bad_record, reason);
	else if (p->size == 1)
		drop_record(w, p->first, reason);
	else
		halve(w);
}

/*
 * The process ended while it was writing.  Once may be chance; the same again
 * and again is some record's doing, which is sought like one that is refused.
 * While it is sought, once is enough, but for the last step.
 */
static void
bear_crash(struct writer *w)
{
	struct writer_pending *p = &w->pending;
	struct error reason;

	w->crashes++;
	if (w->crashes < CRASHES_MAX && (p->window == 0 || p->size == 1))
		return;
	w->retry_ns = 0;
	if (p->size > 1) {
		halve(w);
		return;
	}
	error_set(&reason, "%s in write()", w->crash.text);
	drop_record(w, p->first, reason.text);
}

static void
advance(struct writer *w, bool accepted)
{
	struct writer_pending *p = &w->pending;
	const struct farm_record *first = &p->records[p->first];
	uint64_t values = 0;

	for (size_t i = 0; i < p->size; i++)
		values += first[i].n_values;
	atomic_fetch_add(&w->instance->ledger.values, values);
	pthread_mutex_lock(&w->lock);
	w->stored += p->size;
	pthread_mutex_unlock(&w->lock);
	if (accepted)
		reader_accept(
		    w->reader, first->position, first[p->size - 1].position);
	w->crashes = 0;
	p->first += p->size;
	p->size = p->n - p->first;
	if (p->first < p->window)
		p->size = (p->window - p->first + 1) / 2;
	else
		p->window = 0;
}

static int64_t
limit_of(struct instance *in)
{
	int64_t ns;

	pthread_mutex_lock(&in->lock);
	ns = in->own.deadline_ns;
	pthread_mutex_unlock(&in->lock);
	return ns > 0 ? ns : WRITE_NS;
}

/* One call of write(). */
static int
try_write(struct writer *w, struct call *call)
{
	struct instance *in = w->instance;
	struct writer_pending *p = &w->pending;
	struct farm_batch view = { p->records + p->first, p->size };
	int64_t limit = limit_of(in);
	int64_t wall = clock_mono_ns();
	int64_t cpu = clock_thread_cpu_ns();
	int verdict;

	call_init(call, &w->ops, in);
	call->deadline_mono_ns = wall + limit;
	w->bad = false;
	w->crash.text[0] = '\0';
	if (writer_is_away(w)) {
		verdict = writer_away_write(w, &view, limit, call);
	} else {
		instance_hold(in);
		verdict = in->module->descriptor.writer.write(
		    &call->host, in->state, &view);
		instance_let_go(in);
	}
	atomic_fetch_add(&in->ledger.runs, 1);
	atomic_fetch_add(
	    &in->ledger.cpu_ns, (uint64_t)(clock_thread_cpu_ns() - cpu));
	histogram_add(&in->ledger.wall, clock_mono_ns() - wall);
	return verdict;
}

/* -- time goes on: between batches, and between attempts to store one -- */

static int
call_tick(struct writer *w, struct call *call)
{
	const struct farm_descriptor *d = &w->instance->module->descriptor;
	int rc;

	if (writer_is_away(w))
		return writer_away_tick(w, call);
	instance_hold(w->instance);
	rc = d->tick(&call->host, w->instance->state, clock_wall_ns());
	instance_let_go(w->instance);
	return rc;
}

static void
tick(struct writer *w, int64_t mono_ns)
{
	const struct farm_descriptor *d = &w->instance->module->descriptor;
	struct call call;

	w->ticked_mono_ns = mono_ns;
	call_init(&call, &w->ops, w->instance);
	if (d->tick != NULL && call_tick(w, &call) != 0)
		note_failure(
		    w, call.failed ? call.error.text : "tick() failed");
}

static bool
tick_if_due(struct writer *w)
{
	int64_t now = clock_mono_ns();

	if (now - w->ticked_mono_ns < NS_PER_S)
		return false;
	tick(w, now);
	return true;
}

/* Store what is pending; false if it had to be left. */
static bool
store(struct writer *w)
{
	struct writer_pending *p = &w->pending;
	struct call call;

	while (p->first < p->n) {
		int verdict = try_write(w, &call);

		if (verdict == FARM_DONE || verdict == FARM_ACCEPTED) {
			note_success(w);
			advance(w, verdict == FARM_ACCEPTED);
		} else if (verdict == FARM_BAD) {
			refuse(w);
		} else {
			/* Anything else stored nothing either. */
			atomic_fetch_add(&w->instance->ledger.failures, 1);
			note_failure(w,
			    call.failed ? call.error.text : "no reason given");
			if (w->crash.text[0] != '\0')
				bear_crash(w);
			if (!back_off(w, INSTANCE_BACKOFF) || !is_ready(w))
				return false;
			(void)tick_if_due(w);
		}
	}
	return true;
}

/* ---------------------------------------------------------- its thread -- */

static bool
is_over(struct writer *w)
{
	bool over;

	pthread_mutex_lock(&w->lock);
	over = w->stopping && clock_mono_ns() >= w->deadline_mono_ns;
	pthread_mutex_unlock(&w->lock);
	return over;
}

/* Nothing is pending, so no series is in use. */
static void
sweep(struct writer *w, int64_t mono_ns)
{
	if (mono_ns - w->swept_mono_ns < SWEEP_NS)
		return;
	w->swept_mono_ns = mono_ns;
	writer_forget_idle(w, mono_ns);
}

static void
finish(struct writer *w)
{
	reader_finish(w->reader);
	pthread_mutex_lock(&w->lock);
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

/* False once there is nothing more to do, or no time. */
static bool
step(struct writer *w)
{
	int64_t now = clock_mono_ns();
	bool filled;
	bool stopping;

	if (!bear_loss(w) || !is_ready(w))
		return false;
	if (tick_if_due(w))
		sweep(w, now);
	filled = writer_fill(w, w->ticked_mono_ns + NS_PER_S);
	if (filled && !store(w))
		return false;
	if (filled)
		finish(w);
	writer_pending_clear(&w->pending);
	pthread_mutex_lock(&w->lock);
	stopping = w->stopping;
	/* A frame that found no memory to be copied to is still there. */
	if (!filled && !stopping && buffer_failed(&w->frame))
		wait_until(&w->changed, &w->lock, now + STOP_RETRY_NS);
	pthread_mutex_unlock(&w->lock);
	if (!stopping)
		return true;
	return !reader_is_read(w->reader) && !is_over(w);
}

static void
report_rest(struct writer *w)
{
	struct reader_lag lag;
	uint64_t values;
	bool lost;

	reader_lag(w->reader, &lag);
	values = lag.values;
	for (size_t i = w->pending.first; i < w->pending.n; i++)
		values += w->pending.records[i].n_values;
	pthread_mutex_lock(&w->lock);
	w->rest = values;
	lost = !w->journalled || w->sealed;
	pthread_mutex_unlock(&w->lock);
	if (values > 0 && lost)
		log_line(LOG_LEVEL_ERROR, w->instance->name,
		    "ends with %llu values not stored",
		    (unsigned long long)values);
}

static void *
writer_main(void *context)
{
	struct writer *w = context;

	if (open_instance(w)) {
		while (step(w))
			;
		tick(w, clock_mono_ns());
	}
	report_rest(w);
	writer_pending_clear(&w->pending);
	writer_forget_all(w);
	close_module(w);
	listener_forget_sockets(w->instance);
	away_leave(&w->away);
	pthread_mutex_lock(&w->lock);
	w->ended = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ----------------------------------------------------- the other side -- */

struct writer *
writer_new(struct instance *instance, struct memlog *tail,
    struct journal *journal, uint32_t max_series)
{
	struct writer *w = calloc(1, sizeof(*w));
	const struct instance_config *config = instance->config;
	struct error err;

	if (w == NULL)
		return NULL;
	make_ops(&w->ops);
	w->instance = instance;
	w->journalled = journal != NULL;
	w->known.item = sizeof(struct writer_series);
	w->retry_first_ns = WRITER_RETRY_FIRST_NS;
	w->retry_max_ns = WRITER_RETRY_MAX_NS;
	w->seed = (unsigned)clock_mono_ns();
	pthread_mutex_init(&w->lock, NULL);
	wait_init(&w->changed);
	w->series = series_table_new(max_series);
	if (w->series != NULL)
		w->decoder = frame_decoder_new(w->series);
	if (w->decoder != NULL)
		w->file_decoder = frame_decoder_new(w->series);
	if (w->file_decoder == NULL ||
	    matcher_new(&w->matcher, config->match, config->n_match, &err)) {
		writer_free(w);
		return NULL;
	}
	matching_init(&w->matching, w->matcher);
	w->reader = reader_new(
	    tail, journal, instance->name, config->from_oldest);
	if (w->reader == NULL) {
		writer_free(w);
		return NULL;
	}
	reader_set_share(w->reader, (int)config->backlog);
	writer_away_init(w);
	instance->station = w;
	return w;
}

void
writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	reader_free(w->reader);
	free(w->dead_letters);
	writer_pending_clear(&w->pending);
	free(w->pending.records);
	column_free(&w->known);
	frame_decoder_free(w->decoder);
	frame_decoder_free(w->file_decoder);
	series_table_free(w->series);
	matching_free(&w->matching);
	matcher_free(w->matcher);
	matcher_free(w->changed_match);
	buffer_free(&w->frame);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void
writer_set_retry(struct writer *w, int64_t first_ns, int64_t max_ns)
{
	w->retry_first_ns = first_ns;
	w->retry_max_ns = max_ns;
}

int
writer_keep_dead_letters(struct writer *w, const char *state)
{
	w->dead_letters = dead_letters_path(state, w->instance->name);
	return w->dead_letters != NULL ? 0 : -1;
}

const char *
writer_dead_letters(const struct writer *w)
{
	return w->dead_letters;
}

int
writer_start(struct writer *w)
{
	if (w->instance->own.offered_by != NULL)
		log_line(LOG_LEVEL_NOTICE, w->instance->name,
		    "comes with collector %s", w->instance->own.offered_by);
	if (pthread_create(&w->thread, NULL, writer_main, w) != 0)
		return -1;
	w->started = true;
	return 0;
}

void
writer_change(struct writer *w, struct matcher *match, bool options)
{
	struct matcher *before;

	pthread_mutex_lock(&w->lock);
	before = match != NULL ? w->changed_match : NULL;
	if (match != NULL)
		w->changed_match = match;
	w->changed_options |= options;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	matcher_free(before);
}

void
writer_seal(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->sealed = true;
	pthread_mutex_unlock(&w->lock);
	reader_seal(w->reader);
}

void
writer_forget(struct writer *w)
{
	reader_forget(w->reader);
}

uint64_t
writer_rest(struct writer *w)
{
	uint64_t rest;

	pthread_mutex_lock(&w->lock);
	rest = w->rest;
	pthread_mutex_unlock(&w->lock);
	return rest;
}

void
writer_stop(struct writer *w, int64_t deadline_mono_ns)
{
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	w->deadline_mono_ns = deadline_mono_ns;
	away_stop(&w->away, deadline_mono_ns);
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

bool
writer_join(struct writer *w, int64_t deadline_mono_ns)
{
	bool ended;

	if (!w->started)
		return true;
	pthread_mutex_lock(&w->lock);
	while (!w->ended)
		if (!wait_until(&w->changed, &w->lock, deadline_mono_ns))
			break;
	ended = w->ended;
	pthread_mutex_unlock(&w->lock);
	if (!ended)
		return false;
	pthread_join(w->thread, NULL);
	w->started = false;
	return true;
}

struct instance *
writer_instance(const struct writer *w)
{
	return w->instance;
}

struct reader *
writer_reader(struct writer *w)
{
	return w->reader;
}

bool
writer_wait(struct writer *w, uint64_t position, int64_t deadline_mono_ns)
{
	bool in_time = true;

	pthread_mutex_lock(&w->lock);
	while (reader_through(w->reader) < position && !w->ended && in_time)
		in_time = wait_until(&w->changed, &w->lock, deadline_mono_ns);
	in_time = reader_through(w->reader) >= position;
	pthread_mutex_unlock(&w->lock);
	return in_time;
}

/* Does the store take what it is given, is it waited for, or tried just now? */
static const char *
circuit(struct writer *w, int64_t wait_ns)
{
	if (!instance_status_is_red(atomic_load(&w->instance->status)))
		return "closed";
	return wait_ns > 0 ? "open" : "half_open";
}

void
writer_json(struct writer *w, struct buffer *b)
{
	struct reader_lag lag;
	int64_t wait = 0;

	reader_lag(w->reader, &lag);
	pthread_mutex_lock(&w->lock);
	if (w->next_try_mono_ns > 0)
		wait = w->next_try_mono_ns - clock_mono_ns();
	buffer_printf(b,
	    "\"stored_through\":%llu,\"records\":%llu,\"refused\":%llu,"
	    "\"retries\":%llu,\"missed_values\":%llu,"
	    "\"missed_positions\":%llu,\"lag_frames\":%llu,"
	    "\"lag_values\":%llu,\"lag_bytes\":%llu,"
	    "\"backlog_values\":%llu,\"lag_oldest_ns\":%lld,"
	    "\"circuit\":\"%s\",\"next_try_ns\":%lld",
	    (unsigned long long)reader_through(w->reader),
	    (unsigned long long)w->stored, (unsigned long long)w->refused,
	    (unsigned long long)w->retries, (unsigned long long)w->missed,
	    (unsigned long long)w->missed_positions,
	    (unsigned long long)lag.frames, (unsigned long long)lag.values,
	    (unsigned long long)lag.bytes,
	    (unsigned long long)lag.backlog_values, (long long)lag.oldest_ns,
	    circuit(w, wait), (long long)(wait > 0 ? wait : 0));
	pthread_mutex_unlock(&w->lock);
}
