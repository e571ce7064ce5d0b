/* A filter that holds up the router as long as a file is there. */
#include <time.h>
#include <unistd.h>

#include <farm/module.h>

struct stall {
	const char *file;
};

static const struct farm_option stall_options[] = {
	FARM_OPTION_PATH("while", struct stall, file, NULL,
	    "hold up as long as this file is there"),
	FARM_OPTION_END
};

static int
stall_apply(
    struct farm_host *host, void *state, const struct farm_record *record)
{
	const struct stall *s = state;
	const struct timespec pause = { .tv_nsec = 20000000 };

	while (access(s->file, F_OK) == 0)
		(void)nanosleep(&pause, NULL);
	return farm_emit_rows(host, NULL, record->time_ns, record->flags,
	    record->values, record->n_values);
}

FARM_MODULE(stall, FARM_FILTER) = {
	.summary = "holds up the router while it is told to",
	.options = stall_options,
	.state_size = sizeof(struct stall),
	.filter.apply = stall_apply,
};
