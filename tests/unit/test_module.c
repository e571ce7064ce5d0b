#include "module.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "module_files.h"
#include "unit.h"

#define GOOD TEST_MODULES "/good"
#define BAD TEST_MODULES "/bad"

static int
setup(void **state)
{
	static struct module_files files;

	module_files_init(&files);
	*state = &files;
	return 0;
}

static int
teardown(void **state)
{
	module_files_free(*state);
	return 0;
}

static struct module *
open_good(const char *path)
{
	struct module *m = NULL;
	struct error err = { .text = "" };

	if (module_open(path, true, &m, &err) != 0)
		fail_msg("%s", err.text);
	return m;
}

static void
test_refused(void **state)
{
	static const struct {
		const char *path;
		const char *want;
	} cases[] = {
		{ BAD "/major.so", "needs ABI 2.7, this host has 1.1" },
		{ BAD "/disagree.so", "note and entry disagree on role" },
		{ BAD "/noentry.so", "exports no farm_module" },
		{ BAD "/nodescriptor.so", "has no descriptor" },
		{ BAD "/nosummary.so", "has no summary" },
		{ BAD "/anything.so",
		    "action *: its first argument is no string \"action\"" },
		{ BAD "/nocollect.so",
		    "has none of collect(), collect_many(), listen()" },
		{ BAD "/noapply.so", "has no apply()" },
		{ BAD "/nowrite.so", "has no write()" },
		{ BAD "/endless.so", "its table of options has no end" },
		{ BAD "/undefined.so", "undefined symbol: farm_nowhere" },
		{ BAD "/absent.so", "No such file or directory" },
	};
	struct module untouched, *m;
	struct error err;
	char *whole;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		m = &untouched;
		assert_true(asprintf(&whole, "%s: %s", cases[i].path,
				cases[i].want) > 0);
		assert_int_equal(
		    module_open(cases[i].path, false, &m, &err), -1);
		assert_string_equal(err.text, whole);
		assert_ptr_equal(m, &untouched);
		free(whole);
	}
}

/* The rest of the text is the table's own affair. */
static void
test_bad_option(void **state)
{
	struct module *m = NULL;
	struct error err;

	(void)state;
	assert_int_equal(module_open(BAD "/nodefault.so", false, &m, &err), -1);
	assert_ptr_equal(strstr(err.text, BAD "/nodefault.so: "), err.text);
	assert_non_null(strstr(err.text, "count"));
	assert_null(strchr(err.text, '\n'));
	assert_null(m);
}

static void
test_loaded_once(void **state)
{
	struct module *m = open_good(GOOD "/hello.so");

	(void)state;
	assert_string_equal(m->name, "hello");
	assert_string_equal(m->path, GOOD "/hello.so");
	assert_int_equal(m->role, FARM_COLLECTOR);
	assert_true(m->ours);
	assert_non_null(m->descriptor.collector.collect);
	assert_null(option_at(m->options, 0));
	assert_ptr_equal(open_good(GOOD "/hello.so"), m);
	assert_ptr_equal(module_loaded(GOOD "/hello.so"), m);
	assert_null(module_loaded(GOOD "/nothing.so"));
}

/* Names of the options in order, separated by spaces. */
static void
assert_options(struct option_table table, const char *want)
{
	struct buffer names = BUFFER_INIT;
	const struct farm_option *o;
	size_t i;

	for (i = 0; (o = option_at(table, i)) != NULL; i++)
		buffer_printf(
		    &names, "%s%s=%s", i > 0 ? " " : "", o->name, o->fallback);
	assert_string_equal(buffer_text(&names), want);
	buffer_free(&names);
}

static void
test_longer(void **state)
{
	struct module *m = open_good(GOOD "/longer.so");
	struct farm_parameter p;
	struct farm_action a;

	(void)state;
	assert_string_equal(m->descriptor.summary, "structs of later");
	assert_non_null(m->descriptor.collector.collect);
	assert_null(m->descriptor.collector.collect_many);
	assert_options(m->options, "first=1 second=2");
	assert_true(option_at(m->options, 1)->max == 9);
	assert_true(module_parameter(m, 1, &p));
	assert_string_equal(p.name, "down");
	assert_int_equal(p.kind, FARM_COUNTER64);
	assert_string_equal(p.help, "second");
	assert_false(module_parameter(m, 2, &p));
	assert_true(module_action(m, 0, &a));
	assert_options(
	    (struct option_table){ .first = a.arguments }, "first=1 second=2");
	assert_true(module_action(m, 1, &a));
	assert_string_equal(a.name, "two");
	assert_null(a.arguments);
	assert_false(module_action(m, 2, &a));
}

static void
test_shorter(void **state)
{
	struct module *m = open_good(GOOD "/shorter.so");
	struct farm_parameter p;
	struct farm_action a;

	(void)state;
	assert_int_equal(m->descriptor.flags, FARM_SERIAL);
	assert_int_equal(m->descriptor.needs, FARM_NEEDS_NETWORK);
	assert_non_null(m->descriptor.collector.collect);
	assert_null(m->descriptor.collector.collect_many);
	assert_null(m->descriptor.open);
	assert_null(m->descriptor.listen);
	assert_null(m->descriptor.tick);
	assert_null(m->descriptor.check);
	assert_options(m->options, "first=1 second=2");
	assert_true(option_at(m->options, 0)->max == 0);
	assert_null(option_at(m->options, 0)->choices);
	assert_true(module_parameter(m, 1, &p));
	assert_string_equal(p.unit, "By");
	assert_null(p.help);
	assert_false(module_parameter(m, 2, &p));
	assert_false(module_action(m, 0, &a));
}

static void
test_find_parameter(void **state)
{
	static const struct {
		const char *name;
		const char *want; /* NULL: none */
	} cases[] = {
		{ "eth0_in", "*_in" },
		{ "_in", "*_in" },
		{ "_i", NULL },
		{ "in", NULL },
		{ "eth0_inn", NULL },
		{ "status", "status" },
		{ "Status", NULL },
		{ "", NULL },
	};
	struct module *m = open_good(GOOD "/full.so");
	struct farm_parameter p;
	size_t i;
	bool found;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		found = module_find_parameter(m, cases[i].name, &p);
		assert_int_equal(found, cases[i].want != NULL);
		if (found)
			assert_string_equal(p.name, cases[i].want);
	}
}

static const char *const folders[] = { GOOD, "/nonexistent/modules", BAD };

static void
test_find(void **state)
{
	struct modules *all = modules_new(folders, 3, 1);
	struct module *m, *again;
	struct error err;

	(void)state;
	assert_int_equal(
	    modules_find(all, FARM_COLLECTOR, "hello", &m, &err), 0);
	assert_string_equal(m->path, GOOD "/hello.so");
	assert_int_equal(
	    modules_find(all, FARM_COLLECTOR, "hello", &again, &err), 0);
	assert_ptr_equal(again, m);
	assert_int_equal(modules_find(all, FARM_FILTER, "hello", &m, &err), 0);
	assert_string_equal(m->path, GOOD "/filters/hello.so");
	assert_int_equal(m->role, FARM_FILTER);
	modules_free(all);
	assert_string_equal(again->name, "hello");
}

static void
test_not_found(void **state)
{
#define SEARCHED                                                               \
	"; searched " GOOD ", /nonexistent/modules (No such file or"           \
	" directory), " BAD
	static const struct {
		enum farm_role role;
		const char *name;
		const char *want;
	} cases[] = {
		{ FARM_COLLECTOR, "helo",
		    "no collector \"helo\" (did you mean "
		    "\"hello\"?)" SEARCHED },
		{ FARM_COLLECTOR, "zzzzzz",
		    "no collector \"zzzzzz\"" SEARCHED },
		{ FARM_COLLECTOR, "../good/hello",
		    "no collector \"../good/hello\"" SEARCHED },
		{ FARM_COLLECTOR, "", "no collector \"\"" SEARCHED },
		{ FARM_WRITER, "helo", "no writer \"helo\"" SEARCHED },
		{ FARM_WRITER, "hello",
		    GOOD "/hello.so: is a collector, not a writer" },
		{ FARM_FILTER, "minor",
		    BAD "/minor.so: needs ABI 1.2, this host has 1.1" },
		{ FARM_FILTER, "noapply", BAD "/noapply.so: has no apply()" },
	};
	struct modules *all = modules_new(folders, 3, 1);
	struct modules *none = modules_new(NULL, 0, 0);
	struct module *m = NULL;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    modules_find(all, cases[i].role, cases[i].name, &m, &err),
		    -1);
		assert_string_equal(err.text, cases[i].want);
	}
	assert_int_equal(modules_find(none, FARM_WRITER, "x", &m, &err), -1);
	assert_string_equal(err.text, "no writer \"x\"; searched no folder");
	assert_null(m);
	modules_free(all);
	modules_free(none);
	modules_free(NULL);
}

static const struct module_file *
file_of(const struct module_file *list, long n, const char *path)
{
	long i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i].path, path) == 0)
			return &list[i];
	fail_msg("%s is not in the list", path);
	return NULL;
}

static void
test_list(void **state)
{
	struct modules *all = modules_new(folders, 3, 1);
	const struct module_file *file;
	struct module_file *list;
	long n;

	(void)state;
	n = modules_list(all, &list);
	assert_true(n > 20);
	file = file_of(list, n, GOOD "/full.so");
	assert_true(file->good && file->ours && !file->changed);
	assert_string_equal(file->stamp.version, "2.1");
	file = file_of(list, n, BAD "/nonote.so");
	assert_false(file->good || file->ours || file->changed);
	assert_string_equal(
	    file->why.text, BAD "/nonote.so: has no farm note; not a module");
	file_of(list, n, GOOD "/filters/hello.so");
	/* Own folders first, names in order. */
	assert_string_equal(list[0].path, GOOD "/full.so");
	assert_string_equal(list[n - 1].path, BAD "/writable.so");
	modules_list_free(list, n);
	modules_free(all);
}

static void
test_changed(void **state)
{
	const struct module_files *f = *state;
	const struct timespec times[] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	const char *const folder = f->folder;
	struct modules *all = modules_new(&folder, 1, 0);
	struct module_file *list;
	const char *path;
	struct module *m;
	struct error err;

	path = module_files_write(f, "hello.so", f->hello, f->size);
	assert_int_equal(
	    modules_find(all, FARM_COLLECTOR, "hello", &m, &err), 0);
	assert_false(m->ours);
	assert_int_equal(modules_list(all, &list), 1);
	assert_false(list->changed);
	modules_list_free(list, 1);

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(modules_list(all, &list), 1);
	assert_true(list->good && list->changed);
	modules_list_free(list, 1);
	modules_free(all);
}

#define N_THREADS 4

static void *
find_shorter(void *all)
{
	struct module *m = NULL;

	(void)modules_find(all, FARM_COLLECTOR, "shorter", &m, NULL);
	return m;
}

static void
test_threads(void **state)
{
	/* Not loaded yet by this path. */
	const char *const folder = TEST_MODULES "/bad/../good";
	struct modules *all = modules_new(&folder, 1, 1);
	pthread_t threads[N_THREADS];
	void *first, *other;
	int i;

	(void)state;
	for (i = 0; i < N_THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, find_shorter, all), 0);
	pthread_join(threads[0], &first);
	assert_non_null(first);
	for (i = 1; i < N_THREADS; i++) {
		pthread_join(threads[i], &other);
		assert_ptr_equal(other, first);
	}
	modules_free(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bad_option),
		cmocka_unit_test(test_loaded_once),
		cmocka_unit_test(test_longer),
		cmocka_unit_test(test_shorter),
		cmocka_unit_test(test_find_parameter),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
