#include "objects_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "name.h"
#include "slice.h"

#define ENTRIES_MAX 1000000
#define LINE_MAX_BYTES 65536
#define FILE_MAX_BYTES (256u << 20)

/* The lines of one file. */
struct reading {
	struct objects *objects;
	const char *path;
	struct problems *problems;
	uint32_t line;
	const char *begin;  /* of the line */
	const char *module; /* of the line before; most have the same */
};

/* A problem with what stands at AT in the line; -1. */
#define WRONG(R, AT, ...)                                                      \
	problem_in((R)->problems, (R)->path, (R)->line,                        \
	    (uint32_t)((AT) - (R)->begin) + 1, __VA_ARGS__)
#define TEXT(SLICE) (int)(SLICE).length, (SLICE).text

static const char *const syntaxes[] = {
	[OBJECT_INTEGER - 1] = "integer",
	[OBJECT_UNSIGNED - 1] = "unsigned",
	[OBJECT_COUNTER32 - 1] = "counter32",
	[OBJECT_COUNTER64 - 1] = "counter64",
	[OBJECT_GAUGE32 - 1] = "gauge32",
	[OBJECT_TICKS - 1] = "ticks",
	[OBJECT_OCTETS - 1] = "octets",
	[OBJECT_OID - 1] = "oid",
	[OBJECT_IP - 1] = "ip",
	[OBJECT_OPAQUE - 1] = "opaque",
	[OBJECT_NODE - 1] = "node",
	[OBJECT_TABLE - 1] = "table",
	[OBJECT_ROW - 1] = "row",
	[OBJECT_NOTIFICATION - 1] = "notification",
};
#define N_SYNTAXES (sizeof(syntaxes) / sizeof(syntaxes[0]))

const char *
object_syntax_name(enum object_syntax syntax)
{
	return syntaxes[syntax - 1];
}

struct objects *
objects_new(void)
{
	struct objects *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->arena = arena_new(0);
	if (o->arena != NULL)
		return o;
	free(o);
	return NULL;
}

void
objects_free(struct objects *o)
{
	if (o == NULL)
		return;
	arena_free(o->arena);
	free(o->by_name);
	free(o->by_oid);
	free(o);
}

/* ------------------------------------------------------------- fields ---- */

static int
out_of_memory(struct reading *r)
{
	return WRONG(r, r->begin, "out of memory");
}

/* The next field; what is not there is empty, as is "-". */
static struct slice
field(struct slice *line)
{
	struct slice f;

	/* Columns may stand one below the other. */
	while (line->length > 0 && *line->text == '\t')
		slice_cut(line, '\t');
	if (line->length > 0 && *line->text == '#')
		line->length = 0;
	f = slice_cut(line, '\t');
	if (slice_is(f, "-"))
		f.length = 0;
	return f;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	if (at == NULL)
		return -1;
	return (int)(at - digits) - (at - digits >= 16 ? 6 : 0);
}

/* The text without its %20, in the arena; NULL with a problem. */
static const char *
unescape(struct reading *r, struct slice s)
{
	char *text = arena_strndup(r->objects->arena, s.text, s.length);
	char *to = text;
	size_t i;
	int high, low;

	if (text == NULL) {
		out_of_memory(r);
		return NULL;
	}
	for (i = 0; i < s.length; i++) {
		if (text[i] != '%') {
			*to++ = text[i];
			continue;
		}
		high = hex_digit(text[i + 1]);
		low = high < 0 ? -1 : hex_digit(text[i + 2]);
		if (low < 0 || high + low == 0) {
			WRONG(r, s.text + i,
			    "\"%.*s\": two hexadecimal digits must follow "
			    "\"%%\"",
			    TEXT(s));
			return NULL;
		}
		*to++ = (char)(high << 4 | low);
		i += 2;
	}
	*to = '\0';
	return text;
}

/* Is it a word of letters, digits, hyphens and underscores? */
static int
check_word(struct reading *r, const char *what, struct slice s)
{
	struct error err;
	size_t i;

	if (name_check(what, s.text, s.length, &err) != 0)
		return WRONG(r, s.text, "%s", err.text);
	for (i = 0; i < s.length; i++)
		if (strchr("-_", s.text[i]) == NULL &&
		    !((s.text[i] | 0x20) >= 'a' && (s.text[i] | 0x20) <= 'z') &&
		    !(s.text[i] >= '0' && s.text[i] <= '9'))
			return WRONG(r, s.text + i,
			    "the %s name \"%.*s\" holds more than letters, "
			    "digits, \"-\" and \"_\"",
			    what, TEXT(s));
	return 0;
}

/* MODULE::NAME */
static int
parse_name(struct reading *r, struct slice s, struct object *to)
{
	struct slice name = s, module = slice_cut(&name, ':');
	struct arena *arena = r->objects->arena;

	if (name.length == 0 || *name.text != ':')
		return WRONG(
		    r, s.text, "\"%.*s\" is not MODULE::NAME", TEXT(s));
	slice_cut(&name, ':');
	if (check_word(r, "MIB module", module) != 0 ||
	    check_word(r, "MIB object", name) != 0)
		return -1;
	if (r->module == NULL || !slice_is(module, r->module))
		r->module = arena_strndup(arena, module.text, module.length);
	to->module = r->module;
	to->name = arena_strndup(arena, name.text, name.length);
	return to->module == NULL || to->name == NULL ? out_of_memory(r) : 0;
}

static int
parse_oid(struct reading *r, struct slice s, struct object *to)
{
	/* As long as an OID can be, and a bit. */
	char text[BER_OID_MAX * sizeof("4294967295")];
	struct error err;
	struct oid oid;
	uint8_t *bytes;

	if (s.length >= sizeof(text))
		return WRONG(r, s.text, "an OID of %zu characters is too long",
		    s.length);
	memcpy(text, s.text, s.length);
	text[s.length] = '\0';
	if (oid_parse(text, &oid, &err) != 0)
		return WRONG(r, s.text, "%s", err.text);
	bytes = arena_alloc(r->objects->arena, oid.size);
	if (bytes == NULL)
		return out_of_memory(r);
	memcpy(bytes, oid.bytes, oid.size);
	to->oid = (struct ber_bytes){ bytes, oid.size };
	return 0;
}

static int
parse_syntax(struct reading *r, struct slice s, struct object *to)
{
	char text[32] = "";
	const char *like;
	size_t i;

	for (i = 0; i < N_SYNTAXES; i++)
		if (slice_is(s, syntaxes[i])) {
			to->syntax = (enum object_syntax)(i + 1);
			return 0;
		}
	if (s.length < sizeof(text))
		memcpy(text, s.text, s.length);
	like = name_suggest(text, syntaxes, N_SYNTAXES);
	if (like == NULL)
		return WRONG(r, s.text, "unknown syntax \"%.*s\"", TEXT(s));
	return WRONG(r, s.text, "unknown syntax \"%.*s\"; did you mean \"%s\"?",
	    TEXT(s), like);
}

static size_t
count(struct slice s, char c)
{
	size_t i, n = 0;

	for (i = 0; i < s.length; i++)
		n += s.text[i] == c;
	return n;
}

/* "-5" */
static int
parse_integer(struct slice s, int64_t *ret)
{
	char text[24], *end;

	if (s.length == 0 || s.length >= sizeof(text))
		return -1;
	memcpy(text, s.text, s.length);
	text[s.length] = '\0';
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return errno != 0 || *end != '\0' || *text == ' ' ? -1 : 0;
}

/* "1:up,2:down" */
static int
parse_enums(struct reading *r, struct slice s, struct object *to)
{
	struct object_enum *enums;
	struct slice pair, number;
	size_t n = 0;

	enums = arena_array(
	    r->objects->arena, count(s, ',') + 1, sizeof(*enums));
	if (enums == NULL)
		return out_of_memory(r);
	while (s.length > 0) {
		pair = slice_cut(&s, ',');
		number = slice_cut(&pair, ':');
		if (parse_integer(number, &enums[n].value) != 0 ||
		    pair.length == 0)
			return WRONG(r, number.text,
			    "an enumeration is NUMBER:NAME,NUMBER:NAME");
		enums[n].name = unescape(r, pair);
		if (enums[n++].name == NULL)
			return -1;
	}
	to->enums = enums;
	to->n_enums = n;
	return 0;
}

/* "ifIndex,ifStackLowerLayer" */
static int
parse_indices(struct reading *r, struct slice s, struct object *to)
{
	const char **names;
	struct slice name;
	size_t n = 0;

	names = arena_array(
	    r->objects->arena, count(s, ',') + 1, sizeof(*names));
	if (names == NULL)
		return out_of_memory(r);
	while (s.length > 0) {
		name = slice_cut(&s, ',');
		if (check_word(r, "column", name) != 0)
			return -1;
		names[n] = arena_strndup(
		    r->objects->arena, name.text, name.length);
		if (names[n++] == NULL)
			return out_of_memory(r);
	}
	to->indices = names;
	to->n_indices = n;
	return 0;
}

static int
parse_detail(struct reading *r, struct slice s, struct object *to)
{
	struct slice word, key;

	while (s.length > 0) {
		word = slice_cut(&s, ' ');
		key = slice_cut(&word, '=');
		if (slice_is(key, "hint")) {
			to->hint = unescape(r, word);
			if (to->hint == NULL)
				return -1;
		} else if (slice_is(key, "enum")) {
			if (parse_enums(r, word, to) != 0)
				return -1;
		} else if (slice_is(key, "index")) {
			if (parse_indices(r, word, to) != 0)
				return -1;
		} else if (key.length > 0 && !slice_is(key, "access")) {
			/* A newer MIB tool may know more. */
			warning_in(r->problems, r->path, r->line,
			    (uint32_t)(key.text - r->begin) + 1,
			    "\"%.*s\" is unknown and skipped", TEXT(key));
		}
	}
	return 0;
}

/* -------------------------------------------------------------- lines ---- */

/* Room for one more in both orders. */
static int
grow(struct objects *o)
{
	size_t capacity = o->capacity == 0 ? 256 : 2 * o->capacity;
	struct entry **grown;

	if (o->n < o->capacity)
		return 0;
	grown = realloc(o->by_name, capacity * sizeof(*grown));
	if (grown == NULL)
		return -1;
	o->by_name = grown;
	grown = realloc(o->by_oid, capacity * sizeof(*grown));
	if (grown == NULL)
		return -1;
	o->by_oid = grown;
	o->capacity = capacity;
	return 0;
}

static int
add(struct reading *r, const struct object *object)
{
	struct objects *o = r->objects;
	struct entry *e;

	if (grow(o) != 0 || (e = arena_alloc(o->arena, sizeof(*e))) == NULL)
		return out_of_memory(r);
	e->object = *object;
	e->order = o->next_order++;
	e->line = r->line;
	o->by_name[o->n++] = e;
	return 0;
}

/* 0, or -1 with a problem. */
static int
read_line(struct reading *r, struct slice line)
{
	struct object object = { .hint = "" };
	struct slice name, unit;

	if (line.length > 0 && line.text[line.length - 1] == '\r')
		line.length--;
	if (line.length > LINE_MAX_BYTES)
		return WRONG(r, line.text,
		    "a line of %zu bytes is too long; at most %d", line.length,
		    LINE_MAX_BYTES);
	if (!utf8_valid(line.text, line.length) ||
	    (line.length > 0 && memchr(line.text, '\0', line.length) != NULL))
		return WRONG(r, line.text, "the line is not UTF-8");
	name = field(&line);
	if (name.length == 0 && line.length == 0)
		return 0;
	if (r->objects->n == ENTRIES_MAX)
		return WRONG(r, name.text, "more than %d objects", ENTRIES_MAX);
	if (parse_name(r, name, &object) != 0 ||
	    parse_oid(r, field(&line), &object) != 0 ||
	    parse_syntax(r, field(&line), &object) != 0)
		return -1;
	unit = field(&line);
	if (parse_detail(r, field(&line), &object) != 0)
		return -1;
	object.unit = arena_strndup(r->objects->arena, unit.text, unit.length);
	if (object.unit == NULL)
		return out_of_memory(r);
	return add(r, &object);
}

size_t
objects_read(struct objects *o, const char *path, const char *text, size_t size,
    struct problems *problems)
{
	struct reading r = { .objects = o, .path = path, .problems = problems };
	struct slice rest = { text, size }, line;
	size_t before = o->n;

	while (rest.length > 0) {
		line = slice_cut(&rest, '\n');
		r.line++;
		r.begin = line.text;
		if (read_line(&r, line) != 0 && o->n == ENTRIES_MAX)
			break;
	}
	objects_sort(o, path, problems);
	return o->n - before;
}

static int
read_all(struct buffer *text, FILE *f)
{
	char *room;
	size_t n;

	do {
		room = buffer_room(text, 65536);
		if (room == NULL) {
			errno = EFBIG;
			return -1;
		}
		n = fread(room, 1, 65536, f);
		buffer_added(text, n);
	} while (n > 0);
	return ferror(f) ? -1 : 0;
}

size_t
objects_read_file(
    struct objects *o, const char *path, struct problems *problems)
{
	struct buffer text = { .limit = FILE_MAX_BYTES };
	FILE *f = fopen(path, "re");
	size_t n = 0;

	if (f == NULL || read_all(&text, f) != 0)
		problem_in(problems, path, 0, 0, "%m");
	else
		n = objects_read(
		    o, path, buffer_text(&text), text.size, problems);
	if (f != NULL)
		(void)fclose(f);
	buffer_free(&text);
	return n;
}
