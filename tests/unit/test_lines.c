/* Lines of files, and where they stand. */
#include "lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "unit.h"

#define MAX 8

static const struct {
	const char *text;
	const char *want; /* LINE:TEXT; or LINE! for one too long */
} cases[] = {
	{ "", "" },
	{ "\n", "1:;" },
	{ "a\nb\n", "1:a;2:b;" },
	{ "a\n\nb", "1:a;2:;3:b;" },
	{ "12345678\n123456789\nc\n", "1:12345678;2!;3:c;" },
	{ "123456789", "1!;" },
	{ "12345678901234567890\n\nc", "1!;2:;3:c;" },
};

static void
show(struct buffer *b, struct line_reader *r)
{
	struct slice line;
	struct error err;
	enum lines_got got;

	while ((got = lines_next(r, &line, &err)) != LINES_END) {
		assert_int_not_equal(got, LINES_FAILED);
		buffer_printf(b, "%llu", (unsigned long long)r->line);
		if (got == LINES_BAD)
			buffer_puts(b, "!;");
		else
			buffer_printf(b, ":%.*s;", (int)line.length, line.text);
	}
}

/* All at once, and as many bytes at a time as the pipe is given. */
static void
test_cases(void **unused)
{
	struct buffer b = BUFFER_INIT;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct line_reader r = { .name = "x", .max = MAX };
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		assert_int_equal(
		    write(ends[1], cases[i].text, strlen(cases[i].text)),
		    strlen(cases[i].text));
		close(ends[1]);
		r.fd = ends[0];
		buffer_clear(&b);
		show(&b, &r);
		assert_string_equal(buffer_text(&b), cases[i].want);
		lines_close(&r);
	}
	buffer_free(&b);
}

/* A line that is much too long comes in many pieces, and is told once. */
static void
test_pieces(void **unused)
{
	static const size_t lengths[] = { 65535, 65536, 65537, 200000 };
	char path[] = "/tmp/test_lines.XXXXXX";
	struct line_reader r;
	struct slice line;
	struct error err;
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	(void)unused;
	for (size_t i = 0; i < COUNT(lengths); i++)
		for (size_t k = 0; k <= lengths[i]; k++)
			putc(k < lengths[i] ? 'x' : '\n', f);
	fputs("end", f);
	fclose(f);
	assert_int_equal(lines_open(&r, path, 65536, &err), 0);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		bool good = lengths[i] <= 65536;

		assert_int_equal(
		    lines_next(&r, &line, &err), good ? LINES_ONE : LINES_BAD);
		assert_int_equal(r.line, i + 1);
		if (good)
			assert_int_equal(line.length, lengths[i]);
	}
	assert_non_null(
	    strstr(err.text, ":4: a line of more than 65536 bytes"));
	assert_false(lines_waiting(&r));
	assert_int_equal(lines_next(&r, &line, &err), LINES_ONE);
	assert_int_equal(line.length, 3);
	assert_int_equal(lines_next(&r, &line, &err), LINES_END);
	lines_close(&r);
	unlink(path);
}

static void
test_failures(void **unused)
{
	struct line_reader r;
	struct slice line;
	struct error err;

	(void)unused;
	assert_int_equal(lines_open(&r, "/nonexistent", MAX, &err), -1);
	assert_string_equal(
	    err.text, "/nonexistent: No such file or directory");
	lines_close(&r);
	assert_int_equal(lines_open(&r, "/tmp", MAX, &err), 0);
	assert_int_equal(lines_next(&r, &line, &err), LINES_FAILED);
	assert_string_equal(err.text, "/tmp: Is a directory");
	lines_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
