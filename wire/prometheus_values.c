/* What an exporter says, as values. */
#include "prometheus_values.h"

#include "prometheus.h"
#include "value.h"

/* The samples of its histograms and counters that count something else. */
static bool
is_count(struct slice name)
{
	static const char *const ends[] = { "_bucket", "_count" };
	size_t i, n;

	for (i = 0; i < 2; i++) {
		n = strlen(ends[i]);
		if (name.length > n &&
		    memcmp(name.text + name.length - n, ends[i], n) == 0)
			return true;
	}
	return false;
}

static void
put_sample(struct sink *s, struct prometheus_sample sample,
    const struct tag_rules *rules)
{
	struct tagged t = { .time_ns = sample.time_ns,
		.kind = sample.counter ? FARM_COUNTER64 : FARM_GAUGE };
	struct slice name, value;

	if (!is_count(sample.name))
		t.unit = sample.unit.length > 0
			     ? prometheus_unit_read(sample.unit)
			     : prometheus_unit_of(sample.name);
	tagged_begin(&t, rules, sink_text(s, sample.name, NULL));
	while (prometheus_next_label(&sample, &name, &value))
		tagged_add(&t, sink_text(s, name, NULL),
		    sink_text(s, value, prometheus_unescape));
	if (sample.counter && sample.value.type == FARM_DOUBLE)
		sample.value = value_counted(sample.value.number);
	tagged_put(s, &t, "", sample.value);
	tagged_end(&t);
}

void
prometheus_values_read(
    struct sink *s, struct prometheus_text *t, const struct tag_rules *rules)
{
	struct prometheus_sample sample;
	struct error err;
	int got;

	while ((got = prometheus_parse(t, &sample, &err)) != 0)
		if (got < 0)
			sink_refuse(s, &err);
		else
			put_sample(s, sample, rules);
	if (t->open && !t->ended) {
		error_set(&err, "it breaks off: there is no \"# EOF\"");
		sink_refuse(s, &err);
	}
}
