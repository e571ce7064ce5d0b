/*
 * Compiled with a later header in which every struct has grown, but in need
 * of nothing newer, so stamped with minor 0.
 */
#define FARM_ABI_MINOR 0
#include "../bad/stamp.h"

struct later_stamp {
	struct farm_stamp known;
	char newer[20];
};

struct later_option {
	struct farm_option known;
	const char *newer[2];
};

struct later_parameter {
	struct farm_parameter known;
	const char *newer;
};

struct later_action {
	struct farm_action known;
	const char *newer;
};

/* The union of the known struct is where the later one has new fields. */
struct later_descriptor {
	struct farm_descriptor known;
	const char *newer;
	struct {
		struct farm_collector known;
		void (*newer)(void);
	} role;
};

struct state {
	int64_t first;
	int64_t second;
};

static const struct later_option options[] = {
	{ FARM_OPTION_INTEGER("first", struct state, first, "1", 0, 9, "one"),
	    { "x", "y" } },
	{ FARM_OPTION_INTEGER("second", struct state, second, "2", 0, 9, "two"),
	    { "x", "y" } },
	{ FARM_OPTION_END, { NULL } }
};

static const struct later_parameter parameters[] = {
	{ { "up_*", FARM_GAUGE, "s", "first" }, "x" },
	{ { "down", FARM_COUNTER64, "By", "second" }, "x" }, { { 0 }, NULL }
};

static int
longer_act(struct farm_host *host, void *state, const void *arguments)
{
	(void)state;
	(void)arguments;
	return farm_reply(host, "1", 1);
}

static const struct later_action actions[] = {
	{ { "one", "first", &options[0].known, sizeof(struct state),
	      longer_act },
	    "x" },
	{ { "two", "second", NULL, 0, longer_act }, "x" }, { { 0 }, NULL }
};

static const struct later_descriptor descriptor = {
	.known = {
		.summary = "structs of later",
		.options = &options[0].known,
		.parameters = &parameters[0].known,
		.actions = &actions[0].known,
		.state_size = sizeof(struct state),
		.collector.collect_many = (void *)longer_act, /* not here */
	},
	.newer = "x",
	.role = { .known.collect = collect_nothing },
};

#define LATER_STAMP                                                            \
	{                                                                      \
		.known = FARM_STAMP("longer", FARM_COLLECTOR),                 \
		.known.stamp_size = sizeof(struct later_stamp),                \
		.known.descriptor_size = sizeof(struct later_descriptor),      \
		.known.role_offset = offsetof(struct later_descriptor, role),  \
		.known.role_size = sizeof(descriptor.role),                    \
		.known.option_size = sizeof(struct later_option),              \
		.known.parameter_size = sizeof(struct later_parameter),        \
		.known.action_size = sizeof(struct later_action),              \
		.newer = "newer"                                               \
	}

__attribute__((used, section(".note.farm"), aligned(4))) static const struct {
	uint32_t owner_size;
	uint32_t stamp_size;
	uint32_t type;
	char owner[8];
	struct later_stamp stamp;
} note = {
	.owner_size = sizeof(FARM_NOTE_OWNER),
	.stamp_size = sizeof(struct later_stamp),
	.type = FARM_NOTE_TYPE,
	.owner = FARM_NOTE_OWNER,
	.stamp = LATER_STAMP,
};

__attribute__((visibility("default"))) const struct {
	struct later_stamp stamp;
	const struct later_descriptor *descriptor;
} farm_module = {
	.stamp = LATER_STAMP,
	.descriptor = &descriptor,
};
