#include "expect.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

struct range {
	long from, to;
};

struct pattern {
	const char *text; /* the option's */
	regex_t compiled;
};

struct patterns {
	struct pattern *all;
	size_t n;
};

struct expect {
	struct range *ranges;
	size_t n_ranges;
	struct patterns matches;
	struct patterns excludes;
};

/* "404", "2xx" or "200-299". */
static bool
parse_range(const char *text, struct range *ret)
{
	int length = 0;
	char digit[2]; /* with its NUL */

	if (sscanf(text, "%1[1-9]xx%n", digit, &length) == 1 && length > 0 &&
	    text[length] == '\0') {
		ret->from = (digit[0] - '0') * 100;
		ret->to = ret->from + 99;
		return true;
	}
	length = 0;
	if (sscanf(text, "%3ld-%3ld%n", &ret->from, &ret->to, &length) == 2 &&
	    length == 7 && text[length] == '\0')
		return ret->from >= 100 && ret->from <= ret->to;
	if (sscanf(text, "%3ld%n", &ret->from, &length) != 1 || length != 3 ||
	    text[length] != '\0')
		return false;
	ret->to = ret->from;
	return ret->from >= 100;
}

static int
read_ranges(
    struct expect *e, const struct farm_list *statuses, struct error *err)
{
	e->ranges = calloc(statuses->n + 1, sizeof(*e->ranges));
	if (e->ranges == NULL)
		return error_set(err, "out of memory");
	for (; e->n_ranges < statuses->n; e->n_ranges++)
		if (!parse_range(
			statuses->items[e->n_ranges], &e->ranges[e->n_ranges]))
			return error_set(err,
			    "status[%zu]: \"%s\" is none of 404, 2xx, 200-299",
			    e->n_ranges, statuses->items[e->n_ranges]);
	return 0;
}

static int
compile(struct patterns *p, const char *option, const struct farm_list *texts,
    struct error *err)
{
	char why[128];
	int rc;

	p->all = calloc(texts->n + 1, sizeof(*p->all));
	if (p->all == NULL)
		return error_set(err, "out of memory");
	for (; p->n < texts->n; p->n++) {
		struct pattern *one = &p->all[p->n];

		one->text = texts->items[p->n];
		rc = regcomp(
		    &one->compiled, one->text, REG_EXTENDED | REG_NEWLINE);
		if (rc != 0) {
			regerror(rc, &one->compiled, why, sizeof(why));
			return error_set(err, "%s[%zu]: \"%s\": %s", option,
			    p->n, one->text, why);
		}
	}
	return 0;
}

int
expect_new(struct expect **ret, const struct farm_list *statuses,
    const struct farm_list *matches, const struct farm_list *excludes,
    struct error *err)
{
	struct expect *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return error_set(err, "out of memory");
	if (read_ranges(e, statuses, err) != 0 ||
	    compile(&e->matches, "match", matches, err) != 0 ||
	    compile(&e->excludes, "match_not", excludes, err) != 0) {
		expect_free(e);
		return -1;
	}
	*ret = e;
	return 0;
}

static void
free_patterns(struct patterns *p)
{
	while (p->n > 0)
		regfree(&p->all[--p->n].compiled);
	free(p->all);
}

void
expect_free(struct expect *e)
{
	if (e == NULL)
		return;
	free(e->ranges);
	free_patterns(&e->matches);
	free_patterns(&e->excludes);
	free(e);
}

static bool
is_expected(const struct expect *e, long status)
{
	for (size_t i = 0; i < e->n_ranges; i++)
		if (status >= e->ranges[i].from && status <= e->ranges[i].to)
			return true;
	return false;
}

/* Also behind a NUL. */
static bool
is_in(const struct pattern *p, struct slice body)
{
	regmatch_t at = { .rm_so = 0, .rm_eo = (regoff_t)body.length };

	return regexec(&p->compiled, body.text, 1, &at, REG_STARTEND) == 0;
}

int
expect_judge(
    const struct expect *e, long status, struct slice body, struct error *err)
{
	size_t i;

	if (!is_expected(e, status))
		return error_set(err, "HTTP status %ld", status);
	for (i = 0; i < e->matches.n; i++)
		if (!is_in(&e->matches.all[i], body))
			return error_set(err,
			    "the answer does not match \"%s\"",
			    e->matches.all[i].text);
	for (i = 0; i < e->excludes.n; i++)
		if (is_in(&e->excludes.all[i], body))
			return error_set(err, "the answer matches \"%s\"",
			    e->excludes.all[i].text);
	return 0;
}
