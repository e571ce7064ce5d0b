/* Names that are made of a name, tags and a field: "disk_sda_reads". */
#include "tagged.h"

const struct tag_rules tag_rules_usual = { "cluster", "node",
	{ "farm", "host" } };

void
tagged_begin(struct tagged *t, const struct tag_rules *rules, const char *name)
{
	t->rules = rules;
	buffer_puts(&t->name, name);
}

static bool
is(const char *name, const char *wanted)
{
	return wanted != NULL && strcmp(name, wanted) == 0;
}

void
tagged_add(struct tagged *t, const char *name, const char *value)
{
	const struct tag_rules *r = t->rules;

	if (is(name, r->cluster))
		t->cluster = value;
	else if (is(name, r->node))
		t->node = value;
	else if (!is(name, r->skipped[0]) && !is(name, r->skipped[1]))
		buffer_printf(&t->name, "_%s", value);
	if (t->n_labels < FARM_LABELS_MAX)
		t->labels[t->n_labels++] = (struct farm_label){ name, value };
}

void
tagged_put(struct sink *s, const struct tagged *t, const char *field,
    struct farm_value value)
{
	struct buffer b = BUFFER_INIT;

	buffer_puts(&b, buffer_text(&t->name));
	if (field[0] != '\0')
		buffer_printf(&b, "_%s", field);
	sink_put(s,
	    (struct farm_spec){ .cluster = t->cluster,
		.node = t->node,
		.parameter = sink_text(
		    s, (struct slice){ buffer_text(&b), b.size }, NULL),
		.unit = t->unit != NULL ? t->unit : "",
		.kind = t->kind,
		.time_ns = t->time_ns,
		.labels = t->labels,
		.n_labels = t->n_labels },
	    value);
	buffer_free(&b);
}

void
tagged_end(struct tagged *t)
{
	buffer_free(&t->name);
}
