#include "nagios_site.h"

#include <math.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "nagios_inherit.h"
#include "slice.h"

/* $ARG1$ to this one. */
#define ARGS_MAX 32
/* Groups that are members of groups, how deep. */
#define GROUPS_DEEP 32
#define EVERY_MAX_S 86400.0
/* Hosts in groups, in all. */
#define MEMBERSHIPS_MAX 10000000

/* What is found by its name. */
struct named {
	const char *name; /* first, for compare() */
};

struct command {
	const char *name;
	const char *line;
};

/* A host while the site is made. */
struct member {
	const char *name;
	struct nagios_host *host;
	const struct nagios_object *object;
	size_t taken; /* by the service of this number; */
	size_t left;  /* left out by it */
};

struct group {
	const char *name;
	const struct nagios_object *object;
	struct member **members;
	size_t n;
	size_t capacity;
	size_t own;  /* members that are not those of other groups */
	size_t seen; /* when joined to the group of this number */
	struct group *next;
};

struct making {
	struct nagios_site *site;
	struct nagios_host **last_host;
	struct nagios_check **last_check;
	struct arena *arena;
	struct problems *problems;
	struct nagios_templates *templates;
	const struct nagios_config *config;
	void *hosts; /* for search.h, as the next ones */
	void *groups;
	void *commands;
	void *pairs; /* of hosts and services that are there */
	struct member *all;
	size_t n_all;
	struct group *first;
	struct group **last;
	struct member **chosen; /* by the service at hand */
	size_t n_chosen;
	size_t number; /* of that service, or group, from 1 */
	size_t n_memberships;
	size_t n_pairs; /* of hosts and services */
	bool full;      /* more than can be is wanted */
	const struct nagios_object *object;
};

static int
compare(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
forget(void *item)
{
	(void)item; /* the arena's */
}

__attribute__((format(printf, 2, 3))) static int
wrong(struct making *m, const char *format, ...)
{
	struct error err;
	va_list args;

	va_start(args, format);
	(void)error_vset(&err, format, args);
	va_end(args);
	return problem_in(
	    m->problems, m->object->file, m->object->line, 1, "%s", err.text);
}

static void *
find(void *const *tree, const char *name)
{
	const struct named wanted = { name };
	void *found = tfind(&wanted, tree, compare);

	return found == NULL ? NULL : *(void **)found;
}

/* False if there is one already, or memory is out. */
static bool
insert(struct making *m, void **tree, void *item)
{
	void *found = tsearch(item, tree, compare);

	if (found == NULL)
		(void)wrong(m, "out of memory");
	return found != NULL && *(void **)found == item;
}

static void *new (struct making *m, size_t size)
{
	void *p = arena_alloc(m->arena, size);

	if (p == NULL)
		(void)wrong(m, "out of memory");
	return p;
}

static const char *
value(struct making *m, const char *name)
{
	return nagios_value(m->templates, m->object, name);
}

static const char *
value_or(struct making *m, const char *name, const char *fallback)
{
	const char *text = value(m, name);

	return text == NULL || text[0] == '\0' ? fallback : text;
}

static bool
is_registered(const struct nagios_object *o)
{
	const struct nagios_directive *d = nagios_directive(o, "register");

	return d == NULL || strcmp(d->value, "0") != 0;
}

/* The next of "a, b,c"; NULL at the end. */
static const char *
next_item(struct making *m, struct slice *rest)
{
	const char *copy;
	struct slice s;

	while (rest->length > 0) {
		s = nagios_trim(slice_cut(rest, ','));
		if (s.length == 0)
			continue;
		copy = arena_strndup(m->arena, s.text, s.length);
		if (copy == NULL)
			(void)wrong(m, "out of memory");
		return copy;
	}
	return NULL;
}

static struct slice
list_of(const char *text)
{
	return (struct slice){ text, text == NULL ? 0 : strlen(text) };
}

/* ----------------------------------------------------- hosts and commands --
 */

static void
add_host(struct making *m)
{
	const char *name = value(m, "host_name");
	struct nagios_host *h;
	struct member *one;

	if (name == NULL || name[0] == '\0') {
		(void)wrong(m, "a host without host_name");
		return;
	}
	h = new (m, sizeof(*h));
	one = &m->all[m->n_all];
	if (h == NULL)
		return;
	*one = (struct member){ .name = name, .host = h, .object = m->object };
	if (!insert(m, &m->hosts, one)) {
		(void)wrong(m, "there is a host \"%s\" already", name);
		return;
	}
	m->n_all++;
	*h = (struct nagios_host){ .name = name,
		.alias = value_or(m, "alias", name),
		.display = value_or(m, "display_name", name),
		.address = value_or(m, "address", name) };
	(void)nagios_custom(m->templates, m->object, "_HOST", &h->custom);
	*m->last_host = h;
	m->last_host = &h->next;
	m->site->n_hosts++;
}

static void
add_command(struct making *m)
{
	struct command *c = new (m, sizeof(*c));

	if (c == NULL)
		return;
	*c = (struct command){ value(m, "command_name"),
		value(m, "command_line") };
	if (c->name == NULL || c->line == NULL)
		(void)wrong(m, "a command without command_name or "
			       "command_line");
	else if (!insert(m, &m->commands, c))
		warning_in(m->problems, m->object->file, m->object->line, 1,
		    "there is a command \"%s\" already; the first one counts",
		    c->name);
}

/* ---------------------------------------------------------------- groups -- */

static void
add_group(struct making *m)
{
	struct group *g = new (m, sizeof(*g));

	if (g == NULL)
		return;
	*g = (struct group){ .name = value(m, "hostgroup_name"),
		.object = m->object };
	if (g->name == NULL || g->name[0] == '\0') {
		(void)wrong(m, "a group without hostgroup_name");
		return;
	}
	if (!insert(m, &m->groups, g)) {
		(void)wrong(m, "there is a group \"%s\" already", g->name);
		return;
	}
	*m->last = g;
	m->last = &g->next;
}

static void
join(struct making *m, struct group *g, struct member *one)
{
	size_t capacity = g->capacity == 0 ? 4 : 2 * g->capacity;
	struct member **grown;

	if (m->full || m->n_memberships++ == MEMBERSHIPS_MAX) {
		m->full = m->full || wrong(m, "more than %d members of groups",
					 MEMBERSHIPS_MAX) != 0;
		return;
	}
	if (g->n == g->capacity) {
		grown = arena_grow(m->arena, g->members,
		    g->capacity * sizeof(*grown), capacity * sizeof(*grown));
		if (grown == NULL) {
			(void)wrong(m, "out of memory");
			return;
		}
		g->members = grown;
		g->capacity = capacity;
	}
	g->members[g->n++] = one;
	if (one->host->cluster == NULL)
		one->host->cluster = g->name;
}

static void
join_members(struct making *m, struct group *g)
{
	struct slice rest = list_of(value(m, "members"));
	const char *name;
	struct member *one;

	while ((name = next_item(m, &rest)) != NULL) {
		if (strcmp(name, "*") == 0) {
			for (size_t i = 0; i < m->n_all; i++)
				join(m, g, &m->all[i]);
			continue;
		}
		one = find(&m->hosts, name);
		if (one == NULL)
			(void)wrong(m, "there is no host \"%s\"", name);
		else
			join(m, g, one);
	}
}

/* Those of its groups, and of theirs, each once. */
static void
join_groups(
    struct making *m, struct group *to, const struct group *of, int depth)
{
	const char *list = nagios_value(
	    m->templates, of->object, "hostgroup_members");
	struct slice rest = list_of(list);
	const char *name;
	struct group *g;

	if (depth > GROUPS_DEEP) {
		(void)wrong(m, "groups are members of groups more than %d deep",
		    GROUPS_DEEP);
		return;
	}
	while ((name = next_item(m, &rest)) != NULL) {
		g = find(&m->groups, name);
		if (g == NULL)
			(void)wrong(m, "there is no group \"%s\"", name);
		if (g == NULL || g->seen == m->number)
			continue;
		g->seen = m->number;
		for (size_t i = 0; i < g->own; i++)
			join(m, to, g->members[i]);
		join_groups(m, to, g, depth + 1);
	}
}

static void
join_own(struct making *m, struct member *one)
{
	struct slice rest = list_of(value(m, "hostgroups"));
	const char *name;
	struct group *g;

	while ((name = next_item(m, &rest)) != NULL) {
		g = find(&m->groups, name);
		if (g == NULL)
			(void)wrong(m, "there is no group \"%s\"", name);
		else
			join(m, g, one);
	}
}

static void
fill_groups(struct making *m)
{
	struct group *g;

	for (g = m->first; g != NULL; g = g->next) {
		m->object = g->object;
		join_members(m, g);
	}
	for (size_t i = 0; i < m->n_all; i++) {
		m->object = m->all[i].object;
		join_own(m, &m->all[i]);
	}
	for (g = m->first; g != NULL; g = g->next)
		g->own = g->n;
	for (g = m->first; g != NULL; g = g->next) {
		m->object = g->object;
		g->seen = ++m->number;
		join_groups(m, g, g, 0);
	}
	m->number = 0;
	for (size_t i = 0; i < m->n_all; i++)
		if (m->all[i].host->cluster == NULL)
			m->all[i].host->cluster = NAGIOS_CLUSTER;
}

/* ---------------------------------------------------------------- checks -- */

/* check_http!-p 80!a\!b: the command's line, and its arguments. */
static int
split_command(struct making *m, const char *text, struct nagios_check *check)
{
	char *copy = arena_strdup(m->arena, text);
	const char **args = arena_array(m->arena, ARGS_MAX, sizeof(*args));
	const struct command *c;
	size_t n = 0;
	char *to = copy;

	if (copy == NULL || args == NULL)
		return wrong(m, "out of memory");
	for (const char *from = copy; *from != '\0'; from++) {
		if (*from == '!' && n < ARGS_MAX) {
			*to++ = '\0';
			args[n++] = to;
		} else {
			from += from[0] == '\\' && from[1] == '!';
			*to++ = *from;
		}
	}
	*to = '\0';
	c = find(&m->commands, copy);
	if (c == NULL)
		return wrong(m, "there is no command \"%s\"", copy);
	check->command = c->line;
	check->args = (struct farm_list){ args, n };
	return 0;
}

static int64_t
seconds(struct making *m, const char *name, double fallback)
{
	const char *text = value(m, name);
	double n = fallback;
	char *end;

	if (text != NULL) {
		n = strtod(text, &end);
		if (*end != '\0' || end == text || !isfinite(n) || n < 0) {
			(void)wrong(m, "%s: \"%s\" is no number", name, text);
			n = fallback;
		}
	}
	n *= (double)m->config->unit_s;
	return n == 0 ? 0 : (int64_t)fmin(fmax(n, 1), EVERY_MAX_S);
}

static int64_t
attempts(struct making *m)
{
	const char *text = value_or(m, "max_check_attempts", "1");
	char *end;
	long n = strtol(text, &end, 10);

	if (*end != '\0' || n < 1 || n > 1000) {
		(void)wrong(
		    m, "max_check_attempts: \"%s\" is not 1 to 1000", text);
		return 1;
	}
	return n;
}

/* What the definition at hand says of its check; false if it is passive or
   wrong. */
static bool
make_check(struct making *m, struct nagios_check *check)
{
	const char *command = value(m, "check_command");

	*check = (struct nagios_check){
		.every_s = seconds(m, "check_interval", 5),
		.retry_s = seconds(m, "retry_interval", 1),
		.attempts = attempts(m),
		.file = m->object->file,
		.line = m->object->line,
	};
	if (command == NULL || command[0] == '\0' || check->every_s == 0 ||
	    strcmp(value_or(m, "active_checks_enabled", "1"), "0") == 0)
		return false;
	if (check->retry_s == 0)
		check->retry_s = check->every_s;
	return split_command(m, command, check) == 0;
}

static void
put_check(struct making *m, const struct nagios_check *check)
{
	struct nagios_check *copy;

	copy = new (m, sizeof(*copy));
	if (copy == NULL)
		return;
	*copy = *check;
	*m->last_check = copy;
	m->last_check = &copy->next;
	m->site->n_checks++;
}

static void
add_host_check(struct making *m, struct member *one)
{
	struct nagios_check check;

	m->object = one->object;
	if (!make_check(m, &check))
		return;
	check.host = one->host;
	check.custom = one->host->custom;
	check.display = one->host->display;
	check.host_check = true;
	put_check(m, &check);
}

/* -------------------------------------------------------------- services -- */

static void
choose(struct making *m, struct member *one, bool out)
{
	if (out) {
		one->left = m->number;
	} else if (one->taken != m->number) {
		one->taken = m->number;
		m->chosen[m->n_chosen++] = one;
	}
}

static void
choose_group(struct making *m, const char *name, bool out)
{
	const struct group *g = find(&m->groups, name);

	if (g == NULL)
		(void)wrong(m, "there is no group \"%s\"", name);
	for (size_t i = 0; g != NULL && i < g->n; i++)
		choose(m, g->members[i], out);
}

static void
choose_host(struct making *m, const char *name, bool out)
{
	struct member *one = find(&m->hosts, name);

	if (one == NULL)
		(void)wrong(m, "there is no host \"%s\"", name);
	else
		choose(m, one, out);
}

static void
choose_of(struct making *m, const char *list,
    void (*each)(struct making *, const char *name, bool out))
{
	struct slice rest = list_of(list);
	const char *name;
	bool out;

	while ((name = next_item(m, &rest)) != NULL) {
		out = name[0] == '!';
		if (strcmp(name + out, "*") != 0) {
			each(m, name + out, out);
			continue;
		}
		for (size_t i = 0; i < m->n_all; i++)
			choose(m, &m->all[i], out);
	}
}

/* The variables of the service, then those of its host. */
static int
join_custom(struct making *m, const struct farm_map *own,
    const struct nagios_host *h, struct farm_map *ret)
{
	struct farm_pair *pairs;

	if (own->n == 0 || h->custom.n == 0) {
		*ret = own->n == 0 ? h->custom : *own;
		return 0;
	}
	pairs = arena_array(m->arena, own->n + h->custom.n, sizeof(*pairs));
	if (pairs == NULL)
		return wrong(m, "out of memory");
	memcpy(pairs, own->pairs, own->n * sizeof(*pairs));
	memcpy(pairs + own->n, h->custom.pairs, h->custom.n * sizeof(*pairs));
	*ret = (struct farm_map){ pairs, own->n + h->custom.n };
	return 0;
}

/* Is it the first of this name at the host? */
static bool
is_new(struct making *m, const struct nagios_host *h, const char *service)
{
	struct named *pair;

	if (m->n_pairs++ == NAGIOS_CHECKS_MAX)
		m->full = wrong(m, "more than %d services",
			      NAGIOS_CHECKS_MAX) != 0;
	pair = m->full ? NULL : new (m, sizeof(*pair));
	if (pair == NULL)
		return false;
	pair->name = arena_printf(m->arena, "%s\n%s", h->name, service);
	if (pair->name == NULL || !insert(m, &m->pairs, pair)) {
		warning_in(m->problems, m->object->file, m->object->line, 1,
		    "there is a service \"%s\" of \"%s\" already; the first "
		    "one counts",
		    service, h->name);
		return false;
	}
	return true;
}

static void
add_service(struct making *m)
{
	const char *name = value(m, "service_description");
	struct farm_map own = { NULL, 0 };
	struct nagios_check check;
	bool active;

	if (name == NULL || name[0] == '\0') {
		(void)wrong(m, "a service without service_description");
		return;
	}
	m->number++;
	m->n_chosen = 0;
	choose_of(m, value(m, "host_name"), choose_host);
	choose_of(m, value(m, "hostgroup_name"), choose_group);
	active = make_check(m, &check);
	(void)nagios_custom(m->templates, m->object, "_SERVICE", &own);
	check.service = name;
	check.display = value_or(m, "display_name", name);
	for (size_t i = 0; i < m->n_chosen && !m->full; i++) {
		check.host = m->chosen[i]->host;
		if (m->chosen[i]->left == m->number ||
		    !is_new(m, check.host, name))
			continue;
		if (!active)
			m->site->n_passive++;
		else if (join_custom(m, &own, check.host, &check.custom) == 0)
			put_check(m, &check);
	}
}

/* ------------------------------------------------------------------ site -- */

static void
each(struct making *m, const char *type, void (*add)(struct making *))
{
	const struct nagios_object *o;

	for (o = m->config->objects.first; o != NULL && !m->full; o = o->next)
		if (strcmp(o->type, type) == 0 && is_registered(o)) {
			m->object = o;
			add(m);
		}
}

static void
make(struct making *m)
{
	each(m, "command", add_command);
	each(m, "host", add_host);
	each(m, "hostgroup", add_group);
	fill_groups(m);
	for (size_t i = 0; i < m->n_all; i++)
		add_host_check(m, &m->all[i]);
	each(m, "service", add_service);
}

int
nagios_site_make(struct nagios_site *ret, struct arena *arena,
    const struct nagios_config *config, struct problems *problems)
{
	struct nagios_site site = { .hosts = NULL };
	struct making m = { .site = &site,
		.arena = arena,
		.problems = problems,
		.config = config,
		.templates = nagios_templates_new(
		    &config->objects, arena, problems) };
	size_t before = problems->n_errors;

	m.last_host = &site.hosts;
	m.last_check = &site.checks;
	m.last = &m.first;
	m.all = arena_array(arena, config->objects.n + 1, sizeof(*m.all));
	m.chosen = arena_array(
	    arena, config->objects.n + 1, sizeof(struct member *));
	if (m.templates == NULL || m.all == NULL || m.chosen == NULL)
		(void)problem_in(problems, NULL, 0, 0, "out of memory");
	else
		make(&m);
	tdestroy(m.hosts, forget);
	tdestroy(m.groups, forget);
	tdestroy(m.commands, forget);
	tdestroy(m.pairs, forget);
	nagios_templates_free(m.templates);
	*ret = site;
	return problems->n_errors > before ? -1 : 0;
}
