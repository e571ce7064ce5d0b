/* A filter that gives each value again as NAME_seen, and does what the names of
   some parameters say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <farm/module.h>

struct taps {
	const char *file;
	uint64_t ticks;
};

static const struct farm_option taps_options[] = {
	FARM_OPTION_PATH("while", struct taps, file, NULL,
	    "\"hang\" lasts as long as this file is there"),
	FARM_OPTION_END
};

static void
hang(const struct taps *t)
{
	const struct timespec pause = { .tv_nsec = 20000000 };

	while (t->file != NULL && access(t->file, F_OK) == 0)
		(void)nanosleep(&pause, NULL);
}

/* Far more than any queue takes. */
static int
flood(struct farm_host *host)
{
	static const char text[4096];
	int i;

	for (i = 0; i < 1500; i++)
		if (farm_emit(host, NULL, farm_text(text, sizeof(text)),
			.cluster = "flood", .node = "n",
			.parameter = "much") != 0)
			return -1;
	return 0;
}

static int
obey(struct farm_host *host, const struct taps *t, const char *parameter)
{
	if (strcmp(parameter, "crash") == 0)
		abort();
	if (strcmp(parameter, "fail") == 0)
		return farm_fail(host, "told to fail");
	if (strcmp(parameter, "hang") == 0)
		hang(t);
	if (strcmp(parameter, "flood") == 0)
		return flood(host);
	return 0;
}

static int
taps_apply(
    struct farm_host *host, void *state, const struct farm_record *record)
{
	const struct farm_series *s;
	char name[300];
	uint32_t i;

	for (i = 0; i < record->n_values; i++) {
		s = farm_series_info(host, record->values[i].series);
		if (obey(host, state, s->parameter) != 0)
			return -1;
		(void)snprintf(name, sizeof(name), "%s_seen", s->parameter);
		if (farm_emit(host, NULL, record->values[i],
			.cluster = s->cluster, .node = s->node,
			.parameter = name, .time_ns = record->time_ns) != 0)
			return -1;
	}
	return 0;
}

static int
taps_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct taps *t = state;

	(void)now_ns;
	return farm_emit(host, NULL, farm_uint64(++t->ticks), .cluster = "taps",
	    .node = "n", .parameter = "ticks");
}

FARM_MODULE(taps, FARM_FILTER) = {
	.summary = "says again what it sees",
	.options = taps_options,
	.state_size = sizeof(struct taps),
	.tick = taps_tick,
	.filter.apply = taps_apply,
};
