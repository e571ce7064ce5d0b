/* A filter of the same name as a collector: names are unique per role. */
#include <farm/module.h>

static int
hello_apply(
    struct farm_host *host, void *state, const struct farm_record *record)
{
	(void)state;
	return farm_emit_rows(
	    host, NULL, record->time_ns, 0, record->values, record->n_values);
}

FARM_MODULE(hello, FARM_FILTER) = {
	.summary = "what came in",
	.description = "Gives every value back.",
	.filter.apply = hello_apply,
};
