#include "perfdata.h"

#include <math.h>

#include "number.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_digit(struct slice s, size_t i)
{
	return i < s.length && s.text[i] >= '0' && s.text[i] <= '9';
}

static struct slice
trim(struct slice s)
{
	while (s.length > 0 && is_blank(s.text[0]))
		slice_skip(&s, 1);
	while (s.length > 0 && is_blank(s.text[s.length - 1]))
		s.length--;
	return s;
}

void
perfdata_split(struct slice output, struct perfdata_output *ret)
{
	struct slice first = slice_cut(&output, '\n');

	ret->text = trim(slice_cut(&first, '|'));
	ret->data[0] = trim(first);
	ret->more = trim(slice_cut(&output, '|'));
	ret->data[1] = trim(output);
}

/* -------------------------------------------------------------- numbers -- */

static size_t
digits(struct slice s, size_t i)
{
	size_t from = i;

	while (is_digit(s, i))
		i++;
	return i - from;
}

/* How much of it is a number; an e without digits belongs to the unit. */
static size_t
number_length(struct slice s)
{
	size_t i = s.length > 0 && (s.text[0] == '-' || s.text[0] == '+');
	size_t exponent;

	i += digits(s, i);
	if (i < s.length && (s.text[i] == '.' || s.text[i] == ','))
		i += 1 + digits(s, i + 1);
	if (i == 0 || i >= s.length || (s.text[i] != 'e' && s.text[i] != 'E'))
		return i;
	exponent = i + 1;
	if (exponent < s.length &&
	    (s.text[exponent] == '-' || s.text[exponent] == '+'))
		exponent++;
	return is_digit(s, exponent) ? exponent + digits(s, exponent) : i;
}

/* With a comma for the point, as some locales have it. */
static bool
parse_number(struct slice s, double *ret)
{
	char text[NUMBER_MAX];
	char *comma;

	if (s.length == 0 || s.length > sizeof(text))
		return false;
	memcpy(text, s.text, s.length);
	comma = memchr(text, ',', s.length);
	if (comma != NULL)
		*comma = '.';
	return number_parse((struct slice){ text, s.length }, ret);
}

/* --------------------------------------------------------------- ranges -- */

bool
perfdata_range_parse(struct slice s, struct perfdata_range *ret)
{
	struct perfdata_range r = { .set = true, .high = INFINITY };
	struct slice low;
	bool colon;

	if (s.length > 0 && s.text[0] == '@') {
		r.inside = true;
		slice_skip(&s, 1);
	}
	colon = s.length > 0 && memchr(s.text, ':', s.length) != NULL;
	if (!colon && !parse_number(s, &r.high))
		return false;
	if (colon) {
		low = slice_cut(&s, ':');
		if (slice_is(low, "~"))
			r.low = -INFINITY;
		else if (low.length > 0 && !parse_number(low, &r.low))
			return false;
		if (s.length > 0 && !parse_number(s, &r.high))
			return false;
	}
	if (r.low > r.high)
		return false;
	*ret = r;
	return true;
}

bool
perfdata_alerts(const struct perfdata_range *r, double value)
{
	bool inside = value >= r->low && value <= r->high;

	return r->set && inside == r->inside;
}

/* ---------------------------------------------------------------- items -- */

/* Where the label in quotes ends, at its closing quote; the length of all if
   it does not. */
static size_t
quoted_end(struct slice s)
{
	size_t i;

	for (i = 1; i < s.length; i++) {
		if (s.text[i] != '\'')
			continue;
		if (i + 1 >= s.length || s.text[i + 1] != '\'')
			break;
		i++;
	}
	return i;
}

/* The label, and `rest' behind its equals sign; false if there is none before
   the next blank. */
static bool
take_label(struct slice *rest, struct slice *ret)
{
	size_t i, end;

	if (rest->text[0] == '\'') {
		end = quoted_end(*rest);
		if (end + 1 < rest->length && rest->text[end + 1] == '=') {
			*ret = (struct slice){ rest->text + 1, end - 1 };
			slice_skip(rest, end + 2);
			return true;
		}
		/* Never closed: a name that begins with a quote. */
		slice_skip(rest, 1);
	}
	for (i = 0; i < rest->length && !is_blank(rest->text[i]); i++)
		if (rest->text[i] == '=') {
			*ret = (struct slice){ rest->text, i };
			slice_skip(rest, i + 1);
			return true;
		}
	*ret = (struct slice){ rest->text, i };
	slice_skip(rest, i);
	return false;
}

static struct slice
take_fields(struct slice *rest)
{
	struct slice fields = *rest;
	size_t i;

	for (i = 0; i < rest->length && !is_blank(rest->text[i]); i++)
		;
	fields.length = i;
	slice_skip(rest, i);
	return fields;
}

static void
take_range(
    struct slice *fields, struct perfdata_range *range, struct slice *text)
{
	struct slice field = slice_cut(fields, ';');

	if (perfdata_range_parse(field, range))
		*text = field;
}

static void
take_bound(struct slice *fields, struct perfdata_bound *bound)
{
	bound->set = parse_number(slice_cut(fields, ';'), &bound->value);
}

static bool
parse_value(struct slice s, struct perfdata_item *item)
{
	size_t n = number_length(s);

	if (slice_is(s, "U")) {
		item->unit = (struct slice){ "", 0 };
		return true;
	}
	item->known = parse_number((struct slice){ s.text, n }, &item->value);
	slice_skip(&s, n);
	item->unit = s;
	return item->known;
}

int
perfdata_parse(struct slice *rest, struct perfdata_item *ret, struct error *err)
{
	struct perfdata_item item = { .warn_text = { "", 0 },
		.crit_text = { "", 0 } };
	struct slice fields;

	while (rest->length > 0 && is_blank(rest->text[0]))
		slice_skip(rest, 1);
	if (rest->length == 0)
		return 0;
	if (!take_label(rest, &item.label))
		return error_set(err, "\"%.*s\": not LABEL=VALUE",
		    (int)item.label.length, item.label.text);
	fields = take_fields(rest);
	if (item.label.length == 0)
		return error_set(err, "a value without a label");
	if (!parse_value(slice_cut(&fields, ';'), &item))
		return error_set(err, "\"%.*s\": the value is no number",
		    (int)item.label.length, item.label.text);
	take_range(&fields, &item.warn, &item.warn_text);
	take_range(&fields, &item.crit, &item.crit_text);
	take_bound(&fields, &item.min);
	take_bound(&fields, &item.max);
	*ret = item;
	return 1;
}

size_t
perfdata_unescape(char *to, struct slice label)
{
	size_t i, n = 0;

	for (i = 0; i < label.length; i++) {
		if (label.text[i] == '\'' && i + 1 < label.length &&
		    label.text[i + 1] == '\'')
			i++;
		to[n++] = label.text[i];
	}
	return n;
}
