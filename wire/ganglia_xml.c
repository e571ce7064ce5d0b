#include "ganglia_xml.h"

#include <ctype.h>

static const struct {
	const char *name;
	enum ganglia_tag tag;
} tags[] = {
	/* In the order of their number in a dump. */
	{ "EXTRA_ELEMENT", GANGLIA_EXTRA_ELEMENT },
	{ "METRIC", GANGLIA_METRIC },
	{ "EXTRA_DATA", GANGLIA_EXTRA_DATA },
	{ "HOST", GANGLIA_HOST },
	{ "CLUSTER", GANGLIA_CLUSTER },
	{ "GRID", GANGLIA_GRID },
	{ "HOSTS", GANGLIA_HOSTS },
	{ "METRICS", GANGLIA_METRICS },
	{ "GANGLIA_XML", GANGLIA_XML },
};
#define TAGS (sizeof(tags) / sizeof(tags[0]))

void
ganglia_xml_init(
    struct ganglia_scanner *s, ganglia_element_fn *each, void *cookie)
{
	*s = (struct ganglia_scanner){ .each = each, .cookie = cookie };
}

void
ganglia_xml_free(struct ganglia_scanner *s)
{
	buffer_free(&s->rest);
}

static bool
is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip_blanks(struct slice *s)
{
	while (s->length > 0 && is_blank(*s->text))
		slice_skip(s, 1);
}

static struct slice
cut_name(struct slice *s)
{
	struct slice name = { s->text, 0 };

	while (name.length < s->length && is_name(s->text[name.length]))
		name.length++;
	slice_skip(s, name.length);
	return name;
}

static enum ganglia_tag
tag_of(struct slice name)
{
	size_t i;

	for (i = 0; i < TAGS; i++)
		if (slice_is(name, tags[i].name))
			return tags[i].tag;
	return GANGLIA_OTHER;
}

/* ------------------------------------------------------------- attributes --
 */

/* Does another attribute follow the quote, or nothing? */
static bool
ends_value(struct slice after)
{
	struct slice name;
	bool blank = after.length > 0 && is_blank(*after.text);

	skip_blanks(&after);
	if (after.length == 0)
		return true;
	name = cut_name(&after);
	return blank && name.length > 0 && after.length > 1 &&
	       after.text[0] == '=' && after.text[1] == '"';
}

static bool
cut_value(struct slice *s, struct slice *ret)
{
	const char *end, *from = s->text;
	size_t left = s->length;
	struct slice after;

	while ((end = memchr(from, '"', left)) != NULL) {
		left -= (size_t)(end + 1 - from);
		from = end + 1;
		after = (struct slice){ from, left };
		if (!ends_value(after))
			continue;
		*ret = (struct slice){ s->text, (size_t)(end - s->text) };
		*s = after;
		return true;
	}
	return false;
}

bool
ganglia_xml_next(
    struct slice *attributes, struct slice *ret_name, struct slice *ret_value)
{
	struct slice s = *attributes;
	struct slice name;

	skip_blanks(&s);
	name = cut_name(&s);
	if (name.length == 0 || s.length < 2 || s.text[0] != '=' ||
	    s.text[1] != '"')
		return false;
	slice_skip(&s, 2);
	if (!cut_value(&s, ret_value))
		return false;
	*ret_name = name;
	*attributes = s;
	return true;
}

/* ------------------------------------------------------------------- tags --
 */

/* What stands between "<" and ">". */
static int
tell(struct ganglia_scanner *s, struct slice inside)
{
	struct ganglia_element e = { .opens = true };

	if (inside.length > 0 && inside.text[0] == '/') {
		e = (struct ganglia_element){ .closes = true };
		slice_skip(&inside, 1);
	} else if (inside.length > 0 && inside.text[inside.length - 1] == '/') {
		e.closes = true;
		inside.length--;
	}
	e.tag = tag_of(cut_name(&inside));
	e.attributes = inside;
	return e.tag == GANGLIA_OTHER ? 0 : s->each(s->cookie, &e);
}

/* Is this ">" the end of the tag before it, or part of a value?  Behind the
   last attribute is its quote; the prologue has no values. */
static bool
ends_tag(struct slice inside, bool quoted)
{
	size_t n = inside.length;

	if (!quoted || inside.text[0] == '!' || inside.text[0] == '?')
		return true;
	if (inside.text[n - 1] == '/')
		n--;
	while (n > 0 && is_blank(inside.text[n - 1]))
		n--;
	return n > 0 && inside.text[n - 1] == '"';
}

/* The last of our tags that begins on a new line in `piece', at its "<"; NULL
   if there is none.  Before the piece stands another byte. */
static const char *
find_inner(struct slice piece)
{
	const char *end = piece.text + piece.length;
	const char *at = piece.text, *found = NULL;
	struct slice name;

	while ((at = memchr(at, '<', (size_t)(end - at))) != NULL) {
		at++;
		name = (struct slice){ at, (size_t)(end - at) };
		if (name.length > 0 && *name.text == '/')
			slice_skip(&name, 1);
		if (at[-2] == '\n' && tag_of(cut_name(&name)) != GANGLIA_OTHER)
			found = at - 1;
	}
	return found;
}

static void
begin_tag(struct ganglia_scanner *s)
{
	s->searched = 0;
	s->piece = 0;
	s->quoted = false;
}

/* Another tag begins in the piece before a ">"?  Then the one that is being
   read never ends. */
static void
look_inside(struct ganglia_scanner *s, const char **open, struct slice piece)
{
	const char *inner = find_inner(piece);

	if (inner != NULL) {
		s->malformed++;
		begin_tag(s);
		piece.length -= (size_t)(inner - piece.text);
		piece.text = inner;
		*open = inner;
	}
	s->quoted |= memchr(piece.text, '"', piece.length) != NULL;
}

/* The ">" that ends the tag at *open; NULL: not there yet.  Each byte is looked
   at once, however the tag comes. */
static const char *
find_end(struct ganglia_scanner *s, const char **open, const char *end)
{
	const char *piece = *open + 1 + s->piece;
	const char *from = *open + 1 + s->searched;
	const char *at;

	while ((at = memchr(from, '>', (size_t)(end - from))) != NULL) {
		look_inside(
		    s, open, (struct slice){ piece, (size_t)(at - piece) });
		if (ends_tag(
			(struct slice){ *open + 1, (size_t)(at - *open - 1) },
			s->quoted))
			return at;
		piece = from = at + 1;
	}
	s->piece = (size_t)(piece - *open - 1);
	s->searched = (size_t)(end - *open - 1);
	return NULL;
}

/* All tags that are whole; *all becomes what is left. */
static int
take_tags(struct ganglia_scanner *s, struct slice *all)
{
	const char *end = all->text + all->length;
	const char *from = all->text, *open, *close;
	int status = 0;

	while (status == 0) {
		open = memchr(from, '<', (size_t)(end - from));
		if (open == NULL) {
			from = end;
			break;
		}
		close = find_end(s, &open, end);
		from = open;
		if (close == NULL)
			break;
		begin_tag(s);
		status = tell(
		    s, (struct slice){ open + 1, (size_t)(close - open - 1) });
		from = close + 1;
	}
	*all = (struct slice){ from, (size_t)(end - from) };
	return status;
}

/* One that does not end: go on where another of ours begins, if one does. */
static void
pass_over(struct ganglia_scanner *s, struct slice *all)
{
	const char *end = all->text + all->length;
	const char *next = find_inner(
	    (struct slice){ all->text + 1, all->length - 1 });

	s->malformed++;
	begin_tag(s);
	if (next == NULL)
		next = end;
	*all = (struct slice){ next, (size_t)(end - next) };
}

int
ganglia_xml_push(struct ganglia_scanner *s, const void *bytes, size_t size)
{
	struct slice all;
	int status;

	s->bytes += size;
	buffer_put(&s->rest, bytes, size);
	if (buffer_failed(&s->rest))
		return -1;
	if (s->rest.size == 0)
		return 0;
	all = (struct slice){ s->rest.data, s->rest.size };
	status = take_tags(s, &all);
	while (status == 0 && all.length > GANGLIA_XML_TAG_MAX) {
		pass_over(s, &all);
		status = take_tags(s, &all);
	}
	if (all.text != s->rest.data)
		memmove(s->rest.data, all.text, all.length);
	s->rest.size = all.length;
	s->rest.data[all.length] = '\0';
	return status;
}
