/* The writer `file': lines, turns, what a disk may do. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "text_writer.h"
#include "turn.h"
#include "unit.h"

extern const struct farm_entry farm_module;

struct fixture {
	struct fake_host *fake;
	struct text_folder folder;
	struct buffer want;
};

static void
set_up(struct fixture *f)
{
	*f = (struct fixture){ .fake = fake_new(&farm_module) };
	text_folder_make(&f->folder);
	f->fake->now_ns = TEXT_WRITER_NOW_NS;
	fake_options(f->fake, "path", text_path(&f->folder, "out"), "age", "0s",
	    "sync", "never", NULL);
}

static void
tear_down(struct fixture *f)
{
	fake_free(f->fake);
	text_folder_remove(&f->folder);
	buffer_free(&f->want);
}

static void
begin(struct fixture *f)
{
	if (fake_open(f->fake) != 0)
		fail_msg("%s", fake_failure(f->fake));
}

static void
put(struct fixture *f, double number)
{
	if (text_write_number(f->fake, number) != FARM_DONE)
		fail_msg("%s", fake_failure(f->fake));
}

static void
assert_file(struct fixture *f, const char *name, const char *form, ...)
{
	char text[4096];
	va_list args;

	va_start(args, form);
	(void)vsnprintf(text, sizeof(text), form, args);
	va_end(args);
	assert_string_equal(text_of(&f->folder, name), text);
}

static bool
is_there(struct fixture *f, const char *name)
{
	return access(text_path(&f->folder, name), F_OK) == 0;
}

static void
test_lines(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f);
	begin(&f);
	put(&f, 1.5);
	put(&f, 2);
	assert_file(&f, "out", TEXT_JSON TEXT_JSON, 1.5, 2.0);
	tear_down(&f);
}

/* The head stands once in each file, also in one that was there. */
static void
test_csv(void **unused)
{
	const char *head = "farm,cluster,node,parameter,kind,unit,labels,time,"
			   "type,value\r\n";
	struct fixture f;

	(void)unused;
	set_up(&f);
	fake_options(f.fake, "format", "csv", NULL);
	begin(&f);
	put(&f, 1);
	put(&f, 2);
	assert_file(&f, "out", "%s" TEXT_CSV TEXT_CSV, head, 1.0, 2.0);
	tear_down(&f);
}

/* A line is 175 bytes: two fit in. */
static void
test_turns_by_size(void **unused)
{
	struct fixture f;
	int i;

	(void)unused;
	set_up(&f);
	fake_options(f.fake, "size", "400", "keep", "2", NULL);
	begin(&f);
	for (i = 1; i <= 7; i++)
		put(&f, i);
	assert_file(&f, "out", TEXT_JSON, 7.0);
	assert_file(&f, "out.1", TEXT_JSON TEXT_JSON, 5.0, 6.0);
	assert_file(&f, "out.2", TEXT_JSON TEXT_JSON, 3.0, 4.0);
	assert_false(is_there(&f, "out.3"));
	tear_down(&f);
}

/* None is kept, and those that were kept before go. */
static void
test_keeps_none(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f);
	fake_options(f.fake, "size", "200", "keep", "0", NULL);
	close(creat(text_path(&f.folder, "out.1"), 0600));
	close(creat(text_path(&f.folder, "out.2.zst"), 0600));
	begin(&f);
	put(&f, 1);
	put(&f, 2);
	assert_file(&f, "out", TEXT_JSON, 2.0);
	assert_false(is_there(&f, "out.1"));
	assert_false(is_there(&f, "out.2.zst"));
	tear_down(&f);
}

/* When it was written last is the file's own time. */
static void
set_written(struct fixture *f, int64_t time_ns)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ time_ns / NS_PER_S, time_ns % NS_PER_S } };

	assert_int_equal(
	    utimensat(AT_FDCWD, text_path(&f->folder, "out"), times, 0), 0);
}

static void
test_turns_by_age(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f);
	fake_options(f.fake, "age", "1h", NULL);
	begin(&f);
	put(&f, 1);
	set_written(&f, TEXT_WRITER_NOW_NS);
	f.fake->now_ns += 3599 * NS_PER_S;
	put(&f, 2);
	set_written(&f, f.fake->now_ns);
	assert_file(&f, "out", TEXT_JSON TEXT_JSON, 1.0, 2.0);
	f.fake->now_ns += NS_PER_S;
	put(&f, 3);
	assert_file(&f, "out", TEXT_JSON, 3.0);
	assert_file(&f, "out.1", TEXT_JSON TEXT_JSON, 1.0, 2.0);
	tear_down(&f);
}

/* Somebody moved it, or took it away: there is a new one. */
static void
test_moved_away(void **unused)
{
	struct fixture f;
	char old[128];

	(void)unused;
	set_up(&f);
	begin(&f);
	put(&f, 1);
	snprintf(old, sizeof(old), "%s", text_path(&f.folder, "out"));
	assert_int_equal(rename(old, text_path(&f.folder, "mine")), 0);
	put(&f, 2);
	assert_file(&f, "out", TEXT_JSON, 2.0);
	assert_file(&f, "mine", TEXT_JSON, 1.0);
	assert_int_equal(unlink(old), 0);
	put(&f, 3);
	assert_file(&f, "out", TEXT_JSON, 3.0);
	assert_int_equal(truncate(old, 0), 0);
	put(&f, 4);
	assert_file(&f, "out", TEXT_JSON, 4.0);
	tear_down(&f);
}

/* What has no end of line was never stored. */
static void
test_torn(void **unused)
{
	struct fixture f;
	FILE *file;
	int i;

	(void)unused;
	set_up(&f);
	file = fopen(text_path(&f.folder, "out"), "we");
	assert_non_null(file);
	fputs("{\"a\":1}\n", file);
	for (i = 0; i < 100000; i++)
		fputs("torn", file);
	fclose(file);
	begin(&f);
	put(&f, 1);
	assert_file(&f, "out", "{\"a\":1}\n" TEXT_JSON, 1.0);
	tear_down(&f);
}

/* A disk that is full in the middle of a line: here by a limit of ours. */
static void
test_full(void **unused)
{
	struct rlimit before, little;
	struct fixture f;

	(void)unused;
	set_up(&f);
	begin(&f);
	put(&f, 1);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	little = before;
	little.rlim_cur = 200;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	assert_int_equal(text_write_number(f.fake, 2), FARM_AGAIN);
	assert_non_null(strstr(fake_failure(f.fake), "out: File too large"));
	assert_file(&f, "out", TEXT_JSON, 1.0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	put(&f, 2);
	assert_file(&f, "out", TEXT_JSON TEXT_JSON, 1.0, 2.0);
	tear_down(&f);
}

static void
test_sync(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f);
	fake_options(f.fake, "sync", "interval", "sync_every", "1s", NULL);
	begin(&f);
	assert_int_equal(text_write_number(f.fake, 1), FARM_ACCEPTED);
	while (f.fake->n_acknowledged == 0) {
		assert_int_equal(fake_tick(f.fake), 0);
		usleep(10000);
	}
	assert_int_equal(f.fake->n_acknowledged, 1);
	assert_int_equal(f.fake->acknowledged[0].first, 1);
	assert_int_equal(f.fake->acknowledged[0].last, 1);
	tear_down(&f);

	set_up(&f);
	fake_options(f.fake, "sync", "batch", NULL);
	begin(&f);
	put(&f, 1);
	tear_down(&f);
}

/* What the disk may have lost is not acknowledged by a later success. */
static int sync_error;

int __wrap_fdatasync(int fd);
int __real_fdatasync(int fd);

int
__wrap_fdatasync(int fd)
{
	if (sync_error == 0)
		return __real_fdatasync(fd);
	errno = sync_error;
	return -1;
}

static void
test_sync_fails(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f);
	fake_options(f.fake, "sync", "interval", "sync_every", "1s", NULL);
	begin(&f);
	assert_int_equal(text_write_number(f.fake, 1), FARM_ACCEPTED);
	sync_error = EIO;
	while (fake_tick(f.fake) == 0)
		usleep(10000);
	assert_non_null(strstr(fake_failure(f.fake), "Input/output error"));
	sync_error = 0;
	while (fake_tick(f.fake) == 0)
		usleep(10000);
	assert_non_null(strstr(fake_failure(f.fake), "a sync has failed"));
	assert_int_equal(f.fake->n_acknowledged, 0);
	tear_down(&f);
}

static void
test_packs(void **unused)
{
	struct buffer command = BUFFER_INIT;
	struct fixture f;
	int i;

	(void)unused;
	if (!turn_can_pack())
		skip();
	set_up(&f);
	fake_options(f.fake, "size", "400", "keep", "2", "pack", "yes", NULL);
	begin(&f);
	for (i = 1; i <= 5; i++) {
		put(&f, i);
		assert_int_equal(fake_tick(f.fake), 0);
	}
	assert_int_equal(f.fake->n_logs, 0);
	assert_true(is_there(&f, "out.1.zst"));
	assert_true(is_there(&f, "out.2.zst"));
	assert_false(is_there(&f, "out.1"));
	assert_false(is_there(&f, "out.1.zst.part"));
	buffer_printf(&command, "cd %s && zstd -dq out.1.zst", f.folder.path);
	if (system("command -v zstd >/dev/null") == 0) {
		assert_int_equal(system(buffer_text(&command)), 0);
		assert_file(&f, "out.1", TEXT_JSON TEXT_JSON, 3.0, 4.0);
	}
	buffer_free(&command);
	tear_down(&f);
}

/* One that is not done by the next turn is plain, and in its place. */
static void
test_not_packed_in_time(void **unused)
{
	struct fixture f;

	(void)unused;
	if (!turn_can_pack())
		skip();
	set_up(&f);
	fake_options(f.fake, "size", "200", "pack", "yes", NULL);
	begin(&f);
	put(&f, 1);
	put(&f, 2);
	put(&f, 3);
	assert_file(&f, "out.2", TEXT_JSON, 1.0);
	assert_file(&f, "out.1", TEXT_JSON, 2.0);
	assert_false(is_there(&f, "out.1.zst"));
	tear_down(&f);
}

static void
test_cannot(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f);
	fake_options(f.fake, "path", "/dev/null", NULL);
	assert_int_equal(fake_open(f.fake), -1);
	assert_string_equal(fake_failure(f.fake), "/dev/null: not a file");
	tear_down(&f);
	set_up(&f);
	fake_options(f.fake, "path", "/no/such/folder/out", NULL);
	assert_int_equal(fake_open(f.fake), -1);
	assert_string_equal(fake_failure(f.fake),
	    "/no/such/folder/out: No such file or directory");
	tear_down(&f);
	set_up(&f);
	fake_options(f.fake, "records", "yes", "format", "csv", NULL);
	assert_int_equal(fake_check(f.fake), -1);
	assert_string_equal(
	    fake_failure(f.fake), "records: only JSON has words for them");
	tear_down(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_turns_by_size),
		cmocka_unit_test(test_keeps_none),
		cmocka_unit_test(test_turns_by_age),
		cmocka_unit_test(test_moved_away),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_sync_fails),
		cmocka_unit_test(test_packs),
		cmocka_unit_test(test_not_packed_in_time),
		cmocka_unit_test(test_cannot),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
