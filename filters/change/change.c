/* change: a value goes on only if it is another one. */
#include <farm/module.h>
#include <math.h>

#include "clock.h"
#include "hash.h"
#include "rows.h"

#define RESEND_MAX_NS (3650 * 86400e9)

struct change {
	double deadband;
	double percent;
	int64_t resend_ns;

	struct hash_key key; /* of texts */
	struct rows rows;
};

/* What went on last of a series. */
struct last {
	int64_t time_ns;
	union {
		double number;
		uint64_t bits; /* of an integer, or a text's hash */
	};
	uint8_t type; /* FARM_NONE: nothing did */
};

static const struct farm_option options[] = {
	FARM_OPTION_NUMBER("deadband", struct change, deadband, "0", 0, 1e300,
	    "a number that differs by no more than this is the same"),
	FARM_OPTION_NUMBER("percent", struct change, percent, "0", 0, 1e6,
	    "the same, in percent of the number that went on last"),
	FARM_OPTION_DURATION("resend", struct change, resend_ns, "0s", 0,
	    RESEND_MAX_NS,
	    "an unchanged value goes on after so long all the same; 0s: never"),
	FARM_OPTION_END
};

static int
change_open(struct farm_host *host, void *state)
{
	struct change *c = state;

	(void)host;
	hash_key_draw(&c->key);
	return 0;
}

static void
change_close(struct farm_host *host, void *state)
{
	struct change *c = state;

	(void)host;
	rows_free(&c->rows);
}

static struct last
remember(const struct change *c, int64_t time_ns, const struct farm_value *v)
{
	struct last l = { .time_ns = time_ns, .type = v->type };

	switch (v->type) {
	case FARM_DOUBLE:
		l.number = v->number;
		break;
	case FARM_BOOLEAN:
		l.bits = v->boolean;
		break;
	case FARM_TEXT:
		l.bits = hash_bytes(&c->key, 0, v->text, v->length);
		break;
	default:
		l.bits = v->uint64;
	}
	return l;
}

static double
number_of(const struct last *l)
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
is_number(const struct last *l)
{
	return l->type >= FARM_DOUBLE && l->type <= FARM_UINT64;
}

/* All that is not a number is one value. */
static bool
differ(const struct change *c, const struct last *a, const struct last *b)
{
	double from, to, band;

	if (!is_number(a) || !is_number(b) ||
	    (a->type != FARM_DOUBLE && a->type == b->type && c->deadband == 0 &&
		c->percent == 0))
		return a->type != b->type || a->bits != b->bits;
	from = number_of(a);
	to = number_of(b);
	if (isnan(from) || isnan(to))
		return isnan(from) != isnan(to);
	band = fmax(c->deadband, fabs(from) * c->percent / 100);
	return from != to && !(fabs(to - from) <= band);
}

static int
change_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct change *c = state;
	uint32_t i;

	c->rows.n = 0;
	for (i = 0; i < in->n_values; i++) {
		const struct farm_value *v = &in->values[i];
		struct last *last = farm_series_state(host, v->series);
		struct last now = remember(c, in->time_ns, v);

		if (last == NULL)
			return farm_fail(host, "out of memory");
		if (last->type != FARM_NONE && !differ(c, last, &now) &&
		    (c->resend_ns == 0 ||
			now.time_ns - last->time_ns < c->resend_ns))
			continue;
		*last = now;
		if (rows_put(host, &c->rows, *v) != 0)
			return -1;
	}
	return rows_emit(host, &c->rows, in);
}

FARM_MODULE(change, FARM_FILTER) = {
	.summary = "a value goes on only if it is another one",
	.description =
	    "The first value of a series goes on, and then each that differs "
	    "from the one that went on last: a state when it changes, not "
	    "each second. Numbers that move a little all the time are held "
	    "back by `deadband` or `percent`; drifting does not get past "
	    "them, since what is compared with is what went on.\n\n"
	    "A series that does not change looks as if nobody measured it: "
	    "its last value gets old. `resend` says it again in time; let it "
	    "be shorter than the series' lifetime.\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - change: {match: \"*/*/*/*_status\", resend: 5m}\n"
	    "  - change:\n"
	    "      name: temperatures\n"
	    "      match: \"*/*/*/temperature*\"\n"
	    "      deadband: 0.5\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct change),
	.open = change_open,
	.close = change_close,
	.filter = {
		.apply = change_apply,
		.series_state_size = sizeof(struct last),
	},
};
