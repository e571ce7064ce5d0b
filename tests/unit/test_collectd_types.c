#include "types_db.h"

#include "unit.h"

struct seen {
	char text[512];
	size_t n;
};

static void
see(void *data, const data_set_t *ds)
{
	struct seen *seen = data;
	size_t i, used;

	seen->n++;
	for (i = 0; i < ds->ds_num; i++) {
		used = strlen(seen->text);
		snprintf(seen->text + used, sizeof(seen->text) - used,
		    "%s %s %d %g %g;", ds->type, ds->ds[i].name, ds->ds[i].type,
		    ds->ds[i].min, ds->ds[i].max);
	}
}

static void
test_lines(void **state)
{
	static const struct {
		const char *text, *seen, *error;
		size_t bad;
	} cases[] = {
		{ "", "", "", 0 },
		{ "# a\n\n  \n", "", "", 0 },
		{ "a  value:GAUGE:0:100", "a value 1 0 100;", "", 0 },
		{ "a x:derive:U:1e3, y:COUNTER:-5:U\r\nb z:ABSOLUTE:0:U\n",
		    "a x 2 nan 1000;a y 0 -5 nan;b z 3 0 nan;", "", 0 },
		{ "a x:GAUGE:0:1,y:GAUGE:0:1\n", "a x 1 0 1;a y 1 0 1;", "",
		    0 },
		{ "a\nb x:GAUGE:0:1\n", "b x 1 0 1;", "f:1: a has no source",
		    1 },
		{ "a x\n", "", "f:1: \"x\" is not NAME:KIND:MIN:MAX", 1 },
		{ "a x:GAUGE:0:1:2\n", "",
		    "f:1: \"x\" is not NAME:KIND:MIN:MAX", 1 },
		{ "\na x:FOO:0:1\nb\n", "", "f:2: \"FOO\" is no kind of value",
		    2 },
		{ "a x:GAUGE:0:z\n", "", "f:1: \"z\" is no bound", 1 },
		{ "a x:GAUGE::1\n", "", "f:1: \"\" is no bound", 1 },
		{ "a :GAUGE:0:1\n", "", "f:1: a name is missing", 1 },
	};
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct seen seen = { .n = 0 };

		err.text[0] = '\0';
		assert_int_equal(types_db_parse("f", cases[i].text,
				     strlen(cases[i].text), see, &seen, &err),
		    cases[i].bad);
		assert_string_equal(seen.text, cases[i].seen);
		assert_string_equal(err.text, cases[i].error);
	}
}

static void
test_bad_names(void **state)
{
	char line[300], want[400];
	struct seen seen = { .n = 0 };
	struct error err;

	(void)state;
	memset(line, 'n', 128);
	strcpy(line + 128, " x:GAUGE:0:1\n");
	assert_int_equal(
	    types_db_parse("f", line, strlen(line), see, &seen, &err), 1);
	line[128] = '\0';
	snprintf(want, sizeof(want),
	    "f:1: the name \"%s\" is longer than 127 bytes", line);
	assert_string_equal(err.text, want);
	assert_int_equal(seen.n, 0);
	assert_int_equal(
	    types_db_parse("f", "\0 x:GAUGE:0:1", 13, see, &seen, &err), 1);
	assert_string_equal(err.text, "f:1: a NUL byte");
}

static void
test_registry(void **state)
{
	data_source_t source = { "v", DS_TYPE_GAUGE, 0, 1 };
	data_set_t ds = { "mine", 1, &source };
	const data_set_t *before;
	size_t n = data_set_count();

	(void)state;
	assert_null(plugin_get_ds("mine"));
	assert_int_equal(data_set_register(&ds), 0);
	before = plugin_get_ds("mine");
	assert_int_equal(before->ds[0].max, 1);
	source.max = 2;
	assert_int_equal(data_set_register(&ds), 0);
	assert_int_equal(plugin_get_ds("mine")->ds[0].max, 2);
	/* Who has the old one may go on with it. */
	assert_int_equal(before->ds[0].max, 1);
	assert_int_equal(data_set_count(), n + 1);
	assert_int_equal(data_set_unregister("mine"), 0);
	assert_int_equal(data_set_unregister("mine"), -1);
	assert_null(plugin_get_ds("mine"));
	assert_int_equal(before->ds[0].max, 1);
	ds.ds_num = 0;
	assert_int_equal(data_set_register(&ds), -1);
}

static void
test_debian(void **state)
{
	const data_set_t *ds;
	struct error err;
	size_t skipped;

	(void)state;
	assert_int_equal(types_db_read("/nonexistent", &skipped, &err), -1);
	assert_string_equal(
	    err.text, "/nonexistent: No such file or directory");
	if (access("/usr/share/collectd/types.db", R_OK) != 0)
		skip();
	assert_int_equal(
	    types_db_read("/usr/share/collectd/types.db", &skipped, &err), 0);
	assert_int_equal(skipped, 0);
	assert_int_equal(data_set_count(), 366);
	ds = plugin_get_ds("load");
	assert_int_equal(ds->ds_num, 3);
	assert_string_equal(ds->ds[2].name, "longterm");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_registry),
		cmocka_unit_test(test_debian),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
