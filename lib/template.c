#include "template.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum what { LITERAL, FARM, CLUSTER, NODE, PARAMETER, GROUP };

struct piece {
	enum what what;
	const char *text; /* LITERAL, in the template's own copy */
	size_t length;
	size_t group;
};

struct template
{
	char *text;
	size_t n;
	struct piece pieces[];
};

static const struct {
	const char *name;
	enum what what;
} variables[] = {
	{ "{farm}", FARM },
	{ "{cluster}", CLUSTER },
	{ "{node}", NODE },
	{ "{parameter}", PARAMETER },
};

/* A variable at `s', which begins with a brace; its length, 0 if it is none. */
static size_t
take_variable(const char *s, size_t n_groups, struct piece *ret)
{
	size_t i, length;

	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		length = strlen(variables[i].name);
		if (strncmp(s, variables[i].name, length) != 0)
			continue;
		*ret = (struct piece){ .what = variables[i].what };
		return length;
	}
	if (!isdigit((unsigned char)s[1]) || s[2] != '}' ||
	    (size_t)(s[1] - '0') >= n_groups)
		return 0;
	*ret = (struct piece){ .what = GROUP, .group = (size_t)(s[1] - '0') };
	return 3;
}

static int
refuse(struct error *err, const char *text, const char *at, size_t n_groups)
{
	size_t length = strcspn(at, "}");

	if (*at == '}' || at[length] == '\0')
		return error_set(err,
		    "\"%s\": byte %zu: a brace alone; {{ and }} stand for one",
		    text, (size_t)(at - text) + 1);
	if (isdigit((unsigned char)at[1]) && length == 2)
		return error_set(err,
		    "\"%s\": byte %zu: there is no group %c: %zu in all", text,
		    (size_t)(at - text) + 1, at[1],
		    n_groups > 0 ? n_groups - 1 : 0);
	return error_set(err,
	    "\"%s\": byte %zu: %.*s is none of {farm}, {cluster}, {node}, "
	    "{parameter}, {0} to {9}",
	    text, (size_t)(at - text) + 1, (int)length + 1, at);
}

static int
parse(struct template *t, const char *original, size_t n_groups,
    struct error *err)
{
	const char *s = t->text;
	size_t length;

	while (*s != '\0') {
		struct piece *p = &t->pieces[t->n++];

		if ((s[0] == '{' || s[0] == '}') && s[1] == s[0]) {
			*p = (struct piece){ .text = s, .length = 1 };
			s += 2;
			continue;
		}
		if (*s == '{' || *s == '}') {
			length = *s == '{' ? take_variable(s, n_groups, p) : 0;
			if (length == 0)
				return refuse(err, original,
				    original + (s - t->text), n_groups);
			s += length;
			continue;
		}
		length = strcspn(s, "{}");
		*p = (struct piece){ .text = s, .length = length };
		s += length;
	}
	return 0;
}

int
template_new(
    struct template **ret, const char *text, size_t n_groups, struct error *err)
{
	/* No piece is shorter than a byte. */
	struct template *t = calloc(
	    1, sizeof(*t) + strlen(text) * sizeof(struct piece));

	if (t != NULL)
		t->text = strdup(text);
	if (t == NULL || t->text == NULL) {
		template_free(t);
		return error_set(err, "out of memory");
	}
	if (parse(t, text, n_groups, err) != 0) {
		template_free(t);
		return -1;
	}
	*ret = t;
	return 0;
}

void
template_free(struct template *t)
{
	if (t == NULL)
		return;
	free(t->text);
	free(t);
}

static const char *
name_of(const struct farm_series *s, enum what what)
{
	switch (what) {
	case FARM:
		return s->farm;
	case CLUSTER:
		return s->cluster;
	case NODE:
		return s->node;
	default:
		return s->parameter;
	}
}

/* A group that took no part in the match is empty. */
static void
print_group(struct buffer *b, const char *subject, const regmatch_t *group)
{
	if (group->rm_so >= 0)
		buffer_put(b, subject + group->rm_so,
		    (size_t)(group->rm_eo - group->rm_so));
}

void
template_print(const struct template *t, struct buffer *b,
    const struct farm_series *series, const char *subject,
    const regmatch_t *groups)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct piece *p = &t->pieces[i];

		if (p->what == LITERAL)
			buffer_put(b, p->text, p->length);
		else if (p->what == GROUP)
			print_group(b, subject, &groups[p->group]);
		else
			buffer_puts(b, name_of(series, p->what));
	}
}
