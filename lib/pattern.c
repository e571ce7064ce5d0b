#include "pattern.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

enum kind {
	NOTHING, /* a bad expression under compat */
	ANY,
	PIECES,
	REGEX,
};

/* Literal bytes between wildcards, one after the other in `text'. */
struct piece {
	const char *text;
	size_t length;
};

struct pattern {
	enum kind kind;
	char *text;
	/* The first piece begins the name, the last one ends it, those
	   between follow each other anywhere; one alone is the name. */
	struct piece *pieces;
	size_t n_pieces;
	regex_t regex;
};

static bool
is_wildcard(char c)
{
	return c == '*' || c == '%';
}

static size_t
count_wildcards(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += is_wildcard(*text);
	return n;
}

/* ------------------------------------------------------------ pieces -- */

/* Cut the text at its wildcards, in a copy without the escapes. */
static int
cut(struct pattern *p, const char *text, bool escapes)
{
	struct piece *piece;
	char *to;

	p->text = malloc(strlen(text) + 1);
	p->pieces = calloc(count_wildcards(text) + 1, sizeof(*p->pieces));
	if (p->text == NULL || p->pieces == NULL)
		return -1;
	to = p->text;
	piece = p->pieces;
	piece->text = to;
	for (; *text != '\0'; text++) {
		if (is_wildcard(*text)) {
			piece->length = (size_t)(to - piece->text);
			piece++;
			piece->text = to;
			continue;
		}
		if (escapes && *text == '\\' && text[1] != '\0')
			text++;
		*to++ = *text;
	}
	*to = '\0';
	piece->length = (size_t)(to - piece->text);
	p->n_pieces = (size_t)(piece - p->pieces) + 1;
	p->kind = to == p->text && p->n_pieces > 1 ? ANY : PIECES;
	return 0;
}

/* Those between the first and the last, each as early as it comes: if any
   place will do, the first one does. */
static bool
match_middle(const struct pattern *p, const char *name, size_t length)
{
	const struct piece *piece;
	const char *end = name + length;
	size_t i;

	for (i = 1; i + 1 < p->n_pieces; i++) {
		piece = &p->pieces[i];
		name = memmem(
		    name, (size_t)(end - name), piece->text, piece->length);
		if (name == NULL)
			return false;
		name += piece->length;
	}
	return true;
}

static bool
match_pieces(const struct pattern *p, const char *name, size_t length)
{
	const struct piece *first = &p->pieces[0];
	const struct piece *last = &p->pieces[p->n_pieces - 1];

	if (p->n_pieces == 1)
		return length == first->length &&
		       memcmp(name, first->text, length) == 0;
	if (length < first->length + last->length ||
	    memcmp(name, first->text, first->length) != 0 ||
	    memcmp(name + length - last->length, last->text, last->length) != 0)
		return false;
	return match_middle(
	    p, name + first->length, length - first->length - last->length);
}

/* ----------------------------------------------- regular expressions -- */

/*
 * How often libc copies what stands before the repetition "{n,m}" or "+" at
 * `text'; 1 if it is none.  Numbers end at the bound.
 */
static unsigned long
repetition(const char *text)
{
	unsigned long largest = 0, n;

	if (*text == '+')
		return 2;
	if (*text != '{')
		return 1;
	for (text++; isdigit((unsigned char)*text) || *text == ','; text++) {
		for (n = 0; isdigit((unsigned char)*text); text++)
			if (n <= PATTERN_EXPANDED_MAX)
				n = n * 10 + (unsigned long)(*text - '0');
		if (n > largest)
			largest = n;
		if (*text != ',')
			break;
	}
	return largest + 1;
}

/* The last byte of the bracket expression that begins at `text'. */
static const char *
bracket_end(const char *text)
{
	char close[3] = "?]";

	text++;
	text += *text == '^';
	text += *text == ']';
	for (; *text != '\0' && *text != ']'; text++) {
		if (*text != '[' || text[1] == '\0' ||
		    strchr(":.=", text[1]) == NULL)
			continue;
		close[0] = text[1];
		text = strstr(text + 2, close);
		if (text == NULL)
			return "";
		text++;
	}
	return text;
}

/* What an open parenthesis has cost so far, and its last piece alone. */
struct level {
	unsigned long sum;
	unsigned long last;
};

/*
 * Why libc had better not see the expression; NULL if it may.  Adds up what
 * it becomes when its repetitions are written out.
 */
static const char *
why_unbounded(const char *text)
{
	struct level levels[PATTERN_DEPTH_MAX + 1] = { { 0, 0 } };
	struct level *l = levels;
	size_t n;

	if (strlen(text) > PATTERN_REGEX_MAX)
		return "too long";
	for (; *text != '\0'; text++) {
		if (*text == '(') {
			if (l == &levels[PATTERN_DEPTH_MAX])
				return "nests too deep";
			*++l = (struct level){ 0, 0 };
			continue;
		}
		if (*text == ')' && l > levels) {
			l--;
			l->sum += l->last;
			l->last = l[1].sum + l[1].last + 1;
		} else if (repetition(text) > 1) {
			l->last = l->last * repetition(text) + 1;
			n = 1 + strspn(text + 1, "0123456789,");
			if (*text == '{' && text[n] == '}')
				text += n;
		} else {
			l->sum += l->last;
			l->last = 1;
		}
		if (l->sum + l->last > PATTERN_EXPANDED_MAX)
			return "repeats too much";
		if (*text == '[')
			text = bracket_end(text);
		else if (*text == '\\' && isdigit((unsigned char)text[1]))
			return "refers back";
		else if (*text == '\\' && text[1] != '\0')
			text++;
		if (*text == '\0')
			break;
	}
	return NULL;
}

static int
compile(struct pattern *p, const char *text, struct error *err)
{
	const char *unbounded = why_unbounded(text);
	char why[256];
	int status;

	if (unbounded != NULL)
		return error_set(err, "\"re:%.64s%s\": %s", text,
		    strlen(text) > 64 ? "..." : "", unbounded);
	status = regcomp(&p->regex, text, REG_EXTENDED | REG_NEWLINE);
	if (status != 0) {
		regerror(status, &p->regex, why, sizeof(why));
		return error_set(err, "\"re:%s\": %s", text, why);
	}
	p->kind = REGEX;
	return 0;
}

/* The match found is the longest of the leftmost: the whole name if any is. */
static bool
match_regex(const struct pattern *p, const char *name, size_t length)
{
	regmatch_t match;

	return regexec(&p->regex, name, 1, &match, 0) == 0 &&
	       match.rm_so == 0 && (size_t)match.rm_eo == length;
}

/* ------------------------------------------------------------ compat -- */

/* Is it literal but for at most one wildcard, at one end? */
static bool
is_simple(const char *text)
{
	size_t length = strlen(text);
	size_t n = count_wildcards(text);

	return n == 0 || (n == 1 && (is_wildcard(text[0]) ||
					is_wildcard(text[length - 1])));
}

static int
compile_compat(struct pattern *p, const char *text)
{
	struct buffer regex = BUFFER_INIT;
	int status = 0;

	if (is_simple(text))
		return cut(p, text, false);
	for (; *text != '\0'; text++) {
		if (is_wildcard(*text))
			buffer_putc(&regex, '.');
		buffer_putc(&regex, *text == '%' ? '*' : *text);
	}
	if (buffer_failed(&regex))
		status = -1;
	else if (compile(p, buffer_text(&regex), NULL) != 0)
		p->kind = NOTHING;
	buffer_free(&regex);
	return status;
}

/* -------------------------------------------------------------------- */

int
pattern_new(
    struct pattern **ret, const char *text, bool compat, struct error *err)
{
	struct pattern *p;

	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return error_set(err, "out of memory for \"%s\"", text);
	if (text[0] == '\0') {
		p->kind = ANY;
	} else if (!compat && strncmp(text, "re:", 3) == 0) {
		if (compile(p, text + 3, err) != 0)
			goto fail;
	} else if ((compat ? compile_compat(p, text) : cut(p, text, true)) !=
		   0) {
		error_set(err, "out of memory for \"%s\"", text);
		goto fail;
	}
	*ret = p;
	return 0;
fail:
	pattern_free(p);
	return -1;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	if (p->kind == REGEX)
		regfree(&p->regex);
	free(p->pieces);
	free(p->text);
	free(p);
}

bool
pattern_match(const struct pattern *p, const char *name, size_t length)
{
	switch (p->kind) {
	case ANY:
		return true;
	case PIECES:
		return match_pieces(p, name, length);
	case REGEX:
		return match_regex(p, name, length);
	case NOTHING:
		break;
	}
	return false;
}

/* Beginning and end must fit each other; between them there is room for all
   that both want, as soon as both have a wildcard. */
static bool
pieces_fit(const struct pattern *p, const char *form, const char *star)
{
	const struct piece *first = &p->pieces[0];
	const struct piece *last = &p->pieces[p->n_pieces - 1];
	size_t before = (size_t)(star - form), after = strlen(star + 1);
	const char *end = last->text + last->length;

	if (p->n_pieces == 1 && first->length < before + after)
		return false;
	if (before > first->length)
		before = first->length;
	if (after > last->length)
		after = last->length;
	return memcmp(first->text, form, before) == 0 &&
	       memcmp(end - after, form + strlen(form) - after, after) == 0;
}

bool
pattern_may_match(const struct pattern *p, const char *form)
{
	const char *star = strchr(form, '*');

	if (star == NULL || p->kind == ANY || p->kind == NOTHING)
		return pattern_match(p, form, strlen(form));
	return p->kind == REGEX || pieces_fit(p, form, star);
}

bool
pattern_is_any(const struct pattern *p)
{
	return p->kind == ANY;
}

const char *
pattern_exact(const struct pattern *p)
{
	return p->kind == PIECES && p->n_pieces == 1 ? p->text : NULL;
}
