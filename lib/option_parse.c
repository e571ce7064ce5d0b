#include "option_type.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "clock.h"
#include "name.h"
#include "yaml.h"

/* A password, a token or a key; nothing larger is one. */
#define SECRET_BYTES_MAX 65536

/* One value on its way into its field. */
struct parse {
	const struct farm_option *option;
	const struct farm_tree *value;
	void *field;
	struct arena *arena;
	struct problems *problems;
};

#define PROBLEM(P, ...) problem_at((P)->problems, (P)->value, __VA_ARGS__)

static int
out_of_memory(struct parse *p)
{
	return PROBLEM(p, "out of memory");
}

static bool
is_nothing(const struct farm_tree *tree)
{
	return tree->kind == FARM_SCALAR && !tree->quoted &&
	       *tree->value == '\0';
}

/* Put a copy of the text into the field. */
static int
set_text(struct parse *p, const char *text)
{
	const char *copy = arena_strdup(p->arena, text);

	if (copy == NULL)
		return out_of_memory(p);
	memcpy(p->field, &copy, sizeof(copy));
	return 0;
}

static int
set_number(struct parse *p, double number, const void *value)
{
	const struct farm_option *o = p->option;
	struct buffer is = BUFFER_INIT, must = BUFFER_INIT;

	if ((option_has_min(o) && number < o->min) ||
	    (option_has_max(o) && number > o->max)) {
		option_print_number(&is, o, number);
		option_print_bounds(&must, o);
		PROBLEM(p, "\"%s\" is %s; it must be %s", o->name,
		    buffer_text(&is), buffer_text(&must));
		buffer_free(&is);
		buffer_free(&must);
		return -1;
	}
	memcpy(p->field, value, option_type_of(o)->size);
	return 0;
}

static int
set_int64(struct parse *p, int64_t number)
{
	return set_number(p, (double)number, &number);
}

static int
not_such(struct parse *p)
{
	return PROBLEM(p, "\"%s\" must be %s, not \"%s\"", p->option->name,
	    option_type_of(p->option)->must, p->value->value);
}

static int
parse_integer(struct parse *p)
{
	const char *text = p->value->value;
	int64_t number;
	char *end;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (text[strspn(text, "+-0123456789")] != '\0' || end == text ||
	    *end != '\0')
		return not_such(p);
	if (errno == ERANGE)
		return PROBLEM(p, "\"%s\" is %s, which 64 bits do not hold",
		    p->option->name, text);
	return set_int64(p, number);
}

static int
parse_number(struct parse *p)
{
	const char *text = p->value->value;
	double number;
	char *end;

	number = strtod(text, &end);
	/* strtod() would also take "nan", "inf" and "0x1p3". */
	if (text[strspn(text, "+-.0123456789eE")] != '\0' || end == text ||
	    *end != '\0' || !isfinite(number))
		return not_such(p);
	return set_number(p, number, &number);
}

static int
parse_quantity(
    struct parse *p, int (*parse)(const char *, int64_t *, struct error *))
{
	struct error err;
	int64_t number;

	if (parse(p->value->value, &number, &err) != 0)
		return PROBLEM(p, "\"%s\": %s", p->option->name, err.text);
	return set_int64(p, number);
}

static int
parse_boolean(struct parse *p)
{
	static const char *const words[] = { "false", "true", "no", "yes",
		"off", "on" };
	size_t i;
	bool truth;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(p->value->value, words[i]) != 0)
			continue;
		truth = i % 2 == 1;
		memcpy(p->field, &truth, sizeof(truth));
		return 0;
	}
	return not_such(p);
}

static int
parse_enum(struct parse *p)
{
	const char *choice, *text = p->value->value;
	struct buffer choices = BUFFER_INIT;
	size_t length = 0;
	int i;

	for (i = 0; (choice = option_choice(p->option, (size_t)i, &length));
	     i++) {
		if (strlen(text) != length || memcmp(choice, text, length) != 0)
			continue;
		memcpy(p->field, &i, sizeof(i));
		return 0;
	}
	option_print_choices(&choices, p->option);
	PROBLEM(p, "\"%s\" must be %s, not \"%s\"", p->option->name,
	    buffer_text(&choices), text);
	buffer_free(&choices);
	return -1;
}

/* The path, from the folder of the file that names it. */
static char *
absolute(struct parse *p, const char *path)
{
	const char *file = p->value->file == NULL ? "" : p->value->file;
	const char *slash = strrchr(file, '/');
	int folder = slash == NULL ? 0 : (int)(slash - file) + 1;
	char *here, *ret;

	if (*path == '/')
		return arena_strdup(p->arena, path);
	if (*file == '/')
		return arena_printf(p->arena, "%.*s%s", folder, file, path);
	here = getcwd(NULL, 0);
	if (here == NULL)
		return NULL;
	ret = arena_printf(p->arena, "%s/%.*s%s",
	    strcmp(here, "/") == 0 ? "" : here, folder, file, path);
	free(here);
	return ret;
}

static int
parse_path(struct parse *p)
{
	const char *path = p->value->value;

	if (*path != '\0') {
		path = absolute(p, path);
		if (path == NULL)
			return PROBLEM(p, "\"%s\": the working directory: %m",
			    p->option->name);
	}
	memcpy(p->field, &path, sizeof(path));
	return 0;
}

/* All bytes of a small file; errno says why not. */
static int
small_file_read(const char *path, struct buffer *text)
{
	char *room;
	ssize_t n = -1;
	int fd, saved;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	errno = EFBIG;
	while ((room = buffer_room(text, 4096)) != NULL) {
		n = read(fd, room, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		buffer_added(text, (size_t)n);
		errno = EFBIG;
	}
	saved = errno;
	(void)close(fd);
	errno = saved;
	return room == NULL || n < 0 ? -1 : 0;
}

/* Nothing here may quote the value: it is the secret. */
static int
parse_secret(struct parse *p)
{
	struct buffer text = { .limit = SECRET_BYTES_MAX };
	const char *value = p->value->value, *path;
	int result;

	if (strncmp(value, "file:", 5) != 0)
		return set_text(p, value);
	path = absolute(p, value + 5);
	if (path == NULL)
		return out_of_memory(p);
	if (small_file_read(path, &text) != 0) {
		result = PROBLEM(p, "\"%s\": %s: %m", p->option->name, path);
	} else if (strlen(buffer_text(&text)) != text.size) {
		result = PROBLEM(
		    p, "\"%s\": %s: holds a NUL", p->option->name, path);
	} else {
		if (text.size > 0 && text.data[text.size - 1] == '\n')
			text.data[--text.size] = '\0';
		result = set_text(p, buffer_text(&text));
	}
	if (text.data != NULL)
		explicit_bzero(text.data, text.capacity);
	buffer_free(&text);
	return result;
}

static int
parse_address(struct parse *p)
{
	struct farm_address address = {
		.text = "", .scheme = "", .host = "", .path = ""
	};
	struct error err;

	if (*p->value->value != '\0' &&
	    address_parse(p->arena, p->value->value, &address, &err) != 0)
		return PROBLEM(p, "\"%s\": %s", p->option->name, err.text);
	memcpy(p->field, &address, sizeof(address));
	return 0;
}

static int
parse_list(struct parse *p)
{
	const struct farm_tree *const *from = p->value->children;
	struct farm_list list = { .n = p->value->n_children };
	const char **items;
	size_t i;

	if (p->value->kind == FARM_SCALAR) {
		from = &p->value;
		list.n = is_nothing(p->value) ? 0 : 1;
	}
	items = arena_array(p->arena, list.n, sizeof(*items));
	if (items == NULL)
		return out_of_memory(p);
	for (i = 0; i < list.n; i++) {
		if (from[i]->kind != FARM_SCALAR)
			return problem_at(p->problems, from[i],
			    "\"%s\" must be a list of strings; %s stands in it",
			    p->option->name, tree_kind_name(from[i]));
		items[i] = arena_strdup(p->arena, from[i]->value);
		if (items[i] == NULL)
			return out_of_memory(p);
	}
	if (list.n > 0)
		list.items = items;
	memcpy(p->field, &list, sizeof(list));
	return 0;
}

static int
parse_map(struct parse *p)
{
	struct farm_map map = { .n = p->value->n_children };
	const struct farm_tree *child;
	struct farm_pair *pairs;
	size_t i;

	pairs = arena_array(p->arena, map.n, sizeof(*pairs));
	if (pairs == NULL)
		return out_of_memory(p);
	for (i = 0; i < map.n; i++) {
		child = p->value->children[i];
		if (child->kind != FARM_SCALAR)
			return problem_at(p->problems, child,
			    "\"%s\" in \"%s\" must be a string, not %s",
			    child->key, p->option->name, tree_kind_name(child));
		pairs[i].key = arena_strdup(p->arena, child->key);
		pairs[i].value = arena_strdup(p->arena, child->value);
		if (pairs[i].key == NULL || pairs[i].value == NULL)
			return out_of_memory(p);
	}
	if (map.n > 0)
		map.pairs = pairs;
	memcpy(p->field, &map, sizeof(map));
	return 0;
}

static int
parse_tree(struct parse *p)
{
	memcpy(p->field, &p->value, sizeof(p->value));
	return 0;
}

/* Is it of a kind that the type can take? */
static bool
kind_fits(const struct farm_option *o, const struct farm_tree *tree)
{
	switch (o->type) {
	case FARM_TYPE_TREE:
		return true;
	case FARM_TYPE_LIST:
		return tree->kind != FARM_MAPPING;
	case FARM_TYPE_MAP:
		return tree->kind == FARM_MAPPING || is_nothing(tree);
	default:
		return tree->kind == FARM_SCALAR;
	}
}

static int
parse_kind(struct parse *p)
{
	switch (p->option->type) {
	case FARM_TYPE_STRING:
		return set_text(p, p->value->value);
	case FARM_TYPE_PATH:
		return parse_path(p);
	case FARM_TYPE_INTEGER:
		return parse_integer(p);
	case FARM_TYPE_NUMBER:
		return parse_number(p);
	case FARM_TYPE_SIZE:
		return parse_quantity(p, size_parse);
	case FARM_TYPE_DURATION:
		return parse_quantity(p, duration_parse);
	case FARM_TYPE_BOOLEAN:
		return parse_boolean(p);
	case FARM_TYPE_ENUM:
		return parse_enum(p);
	case FARM_TYPE_LIST:
		return parse_list(p);
	case FARM_TYPE_MAP:
		return parse_map(p);
	case FARM_TYPE_SECRET:
		return parse_secret(p);
	case FARM_TYPE_ADDRESS:
		return parse_address(p);
	default:
		return parse_tree(p);
	}
}

static int
parse_value(struct parse *p)
{
	const struct farm_option *o = p->option;
	const struct option_type *type = option_type_of(o);
	struct buffer choices = BUFFER_INIT;

	if (type == NULL)
		return PROBLEM(p, "\"%s\" is of an unknown type", o->name);
	if ((o->flags & FARM_REQUIRED) != 0 && is_nothing(p->value))
		return PROBLEM(p, "\"%s\" is required", o->name);
	if (kind_fits(o, p->value))
		return parse_kind(p);
	option_print_choices(&choices, o);
	PROBLEM(p, "\"%s\" must be %s, not %s", o->name,
	    choices.size == 0 ? type->must : buffer_text(&choices),
	    tree_kind_name(p->value));
	buffer_free(&choices);
	return -1;
}

/* Text of a list, map or tree that is more than one scalar. */
static bool
is_flow(const struct farm_option *o, const char *text)
{
	if (o->type != FARM_TYPE_LIST && o->type != FARM_TYPE_MAP &&
	    o->type != FARM_TYPE_TREE)
		return false;
	return *text == '[' || *text == '{';
}

static int
parse_text(const struct farm_option *o, const char *text,
    const struct farm_tree *place, void *state, struct arena *arena,
    struct problems *problems)
{
	struct parse p = { .option = o,
		.arena = arena,
		.problems = problems,
		.field = (char *)state + o->offset };
	struct farm_tree *scalar;

	if (is_flow(o, text)) {
		if (yaml_parse(arena, o->name, text, strlen(text), &p.value,
			problems) != 0)
			return -1;
		return parse_value(&p);
	}
	/* A field may keep it: from the arena, then. */
	scalar = arena_alloc(arena, sizeof(*scalar));
	if (scalar == NULL)
		return problem_at(problems, place, "out of memory");
	if (place != NULL)
		*scalar = *place;
	scalar->kind = FARM_SCALAR;
	scalar->quoted = 0;
	scalar->key = o->name;
	scalar->value = text;
	scalar->children = NULL;
	scalar->n_children = 0;
	p.value = scalar;
	return parse_value(&p);
}

int
option_parse_text(const struct farm_option *o, const char *text, void *state,
    struct arena *arena, struct problems *problems)
{
	return parse_text(o, text, NULL, state, arena, problems);
}

/* What an option is that was not given and has no default. */
static void
set_nothing(const struct farm_option *o, void *state)
{
	static const struct farm_address nowhere = {
		.text = "", .scheme = "", .host = "", .path = ""
	};
	const struct option_type *type = option_type_of(o);
	char *field = (char *)state + o->offset;

	if (type == NULL)
		return;
	memset(field, 0, type->size);
	if (o->type == FARM_TYPE_ADDRESS)
		memcpy(field, &nowhere, sizeof(nowhere));
}

static int
parse_one(const struct farm_option *o, const struct farm_tree *tree,
    void *state, struct arena *arena, struct problems *problems)
{
	struct parse p = { .option = o,
		.arena = arena,
		.problems = problems,
		.field = (char *)state + o->offset };

	set_nothing(o, state);
	p.value = tree_get(tree, o->name);
	if (p.value != NULL)
		return parse_value(&p);
	if ((o->flags & FARM_REQUIRED) != 0)
		return problem_at(
		    problems, tree, "\"%s\" is required", o->name);
	if (o->fallback == NULL)
		return 0;
	return parse_text(o, o->fallback, tree, state, arena, problems);
}

/* All keys that mean something here, with NULL behind them. */
static const char **
known_keys(
    struct option_table table, const char *const *also, struct arena *arena)
{
	struct farm_option o;
	const char **keys;
	size_t n = 0, i;

	while (option_get(table, n, &o))
		n++;
	for (i = 0; also != NULL && also[i] != NULL; i++)
		n++;
	keys = arena_array(arena, n + 1, sizeof(*keys));
	if (keys == NULL)
		return NULL;
	for (n = 0; option_get(table, n, &o); n++)
		keys[n] = o.name;
	for (i = 0; also != NULL && also[i] != NULL; i++)
		keys[n++] = also[i];
	return keys;
}

static int
unknown_key(const struct farm_tree *child, const char *const *keys, size_t n,
    struct problems *problems)
{
	const char *meant = name_suggest(child->key, keys, n);

	if (meant == NULL)
		return problem_at(
		    problems, child, "unknown key \"%s\"", child->key);
	return problem_at(problems, child,
	    "unknown key \"%s\"; did you mean \"%s\"?", child->key, meant);
}

static int
check_keys(struct option_table table, const struct farm_tree *tree,
    const char *const *also, struct arena *arena, struct problems *problems)
{
	const char **keys = known_keys(table, also, arena);
	size_t i, j, n = 0;
	int result = 0;

	if (keys == NULL)
		return problem_at(problems, tree, "out of memory");
	while (keys[n] != NULL)
		n++;
	for (i = 0; i < tree->n_children; i++) {
		for (j = 0; j < n; j++)
			if (strcmp(keys[j], tree->children[i]->key) == 0)
				break;
		if (j == n)
			result = unknown_key(
			    tree->children[i], keys, n, problems);
	}
	return result;
}

int
options_parse(struct option_table table, const struct farm_tree *tree,
    const char *const *also, void *state, struct arena *arena,
    struct problems *problems)
{
	struct farm_option o;
	int result = 0;
	size_t i;

	if (tree != NULL && tree->kind != FARM_MAPPING && !is_nothing(tree))
		return problem_at(problems, tree,
		    "options are a mapping, not %s", tree_kind_name(tree));
	if (tree != NULL)
		result = check_keys(table, tree, also, arena, problems);
	for (i = 0; option_get(table, i, &o); i++)
		if (parse_one(&o, tree, state, arena, problems) != 0)
			result = -1;
	return result;
}

int
options_parse_one(const struct farm_option *table, const struct farm_tree *tree,
    void *state, struct arena *arena, struct error *err)
{
	struct problems problems = PROBLEMS_INIT;
	int rc;

	rc = options_parse((struct option_table){ .first = table }, tree, NULL,
	    state, arena, &problems);
	if (rc != 0)
		error_set(err, "%s",
		    problems.n > 0 ? problems.items[0].text : "out of memory");
	problems_free(&problems);
	return rc;
}
