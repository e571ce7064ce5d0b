#include "groups.h"

#include <ctype.h>
#include <regex.h>
#include <string.h>

/* A series outlives two values that did not come. */
#define LIFETIME_TIMES 3

/* What gmond measures itself, and farmd knows without it. */
static bool
is_gmonds_own(const char *name)
{
	return strcmp(name, "heartbeat") == 0 || strcmp(name, "gexec") == 0 ||
	       strcmp(name, "location") == 0;
}

/* ------------------------------------------------------------- what it is */

static int
add_reading(struct groups *all, struct group *group, struct reading ***end,
    const struct reading *like, struct error *err)
{
	struct reading *r = arena_copy(all->arena, like, 1, sizeof(*like));
	int64_t longest = group->send_ns > group->every_ns ? group->send_ns
							   : group->every_ns;

	if (r == NULL)
		return error_set(err, "out of memory");
	if (reading_define(r, &all->rules, all->ganglia, all->table,
		LIFETIME_TIMES * longest, all->arena, err) != 0)
		return error_prefix(err, "%s", r->module->name);
	**end = r;
	*end = &r->next;
	return 0;
}

/* "\\1" in a title is what the first parentheses matched. */
static const char *
fill_in(const char *title, const char *name, const regmatch_t *parts, size_t n,
    struct arena *arena)
{
	struct buffer b = BUFFER_INIT;
	const char *text = NULL;
	size_t part;

	for (; title != NULL && *title != '\0'; title++) {
		part = title[0] == '\\' && title[1] >= '1' && title[1] <= '9'
			   ? (size_t)(title[1] - '0')
			   : 0;
		if (part == 0)
			buffer_putc(&b, *title);
		else
			title++;
		if (part > 0 && part < n && parts[part].rm_so >= 0)
			buffer_put(&b, name + parts[part].rm_so,
			    (size_t)(parts[part].rm_eo - parts[part].rm_so));
	}
	if (b.size > 0 && !buffer_failed(&b))
		text = arena_strdup(arena, b.data);
	buffer_free(&b);
	return text;
}

#define PARTS 10

/* Does the metric go by that name?  Then also its title. */
static bool
is_meant(const struct conf_metric *m, const regex_t *pattern, const char *name,
    struct arena *arena, const char **ret_title)
{
	regmatch_t parts[PARTS];

	if (!m->is_pattern) {
		*ret_title = m->title;
		return strcmp(m->name, name) == 0;
	}
	if (regexec(pattern, name, PARTS, parts, 0) != 0)
		return false;
	*ret_title = fill_in(m->title, name, parts, PARTS, arena);
	return true;
}

/* The number of metrics that are meant; -1 with the reason. */
static int
add_matching(struct groups *all, struct group *group, struct reading ***end,
    const struct conf_metric *m, const regex_t *pattern, struct error *err)
{
	struct reading r = { .threshold = m->threshold };
	struct module *module;
	int i, n = 0;

	for (module = all->modules; module != NULL; module = module->next)
		for (i = 0; i < (int)module->n_metrics; i++) {
			if (!is_meant(m, pattern,
				module->theirs->metrics[i].name, all->arena,
				&r.title))
				continue;
			r.module = module;
			r.index = i;
			if (add_reading(all, group, end, &r, err) != 0)
				return -1;
			n++;
		}
	return n;
}

/* Patterns are Perl's in gmond and POSIX' here: what would mean something else
   without a word is refused. */
static int
check_pattern(const char *pattern, struct error *err)
{
	const char *at;

	for (at = strchr(pattern, '\\'); at != NULL && at[1] != '\0';
	     at = strchr(at + 2, '\\'))
		if (isalnum((unsigned char)at[1]) &&
		    strchr("wWsSbB", at[1]) == NULL)
			return error_set(err,
			    "name_match \"%s\": \\%c is not known here; \\d "
			    "is [0-9]",
			    pattern, at[1]);
	return 0;
}

static int
add_metric(struct groups *all, struct group *group, struct reading ***end,
    const struct conf_metric *m, struct error *err)
{
	char why[256];
	regex_t pattern;
	int n;

	if (!m->is_pattern)
		return add_matching(all, group, end, m, NULL, err);
	if (check_pattern(m->name, err) != 0)
		return -1;
	n = regcomp(&pattern, m->name, REG_EXTENDED);
	if (n != 0) {
		(void)regerror(n, &pattern, why, sizeof(why));
		return error_set(err, "name_match \"%s\": %s", m->name, why);
	}
	n = add_matching(all, group, end, m, &pattern, err);
	regfree(&pattern);
	return n;
}

static struct group *
add_group(struct groups *all, struct error *err)
{
	struct group *group = arena_alloc(all->arena, sizeof(*group));

	if (group == NULL) {
		error_set(err, "out of memory");
		return NULL;
	}
	if (all->end == NULL)
		all->end = &all->first;
	*all->end = group;
	all->end = &group->next;
	return group;
}

int
groups_add(struct groups *all, const struct conf_group *c, groups_say *say,
    void *cookie, struct error *err)
{
	struct group *group = add_group(all, err);
	const struct conf_metric *m;
	struct reading **end;
	struct error text;
	int n;

	if (group == NULL)
		return -1;
	group->once = c->once;
	group->every_ns = c->once ? c->send_ns : c->every_ns;
	group->send_ns = all->thresholds && !c->once ? c->send_ns : 0;
	end = &group->readings;
	for (m = c->metrics; m != NULL; m = m->next) {
		n = add_metric(all, group, &end, m, err);
		if (n < 0)
			return error_prefix(err, "%s", c->file);
		if (n > 0 || is_gmonds_own(m->name))
			continue;
		error_set(&text, "%s: no module has a metric %s \"%s\"",
		    c->file, m->is_pattern ? "like" : "of the name", m->name);
		say(cookie, text.text);
	}
	return 0;
}

int
groups_add_module(struct groups *all, struct module *module, int64_t every_ns,
    struct error *err)
{
	struct reading r = { .module = module, .threshold = -1 };
	struct group *group = add_group(all, err);
	struct reading **end;

	if (group == NULL)
		return -1;
	group->every_ns = every_ns;
	end = &group->readings;
	for (; r.index < (int)module->n_metrics; r.index++)
		if (add_reading(all, group, &end, &r, err) != 0)
			return -1;
	return 0;
}

/* ------------------------------------------------------------------- when */

int64_t
groups_due(const struct groups *all)
{
	int64_t due = INT64_MAX;
	const struct group *g;

	for (g = all->first; g != NULL; g = g->next)
		if (g->due_mono_ns < due)
			due = g->due_mono_ns;
	return due;
}

/* What was missed is not made up for. */
static int64_t
next_due(int64_t due, int64_t every_ns, int64_t now)
{
	if (due == 0)
		return now + every_ns;
	return due + (now - due + every_ns) / every_ns * every_ns;
}

bool
group_take(struct group *g, int64_t now)
{
	bool first = g->due_mono_ns == 0, give = false;
	struct reading *r;

	if (g->due_mono_ns > now)
		return false;
	g->due_mono_ns = next_due(g->due_mono_ns, g->every_ns, now);
	for (r = g->readings; r != NULL && (first || !g->once); r = r->next)
		give |= reading_take(r);
	if (!give && g->send_mono_ns > now)
		return false;
	g->send_mono_ns = now + g->send_ns;
	return true;
}
