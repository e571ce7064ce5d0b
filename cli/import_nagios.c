#include "import_nagios.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "nagios_site.h"
#include "slice.h"

/* What nagios.so has if nothing is said. */
#define ATTEMPTS 3
#define TIMEOUT_S 60
#define TIMEOUT_STATE 2

/* An item of a cluster, by what it says. */
struct known {
	const struct import_cluster *cluster;
	const char *text;
	struct import_item *item;
	size_t n; /* of a name: how often it was wanted */
};

struct plan {
	struct arena *arena;
	struct problems *problems;
	const struct nagios_config *config;
	const struct nagios_site *site;
	struct import *import;
	struct import_cluster **last;
	const struct import_cluster *tail_of; /* the cluster of */
	struct import_item **tail;            /* where the next item goes */
	void *items;                          /* struct known, for search.h */
	void *names;                          /* likewise, of instances */
	bool failed;
};

bool
import_is_nagios(const char *bytes, size_t size)
{
	struct slice rest = { bytes, size }, line;
	size_t i;

	while (rest.length > 0) {
		line = slice_cut(&rest, '\n');
		if (line.length == 0 || strchr("#\r \t", line.text[0]) != NULL)
			continue;
		for (i = 0; i < line.length; i++)
			if ((line.text[i] < 'a' || line.text[i] > 'z') &&
			    line.text[i] != '_' && line.text[i] != ' ')
				break;
		return i > 0 && i < line.length && line.text[i] == '=';
	}
	return false;
}

static int
compare(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	if (x->cluster != y->cluster)
		return x->cluster < y->cluster ? -1 : 1;
	return strcmp(x->text, y->text);
}

static void
forget(void *known)
{
	(void)known; /* the arena's */
}

static void *
out_of_memory(struct plan *p)
{
	if (!p->failed)
		(void)problem_in(p->problems, NULL, 0, 0, "out of memory");
	p->failed = true;
	return NULL;
}

/* The one that is there, or a new one; NULL if memory is out. */
static struct known *
know(struct plan *p, void **tree, const struct import_cluster *cluster,
    const char *text)
{
	struct known *fresh = arena_alloc(p->arena, sizeof(*fresh)), **found;

	if (fresh == NULL || text == NULL)
		return out_of_memory(p);
	*fresh = (struct known){ .cluster = cluster, .text = text };
	found = tsearch(fresh, tree, compare);
	return found == NULL ? out_of_memory(p) : *found;
}

/* -------------------------------------------------------------- clusters -- */

static struct import_cluster *
cluster_of(struct plan *p, const char *name)
{
	struct import_cluster *c;

	for (c = p->import->clusters; c != NULL; c = c->next)
		if (strcmp(c->name, name) == 0)
			return c;
	c = arena_alloc(p->arena, sizeof(*c));
	if (c == NULL)
		return out_of_memory(p);
	*c = (struct import_cluster){ .name = name };
	*p->last = c;
	p->last = &c->next;
	return c;
}

static void
count_node(struct plan *p, const struct nagios_host *h)
{
	struct import_cluster *c = cluster_of(p, h->cluster);

	if (c != NULL)
		c->n_nodes++;
	if (strpbrk(h->name, "[]") == NULL)
		return;
	p->failed = true;
	(void)problem_in(p->problems, NULL, 0, 0,
	    "a host called \"%s\" cannot be said: brackets stand for numbers",
	    h->name);
}

static void
add_node(struct plan *p, const struct nagios_host *h)
{
	struct import_cluster *c = cluster_of(p, h->cluster);

	c->nodes[c->n_nodes++] = (struct fold_name){ h->name,
		strcmp(h->name, h->address) == 0 ? NULL : h->address };
}

static void
plan_clusters(struct plan *p)
{
	const struct nagios_host *h;
	struct import_cluster *c;

	for (h = p->site->hosts; h != NULL && !p->failed; h = h->next)
		count_node(p, h);
	for (c = p->import->clusters; c != NULL && !p->failed; c = c->next) {
		c->nodes = arena_array(p->arena, c->n_nodes, sizeof(*c->nodes));
		c->n_nodes = 0;
		if (c->nodes == NULL)
			(void)out_of_memory(p);
	}
	for (h = p->site->hosts; h != NULL && !p->failed; h = h->next)
		add_node(p, h);
}

/* ----------------------------------------------------------------- words -- */

static void
put_duration(struct buffer *b, const char *key, int64_t seconds)
{
	buffer_printf(b, "%s: ", key);
	duration_print(b, seconds * NS_PER_S);
	buffer_putc(b, '\n');
}

static void
put_text(struct buffer *b, const char *key, const char *text)
{
	buffer_printf(b, "%s: ", key);
	import_scalar(b, text);
	buffer_putc(b, '\n');
}

static const char *
service_of(const struct nagios_check *c)
{
	return c->service == NULL ? NAGIOS_HOST_CHECK : c->service;
}

/* Does the check speak of the macro? */
static bool
uses(struct plan *p, const struct nagios_check *c, const char *macro)
{
	const char *text = arena_printf(p->arena, "$%s$", macro);
	bool found;

	if (text == NULL)
		return out_of_memory(p) != NULL;
	found = strstr(c->command, text) != NULL;
	for (size_t i = 0; i < c->args.n; i++)
		found |= strstr(c->args.items[i], text) != NULL;
	return found;
}

static void
put_macro(struct plan *p, struct buffer *b, const struct nagios_check *c,
    const char *macro, const char *text, bool *first)
{
	if (!uses(p, c, macro))
		return;
	buffer_puts(b, *first ? "macros: {" : ", ");
	import_scalar(b, macro);
	buffer_puts(b, ": ");
	import_scalar(b, text);
	*first = false;
}

/* Of what a host has beside its name and address, what the check wants. */
static void
put_macros(struct plan *p, struct buffer *b, const struct nagios_check *c)
{
	bool first = true;

	if (strcmp(c->host->alias, c->host->name) != 0)
		put_macro(p, b, c, "HOSTALIAS", c->host->alias, &first);
	if (strcmp(c->host->display, c->host->name) != 0)
		put_macro(p, b, c, "HOSTDISPLAYNAME", c->host->display, &first);
	if (strcmp(c->display, service_of(c)) != 0)
		put_macro(p, b, c, "SERVICEDISPLAYNAME", c->display, &first);
	for (size_t i = 0; i < c->custom.n; i++)
		put_macro(p, b, c, c->custom.pairs[i].key,
		    c->custom.pairs[i].value, &first);
	if (!first)
		buffer_puts(b, "}\n");
}

static void
put_times(struct buffer *b, const struct nagios_config *config,
    const struct nagios_check *c)
{
	int64_t timeout_s = c->host_check ? config->host_timeout_s
					  : config->service_timeout_s;

	put_duration(
	    b, "every", c->retry_s < c->every_s ? c->retry_s : c->every_s);
	if (c->retry_s < c->every_s)
		put_duration(b, "settled", c->every_s);
	if (c->attempts != ATTEMPTS)
		buffer_printf(b, "attempts: %lld\n", (long long)c->attempts);
	if (timeout_s != TIMEOUT_S)
		put_duration(b, "timeout", timeout_s);
	if (config->timeout_state != TIMEOUT_STATE)
		buffer_printf(b, "timeout_state: %s\n",
		    config->timeout_state == 0   ? "ok"
		    : config->timeout_state == 1 ? "warning"
						 : "unknown");
}

/* All that it says but its name. */
static const char *
options_of(struct plan *p, const struct nagios_check *c)
{
	struct buffer b = BUFFER_INIT;
	const char *text = NULL;

	put_times(&b, p->config, c);
	put_text(&b, "service", service_of(c));
	put_text(&b, "command", c->command);
	if (c->args.n > 0)
		buffer_puts(&b, "args: [");
	for (size_t i = 0; i < c->args.n; i++) {
		buffer_puts(&b, i > 0 ? ", " : "");
		import_scalar(&b, c->args.items[i]);
	}
	if (c->args.n > 0)
		buffer_puts(&b, "]\n");
	put_macros(p, &b, c);
	buffer_puts(&b, "shell: as_needed\n");
	if (p->config->resource_file != NULL)
		put_text(&b, "resource", p->config->resource_file);
	if (!buffer_failed(&b))
		text = arena_strdup(p->arena, buffer_text(&b));
	buffer_free(&b);
	return text;
}

/* ---------------------------------------------------------------- checks -- */

/* CLUSTER/SERVICE, with a number where that is taken. */
static const char *
name_of(
    struct plan *p, const struct import_cluster *cluster, const char *service)
{
	const char *base = arena_printf(
	    p->arena, "%s/%s", cluster->name, service);
	const char *name = base;
	struct known *first = know(p, &p->names, NULL, base);
	struct known *taken = first;

	while (taken != NULL && taken->n > 0) {
		name = arena_printf(p->arena, "%s-%zu", base, ++first->n);
		taken = know(p, &p->names, NULL, name);
	}
	if (taken == NULL)
		return NULL;
	taken->n = 1;
	return name;
}

static struct import_item *
new_item(struct plan *p, struct import_cluster *cluster,
    const struct nagios_check *c, const char *options)
{
	struct import_item *item = arena_alloc(p->arena, sizeof(*item));
	const char *name = name_of(p, cluster, service_of(c));
	struct buffer b = BUFFER_INIT;

	if (item == NULL || name == NULL)
		return out_of_memory(p);
	put_text(&b, "name", name);
	buffer_puts(&b, options);
	*item = (struct import_item){ .module = "nagios",
		.options = buffer_failed(&b)
			       ? NULL
			       : arena_strdup(p->arena, buffer_text(&b)) };
	buffer_free(&b);
	if (item->options == NULL)
		return out_of_memory(p);
	if (p->tail_of != cluster)
		for (p->tail = &cluster->items; *p->tail != NULL;)
			p->tail = &(*p->tail)->next;
	p->tail_of = cluster;
	*p->tail = item;
	p->tail = &item->next;
	return item;
}

static void
add_check(struct plan *p, const struct nagios_check *c)
{
	struct import_cluster *cluster = cluster_of(p, c->host->cluster);
	struct known *known = cluster == NULL ? NULL
					      : know(p, &p->items, cluster,
						    options_of(p, c));

	if (known == NULL)
		return;
	if (known->item == NULL)
		known->item = new_item(p, cluster, c, known->text);
	if (known->item != NULL &&
	    import_item_add(p->arena, known->item,
		&(struct fold_name){ c->host->name, NULL }) != 0)
		(void)out_of_memory(p);
}

static void
note_passive(struct plan *p)
{
	struct import_item *item = arena_alloc(p->arena, sizeof(*item));

	if (p->site->n_passive == 0)
		return;
	if (item != NULL)
		item->options = arena_printf(p->arena,
		    "not here: %zu services that are not run, but told of",
		    p->site->n_passive);
	if (item == NULL || item->options == NULL)
		(void)out_of_memory(p);
	else
		p->import->farm = item;
}

static void
plan(struct plan *p)
{
	const struct nagios_check *c;

	plan_clusters(p);
	for (c = p->site->checks; c != NULL && !p->failed; c = c->next)
		add_check(p, c);
	note_passive(p);
}

int
import_nagios(struct arena *arena, const char *path, struct import *ret,
    struct problems *problems)
{
	struct import import = { .of = "the configuration of Nagios" };
	struct nagios_config config;
	struct nagios_site site;
	struct plan p = { .arena = arena,
		.problems = problems,
		.config = &config,
		.site = &site,
		.import = &import,
		.last = &import.clusters };

	if (nagios_config_read(&config, arena, path, problems) != 0 ||
	    nagios_site_make(&site, arena, &config, problems) != 0)
		return -1;
	plan(&p);
	tdestroy(p.items, forget);
	tdestroy(p.names, forget);
	*ret = import;
	return p.failed ? -1 : 0;
}
