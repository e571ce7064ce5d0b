#include "loaded_build.h"

#include <string.h>

#include "arena.h"
#include "call.h"
#include "clock.h"
#include "config_build.h"
#include "module.h"
#include "option.h"
#include "problems.h"
#include "yaml.h"

/* Waits for it, at most; and what it may take for what it is given at once. */
#define QUEUE_BYTES (1 << 20)
#define DEADLINE_NS (10 * NS_PER_S)
/* What it gave is forgotten so long after its last value. */
#define LIFETIME_NS (900 * NS_PER_S)

/* The first error of what was parsed. */
static int
explain(const struct problems *problems, struct error *err)
{
	return error_set(err, "%s",
	    problems->n > 0 ? problems->items[0].text : "out of memory");
}

/* As if it stood in a file: JSON is YAML. */
static int
make_tree(const struct loaded_order *o, struct instance_config *c,
    struct problems *problems)
{
	struct buffer text = BUFFER_INIT;
	int rc = -1;

	buffer_puts(&text, "{\"script\":");
	buffer_json_text(&text, o->script);
	buffer_puts(&text, ",\"cluster\":");
	buffer_json_text(&text, o->cluster);
	buffer_puts(&text, ",\"allow\":[");
	buffer_json_text(&text, o->cluster);
	buffer_puts(&text, "]}");
	if (!buffer_failed(&text))
		rc = yaml_parse(c->arena, "filter", buffer_text(&text),
		    text.size, &c->tree, problems);
	buffer_free(&text);
	return rc;
}

static int
make_options(
    const struct loaded_order *o, struct instance_config *c, struct error *err)
{
	struct problems problems = PROBLEMS_INIT;
	int rc = -1;

	c->options = arena_alloc(c->arena, c->module->descriptor.state_size);
	if (c->options != NULL && make_tree(o, c, &problems) == 0)
		rc = options_parse(c->module->options, c->tree, NULL,
		    c->options, c->arena, &problems);
	if (rc != 0)
		explain(&problems, err);
	problems_free(&problems);
	return rc;
}

static int
make_match(
    const struct loaded_order *o, struct instance_config *c, struct error *err)
{
	struct problems problems = PROBLEMS_INIT;
	struct config_build b = { .problems = &problems };
	const struct farm_tree tree = {
		.kind = FARM_SCALAR,
		.quoted = 1,
		.key = "match",
		.value = o->match,
		.file = "match",
		.line = 1,
		.column = 1,
	};
	int rc = 0;

	config_build_match(&b, &tree, c);
	if (problems.n_errors > 0)
		rc = explain(&problems, err);
	problems_free(&problems);
	return rc;
}

/* What the script is wrong about; it is not run yet. */
static int
check(struct instance *in, struct error *err)
{
	struct call call;

	call_init(&call, &call_ops, in);
	if (in->module->descriptor.check(&call.host, in->state) == 0)
		return 0;
	return error_set(err, "%s", call.error.text);
}

static int
fill(struct farm *f, const char *name, const struct loaded_order *o,
    struct instance_config *c, const char **ret_place, struct error *err)
{
	static const struct instance_options where = { .tap = TAP_ALWAYS,
		.isolate = ISOLATE_PROCESS,
		.worker = "",
		.queue_bytes = QUEUE_BYTES,
		.deadline_ns = DEADLINE_NS };
	struct problems problems = PROBLEMS_INIT;
	struct config_build b = { .problems = &problems };

	*ret_place = "";
	if (modules_find(f->modules, FARM_FILTER, "lua", &c->module, err) != 0)
		return -1;
	c->name = arena_printf(c->arena, "loaded/%s", name);
	c->farm = arena_strdup(c->arena, f->config->farm);
	if (c->name == NULL || c->farm == NULL)
		return error_set(err, "out of memory");
	config_build_tap(&b, &where, c);
	problems_free(&problems);
	*ret_place = "match";
	if (make_match(o, c, err) != 0)
		return -1;
	*ret_place = "cluster";
	return make_options(o, c, err);
}

static struct instance *
make(struct farm *f, const struct instance_config *c, const char **ret_place,
    struct error *err)
{
	struct instance *in = farm_make(f, c);

	if (in == NULL) {
		*ret_place = "";
		error_set(err, "out of memory");
		return NULL;
	}
	*ret_place = "body";
	if (check(in, err) == 0)
		return in;
	instance_release(in);
	return NULL;
}

struct instance *
loaded_build(struct farm *f, const char *name, const struct loaded_order *o,
    const char **ret_place, struct error *err)
{
	struct instance_config c = {
		.cluster = "",
		.enabled = true,
		.lifetimes = { LIFETIME_NS, LIFETIME_NS, LIFETIME_NS },
	};
	struct instance *in = NULL;

	c.arena = arena_new(0);
	if (c.arena == NULL)
		error_set(err, "out of memory");
	else if (fill(f, name, o, &c, ret_place, err) == 0)
		in = make(f, &c, ret_place, err);
	arena_free(c.arena);
	return in;
}
