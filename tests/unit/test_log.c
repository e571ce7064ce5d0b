#include "log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "unit.h"

/* What the log wrote since the last call, with stderr in a file. */
static char *
written(int file)
{
	off_t size = lseek(file, 0, SEEK_END);
	char *text = calloc(1, (size_t)size + 1);

	assert_non_null(text);
	assert_int_equal(pread(file, text, (size_t)size, 0), size);
	assert_int_equal(ftruncate(file, 0), 0);
	return text;
}

static void
expect(int file, const char *want)
{
	char *got = written(file);

	assert_string_equal(got, want);
	free(got);
}

struct capture {
	int file;
	int saved;
};

static int
begin_capture(void **state)
{
	static struct capture c;
	char path[] = "/tmp/test_log.XXXXXX";

	c.file = mkostemp(path, O_APPEND);
	unlink(path);
	c.saved = dup(STDERR_FILENO);
	dup2(c.file, STDERR_FILENO);
	log_setup(LOG_LEVEL_NOTICE, 1);
	*state = &c;
	return 0;
}

static int
end_capture(void **state)
{
	struct capture *c = *state;

	log_close();
	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	close(c->file);
	return 0;
}

static void
test_lines(void **state)
{
	struct capture *c = *state;

	log_line(LOG_LEVEL_ERROR, "snmp", "%s: %d", "n1", 7);
	log_line(LOG_LEVEL_DEBUG, "snmp", "not seen");
	log_line(LOG_LEVEL_WARNING, "snmp", "two\nlines");
	expect(c->file, "<3>snmp: n1: 7\n<4>snmp: two\\x0alines\n");
	log_setup(LOG_LEVEL_DEBUG, 1);
	log_line(LOG_LEVEL_DEBUG, "snmp", "seen");
	expect(c->file, "<7>snmp: seen\n");
}

static void
test_time_and_level(void **state)
{
	struct capture *c = *state;
	char *got;

	log_setup(LOG_LEVEL_NOTICE, 0);
	log_line(LOG_LEVEL_NOTICE, "config", "read");
	got = written(c->file);
	assert_int_equal(got[4], '-');
	assert_int_equal(got[23], 'Z');
	assert_string_equal(got + 24, " notice config: read\n");
	free(got);
}

static void
test_repeats_are_summed_up(void **state)
{
	struct capture *c = *state;
	int64_t later = clock_mono_ns() + 61500 * NS_PER_MS;
	char *got;
	int i;

	for (i = 0; i < 18; i++)
		log_line(LOG_LEVEL_ERROR, "a", "gone");
	log_line(LOG_LEVEL_ERROR, "b", "gone");
	expect(c->file, "<3>a: gone\n<3>b: gone\n");
	log_tick(clock_mono_ns());
	expect(c->file, "");
	log_tick(later);
	got = written(c->file);
	assert_string_equal(got, "<3>a: gone (17 times more in 61 s)\n");
	free(got);
	/* It repeated, so it is remembered on; b is forgotten. */
	log_line(LOG_LEVEL_ERROR, "a", "gone");
	log_line(LOG_LEVEL_ERROR, "b", "gone");
	expect(c->file, "<3>b: gone\n");
	log_close();
	got = written(c->file);
	assert_non_null(strstr(got, "<3>a: gone (1 times more in "));
	free(got);
}

static void
test_floods_are_cut(void **state)
{
	struct capture *c = *state;
	unsigned lines = 0, i;
	char *got, *at;

	/* Within at most two different seconds. */
	for (i = 0; i < 5000; i++)
		log_line(LOG_LEVEL_ERROR, "flood", "line %u", i);
	got = written(c->file);
	for (at = got; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_true(lines <= 3000);
	free(got);
	usleep(1100000);
	log_tick(clock_mono_ns());
	got = written(c->file);
	assert_non_null(strstr(got, " lines were dropped\n"));
	free(got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_lines, begin_capture, end_capture),
		cmocka_unit_test_setup_teardown(
		    test_time_and_level, begin_capture, end_capture),
		cmocka_unit_test_setup_teardown(
		    test_repeats_are_summed_up, begin_capture, end_capture),
		cmocka_unit_test_setup_teardown(
		    test_floods_are_cut, begin_capture, end_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
