/*
 * The form that every PBS has: a name, below it `attribute = value', then an
 * empty line.  A line that begins with a tab goes on with the one before, even
 * in the middle of a word.
 */
#include "read.h"

#include "buffer.h"
#include "jobs_text.h"
#include "thing.h"

struct reading {
	struct slice rest;
	size_t line;
	struct arena *arena; /* of the thing: values that were joined */
	struct thing thing;
	bool open;
};

/* With what goes on in the lines after it. */
static int
join_lines(struct reading *r, struct slice *line, bool *whole)
{
	struct buffer b = BUFFER_INIT;
	struct slice more;

	buffer_put(&b, line->text, line->length);
	while (*whole && r->rest.length > 0 && r->rest.text[0] == '\t') {
		(void)slice_line(&r->rest, &more, whole);
		r->line++;
		buffer_put(&b, more.text + 1, more.length - 1);
	}
	line->length = b.size;
	line->text = buffer_failed(&b)
			 ? NULL
			 : arena_copy(r->arena, b.data, b.size, 1);
	buffer_free(&b);
	return line->text != NULL ? 0 : -1;
}

/* The next line: 1, 0 at the end, -1. */
static int
next_line(struct reading *r, struct slice *ret, struct error *err)
{
	bool whole;

	if (!slice_line(&r->rest, ret, &whole))
		return 0;
	r->line++;
	if (whole && r->rest.length > 0 && r->rest.text[0] == '\t' &&
	    join_lines(r, ret, &whole) != 0)
		return error_set(err, "out of memory");
	if (!whole)
		return error_set(err, "breaks off in line %zu", r->line);
	return 1;
}

static int
take_attribute(struct reading *r, struct slice line, struct error *err)
{
	static const struct slice none = { "", 0 };
	struct slice value = line, name, group;

	name = slice_trim(slice_cut(&value, '='));
	if (!r->open || value.text == name.text + name.length)
		return error_set(err, "line %zu is no attribute", r->line);
	group = slice_cut(&name, '.');
	if (name.length == 0) {
		name = group;
		group = none;
	}
	thing_take(&r->thing, group, name, slice_trim(value));
	return 0;
}

static int
end_thing(
    struct reading *r, struct census *c, thing_count *count, struct error *err)
{
	if (r->open && count(c, &r->thing, err) != 0)
		return -1;
	r->open = false;
	/* What was joined is not wanted any more. */
	if (arena_used(r->arena) > 0) {
		arena_free(r->arena);
		r->arena = arena_new(0);
		if (r->arena == NULL)
			return error_set(err, "out of memory");
	}
	return 0;
}

static int
take_line(struct reading *r, struct census *c, struct slice line,
    const char *before, thing_count *count, struct error *err)
{
	if (slice_trim(line).length == 0)
		return end_thing(r, c, count, err);
	if (line.text[0] == ' ')
		return take_attribute(r, line, err);
	if (r->open || !slice_begins(line, before))
		return error_set(err, "line %zu is not expected", r->line);
	thing_begin(&r->thing, slice_trim(slice_after(line, before)));
	r->open = true;
	return 0;
}

static int
read_text(struct census *c, struct slice output, const char *before,
    thing_count *count, struct error *err)
{
	struct reading r = { .rest = output, .arena = arena_new(0) };
	struct slice line;
	int rc;

	if (r.arena == NULL)
		return error_set(err, "out of memory");
	while ((rc = next_line(&r, &line, err)) > 0)
		if (take_line(&r, c, line, before, count, err) != 0) {
			rc = -1;
			break;
		}
	if (rc == 0 && r.open)
		rc = error_set(err, "breaks off after line %zu", r.line);
	arena_free(r.arena);
	return rc;
}

int
read_jobs_text(struct census *c, struct slice output, struct error *err)
{
	return read_text(c, output, "Job Id:", thing_job, err);
}

int
read_nodes_text(struct census *c, struct slice output, struct error *err)
{
	return read_text(c, output, "", thing_node, err);
}

int
read_queues_text(struct census *c, struct slice output, struct error *err)
{
	return read_text(c, output, "Queue:", thing_queue, err);
}
