#include "differ.h"

#include <math.h>

static struct differ
remember(
    const struct differ_rule *rule, int64_t time_ns, const struct farm_value *v)
{
	struct differ l = { .time_ns = time_ns, .type = v->type };

	switch (v->type) {
	case FARM_DOUBLE:
		l.number = v->number;
		break;
	case FARM_BOOLEAN:
		l.bits = v->boolean;
		break;
	case FARM_TEXT:
		l.bits = hash_bytes(&rule->key, 0, v->text, v->length);
		break;
	default:
		l.bits = v->uint64;
	}
	return l;
}

static double
number_of(const struct differ *l)
{
	switch (l->type) {
	case FARM_DOUBLE:
		return l->number;
	case FARM_INT64:
		return (double)(int64_t)l->bits;
	default:
		return (double)l->bits;
	}
}

static bool
is_number(const struct differ *l)
{
	return l->type >= FARM_DOUBLE && l->type <= FARM_UINT64;
}

/* All that is not a number is one value. */
static bool
is_other(const struct differ_rule *rule, const struct differ *a,
    const struct differ *b)
{
	double from, to, band;

	if (!is_number(a) || !is_number(b) ||
	    (a->type != FARM_DOUBLE && a->type == b->type &&
		rule->deadband == 0 && rule->percent == 0))
		return a->type != b->type || a->bits != b->bits;
	from = number_of(a);
	to = number_of(b);
	if (isnan(from) || isnan(to))
		return isnan(from) != isnan(to);
	band = fabs(from) * rule->percent / 100;
	if (band < rule->deadband)
		band = rule->deadband;
	return from != to && !(fabs(to - from) <= band);
}

bool
differ_take(const struct differ_rule *rule, struct differ *last,
    int64_t time_ns, const struct farm_value *v)
{
	struct differ now = remember(rule, time_ns, v);

	if (last->type != FARM_NONE && !is_other(rule, last, &now) &&
	    (rule->resend_ns == 0 ||
		now.time_ns - last->time_ns < rule->resend_ns))
		return false;
	*last = now;
	return true;
}
