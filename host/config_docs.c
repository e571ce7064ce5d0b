/* What config_tables.c says, for editors and for people. */
#include "config.h"

#include <string.h>

#include "access.h"
#include "buffer.h"
#include "config_tables.h"
#include "option.h"

/* One section per table that is not a part of struct config. */
static const struct {
	const char *heading;
	const char *text;
	const struct farm_option *options;
} parts[] = {
	{ "TLS: `http: {tls: ...}`",
	    "Read at the start and at each reload. [access.md](access.md) "
	    "tells more.",
	    tls_options },
	{ "A class of users: `access: {NAME: ...}`",
	    "Who is in it, and what these may; [access.md](access.md) tells "
	    "more.",
	    access_class_options },
	{ "A rule of a class: `may: [MODE, {modes: ..., match: ...}]`",
	    "A mode alone is of all series.", access_rule_options },
	{ "A cluster: `clusters: {NAME: ...}`",
	    "Nodes of one kind, and what is collected from them.",
	    cluster_options },
	{ "A node, where its name is not enough",
	    "As in `nodes: [{name: \"n[1-3]\", address: \"10.0.0.[1-3]\"}]`.",
	    node_options },
	{ "Lifetimes",
	    "`lifetime: 15m` for all three, or a mapping. What has had no "
	    "result for that long is removed, and the removal is a record of "
	    "the stream.",
	    lifetime_options },
	{ "A collector: `collect: [MODULE, {MODULE: ...}]`",
	    "These keys stand beside the module's own, which "
	    "`farmctl module describe MODULE` shows.",
	    collector_options },
	{ "What a worker may use: `limits:` of a collector or writer",
	    "Set before the module is loaded. Whatever stands here, a worker "
	    "has no capabilities but those that the module says it needs and "
	    "those that are named here, and no_new_privs.",
	    limit_options },
	{ "A filter: `filters: [MODULE, {MODULE: ...}]`",
	    "Values pass the filters in the order of the list.",
	    filter_options },
	{ "A writer: `writers: {NAME: {MODULE: ...}}`",
	    "These keys stand beside the module's name.", writer_options },
};

static void
section_markdown(struct buffer *out, const char *heading, const char *text,
    const struct farm_option *options)
{
	buffer_printf(out, "## %s\n\n%s\n\n", heading, text);
	options_markdown(out, (struct option_table){ .first = options });
	buffer_putc(out, '\n');
}

void
config_markdown(struct buffer *out)
{
	const struct config_section *s;
	size_t i;

	for (s = config_sections; s->name != NULL; s++) {
		if (s->name[0] == '\0')
			buffer_puts(out, "## Top level\n\n");
		else
			buffer_printf(out, "## `%s:`\n\n", s->name);
		buffer_printf(
		    out, "%c%s.\n\n", s->help[0] - 'a' + 'A', s->help + 1);
		options_markdown(
		    out, (struct option_table){ .first = s->options });
		buffer_putc(out, '\n');
	}
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		section_markdown(
		    out, parts[i].heading, parts[i].text, parts[i].options);
}
