#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "config_tables.h"
#include "option.h"
#include "yaml.h"

/* ----------------------------------------------------------- one instance */

static int
compare_nodes(const void *a, const void *b)
{
	const struct node_config *x = *(const struct node_config *const *)a;
	const struct node_config *y = *(const struct node_config *const *)b;
	int names = strcmp(x->name, y->name);

	return names != 0 ? names : strcmp(x->address, y->address);
}

/* By name and address; NULL if memory is out. */
static const struct node_config **
sorted_nodes(const struct instance_config *c)
{
	const struct node_config **sorted = calloc(
	    c->n_nodes + 1, sizeof(*sorted));
	size_t i;

	for (i = 0; sorted != NULL && i < c->n_nodes; i++)
		sorted[i] = &c->nodes[i];
	if (sorted != NULL)
		qsort(sorted, c->n_nodes, sizeof(*sorted), compare_nodes);
	return sorted;
}

/* A node with another address is another node. */
static int
count_nodes(struct plan_item *item)
{
	const struct node_config **before = sorted_nodes(item->before);
	const struct node_config **after = sorted_nodes(item->after);
	size_t i = 0, k = 0;
	int rc = before == NULL || after == NULL ? -1 : 0;

	while (rc == 0 &&
	       (i < item->before->n_nodes || k < item->after->n_nodes)) {
		int order = i == item->before->n_nodes ? 1
			    : k == item->after->n_nodes
				? -1
				: compare_nodes(&before[i], &after[k]);

		item->nodes_removed += order < 0;
		item->nodes_added += order > 0;
		i += order <= 0;
		k += order >= 0;
	}
	free(before);
	free(after);
	return rc;
}

static unsigned
compare(const struct instance_config *a, const struct instance_config *b)
{
	unsigned what = 0;

	if (a->every_ns != b->every_ns || a->deadline_ns != b->deadline_ns ||
	    a->align != b->align || a->idle_stop_ns != b->idle_stop_ns)
		what |= PLAN_INTERVAL;
	if (!options_equal(a->module->options, a->options, b->options))
		what |= PLAN_OPTIONS;
	if (memcmp(&a->lifetimes, &b->lifetimes, sizeof(a->lifetimes)) != 0)
		what |= PLAN_LIFETIME;
	if (a->keep != b->keep || a->backlog != b->backlog ||
	    !tree_equal(a->match_tree, b->match_tree))
		what |= PLAN_MATCH;
	return what;
}

static int
decide(struct plan_item *item)
{
	item->what = compare(item->before, item->after);
	if (count_nodes(item) < 0)
		return -1;
	if (item->nodes_added > 0 || item->nodes_removed > 0)
		item->what |= PLAN_NODES;
	item->step = item->what != 0 ? PLAN_CHANGED : PLAN_KEPT;
	return 0;
}

/* ------------------------------------------------------------ all of a role */

static int
compare_names(const void *a, const void *b)
{
	const struct instance_config *x = *(
	    const struct instance_config *const *)a;
	const struct instance_config *y = *(
	    const struct instance_config *const *)b;

	return strcmp(x->name, y->name);
}

/* Those that run, by name. */
struct index {
	const struct instance_config **items;
	size_t n;
};

static int
index_make(struct index *x, const struct instance_config *all, size_t n)
{
	size_t i;

	x->n = 0;
	x->items = calloc(n + 1, sizeof(*x->items));
	if (x->items == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (all[i].enabled)
			x->items[x->n++] = &all[i];
	qsort(x->items, x->n, sizeof(*x->items), compare_names);
	return 0;
}

/* Where, and what it may there: else it is another instance. */
static bool
runs_alike(const struct isolation *a, const struct isolation *b)
{
	return a->on == b->on &&
	       (!a->on || (strcmp(a->worker, b->worker) == 0 &&
			      strcmp(a->program, b->program) == 0 &&
			      spawner_limits_equal(&a->limits, &b->limits)));
}

/* Beside the router or in it, with the same room. */
static bool
taps_alike(const struct instance_config *a, const struct instance_config *b)
{
	return a->tap == b->tap && (!a->tap || a->tap_bytes == b->tap_bytes);
}

/* A program of the module's own was told the interval when it opened. */
static bool
same_interval(const struct instance_config *a, const struct instance_config *b)
{
	return a->every_ns == b->every_ns || !a->isolation.on ||
	       a->isolation.program[0] == '\0';
}

static const struct instance_config *
index_find(const struct index *x, const struct instance_config *like)
{
	const struct instance_config **found = bsearch(
	    &like, x->items, x->n, sizeof(*x->items), compare_names);

	return found != NULL && (*found)->module == like->module &&
		       runs_alike(&(*found)->isolation, &like->isolation) &&
		       taps_alike(*found, like) &&
		       (*found)->on_request == like->on_request &&
		       same_interval(*found, like)
		   ? *found
		   : NULL;
}

static int
add_present(struct plan_list *list, const struct index *old,
    const struct instance_config *all, size_t n)
{
	const struct instance_config *last = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		struct plan_item *item = &list->items[list->n];

		if (!all[i].enabled)
			continue;
		*item = (struct plan_item){ .step = PLAN_ADDED,
			.before = index_find(old, &all[i]),
			.after = &all[i] };
		list->n++;
		if (item->before == NULL)
			continue;
		if (decide(item) < 0)
			return -1;
		/* Both lists are arrays: what moved up stands before. */
		list->reordered |= last != NULL && item->before < last;
		last = item->before;
	}
	return 0;
}

static void
add_removed(struct plan_list *list, const struct index *fresh,
    const struct instance_config *all, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (all[i].enabled && index_find(fresh, &all[i]) == NULL)
			list->items[list->n++] = (struct plan_item){
				.step = PLAN_REMOVED, .before = &all[i]
			};
}

static int
compare_role(struct plan_list *list, const struct instance_config *before,
    size_t n_before, const struct instance_config *after, size_t n_after)
{
	struct index old = { .items = NULL }, fresh = { .items = NULL };
	int rc = -1;

	list->items = calloc(n_before + n_after + 1, sizeof(*list->items));
	if (list->items != NULL && index_make(&old, before, n_before) == 0 &&
	    index_make(&fresh, after, n_after) == 0)
		rc = add_present(list, &old, after, n_after);
	if (rc == 0)
		add_removed(list, &fresh, before, n_before);
	free(old.items);
	free(fresh.items);
	return rc;
}

/* -------------------------------------------------------- other sections */

static void
want_restart(struct plan *p, const char *name)
{
	if (p->n_restart < PLAN_SECTIONS_MAX)
		p->restart[p->n_restart++] = name;
}

/* The top level key by key, any other section as a whole. */
static void
compare_section(struct plan *p, const struct config_section *s, const char *a,
    const char *b)
{
	struct farm_option pair[2] = { 0 };
	const struct farm_option *o;

	if (s->name[0] != '\0') {
		struct option_table table = { .first = s->options };

		if (!options_equal(table, a + s->offset, b + s->offset))
			want_restart(p, s->name);
		return;
	}
	for (o = s->options; o->name != NULL; o++) {
		pair[0] = *o;
		if (!options_equal(
			(struct option_table){ .first = pair }, a, b))
			want_restart(p, o->name);
	}
}

void
plan_sections(
    struct plan *p, const struct config *before, const struct config *after)
{
	const struct config_section *s;

	p->n_restart = 0;
	for (s = config_sections; s->name != NULL; s++)
		compare_section(
		    p, s, (const char *)before, (const char *)after);
}

int
plan_make(
    struct plan *ret, const struct config *before, const struct config *after)
{
	struct plan p = { .n_restart = 0 };

	plan_sections(&p, before, after);
	if (compare_role(&p.collectors, before->collectors,
		before->n_collectors, after->collectors,
		after->n_collectors) < 0 ||
	    compare_role(&p.filters, before->filters, before->n_filters,
		after->filters, after->n_filters) < 0 ||
	    compare_role(&p.writers, before->writers, before->n_writers,
		after->writers, after->n_writers) < 0) {
		plan_free(&p);
		return -1;
	}
	*ret = p;
	return 0;
}

void
plan_free(struct plan *p)
{
	free(p->collectors.items);
	free(p->filters.items);
	free(p->writers.items);
	*p = (struct plan){ .n_restart = 0 };
}

/* ------------------------------------------------------------------- words */

static const struct {
	unsigned bit;
	const char *word;
} words[] = {
	{ PLAN_INTERVAL, "interval" },
	{ PLAN_NODES, "nodes" },
	{ PLAN_OPTIONS, "options" },
	{ PLAN_LIFETIME, "lifetime" },
	{ PLAN_MATCH, "match" },
};
#define N_WORDS (sizeof(words) / sizeof(words[0]))

static const char *const step_names[] = {
	[PLAN_KEPT] = "kept",
	[PLAN_CHANGED] = "changed",
	[PLAN_ADDED] = "added",
	[PLAN_REMOVED] = "removed",
};

static const struct plan_list *
list_of(const struct plan *p, int role)
{
	return role == 0   ? &p->collectors
	       : role == 1 ? &p->filters
			   : &p->writers;
}

static size_t
count(const struct plan *p, enum plan_step step)
{
	size_t n = 0, i;
	int role;

	for (role = 0; role < 3; role++)
		for (i = 0; i < list_of(p, role)->n; i++)
			n += list_of(p, role)->items[i].step == step;
	return n;
}

bool
plan_is_empty(const struct plan *p)
{
	return count(p, PLAN_CHANGED) + count(p, PLAN_ADDED) +
		       count(p, PLAN_REMOVED) ==
		   0 &&
	       !p->filters.reordered;
}

static const struct instance_config *
config_of(const struct plan_item *item)
{
	return item->after != NULL ? item->after : item->before;
}

static void
put_item(struct buffer *b, const struct plan_item *item)
{
	const struct instance_config *c = config_of(item);
	const char *comma = "";
	size_t i;

	buffer_puts(b, "{\"instance\":");
	buffer_json_text(b, c->name);
	buffer_printf(b, ",\"role\":\"%s\"", role_name(c->module->role));
	if (item->step == PLAN_CHANGED) {
		buffer_puts(b, ",\"what\":[");
		for (i = 0; i < N_WORDS; i++)
			if ((item->what & words[i].bit) != 0) {
				buffer_printf(
				    b, "%s\"%s\"", comma, words[i].word);
				comma = ",";
			}
		buffer_printf(b, "],\"nodes_added\":%zu,\"nodes_removed\":%zu",
		    item->nodes_added, item->nodes_removed);
	}
	buffer_putc(b, '}');
}

static void
put_step(struct buffer *b, const struct plan *p, enum plan_step step)
{
	const char *comma = "";
	size_t i;
	int role;

	buffer_printf(b, ",\"%s\":[", step_names[step]);
	for (role = 0; role < 3; role++)
		for (i = 0; i < list_of(p, role)->n; i++) {
			const struct plan_item *item =
			    &list_of(p, role)->items[i];

			if (item->step != step)
				continue;
			buffer_puts(b, comma);
			put_item(b, item);
			comma = ",";
		}
	buffer_putc(b, ']');
}

void
plan_json(struct buffer *b, const struct plan *p)
{
	size_t i;

	buffer_printf(b, "{\"kept\":%zu", count(p, PLAN_KEPT));
	put_step(b, p, PLAN_CHANGED);
	put_step(b, p, PLAN_ADDED);
	put_step(b, p, PLAN_REMOVED);
	if (p->filters.reordered)
		buffer_puts(b, ",\"reordered\":true");
	buffer_puts(b, ",\"restart\":[");
	for (i = 0; i < p->n_restart; i++)
		buffer_printf(b, "%s\"%s\"", i > 0 ? "," : "", p->restart[i]);
	buffer_puts(b, "]}");
}

static void
text_item(struct buffer *b, const struct plan_item *item)
{
	const char *comma = ": ";
	size_t i;

	buffer_puts(b, config_of(item)->name);
	for (i = 0; item->step == PLAN_CHANGED && i < N_WORDS; i++)
		if ((item->what & words[i].bit) != 0) {
			buffer_printf(b, "%s%s", comma, words[i].word);
			comma = ", ";
		}
	if (item->nodes_added > 0)
		buffer_printf(b, " +%zu", item->nodes_added);
	if (item->nodes_removed > 0)
		buffer_printf(b, " -%zu", item->nodes_removed);
}

static void
text_step(struct buffer *b, const struct plan *p, enum plan_step step)
{
	const char *before = " (";
	size_t i;
	int role;

	if (count(p, step) == 0)
		return;
	buffer_printf(b, ", %zu %s", count(p, step), step_names[step]);
	for (role = 0; role < 3; role++)
		for (i = 0; i < list_of(p, role)->n; i++)
			if (list_of(p, role)->items[i].step == step) {
				buffer_puts(b, before);
				text_item(b, &list_of(p, role)->items[i]);
				before = "; ";
			}
	buffer_putc(b, ')');
}

void
plan_text(struct buffer *b, const struct plan *p)
{
	size_t i;

	buffer_printf(b, "%zu kept", count(p, PLAN_KEPT));
	text_step(b, p, PLAN_CHANGED);
	text_step(b, p, PLAN_ADDED);
	text_step(b, p, PLAN_REMOVED);
	for (i = 0; i < p->n_restart; i++)
		buffer_printf(b, "%s%s",
		    i > 0 ? ", " : "; needs a restart: ", p->restart[i]);
}
