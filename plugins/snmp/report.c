/* How a poll went: for series, for the log, for the host. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hash.h"
#include "poll.h"

static const struct farm_parameter catalogue[] = { READER_CATALOGUE };

/* What is emitted together. */
struct status {
	struct reading *shared;
	struct reader *reader;
	struct farm_target *target;
	struct farm_value rows[READER_PARAMETERS];
	size_t n;
};

static void
put(struct status *s, enum reader_parameter which, struct farm_value value)
{
	uint32_t *series = &s->reader->series[which];

	if (*series == 0)
		*series = farm_series(s->shared->host, s->target,
		    .parameter = catalogue[which].name,
		    .unit = catalogue[which].unit != NULL
				? catalogue[which].unit
				: "",
		    .kind = catalogue[which].kind);
	value.series = *series;
	if (*series != 0)
		s->rows[s->n++] = value;
}

static void
put_status(struct status *s, const char *text, const struct agent *agent)
{
	put(s, READER_STATUS, farm_text(text, strlen(text)));
	put(s, READER_TIMEOUTS, farm_uint64(agent->timed_out));
	put(s, READER_RETRIES, farm_uint64(agent->retried));
}

static bool
emit(struct status *s, bool partial)
{
	return farm_emit_rows(s->shared->host, s->target, 0,
		   partial ? FARM_PARTIAL : 0, s->rows, s->n) == 0;
}

void
reader_absent(struct reader *r, struct reading *shared,
    struct farm_target *target, const struct agent *agent, const char *why)
{
	struct status s = { shared, r, target, { { 0 } }, 0 };

	put_status(&s, why, agent);
	put(&s, READER_VALUES, farm_uint64(0));
	put(&s, READER_MISSING, farm_uint64(shared->plan->n_values));
	(void)emit(&s, true);
}

/* ------------------------------------------------------------- missing -- */

void
poll_trouble(struct poll *p, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) >= 0) {
		if (p->trouble.size > 0)
			buffer_puts(&p->trouble, "; ");
		buffer_puts(&p->trouble, text);
		free(text);
	}
	va_end(args);
}

/* Of `n' values, from number `first' on; notes it for the next poll, too. */
static size_t
list_missing(struct poll *p, size_t first, const struct plan_value *values,
    size_t n, struct buffer *names)
{
	size_t i, found = 0;
	bool missing;

	for (i = 0; i < n; i++) {
		/* Not asked for, as it was missing a moment ago: still. */
		missing = !poll_has(p, SET_GOT, first + i) ||
			  poll_has(p, SET_BROKEN, first + i);
		poll_set(p, SET_MISSING, first + i, missing);
		if (!missing)
			continue;
		buffer_puts(names, found > 0 ? ", " : "");
		buffer_puts(names, values[i].name);
		found++;
	}
	return found;
}

/* Columns of several tables may have one name. */
static size_t
missing_of(struct poll *p, const struct plan_table *t, struct buffer *names)
{
	size_t before = names->size, n;

	n = list_missing(p, t->first, t->columns, t->n_columns, names);
	if (n == 0 || t->whole)
		return n;
	if (n == t->n_columns) {
		names->size = before;
		buffer_puts(names, "all");
	}
	buffer_printf(names, " of table %s", t->label);
	return n;
}

/* What the poll has not got, for the log. */
static size_t
find_missing(struct poll *p, struct buffer *names)
{
	const struct plan *plan = p->shared->plan;
	struct buffer some = BUFFER_INIT;
	size_t i, n, all;

	all = list_missing(p, 0, plan->scalars, plan->n_scalars, &some);
	for (i = 0; i <= plan->n_tables; i++) {
		if (some.size > 0) {
			buffer_puts(
			    names, names->size > 0 ? "; " : "missing: ");
			buffer_puts(names, buffer_text(&some));
		}
		buffer_clear(&some);
		n = i < plan->n_tables ? missing_of(p, &plan->tables[i], &some)
				       : 0;
		all += n;
	}
	buffer_free(&some);
	return all;
}

static uint64_t
hash_of(const struct buffer *text)
{
	static const struct hash_key key = { { 1, 2 } };

	return text->size == 0
		   ? 0
		   : hash_bytes(&key, 0, buffer_text(text), text->size);
}

/* Once for each change; what was given up once is missing until it is asked
   for again, without a word. */
static void
tell(struct poll *p, const struct buffer *missing)
{
	struct reader *r = p->reader;
	uint64_t names = hash_of(missing), trouble = hash_of(&p->trouble);
	bool known = names == r->missing &&
		     (trouble == 0 || trouble == r->trouble);
	bool both = missing->size > 0 && p->trouble.size > 0;

	r->missing = names;
	if (trouble != 0)
		r->trouble = trouble;
	if (known)
		return;
	if (names == 0 && trouble == 0) {
		r->trouble = 0;
		farm_log(p->shared->host, FARM_NOTICE, "%s: complete again",
		    p->target->node);
	} else
		farm_log(p->shared->host, FARM_WARNING, "%s: %s%s%s",
		    p->target->node, buffer_text(missing), both ? "; " : "",
		    buffer_text(&p->trouble));
}

/* ------------------------------------------------------------- the whole -- */

/* Why there was nothing from the agent; NULL if there was something. */
static const char *
failure_of(const struct poll *p)
{
	if (p->n_values > 0 || (p->answers > 0 && p->outcome == ANSWERED))
		return NULL;
	if (p->outcome == ANSWERED)
		return "no answer before the deadline";
	return outcome_text(p->outcome);
}

const char *
report_poll(struct poll *p, const struct agent *agent)
{
	struct status s = { p->shared, p->reader, p->target, { { 0 } }, 0 };
	const char *failure = failure_of(p);
	struct buffer names = BUFFER_INIT;
	size_t missing = find_missing(p, &names);
	bool partial = missing > 0 || p->outcome != ANSWERED;

	put_status(&s,
	    failure != NULL ? failure
	    : partial       ? "partial"
			    : "ok",
	    agent);
	if (failure == NULL && p->reader->ticks_ns != 0)
		put(&s, READER_UPTIME, farm_double(p->reader->ticks / 100.0));
	if (p->n_rtt > 0)
		put(&s, READER_RTT,
		    farm_double((double)p->rtt_ns / p->n_rtt / NS_PER_MS));
	put(&s, READER_VALUES, farm_uint64(p->n_values));
	put(&s, READER_MISSING, farm_uint64(missing));
	if (!emit(&s, partial))
		p->refused = true;
	if (failure == NULL)
		tell(p, &names);
	buffer_free(&names);
	if (failure != NULL && p->why.size > 0)
		return buffer_text(&p->why);
	return failure == NULL && p->refused ? "values not taken" : failure;
}
