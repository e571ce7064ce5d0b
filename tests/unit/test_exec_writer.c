/* The writer `exec': what programs get, and what they may answer. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "buffer.h"
#include "clock.h"
#include "text_writer.h"
#include "unit.h"

#define ALLOWED_NS (60 * NS_PER_S)

extern const struct farm_entry farm_module;

struct fixture {
	struct fake_host *fake;
	struct text_folder folder;
};

/* A shell's text, run in a folder of its own; without quotes in it. */
static void
set_up(struct fixture *f, const char *script)
{
	struct buffer text = BUFFER_INIT;

	text_folder_make(&f->folder);
	f->fake = fake_new(&farm_module);
	f->fake->now_ns = TEXT_WRITER_NOW_NS;
	buffer_printf(&text, "['cd $1; %s', '%s']", script, f->folder.path);
	fake_options(f->fake, "shell", "yes", "command", buffer_text(&text),
	    "timeout", "20s", NULL);
	buffer_free(&text);
}

static void
tear_down(struct fixture *f)
{
	fake_free(f->fake);
	text_folder_remove(&f->folder);
}

/* Until the program is started again, or a condition of a file's is there. */
static void
tick_until(struct fixture *f, const char *name, const char *text)
{
	int64_t end = clock_mono_ns() + ALLOWED_NS;

	while (strcmp(text_of(&f->folder, name), text) != 0) {
		if (clock_mono_ns() > end)
			fail_msg("%s: %s", name, text_of(&f->folder, name));
		(void)fake_tick(f->fake);
		(void)poll(NULL, 0, 5);
	}
}

/* Answers each batch after it has kept its lines. */
#define KEEPS                                                                  \
	"while read x; do echo $x >>got; case $x in *batch*) "                 \
	"n=$((n+1)); echo ok $n;; esac; done"

static void
test_stores(void **unused)
{
	struct buffer want = BUFFER_INIT;
	struct fixture f;

	(void)unused;
	set_up(&f, KEEPS);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(text_write_number(f.fake, 1.5), FARM_DONE);
	assert_int_equal(text_write_number(f.fake, 2), FARM_DONE);
	buffer_printf(&want,
	    TEXT_JSON "{\"batch\":1,\"lines\":1}\n" TEXT_JSON
		      "{\"batch\":2,\"lines\":1}\n",
	    1.5, 2.0);
	assert_string_equal(text_of(&f.folder, "got"), buffer_text(&want));
	buffer_free(&want);
	tear_down(&f);
}

static void
test_csv(void **unused)
{
	struct buffer want = BUFFER_INIT;
	struct fixture f;

	(void)unused;
	set_up(&f, KEEPS);
	fake_options(f.fake, "format", "csv", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(text_write_number(f.fake, 1.5), FARM_DONE);
	buffer_printf(&want, TEXT_CSV "#batch,1,1\r\n", 1.5);
	assert_string_equal(text_of(&f.folder, "got"), buffer_text(&want));
	buffer_free(&want);
	tear_down(&f);
}

static void
test_answers(void **unused)
{
	static const struct {
		const char *script;
		int verdict;
		const char *why; /* "": nothing is to be said */
	} cases[] = {
		{ "read x; read y; echo ok 1; cat", FARM_DONE, "" },
		{ "read x; read y; echo again 1 disk is full; cat", FARM_AGAIN,
		    "sh: again: disk is full" },
		{ "read x; read y; echo bad 1 no such node; cat", FARM_BAD,
		    "sh: bad: no such node" },
		{ "read x; read y; echo hello; echo ok 7; echo ok 1; cat",
		    FARM_DONE, "" },
		{ "read x; exit 3", FARM_AGAIN, "ended with status 3" },
		{ "read x; echo no disk >&2; exit 3", FARM_AGAIN,
		    "ended with status 3" },
		{ "exit 0", FARM_AGAIN, "ended with status 0" },
		/* What it said before its end counts. */
		{ "read x; read y; echo ok 1", FARM_DONE, "" },
		{ "head -c 70000 /dev/zero; cat", FARM_AGAIN,
		    "said a line of more than 65536 bytes" },
	};
	struct fixture f;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		set_up(&f, cases[i].script);
		assert_int_equal(fake_open(f.fake), 0);
		if (text_write_number(f.fake, 1) != cases[i].verdict ||
		    strstr(fake_failure(f.fake), cases[i].why) == NULL)
			fail_msg(
			    "%s: %s", cases[i].script, fake_failure(f.fake));
		tear_down(&f);
	}
}

static void
test_late(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f, "cat >/dev/null");
	fake_options(f.fake, "timeout", "300ms", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(text_write_number(f.fake, 1), FARM_AGAIN);
	assert_string_equal(fake_failure(f.fake), "sh: does not answer");
	/* At once it is not started again. */
	assert_int_equal(text_write_number(f.fake, 1), FARM_AGAIN);
	assert_string_equal(
	    fake_failure(f.fake), "sh: ended too soon, and rests");
	tear_down(&f);
}

/* A pipe full of lines, and nobody who reads them. */
static void
refuse_to_read(const char *script, const char *acknowledge)
{
	static struct farm_value values[64];
	static char text[8000];
	struct fixture f;
	size_t i;

	set_up(&f, script);
	fake_options(
	    f.fake, "timeout", "300ms", "acknowledge", acknowledge, NULL);
	assert_int_equal(fake_open(f.fake), 0);
	memset(text, 'x', sizeof(text));
	for (i = 0; i < COUNT(values); i++) {
		values[i] = farm_text(text, sizeof(text));
		values[i].series = text_series(f.fake, "text");
	}
	assert_int_equal(text_write(f.fake, values, COUNT(values)), FARM_AGAIN);
	assert_string_equal(fake_failure(f.fake), "sh: does not read");
	tear_down(&f);
}

static void
test_does_not_read(void **unused)
{
	(void)unused;
	refuse_to_read("exec sleep 600", "no");
	/* An answer before the end of the batch is none. */
	refuse_to_read("echo ok 1; exec sleep 600", "yes");
}

static void
test_without_answers(void **unused)
{
	struct buffer want = BUFFER_INIT;
	struct fixture f;

	(void)unused;
	set_up(&f, "exec cat >got");
	fake_options(f.fake, "acknowledge", "no", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(text_write_number(f.fake, 1.5), FARM_DONE);
	buffer_printf(&want, TEXT_JSON, 1.5);
	tick_until(&f, "got", buffer_text(&want));
	buffer_free(&want);
	tear_down(&f);
}

/* One that ends is started again, after a while; what it complains of is told
   once. */
static void
test_started_again(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f, "echo x >>starts; echo why >&2; exit 1");
	assert_int_equal(fake_open(f.fake), 0);
	tick_until(&f, "starts", "x\nx\n");
	assert_int_equal(f.fake->n_logs, 1);
	assert_string_equal(f.fake->logs[0].text, "sh: why");
	tear_down(&f);
}

/* It reads the end and has time for its own. */
static void
test_dismissed(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f, "read x; read y; echo ok 1; cat; echo well >end");
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(text_write_number(f.fake, 1), FARM_DONE);
	fake_free(f.fake);
	assert_string_equal(text_of(&f.folder, "end"), "well\n");
	text_folder_remove(&f.folder);
}

static void
test_check(void **unused)
{
	struct fixture f;

	(void)unused;
	set_up(&f, "cat");
	fake_options(f.fake, "records", "yes", "format", "csv", NULL);
	assert_int_equal(fake_check(f.fake), -1);
	assert_string_equal(
	    fake_failure(f.fake), "records: only JSON has words for them");
	fake_options(f.fake, "records", "no", "user", "no one here", NULL);
	assert_int_equal(fake_check(f.fake), -1);
	assert_string_equal(
	    fake_failure(f.fake), "user: there is no \"no one here\"");
	tear_down(&f);
}

static void
test_parse(void **unused)
{
	static const struct {
		const char *line;
		const char *want; /* NULL: no answer */
	} cases[] = { { "ok 1", "0 1 " }, { "ok 18\r", "0 18 " },
		{ "again 2 a b", "1 2 a b" }, { "bad 3", "2 3 " },
		{ "ok", NULL }, { "ok ", NULL }, { "ok x", NULL },
		{ "ok -1", NULL }, { "OK 1", NULL }, { "", NULL },
		{ " ok 1", NULL }, { "ok 12345678901234567890", NULL },
		{ "bad 1 \033[2J", NULL } };
	struct answer a;
	char text[64];
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		struct slice line = { cases[i].line, strlen(cases[i].line) };

		assert_int_equal(answer_parse(line, &a), cases[i].want != NULL);
		if (cases[i].want == NULL)
			continue;
		snprintf(text, sizeof(text), "%d %llu %.*s", (int)a.word,
		    (unsigned long long)a.batch, (int)a.why.length, a.why.text);
		assert_string_equal(text, cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stores),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_does_not_read),
		cmocka_unit_test(test_without_answers),
		cmocka_unit_test(test_started_again),
		cmocka_unit_test(test_dismissed),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_parse),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
