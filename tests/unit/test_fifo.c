/* The writer `fifo': nobody waits for its reader. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"
#include "text_writer.h"
#include "unit.h"

extern const struct farm_entry farm_module;

struct fixture {
	struct fake_host *fake;
	struct text_folder folder;
	int reader;
};

static void
set_up(struct fixture *f)
{
	f->fake = fake_new(&farm_module);
	text_folder_make(&f->folder);
	f->fake->now_ns = TEXT_WRITER_NOW_NS;
	f->reader = -1;
	fake_options(f->fake, "path", text_path(&f->folder, "values"), NULL);
}

static void
begin(struct fixture *f)
{
	if (fake_open(f->fake) != 0)
		fail_msg("%s", fake_failure(f->fake));
}

static void
read_from(struct fixture *f)
{
	f->reader = open(
	    text_path(&f->folder, "values"), O_RDONLY | O_NONBLOCK);
	assert_true(f->reader >= 0);
}

static void
tear_down(struct fixture *f)
{
	if (f->reader >= 0)
		close(f->reader);
	fake_free(f->fake);
	text_folder_remove(&f->folder);
}

static void
put(struct fixture *f, double number)
{
	assert_int_equal(text_write_number(f->fake, number), FARM_DONE);
}

/* All that is there to be read. */
static void
hear(struct fixture *f, struct buffer *ret)
{
	char bytes[4096];
	ssize_t n;

	buffer_clear(ret);
	while ((n = read(f->reader, bytes, sizeof(bytes))) > 0)
		buffer_put(ret, bytes, (size_t)n);
}

static const char *
counts(struct fixture *f)
{
	const struct farm_action *a = farm_module.descriptor->actions;

	assert_int_equal(a->run(&f->fake->host, fake_state(f->fake), NULL), 0);
	return f->fake->reply;
}

static void
test_reader(void **unused)
{
	struct buffer heard = BUFFER_INIT, want = BUFFER_INIT;
	struct fixture f;

	(void)unused;
	set_up(&f);
	begin(&f);
	put(&f, 1); /* nobody is there */
	read_from(&f);
	put(&f, 2);
	put(&f, 3);
	hear(&f, &heard);
	buffer_printf(&want, TEXT_JSON TEXT_JSON, 2.0, 3.0);
	assert_string_equal(buffer_text(&heard), buffer_text(&want));
	/* It goes, and another comes. */
	close(f.reader);
	put(&f, 4);
	read_from(&f);
	put(&f, 5);
	hear(&f, &heard);
	buffer_clear(&want);
	buffer_printf(&want, TEXT_JSON, 5.0);
	assert_string_equal(buffer_text(&heard), buffer_text(&want));
	assert_string_equal(counts(&f),
	    "{\"lines\":3,\"waiting_bytes\":0,\"dropped\":{\"no_reader\":2,"
	    "\"slow\":0}}");
	assert_int_equal(f.fake->n_logs, 4);
	assert_non_null(strstr(
	    f.fake->logs[0].text, "values: nobody reads, lines are dropped"));
	assert_non_null(strstr(f.fake->logs[1].text,
	    "values: is read again; 1 lines were dropped as nobody reads"));
	buffer_free(&heard);
	buffer_free(&want);
	tear_down(&f);
}

/* A pipe takes 64 KiB, the queue 4096 bytes more: what comes out are whole
   lines, and those that are missing are counted. */
static void
test_slow(void **unused)
{
	struct buffer heard = BUFFER_INIT;
	size_t i, size = 0, n = 0;
	struct fixture f;
	char words[128];

	(void)unused;
	set_up(&f);
	fake_options(f.fake, "queue", "4096", NULL);
	begin(&f);
	read_from(&f);
	for (i = 0; i < 1000; i++)
		put(&f, (double)i);
	do {
		hear(&f, &heard);
		for (i = 0; i < heard.size; i++)
			n += heard.data[i] == '\n';
		size += heard.size;
		assert_int_equal(fake_tick(f.fake), 0);
	} while (heard.size > 0);
	assert_true(size > 65536 && size <= 65536 + 4096);
	snprintf(words, sizeof(words),
	    "{\"lines\":%zu,\"waiting_bytes\":0,\"dropped\":{\"no_reader\":0,"
	    "\"slow\":%zu}}",
	    n, 1000 - n);
	assert_string_equal(counts(&f), words);
	assert_int_equal(f.fake->n_logs, 2);
	assert_non_null(strstr(f.fake->logs[0].text, "the reader is too slow"));
	put(&f, 1);
	hear(&f, &heard);
	assert_int_equal(heard.data[0], '{');
	buffer_free(&heard);
	tear_down(&f);
}

static void
test_cannot(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f);
	fake_options(f.fake, "make", "no", NULL);
	assert_int_equal(fake_check(f.fake), -1);
	assert_non_null(
	    strstr(fake_failure(f.fake), "values: No such file or directory"));
	assert_int_equal(fake_open(f.fake), -1);
	tear_down(&f);
	set_up(&f);
	close(creat(text_path(&f.folder, "values"), 0600));
	assert_int_equal(fake_check(f.fake), -1);
	assert_non_null(strstr(fake_failure(f.fake), "values: not a FIFO"));
	assert_int_equal(fake_open(f.fake), -1);
	tear_down(&f);
}

/* It is taken away while we run: there is another. */
static void
test_gone(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f);
	begin(&f);
	assert_int_equal(unlink(text_path(&f.folder, "values")), 0);
	put(&f, 1);
	assert_int_equal(access(text_path(&f.folder, "values"), F_OK), 0);
	tear_down(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reader),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_cannot),
		cmocka_unit_test(test_gone),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
