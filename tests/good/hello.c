/* The smallest module. */
#include <farm/module.h>

static int
hello_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	(void)state;
	return farm_emit_text(host, target, "hello", "world");
}

FARM_MODULE(hello, FARM_COLLECTOR) = {
	.summary = "a word",
	.collector.collect = hello_collect,
};
