#include "crossing.h"

#include <math.h>

#include "value.h"

int
crossing_check(const struct crossing_rule *rule, struct error *err)
{
	if (rule->above == CROSSING_NEVER && rule->below == -CROSSING_NEVER &&
	    rule->delta == 0 && rule->percent == 0)
		return error_set(err, "needs one of above, below, delta and "
				      "percent: what is looked for");
	if (rule->below >= rule->above)
		return error_set(err, "below: %g is not less than above: %g",
		    rule->below, rule->above);
	if (rule->hysteresis >= rule->above - rule->below)
		return error_set(err,
		    "hysteresis: %g is all the way from above to below",
		    rule->hysteresis);
	return 0;
}

/* On which side it is, seen from where it was. */
static enum crossing_side
side_of(
    const struct crossing_rule *rule, enum crossing_side before, double number)
{
	double above = rule->above, below = rule->below;

	if (before == SIDE_ABOVE)
		above -= rule->hysteresis;
	if (before == SIDE_BELOW)
		below += rule->hysteresis;
	if (number > above)
		return SIDE_ABOVE;
	return number < below ? SIDE_BELOW : SIDE_BETWEEN;
}

static bool
crosses(const struct crossing_rule *rule, struct crossing *w, double number)
{
	enum crossing_side before = w->side;

	w->side = side_of(rule, before, number);
	if (w->side == before)
		return false;
	return w->side != SIDE_BETWEEN ||
	       (rule->back && before != SIDE_UNKNOWN);
}

static bool
is_far(
    const struct crossing_rule *rule, const struct crossing *w, double number)
{
	double far = fabs(number - w->last);

	if (rule->delta == 0 && rule->percent == 0)
		return false;
	return !w->sent || (rule->delta > 0 && far > rule->delta) ||
	       (rule->percent > 0 && far > fabs(w->last) * rule->percent / 100);
}

bool
crossing_take(const struct crossing_rule *rule, struct crossing *w,
    const struct farm_value *value)
{
	double number;
	bool crossed;

	if (!value_number(value, &number))
		return false;
	crossed = crosses(rule, w, number);
	if (!crossed && !is_far(rule, w, number))
		return false;
	w->sent = true;
	w->last = number;
	return true;
}
