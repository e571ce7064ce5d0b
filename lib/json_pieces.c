/*
 * Brackets and quotes are counted, nothing else is looked at.  What is left of
 * the text without its elements is small, and is read strictly in the end.
 */
#include "json_pieces.h"

#include "json_pull.h"

void
json_pieces_free(struct json_pieces *p)
{
	buffer_free(&p->frame);
	buffer_free(&p->piece);
}

static void
keep_frame(struct json_pieces *p, const char *text, size_t size)
{
	p->frame.limit = JSON_FRAME_MAX;
	buffer_put(&p->frame, text, size);
}

/* A byte within a string, whose beginning was seen. */
static void
step_string(struct json_pieces *p, char c)
{
	if (p->escaped)
		p->escaped = false;
	else if (c == '\\')
		p->escaped = true;
	else if (c == '"')
		p->in_string = false;
}

/* Outside of strings. */
static void
step_bracket(struct json_pieces *p, char c)
{
	if (c == '{' || c == '[') {
		if (p->depth == 0)
			p->in_object = c == '{';
		if (p->depth == 1)
			p->in_list = c == '[' && p->in_object;
		p->depth++;
	} else if ((c == '}' || c == ']') && p->depth > 0) {
		p->depth--;
		if (p->depth == 1) {
			p->in_list = false;
			p->behind = 0;
		}
	} else if (c == '"') {
		p->in_string = true;
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static struct slice
list_name(const struct json_pieces *p)
{
	return (struct slice){ buffer_text(&p->frame) + p->key,
		p->key_end - p->key };
}

/* With what came before it. */
static int
take_piece(struct json_pieces *p, struct slice last, json_piece_take *take,
    void *cookie, struct error *err)
{
	int rc;

	p->in_piece = false;
	p->n++;
	if (p->piece.size == 0)
		return take(cookie, list_name(p), last, err);
	buffer_put(&p->piece, last.text, last.length);
	if (buffer_failed(&p->piece))
		return error_set(err, "element %llu is longer than %d bytes",
		    (unsigned long long)p->n, JSON_PIECE_MAX);
	rc = take(cookie, list_name(p),
	    (struct slice){ p->piece.data, p->piece.size }, err);
	buffer_clear(&p->piece);
	return rc;
}

/* The names of members: strings of the object itself. */
static void
note_key(struct json_pieces *p, size_t at)
{
	if (p->depth != 1 || p->in_piece)
		return;
	if (p->in_string)
		p->key = p->frame.size + at + 1;
	else
		p->key_end = p->frame.size + at;
}

/* What was seen of this bit since `from', and is not taken yet. */
static int
keep_rest(struct json_pieces *p, struct slice rest, struct error *err)
{
	if (!p->in_piece) {
		keep_frame(p, rest.text, rest.length);
		return buffer_failed(&p->frame)
			   ? error_set(err,
				 "more than %d bytes beside its "
				 "lists",
				 JSON_FRAME_MAX)
			   : 0;
	}
	p->piece.limit = JSON_PIECE_MAX;
	buffer_put(&p->piece, rest.text, rest.length);
	return buffer_failed(&p->piece)
		   ? error_set(err, "element %llu is longer than %d bytes",
			 (unsigned long long)p->n + 1, JSON_PIECE_MAX)
		   : 0;
}

/* What stands for an element.  One that follows another behind a comma is as
   good as that one. */
static void
put_element(struct json_pieces *p)
{
	struct buffer *f = &p->frame;
	size_t i, commas = 0;

	for (i = p->behind; i < f->size; i++) {
		if (!is_blank(f->data[i]) && f->data[i] != ',')
			break;
		commas += f->data[i] == ',';
	}
	if (p->behind > 0 && i == f->size && commas == 1)
		f->size = p->behind;
	else
		keep_frame(p, "0", 1);
	p->behind = f->size;
}

/* Does an element of a list begin or end with this byte? */
static bool
begins(const struct json_pieces *p, char c)
{
	return p->in_list && p->depth == 2 && !p->in_piece && !is_blank(c) &&
	       c != ',' && c != ']';
}

static bool
ends(const struct json_pieces *p, char c)
{
	return p->in_list && p->depth == 2 && p->in_piece &&
	       (c == ',' || c == ']');
}

/* A byte outside of strings; what lies between *from and it is not seen to. */
static int
step(struct json_pieces *p, struct slice bytes, size_t i, size_t *from,
    json_piece_take *take, void *cookie, struct error *err)
{
	struct slice before = { bytes.text + *from, i - *from };
	char c = bytes.text[i];

	if (ends(p, c)) {
		if (take_piece(p, before, take, cookie, err) != 0)
			return -1;
		*from = i;
	} else if (begins(p, c)) {
		if (keep_rest(p, before, err) != 0)
			return -1;
		put_element(p);
		p->in_piece = true;
		*from = i;
	}
	step_bracket(p, c);
	if (p->in_string)
		note_key(p, i - *from);
	return 0;
}

int
json_pieces_feed(struct json_pieces *p, struct slice bytes,
    json_piece_take *take, void *cookie, struct error *err)
{
	size_t from = 0, i;

	for (i = 0; i < bytes.length; i++) {
		if (!p->in_string) {
			if (step(p, bytes, i, &from, take, cookie, err) != 0)
				return -1;
			continue;
		}
		step_string(p, bytes.text[i]);
		if (!p->in_string)
			note_key(p, i - from);
	}
	return keep_rest(p, (struct slice){ bytes.text + from, i - from }, err);
}

int
json_pieces_end(const struct json_pieces *p, struct error *err)
{
	struct json_pull pull = { .rest = {
				      buffer_text(&p->frame), p->frame.size } };
	enum json_piece piece = json_pull(&pull);

	if (p->frame.size == 0)
		return error_set(err, "said nothing");
	if (piece != JSON_PULL_OBJECT)
		return error_set(err, "is no JSON object");
	while (piece > JSON_PULL_BAD)
		piece = json_pull(&pull);
	if (p->in_piece || piece != JSON_PULL_END)
		return error_set(err,
		    "no JSON, or broken off, after element "
		    "%llu",
		    (unsigned long long)p->n);
	return 0;
}
