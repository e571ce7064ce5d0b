/* The reading side of a writer: frames become pending records. */
#include "writer_private.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"

/* One write() is given no more than about this: values unless the module says
   otherwise, within a bound, and bytes. */
#define VALUES_USUAL 20000
#define VALUES_MAX 200000
#define BYTES_MAX (8u << 20)

/* A series without a value for this long loses its state; it comes back with
   a fresh one. */
#define IDLE_S 3600

/* That a line of the processor's caches has room for. */
#define SERIES_OF_LINE (64 / (uint32_t)sizeof(struct writer_series))

static void
forget_state(struct writer *w, struct writer_series *s)
{
	const struct farm_writer *module =
	    &w->instance->module->descriptor.writer;
	struct call call;

	if (s->state != NULL && module->forget != NULL) {
		call_init(&call, &w->ops, w->instance);
		instance_hold(w->instance);
		module->forget(&call.host, w->instance->state, s->state);
		instance_let_go(w->instance);
	}
	free(s->state);
	s->state = NULL;
}

static void
forget(struct writer *w, uint32_t number, struct writer_series *s)
{
	forget_state(w, s);
	matching_forget(&w->matching, number);
	if (s->known)
		series_unpin(w->series, number);
	*s = (struct writer_series){ .state = NULL };
}

static void
forget_before(struct writer *w, int64_t seen_s)
{
	for (uint32_t i = 0; i < column_bound(&w->known); i++) {
		struct writer_series *s = column_at(&w->known, i);

		if (s != NULL && s->known && s->seen_s < seen_s)
			forget(w, i, s);
	}
}

void
writer_forget_states(struct writer *w)
{
	for (uint32_t i = 0; i < column_bound(&w->known); i++) {
		struct writer_series *s = column_at(&w->known, i);

		if (s != NULL)
			forget_state(w, s);
	}
}

void
writer_take_match(struct writer *w, struct matcher *matcher)
{
	matching_free(&w->matching);
	matcher_free(w->matcher);
	w->matcher = matcher;
	matching_init(&w->matching, matcher);
	for (uint32_t i = 0; i < column_bound(&w->known); i++) {
		struct writer_series *s = column_at(&w->known, i);

		if (s != NULL && s->known)
			s->wanted = matcher_series(
			    matcher, series_get(w->series, i));
	}
}

void
writer_forget_idle(struct writer *w, int64_t mono_ns)
{
	forget_before(w, mono_ns / NS_PER_S - IDLE_S);
}

void
writer_forget_all(struct writer *w)
{
	forget_before(w, INT64_MAX);
}

struct writer_series *
writer_series_need(struct writer *w, uint32_t number)
{
	struct writer_series *s = column_need(&w->known, number);
	const struct farm_series *names = series_get(w->series, number);

	if (s == NULL || names == NULL)
		return NULL;
	if (s->known)
		return s;
	series_pin(w->series, number);
	s->known = true;
	s->wanted = matcher_series(w->matcher, names);
	return s;
}

/* Nearly all are known: then there is no look at their names. */
static inline struct writer_series *
series_of(struct writer *w, uint32_t number)
{
	struct writer_series *s = column_at(&w->known, number);

	return s != NULL && s->known ? s : writer_series_need(w, number);
}

/* What the writer knows of the series of a record that comes next.  Numbers
   beside each other are mostly of one record, and share a line. */
static void
foresee(const struct writer *w, const struct farm_record *r)
{
	for (uint32_t i = 0; i < r->n_values; i += SERIES_OF_LINE)
		__builtin_prefetch(
		    column_at(&w->known, r->values[i].series), 1);
}

/* Keep the values the writer asks for, in place. */
static void
pick_values(struct writer *w, struct farm_record *r, uint32_t now_s)
{
	struct farm_value *values = (struct farm_value *)r->values;
	bool constraints = matcher_has_constraints(w->matcher);
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n_values; i++) {
		struct writer_series *s = series_of(w, values[i].series);

		if (s == NULL) {
			ledger_drop(&w->instance->ledger, DROP_MEMORY, 1);
			continue;
		}
		s->seen_s = now_s;
		if (!s->wanted)
			continue;
		if (constraints &&
		    !matching_passes(&w->matching, values[i].series,
			series_get(w->series, values[i].series), r->time_ns,
			&values[i]))
			continue;
		if (n != i)
			values[n] = values[i];
		n++;
	}
	r->n_values = n;
}

static int
pending_room(struct writer_pending *p, size_t n)
{
	struct farm_record *grown;

	if (n <= p->capacity)
		return 0;
	grown = realloc(p->records, n * sizeof(*grown));
	if (grown == NULL)
		return -1;
	p->records = grown;
	p->capacity = n;
	return 0;
}

static uint64_t
count_values(const struct batch *b)
{
	uint64_t n = 0;

	for (size_t i = 0; i < b->view.n_records; i++)
		n += b->view.records[i].n_values;
	return n;
}

/* Results without a value left are of no use; all other records are passed
   to the module, which knows better. */
static void
pick_records(struct writer *w)
{
	struct writer_pending *p = &w->pending;
	struct batch *b = p->batch;
	uint32_t now_s = (uint32_t)(clock_mono_ns() / NS_PER_S);

	if (pending_room(p, b->view.n_records) != 0) {
		ledger_drop(&w->instance->ledger, DROP_MEMORY, count_values(b));
		return;
	}
	for (size_t i = 0; i < b->view.n_records; i++) {
		struct farm_record *r = batch_record(b, i);

		if (i + 1 < b->view.n_records)
			foresee(w, r + 1);
		if (r->type == 0) /* stored before */
			continue;
		if (r->type == FARM_RESULT) {
			pick_values(w, r, now_s);
			if (r->n_values == 0)
				continue;
		}
		p->records[p->n++] = *r;
	}
	p->size = p->n;
}

static void
log_given_up(struct writer *w, const struct memlog_gap *gap)
{
	struct buffer from = BUFFER_INIT;
	struct buffer to = BUFFER_INIT;

	time_print(&from, gap->from_ns, 0);
	time_print(&to, gap->to_ns, 0);
	log_line(LOG_LEVEL_ERROR, w->instance->name,
	    "too far behind: %llu values from %s to %s were given up",
	    (unsigned long long)gap->values, buffer_text(&from),
	    buffer_text(&to));
	buffer_free(&from);
	buffer_free(&to);
}

void
writer_report_gap(struct writer *w)
{
	struct reader_gap gap;

	if (!reader_gap(w->reader, &gap))
		return;
	ledger_drop(&w->instance->ledger, DROP_BEHIND, gap.values.values);
	ledger_drop(&w->instance->ledger, DROP_CORRUPT, gap.positions);
	pthread_mutex_lock(&w->lock);
	w->missed += gap.values.values;
	w->missed_positions += gap.positions;
	pthread_mutex_unlock(&w->lock);
	if (gap.values.values > 0)
		log_given_up(w, &gap.values);
	if (gap.positions > 0)
		log_line(LOG_LEVEL_ERROR, w->instance->name,
		    "%llu positions of the journal could not be read any more",
		    (unsigned long long)gap.positions);
}

static bool
has_room(const struct writer *w, uint64_t values)
{
	size_t wanted = w->instance->module->descriptor.writer.batch_values;

	if (wanted == 0)
		wanted = VALUES_USUAL;
	if (wanted > VALUES_MAX)
		wanted = VALUES_MAX;
	return values < wanted && batch_bytes(w->pending.batch) < BYTES_MAX;
}

/* A stream that cannot be read is of no use until its next segment. */
static void
decode(struct writer *w)
{
	struct error err;

	if (w->read.anew)
		frame_decoder_reset(w->decoder);
	if (frame_decode(w->decoder, w->frame.data, w->frame.size,
		w->pending.batch, &err) == 0)
		return;
	log_line(LOG_LEVEL_ERROR, w->instance->name, "%llu values lost: %s",
	    (unsigned long long)w->read.info.values, err.text);
	ledger_drop(&w->instance->ledger, DROP_MEMORY, w->read.info.values);
}

/* The new: from the tail.  Handles hold within one segment only. */
static bool
fill_from_tail(struct writer *w, int64_t deadline_mono_ns)
{
	uint64_t values;

	if (!reader_read(w->reader, &w->frame, &w->read, deadline_mono_ns))
		return false;
	decode(w);
	values = w->read.info.values;
	while (has_room(w, values) &&
	       reader_read_more(w->reader, &w->frame, &w->read)) {
		decode(w);
		values += w->read.info.values;
	}
	reader_spent(w->reader, READER_TAIL, values);
	return true;
}

/* What it missed: from the files.  Whatever is not wanted of a frame has to be
   decoded all the same, for the names in it. */
static bool
fill_from_files(struct writer *w)
{
	struct batch *batch = w->pending.batch;
	struct error err;
	bool any = false;
	bool anew;

	/* Another segment may follow: its numbers of series are others, and
	   those of the one before stay unused for long enough. */
	while (has_room(w, batch->n_values) &&
	       reader_read_file(w->reader, &w->frame, &anew)) {
		size_t first = batch->view.n_records;

		if (anew)
			frame_decoder_reset(w->file_decoder);
		if (frame_decode(w->file_decoder, w->frame.data, w->frame.size,
			batch, &err) != 0) {
			reader_complain(w->reader, &err);
			break;
		}
		reader_take(w->reader, batch, first);
		any = true;
	}
	reader_spent(w->reader, READER_FILES, batch->n_values);
	return any;
}

bool
writer_fill(struct writer *w, int64_t deadline_mono_ns)
{
	struct writer_pending *p = &w->pending;
	bool filled = false;

	writer_report_gap(w);
	p->batch = batch_new();
	if (p->batch == NULL)
		return false;
	if (reader_choose(w->reader) == READER_FILES)
		filled = fill_from_files(w);
	if (!filled)
		filled = fill_from_tail(w, deadline_mono_ns);
	if (filled)
		pick_records(w);
	return filled;
}

void
writer_pending_clear(struct writer_pending *p)
{
	batch_unref(p->batch);
	p->batch = NULL;
	p->n = 0;
	p->first = 0;
	p->window = 0;
	p->size = 0;
}
