/* A log that grows, is cut, rotated, and read over restarts: each line once. */
#include "job_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

struct reading {
	char folder[64];
	char path[100];
	struct job_log *log;
	const char *last;
	struct buffer got; /* lines, each with a bar behind it */
	uint64_t lost;
	size_t refuse_after; /* 0: never */
	size_t n;
};

static void
begin(struct reading *r)
{
	*r = (struct reading){ .n = 0 };
	strcpy(r->folder, "/tmp/farm-log-XXXXXX");
	assert_non_null(mkdtemp(r->folder));
	snprintf(r->path, sizeof(r->path), "%s/acct", r->folder);
}

static void
end(struct reading *r)
{
	char command[100];

	job_log_free(r->log);
	buffer_free(&r->got);
	snprintf(command, sizeof(command), "rm -rf %s", r->folder);
	assert_int_equal(system(command), 0);
}

static void
append_to(const char *path, const char *text)
{
	FILE *f = fopen(path, "ae");

	assert_non_null(f);
	assert_int_equal(fputs(text, f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
}

static int
take(void *cookie, struct slice line)
{
	struct reading *r = cookie;

	if (r->refuse_after > 0 && r->n == r->refuse_after)
		return -1;
	r->n++;
	buffer_put(&r->got, line.text, line.length);
	buffer_putc(&r->got, '|');
	return 0;
}

/* What comes now. */
static const char *
next(struct reading *r, size_t most)
{
	struct error err;

	buffer_clear(&r->got);
	r->n = 0;
	if (job_log_read(r->log, most, take, r, &r->lost, &err) < 0)
		return "failed";
	return buffer_text(&r->got);
}

/* A log that is empty when it is first looked at. */
static void
begin_empty(struct reading *r)
{
	begin(r);
	append_to(r->path, "");
	r->log = job_log_new(r->path, NULL, NULL, 0);
	assert_string_equal(next(r, 100), "");
}

/* As after a restart. */
static void
reopen(struct reading *r)
{
	struct buffer place = BUFFER_INIT;

	job_log_place(r->log, &place);
	job_log_free(r->log);
	r->log = job_log_new(r->path, r->last, place.data, place.size);
	buffer_free(&place);
}

static void
test_grows(void **unused)
{
	struct reading r;

	(void)unused;
	begin(&r);
	append_to(r.path, "old\n");
	r.log = job_log_new(r.path, NULL, NULL, 0);
	assert_string_equal(next(&r, 100), "");
	append_to(r.path, "a\nb\nhal");
	assert_string_equal(next(&r, 100), "a|b|");
	assert_string_equal(next(&r, 100), "");
	reopen(&r);
	assert_string_equal(next(&r, 100), "");
	append_to(r.path, "f\nc\n");
	assert_string_equal(next(&r, 100), "half|c|");
	reopen(&r);
	assert_string_equal(next(&r, 100), "");
	assert_int_equal(r.lost, 0);
	end(&r);
}

/* What was not taken comes again; what is much comes in parts. */
static void
test_refused_and_bounded(void **unused)
{
	struct reading r;

	(void)unused;
	begin_empty(&r);
	append_to(r.path, "one\ntwo\nthree\n");
	r.refuse_after = 1;
	assert_string_equal(next(&r, 100), "one|");
	reopen(&r);
	r.refuse_after = 0;
	assert_string_equal(next(&r, 6), "two|");
	assert_string_equal(next(&r, 6), "three|");
	/* Longer than there is room for. */
	append_to(r.path, "much too long\nshort\n");
	assert_string_equal(next(&r, 6), "");
	assert_int_equal(r.lost, 1);
	assert_string_equal(next(&r, 6), "short|");
	end(&r);
}

static void
test_rotated(void **unused)
{
	static const char *const suffixes[] = { ".1", ".0", ".old",
		".20261121T120000", "-20261121" };
	struct reading r;
	char old[120];
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(suffixes); i++) {
		begin_empty(&r);
		append_to(r.path, "a\n");
		assert_string_equal(next(&r, 100), "a|");
		append_to(r.path, "b\n");
		snprintf(old, sizeof(old), "%s%s", r.path, suffixes[i]);
		assert_int_equal(rename(r.path, old), 0);
		append_to(r.path, "c\n");
		reopen(&r);
		assert_string_equal(next(&r, 100), "b|c|");
		assert_string_equal(next(&r, 100), "");
		assert_int_equal(r.lost, 0);
		end(&r);
	}
}

static void
rename_to(const struct reading *r, const char *suffix, int64_t second)
{
	struct timespec times[2] = { { .tv_sec = second },
		{ .tv_sec = second } };
	char old[120];

	snprintf(old, sizeof(old), "%s%s", r->path, suffix);
	assert_int_equal(rename(r->path, old), 0);
	assert_int_equal(utimensat(AT_FDCWD, old, times, 0), 0);
}

/* In the order in which they were written, whatever they are called. */
static void
test_rotated_several_times(void **unused)
{
	struct reading r;

	(void)unused;
	begin_empty(&r);
	append_to(r.path, "a\n");
	assert_string_equal(next(&r, 100), "a|");
	append_to(r.path, "b\n");
	rename_to(&r, ".3", 1000);
	append_to(r.path, "c\n");
	rename_to(&r, ".2", 2000);
	append_to(r.path, "packed\n");
	rename_to(&r, ".2.gz", 2500);
	append_to(r.path, "of others\n");
	rename_to(&r, ".index", 2600);
	append_to(r.path, "d\nd\n");
	rename_to(&r, ".1", 3000);
	append_to(r.path, "e\n");
	reopen(&r);
	/* As much as there is room for. */
	assert_string_equal(next(&r, 4), "b|c|d|d|");
	reopen(&r);
	assert_string_equal(next(&r, 4), "e|");
	assert_string_equal(next(&r, 4), "");
	assert_int_equal(r.lost, 0);
	end(&r);
}

/* What comes to be where nothing was is new. */
static void
test_not_there_yet(void **unused)
{
	struct buffer place = BUFFER_INIT;
	struct reading r;

	(void)unused;
	begin(&r);
	r.log = job_log_new(r.path, NULL, NULL, 0);
	job_log_place(r.log, &place);
	assert_int_equal(place.size, 0);
	assert_string_equal(next(&r, 100), "failed");
	reopen(&r);
	append_to(r.path, "a\n");
	assert_string_equal(next(&r, 100), "a|");
	end(&r);
}

/* Records of several lines, of which the last begins with ***. */
static void
test_several_lines(void **unused)
{
	struct reading r;
	size_t i;

	(void)unused;
	begin(&r);
	r.last = "***";
	append_to(r.path, "");
	r.log = job_log_new(r.path, r.last, NULL, 0);
	assert_string_equal(next(&r, 100), "");
	append_to(r.path, "a = 1\nb = 2\n*** 1\na = 3\n**");
	assert_string_equal(next(&r, 100), "a = 1\nb = 2\n*** 1|");
	reopen(&r);
	append_to(r.path, "* 2\n***\n");
	assert_string_equal(next(&r, 100), "a = 3\n*** 2|***|");
	/* Too long, with its last line wherever that comes. */
	for (i = 0; i < 5; i++) {
		char text[65600];

		memset(text, 'x', sizeof(text));
		strcpy(text + 65534 - i, "\n***\n");
		append_to(r.path, text);
		append_to(r.path, "c\n***\n");
		assert_string_equal(next(&r, 100), "");
		assert_int_equal(r.lost, i + 1);
		assert_string_equal(next(&r, 100), "***|c\n***|");
	}
	end(&r);
}

/* What cannot be found is said; the new file is read whole. */
static void
test_lost(void **unused)
{
	struct reading r;
	char away[120];

	(void)unused;
	begin_empty(&r);
	append_to(r.path, "a\nb\n");
	assert_string_equal(next(&r, 100), "a|b|");
	assert_int_equal(truncate(r.path, 0), 0);
	append_to(r.path, "c\n");
	assert_string_equal(next(&r, 100), "c|");
	assert_int_equal(r.lost, 1);
	snprintf(away, sizeof(away), "%s/gone", r.folder);
	assert_int_equal(rename(r.path, away), 0);
	assert_string_equal(next(&r, 100), "failed");
	append_to(r.path, "d\n");
	assert_string_equal(next(&r, 100), "d|");
	assert_int_equal(r.lost, 2);
	end(&r);
}

static void
test_days(void **unused)
{
	struct reading r;
	char day[160];

	(void)unused;
	begin(&r);
	assert_int_equal(mkdir(r.path, 0700), 0);
	r.log = job_log_new(r.path, NULL, NULL, 0);
	assert_string_equal(next(&r, 100), "");
	snprintf(day, sizeof(day), "%s/20261120", r.path);
	append_to(day, "a\n");
	assert_string_equal(next(&r, 100), "a|");
	append_to(day, "b\n");
	snprintf(day, sizeof(day), "%s/20261122", r.path);
	append_to(day, "d\n");
	snprintf(day, sizeof(day), "%s/20261121", r.path);
	append_to(day, "c\n");
	snprintf(day, sizeof(day), "%s/20261121.gz", r.path);
	append_to(day, "no\n");
	reopen(&r);
	assert_string_equal(next(&r, 100), "b|c|d|");
	assert_string_equal(next(&r, 100), "");
	end(&r);
	/* Days that are there already are old. */
	begin(&r);
	assert_int_equal(mkdir(r.path, 0700), 0);
	snprintf(day, sizeof(day), "%s/20261120", r.path);
	append_to(day, "a\n");
	r.log = job_log_new(r.path, NULL, NULL, 0);
	assert_string_equal(next(&r, 100), "");
	append_to(day, "b\n");
	assert_string_equal(next(&r, 100), "b|");
	end(&r);
}

/* A place that nobody wrote is none. */
static void
test_bad_place(void **unused)
{
	static const char *const places[] = { "", "1", "2 1 1 ", "1 x 1 ",
		"\xff\xff" };
	struct reading r;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(places); i++) {
		begin(&r);
		append_to(r.path, "old\n");
		r.log = job_log_new(r.path, NULL, places[i], strlen(places[i]));
		assert_string_equal(next(&r, 100), "");
		append_to(r.path, "new\n");
		assert_string_equal(next(&r, 100), "new|");
		end(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_refused_and_bounded),
		cmocka_unit_test(test_rotated),
		cmocka_unit_test(test_rotated_several_times),
		cmocka_unit_test(test_not_there_yet),
		cmocka_unit_test(test_several_lines),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_bad_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
