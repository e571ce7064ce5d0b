/* label: labels put on series, and taken off. */
#include <farm/module.h>
#include <stdlib.h>
#include <string.h>

#include "derived.h"
#include "naming.h"
#include "rows.h"

struct label {
	struct farm_map set;
	struct farm_list remove;
	struct naming_options options;

	struct naming naming;
	struct template **templates; /* of `set', in its order */
	struct derived derived;
	struct rows rows;
};

static const struct farm_option options[] = {
	FARM_OPTION_MAP("set", struct label, set,
	    "labels by name, each with a template of its value"),
	FARM_OPTION_LIST("remove", struct label, remove, NULL,
	    "names of labels that go; \"*\": all that the series had"),
	NAMING_OPTIONS(struct label, options), FARM_OPTION_END
};

static int
label_open(struct farm_host *host, void *state)
{
	struct label *l = state;

	if (l->set.n + l->remove.n == 0)
		return farm_fail(host, "needs set or remove: what changes");
	if (l->set.n > FARM_LABELS_MAX)
		return farm_fail(
		    host, "set: more than %d labels", FARM_LABELS_MAX);
	if (naming_open(host, &l->naming, &l->options) != 0)
		return -1;
	l->templates = calloc(l->set.n + 1, sizeof(struct template *));
	if (l->templates == NULL)
		return farm_fail(host, "out of memory");
	for (size_t i = 0; i < l->set.n; i++)
		if (naming_template(host, &l->naming, l->set.pairs[i].key,
			l->set.pairs[i].value, &l->templates[i]) != 0)
			return -1;
	return 0;
}

static void
label_close(struct farm_host *host, void *state)
{
	struct label *l = state;

	(void)host;
	for (size_t i = 0; l->templates != NULL && i < l->set.n; i++)
		template_free(l->templates[i]);
	free(l->templates);
	naming_close(&l->naming);
	derived_free(&l->derived);
	rows_free(&l->rows);
}

/* Does a label that the series had stay as it is? */
static bool
stays(const struct label *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->remove.n; i++)
		if (strcmp(l->remove.items[i], name) == 0 ||
		    strcmp(l->remove.items[i], "*") == 0)
			return false;
	for (i = 0; i < l->set.n; i++)
		if (strcmp(l->set.pairs[i].key, name) == 0)
			return false;
	return true;
}

/* Values of the new labels, behind `n' others. */
static int
set(struct farm_host *host, const struct label *l,
    const struct naming_match *match, struct buffer *texts,
    struct farm_label *ret)
{
	size_t begins[FARM_LABELS_MAX], i;

	for (i = 0; i < l->set.n; i++) {
		begins[i] = texts->size;
		if (l->templates[i] != NULL)
			naming_print(l->templates[i], match, texts);
		else
			buffer_putc(texts, '\0');
	}
	if (buffer_failed(texts))
		return farm_fail(host, "out of memory");
	for (i = 0; i < l->set.n; i++)
		ret[i] = (struct farm_label){ l->set.pairs[i].key,
			texts->data + begins[i] };
	return 0;
}

static int
derive(struct farm_host *host, const void *context, struct farm_spec *spec,
    struct derive_room *room)
{
	const struct label *l = context;
	struct naming_match match;
	uint32_t i, n = 0;

	if (!naming_matches(&l->naming, spec, &match))
		return 0;
	for (i = 0; i < spec->n_labels; i++)
		if (stays(l, spec->labels[i].name))
			room->labels[n++] = spec->labels[i];
	if (n + l->set.n > FARM_LABELS_MAX)
		return farm_fail(host, "%s: would have more than %d labels",
		    spec->parameter, FARM_LABELS_MAX);
	if (set(host, l, &match, &room->texts, room->labels + n) != 0)
		return -1;
	spec->labels = room->labels;
	spec->n_labels = n + (uint32_t)l->set.n;
	return 1;
}

static int
label_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct label *l = state;

	return derived_move(host, &l->derived, &l->rows, in, derive, l);
}

static void
label_forget(struct farm_host *host, void *state, void *series_state)
{
	struct label *l = state;

	derived_forget(host, &l->derived, series_state);
}

FARM_MODULE(label, FARM_FILTER) = {
	.summary = "labels put on series, and taken off",
	.description =
	    "Labels say more of a series than its names: a rack, a site, who "
	    "is in charge. Writers and exporters that know labels hand them "
	    "on. `set` gives each a template, in which `{farm}`, `{cluster}`, "
	    "`{node}` and `{parameter}` stand for the series' names, and "
	    "`{1}` to `{9}` for the groups of `pattern`, if there is one; "
	    "what `pattern` does not match passes as it is.\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - label:                 # r07n12 stands in rack 07\n"
	    "      of: node\n"
	    "      pattern: \"r([0-9]+)n[0-9]+\"\n"
	    "      set: {rack: \"{1}\", site: cern}\n"
	    "      remove: [debug]\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct label),
	.open = label_open,
	.close = label_close,
	.filter = {
		.apply = label_apply,
		.series_state_size = sizeof(struct derivation),
		.forget = label_forget,
	},
};
