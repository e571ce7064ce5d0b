#include "module_sheet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker_protocol.h"
#include "yaml.h"

/* Entries of a table, at most; loaded ones have been counted before. */
#define ENTRIES_MAX 4096

/* ---------------------------------------------------------------- writing --
 */

/* NULL and "" are not the same. */
static void
put_text(struct buffer *b, const char *key, const char *text)
{
	struct buffer marked = BUFFER_INIT;

	if (text != NULL)
		buffer_printf(&marked, "=%s", text);
	worker_put_scalar(b, key, buffer_text(&marked));
	b->failed |= buffer_failed(&marked);
	buffer_free(&marked);
}

static void
put_number(struct buffer *b, const char *key, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	worker_put_scalar(b, key, text);
}

/* All of its bits. */
static void
put_double(struct buffer *b, const char *key, double number)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "%a", number);
	worker_put_scalar(b, key, text);
}

static void
put_options(struct buffer *b, const char *key, const struct farm_option *o)
{
	size_t n = 0, i;

	while (o != NULL && o[n].type != 0)
		n++;
	worker_put_mapping(b, key, n);
	for (i = 0; i < n; i++) {
		worker_put_mapping(b, "option", 9);
		put_text(b, "name", o[i].name);
		put_number(b, "type", o[i].type);
		put_number(b, "flags", o[i].flags);
		put_number(b, "offset", o[i].offset);
		put_text(b, "fallback", o[i].fallback);
		put_text(b, "help", o[i].help);
		put_double(b, "min", o[i].min);
		put_double(b, "max", o[i].max);
		put_text(b, "choices", o[i].choices);
	}
}

static void
put_parameters(struct buffer *b, const struct module *m)
{
	struct farm_parameter p;
	size_t n = 0, i;

	while (module_parameter(m, n, &p))
		n++;
	worker_put_mapping(b, "parameters", n);
	for (i = 0; i < n && module_parameter(m, i, &p); i++) {
		worker_put_mapping(b, "parameter", 4);
		put_text(b, "name", p.name);
		put_number(b, "kind", p.kind);
		put_text(b, "unit", p.unit);
		put_text(b, "help", p.help);
	}
}

static void
put_actions(struct buffer *b, const struct module *m)
{
	struct farm_action a;
	size_t n = 0, i;

	while (module_action(m, n, &a))
		n++;
	worker_put_mapping(b, "actions", n);
	for (i = 0; i < n && module_action(m, i, &a); i++) {
		worker_put_mapping(b, "action", 4);
		put_text(b, "name", a.name);
		put_text(b, "help", a.help);
		put_number(b, "arguments_size", a.arguments_size);
		put_options(b, "arguments", a.arguments);
	}
}

/* Which callbacks it has, a bit each. */
enum callback {
	HAS_OPEN = 1 << 0,
	HAS_RECONFIGURE = 1 << 1,
	HAS_CLOSE = 1 << 2,
	HAS_TARGET_CLOSE = 1 << 3,
	HAS_LISTEN = 1 << 4,
	HAS_TICK = 1 << 5,
	HAS_COLLECT = 1 << 6,
	HAS_COLLECT_MANY = 1 << 7,
	HAS_WRITE = 1 << 8,
	HAS_HISTORY = 1 << 9,
	HAS_FORGET = 1 << 10,
	HAS_APPLY = 1 << 11,
	HAS_ALL = (1 << 12) - 1,
};

#define HAS(BIT, FUNCTION) ((FUNCTION) != NULL ? (unsigned)(BIT) : 0u)

static unsigned
callbacks_of(const struct module *m)
{
	const struct farm_descriptor *d = &m->descriptor;
	unsigned set = HAS(HAS_OPEN, d->open) |
		       HAS(HAS_RECONFIGURE, d->reconfigure) |
		       HAS(HAS_CLOSE, d->close) |
		       HAS(HAS_TARGET_CLOSE, d->target_close) |
		       HAS(HAS_LISTEN, d->listen) | HAS(HAS_TICK, d->tick);

	if (m->role == FARM_COLLECTOR)
		set |= HAS(HAS_COLLECT, d->collector.collect) |
		       HAS(HAS_COLLECT_MANY, d->collector.collect_many);
	else if (m->role == FARM_WRITER)
		set |= HAS(HAS_WRITE, d->writer.write) |
		       HAS(HAS_HISTORY, d->writer.history) |
		       HAS(HAS_FORGET, d->writer.forget);
	else
		set |= HAS(HAS_APPLY, d->filter.apply) |
		       HAS(HAS_FORGET, d->filter.forget);
	return set;
}

void
module_sheet_put(struct buffer *b, const struct module *m)
{
	const struct farm_descriptor *d = &m->descriptor;

	worker_put_mapping(b, "", 14);
	put_text(b, "summary", d->summary);
	put_text(b, "description", d->description);
	put_text(b, "worker", d->worker);
	put_number(b, "state_size", d->state_size);
	put_number(b, "target_state_size", d->target_state_size);
	put_number(b, "series_state_size",
	    m->role == FARM_WRITER   ? d->writer.series_state_size
	    : m->role == FARM_FILTER ? d->filter.series_state_size
				     : 0);
	put_number(b, "batch_values",
	    m->role == FARM_WRITER ? d->writer.batch_values : 0);
	put_number(b, "flags", d->flags);
	put_number(b, "needs", d->needs);
	put_number(
	    b, "record_types", m->role == FARM_FILTER ? d->filter.types : 0);
	put_number(b, "callbacks", callbacks_of(m));
	put_options(b, "options", d->options);
	put_parameters(b, m);
	put_actions(b, m);
}

/* ------------------------------------------------------------- stand-ins -- */

static int
absent(struct farm_host *host)
{
	return farm_fail(host, "the module is not loaded here");
}

static int
absent_open(struct farm_host *host, void *state)
{
	(void)state;
	return absent(host);
}

static int
absent_reconfigure(struct farm_host *host, void *state, const void *fresh)
{
	(void)state;
	(void)fresh;
	return absent(host);
}

static void
absent_close(struct farm_host *host, void *state)
{
	(void)host;
	(void)state;
}

static void
absent_target_close(
    struct farm_host *host, void *state, struct farm_target *target)
{
	(void)host;
	(void)state;
	(void)target;
}

static int
absent_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	(void)state;
	(void)fd;
	(void)events;
	(void)cookie;
	return absent(host);
}

static int
absent_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	(void)state;
	(void)now_ns;
	return absent(host);
}

static int
absent_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	(void)state;
	(void)target;
	return absent(host);
}

static int
absent_collect_many(struct farm_host *host, void *state,
    struct farm_target *const *targets, size_t n)
{
	(void)state;
	(void)targets;
	(void)n;
	return absent(host);
}

static int
absent_write(
    struct farm_host *host, void *state, const struct farm_batch *batch)
{
	(void)state;
	(void)batch;
	(void)absent(host);
	return FARM_AGAIN;
}

static int
absent_history(
    struct farm_host *host, void *state, const struct farm_predicate *predicate)
{
	(void)state;
	(void)predicate;
	return absent(host);
}

static int
absent_apply(
    struct farm_host *host, void *state, const struct farm_record *record)
{
	(void)state;
	(void)record;
	return absent(host);
}

static void
absent_forget(struct farm_host *host, void *state, void *series_state)
{
	(void)host;
	(void)state;
	(void)series_state;
}

static int
absent_action(struct farm_host *host, void *state, const void *arguments)
{
	(void)state;
	(void)arguments;
	return absent(host);
}

#define STAND_IN(FIELD, BIT, FUNCTION)                                         \
	(FIELD) = (set & (unsigned)(BIT)) != 0 ? (FUNCTION) : NULL

static void
set_callbacks(struct module *m, unsigned set)
{
	struct farm_descriptor *d = &m->descriptor;

	STAND_IN(d->open, HAS_OPEN, absent_open);
	STAND_IN(d->reconfigure, HAS_RECONFIGURE, absent_reconfigure);
	STAND_IN(d->close, HAS_CLOSE, absent_close);
	STAND_IN(d->target_close, HAS_TARGET_CLOSE, absent_target_close);
	STAND_IN(d->listen, HAS_LISTEN, absent_listen);
	STAND_IN(d->tick, HAS_TICK, absent_tick);
	if (m->role == FARM_COLLECTOR) {
		STAND_IN(d->collector.collect, HAS_COLLECT, absent_collect);
		STAND_IN(d->collector.collect_many, HAS_COLLECT_MANY,
		    absent_collect_many);
	} else if (m->role == FARM_WRITER) {
		STAND_IN(d->writer.write, HAS_WRITE, absent_write);
		STAND_IN(d->writer.history, HAS_HISTORY, absent_history);
		STAND_IN(d->writer.forget, HAS_FORGET, absent_forget);
	} else {
		STAND_IN(d->filter.apply, HAS_APPLY, absent_apply);
		STAND_IN(d->filter.forget, HAS_FORGET, absent_forget);
	}
}

/* ---------------------------------------------------------------- reading --
 */

static const char *
get_text(const struct farm_tree *tree, const char *key)
{
	const char *text = worker_tree_text(tree, key);

	return text[0] == '=' ? text + 1 : NULL;
}

/* What is no number, or a larger one, is the largest: its user refuses it. */
static uint64_t
get_number(const struct farm_tree *tree, const char *key, uint64_t max)
{
	const char *text = worker_tree_text(tree, key);
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	return errno != 0 || end == text || *end != '\0' || n > max ? max : n;
}

static size_t
count(const struct farm_tree *tree)
{
	return tree != NULL && tree->n_children <= ENTRIES_MAX
		   ? tree->n_children
		   : 0;
}

static int
get_options(struct arena *arena, const struct farm_tree *tree,
    const struct farm_option **ret, struct error *err)
{
	size_t n = count(tree), i;
	struct farm_option *all = arena_array(arena, n + 1, sizeof(*all));

	if (all == NULL)
		return error_set(err, "out of memory");
	for (i = 0; i < n; i++) {
		const struct farm_tree *o = tree->children[i];

		all[i].name = get_text(o, "name");
		all[i].type = (uint32_t)get_number(o, "type", UINT32_MAX);
		all[i].flags = (uint32_t)get_number(o, "flags", UINT32_MAX);
		all[i].offset = get_number(o, "offset", SIZE_MAX);
		all[i].fallback = get_text(o, "fallback");
		all[i].help = get_text(o, "help");
		all[i].min = strtod(worker_tree_text(o, "min"), NULL);
		all[i].max = strtod(worker_tree_text(o, "max"), NULL);
		all[i].choices = get_text(o, "choices");
		if (all[i].name == NULL)
			return error_set(err, "an option without a name");
	}
	*ret = all;
	return 0;
}

static int
get_parameters(
    struct module *m, const struct farm_tree *tree, struct error *err)
{
	size_t n = count(tree), i;
	struct farm_parameter *all = arena_array(m->arena, n + 1, sizeof(*all));

	if (all == NULL)
		return error_set(err, "out of memory");
	for (i = 0; i < n; i++) {
		const struct farm_tree *p = tree->children[i];

		all[i].name = get_text(p, "name");
		all[i].kind = (uint32_t)get_number(p, "kind", UINT32_MAX);
		all[i].unit = get_text(p, "unit");
		all[i].help = get_text(p, "help");
	}
	m->descriptor.parameters = n > 0 ? all : NULL;
	return 0;
}

static int
get_actions(struct module *m, const struct farm_tree *tree, struct error *err)
{
	size_t n = count(tree), i;
	struct farm_action *all = arena_array(m->arena, n + 1, sizeof(*all));

	if (all == NULL)
		return error_set(err, "out of memory");
	for (i = 0; i < n; i++) {
		const struct farm_tree *a = tree->children[i];

		all[i].name = get_text(a, "name");
		all[i].help = get_text(a, "help");
		all[i].arguments_size = get_number(
		    a, "arguments_size", SIZE_MAX);
		all[i].run = absent_action;
		if (get_options(m->arena, tree_get(a, "arguments"),
			&all[i].arguments, err) != 0)
			return -1;
	}
	m->descriptor.actions = n > 0 ? all : NULL;
	return 0;
}

static void
get_descriptor(struct farm_descriptor *d, const struct farm_tree *tree)
{
	d->summary = get_text(tree, "summary");
	d->description = get_text(tree, "description");
	d->worker = get_text(tree, "worker");
	d->state_size = get_number(tree, "state_size", SIZE_MAX);
	d->target_state_size = get_number(tree, "target_state_size", SIZE_MAX);
	d->flags = (uint32_t)get_number(tree, "flags", UINT32_MAX);
	d->needs = (uint32_t)get_number(tree, "needs", UINT32_MAX);
}

int
module_sheet_read(
    struct module *m, const void *bytes, size_t size, struct error *err)
{
	struct worker_message message = { .payload = bytes, .size = size };
	const struct farm_tree *tree;
	size_t series, values;

	m->descriptor = (struct farm_descriptor){ .summary = NULL };
	if (worker_read_tree(&message, m->arena, &tree, err) != 0 ||
	    get_options(m->arena, tree_get(tree, "options"),
		&m->descriptor.options, err) != 0 ||
	    get_parameters(m, tree_get(tree, "parameters"), err) != 0 ||
	    get_actions(m, tree_get(tree, "actions"), err) != 0)
		return error_prefix(err, "its sheet");
	get_descriptor(&m->descriptor, tree);
	set_callbacks(m, (unsigned)get_number(tree, "callbacks", HAS_ALL));
	series = get_number(tree, "series_state_size", SIZE_MAX);
	values = get_number(tree, "batch_values", SIZE_MAX);
	if (m->role == FARM_WRITER) {
		m->descriptor.writer.series_state_size = series;
		m->descriptor.writer.batch_values = values;
	} else if (m->role == FARM_FILTER) {
		m->descriptor.filter.series_state_size = series;
		m->descriptor.filter.types =
		    get_number(tree, "record_types", UINT64_MAX);
	}
	/* The tables are in this host's layout. */
	m->stamp.option_size = sizeof(struct farm_option);
	m->stamp.parameter_size = sizeof(struct farm_parameter);
	m->stamp.action_size = sizeof(struct farm_action);
	return 0;
}
