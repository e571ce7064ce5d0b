/* unit: numbers in another unit. */
#include <farm/module.h>
#include <math.h>
#include <string.h>

#include "derived.h"
#include "rows.h"

struct unit {
	const char *from;
	const char *to;
	double factor; /* 0: of the table */
	double offset;

	struct derived derived;
	struct rows rows;
	bool told; /* of a counter */
};

/* What a source's values become. */
struct conversion {
	struct derivation to;
	double factor;
	double offset; /* added behind it */
};

static const struct farm_option options[] = {
	{ .name = "to",
	    .type = FARM_TYPE_STRING,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct unit, to, const char *),
	    .help = "the new unit" },
	FARM_OPTION_STRING("from", struct unit, from, "",
	    "only values of this unit; any that can be converted if not given"),
	FARM_OPTION_NUMBER("factor", struct unit, factor, "0", -1e300, 1e300,
	    "the number is multiplied by it; 0: what is known of both units"),
	FARM_OPTION_NUMBER("offset", struct unit, offset, "0", -1e300, 1e300,
	    "then this is added; with factor only"),
	FARM_OPTION_END
};

/* One dimension each: the base is the unit whose factor is 1.  UCUM's names,
   and what collectors say beside them. */
static const struct known {
	const char *name;
	const char *base;
	double factor;
	double offset;
} units[] = {
	{ "By", "By", 1, 0 },
	{ "kBy", "By", 1e3, 0 },
	{ "MBy", "By", 1e6, 0 },
	{ "GBy", "By", 1e9, 0 },
	{ "TBy", "By", 1e12, 0 },
	{ "KiBy", "By", 1024, 0 },
	{ "MiBy", "By", 1048576, 0 },
	{ "GiBy", "By", 1073741824, 0 },
	{ "TiBy", "By", 1099511627776, 0 },
	{ "kB", "By", 1e3, 0 },
	{ "MB", "By", 1e6, 0 },
	{ "GB", "By", 1e9, 0 },
	{ "KiB", "By", 1024, 0 },
	{ "MiB", "By", 1048576, 0 },
	{ "GiB", "By", 1073741824, 0 },
	{ "bit", "By", 0.125, 0 },
	{ "kbit", "By", 125, 0 },
	{ "Mbit", "By", 125e3, 0 },
	{ "Gbit", "By", 125e6, 0 },
	{ "By/s", "By/s", 1, 0 },
	{ "kBy/s", "By/s", 1e3, 0 },
	{ "MBy/s", "By/s", 1e6, 0 },
	{ "GBy/s", "By/s", 1e9, 0 },
	{ "bit/s", "By/s", 0.125, 0 },
	{ "kbit/s", "By/s", 125, 0 },
	{ "Mbit/s", "By/s", 125e3, 0 },
	{ "Gbit/s", "By/s", 125e6, 0 },
	{ "s", "s", 1, 0 },
	{ "ms", "s", 1e-3, 0 },
	{ "us", "s", 1e-6, 0 },
	{ "ns", "s", 1e-9, 0 },
	{ "min", "s", 60, 0 },
	{ "h", "s", 3600, 0 },
	{ "d", "s", 86400, 0 },
	{ "1", "1", 1, 0 },
	{ "%", "1", 0.01, 0 },
	{ "Hz", "Hz", 1, 0 },
	{ "kHz", "Hz", 1e3, 0 },
	{ "MHz", "Hz", 1e6, 0 },
	{ "GHz", "Hz", 1e9, 0 },
	{ "Cel", "Cel", 1, 0 },
	{ "K", "Cel", 1, -273.15 },
	{ "[degF]", "Cel", 5.0 / 9, -160.0 / 9 },
	{ "V", "V", 1, 0 },
	{ "mV", "V", 1e-3, 0 },
	{ "A", "A", 1, 0 },
	{ "mA", "A", 1e-3, 0 },
	{ "W", "W", 1, 0 },
	{ "mW", "W", 1e-3, 0 },
	{ "kW", "W", 1e3, 0 },
};

static const struct known *
find_unit(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	return NULL;
}

static int
unit_open(struct farm_host *host, void *state)
{
	const struct unit *u = state;
	const struct known *to = find_unit(u->to), *from = find_unit(u->from);

	if (u->factor != 0)
		return 0;
	if (u->offset != 0)
		return farm_fail(host, "offset: only with factor");
	if (to == NULL)
		return farm_fail(host,
		    "to: nothing is known of the unit \"%s\": give a factor",
		    u->to);
	if (u->from[0] != '\0' &&
	    (from == NULL || strcmp(from->base, to->base) != 0))
		return farm_fail(host,
		    "from: no way is known from \"%s\" to \"%s\": give a "
		    "factor",
		    u->from, u->to);
	return 0;
}

static void
unit_close(struct farm_host *host, void *state)
{
	struct unit *u = state;

	(void)host;
	derived_free(&u->derived);
	rows_free(&u->rows);
}

/* How to get there from that unit; false if that cannot be. */
static bool
convert(const struct unit *u, const char *from_name, struct conversion *ret)
{
	const struct known *from, *to;

	if (u->from[0] != '\0' && strcmp(u->from, from_name) != 0)
		return false;
	if (u->factor != 0) {
		ret->factor = u->factor;
		ret->offset = u->offset;
		return true;
	}
	from = find_unit(from_name);
	to = find_unit(u->to);
	if (from == NULL || strcmp(from->base, to->base) != 0)
		return false;
	ret->factor = from->factor / to->factor;
	ret->offset = (from->offset - to->offset) / to->factor;
	return true;
}

/* Multiplied, a counter would wrap elsewhere than where it is said to. */
static bool
is_counter(uint32_t kind)
{
	return kind == FARM_COUNTER32 || kind == FARM_COUNTER64;
}

struct question {
	struct unit *unit;
	struct conversion *conversion;
};

static int
derive(struct farm_host *host, const void *context, struct farm_spec *spec,
    struct derive_room *room)
{
	const struct question *q = context;

	(void)room;
	if (!convert(q->unit, spec->unit, q->conversion))
		return 0;
	if (!is_counter(spec->kind)) {
		spec->unit = q->unit->to;
		return 1;
	}
	if (!q->unit->told)
		farm_log(host, FARM_WARNING,
		    "%s of %s is a counter and stays in %s: make a rate of it "
		    "first",
		    spec->parameter, spec->node, spec->unit);
	q->unit->told = true;
	return 0;
}

/* As a whole number if it was one and can be said as one. */
static struct farm_value
converted(const struct conversion *c, struct farm_value v, uint32_t series)
{
	struct farm_value result;
	double number = v.type == FARM_INT64    ? (double)v.int64
			: v.type == FARM_UINT64 ? (double)v.uint64
						: v.number;
	bool whole = v.type != FARM_DOUBLE && c->offset == 0 &&
		     c->factor >= 1 && c->factor == floor(c->factor) &&
		     c->factor < 0x1p53;

	result = farm_double(number * c->factor + c->offset);
	if (whole && v.type == FARM_INT64 &&
	    !__builtin_mul_overflow(v.int64, (int64_t)c->factor, &v.int64))
		result = v;
	else if (whole && v.type == FARM_UINT64 &&
		 !__builtin_mul_overflow(
		     v.uint64, (uint64_t)c->factor, &v.uint64))
		result = v;
	result.series = series;
	return result;
}

static int
unit_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct unit *u = state;
	uint32_t i;

	u->rows.n = 0;
	for (i = 0; i < in->n_values; i++) {
		struct farm_value v = in->values[i];
		struct conversion *c = farm_series_state(host, v.series);
		struct question q = { u, c };
		uint32_t series;

		if (c == NULL)
			return farm_fail(host, "out of memory");
		series = derived_find(
		    host, &u->derived, &c->to, v.series, derive, &q);
		if (series == 0)
			return -1;
		if (c->to.held && v.type <= FARM_UINT64)
			v = converted(c, v, series);
		v.series = series;
		if (rows_put(host, &u->rows, v) != 0)
			return -1;
	}
	return rows_emit(host, &u->rows, in);
}

static void
unit_forget(struct farm_host *host, void *state, void *series_state)
{
	struct unit *u = state;
	struct conversion *c = series_state;

	derived_forget(host, &u->derived, &c->to);
}

FARM_MODULE(unit, FARM_FILTER) = {
	.summary = "numbers in another unit",
	.description =
	    "Numbers are converted to the unit `to`, and the series says so. "
	    "Bytes and bits (decimal and binary prefixes), and both per "
	    "second, times, shares (`1` and `%`), frequencies, temperatures "
	    "(`Cel`, `K`, `[degF]`), and small powers of V, A and W are known; "
	    "for all else give a `factor`. What cannot be converted passes as "
	    "it is, and so do texts.\n\n"
	    "Integers stay integers where that is exact. Counters are not "
	    "touched, since their wraps would be elsewhere: put `rate` in "
	    "front.\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - rate: {match: \"*/*/*/*_octets\", suffix: _rate}\n"
	    "  - unit: {match: \"*/*/*/*_rate\", to: Mbit/s}\n"
	    "  - unit:\n"
	    "      name: fans\n"
	    "      match: \"*/*/*/fan*\"\n"
	    "      from: rpm\n"
	    "      to: Hz\n"
	    "      factor: 0.016666667\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct unit),
	.open = unit_open,
	.close = unit_close,
	.filter = {
		.apply = unit_apply,
		.series_state_size = sizeof(struct conversion),
		.forget = unit_forget,
	},
};
