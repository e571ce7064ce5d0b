#include "reader.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "poll.h"

/* Questions in a row without an answer, after which the agent is gone. */
#define SILENT_MAX 4
/* What a device did not have is asked for again after this. */
#define RECHECK_NS (300 * NS_PER_S)
/* Polls whose memory is kept for the next ones: as many as go on at once. */
#define SPARE_MAX 256

static void
poll_free(struct poll *p)
{
	ask_free(&p->ask);
	walk_free(&p->walk);
	get_free(&p->get);
	buffer_free(&p->why);
	buffer_free(&p->chain);
	buffer_free(&p->trouble);
	free(p);
}

void
reading_free(struct reading *s)
{
	struct poll *p;

	while ((p = s->spare) != NULL) {
		s->spare = p->next;
		poll_free(p);
	}
	free(s->rows);
	buffer_free(&s->texts);
	buffer_free(&s->text);
	buffer_free(&s->name);
	s->rows = NULL;
	s->n_rows = s->capacity = s->n_spare = 0;
}

/* Zeroed, but for memory of one that is over. */
static struct poll *
poll_new(struct reading *s)
{
	struct poll *p = s->spare;

	if (p == NULL)
		return calloc(1, sizeof(*p));
	s->spare = p->next;
	s->n_spare--;
	*p = (struct poll){ .ask = p->ask, .walk = p->walk };
	return p;
}

static void
poll_over(struct poll *p)
{
	struct reading *s = p->shared;

	if (s->n_spare == SPARE_MAX) {
		poll_free(p);
		return;
	}
	get_free(&p->get);
	buffer_free(&p->why);
	buffer_free(&p->chain);
	buffer_free(&p->trouble);
	p->next = s->spare;
	s->spare = p;
	s->n_spare++;
}

/* ---------------------------------------------------------------- sets -- */

static size_t
set_bytes(const struct plan *plan)
{
	return (plan->n_values + 7) / 8;
}

static void
set_clear(struct poll *p, enum set set)
{
	memset(p->sets + set * p->set_bytes, 0, p->set_bytes);
}

/* --------------------------------------------------------- the beginning -- */

/* What a device needs from its first poll on. */
static int
prepare(struct reader *r, const struct plan *plan)
{
	size_t i;

	if (r->layouts != NULL)
		return 0;
	r->layouts = calloc(plan->n_tables + 1, sizeof(*r->layouts));
	r->scalars = calloc(plan->n_scalars + 1, sizeof(*r->scalars));
	r->rates = calloc(plan->n_scalars + 1, sizeof(*r->rates));
	r->sets = calloc(SETS, set_bytes(plan) + 1);
	if (r->layouts == NULL || r->scalars == NULL || r->rates == NULL ||
	    r->sets == NULL) {
		free(r->layouts);
		free(r->scalars);
		free(r->rates);
		free(r->sets);
		r->layouts = NULL;
		r->scalars = NULL;
		r->rates = NULL;
		r->sets = NULL;
		return -1;
	}
	for (i = 0; i < plan->n_tables; i++)
		r->layouts[i].table = &plan->tables[i];
	return 0;
}

int
reader_begin(struct reader *r, struct reading *shared,
    struct farm_target *target, int version, bool answered, int64_t now_ns)
{
	struct poll *p;

	if (prepare(r, shared->plan) != 0)
		return -1;
	p = poll_new(shared);
	if (p == NULL)
		return -1;
	r->poll = p;
	p->reader = r;
	p->shared = shared;
	p->target = target;
	p->sets = r->sets;
	p->set_bytes = set_bytes(shared->plan);
	p->version = version;
	p->now_ns = now_ns;
	p->answers = answered;
	p->recheck = r->checked_ns == 0 || now_ns - r->checked_ns >= RECHECK_NS;
	set_clear(p, SET_GOT);
	p->ride = version != SNMP_V1 && shared->plan->n_tables > 0;
	p->stage = STAGE_TABLE;
	if (!p->ride) {
		p->asked = true;
		p->stage = scalars_want(p) ? STAGE_SCALARS : STAGE_TABLE;
	}
	return 0;
}

void
reader_drop(struct reader *r)
{
	if (r->poll != NULL)
		poll_over(r->poll);
	r->poll = NULL;
}

static void
release_scalar(struct reader *r, struct farm_host *host, size_t i)
{
	if (r->scalars[i] != CELL_UNKNOWN && r->scalars[i] != CELL_SILENT)
		farm_release(host, r->scalars[i]);
	if (r->rates[i].series != 0 && r->rates[i].series != CELL_SILENT)
		farm_release(host, r->rates[i].series);
}

void
reader_free(struct reader *r, struct reading *shared)
{
	size_t i;

	reader_drop(r);
	for (i = 0; r->layouts != NULL && i < shared->plan->n_tables; i++)
		layout_free(&r->layouts[i], shared->host);
	for (i = 0; r->layouts != NULL && i < shared->plan->n_scalars; i++)
		release_scalar(r, shared->host, i);
	for (i = 0; i < READER_PARAMETERS; i++)
		if (r->series[i] != 0)
			farm_release(shared->host, r->series[i]);
	free(r->layouts);
	free(r->scalars);
	free(r->rates);
	free(r->sets);
	*r = (struct reader){ .poll = NULL };
}

/* ----------------------------------------------------------- questions -- */

static bool
ask_walk(struct poll *p)
{
	ask_clear(&p->ask);
	if (p->ride && p->walk.bulk)
		scalars_ride(p);
	return walk_next(p);
}

static void
next_table(struct poll *p)
{
	if (p->table < p->shared->plan->n_tables) {
		table_begin(p);
		return;
	}
	p->stage = !p->asked && scalars_want(p) ? STAGE_LATE : STAGE_OVER;
	p->asked = true;
}

/* Is there a question of this stage? */
static bool
ask(struct poll *p)
{
	if (p->stage == STAGE_NAMES || p->stage == STAGE_ROWS)
		return ask_walk(p);
	return get_next(p);
}

bool
reader_next(struct reader *r, struct question *ret)
{
	struct poll *p = r->poll;

	for (;;) {
		if (p->stage == STAGE_OVER)
			return false;
		if (p->stage != STAGE_TABLE && ask(p)) {
			*ret = p->ask.question;
			return true;
		}
		switch (p->stage) {
		case STAGE_SCALARS:
			p->stage = STAGE_TABLE;
			break;
		case STAGE_NAMES:
		case STAGE_CHAIN:
			table_names_read(p);
			break;
		case STAGE_ROWS:
		case STAGE_CELLS:
			table_rows_read(p);
			break;
		case STAGE_TABLE:
			next_table(p);
			break;
		default:
			p->stage = STAGE_OVER;
		}
	}
}

/* ------------------------------------------------------------- answers -- */

/* After a restart nothing needs to be what it was. */
static void
begin_anew(struct poll *p)
{
	struct layout *l;
	size_t i;

	for (i = 0; i < p->shared->plan->n_tables; i++) {
		l = &p->reader->layouts[i];
		l->verified_ns = l->named_ns = 0;
		l->width = 0;
		l->next_only = false;
	}
	p->reader->repetitions = 0;
	p->restarted = p->again = p->spare = false;
	p->recheck = true;
	set_clear(p, SET_FALLBACK);
	p->table = 0;
	p->stage = STAGE_TABLE;
}

/* True if there is no use in another question. */
static bool
is_gone(struct poll *p, const struct answer *answer)
{
	p->outcome = answer->outcome;
	buffer_clear(&p->why);
	buffer_puts(&p->why, answer->why.text);
	p->silent++;
	if (answer->outcome != TIMED_OUT && answer->outcome != MALFORMED)
		return true;
	return p->answers == 0 || p->silent >= SILENT_MAX;
}

static void
take_walk(struct poll *p, const struct answer *answer, struct ber *varbinds)
{
	if (p->ask.riders > 0 && answer->outcome == ANSWERED) {
		p->ride = false;
		if (answer->pdu.error_status == SNMP_NO_ERROR &&
		    !scalars_rode(p, varbinds))
			return;
	}
	walk_take(p, answer, varbinds);
}

void
reader_take(struct reader *r, const struct answer *answer)
{
	static const struct answer too_big = { .outcome = ANSWERED,
		.pdu.error_status = SNMP_TOO_BIG };
	struct poll *p = r->poll;
	struct ber varbinds = answer->pdu.varbinds;

	p->time_ns = answer->time_ns;
	if (answer->outcome == NOT_SENT && answer->large) {
		answer = &too_big;
	} else if (answer->outcome == ANSWERED) {
		p->answers++;
		p->silent = 0;
		p->rtt_ns += answer->rtt_ns;
		p->n_rtt++;
	} else if (is_gone(p, answer)) {
		p->stage = STAGE_OVER;
		return;
	}
	if (p->stage == STAGE_NAMES || p->stage == STAGE_ROWS)
		take_walk(p, answer, &varbinds);
	else
		get_take(p, answer, &varbinds);
	if (p->restarted)
		begin_anew(p);
	poll_emit(p);
}

void
reader_late(struct reader *r)
{
	r->poll->outcome = TIMED_OUT;
	r->poll->stage = STAGE_OVER;
}

/* ------------------------------------------------------------- the end -- */

const char *
reader_end(struct reader *r, const struct agent *agent)
{
	struct poll *p = r->poll;
	struct reading *shared = p->shared;
	const char *failure;

	failure = report_poll(p, agent);
	if (failure != NULL)
		r->checked_ns = 0;
	else if (p->recheck)
		r->checked_ns = p->now_ns;
	if (failure != NULL) {
		buffer_clear(&shared->text);
		buffer_puts(&shared->text, failure);
		failure = buffer_text(&shared->text);
	}
	poll_over(p);
	r->poll = NULL;
	return failure;
}
