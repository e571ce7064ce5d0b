/* From `access:' to a policy. */
#include "access_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "name.h"
#include "option.h"
#include "yaml.h"

struct class_options {
	struct farm_list users;
	struct farm_list certificates;
	struct farm_list tokens;
	struct farm_list from;
	int64_t finest_ns;
	const struct farm_tree *may;
};

struct rule_options {
	struct farm_list modes;
	const struct farm_tree *match;
};

const struct farm_option access_class_options[] = {
	FARM_OPTION_LIST("users", struct class_options, users, NULL,
	    "users of the Unix socket, by name or number; \"*\": all that may "
	    "open it"),
	FARM_OPTION_LIST("certificates", struct class_options, certificates,
	    NULL, "subjects of client certificates, as in \"CN=alice,O=*\""),
	FARM_OPTION_LIST("tokens", struct class_options, tokens, NULL,
	    "digests of tokens, as farmctl token prints them"),
	FARM_OPTION_LIST("from", struct class_options, from, NULL,
	    "addresses or blocks of them, as in 10.0.0.0/8; \"*\": all; of "
	    "those who show neither certificate nor token"),
	FARM_OPTION_DURATION("finest", struct class_options, finest_ns, "1m",
	    1e9, 366 * 86400e9, "the shortest slots of its summaries"),
	FARM_OPTION_TREE("may", struct class_options, may,
	    "what it may: modes for all series, or rules"),
	FARM_OPTION_END
};

const struct farm_option access_rule_options[] = {
	FARM_OPTION_LIST("modes", struct rule_options, modes, NULL,
	    "latest, live, summary, history, filter, admin"),
	FARM_OPTION_TREE("match", struct rule_options, match,
	    "predicates of the series; all if not given"),
	FARM_OPTION_END
};

struct build {
	struct access *access;
	struct arena *arena;
	struct problems *problems;
};

/* --- who is in a class --- */

static void
no_memory(struct build *b, const struct farm_tree *place)
{
	problem_at(b->problems, place, "out of memory");
}

static void
build_tokens(struct build *b, const struct farm_tree *place,
    const struct farm_list *texts, struct access_class *c)
{
	struct error err;
	size_t i;

	c->tokens = arena_array(b->arena, texts->n, sizeof(*c->tokens));
	if (c->tokens == NULL) {
		no_memory(b, place);
		return;
	}
	for (i = 0; i < texts->n; i++)
		if (token_parse(texts->items[i], &c->tokens[i], &err) < 0)
			problem_at(b->problems, tree_get(place, "tokens"), "%s",
			    err.text);
	c->n_tokens = texts->n;
}

static void
build_subjects(struct build *b, const struct farm_tree *place,
    const struct farm_list *texts, struct access_class *c)
{
	struct error err;
	size_t i;

	c->subjects = arena_array(b->arena, texts->n, sizeof(*c->subjects));
	if (c->subjects == NULL) {
		no_memory(b, place);
		return;
	}
	for (i = 0; i < texts->n; i++)
		if (texts->items[i][0] == '\0')
			problem_at(b->problems, tree_get(place, "certificates"),
			    "an empty subject means nobody");
		else if (pattern_new(&c->subjects[c->n_subjects],
			     texts->items[i], false, &err) < 0)
			problem_at(b->problems, tree_get(place, "certificates"),
			    "%s", err.text);
		else
			c->n_subjects++;
}

static int
find_user(const char *text, uid_t *ret)
{
	struct passwd entry, *found = NULL;
	char room[4096];
	char *end;
	unsigned long number;

	if (getpwnam_r(text, &entry, room, sizeof(room), &found) == 0 &&
	    found != NULL) {
		*ret = entry.pw_uid;
		return 0;
	}
	errno = 0;
	number = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    number >= (uid_t)-1)
		return -1;
	*ret = (uid_t)number;
	return 0;
}

static void
build_users(struct build *b, const struct farm_tree *place,
    const struct farm_list *texts, struct access_class *c)
{
	size_t i;

	c->users = arena_array(b->arena, texts->n, sizeof(*c->users));
	if (c->users == NULL) {
		no_memory(b, place);
		return;
	}
	for (i = 0; i < texts->n; i++)
		if (strcmp(texts->items[i], "*") == 0)
			c->any_user = true;
		else if (find_user(texts->items[i], &c->users[c->n_users]) < 0)
			problem_at(b->problems, tree_get(place, "users"),
			    "there is no user \"%s\"", texts->items[i]);
		else
			c->n_users++;
}

/* "10.0.0.0/8", "::1", "*" */
static int
parse_block(const char *text, struct access_block *ret)
{
	char address[INET6_ADDRSTRLEN] = "";
	size_t length = strcspn(text, "/");
	unsigned long bits;
	unsigned most = 128;
	char *end = NULL;

	*ret = (struct access_block){ .bits = 0 };
	if (strcmp(text, "*") == 0)
		return 0;
	if (length >= sizeof(address))
		return -1;
	memcpy(address, text, length);
	if (inet_pton(AF_INET, address, ret->bytes + 12) == 1) {
		ret->bytes[10] = ret->bytes[11] = 0xff;
		most = 32;
	} else if (inet_pton(AF_INET6, address, ret->bytes) != 1) {
		return -1;
	}
	ret->bits = 128;
	if (text[length] == '\0')
		return 0;
	text += length + 1;
	bits = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || bits > most)
		return -1;
	ret->bits = 128 - most + (unsigned)bits;
	return 0;
}

static void
build_blocks(struct build *b, const struct farm_tree *place,
    const struct farm_list *texts, struct access_class *c)
{
	size_t i;

	c->blocks = arena_array(b->arena, texts->n, sizeof(*c->blocks));
	if (c->blocks == NULL) {
		no_memory(b, place);
		return;
	}
	for (i = 0; i < texts->n; i++)
		if (parse_block(texts->items[i], &c->blocks[i]) < 0)
			problem_at(b->problems, tree_get(place, "from"),
			    "\"%s\" is not an address such as 10.0.0.1 or a "
			    "block such as 10.0.0.0/8",
			    texts->items[i]);
	c->n_blocks = texts->n;
}

/* --- what it may --- */

static int
find_mode(struct build *b, const struct farm_tree *place, const char *text)
{
	const char *names[ACCESS_MODES];
	const char *meant;
	int mode;

	for (mode = 0; mode < ACCESS_MODES; mode++) {
		names[mode] = access_mode_name((enum access_mode)mode);
		if (strcmp(names[mode], text) == 0)
			return mode;
	}
	meant = name_suggest(text, names, ACCESS_MODES);
	return problem_at(b->problems, place, "there is no mode \"%s\"%s%s%s",
	    text, meant != NULL ? "; did you mean \"" : "",
	    meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
}

/* One more predicate of a mode. */
static int
add_rule(struct build *b, struct access_class *c, int mode,
    const struct farm_predicate *rules, size_t n)
{
	size_t have = c->n_rules[mode];
	struct farm_predicate *all = arena_array(
	    b->arena, have + n, sizeof(*all));

	if (all == NULL)
		return -1;
	if (have > 0)
		memcpy(all, c->rules[mode], have * sizeof(*all));
	memcpy(all + have, rules, n * sizeof(*all));
	c->rules[mode] = all;
	c->n_rules[mode] = have + n;
	return 0;
}

/* Names decide: a value or a time would come too late. */
static int
parse_match(struct build *b, const struct farm_tree *tree,
    struct farm_predicate **ret, size_t *ret_n)
{
	size_t i;

	if (predicate_from_tree(b->arena, tree, ret, ret_n, b->problems) < 0)
		return -1;
	for (i = 0; i < *ret_n; i++)
		if ((*ret)[i].n_constraints > 0)
			return problem_at(b->problems, tree,
			    "a rule is about names, not about values");
	return 0;
}

static void
build_rule(struct build *b, const struct farm_tree *tree,
    const struct rule_options *o, struct access_class *c)
{
	static const char *const any[] = { "*" };
	struct farm_predicate all = { .farm = "*",
		.cluster = "*",
		.node = "*",
		.parameters = any,
		.n_parameters = 1 };
	struct farm_predicate *rules = &all;
	size_t n = 1, i;

	if (o->match != NULL && parse_match(b, o->match, &rules, &n) < 0)
		return;
	if (o->modes.n == 0)
		problem_at(b->problems, tree, "a rule names its \"modes\"");
	for (i = 0; i < o->modes.n; i++) {
		int mode = find_mode(b, tree, o->modes.items[i]);

		if (mode < 0)
			continue;
		if (mode == ACCESS_ADMIN && o->match != NULL)
			problem_at(b->problems, tree,
			    "admin is of the whole farm: a rule with it has no "
			    "\"match\"");
		c->all[mode] |= o->match == NULL;
		if (add_rule(b, c, mode, rules, n) < 0)
			no_memory(b, tree);
	}
}

/* {modes: [...], match: ...} */
static void
build_rule_tree(
    struct build *b, const struct farm_tree *tree, struct access_class *c)
{
	struct rule_options o = { .match = NULL };

	if (tree->kind != FARM_MAPPING)
		problem_at(b->problems, tree,
		    "a rule is a mapping such as {modes: [latest], match: "
		    "\"*/hosts/*\"}, not %s",
		    tree_kind_name(tree));
	else if (options_parse(
		     (struct option_table){ .first = access_rule_options },
		     tree, NULL, &o, b->arena, b->problems) == 0)
		build_rule(b, tree, &o, c);
}

/* "latest", [latest, live]: of all series; or rules. */
static void
build_may(struct build *b, const struct farm_tree *tree, struct access_class *c)
{
	struct rule_options o = { .match = NULL };
	const char *const *items;
	size_t i;

	if (tree->kind == FARM_SCALAR) {
		o.modes = (struct farm_list){ &tree->value, 1 };
		build_rule(b, tree, &o, c);
		return;
	}
	if (tree->kind == FARM_MAPPING) {
		build_rule_tree(b, tree, c);
		return;
	}
	for (i = 0; i < tree->n_children; i++) {
		const struct farm_tree *child = tree->children[i];

		items = &child->value;
		o.modes = (struct farm_list){ items, 1 };
		if (child->kind == FARM_SCALAR)
			build_rule(b, child, &o, c);
		else
			build_rule_tree(b, child, c);
	}
}

static void
build_class(
    struct build *b, const struct farm_tree *tree, struct access_class *c)
{
	struct class_options o = { .may = NULL };
	struct error err;
	int mode;

	c->name = arena_strdup(b->arena, tree->key);
	if (c->name == NULL) {
		no_memory(b, tree);
		return;
	}
	if (tree->kind != FARM_MAPPING) {
		problem_at(b->problems, tree,
		    "a class is a mapping of who is in it and what that may, "
		    "not %s",
		    tree_kind_name(tree));
		return;
	}
	if (options_parse(
		(struct option_table){ .first = access_class_options }, tree,
		NULL, &o, b->arena, b->problems) < 0)
		return;
	c->finest_ns = o.finest_ns;
	build_tokens(b, tree, &o.tokens, c);
	build_subjects(b, tree, &o.certificates, c);
	build_users(b, tree, &o.users, c);
	build_blocks(b, tree, &o.from, c);
	if (o.may != NULL)
		build_may(b, o.may, c);
	for (mode = 0; mode < ACCESS_MODES; mode++)
		if (c->n_rules[mode] > 0 &&
		    matcher_new(&c->may[mode], c->rules[mode], c->n_rules[mode],
			&err) < 0)
			problem_at(b->problems, tree, "%s", err.text);
}

struct access *
access_new(const struct farm_tree *tree, struct problems *problems)
{
	struct access *a = calloc(1, sizeof(*a));
	size_t errors = problems->n_errors;
	struct build b = { .access = a, .problems = problems };
	size_t i;

	if (a != NULL) {
		atomic_init(&a->users, 1);
		b.arena = a->arena = arena_new(0);
	}
	if (b.arena != NULL)
		a->classes = arena_array(
		    b.arena, tree->n_children, sizeof(*a->classes));
	if (a == NULL || a->classes == NULL)
		no_memory(&b, tree);
	else if (tree->kind != FARM_MAPPING)
		problem_at(problems, tree,
		    "\"access\" is a mapping of classes of users, not %s",
		    tree_kind_name(tree));
	else
		for (i = 0; i < tree->n_children; i++)
			build_class(
			    &b, tree->children[i], &a->classes[a->n_classes++]);
	if (problems->n_errors == errors)
		return a;
	access_unref(a);
	return NULL;
}
