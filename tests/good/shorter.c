/*
 * Compiled with an earlier header in which every struct was shorter: no
 * callbacks but one, no bounds of options, no help of parameters.
 */
#include "../bad/stamp.h"

struct earlier_option {
	const char *name;
	uint32_t type;
	uint32_t flags;
	size_t offset;
	const char *fallback;
	const char *help;
};

struct earlier_parameter {
	const char *name;
	uint32_t kind;
	const char *unit;
};

struct earlier_descriptor {
	const char *summary;
	const char *description;
	const struct earlier_option *options;
	const struct earlier_parameter *parameters;
	const struct farm_action *actions;
	const char *worker;
	size_t state_size;
	size_t target_state_size;
	uint32_t flags;
	uint32_t needs;
	int (*collect)(struct farm_host *, const void *, struct farm_target *);
};

struct state {
	int64_t first;
	int64_t second;
};

static const struct earlier_option options[] = {
	{ "first", FARM_TYPE_INTEGER, 0, offsetof(struct state, first), "1",
	    "one" },
	{ "second", FARM_TYPE_INTEGER, 0, offsetof(struct state, second), "2",
	    "two" },
	{ NULL }
};

static const struct earlier_parameter parameters[] = {
	{ "up", FARM_GAUGE, "s" }, { "down", FARM_COUNTER64, "By" }, { NULL }
};

static const struct earlier_descriptor descriptor = {
	.summary = "structs of before",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct state),
	.flags = FARM_SERIAL,
	.needs = FARM_NEEDS_NETWORK,
	.collect = collect_nothing,
};

#define EARLIER_STAMP                                                          \
	.stamp.descriptor_size = sizeof(struct earlier_descriptor),            \
	.stamp.role_offset = offsetof(struct earlier_descriptor, collect),     \
	.stamp.role_size = sizeof(descriptor.collect),                         \
	.stamp.option_size = sizeof(struct earlier_option),                    \
	.stamp.parameter_size = sizeof(struct earlier_parameter)

NOTE(shorter, FARM_COLLECTOR, EARLIER_STAMP);

__attribute__((visibility("default"))) const struct farm_entry farm_module = {
	.stamp = FARM_STAMP("shorter", FARM_COLLECTOR),
	EARLIER_STAMP,
	.descriptor = (const struct farm_descriptor *)&descriptor,
};
