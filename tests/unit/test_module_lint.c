#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module.h"
#include "module_files.h"
#include "module_note.h"
#include "unit.h"

#define GOOD TEST_MODULES "/good"
#define BAD TEST_MODULES "/bad"

/* Sanitizers bring variables and symbols of their own into every file. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED                                                              \
	(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED 0
#endif

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

static void
assert_lint(const char *path, int errors, const char *want)
{
	struct buffer out = BUFFER_INIT;
	int n = module_lint(&out, path);

	assert_string_equal(buffer_text(&out), want);
	assert_int_equal(n, errors);
	buffer_free(&out);
}

#define UNDOCUMENTED                                                           \
	"warning: has no description\n"                                        \
	"warning: has no table of parameters\n"

static void
test_files(void **state)
{
	static const struct {
		const char *path;
		int errors;
		const char *want;
	} cases[] = {
		{ GOOD "/full.so", 0,
		    "ok: ABI 1.1, collector \"full\", version 2.1\n" },
		{ GOOD "/hello.so", 0,
		    UNDOCUMENTED
		    "ok: ABI 1.1, collector \"hello\", version 0\n" },
		{ GOOD "/filters/hello.so", 0,
		    "ok: ABI 1.1, filter \"hello\", version 0\n" },
		{ BAD "/writable.so", 2,
		    "error: has a writable variable, runs, of 4 bytes\n"
		    "error: has a writable variable, runs_here, of 4 "
		    "bytes\n" UNDOCUMENTED },
		{ BAD "/texts.so", 2,
		    "warning: summary begins with a capital\n"
		    "warning: summary ends in a full stop\n"
		    "warning: has no description\n"
		    "error: option every has the name of a key of the host's\n"
		    "error: option count has no help\n"
		    "warning: parameter speed has an unknown unit,"
		    " \"furlong/s\"\n"
		    "warning: parameter speed begins with a capital\n"
		    "warning: parameter speed ends in a full stop\n" },
		{ BAD "/noapply.so", 1,
		    "error: " BAD "/noapply.so: has no apply()\n" },
		{ BAD "/nonote.so", 1,
		    "error: " BAD "/nonote.so: has no farm note;"
		    " not a module\n" },
		{ BAD "/absent.so", 1,
		    "error: " BAD "/absent.so: No such file or directory\n" },
	};
	size_t i;

	(void)state;
	if (SANITIZED)
		skip();
	for (i = 0; i < COUNT(cases); i++)
		assert_lint(cases[i].path, cases[i].errors, cases[i].want);
}

/* Lines whose order is the linker's. */
static void
assert_lint_has(const char *path, const char *line)
{
	struct buffer out = BUFFER_INIT;

	assert_true(module_lint(&out, path) > 0);
	if (strstr(buffer_text(&out), line) == NULL)
		fail_msg("no \"%s\" in:\n%s", line, buffer_text(&out));
	buffer_free(&out);
}

static void
test_symbols(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	assert_lint_has(BAD "/imports.so",
	    "error: calls chdir(), which changes the whole process\n");
	assert_lint_has(BAD "/imports.so",
	    "error: calls exit(), which would end the daemon\n");
	assert_lint_has(BAD "/imports.so",
	    "warning: calls abort(), which would end the daemon\n");
	assert_lint_has(BAD "/exports.so", "error: exports 2 symbols: ");
	assert_lint_has(BAD "/exports.so", "exports_helper");
}

/* Section or program header number i of the file. */
static Elf64_Shdr *
section(char *bytes, size_t i)
{
	const Elf64_Ehdr *header = (void *)bytes;

	return i < header->e_shnum
		   ? (void *)(bytes + header->e_shoff + i * sizeof(Elf64_Shdr))
		   : NULL;
}

static char *
read_file(const char *path, size_t *ret_size)
{
	struct error err;
	void *bytes = NULL;

	assert_int_equal(note_read_file(path, &bytes, ret_size, &err), 0);
	return bytes;
}

/* Without names of variables the sections must do. */
static void
test_stripped(void **state)
{
	char *bytes;
	const char *path;
	size_t i, size;

	if (SANITIZED)
		skip();
	bytes = read_file(BAD "/writable.so", &size);
	for (i = 0; section(bytes, i) != NULL; i++)
		if (section(bytes, i)->sh_type == SHT_SYMTAB)
			section(bytes, i)->sh_type = SHT_NULL;
		else if (section(bytes, i)->sh_type == SHT_NOBITS)
			section(bytes, i)->sh_size = 16;
	path = module_files_write(*state, "writable.so", bytes, size);
	assert_lint_has(
	    path, "error: has 16 bytes of writable variables in .bss\n");
	assert_lint_has(path,
	    "warning: is stripped: a writable variable of up to 8 bytes would"
	    " not be seen\n");
	free(bytes);
}

/* The dynamic entry with this tag becomes another one. */
static void
change_dynamic(char *bytes, Elf64_Sxword from, Elf64_Sxword to)
{
	Elf64_Dyn *entry = NULL;
	size_t i;

	for (i = 0; section(bytes, i) != NULL; i++)
		if (section(bytes, i)->sh_type == SHT_DYNAMIC)
			entry = (void *)(bytes + section(bytes, i)->sh_offset);
	assert_non_null(entry);
	while (entry->d_tag != from && entry->d_tag != DT_NULL)
		entry++;
	assert_int_equal(entry->d_tag, from);
	entry->d_tag = to;
}

static void
test_linking(void **state)
{
	const char *path;
	size_t size;
	char *bytes;

	bytes = read_file(GOOD "/full.so", &size);
	change_dynamic(bytes, DT_RELACOUNT, DT_RUNPATH);
	path = module_files_write(*state, "full.so", bytes, size);
	assert_lint_has(path, "error: has a RUNPATH, ");
	change_dynamic(bytes, DT_RUNPATH, DT_TEXTREL);
	assert_int_equal(remove(path), 0);
	path = module_files_write(*state, "full.so", bytes, size);
	assert_lint_has(
	    path, "error: has text relocations; compile with -fPIC\n");
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_stripped),
		cmocka_unit_test(test_linking),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
