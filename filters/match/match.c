/* match: only what is named goes on. */
#include <farm/module.h>

#include "rows.h"
#include "selection.h"

struct match {
	struct farm_list only;
	struct selection selection;
	struct rows rows;
};

static const struct farm_option options[] = {
	{ .name = "only",
	    .type = FARM_TYPE_LIST,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct match, only, struct farm_list),
	    .help =
		"predicates; a value that none of them matches is dropped" },
	FARM_OPTION_END
};

static int
match_open(struct farm_host *host, void *state)
{
	struct match *m = state;

	return selection_open(host, &m->selection, "only", &m->only);
}

static void
match_close(struct farm_host *host, void *state)
{
	struct match *m = state;

	(void)host;
	selection_close(&m->selection);
	rows_free(&m->rows);
}

static int
match_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct match *m = state;

	return selection_pass(host, &m->selection, &m->rows, in);
}

FARM_MODULE(match, FARM_FILTER) = {
	.summary = "only what is named goes on",
	.description =
	    "Of the values that `match` selects, as for every filter, those "
	    "go on that one of the predicates in `only` matches, by their "
	    "names and by what they are; the others are gone for the cache "
	    "and all writers. (A writer that is to have less takes `match` "
	    "itself.)\n\n"
	    "Of the interfaces of switches, only the busy ones and the "
	    "uplinks:\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - match:\n"
	    "      match: \"*/switches\"\n"
	    "      only: [\"*/*/*/*_rate>1000000\", \"*/*/*/uplink*\"]\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct match),
	.open = match_open,
	.close = match_close,
	.filter = {
		.apply = match_apply,
		.series_state_size = sizeof(struct selected),
	},
};
