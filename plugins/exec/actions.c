#include "actions.h"

#include <string.h>

#include "buffer.h"
#include "clock.h"
#include "exec.h"
#include "option.h"
#include "program.h"
#include "target_text.h"
#include "yaml.h"

/* Of a name in a URL. */
#define NAME_BYTES                                                             \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
/* The action that tells of the others. */
#define LIST "list"
/* Of stdout, and as much of stderr, is told. */
#define REPLY_MAX 65536

/* ---------------------------------------------------------- the option -- */

/* The host grants an action 30 s, of which some are for the answer. */
static const struct farm_option table[] = {
	{ .name = "command",
	    .type = FARM_TYPE_LIST,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct action, command, struct farm_list),
	    .help = "the program and its arguments" },
	FARM_OPTION_BOOLEAN("shell", struct action, shell, "no",
	    "the first word is a text for /bin/sh"),
	FARM_OPTION_DURATION("timeout", struct action, timeout_ns, "20s", 1e7,
	    25e9, "it is killed then, and what it has started"),
	FARM_OPTION_END
};

static int
check_words(const struct action *a, const struct farm_tree *tree,
    struct problems *problems)
{
	struct error err;
	size_t i;
	int rc = 0;

	if (a->command.n == 0 || a->command.items[0][0] == '\0')
		return problem_at(
		    problems, tree, "%s: names no program", a->name);
	for (i = a->shell; i < a->command.n; i++)
		if (target_text_check(a->command.items[i], &err) != 0)
			rc = problem_at(problems, tree, "%s: command[%zu]: %s",
			    a->name, i, err.text);
	return rc;
}

/* A command alone is {command: ...}. */
static int
parse_options(struct action *a, const struct farm_tree *tree,
    struct arena *arena, struct problems *problems)
{
	struct farm_tree command = *tree, whole = *tree;
	const struct farm_tree *child = &command;

	if (tree->kind != FARM_MAPPING) {
		command.key = "command";
		whole.kind = FARM_MAPPING;
		whole.children = &child;
		whole.n_children = 1;
	}
	return options_parse((struct option_table){ .first = table }, &whole,
	    NULL, a, arena, problems);
}

static int
parse_action(struct action *a, const struct farm_tree *tree,
    struct arena *arena, struct problems *problems)
{
	a->name = tree->key;
	if (a->name[0] == '\0' || a->name[strspn(a->name, NAME_BYTES)] != '\0')
		return problem_at(problems, tree,
		    "\"%s\": the name of an action is of letters, digits, _, . "
		    "and -",
		    a->name);
	if (strcmp(a->name, LIST) == 0)
		return problem_at(problems, tree,
		    "\"" LIST "\" is the action that tells of the others");
	if (parse_options(a, tree, arena, problems) != 0)
		return -1;
	return check_words(a, tree, problems);
}

int
actions_parse(struct actions *ret, const struct farm_tree *tree,
    struct arena *arena, struct problems *problems)
{
	struct action *all;
	size_t i, n;
	int rc = 0;

	if (tree == NULL || (tree->kind == FARM_SCALAR && !*tree->value))
		return 0;
	if (tree->kind != FARM_MAPPING)
		return problem_at(problems, tree,
		    "\"actions\" must be NAME: COMMAND, not %s",
		    tree_kind_name(tree));
	n = tree->n_children;
	all = arena_array(arena, n, sizeof(*all));
	if (all == NULL)
		return problem_at(problems, tree, "out of memory");
	for (i = 0; i < n; i++)
		rc |= parse_action(&all[i], tree->children[i], arena, problems);
	if (rc == 0)
		*ret = (struct actions){ .all = all, .n = n };
	return rc;
}

/* ------------------------------------------------------------ an action -- */

/* The name stands first, as the contract asks. */
static const struct farm_option arguments[] = {
	FARM_OPTION_STRING("action", struct action_arguments, action, NULL,
	    "set by farmd: the name that was called"),
	FARM_OPTION_STRING("node", struct action_arguments, node, NULL,
	    "whose application it is; needed if there are several nodes"),
	FARM_OPTION_END
};

static const struct action *
find(const struct actions *actions, const char *name)
{
	size_t i;

	for (i = 0; i < actions->n; i++)
		if (strcmp(actions->all[i].name, name) == 0)
			return &actions->all[i];
	return NULL;
}

/* As text, in which many readers of JSON have no room for a NUL; 0xff is none,
   either.  Returns how many bytes are left out. */
static size_t
put_said(struct buffer *out, const char *member, const struct buffer *said)
{
	size_t i, n = said->size < REPLY_MAX ? said->size : REPLY_MAX;
	struct buffer text = BUFFER_INIT;
	size_t told;

	buffer_put(&text, buffer_text(said), n);
	for (i = 0; i < text.size; i++)
		if (text.data[i] == '\0')
			text.data[i] = '\xff';
	buffer_printf(out, ",\"%s\":", member);
	buffer_json_string(out, buffer_text(&text), text.size);
	told = text.size;
	buffer_free(&text);
	return said->size - told;
}

/* `failure' NULL: it went well. */
static int
reply(struct farm_host *host, const struct action *a,
    const struct farm_target *target, const struct command_result *r,
    bool has_code, const char *failure)
{
	struct buffer out = BUFFER_INIT;
	size_t left;
	int rc;

	buffer_puts(&out, "{\"action\":");
	buffer_json_text(&out, a->name);
	buffer_puts(&out, ",\"node\":");
	buffer_json_text(&out, target->node);
	buffer_puts(&out, ",\"exit_code\":");
	if (has_code)
		buffer_printf(&out, "%d", r->code);
	else
		buffer_puts(&out, "null");
	buffer_printf(
	    &out, ",\"run_time\":%.6f", (double)r->wall_ns / NS_PER_S);
	left = put_said(&out, "output", &r->output);
	left += put_said(&out, "errors", &r->errors);
	buffer_printf(&out, ",\"left_out_bytes\":%zu,\"failure\":", left);
	if (failure != NULL)
		buffer_json_text(&out, failure);
	else
		buffer_puts(&out, "null");
	buffer_putc(&out, '}');
	rc = buffer_failed(&out) ? farm_fail(host, "out of memory")
				 : farm_reply(host, out.data, out.size);
	buffer_free(&out);
	return rc;
}

/* As programs of the instance run otherwise, but for words and time. */
static int
start(struct command **ret, struct farm_host *host, const struct exec *e,
    const struct action *a, const struct farm_target *target,
    struct arena *arena, struct error *err)
{
	struct order_words words = e->words;
	struct command_order order = { .output_max = (size_t)e->output_max,
		.deadline_ns = program_deadline_ns(host, NULL, a->timeout_ns) };

	words.command = a->command;
	words.shell = a->shell;
	if (order_make(&words, target, arena, &order, err) != 0)
		return -1;
	if (remote_order(e->remote, arena, &order) != 0)
		return error_set(err, "out of memory");
	return command_run(ret, &order, -1, err);
}

static int
act(struct farm_host *host, const struct exec *e, const struct action *a,
    const struct farm_target *target, struct arena *arena)
{
	const struct command_result *r;
	struct command *c = NULL;
	struct error err;
	bool failed;
	int rc;

	if (start(&c, host, e, a, target, arena, &err) != 0)
		return farm_fail(
		    host, "%s %s: %s", a->name, target->node, err.text);
	r = command_result(c);
	failed = command_check(c, &err) != 0;
	farm_log(host, failed ? FARM_WARNING : FARM_NOTICE,
	    "%s %s: %s, after %.1f s", a->name, target->node,
	    failed ? err.text : "went well", (double)r->wall_ns / NS_PER_S);
	rc = reply(
	    host, a, target, r, exec_has_code(e, r), failed ? err.text : NULL);
	command_free(c);
	return rc;
}

static int
run_action(struct farm_host *host, void *state, const void *asked)
{
	const struct exec *e = state;
	const struct action_arguments *q = asked;
	const struct action *a = find(&e->actions, q->action);
	const struct farm_target *target;
	struct arena *arena;
	struct error err;
	int rc;

	if (a == NULL)
		return farm_fail(host,
		    "no action \"%s\" in the option \"actions\"", q->action);
	target = nodes_find(e->nodes, q->node, &err);
	if (target == NULL)
		return farm_fail(host, "%s: %s", a->name, err.text);
	arena = arena_new(0);
	if (arena == NULL)
		return farm_fail(host, "out of memory");
	rc = act(host, e, a, target, arena);
	arena_free(arena);
	return rc;
}

/* ------------------------------------------------------------- the list -- */

static void
put_action(struct buffer *out, const struct action *a)
{
	size_t i;

	buffer_puts(out, "{\"name\":");
	buffer_json_text(out, a->name);
	buffer_puts(out, ",\"command\":[");
	for (i = 0; i < a->command.n; i++) {
		buffer_puts(out, i > 0 ? "," : "");
		buffer_json_text(out, a->command.items[i]);
	}
	buffer_printf(out, "],\"shell\":%s,\"timeout\":%.3f}",
	    a->shell ? "true" : "false", (double)a->timeout_ns / NS_PER_S);
}

static int
list_actions(struct farm_host *host, void *state, const void *asked)
{
	const struct exec *e = state;
	struct buffer out = BUFFER_INIT;
	size_t i;
	int rc;

	(void)asked;
	buffer_puts(&out, "{\"actions\":[");
	for (i = 0; i < e->actions.n; i++) {
		buffer_puts(&out, i > 0 ? ",\n" : "");
		put_action(&out, &e->actions.all[i]);
	}
	buffer_puts(&out, "]}");
	rc = buffer_failed(&out) ? farm_fail(host, "out of memory")
				 : farm_reply(host, out.data, out.size);
	buffer_free(&out);
	return rc;
}

const struct farm_action actions_table[] = {
	{ .name = LIST,
	    .help = "the actions that are configured",
	    .run = list_actions },
	{ .name = "*",
	    .help = "one of the option `actions`; the answer has its exit code "
		    "and what it said",
	    .arguments = arguments,
	    .arguments_size = sizeof(struct action_arguments),
	    .run = run_action },
	{ 0 },
};
