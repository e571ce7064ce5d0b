/* drop: what matches ends here. */
#include <farm/module.h>

#include "rows.h"
#include "selection.h"

struct drop {
	struct farm_list except;
	struct selection selection;
	struct rows rows;
};

static const struct farm_option options[] = {
	FARM_OPTION_LIST("except", struct drop, except, NULL,
	    "predicates; what one of them matches goes on"),
	FARM_OPTION_END
};

static int
drop_open(struct farm_host *host, void *state)
{
	struct drop *d = state;

	return selection_open(host, &d->selection, "except", &d->except);
}

static void
drop_close(struct farm_host *host, void *state)
{
	struct drop *d = state;

	(void)host;
	selection_close(&d->selection);
	rows_free(&d->rows);
}

static int
drop_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct drop *d = state;

	return selection_pass(host, &d->selection, &d->rows, in);
}

FARM_MODULE(drop, FARM_FILTER) = {
	.summary = "what matches goes no further",
	.description =
	    "All values that `match` selects are dropped, before cache and "
	    "writers, but for those in `except`. Without `match` that is "
	    "everything.\n\n"
	    "No pseudo file systems, and no loads below one half:\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - drop:\n"
	    "      match: \"*/*/*/fs:/run*|fs:/sys*, */*/*/Load*<0.5\"\n"
	    "      except: \"*/*/*/fs:/run/lock*\"\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct drop),
	.open = drop_open,
	.close = drop_close,
	.filter = {
		.apply = drop_apply,
		.series_state_size = sizeof(struct selected),
	},
};
