#include "gmond.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "number.h"

/* gmond's own rule: a host is down, and so are its metrics, after so many times
   TMAX. */
#define TMAX_TIMES 4
/* Longer than any integer of 64 bits. */
#define DIGITS_MAX 21
/* Doubles have all integers up to here, and this is the shortest beyond. */
#define EXACT (INT64_C(1) << 53)
#define EXACT_DIGITS 16

static const char *const types[GMOND_TYPES] = { "", "string", "int8", "uint8",
	"int16", "uint16", "int32", "uint32", "float", "double", "timestamp" };

static const char *const slopes[GMOND_SLOPES] = { "zero", "positive",
	"negative", "both", "unspecified", "derivative" };

/* Ganglia's KB are of 1024 bytes, as the kernel counts memory; its GB are of
   10^9.  What only counts has many names there, so not all lead back. */
static const struct unit {
	const char *theirs;
	const char *ours;
	bool back;
} units[] = {
	{ "bytes/sec", "By/s", true },
	{ "KB", "KiBy", true },
	{ "GB", "GBy", true },
	{ "packets/sec", "1/s", false },
	{ "CPUs", "1", false },
};
#define UNITS (sizeof(units) / sizeof(units[0]))

const char *
gmond_type_word(enum gmond_type type)
{
	return (unsigned)type < GMOND_TYPES ? types[type] : "";
}

enum gmond_type
gmond_type_of(struct slice word)
{
	unsigned i;

	for (i = 1; i < GMOND_TYPES; i++)
		if (slice_is(word, types[i]))
			return (enum gmond_type)i;
	return GMOND_TYPE_UNKNOWN;
}

const char *
gmond_slope_word(enum gmond_slope slope)
{
	return slopes[gmond_slope_of_number((uint32_t)slope)];
}

enum gmond_slope
gmond_slope_of(struct slice word)
{
	unsigned i;

	for (i = 0; i < GMOND_SLOPES; i++)
		if (slice_is(word, slopes[i]))
			return (enum gmond_slope)i;
	return GMOND_UNSPECIFIED;
}

enum gmond_slope
gmond_slope_of_number(uint32_t n)
{
	return n < GMOND_SLOPES ? (enum gmond_slope)n : GMOND_UNSPECIFIED;
}

/* Whole and within 64 bits; -5 is none if it must not be negative. */
static bool
integer_parse(struct slice s, bool is_signed, struct farm_value *ret)
{
	char text[DIGITS_MAX + 1], *end;
	struct farm_value v;

	if (s.length == 0 || s.length > DIGITS_MAX ||
	    isspace((unsigned char)s.text[0]))
		return false;
	memcpy(text, s.text, s.length);
	text[s.length] = '\0';
	if (!is_signed && text[0] == '-')
		return false;
	errno = 0;
	if (is_signed)
		v = farm_int64(strtoll(text, &end, 10));
	else
		v = farm_uint64(strtoull(text, &end, 10));
	if (errno != 0 || end != text + s.length)
		return false;
	*ret = v;
	return true;
}

static bool
double_parse(struct slice s, struct farm_value *ret)
{
	double n;

	if (!number_parse(s, &n))
		return false;
	*ret = farm_double(n);
	return true;
}

/* 64 bits travel as doubles, with all their digits: what a double would round
   stays an integer. */
static bool
large_parse(struct slice s, struct farm_value *ret)
{
	struct farm_value v;

	if (s.length < EXACT_DIGITS)
		return false;
	if (integer_parse(s, true, &v)) {
		if (v.int64 >= -EXACT && v.int64 <= EXACT)
			return false;
	} else if (!integer_parse(s, false, &v)) {
		return false;
	}
	*ret = v;
	return true;
}

static bool
text_value(struct slice s, struct farm_value *ret)
{
	*ret = farm_text(s.text, s.length);
	return ret->type == FARM_TEXT;
}

bool
gmond_value(enum gmond_type type, struct slice text, struct farm_value *ret)
{
	switch (type) {
	case GMOND_TYPE_STRING:
		return text_value(text, ret);
	case GMOND_TYPE_INT8:
	case GMOND_TYPE_INT16:
	case GMOND_TYPE_INT32:
		return integer_parse(text, true, ret) ||
		       double_parse(text, ret);
	case GMOND_TYPE_UINT8:
	case GMOND_TYPE_UINT16:
	case GMOND_TYPE_UINT32:
	case GMOND_TYPE_TIMESTAMP:
		return integer_parse(text, false, ret) ||
		       double_parse(text, ret);
	case GMOND_TYPE_FLOAT:
		return double_parse(text, ret);
	case GMOND_TYPE_DOUBLE:
		return large_parse(text, ret) || double_parse(text, ret);
	default:
		return large_parse(text, ret) || double_parse(text, ret) ||
		       text_value(text, ret);
	}
}

uint32_t
gmond_kind(enum gmond_type type, enum gmond_slope slope)
{
	if (type == GMOND_TYPE_STRING)
		return FARM_STATE;
	if (slope != GMOND_POSITIVE && slope != GMOND_DERIVATIVE)
		return FARM_GAUGE;
	return type == GMOND_TYPE_FLOAT || type == GMOND_TYPE_DOUBLE
		   ? FARM_COUNTER64
		   : FARM_COUNTER32;
}

struct slice
gmond_unit(struct slice s)
{
	size_t i;

	while (s.length > 0 && isspace((unsigned char)s.text[0]))
		slice_skip(&s, 1);
	while (s.length > 0 && isspace((unsigned char)s.text[s.length - 1]))
		s.length--;
	for (i = 0; i < UNITS; i++)
		if (slice_is(s, units[i].theirs))
			return (struct slice){ units[i].ours,
				strlen(units[i].ours) };
	return s;
}

int64_t
gmond_lifetime_ns(const struct gmond_metadata *d)
{
	return d->dmax > 0 ? d->dmax * NS_PER_S
			   : d->tmax * TMAX_TIMES * NS_PER_S;
}

const char *
gmond_units_of(const char *unit)
{
	size_t i;

	for (i = 0; i < UNITS; i++)
		if (units[i].back && strcmp(unit, units[i].ours) == 0)
			return units[i].theirs;
	return strcmp(unit, "1") == 0 ? "" : unit;
}

static enum gmond_type
type_of(const struct farm_value *v)
{
	switch (v->type) {
	case FARM_TEXT:
		return GMOND_TYPE_STRING;
	case FARM_BOOLEAN:
		return GMOND_TYPE_UINT8;
	case FARM_INT64:
		return v->int64 >= INT32_MIN && v->int64 <= INT32_MAX
			   ? GMOND_TYPE_INT32
			   : GMOND_TYPE_DOUBLE;
	case FARM_UINT64:
		return v->uint64 <= UINT32_MAX ? GMOND_TYPE_UINT32
					       : GMOND_TYPE_DOUBLE;
	}
	return GMOND_TYPE_DOUBLE;
}

enum gmond_type
gmond_type_for(enum gmond_type before, const struct farm_value *v)
{
	enum gmond_type type = type_of(v);

	if (before == GMOND_TYPE_UNKNOWN || before == type ||
	    type == GMOND_TYPE_STRING || before == GMOND_TYPE_STRING)
		return type;
	return GMOND_TYPE_DOUBLE;
}

enum gmond_slope
gmond_slope_for(uint32_t kind)
{
	return kind == FARM_COUNTER32 || kind == FARM_COUNTER64 ? GMOND_POSITIVE
								: GMOND_BOTH;
}

void
gmond_put_value(struct buffer *b, const struct farm_value *v)
{
	if (v->type == FARM_BOOLEAN)
		buffer_putc(b, v->boolean ? '1' : '0');
	else
		buffer_value(b, v);
}
