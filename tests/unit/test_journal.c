/* The journal with its readers, without a router or writers. */
#include "journal.h"
#include "reader.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frame.h"
#include "segment.h"
#include "segment_pack.h"
#include "stations.h"
#include "unit.h"

struct fixture {
	char folder[64];
	struct journal_config config;
	struct series_table *series;
	struct frame_encoder *encoder;
	struct memlog *tail;
	struct journal *journal;
	uint32_t number;
	uint64_t next;
};

static void
begin(struct fixture *f, size_t tail)
{
	struct error err;

	f->series = series_table_new(100);
	f->encoder = frame_encoder_new(f->series);
	f->number = test_series(f->series, "n", "p");
	f->tail = memlog_new(tail);
	assert_int_equal(0, journal_open(&f->journal, f->folder, "farm",
				&f->config, f->tail, &err));
	f->next = journal_next(f->journal);
}

static void
end(struct fixture *f)
{
	memlog_close(f->tail);
	assert_true(journal_stop(f->journal, clock_mono_ns() + TEST_BOUND));
	journal_free(f->journal);
	memlog_free(f->tail);
	frame_encoder_free(f->encoder);
	series_table_free(f->series);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->folder, "/tmp/farm-journal.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	strcat(f->folder, "/journal");
	f->config = (struct journal_config){ .sync = JOURNAL_NEVER,
		.bytes = 1 << 20 };
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	*strrchr(f->folder, '/') = '\0';
	(void)snprintf(command, sizeof(command), "rm -r %s", f->folder);
	assert_int_equal(0, system(command));
	free(f);
	return 0;
}

/* One frame of ten records with a value each. */
static void
append(struct fixture *f)
{
	struct batch *b = batch_new();
	struct memlog_info info = { .first_position = f->next, .values = 10 };
	struct buffer frame = BUFFER_INIT;
	struct error err;

	for (int i = 0; i < 10; i++) {
		struct farm_value v = farm_uint64(f->next);

		v.series = f->number;
		assert_int_equal(
		    0, batch_add_result(b, (int64_t)f->next, "i", 0, &v, 1));
		batch_last(b)->position = f->next++;
	}
	info.last_position = f->next - 1;
	info.oldest_ns = (int64_t)info.first_position;
	info.newest_ns = (int64_t)info.last_position;
	if (memlog_begins_segment(f->tail, 0))
		frame_encoder_reset(f->encoder);
	assert_int_equal(0, frame_encode(f->encoder, &b->view, &frame, &err));
	assert_int_equal(
	    0, memlog_append(f->tail, &info, frame.data, frame.size));
	buffer_free(&frame);
	batch_unref(b);
}

static void
append_and_wait(struct fixture *f, int frames)
{
	while (frames-- > 0) {
		append(f);
		if (frames % 20 != 0)
			continue;
		assert_true(journal_wait(
		    f->journal, f->next - 1, clock_mono_ns() + TEST_BOUND));
	}
}

/* Everything that files have for a reader, given to `seen'. */
static void
read_files(struct reader *r, struct ranges *seen)
{
	struct series_table *series = series_table_new(1000000);
	struct frame_decoder *d = frame_decoder_new(series);
	struct buffer frame = BUFFER_INIT;
	struct error err;
	bool anew;

	while (reader_read_file(r, &frame, &anew)) {
		struct batch *b = batch_new();

		if (anew)
			frame_decoder_reset(d);
		if (frame_decode(d, frame.data, frame.size, b, &err) != 0)
			fail_msg("%s", err.text);
		reader_take(r, b, 0);
		for (size_t i = 0; i < b->view.n_records; i++)
			if (b->view.records[i].type != 0)
				assert_int_equal(
				    0, ranges_add(seen,
					   b->view.records[i].position,
					   b->view.records[i].position));
		batch_unref(b);
	}
	reader_finish(r);
	buffer_free(&frame);
	frame_decoder_free(d);
	series_table_free(series);
}

static void
what_was_written_is_there_after_a_restart(void **state)
{
	struct fixture *f = *state;
	struct ranges seen = { .items = NULL };
	struct journal_stats stats;
	struct reader *r;

	begin(f, 1 << 20);
	assert_int_equal(0, journal_start(f->journal));
	r = reader_new(f->tail, f->journal, "w/1", false);
	append_and_wait(f, 50);
	reader_free(r);
	end(f);

	begin(f, 1 << 20);
	assert_int_equal(501, f->next);
	journal_stats(f->journal, &stats);
	assert_int_equal(500, stats.written);
	r = reader_new(f->tail, f->journal, "w/1", false);
	assert_int_equal(0, reader_through(r));
	assert_int_equal(READER_FILES, reader_choose(r));
	read_files(r, &seen);
	assert_int_equal(1, seen.n);
	assert_int_equal(500, ranges_count(&seen));
	assert_int_equal(500, reader_through(r));
	assert_int_equal(READER_TAIL, reader_choose(r));
	reader_free(r);
	/* One never seen begins at the end, if it does not want it all. */
	r = reader_new(f->tail, f->journal, "other", false);
	assert_int_equal(500, reader_through(r));
	reader_free(r);
	r = reader_new(f->tail, f->journal, "third", true);
	assert_int_equal(0, reader_through(r));
	reader_free(r);
	ranges_free(&seen);
	assert_int_equal(0, journal_start(f->journal));
	end(f);
}

/* Positions that no record has: a filter dropped it. */
static void
holes_are_passed_over(void **state)
{
	struct fixture *f = *state;
	struct ranges seen = { .items = NULL };
	struct reader *r;

	begin(f, 1 << 20);
	assert_int_equal(0, journal_start(f->journal));
	r = reader_new(f->tail, f->journal, "w", false);
	for (int i = 0; i < 20; i++) {
		f->next += (uint64_t)i;
		append_and_wait(f, 1);
	}
	reader_free(r);
	end(f);
	begin(f, 1 << 20);
	r = reader_new(f->tail, f->journal, "w", false);
	read_files(r, &seen);
	assert_int_equal(200, ranges_count(&seen));
	assert_int_equal(f->next - 1, reader_through(r));
	reader_free(r);
	ranges_free(&seen);
	assert_int_equal(0, journal_start(f->journal));
	end(f);
}

/* Memory holds a little: what falls out of it is found in the files. */
static void
a_reader_behind_finds_all_in_files(void **state)
{
	struct fixture *f = *state;
	struct ranges seen = { .items = NULL };
	struct memlog_read read;
	struct buffer frame = BUFFER_INIT;
	struct reader_gap gap;
	struct reader *r;

	begin(f, 20000);
	assert_int_equal(0, journal_start(f->journal));
	r = reader_new(f->tail, f->journal, "w", false);
	append_and_wait(f, 300);
	/* The new comes at once. */
	assert_true(reader_read(r, &frame, &read, 0));
	assert_true(read.info.first_position > 1);
	reader_finish(r);
	assert_int_equal(0, reader_through(r));
	assert_true(reader_is_behind(r));
	read_files(r, &seen);
	assert_int_equal(read.info.first_position - 1, ranges_count(&seen));
	assert_int_equal(read.info.last_position, reader_through(r));
	while (reader_read(r, &frame, &read, 0))
		;
	reader_finish(r);
	assert_int_equal(3000, reader_through(r));
	assert_false(reader_gap(r, &gap));
	reader_free(r);
	ranges_free(&seen);
	buffer_free(&frame);
	end(f);
}

/* The files of complete segments; *ret_packed: how many of them are packed. */
static int
count_segments(const struct fixture *f, int *ret_packed, char *ret_path)
{
	char pattern[96];
	glob_t found;
	int n;

	(void)snprintf(pattern, sizeof(pattern), "%s/*.seg", f->folder);
	assert_int_equal(0, glob(pattern, 0, NULL, &found));
	*ret_packed = 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char magic[8] = "";
		FILE *file = fopen(found.gl_pathv[i], "re");

		assert_non_null(file);
		if (fread(magic, 1, 8, file) == 8 &&
		    memcmp(magic, "FARMJNZ1", 8) == 0 && ++*ret_packed == 2)
			strcpy(ret_path, found.gl_pathv[i]);
		(void)fclose(file);
	}
	n = (int)found.gl_pathc;
	globfree(&found);
	return n;
}

static void
flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	assert_int_equal(1, pread(fd, &byte, 1, at));
	byte = (char)~byte;
	assert_int_equal(1, pwrite(fd, &byte, 1, at));
	assert_int_equal(0, close(fd));
}

/* Complete segments become small and are read as before, also by who opens the
   journal anew; what is bad in one costs that one. */
static void
what_is_packed_is_read_as_before(void **state)
{
	struct fixture *f = *state;
	int64_t until = clock_mono_ns() + TEST_BOUND;
	struct ranges seen = { .items = NULL };
	char second[128] = "";
	struct reader *r;
	int packed;

	if (!segment_can_pack())
		skip();
	f->config.compress = JOURNAL_ZSTD;
	begin(f, 20000);
	assert_int_equal(0, journal_start(f->journal));
	append_and_wait(f, 4000);
	while (count_segments(f, &packed, second) - 1 > packed &&
	       clock_mono_ns() < until)
		usleep(1000);
	assert_true(packed >= 3);
	r = reader_new(f->tail, f->journal, "w", true);
	read_files(r, &seen);
	assert_int_equal(40000, ranges_count(&seen));
	reader_free(r);
	end(f);

	ranges_clear(&seen);
	begin(f, 1 << 20);
	r = reader_new(f->tail, f->journal, "other", true);
	read_files(r, &seen);
	assert_int_equal(40000, ranges_count(&seen));
	reader_free(r);
	assert_int_equal(0, journal_start(f->journal));
	end(f);

	/* A byte in its middle: that segment is the loss, not what follows. */
	flip(second, SEGMENT_HEADER + 50);
	ranges_clear(&seen);
	begin(f, 1 << 20);
	assert_int_equal(0, journal_start(f->journal));
	r = reader_new(f->tail, f->journal, "third", true);
	until = clock_mono_ns() + TEST_BOUND;
	while (reader_through(r) < 40000 && clock_mono_ns() < until)
		read_files(r, &seen);
	assert_int_equal(40000, reader_through(r));
	assert_true(ranges_count(&seen) < 40000);
	assert_true(ranges_count(&seen) > 25000);
	strcat(second, ".bad");
	assert_int_equal(0, access(second, F_OK));
	reader_free(r);
	ranges_free(&seen);
	end(f);
}

/* Beyond the bound the oldest goes, and who had not read it knows how much. */
static void
what_is_given_up_is_counted(void **state)
{
	struct fixture *f = *state;
	struct ranges seen = { .items = NULL };
	struct reader_gap gap = { .positions = 0 };
	struct buffer frame = BUFFER_INIT;
	struct journal_stats stats;
	struct memlog_read read;
	struct reader *r;
	int64_t until;

	f->config.bytes = 200000; /* segments of 64 KiB */
	begin(f, 20000);
	assert_int_equal(0, journal_start(f->journal));
	r = reader_new(f->tail, f->journal, "w", false);
	append_and_wait(f, 4000);
	until = clock_mono_ns() + TEST_BOUND;
	do {
		journal_stats(f->journal, &stats);
		assert_true(clock_mono_ns() < until);
	} while (stats.bytes > (uint64_t)f->config.bytes);
	/* What the tail still has is not lost. */
	while (reader_read(r, &frame, &read, 0))
		assert_int_equal(0, ranges_add(&seen, read.info.first_position,
					read.info.last_position));
	reader_finish(r);
	read_files(r, &seen);
	assert_true(reader_gap(r, &gap));
	assert_true(gap.values.values > 0);
	assert_int_equal(1, gap.values.from_ns);
	assert_int_equal(40000, gap.values.values + ranges_count(&seen));
	assert_int_equal(40000, reader_through(r));
	reader_free(r);
	ranges_free(&seen);
	buffer_free(&frame);
	end(f);
}

/* Half of the results of what waits goes, and is counted; the rest arrives. */
static void
what_is_thinned_is_counted(void **state)
{
	struct fixture *f = *state;
	struct ranges seen = { .items = NULL };
	struct reader_gap gap, sum = { .positions = 0 };
	struct journal_stats stats;
	struct reader *r;
	int64_t until = clock_mono_ns() + TEST_BOUND;

	f->config.bytes = 300000;
	f->config.full = JOURNAL_THIN;
	begin(f, 20000);
	r = reader_new(f->tail, f->journal, "w", false);
	assert_int_equal(0, journal_start(f->journal));
	append_and_wait(f, 4000);
	do {
		journal_stats(f->journal, &stats);
		assert_true(clock_mono_ns() < until);
		/* Until half a segment of 64 KiB is free. */
	} while (stats.bytes + (32u << 10) > (uint64_t)f->config.bytes);
	reader_settle(r);
	read_files(r, &seen);
	while (reader_gap(r, &gap))
		sum.values.values += gap.values.values;
	assert_int_equal(stats.given_up_values, sum.values.values);
	assert_true(sum.values.values > 0);
	/* The beginning is coarse, and there. */
	assert_true(seen.items[0].first <= 2);
	assert_true(seen.n > 100);
	reader_free(r);
	ranges_free(&seen);
	end(f);
}

/* Whoever removes files from under it loses what was in them, and no more. */
static void
a_removed_folder_heals(void **state)
{
	struct fixture *f = *state;
	struct ranges seen = { .items = NULL };
	struct journal_stats stats;
	struct reader *r;
	char command[128];
	int64_t until = clock_mono_ns() + TEST_BOUND;

	begin(f, 1 << 20);
	r = reader_new(f->tail, f->journal, "w", false);
	assert_int_equal(0, journal_start(f->journal));
	append_and_wait(f, 40);
	(void)snprintf(command, sizeof(command), "rm -r %s", f->folder);
	assert_int_equal(0, system(command));
	do {
		append_and_wait(f, 21);
		journal_stats(f->journal, &stats);
		assert_true(clock_mono_ns() < until);
	} while (stats.segments < 2);
	append_and_wait(f, 21);
	reader_free(r);
	end(f);
	begin(f, 1 << 20);
	assert_true(f->next > 610);
	r = reader_new(f->tail, f->journal, "w", true);
	read_files(r, &seen);
	assert_true(ranges_count(&seen) >= 210);
	reader_free(r);
	ranges_free(&seen);
	assert_int_equal(0, journal_start(f->journal));
	end(f);
}

/* A file where the folder should be: the journal is open all the same. */
static void
no_folder_is_no_end(void **state)
{
	struct fixture *f = *state;
	struct error err;
	FILE *file = fopen(f->folder, "w");
	int64_t until = clock_mono_ns() + TEST_BOUND;

	assert_non_null(file);
	fclose(file);
	begin(f, 1 << 20);
	assert_int_equal(0, journal_start(f->journal));
	append(f);
	while (journal_is_fine(f->journal, &err))
		assert_true(clock_mono_ns() < until);
	assert_int_equal(0, unlink(f->folder));
	assert_true(journal_wait(
	    f->journal, f->next - 1, clock_mono_ns() + TEST_BOUND));
	end(f);
	begin(f, 1 << 20);
	assert_int_equal(11, f->next);
	assert_int_equal(0, journal_start(f->journal));
	end(f);
}

/* A file may not grow: all waits in memory, said loudly; once it may, all is
   written, and nothing twice. */
static void
a_full_disk_heals(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, small = { .rlim_cur = 4096 };
	struct journal_stats stats;
	struct reader *r;
	struct error err;
	struct ranges seen = { .items = NULL };
	int64_t until = clock_mono_ns() + TEST_BOUND;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small.rlim_max = before.rlim_max;
	begin(f, 1 << 20);
	assert_int_equal(0, journal_start(f->journal));
	assert_true(journal_is_fine(f->journal, &err));
	r = reader_new(f->tail, f->journal, "w", false);
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 0; i < 200; i++)
		append(f);
	while (journal_is_fine(f->journal, &err))
		assert_true(clock_mono_ns() < until);
	assert_non_null(strstr(err.text, "File too large"));
	journal_stats(f->journal, &stats);
	assert_true(stats.written < 2000);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_true(journal_wait(f->journal, 2000, until));
	while (!journal_is_fine(f->journal, &err))
		assert_true(clock_mono_ns() < until);
	reader_free(r);
	end(f);
	begin(f, 1 << 20);
	r = reader_new(f->tail, f->journal, "w", false);
	read_files(r, &seen);
	assert_int_equal(2000, ranges_count(&seen));
	reader_free(r);
	ranges_free(&seen);
	assert_int_equal(0, journal_start(f->journal));
	end(f);
}

/* What could not be appended takes its checkpoints back. */
static void
checkpoints_can_be_withdrawn(void **state)
{
	struct fixture *f = *state;
	size_t size = 0;
	char *bytes;

	begin(f, 1 << 20);
	journal_checkpoint(f->journal, 10, "i", "first", 5);
	append(f);
	journal_checkpoint(f->journal, 20, "i", "lost", 4);
	journal_withdraw(f->journal, 11);
	append(f);
	assert_int_equal(0, journal_start(f->journal));
	assert_true(journal_wait(f->journal, 20, clock_mono_ns() + TEST_BOUND));
	bytes = journal_restore(f->journal, "i", &size);
	assert_non_null(bytes);
	assert_int_equal(5, size);
	assert_memory_equal("first", bytes, 5);
	free(bytes);
	end(f);
}

static void
checkpoints_outlive_restarts(void **state)
{
	struct fixture *f = *state;
	size_t size = 0;
	char *bytes;

	begin(f, 1 << 20);
	assert_null(journal_restore(f->journal, "i", &size));
	journal_checkpoint(f->journal, 10, "i", "first", 5);
	/* Not before it is on disk. */
	assert_null(journal_restore(f->journal, "i", &size));
	append(f);
	journal_checkpoint(f->journal, 20, "i", "second", 6);
	journal_checkpoint(f->journal, 20, "j", "", 0);
	append(f);
	assert_int_equal(0, journal_start(f->journal));
	assert_true(journal_wait(f->journal, 20, clock_mono_ns() + TEST_BOUND));
	end(f);
	begin(f, 1 << 20);
	bytes = journal_restore(f->journal, "i", &size);
	assert_non_null(bytes);
	assert_int_equal(6, size);
	assert_memory_equal("second", bytes, 6);
	free(bytes);
	bytes = journal_restore(f->journal, "j", &size);
	assert_non_null(bytes);
	assert_int_equal(0, size);
	free(bytes);
	assert_int_equal(0, journal_start(f->journal));
	end(f);
}

static void
a_cursor_that_is_broken_costs_nothing(void **state)
{
	struct cursor c = { .next = 100 }, back = { .next = 0 };
	struct buffer b = BUFFER_INIT;
	struct error err;

	(void)state;
	assert_int_equal(0, ranges_add(&c.owed, 3, 7));
	assert_int_equal(0, ranges_add(&c.owed, 90, 99));
	cursor_print(&b, "a/b c", &c);
	assert_int_equal(0, cursor_parse(b.data, b.size, "a/b c", &back, &err));
	assert_int_equal(100, back.next);
	assert_int_equal(2, back.owed.n);
	assert_int_equal(15, ranges_count(&back.owed));
	ranges_free(&back.owed);
	assert_int_equal(-1, cursor_parse(b.data, b.size, "x", &back, &err));
	assert_string_equal("not a cursor of writer \"x\"", err.text);
	for (size_t i = 0; i < b.size; i++) {
		b.data[i] ^= 1;
		assert_int_equal(
		    -1, cursor_parse(b.data, b.size, "a/b c", &back, &err));
		b.data[i] ^= 1;
		assert_int_equal(
		    -1, cursor_parse(b.data, i, "a/b c", &back, &err));
	}
	buffer_free(&b);
	ranges_free(&c.owed);
}

/* It works when there is work or time is up, and sleeps otherwise. */
static void
it_sleeps_between_its_turns(void **state)
{
	int64_t end_ns = clock_mono_ns() + 1300 * NS_PER_MS;
	struct fixture *f = *state;
	struct journal_stats stats;
	uint64_t frames = 0;

	f->config.sync = JOURNAL_INTERVAL;
	f->config.sync_ns = 20 * NS_PER_MS;
	begin(f, 1 << 20);
	assert_int_equal(0, journal_start(f->journal));
	for (; clock_mono_ns() < end_ns; frames++) {
		append(f);
		(void)usleep(10000);
	}
	journal_stats(f->journal, &stats);
	assert_true(stats.syncs > 1);
	assert_true(stats.turns < 3 * frames + 100);
	end(f);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_sleeps_between_its_turns),
		TEST(what_was_written_is_there_after_a_restart),
		TEST(holes_are_passed_over),
		TEST(a_reader_behind_finds_all_in_files),
		TEST(what_is_packed_is_read_as_before),
		TEST(what_is_given_up_is_counted),
		TEST(what_is_thinned_is_counted),
		TEST(a_removed_folder_heals),
		TEST(no_folder_is_no_end),
		TEST(a_full_disk_heals),
		TEST(checkpoints_can_be_withdrawn),
		TEST(checkpoints_outlive_restarts),
		cmocka_unit_test(a_cursor_that_is_broken_costs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
