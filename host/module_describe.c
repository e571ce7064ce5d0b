/*
 * A module as it describes itself by its tables: for programs, for people, and
 * as its page of the documentation.
 */
#include "module.h"

#include <string.h>

#include "words.h"

struct flag {
	uint32_t bit;
	const char *name;
	const char *help;
	uint32_t role; /* whose it is: bits mean others to others; 0: all */
};

static const struct flag flags[] = {
	{ FARM_SERIAL, "serial", "reads one target at a time", FARM_COLLECTOR },
	{ FARM_PATIENT, "patient", "waits for room", FARM_COLLECTOR },
	{ FARM_WATCHES_LATER, "watches_later",
	    "has a thread of its own only where it needs one", FARM_COLLECTOR },
	{ FARM_TAP, "tap", "is a tap unless `tap: false` is set", FARM_FILTER },
};

static const struct flag needs[] = {
	{ FARM_NEEDS_NETWORK, "network", "sockets", 0 },
	{ FARM_NEEDS_RAW_SOCKETS, "raw_sockets", "raw sockets (CAP_NET_RAW)",
	    0 },
	{ FARM_NEEDS_EXEC, "exec", "programs that it starts", 0 },
	{ FARM_NEEDS_FILES, "files", "files that it writes", 0 },
};

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

static bool
is_set(const struct flag *f, uint32_t set, uint32_t role)
{
	return (set & f->bit) != 0 && (f->role == 0 || f->role == role);
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* ----------------------------------------------------------------- JSON -- */

static void
json_member(struct buffer *out, const char *name, const char *text)
{
	buffer_printf(out, ",\"%s\":", name);
	if (text != NULL)
		buffer_json_text(out, text);
	else
		buffer_puts(out, "null");
}

static void
json_flags(struct buffer *out, const char *name, const struct flag *table,
    size_t n, uint32_t set, uint32_t role)
{
	const char *separator = "";
	size_t i;

	buffer_printf(out, ",\"%s\":[", name);
	for (i = 0; i < n; i++) {
		if (!is_set(&table[i], set, role))
			continue;
		buffer_printf(out, "%s\"%s\"", separator, table[i].name);
		separator = ",";
	}
	buffer_putc(out, ']');
}

static void
json_parameters(struct buffer *out, const struct module *m)
{
	struct farm_parameter p;
	size_t i;

	buffer_puts(out, ",\"parameters\":[");
	for (i = 0; module_parameter(m, i, &p); i++) {
		buffer_puts(out, i > 0 ? ",{\"name\":" : "{\"name\":");
		buffer_json_text(out, p.name);
		json_member(out, "kind", kind_word(p.kind));
		json_member(out, "unit", or_empty(p.unit));
		json_member(out, "help", or_empty(p.help));
		buffer_putc(out, '}');
	}
	buffer_putc(out, ']');
}

static void
json_actions(struct buffer *out, const struct module *m)
{
	struct farm_action a;
	size_t i;

	buffer_puts(out, ",\"actions\":[");
	for (i = 0; module_action(m, i, &a); i++) {
		buffer_puts(out, i > 0 ? ",{\"name\":" : "{\"name\":");
		buffer_json_text(out, a.name);
		json_member(out, "help", or_empty(a.help));
		buffer_puts(out, ",\"arguments\":");
		options_json(
		    out, (struct option_table){ .first = a.arguments });
		buffer_putc(out, '}');
	}
	buffer_putc(out, ']');
}

void
module_describe_json(struct buffer *out, const struct module *m, bool place)
{
	const struct farm_descriptor *d = &m->descriptor;

	buffer_puts(out, "{\"name\":");
	buffer_json_text(out, m->name);
	json_member(out, "role", role_name(m->role));
	json_member(out, "version", m->stamp.version);
	buffer_printf(
	    out, ",\"abi\":\"%u.%u\"", m->stamp.abi_major, m->stamp.abi_minor);
	if (place)
		json_member(out, "path", m->path);
	buffer_printf(out, ",\"ours\":%s", m->ours ? "true" : "false");
	json_member(out, "summary", d->summary);
	json_member(out, "description", or_empty(d->description));
	json_member(out, "worker", d->worker);
	json_flags(out, "flags", flags, COUNT(flags), d->flags, m->role);
	json_flags(out, "needs", needs, COUNT(needs), d->needs, m->role);
	buffer_puts(out, ",\"options\":");
	options_json(out, m->options);
	json_parameters(out, m);
	json_actions(out, m);
	buffer_putc(out, '}');
}

void
module_describe_schema(struct buffer *out, const struct module *m)
{
	options_schema(out, m->options, NULL);
}

/* ----------------------------------------------------------------- text -- */

/* "needs sockets, files that it writes" in a line of its own, if anything. */
static void
print_flags(struct buffer *out, const char *before, const char *after,
    const struct flag *table, size_t n, uint32_t set, uint32_t role)
{
	const char *separator = before;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!is_set(&table[i], set, role))
			continue;
		buffer_printf(out, "%s%s", separator, table[i].help);
		separator = ", ";
	}
	if (separator != before)
		buffer_puts(out, after);
}

static void
text_options(struct buffer *out, const char *indent, struct option_table table)
{
	const struct farm_option *o;
	size_t i;

	for (i = 0; (o = option_at(table, i)) != NULL; i++) {
		buffer_printf(out, "%s%s: ", indent, o->name);
		option_print_type(out, o);
		buffer_printf(out, "\n%s    %s\n", indent, or_empty(o->help));
	}
}

static void
text_parameters(struct buffer *out, const struct module *m)
{
	struct farm_parameter p;
	size_t i;

	for (i = 0; module_parameter(m, i, &p); i++) {
		if (i == 0)
			buffer_puts(out, "\nparameters:\n");
		buffer_printf(out, "  %s: %s%s%s\n", p.name, kind_word(p.kind),
		    p.unit != NULL ? ", " : "", or_empty(p.unit));
		if (p.help != NULL)
			buffer_printf(out, "      %s\n", p.help);
	}
}

static void
text_actions(struct buffer *out, const struct module *m)
{
	struct farm_action a;
	size_t i;

	for (i = 0; module_action(m, i, &a); i++) {
		if (i == 0)
			buffer_puts(out, "\nactions:\n");
		buffer_printf(
		    out, "  %s\n      %s\n", a.name, or_empty(a.help));
		text_options(out, "      ",
		    (struct option_table){ .first = a.arguments });
	}
}

void
module_describe_text(struct buffer *out, const struct module *m)
{
	const struct farm_descriptor *d = &m->descriptor;

	buffer_printf(out, "%s: %s\n%s, version %s, ABI %u.%u, %s\n", m->name,
	    d->summary, role_name(m->role), m->stamp.version,
	    m->stamp.abi_major, m->stamp.abi_minor, m->path);
	print_flags(out, "", "\n", flags, COUNT(flags), d->flags, m->role);
	print_flags(
	    out, "needs ", "\n", needs, COUNT(needs), d->needs, m->role);
	if (d->description != NULL)
		buffer_printf(out, "\n%s\n", d->description);
	if (option_at(m->options, 0) != NULL)
		buffer_puts(out, "\noptions:\n");
	text_options(out, "  ", m->options);
	text_parameters(out, m);
	text_actions(out, m);
}

/* ------------------------------------------------------------- Markdown -- */

/* In a table a bar would end the cell, a line break the row. */
static void
markdown_cell(struct buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			buffer_puts(out, "\\|");
		else
			buffer_putc(out, *text == '\n' ? ' ' : *text);
	}
}

static void
markdown_option(struct buffer *out, const struct farm_option *o)
{
	struct buffer type = BUFFER_INIT;

	option_print_type(&type, o);
	buffer_printf(out, "| `%s` | ", o->name);
	markdown_cell(out, buffer_text(&type));
	buffer_puts(out, " | ");
	markdown_cell(out, or_empty(o->help));
	buffer_puts(out, " |\n");
	buffer_free(&type);
}

/* The advanced ones last. */
static void
markdown_options(
    struct buffer *out, const char *heading, struct option_table table)
{
	const struct farm_option *o;
	uint32_t last;
	size_t i;

	if (option_at(table, 0) == NULL)
		return;
	buffer_printf(out,
	    "\n%s\n\n| option | type | meaning |\n"
	    "| --- | --- | --- |\n",
	    heading);
	for (last = 0; last <= FARM_ADVANCED; last += FARM_ADVANCED)
		for (i = 0; (o = option_at(table, i)) != NULL; i++)
			if ((o->flags & FARM_ADVANCED) == last)
				markdown_option(out, o);
}

static void
markdown_parameters(struct buffer *out, const struct module *m)
{
	struct farm_parameter p;
	size_t i;

	for (i = 0; module_parameter(m, i, &p); i++) {
		if (i == 0)
			buffer_puts(out, "\n## Parameters\n\n"
					 "| name | kind | unit | meaning |\n"
					 "| --- | --- | --- | --- |\n");
		buffer_puts(out, "| `");
		markdown_cell(out, p.name);
		buffer_printf(out, "` | %s | ", kind_word(p.kind));
		markdown_cell(out, or_empty(p.unit));
		buffer_puts(out, " | ");
		markdown_cell(out, or_empty(p.help));
		buffer_puts(out, " |\n");
	}
}

static void
markdown_actions(struct buffer *out, const struct module *m)
{
	struct farm_action a;
	size_t i;

	for (i = 0; module_action(m, i, &a); i++) {
		if (i == 0)
			buffer_puts(out, "\n## Actions\n");
		buffer_printf(out, "\n`%s`: %s\n", a.name, or_empty(a.help));
		markdown_options(out, "Arguments:",
		    (struct option_table){ .first = a.arguments });
	}
}

/* -------------------------------------------------------------- example -- */

/* How many options that need not be given the example shows. */
#define EXAMPLE_OPTIONS 3

/* A value that is in no need of quotes in YAML, nor of thought. */
static bool
is_plain(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./";

	return *text != '\0' && strspn(text, plain) == strlen(text);
}

/* What a required option, which has no default, could be. */
static const char *
placeholder(const struct farm_option *o)
{
	switch (o->type) {
	case FARM_TYPE_PATH:
		return "/path/to/file";
	case FARM_TYPE_INTEGER:
	case FARM_TYPE_NUMBER:
		return "1";
	case FARM_TYPE_SIZE:
		return "1MiB";
	case FARM_TYPE_DURATION:
		return "10s";
	case FARM_TYPE_BOOLEAN:
		return "true";
	case FARM_TYPE_LIST:
		return "[one, two]";
	case FARM_TYPE_MAP:
	case FARM_TYPE_TREE:
		return "{key: value}";
	case FARM_TYPE_SECRET:
		return "\"file:secret.txt\"";
	case FARM_TYPE_ADDRESS:
		return "\"localhost:1234\"";
	}
	return "text";
}

static void
example_value(struct buffer *out, const struct farm_option *o)
{
	const char *text = o->fallback;

	if (text == NULL && o->type == FARM_TYPE_ENUM && o->choices != NULL)
		buffer_printf(
		    out, "%.*s", (int)strcspn(o->choices, "|"), o->choices);
	else if (text == NULL)
		buffer_puts(out, placeholder(o));
	else if (o->type == FARM_TYPE_LIST && text[0] == '[')
		buffer_puts(out, text);
	else if (is_plain(text))
		buffer_puts(out, text);
	else
		buffer_json_text(out, text);
}

static bool
in_example(const struct farm_option *o, int *optional)
{
	if ((o->flags & FARM_REQUIRED) != 0)
		return true;
	if (o->fallback == NULL || (o->flags & FARM_ADVANCED) != 0)
		return false;
	return (*optional)++ < EXAMPLE_OPTIONS;
}

/* "rhythm" and options, each on a line of its own behind `indent'. */
static void
example_options(struct buffer *out, const char *indent, const char *first,
    struct option_table table)
{
	const struct farm_option *o;
	int optional = 0;
	bool any = false;
	size_t i;

	buffer_putc(out, ':');
	if (first != NULL)
		buffer_printf(out, "\n%s%s", indent, first);
	for (i = 0; (o = option_at(table, i)) != NULL; i++) {
		if (!in_example(o, &optional))
			continue;
		buffer_printf(out, "\n%s%s: ", indent, o->name);
		example_value(out, o);
		any = true;
	}
	buffer_puts(out, first != NULL || any ? "\n" : " {}\n");
}

/* An author's own example is a better one. */
static bool
has_example(const struct farm_descriptor *d)
{
	return strstr(or_empty(d->description), "```yaml") != NULL;
}

static void
markdown_example(struct buffer *out, const struct module *m)
{
	buffer_puts(out, "\n## Example\n\n```yaml\n");
	switch (m->role) {
	case FARM_COLLECTOR:
		buffer_printf(out,
		    "clusters:\n  example:\n"
		    "    nodes: [localhost]\n"
		    "    collect:\n      - %s",
		    m->name);
		example_options(out, "          ", "every: 30s", m->options);
		break;
	case FARM_FILTER:
		buffer_printf(out, "filters:\n  - %s", m->name);
		example_options(
		    out, "      ", "match: \"*/*/*/*\"", m->options);
		break;
	case FARM_WRITER:
		buffer_printf(out, "writers:\n  example:\n    %s", m->name);
		example_options(out, "      ", NULL, m->options);
		break;
	}
	buffer_puts(out, "```\n");
}

void
module_describe_markdown(struct buffer *out, const struct module *m)
{
	const struct farm_descriptor *d = &m->descriptor;

	buffer_printf(out, "# %s\n\n%s `%s`: %s.\n", m->name,
	    m->role == FARM_COLLECTOR ? "Collector"
	    : m->role == FARM_FILTER  ? "Filter"
				      : "Writer",
	    m->name, d->summary);
	if (d->description != NULL)
		buffer_printf(out, "\n%s\n", d->description);
	markdown_options(out, "## Options", m->options);
	markdown_parameters(out, m);
	markdown_actions(out, m);
	print_flags(
	    out, "\nIt ", ".\n", flags, COUNT(flags), d->flags, m->role);
	print_flags(
	    out, "\nNeeds ", ".\n", needs, COUNT(needs), d->needs, m->role);
	if (!has_example(d))
		markdown_example(out, m);
}
