/* Grid Engine's XML, piece by piece. */
#include "xml.h"

#include "jobs_text.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct slice
trim(struct slice s)
{
	while (s.length > 0 && is_space(s.text[0]))
		s = (struct slice){ s.text + 1, s.length - 1 };
	while (s.length > 0 && is_space(s.text[s.length - 1]))
		s.length--;
	return s;
}

static bool
same(struct slice a, struct slice b)
{
	return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/* What stands between < and >; false if there is no such thing. */
static bool
take_tag(struct xml *x, struct slice *ret_before, struct slice *ret)
{
	size_t before = x->rest.length;

	*ret_before = slice_cut(&x->rest, '<');
	if (before == ret_before->length || x->rest.length == 0)
		return false;
	before = x->rest.length;
	*ret = slice_cut(&x->rest, '>');
	return before > ret->length;
}

static enum xml_piece
close_element(struct xml *x, struct slice name, struct slice before)
{
	if (x->depth == 0 || !same(x->open[x->depth - 1], name))
		return XML_BAD;
	x->name = name;
	x->text = trim(before);
	x->depth--;
	return XML_CLOSE;
}

static enum xml_piece
open_element(struct xml *x, struct slice tag)
{
	size_t n = 0;

	x->empty = tag.length > 0 && tag.text[tag.length - 1] == '/';
	if (x->empty)
		tag.length--;
	while (n < tag.length && !is_space(tag.text[n]))
		n++;
	if (n == 0 || tag.text[0] == '!' || x->depth == XML_DEPTH ||
	    (x->depth == 0 && x->begun))
		return XML_BAD;
	x->begun = true;
	x->name = (struct slice){ tag.text, n };
	x->attributes = (struct slice){ tag.text + n, tag.length - n };
	x->open[x->depth++] = x->name;
	return XML_OPEN;
}

enum xml_piece
xml_next(struct xml *x)
{
	struct slice before, tag;

	if (x->empty) {
		x->empty = false;
		return close_element(
		    x, x->name, (struct slice){ x->name.text, 0 });
	}
	for (;;) {
		if (x->depth == 0 && x->begun && trim(x->rest).length == 0)
			return XML_END;
		if (!take_tag(x, &before, &tag) ||
		    (x->depth == 0 && trim(before).length > 0))
			return XML_BAD;
		if (x->begun || !slice_begins(tag, "?"))
			break;
	}
	if (slice_begins(tag, "/"))
		return close_element(x, trim(slice_after(tag, "/")), before);
	return open_element(x, tag);
}

struct slice
xml_attribute(const struct xml *x, const char *name)
{
	struct slice rest = x->attributes, key, value;
	char quote;

	while (rest.length > 0) {
		key = trim(slice_cut(&rest, '='));
		rest = trim(rest);
		if (rest.length == 0)
			break;
		quote = rest.text[0];
		rest = (struct slice){ rest.text + 1, rest.length - 1 };
		value = slice_cut(&rest, quote);
		if (slice_is(key, name))
			return value;
	}
	return (struct slice){ "", 0 };
}
