#include "status_lines.h"

#include "number.h"

static bool
take_pair(struct slice *pairs, struct slice *ret_name, struct slice *ret_value)
{
	*ret_name = slice_cut(pairs, '\t');
	if (ret_name->length == 0 || pairs->length == 0)
		return false;
	*ret_value = slice_cut(pairs, '\t');
	return ret_value->length <= FARM_TEXT_MAX;
}

static int
parse_line(struct slice line, struct status_line *ret, struct error *err)
{
	struct status_line l = { .service = slice_cut(&line, '\t') };
	struct slice pairs = line, name, value;

	l.own = slice_is(l.service, "SCRIPTRESULT");
	l.pairs = line;
	if (l.service.length == 0)
		return error_set(err, "a line without a service");
	while (pairs.length > 0)
		if (!take_pair(&pairs, &name, &value))
			return error_set(err,
			    "\"%.*s\": \"%.*s\" is no PARAMETER before a TAB "
			    "and its value",
			    (int)l.service.length, l.service.text,
			    (int)name.length, name.text);
	*ret = l;
	return 1;
}

/* The last line: nothing counts behind it. */
static int
finish(struct slice *rest, struct slice line, struct status_line *ret,
    struct error *err)
{
	rest->length = 0;
	return slice_is(line, "DONE") ? 0 : parse_line(line, ret, err);
}

static bool
is_last(struct slice line)
{
	return slice_is(line, "DONE") ||
	       slice_is(slice_cut(&line, '\t'), "SCRIPTRESULT");
}

int
status_line_parse(
    struct slice *rest, struct status_line *ret, struct error *err)
{
	struct slice line;

	while (rest->length > 0) {
		line = slice_cut(rest, '\n');
		if (line.length > 0 && line.text[line.length - 1] == '\r')
			line.length--;
		if (is_last(line))
			return finish(rest, line, ret, err);
		/* Then nothing follows that could be the end. */
		if (rest->length == 0)
			return error_set(err,
			    "breaks off: the last line is neither DONE nor "
			    "SCRIPTRESULT");
		if (line.length > 0)
			return parse_line(line, ret, err);
	}
	return 0;
}

bool
status_next(
    struct status_line *l, struct slice *ret_name, struct farm_value *ret_value)
{
	struct slice value;
	double number;

	if (l->pairs.length == 0 || !take_pair(&l->pairs, ret_name, &value))
		return false;
	*ret_value = number_parse(value, &number)
			 ? farm_double(number)
			 : farm_text(value.text, value.length);
	return true;
}
