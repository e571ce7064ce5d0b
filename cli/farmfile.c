#include "farmfile.h"

#include <ctype.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "name.h"
#include "utf8.h"

/* The longest interval that farmd takes: 366 days. */
#define EVERY_MAX (366 * 86400)

/* A part of a line. */
struct span {
	const char *text;
	size_t length;
};

struct farmfile_parser {
	struct arena *arena;
	struct problems *problems;
	struct farmfile tree;
	struct farmfile_cluster **last_cluster;
	struct farmfile_module **last_module;
	/* What is there already, by name, for search.h. */
	void *clusters;
	void *nodes;

	/* Where the file is being read. */
	struct farmfile_place place;
	const char *line; /* with its blanks, for columns */
	struct farmfile_cluster *cluster;
	struct farmfile_node *node;
	const char *fed; /* the cluster whose nodes are ignored; else NULL */
	bool lost;       /* the "*" line was wrong: its nodes are passed over */
};

/* A cluster or a node, in order to find it again. */
struct known {
	const struct farmfile_cluster *cluster; /* NULL: of a cluster */
	const char *name;
	void *item;
};

/* --- places and complaints --- */

static struct farmfile_place
place_of(const struct farmfile_parser *p, const char *at)
{
	struct farmfile_place place = p->place;

	place.column = (uint32_t)(at - p->line) + 1;
	return place;
}

#define ERROR_AT(LIST, PLACE, ...)                                             \
	problem_in(                                                            \
	    LIST, (PLACE).file, (PLACE).line, (PLACE).column, __VA_ARGS__)
#define WARNING_AT(LIST, PLACE, ...)                                           \
	warning_in(                                                            \
	    LIST, (PLACE).file, (PLACE).line, (PLACE).column, __VA_ARGS__)
#define ERROR(P, AT, ...) ERROR_AT((P)->problems, place_of(P, AT), __VA_ARGS__)
#define WARNING(P, AT, ...)                                                    \
	WARNING_AT((P)->problems, place_of(P, AT), __VA_ARGS__)

static int
out_of_memory(struct farmfile_parser *p)
{
	return ERROR(p, p->line, "out of memory");
}

/* --- parts of lines --- */

static struct span
trim(const char *text, const char *end)
{
	while (text < end && isspace((unsigned char)*text))
		text++;
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	return (struct span){ text, (size_t)(end - text) };
}

static const char *
end_of(struct span s)
{
	return s.text + s.length;
}

static const char *
find(struct span s, char c)
{
	return s.length == 0 ? NULL : memchr(s.text, c, s.length);
}

/* Up to `at', and what comes behind it. */
static struct span
before(struct span s, const char *at)
{
	return trim(s.text, at);
}

static struct span
behind(struct span s, const char *at)
{
	return trim(at + 1, end_of(s));
}

#define SHOW(S) (int)((S).length < 100 ? (S).length : 100), (S).text

static const char *
copy(struct farmfile_parser *p, struct span s)
{
	const char *text = arena_strndup(p->arena, s.text, s.length);

	if (text == NULL)
		(void)out_of_memory(p);
	return text;
}

/* A whole number of seconds, or 0. */
static uint32_t
seconds(struct span s)
{
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < s.length; i++) {
		if (!isdigit((unsigned char)s.text[i]))
			return 0;
		n = n * 10 + (uint32_t)(s.text[i] - '0');
		if (n > EVERY_MAX)
			return 0;
	}
	return n;
}

/* --- NAME{ARGUMENTS}%SECONDS --- */

struct use {
	struct span name;
	struct span arguments; /* text NULL: no braces */
	const char *percent;   /* NULL: none */
	struct span every;     /* behind it */
};

/* "{" at `open': the arguments end at the first "}". */
static int
split_arguments(struct farmfile_parser *p, struct span line, const char *open,
    struct use *ret)
{
	struct span rest = { open, (size_t)(end_of(line) - open) };
	const char *close = find(rest, '}');

	if (close == NULL)
		return ERROR(p, open,
		    "a \"{\" without its \"}\"; write \"%.*s{ARGUMENTS}\"",
		    SHOW(ret->name));
	ret->arguments = (struct span){ open + 1, (size_t)(close - open) - 1 };
	if (find(ret->arguments, '%') != NULL)
		WARNING(p, find(ret->arguments, '%'),
		    "MonALISA cannot read a \"%%\" inside of \"{}\"; taken as "
		    "part of the arguments");
	rest = behind(line, close);
	ret->percent = find(rest, '%');
	if (ret->percent != NULL)
		ret->every = behind(rest, ret->percent);
	rest = before(rest, ret->percent != NULL ? ret->percent : end_of(rest));
	if (rest.length > 0)
		WARNING(p, rest.text,
		    "\"%.*s\" is ignored: the arguments end at the first "
		    "\"}\"",
		    SHOW(rest));
	return 0;
}

static int
split_use(struct farmfile_parser *p, struct span line, struct use *ret)
{
	const char *open = find(line, '{');
	const char *percent = find(line, '%');
	struct use use = { .percent = percent };

	if (percent != NULL && open != NULL && percent < open)
		open = NULL;
	if (open != NULL) {
		use.name = before(line, open);
		if (split_arguments(p, line, open, &use) < 0)
			return -1;
	} else if (percent != NULL) {
		use.name = before(line, percent);
		use.every = behind(line, percent);
	} else {
		use.name = line;
	}
	*ret = use;
	return 0;
}

/* What stands behind "%"; 0 with an error if it is no interval. */
static uint32_t
interval(struct farmfile_parser *p, const struct use *use)
{
	uint32_t every;

	if (use->percent == NULL)
		return FARMFILE_EVERY;
	every = seconds(use->every);
	if (every > 0)
		return every;
	if (find(use->every, '%') != NULL)
		ERROR(p, use->percent,
		    "\"%%%.*s\" is two intervals; write one, such as \"%%%d\"",
		    SHOW(use->every), FARMFILE_EVERY);
	else
		ERROR(p, use->percent,
		    "\"%%%.*s\" is not an interval of 1 to %d seconds; write "
		    "one such as \"%%%d\"",
		    SHOW(use->every), EVERY_MAX, FARMFILE_EVERY);
	return 0;
}

static struct farmfile_module *
module_new(struct farmfile_parser *p, const struct use *use, struct span name,
    struct span arguments, uint32_t every)
{
	struct farmfile_module *m = arena_alloc(p->arena, sizeof(*m));

	if (m == NULL) {
		(void)out_of_memory(p);
		return NULL;
	}
	m->every = every;
	m->place = place_of(p, use->name.text);
	m->name = copy(p, name);
	if (arguments.text != NULL)
		m->arguments = copy(p, arguments);
	return m->name == NULL ||
		       (arguments.text != NULL && m->arguments == NULL)
		   ? NULL
		   : m;
}

/* --- clusters and nodes --- */

static int
compare_known(const void *a, const void *b)
{
	const struct known *x = a;
	const struct known *y = b;

	if (x->cluster != y->cluster)
		return (uintptr_t)x->cluster < (uintptr_t)y->cluster ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* The entry of this name, made if there is none; NULL if memory is out. */
static struct known *
known_get(struct farmfile_parser *p, void **root,
    const struct farmfile_cluster *cluster, const char *name)
{
	struct known *fresh = arena_alloc(p->arena, sizeof(*fresh));
	struct known **found;

	if (fresh == NULL || name == NULL)
		goto fail;
	fresh->cluster = cluster;
	fresh->name = name;
	found = tsearch(fresh, root, compare_known);
	if (found == NULL)
		goto fail;
	return *found;
fail:
	(void)out_of_memory(p);
	return NULL;
}

/* Can it be a name in farmd, where brackets make lists of names? */
static int
check_name(struct farmfile_parser *p, const char *what, struct span name)
{
	struct error err;

	if (name_check(what, name.text, name.length, &err) < 0)
		return ERROR(p, name.text, "%s", err.text);
	return 0;
}

static int
check_node_name(struct farmfile_parser *p, struct span name)
{
	if (find(name, '[') != NULL || find(name, ']') != NULL)
		return ERROR(p, name.text,
		    "the node name \"%.*s\" holds a bracket; write a name "
		    "without",
		    SHOW(name));
	return check_name(p, "node", name);
}

static struct farmfile_cluster *
cluster_get(struct farmfile_parser *p, struct span name, const char *at)
{
	struct known *e = known_get(p, &p->clusters, NULL, copy(p, name));
	struct farmfile_cluster *c;

	if (e == NULL || e->item != NULL)
		return e == NULL ? NULL : e->item;
	c = arena_alloc(p->arena, sizeof(*c));
	if (c == NULL) {
		(void)out_of_memory(p);
		return NULL;
	}
	c->name = e->name;
	c->place = place_of(p, at);
	e->item = c;
	*p->last_cluster = c;
	p->last_cluster = &c->next;
	return c;
}

static struct farmfile_node *
node_get(struct farmfile_parser *p, struct span name)
{
	struct farmfile_cluster *c = p->cluster;
	struct known *e = known_get(p, &p->nodes, c, copy(p, name));
	struct farmfile_node *n;

	if (e == NULL || e->item != NULL)
		return e == NULL ? NULL : e->item;
	n = arena_alloc(p->arena, sizeof(*n));
	if (n == NULL) {
		(void)out_of_memory(p);
		return NULL;
	}
	n->name = e->name;
	n->place = place_of(p, name.text);
	e->item = n;
	*(c->nodes == NULL ? &c->nodes : &c->last_node->next) = n;
	c->last_node = n;
	c->n_nodes++;
	return n;
}

/* --- lines --- */

/* {MODULE, NODE, ARGUMENTS}: the rest is the arguments, as it stands. */
static struct farmfile_module *
external_new(struct farmfile_parser *p, const struct use *use, uint32_t every)
{
	struct span all = use->arguments;
	const char *first = find(all, ',');
	struct span rest, module, node;
	struct span arguments = { "", 0 };
	struct farmfile_module *m;
	const char *second;

	module = before(all, first == NULL ? end_of(all) : first);
	rest = first == NULL ? arguments
			     : (struct span){ first + 1,
				       (size_t)(end_of(all) - first) - 1 };
	second = find(rest, ',');
	node = before(rest, second == NULL ? end_of(rest) : second);
	if (module.length == 0 || node.length == 0) {
		ERROR(p, all.text - 1,
		    "a cluster fed by a module needs its module and node; "
		    "write \"*%.*s{MODULE, NODE, ARGUMENTS}\"",
		    SHOW(use->name));
		return NULL;
	}
	if (second == NULL)
		WARNING(p, all.text - 1,
		    "without arguments MonALISA hands %.*s the word \"null\"; "
		    "taken as no arguments; write \"{%.*s, %.*s, ARGUMENTS}\"",
		    SHOW(module), SHOW(module), SHOW(node));
	else
		arguments = (struct span){ second + 1,
			(size_t)(end_of(all) - second) - 1 };
	m = module_new(p, use, module, arguments, every);
	if (m != NULL && (m->node = copy(p, node)) == NULL)
		return NULL;
	return m;
}

/* What feeds the cluster; NULL if its nodes do, or with an error. */
static struct farmfile_module *
external_of(struct farmfile_parser *p, const struct use *use)
{
	uint32_t every;

	if (use->arguments.text == NULL)
		return NULL;
	every = interval(p, use);
	return every == 0 ? NULL : external_new(p, use, every);
}

static void
feed(struct farmfile_parser *p, struct farmfile_module *external)
{
	struct farmfile_cluster *c = p->cluster;

	if (c->external != NULL)
		WARNING_AT(p->problems, external->place,
		    "takes the place of what feeds cluster \"%s\" since "
		    "%s:%u",
		    c->name, c->external->place.file, c->external->place.line);
	c->external = external;
	p->fed = c->name;
}

/* "*": `line' is behind it. */
static void
cluster_line(struct farmfile_parser *p, struct span line)
{
	struct farmfile_module *external;
	struct use use;

	p->cluster = NULL;
	p->node = NULL;
	p->fed = NULL;
	p->lost = true;
	if (split_use(p, line, &use) < 0)
		return;
	if (use.arguments.text == NULL && use.percent != NULL) {
		WARNING(p, use.percent,
		    "a cluster has no interval; \"%.*s\" is taken as its name",
		    SHOW(line));
		use.name = line;
	}
	if (check_name(p, "cluster", use.name) < 0)
		return;
	external = external_of(p, &use);
	if (use.arguments.text != NULL && external == NULL)
		return;
	p->cluster = cluster_get(p, use.name, line.text);
	p->lost = p->cluster == NULL;
	if (external != NULL && !p->lost)
		feed(p, external);
}

/* Is the line one of those that MonALISA ignores? */
static bool
is_ignored(struct farmfile_parser *p, struct span line)
{
	if (p->fed != NULL)
		WARNING(p, line.text,
		    "\"%.*s\" is ignored, as cluster \"%s\" is fed by a "
		    "module; write a line \"*%s\" before it to give it nodes",
		    SHOW(line), p->fed, p->fed);
	return p->fed != NULL || p->lost;
}

/* The next word; `rest' becomes what is behind it. */
static struct span
word(struct span *rest)
{
	const char *end = rest->text;
	struct span w;

	while (end < end_of(*rest) && !isspace((unsigned char)*end))
		end++;
	w = (struct span){ rest->text, (size_t)(end - rest->text) };
	*rest = trim(end, end_of(*rest));
	return w;
}

static void
set_alias(struct farmfile_parser *p, struct span alias)
{
	struct farmfile_node *n = p->node;

	if (alias.length == 0 || check_node_name(p, alias) < 0)
		return;
	if (n->alias != NULL &&
	    (strlen(n->alias) != alias.length ||
		strncmp(n->alias, alias.text, alias.length) != 0))
		WARNING(p, alias.text,
		    "node \"%s\" was called \"%s\" before; this name wins",
		    n->name, n->alias);
	n->alias = copy(p, alias);
}

/* ">": `line' is behind it. */
static void
node_line(struct farmfile_parser *p, struct span line)
{
	static const char proc_node[] = FARMFILE_CLUSTER;
	struct span name, alias;

	if (is_ignored(p, line))
		return;
	p->node = NULL;
	if (p->cluster == NULL)
		p->cluster = cluster_get(p,
		    (struct span){ proc_node, sizeof(proc_node) - 1 },
		    line.text);
	name = word(&line);
	alias = word(&line);
	if (p->cluster == NULL || check_node_name(p, name) < 0)
		return;
	p->node = node_get(p, name);
	if (p->node == NULL)
		return;
	set_alias(p, alias);
	if (line.length > 0)
		WARNING(p, line.text,
		    "\"%.*s\" is ignored: a node has a name and an alias",
		    SHOW(line));
}

/* The later one wins. */
static void
add_to_node(struct farmfile_parser *p, struct farmfile_module *m)
{
	struct farmfile_module **slot = &p->node->modules;

	while (*slot != NULL && strcmp((*slot)->name, m->name) != 0)
		slot = &(*slot)->next;
	if (*slot != NULL) {
		WARNING_AT(p->problems, m->place,
		    "takes the place of \"%s\" of the same node in %s:%u",
		    m->name, (*slot)->place.file, (*slot)->place.line);
		m->next = (*slot)->next;
	} else if (p->node->n_modules == FARMFILE_MODULES_MAX) {
		ERROR_AT(p->problems, m->place,
		    "node \"%s\" has more than %d modules", p->node->name,
		    FARMFILE_MODULES_MAX);
		return;
	} else {
		p->node->n_modules++;
	}
	*slot = m;
}

static int
check_module_name(struct farmfile_parser *p, struct span line, struct span name)
{
	if (name.length == 0)
		return ERROR(p, line.text,
		    "no module before \"%.*s\"; write \"MODULE%.*s\"",
		    SHOW(line), SHOW(line));
	return 0;
}

static void
module_line(struct farmfile_parser *p, struct span line)
{
	struct farmfile_module *m;
	struct use use;
	uint32_t every;

	if (is_ignored(p, line) || split_use(p, line, &use) < 0 ||
	    check_module_name(p, line, use.name) < 0)
		return;
	if (p->node == NULL) {
		ERROR(p, line.text,
		    "module \"%.*s\" has no node; write a line such as "
		    "\">localhost\" before it",
		    SHOW(use.name));
		return;
	}
	every = interval(p, &use);
	if (every == 0)
		return;
	m = module_new(p, &use, use.name, use.arguments, every);
	if (m != NULL)
		add_to_node(p, m);
}

/* "^": `line' is behind it. */
static void
farm_line(struct farmfile_parser *p, struct span line)
{
	struct farmfile_module *m;
	struct use use;
	uint32_t every = FARMFILE_EVERY;

	if (split_use(p, line, &use) < 0 ||
	    check_module_name(p, line, use.name) < 0)
		return;
	if (use.percent != NULL) {
		every = seconds(use.every);
		if (every == 0) {
			every = FARMFILE_EVERY;
			WARNING(p, use.percent,
			    "\"%%%.*s\" is not an interval of 1 to %d seconds; "
			    "taken as \"%%%u\"",
			    SHOW(use.every), EVERY_MAX, every);
		}
	}
	m = module_new(p, &use, use.name, use.arguments, every);
	if (m != NULL && m->arguments != NULL) {
		m->arguments = farmfile_take_timeouts(p->arena, m->arguments,
		    &m->place, &m->timeouts, p->problems);
		if (m->arguments == NULL)
			return;
	}
	if (m == NULL)
		return;
	*p->last_module = m;
	p->last_module = &m->next;
}

/*
 * Characters that YAML allows nowhere, not even in a comment, or takes for
 * the end of a line: what is kept of the line could not be written.
 */
static bool
is_strange(const char *text, size_t n)
{
	static const char *const some[] = { "\xe2\x80\xa8", "\xe2\x80\xa9",
		"\xef\xbb\xbf", "\xef\xbf\xbe", "\xef\xbf\xbf" };
	const unsigned char *s = (const unsigned char *)text;
	size_t i;

	if (n == 1)
		return (s[0] < 0x20 && s[0] != '\t') || s[0] == 0x7f;
	for (i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		if (n == 3 && memcmp(text, some[i], 3) == 0)
			return true;
	return n == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}

static int
check_text(struct farmfile_parser *p, struct span line)
{
	size_t i, n;

	if (line.length > FARMFILE_LINE_MAX)
		return ERROR(
		    p, line.text, "is longer than %d bytes", FARMFILE_LINE_MAX);
	for (i = 0; i < line.length; i += n) {
		n = utf8_character(line.text + i, line.length - i);
		if (n == 0)
			return ERROR(p, line.text + i,
			    "the byte \\x%02x is not UTF-8; write the file in "
			    "UTF-8",
			    (unsigned char)line.text[i]);
		if (is_strange(line.text + i, n))
			return ERROR(
			    p, line.text + i, "a control character; remove it");
	}
	return 0;
}

static void
parse_line(struct farmfile_parser *p, const char *end)
{
	struct span line = trim(p->line, end);
	struct span inner;

	if (line.length == 0 || line.text[0] == '#')
		return;
	if (line.length == 1) {
		WARNING(p, line.text,
		    "a line of one character is ignored, as by MonALISA");
		return;
	}
	if (check_text(p, line) < 0)
		return;
	inner = trim(line.text + 1, end_of(line));
	if (line.text[0] == '*')
		cluster_line(p, inner);
	else if (line.text[0] == '>')
		node_line(p, inner);
	else if (line.text[0] == '^')
		farm_line(p, inner);
	else
		module_line(p, line);
}

void
farmfile_parse(
    struct farmfile_parser *p, const char *file, const char *bytes, size_t size)
{
	const char *end = bytes + size;
	const char *newline;

	p->place = (struct farmfile_place){ .file = arena_strdup(
						p->arena, file) };
	p->line = bytes;
	p->cluster = NULL;
	p->node = NULL;
	p->fed = NULL;
	p->lost = false;
	if (p->place.file == NULL) {
		(void)out_of_memory(p);
		return;
	}
	if (size > FARMFILE_BYTES_MAX) {
		problem_in(p->problems, file, 0, 0, "is larger than %d MiB",
		    FARMFILE_BYTES_MAX >> 20);
		return;
	}
	/* The mark that some editors put before UTF-8. */
	if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		bytes += 3;
	for (; bytes < end; bytes = newline + 1) {
		newline = memchr(bytes, '\n', (size_t)(end - bytes));
		if (newline == NULL)
			newline = end;
		p->line = bytes;
		p->place.line++;
		parse_line(p, newline);
	}
}

/* --- timeouts --- */

/* NAME=SECONDS of one of the timeouts?  false: another argument. */
static bool
take_timeout(struct span item, const struct farmfile_place *place,
    struct farmfile_timeouts *t, struct problems *problems)
{
	const char *equals = find(item, '=');
	struct span name, value;
	uint32_t *field = NULL;

	if (equals == NULL)
		return false;
	name = before(item, equals);
	value = behind(item, equals);
	if (name.length == 12 && memcmp(name.text, "ParamTimeout", 12) == 0)
		field = &t->parameter;
	if (name.length == 11 && memcmp(name.text, "NodeTimeout", 11) == 0)
		field = &t->node;
	if (name.length == 14 && memcmp(name.text, "ClusterTimeout", 14) == 0)
		field = &t->cluster;
	if (field == NULL)
		return false;
	*field = seconds(value);
	if (*field == 0)
		WARNING_AT(problems, *place,
		    "\"%.*s\" is ignored: not 1 to %d seconds", SHOW(item),
		    EVERY_MAX);
	return true;
}

const char *
farmfile_take_timeouts(struct arena *arena, const char *arguments,
    const struct farmfile_place *place, struct farmfile_timeouts *ret,
    struct problems *problems)
{
	struct buffer rest = BUFFER_INIT;
	const char *end = arguments + strlen(arguments);
	const char *comma, *text;
	struct span item;

	for (; arguments <= end; arguments = comma + 1) {
		comma = memchr(arguments, ',', (size_t)(end - arguments));
		if (comma == NULL)
			comma = end;
		item = trim(arguments, comma);
		if (item.length == 0 ||
		    take_timeout(item, place, ret, problems))
			continue;
		if (rest.size > 0)
			buffer_puts(&rest, ", ");
		buffer_put(&rest, item.text, item.length);
	}
	text = buffer_failed(&rest) ? NULL
				    : arena_strdup(arena, buffer_text(&rest));
	if (text == NULL)
		ERROR_AT(problems, *place, "out of memory");
	buffer_free(&rest);
	return text;
}

/* --- the parser --- */

struct farmfile_parser *
farmfile_parser_new(struct arena *arena, struct problems *problems)
{
	struct farmfile_parser *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->arena = arena;
	p->problems = problems;
	p->last_cluster = &p->tree.clusters;
	p->last_module = &p->tree.modules;
	return p;
}

/* They are the arena's. */
static void
leave(void *known)
{
	(void)known;
}

void
farmfile_parser_free(struct farmfile_parser *p)
{
	if (p == NULL)
		return;
	tdestroy(p->clusters, leave);
	tdestroy(p->nodes, leave);
	free(p);
}

const struct farmfile *
farmfile_tree(const struct farmfile_parser *p)
{
	return &p->tree;
}
