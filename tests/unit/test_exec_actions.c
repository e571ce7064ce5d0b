/* Actions of the exec collector: which are taken, and what one answers. */
#include <jansson.h>
#include <string.h>

#include "actions.h"
#include "buffer.h"
#include "fake_host.h"
#include "unit.h"

extern const struct farm_entry farm_module;

/* The table's entries. */
enum { LIST, ANY };

struct acting {
	struct fake_host *fake;
	struct farm_target *target;
	json_t *answer; /* the last; NULL: it failed */
};

static void
begin(struct acting *a, const char *actions)
{
	*a = (struct acting){ .fake = fake_new(&farm_module) };
	a->fake->deadline_ns = INT64_MAX;
	a->target = fake_target(a->fake, "c", "n1", "192.0.2.1");
	fake_options(a->fake, "command", "true", "actions", actions, NULL);
}

static void
start(struct acting *a)
{
	if (fake_open(a->fake) != 0)
		fail_msg("%s", fake_failure(a->fake));
	assert_int_equal(fake_collect(a->fake, a->target), 0);
}

static int
act(struct acting *a, int which, const char *action, const char *node)
{
	const struct action_arguments arguments = { action, node };
	int rc;

	json_decref(a->answer);
	a->answer = NULL;
	a->fake->failure = NULL;
	rc = actions_table[which].run(
	    &a->fake->host, fake_state(a->fake), &arguments);
	if (rc == 0)
		a->answer = json_loads(a->fake->reply, 0, NULL);
	return rc;
}

static const char *
text(const struct acting *a, const char *member)
{
	const char *value = json_string_value(
	    json_object_get(a->answer, member));

	return value != NULL ? value : "(null)";
}

static void
end(struct acting *a)
{
	json_decref(a->answer);
	fake_free(a->fake);
}

static const struct {
	const char *actions;
	const char *why; /* "": it is taken */
} checked[] = {
	{ "{}", "" },
	{ "{a: ls}", "" },
	{ "{a: [ls, '{node}'], b: {command: ls}}", "" },
	{ "{a: {command: 'echo {x} $1', shell: yes}}", "" },
	{ "[a]", "actions:1:1: \"actions\" must be NAME: COMMAND, not a list" },
	{ "{list: ls}",
	    "actions:1:8: \"list\" is the action that tells of the others" },
	{ "{'*': ls}",
	    "actions:1:7: \"*\": the name of an action is of letters, digits, "
	    "_, . and -" },
	{ "{a/b: ls}",
	    "actions:1:7: \"a/b\": the name of an action is of letters, "
	    "digits, _, . and -" },
	{ "{a: []}", "actions:1:5: a: names no program" },
	{ "{a: {timeout: 1s}}", "actions:1:5: \"command\" is required" },
	{ "{a: {command: ls, timeout: 26s}}",
	    "actions:1:28: \"timeout\" is 26s; it must be 10ms to 25s" },
	{ "{a: {command: ls, times: 1}}", "actions:1:26: unknown key" },
	{ "{a: [ls, '{host}']}", "actions:1:5: a: command[1]: \"{host}\"" },
	{ "{a: [ls, [x]]}", "\"command\" must be a list of strings" },
};

static void
test_check(void **unused)
{
	struct acting a;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(checked); i++) {
		begin(&a, checked[i].actions);
		assert_int_equal(
		    fake_check(a.fake), checked[i].why[0] != '\0' ? -1 : 0);
		if (strstr(fake_failure(a.fake), checked[i].why) == NULL)
			fail_msg(
			    "%s: %s", checked[i].actions, fake_failure(a.fake));
		/* What is not taken does not open, and is no harm. */
		assert_int_equal(
		    fake_open(a.fake), checked[i].why[0] != '\0' ? -1 : 0);
		end(&a);
	}
}

static const struct {
	const char *command;
	int code; /* -1: none */
	const char *output;
	const char *errors;
	const char *failure;
} runs[] = {
	{ "[echo, '{cluster} {node}', $HOME]", 0, "c n1 $HOME\n", "",
	    "(null)" },
	{ "{command: ['echo $FARM_ADDRESS {node} $1', '{node}'], shell: yes}",
	    0, "192.0.2.1 {node} n1\n", "", "(null)" },
	{ "{command: 'echo out; echo why >&2; exit 3', shell: yes}", 3, "out\n",
	    "why\n", "/bin/sh -c " },
	{ "{command: 'kill -9 $$', shell: yes}", -1, "", "",
	    "ended by SIGKILL" },
	{ "{command: 'echo a; sleep 600 & wait', shell: yes, timeout: 200ms}",
	    -1, "a\n", "", "not over after " },
};

static void
test_runs(void **unused)
{
	struct buffer actions = BUFFER_INIT;
	const json_t *code;
	struct acting a;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(runs); i++) {
		buffer_clear(&actions);
		buffer_printf(&actions, "{a: ls, b: %s}", runs[i].command);
		begin(&a, buffer_text(&actions));
		start(&a);
		if (act(&a, ANY, "b", "n1") != 0)
			fail_msg("%s", fake_failure(a.fake));
		assert_string_equal(text(&a, "action"), "b");
		assert_string_equal(text(&a, "node"), "n1");
		assert_string_equal(text(&a, "output"), runs[i].output);
		assert_string_equal(text(&a, "errors"), runs[i].errors);
		if (strstr(text(&a, "failure"), runs[i].failure) == NULL)
			fail_msg("%s", text(&a, "failure"));
		code = json_object_get(a.answer, "exit_code");
		if (runs[i].code < 0)
			assert_true(json_is_null(code));
		else
			assert_int_equal(
			    json_integer_value(code), runs[i].code);
		/* One line of the log, whatever came of it. */
		assert_int_equal(a.fake->n_logs, 1);
		assert_non_null(strstr(a.fake->logs[0].text, "b n1: "));
		assert_int_equal(a.fake->logs[0].level,
		    runs[i].code == 0 ? FARM_NOTICE : FARM_WARNING);
		end(&a);
	}
	buffer_free(&actions);
}

/* What a person is told is bounded, and says so. */
static void
test_much(void **unused)
{
	struct acting a;

	(void)unused;
	begin(&a, "{a: [head, -c, '100000', /dev/zero], b: [yes]}");
	fake_options(a.fake, "output_max", "200000", NULL);
	start(&a);
	assert_int_equal(act(&a, ANY, "a", NULL), 0);
	assert_int_equal(
	    json_integer_value(json_object_get(a.answer, "left_out_bytes")),
	    100000 - 65536);
	assert_int_equal(act(&a, ANY, "b", NULL), 0);
	assert_non_null(strstr(text(&a, "failure"), "said more than "));
	end(&a);
}

static void
test_nodes(void **unused)
{
	struct farm_target *other;
	struct acting a;

	(void)unused;
	begin(&a, "{a: [echo, '{node}'], b: /nonexistent}");
	other = fake_target(a.fake, "c", "n2", "");
	assert_int_equal(fake_open(a.fake), 0);
	assert_int_equal(act(&a, ANY, "a", NULL), -1);
	assert_string_equal(
	    fake_failure(a.fake), "a: no node has been read yet");
	assert_int_equal(fake_collect(a.fake, a.target), 0);
	assert_int_equal(act(&a, ANY, "a", NULL), 0);
	assert_string_equal(text(&a, "output"), "n1\n");
	assert_int_equal(act(&a, ANY, "a", "n2"), -1);
	assert_string_equal(
	    fake_failure(a.fake), "a: n2: no such node has been read yet");
	assert_int_equal(fake_collect(a.fake, other), 0);
	assert_int_equal(act(&a, ANY, "a", "n2"), 0);
	assert_string_equal(text(&a, "output"), "n2\n");
	assert_int_equal(act(&a, ANY, "a", NULL), -1);
	assert_string_equal(
	    fake_failure(a.fake), "a: which \"node\"? There are several");
	fake_target_close(a.fake, a.target);
	assert_int_equal(act(&a, ANY, "a", NULL), 0);
	assert_string_equal(text(&a, "output"), "n2\n");
	assert_int_equal(act(&a, ANY, "c", NULL), -1);
	assert_string_equal(
	    fake_failure(a.fake), "no action \"c\" in the option \"actions\"");
	assert_int_equal(act(&a, ANY, "b", NULL), -1);
	assert_string_equal(fake_failure(a.fake),
	    "b n2: /nonexistent: No such file or directory");
	end(&a);
}

static void
test_list(void **unused)
{
	struct acting a;

	(void)unused;
	begin(&a, "{a: [ls, '{node}'], b: {command: date, timeout: 1500ms}}");
	start(&a);
	assert_int_equal(act(&a, LIST, NULL, NULL), 0);
	assert_string_equal(a.fake->reply,
	    "{\"actions\":[{\"name\":\"a\",\"command\":[\"ls\",\"{node}\"],"
	    "\"shell\":false,\"timeout\":20.000},\n"
	    "{\"name\":\"b\",\"command\":[\"date\"],\"shell\":false,"
	    "\"timeout\":1.500}]}");
	end(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_much),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
