#include "module_sheet.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static struct module *
open_good(const char *path)
{
	struct module *m = NULL;
	struct error err = { .text = "" };

	if (module_open(path, false, &m, &err) != 0)
		fail_msg("%s", err.text);
	return m;
}

/* Of the same file, with nothing known of it but its stamp. */
static struct module
blank(const struct module *m)
{
	return (struct module){ .path = m->path,
		.stamp = m->stamp,
		.name = m->name,
		.role = m->role,
		.arena = arena_new(0) };
}

static int
read_sheet(struct module *to, const struct buffer *sheet, struct error *err)
{
	if (module_sheet_read(to, sheet->data, sheet->size, err) != 0)
		return -1;
	to->options = (struct option_table){ .first = to->descriptor.options,
		.stride = sizeof(struct farm_option) };
	return options_check(to->options, to->descriptor.state_size, err);
}

#define SAME(FIELD)                                                            \
	assert_int_equal(                                                      \
	    a->descriptor.FIELD == NULL, b->descriptor.FIELD == NULL)

static void
assert_same(const struct module *a, const struct module *b)
{
	struct buffer one = BUFFER_INIT, other = BUFFER_INIT;

	module_describe_json(&one, a, true);
	module_describe_json(&other, b, true);
	assert_string_equal(buffer_text(&one), buffer_text(&other));
	buffer_free(&one);
	buffer_free(&other);
	assert_int_equal(a->descriptor.state_size, b->descriptor.state_size);
	assert_int_equal(
	    a->descriptor.target_state_size, b->descriptor.target_state_size);
	assert_int_equal(a->descriptor.flags, b->descriptor.flags);
	assert_int_equal(a->descriptor.needs, b->descriptor.needs);
	SAME(open);
	SAME(reconfigure);
	SAME(close);
	SAME(target_close);
	SAME(listen);
	SAME(tick);
	if (a->role == FARM_FILTER) {
		SAME(filter.apply);
		SAME(filter.forget);
	} else {
		SAME(collector.collect);
		SAME(collector.collect_many);
	}
}

static void
test_round_trip(void **state)
{
	static const char *const files[] = { "full.so", "hello.so", "longer.so",
		"picky.so", "shorter.so", "filters/hello.so" };
	char path[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(files); i++) {
		struct buffer sheet = BUFFER_INIT;
		struct module *m, copy;
		struct error err;

		strcpy(path, TEST_MODULES "/good/");
		strcat(path, files[i]);
		m = open_good(path);
		copy = blank(m);
		module_sheet_put(&sheet, m);
		assert_false(buffer_failed(&sheet));
		if (read_sheet(&copy, &sheet, &err) != 0)
			fail_msg("%s: %s", files[i], err.text);
		assert_same(m, &copy);
		arena_free(copy.arena);
		buffer_free(&sheet);
	}
}

/* Whatever stands there: a reason, or something that can be looked at. */
static void
test_damage(void **state)
{
	struct module *m = open_good(TEST_MODULES "/good/full.so"), copy;
	struct buffer sheet = BUFFER_INIT, out = BUFFER_INIT, damaged;
	struct error err;
	int i, refused = 0;

	(void)state;
	srand(3);
	module_sheet_put(&sheet, m);
	for (i = 0; i < 5000; i++) {
		size_t size = i % 4 == 0 ? (size_t)rand() % sheet.size
					 : sheet.size;

		damaged = (struct buffer)BUFFER_INIT;
		buffer_put(&damaged, sheet.data, size);
		if (size > 0)
			damaged.data[(size_t)rand() % size] = (char)rand();
		copy = blank(m);
		if (read_sheet(&copy, &damaged, &err) == 0)
			module_describe_json(&out, &copy, true);
		else
			refused++;
		buffer_clear(&out);
		buffer_free(&damaged);
		arena_free(copy.arena);
	}
	assert_in_range(refused, 1250, 4990);
	buffer_free(&out);
	buffer_free(&sheet);
}

/* What is not there cannot be called, but says so. */
static int
keep(struct farm_host *host, const char *format, va_list args)
{
	(void)args;
	assert_string_equal(format, "the module is not loaded here");
	assert_non_null(host);
	return -1;
}

static void
test_stand_ins(void **state)
{
	static const struct farm_host_ops ops = { .size = sizeof(ops),
		.fail = keep };
	struct farm_host host = { .ops = &ops };
	struct module *m = open_good(TEST_MODULES "/good/full.so");
	struct module copy = blank(m);
	struct buffer sheet = BUFFER_INIT;
	struct farm_action action;
	struct error err;

	(void)state;
	module_sheet_put(&sheet, m);
	assert_int_equal(read_sheet(&copy, &sheet, &err), 0);
	assert_int_equal(
	    copy.descriptor.collector.collect(&host, NULL, NULL), -1);
	if (module_action(&copy, 0, &action))
		assert_int_equal(action.run(&host, NULL, NULL), -1);
	arena_free(copy.arena);
	buffer_free(&sheet);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_stand_ins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
