/* A writer that throws all away: what remains is what the way to it costs. */
#include <farm/module.h>

static int
null_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	(void)host;
	(void)state;
	(void)batch;
	return FARM_DONE;
}

FARM_MODULE(null, FARM_WRITER) = {
	.summary = "throws all away",
	.writer.write = null_write,
};
