/* Any YAML as the options of a module, and any text as an address. */
#include "option.h"

#include "yaml.h"

struct state {
	const char *string;
	const char *path;
	int64_t integer;
	double number;
	int64_t size;
	int64_t duration;
	bool boolean;
	int choice;
	struct farm_list list;
	struct farm_map map;
	struct farm_address address;
	const struct farm_tree *tree;
};

/* No secret: it would read whatever file the input names. */
static const struct farm_option options[] = {
	FARM_OPTION_STRING("s", struct state, string, NULL, "s"),
	FARM_OPTION_PATH("p", struct state, path, NULL, "p"),
	FARM_OPTION_INTEGER("i", struct state, integer, NULL, -5, 5, "i"),
	FARM_OPTION_NUMBER("n", struct state, number, NULL, -5, 5, "n"),
	FARM_OPTION_SIZE("z", struct state, size, NULL, 0, 1e6, "z"),
	FARM_OPTION_DURATION("d", struct state, duration, NULL, 0, 1e12, "d"),
	FARM_OPTION_BOOLEAN("b", struct state, boolean, NULL, "b"),
	FARM_OPTION_ENUM("e", struct state, choice, NULL, "x|yy|z", "e"),
	FARM_OPTION_LIST("l", struct state, list, NULL, "l"),
	FARM_OPTION_MAP("m", struct state, map, "m"),
	FARM_OPTION_ADDRESS("a", struct state, address, NULL, 0, "a"),
	FARM_OPTION_TREE("t", struct state, tree, "t"), FARM_OPTION_END
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What was taken once is taken again, and is the same. */
static void
parse_twice(const struct farm_tree *tree, struct arena *arena,
    struct problems *problems)
{
	struct option_table table = { .first = options };
	struct state first = { 0 }, second = { 0 };

	if (options_parse(table, tree, NULL, &first, arena, problems) != 0) {
		if (problems->n_errors == 0)
			__builtin_trap();
		return;
	}
	if (options_parse(table, tree, NULL, &second, arena, problems) != 0 ||
	    !options_equal(table, &first, &second))
		__builtin_trap();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	const struct farm_tree *tree;
	struct farm_address address;
	struct error err;

	if (yaml_parse(arena, "fuzz", (const char *)bytes, size, &tree,
		&problems) == 0)
		parse_twice(tree, arena, &problems);
	(void)address_parse(arena,
	    arena_strndup(arena, (const char *)bytes, size), &address, &err);
	problems_free(&problems);
	arena_free(arena);
	return 0;
}
