#include "nagios_objects.h"

#include <stdbool.h>
#include <string.h>

#include "slice.h"

/* Of lines that go on in the next. */
#define LINE_MAX_JOINED 65536

struct parser {
	struct nagios_objects *objects;
	struct arena *arena;
	struct problems *problems;
	const char *file;
	uint32_t line;
	struct nagios_object *open; /* NULL: between definitions */
	struct nagios_directive **end;
	bool full; /* nothing more is taken */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

struct slice
nagios_trim(struct slice s)
{
	while (s.length > 0 && is_blank(s.text[0])) {
		s.text++;
		s.length--;
	}
	while (s.length > 0 && is_blank(s.text[s.length - 1]))
		s.length--;
	return s;
}

static void
out_of_memory(struct parser *p)
{
	p->full = true;
	(void)problem_in(p->problems, p->file, p->line, 1, "out of memory");
}

/* A comment begins at a semicolon that no backslash stands before. */
static struct slice
without_comment(struct slice s)
{
	for (size_t i = 0; i < s.length; i++)
		if (s.text[i] == ';' && (i == 0 || s.text[i - 1] != '\\')) {
			s.length = i;
			break;
		}
	return s;
}

/* A copy in which \; is a semicolon. */
static const char *
copy_of(struct parser *p, struct slice s)
{
	char *copy = arena_strndup(p->arena, s.text, s.length);
	size_t n = 0;

	if (copy == NULL) {
		out_of_memory(p);
		return NULL;
	}
	for (size_t i = 0; i < s.length; i++)
		if (copy[i] != '\\' || i + 1 >= s.length || copy[i + 1] != ';')
			copy[n++] = copy[i];
	copy[n] = '\0';
	return copy;
}

/* The first word, and the rest without the blanks between. */
static struct slice
take_word(struct slice *rest)
{
	struct slice word = *rest;
	size_t i = 0;

	while (i < rest->length && !is_blank(rest->text[i]))
		i++;
	word.length = i;
	rest->text += i;
	rest->length -= i;
	*rest = nagios_trim(*rest);
	return word;
}

/* -- definitions -- */

static void
close_object(struct parser *p)
{
	struct nagios_objects *o = p->objects;

	if (o->last == NULL)
		o->first = p->open;
	else
		o->last->next = p->open;
	o->last = p->open;
	o->n++;
	p->open = NULL;
}

static void
open_object(struct parser *p, struct slice line)
{
	struct nagios_object *o;
	struct slice type;

	if (line.length == 0 || line.text[line.length - 1] != '{') {
		(void)problem_in(p->problems, p->file, p->line, 1,
		    "\"{\" is missing at the end of the line");
		return;
	}
	line.length--;
	type = nagios_trim(line);
	if (type.length == 0 || memchr(type.text, ' ', type.length) != NULL) {
		(void)problem_in(
		    p->problems, p->file, p->line, 1, "not \"define TYPE {\"");
		return;
	}
	if (p->objects->n >= NAGIOS_OBJECTS_MAX) {
		p->full = true;
		(void)problem_in(p->problems, p->file, p->line, 1,
		    "more than %d definitions", NAGIOS_OBJECTS_MAX);
		return;
	}
	o = arena_alloc(p->arena, sizeof(*o));
	if (o == NULL) {
		out_of_memory(p);
		return;
	}
	*o = (struct nagios_object){
		.type = copy_of(p, type), .file = p->file, .line = p->line
	};
	p->open = o->type == NULL ? NULL : o;
	p->end = &o->directives;
}

static void
add_directive(struct parser *p, struct slice line)
{
	struct nagios_directive *d = arena_alloc(p->arena, sizeof(*d));
	struct slice name = take_word(&line);

	if (d == NULL) {
		out_of_memory(p);
		return;
	}
	*d = (struct nagios_directive){ .name = copy_of(p, name),
		.value = copy_of(p, line),
		.line = p->line };
	if (d->name == NULL || d->value == NULL)
		return;
	*p->end = d;
	p->end = &d->next;
}

static void
take_line(struct parser *p, struct slice line)
{
	struct slice rest = line;

	if (p->open != NULL && slice_is(line, "}"))
		close_object(p);
	else if (p->open != NULL)
		add_directive(p, line);
	else if (slice_is(take_word(&rest), "define"))
		open_object(p, rest);
	else
		(void)problem_in(p->problems, p->file, p->line, 1,
		    "\"%.*s\" stands outside of any definition",
		    (int)(line.length < 60 ? line.length : 60), line.text);
}

/* A line, or several of which each but the last ends in a backslash: *ret is in
   the arena then. */
static struct slice
next_line(struct parser *p, struct slice *rest, uint32_t *number)
{
	struct slice line = slice_cut(rest, '\n'), more;
	char *joined;

	(*number)++;
	p->line = *number;
	while (line.length > 0 && line.text[line.length - 1] == '\\' &&
	       rest->length > 0) {
		more = nagios_trim(slice_cut(rest, '\n'));
		(*number)++;
		if (line.length + more.length > LINE_MAX_JOINED) {
			p->full = true;
			(void)problem_in(p->problems, p->file, p->line, 1,
			    "a line of more than %d bytes", LINE_MAX_JOINED);
			return line;
		}
		joined = arena_alloc(p->arena, line.length + more.length);
		if (joined == NULL) {
			out_of_memory(p);
			return line;
		}
		memcpy(joined, line.text, line.length - 1);
		if (more.length > 0)
			memcpy(
			    joined + line.length - 1, more.text, more.length);
		line = (struct slice){ joined, line.length - 1 + more.length };
	}
	return line;
}

void
nagios_objects_parse(struct nagios_objects *objects, struct arena *arena,
    const char *file, const char *bytes, size_t size, struct problems *problems)
{
	struct parser p = { .objects = objects,
		.arena = arena,
		.problems = problems,
		.file = arena_strdup(arena, file) };
	struct slice rest = { bytes, size }, line;
	uint32_t number = 0;

	if (p.file == NULL)
		out_of_memory(&p);
	else if (size > NAGIOS_FILE_MAX)
		p.full = problem_in(problems, file, 0, 0,
			     "is larger than %d MiB",
			     NAGIOS_FILE_MAX >> 20) < 0;
	else if (size > 0 && memchr(bytes, '\0', size) != NULL)
		p.full = problem_in(
			     problems, file, 0, 0, "holds a NUL: not text") < 0;
	while (rest.length > 0 && !p.full) {
		line = nagios_trim(next_line(&p, &rest, &number));
		if (line.length == 0 || line.text[0] == '#')
			continue;
		line = nagios_trim(without_comment(line));
		if (line.length > 0)
			take_line(&p, line);
	}
	if (p.open != NULL && !p.full)
		(void)problem_in(problems, p.open->file, p.open->line, 1,
		    "the definition is not closed");
}

const struct nagios_directive *
nagios_directive(const struct nagios_object *o, const char *name)
{
	const struct nagios_directive *d, *found = NULL;

	for (d = o->directives; d != NULL; d = d->next)
		if (strcmp(d->name, name) == 0)
			found = d;
	return found;
}
