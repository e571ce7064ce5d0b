#include "option.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "clock.h"
#include "unit.h"
#include "yaml.h"

struct all {
	const char *name;
	const char *path;
	int64_t count;
	double ratio;
	int64_t size;
	int64_t every;
	bool strict;
	int mode;
	struct farm_list list;
	struct farm_map labels;
	const char *password;
	struct farm_address to;
	const struct farm_tree *tree;
	struct farm_map users;
};

static const struct farm_option all_options[] = {
	{ .name = "name",
	    .type = FARM_TYPE_STRING,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct all, name, const char *),
	    .help = "who" },
	FARM_OPTION_PATH("path", struct all, path, "/proc", "where | what"),
	FARM_OPTION_INTEGER("count", struct all, count, "5", 1, 1000, "n"),
	FARM_OPTION_NUMBER("ratio", struct all, ratio, "0.5", 0, 1, "share"),
	FARM_OPTION_SIZE("size", struct all, size, "64KiB", 1024, 1e18, "room"),
	FARM_OPTION_DURATION(
	    "every", struct all, every, "10s", 1e9, 86400e9, "interval"),
	FARM_OPTION_BOOLEAN("strict", struct all, strict, "yes", "complain"),
	FARM_OPTION_ENUM(
	    "mode", struct all, mode, "walk", "get|walk|bulk", "how"),
	FARM_OPTION_LIST("list", struct all, list, "[a, b]", "things"),
	FARM_OPTION_MAP("labels", struct all, labels, "pairs"),
	FARM_OPTION_SECRET("password", struct all, password, "hidden"),
	FARM_OPTION_ADDRESS("to", struct all, to, NULL, 0, "peer"),
	FARM_OPTION_TREE("tree", struct all, tree, "anything"),
	{ .name = "users",
	    .type = FARM_TYPE_MAP,
	    .flags = FARM_SENSITIVE,
	    .offset = FARM_FIELD(struct all, users, struct farm_map),
	    .help = "with their passwords" },
	FARM_OPTION_END
};

static const struct option_table all_table = { .first = all_options };

struct fixture {
	struct arena *arena;
	struct problems problems;
	struct all all;
	struct buffer text; /* the problems, a line each */
};

static int
parse(struct fixture *f, const char *yaml)
{
	static const char *const also[] = { "enabled", NULL };
	const struct farm_tree *tree;
	const struct problem *p;
	int result;

	problems_free(&f->problems);
	buffer_clear(&f->text);
	memset(&f->all, 0xee, sizeof(f->all));
	assert_int_equal(yaml_parse(f->arena, "/etc/farm/f.yaml", yaml,
			     strlen(yaml), &tree, &f->problems),
	    0);
	result = options_parse(
	    all_table, tree, also, &f->all, f->arena, &f->problems);
	problems_sort(&f->problems);
	for (p = f->problems.items; p < f->problems.items + f->problems.n; p++)
		buffer_printf(&f->text, "%u:%u: %s\n", (unsigned)p->line,
		    (unsigned)p->column, p->text);
	assert_int_equal(result, f->problems.n == 0 ? 0 : -1);
	return result;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->arena = arena_new(0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	problems_free(&f->problems);
	buffer_free(&f->text);
	free(f);
	return 0;
}

static void
test_defaults(void **state)
{
	struct fixture *f = *state;
	const struct all *a = &f->all;

	assert_int_equal(parse(f, "name: x\nenabled: no"), 0);
	assert_string_equal(a->name, "x");
	assert_string_equal(a->path, "/proc");
	assert_int_equal(a->count, 5);
	assert_true(a->ratio == 0.5);
	assert_int_equal(a->size, 65536);
	assert_int_equal(a->every, 10 * NS_PER_S);
	assert_true(a->strict);
	assert_int_equal(a->mode, 1);
	assert_int_equal(a->list.n, 2);
	assert_string_equal(a->list.items[1], "b");
	assert_int_equal(a->labels.n, 0);
	assert_null(a->labels.pairs);
	assert_null(a->password);
	assert_string_equal(a->to.text, "");
	assert_string_equal(a->to.host, "");
	assert_null(a->tree);
}

static void
test_given(void **state)
{
	struct fixture *f = *state;
	const struct all *a = &f->all;

	assert_int_equal(
	    parse(f, "{name: 12, path: x/y, count: -0, ratio: 1e-3,"
		     "size: 2MB, every: 1m30s, strict: Off, mode: bulk,"
		     "list: one, labels: {k: v, a: 1}, password: pw,"
		     "to: 'udp://[::1]:162', tree: [1, {a: b}]}"),
	    -1);
	assert_string_equal(buffer_text(&f->text),
	    "1:30: \"count\" is 0; it must be 1 to 1000\n");
	assert_string_equal(a->name, "12");
	assert_string_equal(a->path, "/etc/farm/x/y");
	assert_true(a->ratio == 1e-3);
	assert_int_equal(a->size, 2000000);
	assert_int_equal(a->every, 90 * NS_PER_S);
	assert_false(a->strict);
	assert_int_equal(a->mode, 2);
	assert_int_equal(a->list.n, 1);
	assert_string_equal(a->list.items[0], "one");
	assert_int_equal(a->labels.n, 2);
	assert_string_equal(a->labels.pairs[0].key, "k");
	assert_string_equal(a->labels.pairs[1].value, "1");
	assert_string_equal(a->password, "pw");
	assert_string_equal(a->to.host, "::1");
	assert_int_equal(a->to.port, 162);
	assert_int_equal(a->tree->n_children, 2);
}

static void
test_errors(void **state)
{
	static const struct {
		const char *yaml;
		const char *want;
	} cases[] = {
		{ "evry: 5s", "1:1: \"name\" is required\n"
			      "1:7: unknown key \"evry\"; did you mean "
			      "\"every\"?\n" },
		{ "{name: x, frequency: 1}",
		    "1:22: unknown key \"frequency\"\n" },
		{ "{name: x, enabld: 1}", "1:19: unknown key \"enabld\"; did "
					  "you mean \"enabled\"?\n" },
		{ "name:", "1:6: \"name\" is required\n" },
		{ "[1]", "1:1: options are a mapping, not a list\n" },
		{ "{name: x, every: [1]}", "1:18: \"every\" must be a duration "
					   "such as 10s, not a list\n" },
		{ "{name: x, every: 10x}",
		    "1:18: \"every\": \"10x\" is not a duration such as 500ms, "
		    "10s or 1h30m\n" },
		{ "{name: x, every: 2d}",
		    "1:18: \"every\" is 2d; it must be 1s to 1d\n" },
		{ "{name: x, size: 1}",
		    "1:17: \"size\" is 1B; it must be 1KiB to 1000000TB\n" },
		{ "{name: x, size: lots}",
		    "1:17: \"size\": \"lots\" is not a "
		    "size such as 4096, 64KiB or 1MB\n" },
		{ "{name: x, count: 1.5}", "1:18: \"count\" must be a whole "
					   "number, not \"1.5\"\n" },
		{ "{name: x, count: 99999999999999999999}",
		    "1:18: \"count\" is 99999999999999999999, which 64 bits do "
		    "not hold\n" },
		{ "{name: x, ratio: nan}",
		    "1:18: \"ratio\" must be a number, not \"nan\"\n" },
		{ "{name: x, ratio: 1.5}",
		    "1:18: \"ratio\" is 1.5; it must be 0 to 1\n" },
		{ "{name: x, strict: maybe}", "1:19: \"strict\" must be true "
					      "or false, not \"maybe\"\n" },
		{ "{name: x, mode: gett}", "1:17: \"mode\" must be get, walk "
					   "or bulk, not \"gett\"\n" },
		{ "{name: x, mode: {}}", "1:17: \"mode\" must be get, walk or "
					 "bulk, not a mapping\n" },
		{ "{name: x, list: [a, []]}",
		    "1:21: \"list\" must be a list of strings; a list stands "
		    "in it\n" },
		{ "{name: x, list: {}}", "1:17: \"list\" must be a list of "
					 "strings, not a mapping\n" },
		{ "{name: x, labels: 5}",
		    "1:19: \"labels\" must be a mapping, not a string\n" },
		{ "{name: x, labels: {a: []}}", "1:23: \"a\" in \"labels\" "
						"must be a string, not a "
						"list\n" },
		{ "{name: x, password: [hunter2]}",
		    "1:21: \"password\" must be a string, not a list\n" },
		{ "{name: x, password: 'file:none'}",
		    "1:21: \"password\": /etc/farm/none: No such file or "
		    "directory\n" },
		{ "{name: x, to: 'a b'}",
		    "1:15: \"to\": \"a b\" is not an address such as "
		    "host:8649, [::1]:162 or unix:/run/x\n" },
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		(void)parse(f, cases[i].yaml);
		assert_string_equal(buffer_text(&f->text), cases[i].want);
	}
}

static void
test_no_tree(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(options_parse(all_table, NULL, NULL, &f->all, f->arena,
			     &f->problems),
	    -1);
	assert_int_equal(f->problems.n, 1);
	assert_string_equal(f->problems.items[0].text, "\"name\" is required");
}

static void
test_secret_file(void **state)
{
	char path[] = "/tmp/test_option.XXXXXX";
	struct fixture *f = *state;
	int fd = mkstemp(path);
	char yaml[100];

	snprintf(yaml, sizeof(yaml), "{name: x, password: 'file:%s'}", path);
	assert_int_equal(write(fd, "hunter2\n\n", 9), 9);
	assert_int_equal(parse(f, yaml), 0);
	assert_string_equal(f->all.password, "hunter2\n");

	assert_int_equal(write(fd, "\0", 1), 1);
	assert_int_equal(parse(f, yaml), -1);
	assert_non_null(strstr(buffer_text(&f->text), "holds a NUL"));
	assert_null(strstr(buffer_text(&f->text), "hunter2"));

	assert_int_equal(ftruncate(fd, 100000), 0);
	assert_int_equal(parse(f, yaml), -1);
	assert_non_null(strstr(buffer_text(&f->text), "File too large"));
	close(fd);
	unlink(path);
}

static void
test_copy_and_equal(void **state)
{
	static const char *const others[] = { "{name: y}", "{name: x, path: /}",
		"{name: x, count: 6}", "{name: x, ratio: 0}",
		"{name: x, size: 1MB}", "{name: x, every: 1s}",
		"{name: x, strict: no}", "{name: x, mode: get}",
		"{name: x, list: a}", "{name: x, labels: {a: b}}",
		"{name: x, password: p}", "{name: x, to: h}",
		"{name: x, tree: {a: [b]}}" };
	struct fixture *f = *state;
	struct all first, copy;
	size_t i;

	assert_int_equal(parse(f, "name: x"), 0);
	first = f->all;
	assert_int_equal(parse(f, "{name: 'x', path: /proc}"), 0);
	assert_true(options_equal(all_table, &first, &f->all));
	for (i = 0; i < COUNT(others); i++) {
		assert_int_equal(parse(f, others[i]), 0);
		assert_false(options_equal(all_table, &first, &f->all));
		memset(&copy, 0, sizeof(copy));
		options_copy(all_table, &copy, &f->all);
		assert_true(options_equal(all_table, &copy, &f->all));
		assert_int_equal(parse(f, others[i]), 0);
		assert_true(options_equal(all_table, &copy, &f->all));
	}
}

struct small {
	int64_t number;
	const char *text;
};

#define NUMBER(...)                                                            \
	{                                                                      \
		.name = "n", .type = FARM_TYPE_INTEGER, __VA_ARGS__            \
	}

static void
test_check(void **state)
{
	static const struct {
		struct farm_option option;
		const char *want;
	} cases[] = {
		{ NUMBER(.fallback = "5", .max = 5), "" },
		{ NUMBER(.fallback = "6", .max = 5),
		    "option \"n\": its default: \"n\" is 6; it must be 0 to "
		    "5" },
		{ NUMBER(.fallback = "x"),
		    "option \"n\": its default: \"n\" "
		    "must be a whole number, not \"x\"" },
		{ NUMBER(.offset = 16), "option \"n\": its field at byte 16 is "
					"outside of the state of 16 bytes" },
		{ NUMBER(.offset = SIZE_MAX - 3),
		    "option \"n\": its field at byte 18446744073709551612 is "
		    "outside of the state of 16 bytes" },
		{ NUMBER(.offset = 4),
		    "option \"n\": its field at byte 4 is not aligned" },
		{ NUMBER(.min = 2, .max = 1),
		    "option \"n\": its bounds are the wrong way round" },
		{ NUMBER(.flags = FARM_LISTEN),
		    "option \"n\": listens, but is not an address" },
		{ NUMBER(.flags = FARM_REQUIRED, .fallback = "1"),
		    "option \"n\": is required, but has a default" },
		{ { .name = "t", .type = 99 },
		    "option \"t\": has the unknown type 99" },
		{ { .type = FARM_TYPE_STRING }, "option 1 has no name" },
		{ { .name = "e", .type = FARM_TYPE_ENUM },
		    "option \"e\": has no choices" },
		{ { .name = "e", .type = FARM_TYPE_ENUM, .choices = "a||b" },
		    "option \"e\": has an empty choice" },
		{ { .name = "s", .type = FARM_TYPE_SECRET, .fallback = "x" },
		    "option \"s\": is a secret, but has a default" },
		{ { .name = "m",
		      .type = FARM_TYPE_TREE,
		      .flags = FARM_SENSITIVE,
		      .fallback = "{}" },
		    "option \"m\": is a secret, but has a default" },
		{ { .name = "i",
		      .type = FARM_TYPE_INTEGER,
		      .flags = FARM_SENSITIVE },
		    "option \"i\": is sensitive, but not a string, list, map, "
		    "secret or tree" },
	};
	struct farm_option table[3] = { { .name = NULL } };
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		table[0] = cases[i].option;
		err.text[0] = '\0';
		(void)options_check((struct option_table){ .first = table },
		    sizeof(struct small), &err);
		assert_string_equal(err.text, cases[i].want);
	}
	table[0] = table[1] = cases[0].option;
	assert_int_equal(options_check((struct option_table){ .first = table },
			     sizeof(struct small), &err),
	    -1);
	assert_string_equal(err.text, "two options are called \"n\"");
	assert_int_equal(
	    options_check((struct option_table){ .first = table, .stride = 24 },
		sizeof(struct small), &err),
	    -1);
	assert_string_equal(err.text, "an option of 24 bytes is too short");
	assert_int_equal(options_check(all_table, sizeof(struct all), &err), 0);
	assert_int_equal(
	    options_check((struct option_table){ .first = NULL }, 0, &err), 0);
}

/*
 * A compiler that knew fewer or more members: what it did not write is never
 * read, what we do not know is skipped.  Each table ends where its memory
 * does.
 */
static void
test_stride(void **state)
{
	static const size_t strides[] = {
		offsetof(struct farm_option, min),
		sizeof(struct farm_option),
		sizeof(struct farm_option) + 24,
	};
	static const struct farm_option options[] = {
		FARM_OPTION_INTEGER(
		    "number", struct small, number, "7", 0, 0, "n"),
		FARM_OPTION_STRING("text", struct small, text, "t", "s"),
		FARM_OPTION_END
	};
	struct fixture *f = *state;
	struct option_table table;
	struct small small;
	char *memory;
	size_t i, j, copied;

	for (i = 0; i < COUNT(strides); i++) {
		memory = malloc(COUNT(options) * strides[i]);
		memset(memory, 0xee, COUNT(options) * strides[i]);
		copied = strides[i] < sizeof(options[0]) ? strides[i]
							 : sizeof(options[0]);
		for (j = 0; j < COUNT(options); j++)
			memcpy(memory + j * strides[i], &options[j], copied);
		table.first = (const void *)memory;
		table.stride = strides[i];
		assert_int_equal(options_check(table, sizeof(small), NULL), 0);
		assert_int_equal(options_parse(table, NULL, NULL, &small,
				     f->arena, &f->problems),
		    0);
		assert_int_equal(small.number, 7);
		assert_string_equal(small.text, "t");
		assert_string_equal(option_at(table, 1)->name, "text");
		assert_null(option_at(table, 2));
		buffer_clear(&f->text);
		options_json(&f->text, table);
		options_markdown(&f->text, table);
		options_schema(&f->text, table, NULL);
		free(memory);
	}
}

static void
test_text(void **state)
{
	struct fixture *f = *state;
	struct all a;

	assert_int_equal(option_parse_text(
			     &all_options[5], "3s", &a, f->arena, &f->problems),
	    0);
	assert_int_equal(a.every, 3 * NS_PER_S);
	assert_int_equal(option_parse_text(&all_options[8], "[x, y, z]", &a,
			     f->arena, &f->problems),
	    0);
	assert_int_equal(a.list.n, 3);
	assert_int_equal(option_parse_text(&all_options[9], "{x: y}", &a,
			     f->arena, &f->problems),
	    0);
	assert_string_equal(a.labels.pairs[0].value, "y");
	assert_int_equal(option_parse_text(&all_options[12], "scalar", &a,
			     f->arena, &f->problems),
	    0);
	assert_string_equal(a.tree->value, "scalar");
	assert_int_equal(
	    option_parse_text(&all_options[2], "0", &a, f->arena, &f->problems),
	    -1);
	assert_string_equal(
	    f->problems.items[0].text, "\"count\" is 0; it must be 1 to 1000");
	assert_null(f->problems.items[0].file);
}

static void
test_print_type(void **state)
{
	static const char *const want[] = { "string, required",
		"path, default /proc", "integer, 1 to 1000, default 5",
		"number, 0 to 1, default 0.5",
		"size, 1KiB to 1000000TB, default 64KiB",
		"duration, 1s to 1d, default 10s", "boolean, default yes",
		"get, walk or bulk, default walk", "list, default [a, b]",
		"map", "secret", "address", "tree", "map, never shown" };
	static const struct farm_option least = {
		.name = "n", .type = FARM_TYPE_INTEGER, .min = 1, .max = 1e300
	};
	static const struct farm_option most = {
		.name = "n", .type = FARM_TYPE_INTEGER, .min = -1e300, .max = 5
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < COUNT(want); i++) {
		buffer_clear(&f->text);
		option_print_type(&f->text, &all_options[i]);
		assert_string_equal(buffer_text(&f->text), want[i]);
	}
	buffer_clear(&f->text);
	option_print_type(&f->text, &least);
	buffer_puts(&f->text, "; ");
	option_print_type(&f->text, &most);
	assert_string_equal(
	    buffer_text(&f->text), "integer, at least 1; integer, at most 5");
}

/* What jansson reads and writes again, one entry. */
static void
assert_json(json_t *json, const char *want)
{
	char *text;

	assert_non_null(json);
	text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	assert_string_equal(text, want);
	free(text);
}

static void
test_json(void **state)
{
	struct fixture *f = *state;
	json_t *json;

	options_json(&f->text, all_table);
	json = json_loads(buffer_text(&f->text), JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_array_size(json), 14);
	assert_json(json_array_get(json, 0),
	    "{\"name\":\"name\",\"type\":\"string\",\"required\":true,"
	    "\"help\":\"who\"}");
	assert_json(json_array_get(json, 2),
	    "{\"name\":\"count\",\"type\":\"integer\",\"default\":5,\"min\":1,"
	    "\"max\":1000,\"required\":false,\"help\":\"n\"}");
	assert_json(json_array_get(json, 5),
	    "{\"name\":\"every\",\"type\":\"duration\",\"default\":\"10s\","
	    "\"min\":\"1s\",\"max\":\"1d\",\"required\":false,"
	    "\"help\":\"interval\"}");
	assert_json(
	    json_object_get(json_array_get(json, 6), "default"), "true");
	assert_json(json_object_get(json_array_get(json, 7), "choices"),
	    "[\"get\",\"walk\",\"bulk\"]");
	assert_json(json_object_get(json_array_get(json, 8), "default"),
	    "[\"a\",\"b\"]");
	assert_json(json_array_get(json, 13),
	    "{\"name\":\"users\",\"type\":\"map\",\"required\":false,"
	    "\"sensitive\":true,\"help\":\"with their passwords\"}");
	json_decref(json);
}

static void
test_schema(void **state)
{
	struct fixture *f = *state;
	json_t *json, *properties;

	options_schema(&f->text, all_table, "\"x\":{\"type\":\"null\"}");
	json = json_loads(buffer_text(&f->text), JSON_REJECT_DUPLICATES, NULL);
	assert_json(json_object_get(json, "type"), "\"object\"");
	assert_json(json_object_get(json, "required"), "[\"name\"]");
	assert_json(json_object_get(json, "additionalProperties"), "false");
	properties = json_object_get(json, "properties");
	assert_int_equal(json_object_size(properties), 15);
	assert_json(json_object_get(properties, "every"),
	    "{\"type\":[\"string\",\"number\"],\"pattern\":\"^-?([0-9]+"
	    "(\\\\.[0-9]+)?|([0-9]+(\\\\.[0-9]+)?(ns|us|ms|s|m|h|d|w|y))+)$\","
	    "\"minimum\":1,\"maximum\":86400,\"default\":\"10s\","
	    "\"description\":\"interval\"}");
	assert_json(json_object_get(properties, "mode"),
	    "{\"enum\":[\"get\",\"walk\",\"bulk\"],\"default\":\"walk\","
	    "\"description\":\"how\"}");
	json_decref(json);

	buffer_clear(&f->text);
	options_schema(
	    &f->text, (struct option_table){ .first = NULL }, "\"x\":{}");
	assert_string_equal(buffer_text(&f->text),
	    "{\"type\":\"object\",\"properties\":{\"x\":{}},"
	    "\"additionalProperties\":false}");
}

static void
test_markdown(void **state)
{
	static const struct farm_option options[] = {
		{ .name = "late",
		    .type = FARM_TYPE_BOOLEAN,
		    .flags = FARM_ADVANCED,
		    .help = "a | b" },
		{ .name = "early",
		    .type = FARM_TYPE_INTEGER,
		    .fallback = "1",
		    .help = "first" },
		FARM_OPTION_END
	};
	struct fixture *f = *state;

	options_markdown(&f->text, (struct option_table){ .first = options });
	assert_string_equal(buffer_text(&f->text),
	    "| option | type and default | help |\n"
	    "| --- | --- | --- |\n"
	    "| `early` | integer, default 1 | first |\n"
	    "| `late` | boolean | a \\| b |\n");
}

#define TEST(FUNCTION)                                                         \
	cmocka_unit_test_setup_teardown(FUNCTION, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),
		TEST(test_given),
		TEST(test_errors),
		TEST(test_no_tree),
		TEST(test_secret_file),
		TEST(test_copy_and_equal),
		TEST(test_check),
		TEST(test_stride),
		TEST(test_text),
		TEST(test_print_type),
		TEST(test_json),
		TEST(test_schema),
		TEST(test_markdown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
