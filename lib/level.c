/*
 * level.c - slots of averages.
 */
#include "level.h"

#include <math.h>

int64_t
level_floor(int64_t time_ns, int64_t step_ns)
{
	int64_t rest = time_ns % step_ns;

	return time_ns - (rest < 0 ? rest + step_ns : rest);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* -- one slot -- */

static void
begin_slot(struct level *l, int64_t time_ns)
{
	l->slot = (struct level_slot){ .time_ns = time_ns,
		.span_ns = l->step_ns,
		.min = INFINITY,
		.max = -INFINITY };
}

/* Parts of at most 1 each: no sum can leave the range of a double. */
static void
weigh(struct level_slot *s, double mean, int64_t held_ns)
{
	double all;

	if (held_ns <= 0)
		return;
	all = (double)s->held_ns + (double)held_ns;
	s->mean = s->mean * ((double)s->held_ns / all) +
		  mean * ((double)held_ns / all);
	s->held_ns += held_ns;
}

static void
extend(struct level_slot *s, double min, double max)
{
	if (min < s->min)
		s->min = min;
	if (max > s->max)
		s->max = max;
}

/* Rounding must not lift a mean above the largest of what it is of. */
static void
emit(struct level *l)
{
	struct level_slot *s = &l->slot;

	if (s->held_ns == 0)
		s->mean = s->last;
	if (s->mean < s->min)
		s->mean = s->min;
	if (s->mean > s->max)
		s->mean = s->max;
	l->each(l->context, s);
	s->span_ns = 0;
}

static void
count(struct level_slot *s, const struct level_slot *piece)
{
	s->count += piece->count;
	s->last = piece->last;
	if (piece->position > s->position)
		s->position = piece->position;
}

void
level_merge(struct level_slot *s, const struct level_slot *other)
{
	int64_t held_ns = s->held_ns;

	weigh(s, other->mean, other->held_ns);
	s->held_ns = least(held_ns + other->held_ns, s->span_ns);
	extend(s, other->min, other->max);
	s->count += other->count;
	if (other->position > s->position) {
		s->position = other->position;
		s->last = other->last;
	}
}

/* -- values that hold until the next -- */

/* What is in force goes on to that time, within the slot. */
static void
hold(struct level *l, int64_t time_ns)
{
	int64_t to_ns = least(time_ns, l->until_ns);

	if (to_ns <= l->at_ns)
		return;
	weigh(&l->slot, l->value, to_ns - l->at_ns);
	extend(&l->slot, l->value, l->value);
	l->at_ns = to_ns;
}

static void
close_slot(struct level *l, int64_t time_ns)
{
	if (l->slot.span_ns == 0)
		return;
	hold(l, least(time_ns, l->slot.time_ns + l->step_ns));
	emit(l);
}

static void
open_slot(struct level *l, int64_t time_ns)
{
	if (l->slot.span_ns > 0 && time_ns - l->slot.time_ns < l->step_ns)
		return;
	close_slot(l, INT64_MAX);
	begin_slot(l, level_floor(time_ns, l->step_ns));
	if (l->at_ns < l->slot.time_ns)
		l->at_ns = l->slot.time_ns;
}

/* Values of one time share what is known of their rhythm. */
static void
remember(struct level *l, const struct level_slot *piece)
{
	if (!l->any)
		l->gap_ns = l->step_ns;
	else if (piece->time_ns > l->before_ns)
		l->gap_ns = least(piece->time_ns - l->before_ns, l->step_ns);
	l->any = true;
	l->before_ns = piece->time_ns;
	l->value = piece->last;
	l->at_ns = piece->time_ns + piece->span_ns;
	l->until_ns = piece->time_ns + 2 * l->gap_ns;
}

/* One that is coarser than these slots stands for itself. */
static void
pass(struct level *l, const struct level_slot *piece)
{
	close_slot(l, piece->time_ns);
	l->slot = *piece;
	emit(l);
	l->any = false;
	l->before_ns = piece->time_ns;
	l->at_ns = piece->time_ns + piece->span_ns;
	l->until_ns = l->at_ns;
}

static void
add_held(struct level *l, const struct level_slot *piece)
{
	if (piece->span_ns > l->step_ns) {
		pass(l, piece);
		return;
	}
	open_slot(l, piece->time_ns);
	hold(l, piece->time_ns);
	weigh(&l->slot, piece->mean, piece->held_ns);
	extend(&l->slot, piece->min, piece->max);
	count(&l->slot, piece);
	remember(l, piece);
}

/* -- MonALISA's straight lines -- */

/* Draw a line on to (time, value). */
static void
draw(struct level *l, int64_t time_ns, double value)
{
	weigh(&l->slot, l->value / 2 + value / 2, time_ns - l->before_ns);
	extend(&l->slot, value, value);
	l->slot.last = value;
	l->before_ns = time_ns;
	l->value = value;
}

/* A slot that begins with this value at its edge. */
static void
begin_at(struct level *l, int64_t edge_ns, double value)
{
	begin_slot(l, edge_ns);
	extend(&l->slot, value, value);
	l->slot.last = value;
	l->before_ns = edge_ns;
	l->value = value;
}

static double
between(const struct level *l, int64_t edge_ns, int64_t time_ns, double value)
{
	double part = (double)(edge_ns - l->before_ns) /
		      (double)(time_ns - l->before_ns);

	return l->value * (1 - part) + value * part;
}

/* The first one, and the first after a gap: a slot of its own. */
static void
begin_lines(struct level *l, const struct level_slot *piece)
{
	if (l->slot.span_ns > 0 && l->slot.held_ns > 0)
		emit(l);
	begin_slot(l, piece->time_ns - l->step_ns);
	count(&l->slot, piece);
	extend(&l->slot, piece->last, piece->last);
	emit(l);
	begin_at(l, piece->time_ns, piece->last);
	l->slot.position = piece->position;
	l->any = true;
	l->resumed = false;
}

/* Until the edge is reached, values only say where lines come from. */
static bool
is_before_edge(struct level *l, const struct level_slot *piece)
{
	if (!l->resumed)
		return false;
	if (piece->time_ns < l->edge_ns) {
		l->any = true;
		l->before_ns = piece->time_ns;
		l->value = piece->last;
		return true;
	}
	if (l->any && piece->time_ns - l->before_ns <= 2 * l->step_ns) {
		begin_at(l, l->edge_ns,
		    between(l, l->edge_ns, piece->time_ns, piece->last));
		l->resumed = false;
	}
	return false;
}

static void
add_line(struct level *l, const struct level_slot *piece)
{
	int64_t edge_ns;

	if (is_before_edge(l, piece))
		return;
	if (!l->any || l->resumed ||
	    piece->time_ns - l->before_ns > 2 * l->step_ns) {
		begin_lines(l, piece);
		return;
	}
	while (piece->time_ns - l->slot.time_ns >= l->step_ns) {
		edge_ns = l->slot.time_ns + l->step_ns;
		draw(l, edge_ns,
		    between(l, edge_ns, piece->time_ns, piece->last));
		emit(l);
		begin_at(l, edge_ns, l->value);
	}
	if (piece->time_ns > l->before_ns)
		draw(l, piece->time_ns, piece->last);
	count(&l->slot, piece);
}

/* -- either -- */

static bool
is_usable(const struct level_slot *piece)
{
	return isfinite(piece->mean) && piece->time_ns < LEVEL_TIME_MAX &&
	       piece->time_ns > -LEVEL_TIME_MAX;
}

void
level_add(struct level *l, const struct level_slot *piece)
{
	const bool lines = l->manner == LEVEL_MONALISA;

	if (!is_usable(piece) || (l->any && piece->time_ns < l->before_ns))
		return;
	if (!lines)
		add_held(l, piece);
	else if (!l->any || piece->time_ns > l->before_ns)
		add_line(l, piece);
}

void
level_add_value(
    struct level *l, int64_t time_ns, double value, uint64_t position)
{
	const struct level_slot piece = { .time_ns = time_ns,
		.count = 1,
		.position = position,
		.mean = value,
		.min = value,
		.max = value,
		.last = value };

	level_add(l, &piece);
}

void
level_resume(struct level *l, int64_t edge_ns)
{
	l->resumed = true;
	l->edge_ns = edge_ns;
}

void
level_end(struct level *l, int64_t time_ns)
{
	if (l->manner == LEVEL_HELD)
		close_slot(l, time_ns);
	else if (l->slot.span_ns > 0)
		emit(l);
}

void
level_save(const struct level *l, struct level_state *ret)
{
	*ret = (struct level_state){ .before_ns = l->before_ns,
		.gap_ns = l->gap_ns,
		.value = l->value,
		.at_ns = l->at_ns,
		.until_ns = l->until_ns,
		.any = l->any };
}

void
level_restore(struct level *l, const struct level_state *state)
{
	l->before_ns = state->before_ns;
	l->gap_ns = state->gap_ns;
	l->value = state->value;
	l->at_ns = state->at_ns;
	l->until_ns = state->until_ns;
	l->any = state->any;
}
