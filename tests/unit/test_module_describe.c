#include <jansson.h>
#include <string.h>

#include "module.h"
#include "unit.h"

static struct module *
open_good(const char *path)
{
	struct module *m = NULL;
	struct error err = { .text = "" };

	if (module_open(path, true, &m, &err) != 0)
		fail_msg("%s", err.text);
	return m;
}

static int
setup(void **state)
{
	*state = open_good(TEST_MODULES "/good/full.so");
	return 0;
}

static json_t *
parse(struct buffer *text)
{
	json_error_t err;
	json_t *json;

	assert_false(buffer_failed(text));
	json = json_loadb(text->data, text->size, JSON_REJECT_DUPLICATES, &err);
	if (json == NULL)
		fail_msg("%s: %s", err.text, text->data);
	buffer_free(text);
	return json;
}

static void
assert_text(const json_t *object, const char *key, const char *want)
{
	assert_string_equal(
	    json_string_value(json_object_get(object, key)), want);
}

static void
test_json(void **state)
{
	struct buffer out = BUFFER_INIT;
	json_t *json, *item;

	module_describe_json(&out, *state, true);
	json = parse(&out);
	assert_text(json, "name", "full");
	assert_text(json, "role", "collector");
	assert_text(json, "version", "2.1");
	assert_text(json, "abi", "1.1");
	assert_text(json, "path", TEST_MODULES "/good/full.so");
	assert_text(json, "summary", "all that can be said");
	assert_text(json, "description", "Asks a *server* that is not there.");
	assert_true(json_is_true(json_object_get(json, "ours")));
	assert_true(json_is_null(json_object_get(json, "worker")));
	assert_int_equal(json_array_size(json_object_get(json, "options")), 7);
	assert_int_equal(json_array_size(json_object_get(json, "needs")), 2);
	assert_string_equal(json_string_value(json_array_get(
				json_object_get(json, "flags"), 0)),
	    "serial");

	item = json_array_get(json_object_get(json, "parameters"), 0);
	assert_text(item, "name", "*_in");
	assert_text(item, "kind", "counter64");
	assert_text(item, "unit", "By");
	item = json_array_get(json_object_get(json, "actions"), 0);
	assert_text(item, "name", "reset");
	item = json_array_get(json_object_get(item, "arguments"), 0);
	assert_text(item, "name", "why");
	json_decref(json);
}

static void
test_schema(void **state)
{
	struct buffer out = BUFFER_INIT;
	json_t *json, *properties;

	module_describe_schema(&out, *state);
	json = parse(&out);
	assert_text(json, "type", "object");
	properties = json_object_get(json, "properties");
	assert_non_null(json_object_get(properties, "timeout"));
	assert_int_equal(json_object_size(properties), 7);
	json_decref(json);
}

static void
assert_has(const struct buffer *text, const char *want)
{
	if (strstr(buffer_text(text), want) == NULL)
		fail_msg("no \"%s\" in:\n%s", want, buffer_text(text));
}

static void
test_text(void **state)
{
	struct buffer out = BUFFER_INIT;

	module_describe_text(&out, *state);
	assert_has(&out,
	    "full: all that can be said\n"
	    "collector, version 2.1, ABI 1.1, " TEST_MODULES "/good/full.so\n"
	    "reads one target at a time\n"
	    "needs sockets, programs that it starts\n"
	    "\nAsks a *server* that is not there.\n"
	    "\noptions:\n  to: ");
	assert_has(&out, "\n      where to ask\n");
	assert_has(&out, "\nparameters:\n"
			 "  *_in: counter64, By\n"
			 "      bytes received\n"
			 "  status: state\n"
			 "      up | down\n"
			 "\nactions:\n"
			 "  reset\n"
			 "      begins anew\n"
			 "      why: ");
	buffer_free(&out);
}

static void
test_page(void **state)
{
	struct buffer out = BUFFER_INIT;

	module_describe_markdown(&out, *state);
	assert_has(&out, "# full\n\nCollector `full`: all that can be said.\n"
			 "\nAsks a *server* that is not there.\n"
			 "\n## Options\n\n"
			 "| option | type | meaning |\n"
			 "| --- | --- | --- |\n| `to` | ");
	assert_has(&out, "| how to ask |\n| `retries` | ");
	assert_has(&out, "| how often to ask again |\n"
			 "\n## Parameters\n\n"
			 "| name | kind | unit | meaning |\n"
			 "| --- | --- | --- | --- |\n"
			 "| `*_in` | counter64 | By | bytes received |\n"
			 "| `status` | state |  | up \\| down |\n"
			 "\n## Actions\n\n`reset`: begins anew\n"
			 "\nArguments:\n\n");
	assert_has(&out, "\nIt reads one target at a time.\n"
			 "\nNeeds sockets, programs that it starts.\n");
	assert_has(&out, "\n## Example\n\n```yaml\n"
			 "clusters:\n"
			 "  example:\n"
			 "    nodes: [localhost]\n"
			 "    collect:\n"
			 "      - full:\n"
			 "          every: 30s\n"
			 "          to: \"localhost:1234\"\n"
			 "          user: \"nobody at all\"\n"
			 "          timeout: 10s\n"
			 "          mode: get\n"
			 "```\n");
	buffer_free(&out);
}

static void
test_filter_page(void **state)
{
	struct buffer out = BUFFER_INIT;

	(void)state;
	module_describe_markdown(
	    &out, open_good(TEST_MODULES "/good/filters/hello.so"));
	assert_string_equal(buffer_text(&out),
	    "# hello\n\nFilter `hello`: what came in.\n"
	    "\nGives every value back.\n"
	    "\n## Example\n\n```yaml\n"
	    "filters:\n"
	    "  - hello:\n"
	    "      match: \"*/*/*/*\"\n"
	    "```\n");
	buffer_free(&out);
}

/* An example in the description stands in for the one made from the table. */
static void
test_own_example(void **state)
{
	struct module m = *open_good(TEST_MODULES "/good/filters/hello.so");
	struct buffer out = BUFFER_INIT;

	(void)state;
	m.descriptor.description = "As in\n\n```yaml\nfilters: [hello]\n```";
	module_describe_markdown(&out, &m);
	assert_string_equal(buffer_text(&out),
	    "# hello\n\nFilter `hello`: what came in.\n"
	    "\nAs in\n\n```yaml\nfilters: [hello]\n```\n");
	buffer_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_filter_page),
		cmocka_unit_test(test_own_example),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
