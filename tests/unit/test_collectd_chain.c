#include "conf.h"

#include "engine.h"

#include "unit.h"

/* A match of values above its Limit, and a target that adds 1. */
static int
above_create(const oconfig_item_t *ci, void **data)
{
	double limit = 0;

	if (ci->children_num != 1 ||
	    cf_util_get_double(&ci->children[0], &limit) != 0)
		return -1;
	*data = malloc(sizeof(limit));
	memcpy(*data, &limit, sizeof(limit));
	return 0;
}

static int
above_destroy(void **data)
{
	free(*data);
	return 0;
}

static int
above_match(const data_set_t *ds, const value_list_t *vl,
    notification_meta_t **meta, void **data)
{
	double limit;

	(void)ds;
	/* Left for the targets of the rule. */
	if (*meta == NULL)
		*meta = calloc(1, sizeof(**meta));
	memcpy(&limit, *data, sizeof(limit));
	return vl->values[0].gauge > limit ? FC_MATCH_MATCHES
					   : FC_MATCH_NO_MATCH;
}

static int
fail_match(const data_set_t *ds, const value_list_t *vl,
    notification_meta_t **meta, void **data)
{
	(void)ds;
	(void)vl;
	(void)meta;
	(void)data;
	return -5;
}

static int
more_invoke(const data_set_t *ds, value_list_t *vl, notification_meta_t **meta,
    void **data)
{
	(void)ds;
	(void)meta;
	(void)data;
	vl->values[0].gauge++;
	return FC_TARGET_CONTINUE;
}

static int
fail_invoke(const data_set_t *ds, value_list_t *vl, notification_meta_t **meta,
    void **data)
{
	(void)ds;
	(void)vl;
	(void)meta;
	(void)data;
	return -7;
}

static void
test_register(void **state)
{
	(void)state;
	assert_int_equal(
	    fc_register_match("above",
		(match_proc_t){ above_create, above_destroy, above_match }),
	    0);
	assert_int_equal(
	    fc_register_match("fail", (match_proc_t){ .match = fail_match }),
	    0);
	assert_int_equal(fc_register_target(
			     "more", (target_proc_t){ .invoke = more_invoke }),
	    0);
	assert_int_equal(fc_register_target(
			     "fail", (target_proc_t){ .invoke = fail_invoke }),
	    0);
	assert_int_equal(fc_register_target(
			     "MORE", (target_proc_t){ .invoke = more_invoke }),
	    EEXIST);
	assert_string_equal(engine_log, "there is a target \"MORE\" already");
}

static int
configure(const char *text)
{
	oconfig_item_t *root;
	struct error err;
	int i, status = 0;

	if (conf_parse("f", text, strlen(text), &root, &err) != 0)
		fail_msg("%s", err.text);
	engine_log[0] = '\0';
	for (i = 0; i < root->children_num; i++)
		status |= fc_configure(&root->children[i]);
	oconfig_free(root);
	return status;
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *log;
	} cases[] = {
		{ "Chain 5\n", "Chain needs exactly one string, its name" },
		{ "Rule \"x\"\n",
		    "Rule means nothing in a <configuration of chains>" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_not_equal(configure(cases[i].text), 0);
		assert_string_equal(engine_log, cases[i].log);
	}
	/* The last that is said of these is that the chain is left out. */
	assert_int_not_equal(
	    configure("<Chain \"x\">\nTarget \"none\"\n</Chain>\n"), 0);
	assert_int_not_equal(
	    configure("<Chain \"x\">\n<Rule>\nA 1\n</Rule>\n</Chain>\n"), 0);
	assert_int_not_equal(configure("<Chain \"x\">\n<Rule \"r\">\n<Match "
				       "\"above\">\nLimit 1\n</Match>\n"
				       "</Rule>\n</Chain>\n"),
	    0);
	assert_int_not_equal(configure("<Chain \"x\">\n<Target \"jump\">\n"
				       "To \"y\"\n</Target>\n</Chain>\n"),
	    0);
	assert_string_equal(engine_log, "the chain \"x\" is left out");
	assert_null(fc_chain_get_by_name("x"));
}

static void
test_flow(void **state)
{
	static const char text[] =
	    "<Chain \"main\">\n"
	    "<Rule \"big\">\n"
	    "<Match \"above\">\nLimit 100\n</Match>\nTarget \"stop\"\n"
	    "</Rule>\n"
	    "<Rule>\n"
	    "<Match \"above\">\nLimit 50\n</Match>\nTarget \"more\"\n"
	    "<Target \"jump\">\nChain \"SUB\"\n</Target>\n"
	    "Target \"fail\"\nTarget \"more\"\n"
	    "</Rule>\n"
	    "<Rule>\n"
	    "<Match \"above\">\nLimit 20\n</Match>\nTarget \"return\"\n"
	    "</Rule>\n"
	    "<Rule>\n<Match \"fail\">\n</Match>\nTarget \"stop\"\n</Rule>\n"
	    "<Target \"write\">\nPlugin \"a\" \"none\"\nPlugin \"b\"\n"
	    "</Target>\n"
	    "Target \"write\"\n"
	    "</Chain>\n"
	    "<Chain \"sub\">\n"
	    "<Rule>\n<Match \"above\">\nLimit 90\n</Match>\n"
	    "Target \"stop\"\n</Rule>\n"
	    "Target \"return\"\n"
	    "</Chain>\n"
	    "<Chain \"sub\">\nTarget \"more\"\n</Chain>\n";
	static const struct {
		gauge_t value, after;
		int status;
		const char *calls;
	} cases[] = {
		{ 200, 200, FC_TARGET_STOP, "" },
		{ 95, 96, FC_TARGET_STOP, "" },
		{ 60, 62, FC_TARGET_CONTINUE, "" },
		{ 30, 30, FC_TARGET_CONTINUE, "" },
		{ 5, 5, FC_TARGET_CONTINUE,
		    "write a h/p/t\nwrite none h/p/t\nwrite b h/p/t\n"
		    "write all h/p/t\n" },
	};
	value_t value;
	value_list_t vl = { .values = &value,
		.values_len = 1,
		.host = "h",
		.plugin = "p",
		.type = "t" };
	data_set_t ds = { .type = "t" };
	size_t i;

	(void)state;
	assert_int_equal(configure(text), 0);
	for (i = 0; i < COUNT(cases); i++) {
		engine_calls[0] = '\0';
		value.gauge = cases[i].value;
		assert_int_equal(
		    fc_process_chain(&ds, &vl, fc_chain_get_by_name("Main")),
		    cases[i].status);
		assert_true(value.gauge == cases[i].after);
		assert_string_equal(engine_calls, cases[i].calls);
	}
	assert_int_equal(fc_process_chain(&ds, &vl, NULL), -1);
	engine_calls[0] = '\0';
	assert_int_equal(fc_default_action(&ds, &vl), 0);
	assert_string_equal(engine_calls, "write all h/p/t\n");
}

static void
test_circle(void **state)
{
	value_t value = { .gauge = 0 };
	value_list_t vl = { .values = &value, .values_len = 1 };
	data_set_t ds = { .type = "t" };

	(void)state;
	assert_int_equal(configure("<Chain \"o\">\nTarget \"more\"\n<Target "
				   "\"jump\">\nChain \"o\"\n</Target>\n"
				   "</Chain>\n"),
	    0);
	assert_int_equal(
	    fc_process_chain(&ds, &vl, fc_chain_get_by_name("o")), 0);
	assert_true(value.gauge == 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_register),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_circle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
