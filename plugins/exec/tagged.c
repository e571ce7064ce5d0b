/* Names that are made of a name, tags and a field: "disk_sda_reads". */
#include "format_private.h"


void
tagged_begin(struct tagged *t, const char *name)
{
	buffer_puts(&t->name, name);
}

/* Tags cluster and node say whose it is, farm and host nothing new; any other
   is a part of the name. */
void
tagged_add(struct tagged *t, const char *name, const char *value)
{
	if (strcmp(name, "cluster") == 0)
		t->cluster = value;
	else if (strcmp(name, "node") == 0)
		t->node = value;
	else if (strcmp(name, "farm") != 0 && strcmp(name, "host") != 0)
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
		.unit = "",
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
