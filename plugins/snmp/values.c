/* From a value on the wire to one of a series. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "name.h"
#include "poll.h"

/* What happens once for a series, or to few of the values, stays out of the
   way of all others. */
#define SELDOM __attribute__((noinline, cold))

/* A value's place: a scalar, or a cell of the table being read. */
struct spot {
	const struct plan_value *value;
	const struct plan_source *source;
	uint32_t *series;
	struct rate *rate; /* NULL: none is wanted */
	uint32_t row;
	const struct snmp_varbind *varbind; /* of a cell */
};

/* Then objects are found by the name of each value. */
static bool
is_below_a_walk(const struct poll *p, const struct spot *s)
{
	return s->varbind != NULL && p->layout->table->whole;
}

/* Most values are of the object of the one before; what has values has no
   other object below it. */
static const struct object *
walked_object(struct reading *r, struct ber_bytes name)
{
	const struct object *o = r->below;

	if (o != NULL && o->syntax < OBJECT_NODE && name.size > o->oid.size &&
	    ber_oid_below(name, o->oid))
		return o;
	if (r->plan->objects != NULL)
		r->below = objects_by_oid(r->plan->objects, name);
	return r->below;
}

static const struct object *
object_of(const struct poll *p, const struct spot *s)
{
	return is_below_a_walk(p, s)
		   ? walked_object(p->shared, s->varbind->name)
		   : s->source->object;
}

/* -------------------------------------------------------------- values -- */

static bool
is_scaled(const struct plan_value *v)
{
	return v->scale != 0 || v->factor != PLAN_NONE;
}

/* What a value is multiplied by; 0 if its row does not say. */
static double
factor_of(const struct poll *p, const struct spot *s)
{
	double factor = s->value->scale != 0 ? s->value->scale : 1;

	if (s->value->factor == PLAN_NONE)
		return factor;
	return factor * *layout_factor(p->layout, s->row, s->value->factor);
}

static bool
plain_number(const struct ber_value *v, struct farm_value *ret)
{
	switch (v->tag) {
	case BER_COUNTER32:
	case BER_COUNTER64:
	case BER_GAUGE32:
	case BER_TIMETICKS:
	case BER_UINTEGER32:
		*ret = farm_uint64(v->number);
		return true;
	case BER_INTEGER:
		*ret = farm_int64(v->integer);
		return true;
	default:
		return false;
	}
}

/* A text that is a number where one is wanted: "0.25" of a script. */
static void
text_to_number(struct poll *p, struct farm_value *v)
{
	struct buffer *text = &p->shared->text;
	char *end;
	double number;

	if (v->text != buffer_text(text)) {
		buffer_clear(text);
		buffer_put(text, v->text, v->length);
	}
	number = strtod(buffer_text(text), &end);
	while (*end == ' ' || *end == '\n')
		end++;
	if (end != buffer_text(text) && *end == '\0')
		*v = farm_double(number);
}

/* Integers by a whole number stay what they are, as long as they fit. */
static bool
scale_integer(struct farm_value *v, double factor)
{
	uint64_t whole = factor >= 1 && factor < 0x1p53 ? (uint64_t)factor : 0;

	if (whole == 0 || (double)whole != factor)
		return false;
	if (v->type == FARM_UINT64)
		return !__builtin_mul_overflow(v->uint64, whole, &v->uint64);
	return v->type == FARM_INT64 &&
	       !__builtin_mul_overflow(v->int64, (int64_t)whole, &v->int64);
}

static void
scale(struct farm_value *v, double factor)
{
	struct farm_value before = *v;

	if (scale_integer(v, factor))
		return;
	*v = before;
	if (v->type == FARM_DOUBLE)
		v->number *= factor;
	else if (v->type == FARM_INT64)
		*v = farm_double((double)v->int64 * factor);
	else if (v->type == FARM_UINT64)
		*v = farm_double((double)v->uint64 * factor);
}

static bool
map(struct poll *p, const struct plan_value *value, struct farm_value *v)
{
	struct buffer *name = &p->shared->name;
	size_t i;

	buffer_clear(name);
	buffer_value(name, v);
	for (i = 0; i < value->n_map; i++)
		if (strcmp(value->map[i].key, buffer_text(name)) == 0) {
			*v = farm_text(
			    value->map[i].value, strlen(value->map[i].value));
			return true;
		}
	return false;
}

SELDOM static struct farm_value
convert(struct poll *p, const struct spot *s, const struct ber_value *v)
{
	const struct plan_value *value = s->value;
	struct farm_value ret;
	double factor;

	ret = object_value(object_of(p, s), v, value->named, &p->shared->text);
	if (value->n_map > 0 && map(p, value, &ret))
		return ret;
	if (ret.type == FARM_TEXT &&
	    (is_scaled(value) ||
		(value->kind >= 0 && value->kind != FARM_STATE)))
		text_to_number(p, &ret);
	if (!is_scaled(value))
		return ret;
	factor = factor_of(p, s);
	/* Better none than one of another unit. */
	if (factor == 0)
		ret.type = FARM_NONE;
	else
		scale(&ret, factor);
	return ret;
}

SELDOM static int
grow(struct poll *p)
{
	struct reading *s = p->shared;
	size_t capacity = s->capacity == 0 ? 128 : s->capacity * 2;
	struct farm_value *grown;

	grown = reallocarray(s->rows, capacity, sizeof(*grown));
	if (grown == NULL) {
		p->refused = true;
		return -1;
	}
	s->rows = grown;
	s->capacity = capacity;
	return 0;
}

static inline void
push(struct poll *p, uint32_t series, struct farm_value v)
{
	struct reading *s = p->shared;

	if (s->n_rows == s->capacity && grow(p) != 0)
		return;
	v.series = series;
	s->rows[s->n_rows++] = v;
}

/* A text is a place in `texts', which may move until it is emitted. */
SELDOM static void
push_any(struct poll *p, uint32_t series, struct farm_value v)
{
	struct buffer *texts = &p->shared->texts;
	size_t at = texts->size;

	if (v.type == FARM_NONE)
		return;
	if (v.type == FARM_TEXT) {
		buffer_put(texts, v.text, v.length);
		v.text = (const char *)(uintptr_t)at;
	}
	push(p, series, v);
}

void
poll_emit(struct poll *p)
{
	struct reading *s = p->shared;
	size_t i;

	if (s->n_rows > 0 && buffer_failed(&s->texts)) {
		p->refused = true;
		s->n_rows = 0;
	}
	for (i = 0; i < s->n_rows; i++)
		if (s->rows[i].type == FARM_TEXT)
			s->rows[i].text = buffer_text(&s->texts) +
					  (uintptr_t)s->rows[i].text;
	if (s->n_rows > 0 && farm_emit_rows(s->host, p->target, p->time_ns, 0,
				 s->rows, s->n_rows) != 0)
		p->refused = true;
	p->n_values += (uint32_t)s->n_rows;
	s->n_rows = 0;
	buffer_clear(&s->texts);
}

/* -------------------------------------------------------------- series -- */

static uint32_t
kind_of(const struct poll *p, const struct spot *s, uint8_t tag)
{
	uint32_t kind;

	if (s->value->kind >= 0)
		return (uint32_t)s->value->kind;
	if (s->value->n_map > 0)
		return FARM_STATE;
	kind = object_kind(object_of(p, s), tag);
	/* The product does not wrap at 32 bits. */
	return kind == FARM_COUNTER32 && is_scaled(s->value) ? FARM_COUNTER64
							     : kind;
}

static bool
is_counter(uint32_t kind)
{
	return kind == FARM_COUNTER32 || kind == FARM_COUNTER64;
}

/* The parameter, in shared->name; false if there can be none. */
static bool
print_name(struct poll *p, const struct spot *s)
{
	struct buffer *name = &p->shared->name;
	struct error err;

	buffer_clear(name);
	if (s->varbind == NULL)
		buffer_puts(name, s->value->name);
	else if (p->layout->table->whole)
		objects_print_oid(
		    name, p->shared->plan->objects, s->varbind->name);
	else
		layout_name(p->layout, s->row, s->value, name);
	if (buffer_failed(name))
		return false;
	if (name_check("parameter", buffer_text(name), name->size, &err) == 0)
		return true;
	poll_trouble(p, "%s", err.text);
	return false;
}

/* Of what print_name() has put: "{name}_rate". */
static bool
print_rate_name(struct poll *p, const struct spot *s)
{
	const char *format = s->value->rate, *place = strstr(format, "{name}");
	struct buffer *name = &p->shared->name, *text = &p->shared->text;
	struct error err;

	buffer_clear(text);
	buffer_put(text, format, (size_t)(place - format));
	buffer_put(text, buffer_text(name), name->size);
	buffer_puts(text, place + strlen("{name}"));
	buffer_clear(name);
	buffer_put(name, buffer_text(text), text->size);
	if (buffer_failed(text) || buffer_failed(name))
		return false;
	if (name_check("parameter", buffer_text(name), name->size, &err) == 0)
		return true;
	poll_trouble(p, "%s", err.text);
	return false;
}

static uint32_t
define(struct poll *p, const char *unit, uint32_t kind)
{
	uint32_t series = farm_series(p->shared->host, p->target,
	    .parameter = buffer_text(&p->shared->name), .unit = unit,
	    .kind = kind);

	p->refused |= series == 0;
	return series != 0 ? series : CELL_SILENT;
}

static const char *
unit_of(const struct poll *p, const struct spot *s)
{
	const struct object *o = object_of(p, s);

	if (s->value->unit != NULL)
		return s->value->unit;
	if (s->value->scaler != NULL && *s->value->scaler->unit != '\0')
		return s->value->scaler->unit;
	return o != NULL && s->value->n_map == 0 ? o->unit : "";
}

/* The first time that a value comes here. */
SELDOM static void
settle(struct poll *p, const struct spot *s, uint8_t tag)
{
	uint32_t kind = kind_of(p, s, tag);

	*s->series = CELL_SILENT;
	if (is_counter(kind) && s->value->counters == COUNTERS_RATE)
		return;
	if (print_name(p, s))
		*s->series = define(p, unit_of(p, s), kind);
}

/* By/s of By; a unit that was given for nothing but rates stays as it is. */
SELDOM static void
settle_rate(struct poll *p, const struct spot *s)
{
	const char *unit = unit_of(p, s);
	char per_second[64];

	s->rate->series = CELL_SILENT;
	if (!print_name(p, s) || !print_rate_name(p, s))
		return;
	if (s->value->unit == NULL || s->value->counters != COUNTERS_RATE) {
		snprintf(per_second, sizeof(per_second), "%s/s",
		    *unit != '\0' ? unit : "1");
		unit = per_second;
	}
	s->rate->series = define(p, unit, FARM_GAUGE);
}

static inline void
put_rate(struct poll *p, const struct spot *s, const struct ber_value *v)
{
	double per_second, factor;

	if (!s->source->counts ||
	    (v->tag != BER_COUNTER32 && v->tag != BER_COUNTER64))
		return;
	if (is_below_a_walk(p, s) && !is_counter(kind_of(p, s, v->tag)))
		return;
	if (!rate_take(s->rate, v->number, p->time_ns, p->reader->epoch,
		v->tag == BER_COUNTER64 ? 64 : 32, &per_second))
		return;
	if (is_scaled(s->value)) {
		factor = factor_of(p, s);
		if (factor == 0)
			return;
		per_second *= factor;
	}
	if (s->value->max_rate != 0 && per_second > s->value->max_rate)
		return;
	if (s->rate->series == 0)
		settle_rate(p, s);
	if (s->rate->series != CELL_SILENT)
		push(p, s->rate->series, farm_double(per_second));
}

static inline void
put(struct poll *p, const struct spot *s, const struct ber_value *v)
{
	struct farm_value value;

	if (*s->series == CELL_UNKNOWN)
		settle(p, s, v->tag);
	if (*s->series != CELL_SILENT) {
		if (s->source->plain && plain_number(v, &value))
			push(p, *s->series, value);
		else
			push_any(p, *s->series, convert(p, s, v));
	}
	if (s->rate != NULL)
		put_rate(p, s, v);
}

static inline const struct plan_source *
source_of(const struct poll *p, const struct plan_value *v, size_t number)
{
	return v->fallback.oid.size > 0 && poll_has(p, SET_FALLBACK, number)
		   ? &v->fallback
		   : &v->source;
}

void
poll_put_scalar(struct poll *p, size_t scalar, const struct ber_value *v)
{
	const struct plan_value *value = &p->shared->plan->scalars[scalar];
	struct spot s = { .value = value,
		.source = source_of(p, value, scalar),
		.series = &p->reader->scalars[scalar],
		.rate = &p->reader->rates[scalar] };

	poll_set(p, SET_GOT, scalar, true);
	put(p, &s, v);
}

void
poll_put_cell(
    struct poll *p, uint32_t column, uint32_t row, const struct snmp_varbind *v)
{
	const struct layout *l = p->layout;
	const struct plan_table *t = l->table;
	const struct layout_row *r = &l->rows[row];
	const struct plan_value *value = &t->columns[column];
	size_t number = t->first + column, cell = row * t->n_columns + column;
	struct spot s = { .value = value,
		.source = source_of(p, value, number),
		.series = &l->cells[cell],
		.rate = l->rates != NULL ? &l->rates[cell] : NULL,
		.row = row,
		.varbind = v };

	poll_set(p, SET_GOT, number, true);
	if (r->naming == ROW_NAMELESS)
		return;
	if (!r->wanted) {
		/* Known from now on, if without a series. */
		if (*s.series == CELL_UNKNOWN)
			*s.series = CELL_SILENT;
		return;
	}
	/* What was there the first time was said then. */
	if (!p->again || r->naming == ROW_LATE || *s.series == CELL_UNKNOWN)
		put(p, &s, &v->value);
}
