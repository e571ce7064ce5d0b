/* A collector that does harm when it is loaded, before anybody calls it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <farm/module.h>

__attribute__((constructor)) static void
explode(void)
{
	const char *how = getenv("EXPLODES");

	if (how == NULL)
		return; /* as in a worker, whose environment is its own */
	if (strcmp(how, "segv") == 0) {
		(void)signal(SIGSEGV, SIG_DFL);
		(void)raise(SIGSEGV);
	} else if (strcmp(how, "exit") == 0) {
		_exit(7);
	} else if (strcmp(how, "hang") == 0) {
		for (;;)
			(void)pause();
	} else {
		/* Not where the answer is awaited. */
		(void)puts("loaded");
		(void)fflush(stdout);
	}
}

static int
explodes_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	(void)state;
	return farm_emit_double(host, target, "whole", 1);
}

static const struct farm_parameter explodes_parameters[] = {
	{ "whole", FARM_GAUGE, "1", "it is" },
	{ 0 },
};

FARM_MODULE(explodes, FARM_COLLECTOR) = {
	.summary = "does harm when it is loaded",
	.parameters = explodes_parameters,
	.collector = { .collect = explodes_collect },
};
