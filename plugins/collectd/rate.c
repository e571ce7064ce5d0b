/* rate.c - counters as rates, and rates as counters again. */
#include "abi.h"

/* A counter that went back has wrapped: at 32 bits if it was below. */
counter_t
counter_diff(counter_t old_value, counter_t new_value)
{
	if (new_value < old_value && old_value <= UINT32_MAX)
		return (counter_t)UINT32_MAX - old_value + new_value + 1;
	return new_value - old_value;
}

static int
rate_of(gauge_t *ret, value_t from, value_t to, int ds_type, gauge_t seconds)
{
	switch (ds_type) {
	case DS_TYPE_GAUGE:
		*ret = to.gauge;
		return 0;
	case DS_TYPE_DERIVE:
		/* Exact where the difference is small and the values are not.
		 */
		*ret = (gauge_t)(derive_t)((uint64_t)to.derive -
					   (uint64_t)from.derive) /
		       seconds;
		return 0;
	case DS_TYPE_COUNTER:
		*ret = (gauge_t)counter_diff(from.counter, to.counter) /
		       seconds;
		return 0;
	case DS_TYPE_ABSOLUTE:
		*ret = (gauge_t)to.absolute / seconds;
		return 0;
	default:
		return EINVAL;
	}
}

int
value_to_rate(gauge_t *ret_rate, value_t value, int ds_type, cdtime_t t,
    value_to_rate_state_t *state)
{
	value_to_rate_state_t before = *state;
	gauge_t rate;
	int status;

	if (t <= before.last_time)
		return EINVAL;
	status = rate_of(&rate, before.last_value, value, ds_type,
	    CDTIME_T_TO_DOUBLE(t - before.last_time));
	if (status != 0 && before.last_time != 0)
		return status;
	state->last_value = value;
	state->last_time = t;
	/* The first value says no more than that it is there, a gauge's too. */
	if (before.last_time == 0)
		return EAGAIN;
	*ret_rate = rate;
	return 0;
}

/* Whole steps of `amount'; what remains goes with the next. */
static int
take_whole(value_t *ret, gauge_t amount, gauge_t *rest, int ds_type)
{
	gauge_t whole = trunc(amount);

	if (isnan(amount) || fabs(whole) >= 9223372036854775808.0 ||
	    (whole < 0 && ds_type != DS_TYPE_DERIVE))
		return EINVAL;
	ret->derive = (derive_t)whole;
	*rest = amount - whole;
	return 0;
}

int
rate_to_value(value_t *ret_value, gauge_t rate, rate_to_value_state_t *state,
    int ds_type, cdtime_t t)
{
	gauge_t rest, amount = rate;
	value_t step;

	if (ds_type == DS_TYPE_GAUGE) {
		state->last_value.gauge = rate;
		state->last_time = t;
		*ret_value = state->last_value;
		return 0;
	}
	if (ds_type < DS_TYPE_COUNTER || ds_type > DS_TYPE_ABSOLUTE ||
	    (state->last_time != 0 && t <= state->last_time))
		return EINVAL;
	if (state->last_time != 0)
		amount = state->residual +
			 rate * CDTIME_T_TO_DOUBLE(t - state->last_time);
	if (take_whole(&step, amount, &rest, ds_type) != 0)
		return EINVAL;
	/* Counters add up, all but those that are reset when read. */
	if (state->last_time != 0 && ds_type != DS_TYPE_ABSOLUTE)
		step.absolute += state->last_value.absolute;
	state->last_value = step;
	state->residual = rest;
	if (state->last_time == 0) {
		state->last_time = t;
		return EAGAIN;
	}
	state->last_time = t;
	*ret_value = step;
	return 0;
}
