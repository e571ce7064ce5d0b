/* What a Nagios check says: its text and its performance data. */
#include "check_output.h"

#include "buffer.h"
#include "perfdata.h"
#include "value.h"

/* Units as we write them; what is not here stays as it is. */
static const struct {
	const char *theirs;
	const char *ours;
} units[] = {
	{ "B", "By" },
	{ "KB", "kBy" },
	{ "MB", "MBy" },
	{ "GB", "GBy" },
	{ "TB", "TBy" },
	{ "KiB", "KiBy" },
	{ "MiB", "MiBy" },
	{ "GiB", "GiBy" },
	{ "TiB", "TiBy" },
	{ "c", "1" },
};

static const char *
unit_of(struct sink *s, struct slice unit)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (slice_is(unit, units[i].theirs))
			return units[i].ours;
	return sink_text(s, unit, NULL);
}

static void
add_text(struct sink *s, struct farm_spec *spec, struct farm_label *labels,
    const char *name, struct slice text)
{
	if (text.length > 0)
		labels[spec->n_labels++] = (struct farm_label){ name,
			sink_text(s, text, NULL) };
}

static void
add_bound(struct sink *s, struct farm_spec *spec, struct farm_label *labels,
    const char *name, const struct perfdata_bound *bound)
{
	struct farm_value value = farm_double(bound->value);
	struct buffer b = BUFFER_INIT;

	if (bound->set) {
		buffer_value(&b, &value);
		add_text(s, spec, labels, name,
		    (struct slice){ buffer_text(&b), b.size });
	}
	buffer_free(&b);
}

static void
put_item(struct sink *s, const struct perfdata_item *item)
{
	bool counter = slice_is(item->unit, "c");
	struct farm_label labels[4];
	struct farm_spec spec = { .parameter = sink_text(
				      s, item->label, perfdata_unescape),
		.unit = unit_of(s, item->unit),
		.kind = counter ? FARM_COUNTER64 : FARM_GAUGE,
		.labels = labels };

	if (!item->known)
		return;
	add_text(s, &spec, labels, "warn", item->warn_text);
	add_text(s, &spec, labels, "crit", item->crit_text);
	add_bound(s, &spec, labels, "min", &item->min);
	add_bound(s, &spec, labels, "max", &item->max);
	sink_put(s, spec,
	    counter ? value_counted(item->value) : farm_double(item->value));
}

static void
put_text(struct sink *s, const char *name, struct slice text)
{
	struct farm_spec spec = {
		.parameter = name, .kind = FARM_STATE, .unit = ""
	};
	struct error err;

	if (text.length > FARM_TEXT_MAX) {
		error_set(&err, "a text of more than %d bytes", FARM_TEXT_MAX);
		sink_refuse(s, &err);
	} else if (text.length > 0) {
		sink_put(s, spec, farm_text(text.text, text.length));
	}
}

void
check_output_read(struct sink *s, struct slice output)
{
	struct perfdata_output o;
	struct perfdata_item item;
	struct error err;
	int i, got;

	perfdata_split(output, &o);
	put_text(s, "output", o.text);
	put_text(s, "long_output", o.more);
	for (i = 0; i < 2; i++)
		while ((got = perfdata_parse(&o.data[i], &item, &err)) != 0)
			if (got < 0)
				sink_refuse(s, &err);
			else
				put_item(s, &item);
}
