#include "module_note.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module.h"
#include "module_files.h"
#include "unit.h"

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

/* The file is refused with "PATH: WANT". */
static void
assert_refused(const char *path, const char *want)
{
	struct farm_stamp stamp;
	struct error err;
	char *whole;

	assert_true(asprintf(&whole, "%s: %s", path, want) > 0);
	assert_int_equal(module_note(path, &stamp, &err), -1);
	assert_string_equal(err.text, whole);
	free(whole);
}

static void
test_good(void **state)
{
	struct farm_stamp stamp;
	struct error err;

	(void)state;
	assert_int_equal(
	    module_note(TEST_MODULES "/good/hello.so", &stamp, &err), 0);
	assert_int_equal(stamp.abi_major, 1);
	assert_int_equal(stamp.abi_minor, 1);
	assert_int_equal(stamp.role, FARM_COLLECTOR);
	assert_int_equal(stamp.descriptor_size, sizeof(struct farm_descriptor));
	assert_string_equal(stamp.name, "hello");
	assert_string_equal(stamp.version, "0");
	assert_int_equal(
	    module_note(TEST_MODULES "/good/longer.so", &stamp, &err), 0);
	assert_int_equal(stamp.stamp_size, sizeof(stamp) + 20);
	assert_int_equal(
	    module_note(TEST_MODULES "/good/shorter.so", &stamp, &err), 0);
	assert_int_equal(stamp.option_size, 40);
}

static void
test_bad_stamps(void **state)
{
	static const struct {
		const char *path;
		const char *want;
	} cases[] = {
		{ TEST_MODULES "/bad/major.so",
		    "needs ABI 2.7, this host has 1.1" },
		{ TEST_MODULES "/bad/minor.so",
		    "needs ABI 1.2, this host has 1.1" },
		{ TEST_MODULES "/bad/short.so",
		    "stamped with role_offset 24, which must be 72 to 4096" },
		{ TEST_MODULES "/bad/huge.so",
		    "stamped with option_size 2147483640,"
		    " which must be 40 to 4096" },
		{ TEST_MODULES "/bad/odd.so", "stamped with parameter_size 33,"
					      " which is no multiple of 8" },
		{ TEST_MODULES "/bad/outside.so",
		    "stamped with a role of 16 bytes at 4096"
		    " in a descriptor of 176" },
		{ TEST_MODULES "/bad/role.so", "stamped with unknown role 9" },
		{ TEST_MODULES "/bad/unnamed.so",
		    "stamped with a name that is none" },
		{ TEST_MODULES "/bad/misnamed.so", "calls itself \"other\"" },
		{ TEST_MODULES "/bad/nonote.so",
		    "has no farm note; not a module" },
		{ TEST_MODULES "/bad/twonotes.so",
		    "has 2 farm notes; one module per file" },
		{ TEST_MODULES "/bad/absent.so", "No such file or directory" },
		{ TEST_MODULES "/bad", "not a regular file" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_refused(cases[i].path, cases[i].want);
}

static void
test_not_elf(void **state)
{
	const struct module_files *f = *state;
	static const char text[] = "#!/bin/sh\necho I am a script\n";
	Elf32_Ehdr small = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32,
		    ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_386,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(Elf32_Ehdr),
	};

	assert_refused(
	    module_files_write(f, "empty.so", "", 0), "not an ELF file");
	assert_refused(module_files_write(f, "text.so", text, strlen(text)),
	    "not an ELF file");
	assert_refused(module_files_write(f, "elf32.so", &small, sizeof(small)),
	    "for a 32-bit machine");
}

static void
test_not_files(void **state)
{
	const struct module_files *f = *state;
	const char *path;

	path = module_files_path(f, "dangling.so");
	assert_int_equal(symlink("/nonexistent/module.so", path), 0);
	assert_refused(path, "No such file or directory");
	path = module_files_path(f, "folder.so");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_refused(path, "not a regular file");
	path = module_files_path(f, "pipe.so");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(path, "not a regular file");
}

static void
test_other_machines(void **state)
{
	const struct module_files *f = *state;
	const Elf64_Half machine = EM_MIPS, executable = ET_EXEC;
	const unsigned char big = ELFDATA2MSB, class = 7;
	char want[80];

	snprintf(want, sizeof(want),
	    "for another machine (ELF number 8, this is %u)",
	    ((const Elf64_Ehdr *)(const void *)f->hello)->e_machine);
	assert_refused(module_files_patch(f, offsetof(Elf64_Ehdr, e_machine),
			   &machine, sizeof(machine)),
	    want);
	assert_refused(module_files_patch(f, offsetof(Elf64_Ehdr, e_type),
			   &executable, sizeof(executable)),
	    "not a shared object");
	assert_refused(module_files_patch(f, EI_DATA, &big, 1),
	    "for a machine of other byte order");
	assert_refused(module_files_patch(f, EI_CLASS, &class, 1),
	    "of unknown ELF class 7");
}

/* Where the last byte that is mapped stands in the file, and one more. */
static size_t
mapped_end(const struct module_files *f)
{
	Elf64_Phdr segment;
	Elf64_Ehdr header;
	size_t i, end = 0;

	memcpy(&header, f->hello, sizeof(header));
	for (i = 0; i < header.e_phnum; i++) {
		memcpy(&segment,
		    f->hello + header.e_phoff + i * sizeof(segment),
		    sizeof(segment));
		if (segment.p_offset + segment.p_filesz > end)
			end = segment.p_offset + segment.p_filesz;
	}
	return end;
}

static void
test_cut_short(void **state)
{
	const struct module_files *f = *state;
	size_t size, end = mapped_end(f);
	struct farm_stamp stamp;
	struct error err;
	char want[80];

	assert_in_range(end, f->size / 4, f->size);
	snprintf(want, sizeof(want),
	    "cut short: a segment ends beyond its %zu bytes", end - 1);
	assert_refused(
	    module_files_write(f, "hello.so", f->hello, end - 1), want);
	for (size = 0; size < end; size++)
		assert_int_equal(note_find(f->hello, size, &stamp, &err), -1);
	assert_int_equal(note_find(f->hello, f->size, &stamp, &err), 0);
}

/* Whatever the bytes are: a refusal, or a stamp that is sound. */
static void
test_random_damage(void **state)
{
	const struct module_files *f = *state;
	char *copy = malloc(f->size);
	struct farm_stamp stamp;
	struct error err;
	unsigned good = 0, bad = 0;
	int round, i;

	assert_non_null(copy);
	srandom(20260131);
	for (round = 0; round < 20000; round++) {
		memcpy(copy, f->hello, f->size);
		for (i = 0; i < 1 + round % 4; i++)
			copy[(size_t)random() % 1024] = (char)random();
		if (note_find(copy, f->size, &stamp, &err) != 0) {
			assert_true(err.text[0] != '\0');
			bad++;
			continue;
		}
		assert_int_equal(
		    stamp_check(&stamp, stamp.stamp_size, &err), 0);
		good++;
	}
	/* Both ways were walked. */
	assert_true(good > 100 && bad > 100);
	free(copy);
}

/* Sizes that are odd in another way than any module above. */
static void
test_stamps(void **state)
{
	struct farm_stamp good = FARM_STAMP("x", FARM_WRITER);
	struct farm_stamp s = good;
	struct error err;

	(void)state;
	assert_int_equal(stamp_check(&s, sizeof(s), &err), 0);
	assert_int_equal(stamp_check(&s, 7, &err), -1);
	assert_string_equal(err.text, "a farm note of 7 bytes is too short");
	assert_int_equal(stamp_check(&s, 8, &err), -1);
	assert_string_equal(err.text, "a farm note of 8 bytes is too short");
	assert_int_equal(stamp_check(&s, sizeof(s) + 8, &err), -1);
	assert_string_equal(
	    err.text, "a farm note of 144 bytes is stamped with 136");
	s.version[0] = '\n';
	assert_int_equal(stamp_check(&s, sizeof(s), &err), -1);
	assert_string_equal(err.text, "stamped with a version that is none");
	s = good;
	strcpy(s.name, "../x");
	assert_int_equal(stamp_check(&s, sizeof(s), &err), -1);
	assert_string_equal(err.text, "stamped with a name that is none");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad_stamps),
		cmocka_unit_test(test_not_elf),
		cmocka_unit_test(test_not_files),
		cmocka_unit_test(test_other_machines),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_random_damage),
		cmocka_unit_test(test_stamps),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
