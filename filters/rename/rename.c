/* rename: series under other names. */
#include <farm/module.h>

#include "derived.h"
#include "naming.h"
#include "rows.h"

enum part { FARM, CLUSTER, NODE, PARAMETER, PARTS };

struct rename {
	struct naming_options options;
	const char *texts[PARTS];

	struct naming naming;
	struct template *templates[PARTS]; /* NULL: as it was */
	struct derived derived;
	struct rows rows;
};

#define PART(NAME, PART)                                                       \
	FARM_OPTION_STRING(NAME, struct rename, texts[PART], "",               \
	    "template of the " NAME "'s new name; unchanged without one")

static const struct farm_option options[] = { PART("parameter", PARAMETER),
	PART("node", NODE), PART("cluster", CLUSTER), PART("farm", FARM),
	NAMING_OPTIONS(struct rename, options), FARM_OPTION_END };

static int
rename_open(struct farm_host *host, void *state)
{
	static const char *const names[] = { "farm", "cluster", "node",
		"parameter" };
	struct rename *r = state;
	bool any = false;

	if (naming_open(host, &r->naming, &r->options) != 0)
		return -1;
	for (int i = 0; i < PARTS; i++) {
		if (naming_template(host, &r->naming, names[i], r->texts[i],
			&r->templates[i]) != 0)
			return -1;
		any |= r->templates[i] != NULL;
	}
	if (!any)
		return farm_fail(host, "needs one of parameter, node, cluster "
				       "and farm: what is renamed");
	return 0;
}

static void
rename_close(struct farm_host *host, void *state)
{
	struct rename *r = state;

	(void)host;
	for (int i = 0; i < PARTS; i++)
		template_free(r->templates[i]);
	naming_close(&r->naming);
	derived_free(&r->derived);
	rows_free(&r->rows);
}

static int
derive(struct farm_host *host, const void *context, struct farm_spec *spec,
    struct derive_room *room)
{
	const struct rename *r = context;
	struct buffer *texts = &room->texts;
	const char **const names[] = { &spec->farm, &spec->cluster, &spec->node,
		&spec->parameter };
	struct naming_match match;
	size_t begins[PARTS];
	int i;

	if (!naming_matches(&r->naming, spec, &match))
		return 0;
	for (i = 0; i < PARTS; i++) {
		begins[i] = texts->size;
		if (r->templates[i] != NULL)
			naming_print(r->templates[i], &match, texts);
	}
	if (buffer_failed(texts))
		return farm_fail(host, "%s: out of memory", spec->parameter);
	for (i = 0; i < PARTS; i++)
		if (r->templates[i] != NULL)
			*names[i] = texts->data + begins[i];
	return 1;
}

static int
rename_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct rename *r = state;

	return derived_move(host, &r->derived, &r->rows, in, derive, r);
}

static void
rename_forget(struct farm_host *host, void *state, void *series_state)
{
	struct rename *r = state;

	derived_forget(host, &r->derived, series_state);
}

FARM_MODULE(rename, FARM_FILTER) = {
	.summary = "series under other names",
	.description =
	    "Any of a series' four names is made anew by a template, in which "
	    "`{farm}`, `{cluster}`, `{node}` and `{parameter}` stand for the "
	    "old ones, and `{1}` to `{9}` for the groups of `pattern`, if "
	    "there is one; `{{` and `}}` are braces. What `pattern` does not "
	    "match passes as it is.\n\n"
	    "Two series with one new name become one: see to it that they do "
	    "not take turns. A new name that is none (empty, longer than 250 "
	    "bytes) is an error, and its result passes as it was.\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - rename:                # eth0_IN of n1 -> in of n1:eth0\n"
	    "      pattern: \"(eth[0-9]+)_IN\"\n"
	    "      node: \"{node}:{1}\"\n"
	    "      parameter: in\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct rename),
	.open = rename_open,
	.close = rename_close,
	.filter = {
		.apply = rename_apply,
		.series_state_size = sizeof(struct derivation),
		.forget = rename_forget,
	},
};
