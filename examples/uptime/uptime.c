/* A collector in full: seconds since boot. */
#include <farm/module.h>
#include <stdio.h>

struct uptime {
	const char *path;
};

static const struct farm_option options[] = {
	FARM_OPTION_PATH(
	    "path", struct uptime, path, "/proc/uptime", "file to read"),
	FARM_OPTION_END
};

static int
uptime_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct uptime *u = state;
	FILE *f = fopen(u->path, "re");
	double seconds;
	int n;

	if (f == NULL)
		return farm_fail(host, "%s: %m", u->path);
	n = fscanf(f, "%lf", &seconds);
	fclose(f);
	if (n != 1)
		return farm_fail(host, "%s: not a number", u->path);
	return farm_emit_double(host, target, "uptime", seconds);
}

static const struct farm_parameter parameters[] = {
	{ "uptime", FARM_GAUGE, "s", "seconds since boot" }, { 0 }
};

FARM_MODULE(uptime, FARM_COLLECTOR) = {
	.summary = "seconds since boot",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct uptime),
	.collector = { .collect = uptime_collect },
};
