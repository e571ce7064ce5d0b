#include "import.h"

#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "import_listener.h"

/* What MonALISA calls something, and what farmd has for it. */
struct translation {
	const char *name;
	const char *module;
	const char *groups;  /* of proc */
	const char *list;    /* the option for its arguments; NULL: none */
	const char *options; /* "KEY: VALUE" lines */
	uint32_t wait;       /* of icmp: seconds for an answer */
	uint32_t timeout;    /* lifetime if it says none, in seconds */
	const char *note;    /* what is not the same */
};

static const struct translation translations[] = {
	{ .name = "monProcLoad", .module = "proc", .groups = "load" },
	{ .name = "monProcStat", .module = "proc", .groups = "stat, paging" },
	{ .name = "monProcIO",
	    .module = "proc",
	    .groups = "net",
	    .list = "interfaces" },
	{ .name = "monDiskIOStat", .module = "proc", .groups = "disk" },
	{ .name = "DiskDF", .module = "proc", .groups = "df" },
	{ .name = "netstat", .module = "proc", .groups = "sockets" },
	{ .name = "monPing",
	    .module = "icmp",
	    .options = "count: 1\nsize: 1400B\n",
	    .wait = 4,
	    .note = "RTT is called rtt, and LostPackages loss, in percent" },
	{ .name = "monABPing",
	    .module = "icmp",
	    .options = "count: 1\n",
	    .wait = 1,
	    .timeout = 300,
	    .note = "RTT is called rtt, and PacketLoss loss, in percent; RTime "
		    "and Jitter are not there" },
};
#define N_TRANSLATIONS (sizeof(translations) / sizeof(translations[0]))

/* What one cluster is planned with. */
struct plan {
	struct arena *arena;
	struct problems *problems;
	struct import_cluster *cluster;
	struct import_item **last;
	size_t counts[N_TRANSLATIONS]; /* instances, by module */
	void *items;                   /* by module and options, for search.h */
	void *names;                   /* of nodes, for search.h */
	bool *noted; /* which notes were given, for all clusters */
	int result;
};

/* A module of the node that is being planned. */
struct wanted {
	const struct farmfile_module *module;
	const struct translation *translation;
	const char *arguments; /* without timeouts */
	struct farmfile_timeouts timeouts;
	bool done;
};

static int
out_of_memory(struct plan *p)
{
	p->result = -1;
	return problem_in(p->problems, NULL, 0, 0, "out of memory");
}

/* What the buffer says, in the arena; NULL if memory is out. */
static const char *
keep(struct plan *p, struct buffer *b)
{
	const char *text = buffer_failed(b)
			       ? NULL
			       : arena_strdup(p->arena, buffer_text(b));

	if (text == NULL)
		(void)out_of_memory(p);
	buffer_free(b);
	return text;
}

/* --- items: what nodes share is said once --- */

static int
compare_items(const void *a, const void *b)
{
	const struct import_item *x = a;
	const struct import_item *y = b;
	int modules = strcmp(x->module == NULL ? "" : x->module,
	    y->module == NULL ? "" : y->module);

	return modules != 0 ? modules : strcmp(x->options, y->options);
}

/* The how manieth instance of the module this is. */
static size_t
number_of(struct plan *p, const char *module)
{
	size_t i;

	for (i = 0; module != NULL && i < N_TRANSLATIONS; i++)
		if (strcmp(translations[i].module, module) == 0)
			return ++p->counts[i];
	return 0;
}

/* The item of these words, made if there is none; NULL if memory is out. */
static struct import_item *
item_get(struct plan *p, const char *module, const char *options)
{
	struct import_item *fresh = arena_alloc(p->arena, sizeof(*fresh));
	struct import_item **found;

	if (fresh == NULL || options == NULL)
		goto fail;
	fresh->module = module;
	fresh->options = options;
	found = tsearch(fresh, &p->items, compare_items);
	if (found == NULL)
		goto fail;
	if (*found == fresh) {
		fresh->number = number_of(p, module);
		*p->last = fresh;
		p->last = &fresh->next;
	}
	return *found;
fail:
	(void)out_of_memory(p);
	return NULL;
}

int
import_item_add(
    struct arena *arena, struct import_item *item, const struct fold_name *node)
{
	size_t capacity = item->capacity == 0 ? 4 : item->capacity * 2;
	struct fold_name *nodes;

	if (item->n_nodes == item->capacity) {
		nodes = arena_grow(arena, item->nodes,
		    item->capacity * sizeof(*nodes), capacity * sizeof(*nodes));
		if (nodes == NULL)
			return -1;
		item->nodes = nodes;
		item->capacity = capacity;
	}
	item->nodes[item->n_nodes++].name = node->name;
	return 0;
}

static void
item_add(struct plan *p, struct import_item *item, const struct fold_name *node)
{
	if (import_item_add(p->arena, item, node) != 0)
		(void)out_of_memory(p);
}

/* --- words --- */

static void
put_every(struct buffer *b, uint32_t seconds)
{
	duration_print(b, seconds * NS_PER_S);
}

/* MODULE{ARGUMENTS} every 30s */
static void
put_module(struct buffer *b, const struct farmfile_module *m)
{
	buffer_puts(b, m->name);
	if (m->arguments != NULL)
		buffer_printf(b, "{%s}", m->arguments);
	buffer_puts(b, " every ");
	put_every(b, m->every);
}

static void
put_timeout(struct buffer *b, const char *name, uint32_t seconds, bool *first)
{
	if (seconds == 0)
		return;
	buffer_printf(b, "%s%s: ", *first ? "" : ", ", name);
	put_every(b, seconds);
	*first = false;
}

static bool
has_timeout(const struct farmfile_timeouts *t)
{
	return t->parameter > 0 || t->node > 0 || t->cluster > 0;
}

/* "lifetime: 5m" or "lifetime: {parameter: 15m}" */
static void
put_lifetime(struct buffer *b, const struct farmfile_timeouts *t)
{
	bool first = true;

	buffer_puts(b, "lifetime: ");
	if (t->parameter == t->node && t->node == t->cluster) {
		put_every(b, t->parameter);
	} else {
		buffer_putc(b, '{');
		put_timeout(b, "parameter", t->parameter, &first);
		put_timeout(b, "node", t->node, &first);
		put_timeout(b, "cluster", t->cluster, &first);
		buffer_putc(b, '}');
	}
}

/* "OPTION: [eth0, eth1]" of "eth0,eth1" */
static void
put_list(struct buffer *b, const char *option, const char *arguments,
    struct arena *arena)
{
	static const char between[] = ", ";
	char *text = arena_strdup(arena, arguments);
	char *item, *rest;
	bool first = true;

	if (text == NULL || text[0] == '\0')
		return;
	buffer_printf(b, "%s: [", option);
	for (item = strtok_r(text, between, &rest); item != NULL;
	     item = strtok_r(NULL, between, &rest)) {
		buffer_puts(b, first ? "" : ", ");
		import_scalar(b, item);
		first = false;
	}
	buffer_puts(b, "]\n");
}

/* --- modules of a node --- */

static const struct translation *
translation_of(const char *name)
{
	size_t i;

	for (i = 0; i < N_TRANSLATIONS; i++)
		if (strcmp(translations[i].name, name) == 0)
			return &translations[i];
	return NULL;
}

/* A comment; a warning for the first node that has it. */
__attribute__((format(printf, 5, 6))) static void
leave_over(struct plan *p, const struct farmfile_module *m,
    const struct fold_name *node, const char *text, const char *format, ...)
{
	struct import_item *item = item_get(p, NULL, text);
	struct error said;
	va_list args;

	if (item == NULL)
		return;
	if (item->n_nodes == 0) {
		va_start(args, format);
		(void)error_vset(&said, format, args);
		va_end(args);
		warning_in(p->problems, m->place.file, m->place.line,
		    m->place.column, "%s", said.text);
	}
	item_add(p, item, node);
}

static void
leave_module(struct plan *p, const struct farmfile_module *m,
    const struct fold_name *node)
{
	struct buffer text = BUFFER_INIT;
	const char *kept;

	buffer_puts(&text, "not there yet: ");
	put_module(&text, m);
	kept = keep(p, &text);
	if (kept != NULL)
		leave_over(p, m, node, kept,
		    "farmd has nothing for \"%s\" yet; kept as a comment",
		    m->name);
}

static void
leave_arguments(
    struct plan *p, const struct wanted *w, const struct fold_name *node)
{
	const char *text = arena_printf(p->arena,
	    "not taken over: the arguments of %s{%s}", w->module->name,
	    w->arguments);

	if (text == NULL)
		(void)out_of_memory(p);
	else
		leave_over(p, w->module, node, text,
		    "the arguments of \"%s\" are not taken over; kept as a "
		    "comment",
		    w->module->name);
}

/* Say once what is not the same. */
static void
note(struct plan *p, const struct wanted *w)
{
	const struct farmfile_place *at = &w->module->place;
	size_t i = (size_t)(w->translation - translations);

	if (w->translation->note == NULL || p->noted[i])
		return;
	p->noted[i] = true;
	warning_in(p->problems, at->file, at->line, at->column,
	    "\"%s\" becomes %s: %s", w->translation->name,
	    w->translation->module, w->translation->note);
}

/* What is wanted of a module of the node; translation NULL: nothing. */
static struct wanted
want(struct plan *p, const struct farmfile_module *m)
{
	const struct translation *t = translation_of(m->name);
	struct wanted w = { .module = m, .translation = t, .arguments = "" };

	if (t == NULL)
		return w;
	w.timeouts = (struct farmfile_timeouts){ t->timeout, t->timeout,
		t->timeout };
	if (m->arguments != NULL)
		w.arguments = farmfile_take_timeouts(p->arena, m->arguments,
		    &m->place, &w.timeouts, p->problems);
	if (w.arguments == NULL) {
		w.arguments = "";
		p->result = -1;
	}
	return w;
}

static bool
has_groups(const struct wanted *w)
{
	return w->translation != NULL && w->translation->groups != NULL;
}

/* Can both be one instance? */
static bool
goes_with(const struct wanted *a, const struct wanted *b)
{
	return a == b || (has_groups(a) && has_groups(b) &&
			     a->module->every == b->module->every &&
			     memcmp(&a->timeouts, &b->timeouts,
				 sizeof(a->timeouts)) == 0);
}

static bool
is_wanted(const struct wanted *first, const struct wanted *end,
    const struct translation *t)
{
	const struct wanted *w;

	for (w = first; w < end; w++)
		if (w->translation == t && goes_with(first, w))
			return true;
	return false;
}

/*
 * "groups: [load, net]" of `first' and all that go with it, always in the same
 * order, so that nodes that list them in another one share the instance.
 */
static void
put_groups(
    struct buffer *b, const struct wanted *first, const struct wanted *end)
{
	const char *between = "groups: [";
	size_t i;

	for (i = 0; has_groups(first) && i < N_TRANSLATIONS; i++)
		if (is_wanted(first, end, &translations[i])) {
			buffer_printf(
			    b, "%s%s", between, translations[i].groups);
			between = ", ";
		}
	buffer_puts(b, has_groups(first) ? "]\n" : "");
}

/* "timeout: 4s" of icmp, which has to be over before the next run. */
static void
put_wait(struct buffer *b, uint32_t wait, uint32_t every)
{
	if (wait == 0)
		return;
	buffer_puts(b, "timeout: ");
	duration_print(
	    b, every > wait ? wait * NS_PER_S : every * NS_PER_S / 2);
	buffer_putc(b, '\n');
}

/* One instance for `first' and for those behind it that go with it. */
static void
plan_instance(struct plan *p, struct wanted *first, const struct wanted *end,
    const struct fold_name *node)
{
	const struct translation *t = first->translation;
	struct buffer text = BUFFER_INIT;
	struct import_item *item;
	struct wanted *w;

	buffer_puts(&text, "every: ");
	put_every(&text, first->module->every);
	buffer_putc(&text, '\n');
	put_groups(&text, first, end);
	buffer_puts(&text, t->options == NULL ? "" : t->options);
	put_wait(&text, t->wait, first->module->every);
	for (w = first; w < end; w++) {
		if (w->done || !goes_with(first, w))
			continue;
		w->done = w != first;
		note(p, w);
		if (w->translation->list != NULL)
			put_list(&text, w->translation->list, w->arguments,
			    p->arena);
		else if (w->arguments[0] != '\0')
			leave_arguments(p, w, node);
	}
	if (has_timeout(&first->timeouts)) {
		put_lifetime(&text, &first->timeouts);
		buffer_putc(&text, '\n');
	}
	first->done = true;
	item = item_get(p, t->module, keep(p, &text));
	if (item != NULL)
		item_add(p, item, node);
}

static void
plan_node(
    struct plan *p, const struct farmfile_node *n, const struct fold_name *node)
{
	struct wanted all[FARMFILE_MODULES_MAX];
	const struct farmfile_module *m;
	size_t i, count = 0;

	for (m = n->modules; m != NULL; m = m->next)
		all[count++] = want(p, m);
	for (i = 0; i < count; i++)
		if (all[i].translation == NULL)
			leave_module(p, all[i].module, node);
		else if (!all[i].done)
			plan_instance(p, &all[i], &all[count], node);
}

/* --- nodes and clusters --- */

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const struct fold_name *)a)->name,
	    ((const struct fold_name *)b)->name);
}

/* An alias is what the node is called, its name is what is contacted. */
static void
name_node(struct plan *p, const struct farmfile_node *n, struct fold_name *ret)
{
	struct fold_name **found;

	ret->name = n->name;
	if (n->alias != NULL && strcmp(n->alias, n->name) != 0) {
		ret->name = n->alias;
		ret->address = n->name;
	}
	found = tsearch(ret, &p->names, compare_names);
	if (found == NULL) {
		(void)out_of_memory(p);
	} else if (*found != ret) {
		p->result = -1;
		problem_in(p->problems, n->place.file, n->place.line,
		    n->place.column,
		    "two nodes of cluster \"%s\" are called \"%s\"; give each "
		    "an alias of its own",
		    p->cluster->name, ret->name);
	}
}

static void
plan_nodes(struct plan *p, const struct farmfile_cluster *c)
{
	const struct farmfile_node *n;
	struct fold_name *nodes = arena_array(
	    p->arena, c->n_nodes, sizeof(*nodes));
	size_t i = 0;

	if (nodes == NULL) {
		(void)out_of_memory(p);
		return;
	}
	p->cluster->nodes = nodes;
	p->cluster->n_nodes = c->n_nodes;
	for (n = c->nodes; n != NULL; n = n->next) {
		name_node(p, n, &nodes[i]);
		plan_node(p, n, &nodes[i++]);
	}
}

static void
leave_external(struct plan *p, const struct farmfile_cluster *c)
{
	const struct farmfile_module *m = c->external;
	struct buffer text = BUFFER_INIT;

	buffer_printf(&text, "not there yet: *%s{%s, %s,%s} every ", c->name,
	    m->name, m->node, m->arguments);
	put_every(&text, m->every);
	p->cluster->fed = keep(p, &text);
	warning_in(p->problems, m->place.file, m->place.line, m->place.column,
	    "farmd has nothing for a cluster fed by \"%s\" yet; kept as a "
	    "comment",
	    m->name);
}

/* The tree of names and items belongs to the arena. */
static void
leave(void *item)
{
	(void)item;
}

static int
plan_cluster(struct plan *p, const struct farmfile_cluster *c)
{
	p->cluster = arena_alloc(p->arena, sizeof(*p->cluster));
	if (p->cluster == NULL)
		return out_of_memory(p);
	p->cluster->name = c->name;
	p->last = &p->cluster->items;
	if (c->external != NULL)
		leave_external(p, c);
	else if (c->n_nodes == 0)
		warning_in(p->problems, c->place.file, c->place.line,
		    c->place.column,
		    "cluster \"%s\" has no nodes; kept as a comment", c->name);
	plan_nodes(p, c);
	tdestroy(p->items, leave);
	tdestroy(p->names, leave);
	p->items = NULL;
	p->names = NULL;
	memset(p->counts, 0, sizeof(p->counts));
	return 0;
}

/* -1 if memory is out. */
static int
plan_listener(struct plan *p, const struct farmfile_module *m,
    struct import_cluster ***last)
{
	struct buffer text = BUFFER_INIT;
	const char *lifetime;

	if (has_timeout(&m->timeouts)) {
		put_lifetime(&text, &m->timeouts);
		buffer_putc(&text, '\n');
	}
	lifetime = keep(p, &text);
	if (lifetime == NULL)
		return -1;
	**last = import_listener(p->arena, m, lifetime, p->problems);
	if (**last == NULL)
		return out_of_memory(p);
	*last = &(**last)->next;
	return 0;
}

static int
leave_farm(
    struct plan *p, const struct farmfile_module *m, struct import_item *item)
{
	struct buffer text = BUFFER_INIT;

	buffer_puts(&text, "not there yet, for the whole farm: ^");
	put_module(&text, m);
	if (has_timeout(&m->timeouts)) {
		buffer_puts(&text, ", ");
		put_lifetime(&text, &m->timeouts);
	}
	item->options = keep(p, &text);
	warning_in(p->problems, m->place.file, m->place.line, m->place.column,
	    "farmd has nothing for \"^%s\" yet; kept as a comment", m->name);
	return item->options == NULL ? -1 : 0;
}

int
import_plan(struct arena *arena, const struct farmfile *tree,
    struct import *ret, struct problems *problems)
{
	bool noted[N_TRANSLATIONS] = { false };
	struct plan p = {
		.arena = arena, .problems = problems, .noted = noted
	};
	struct import import = { .of = "a farm configuration of MonALISA" };
	struct import_cluster **last_cluster = &import.clusters;
	struct import_item **last_item = &import.farm;
	const struct farmfile_cluster *c;
	const struct farmfile_module *m;

	for (c = tree->clusters; c != NULL; c = c->next) {
		if (plan_cluster(&p, c) < 0)
			return -1;
		*last_cluster = p.cluster;
		last_cluster = &p.cluster->next;
	}
	for (m = tree->modules; m != NULL; m = m->next) {
		if (import_is_listener(m)) {
			if (plan_listener(&p, m, &last_cluster) < 0)
				return -1;
			continue;
		}
		*last_item = arena_alloc(arena, sizeof(**last_item));
		if (*last_item == NULL)
			return out_of_memory(&p);
		if (leave_farm(&p, m, *last_item) < 0)
			return -1;
		last_item = &(*last_item)->next;
	}
	if (p.result == 0)
		*ret = import;
	return p.result;
}
