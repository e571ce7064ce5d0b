/* A bit of everything that a module can say of itself. */
#define FARM_MODULE_VERSION "2.1"
#include <farm/module.h>

struct full {
	struct farm_address to;
	const char *user;
	const char *password;
	struct farm_list columns;
	int64_t timeout_ns;
	int64_t retries;
	int mode;
};

static const struct farm_option options[] = {
	FARM_OPTION_ADDRESS(
	    "to", struct full, to, NULL, FARM_REQUIRED, "where to ask"),
	FARM_OPTION_STRING(
	    "user", struct full, user, "nobody at all", "whom to ask"),
	FARM_OPTION_SECRET(
	    "password", struct full, password, "what makes it answer"),
	FARM_OPTION_LIST(
	    "columns", struct full, columns, NULL, "which columns to read"),
	FARM_OPTION_DURATION("timeout", struct full, timeout_ns, "10s", 1e9,
	    60e9, "how long to wait"),
	{ .name = "retries",
	    .type = FARM_TYPE_INTEGER,
	    .flags = FARM_ADVANCED,
	    .offset = FARM_FIELD(struct full, retries, int64_t),
	    .fallback = "3",
	    .min = 0,
	    .max = 9,
	    .help = "how often to ask again" },
	FARM_OPTION_ENUM(
	    "mode", struct full, mode, "get", "get|walk", "how to ask"),
	FARM_OPTION_END
};

struct reset {
	const char *why;
};

static const struct farm_option reset_options[] = {
	FARM_OPTION_STRING("why", struct reset, why, NULL, "for the log"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	{ "*_in", FARM_COUNTER64, "By", "bytes received" },
	{ "status", FARM_STATE, NULL, "up | down" }, { 0 }
};

static int
full_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct full *f = state;

	return farm_emit_text(host, target, "status", f->user);
}

static int
full_reset(struct farm_host *host, void *state, const void *arguments)
{
	(void)state;
	(void)arguments;
	return farm_reply(host, "true", 4);
}

static const struct farm_action actions[] = {
	{ "reset", "begins anew", reset_options, sizeof(struct reset),
	    full_reset },
	{ 0 }
};

FARM_MODULE(full, FARM_COLLECTOR) = {
	.summary = "all that can be said",
	.description = "Asks a *server* that is not there.",
	.options = options,
	.parameters = parameters,
	.actions = actions,
	.state_size = sizeof(struct full),
	.flags = FARM_SERIAL,
	.needs = FARM_NEEDS_NETWORK | FARM_NEEDS_EXEC,
	.collector.collect = full_collect,
};
