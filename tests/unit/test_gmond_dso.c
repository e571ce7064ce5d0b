/* Files of gmond's modules, looked at before they are loaded. */
#include "dso.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "unit.h"

#define ODD TEST_MODULES "/gmond/odd.so"
#define ROUNDS 20000

static char *file;
static size_t size;

static int
read_odd(void **state)
{
	FILE *f = fopen(ODD, "re");

	(void)state;
	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = (size_t)ftell(f);
	rewind(f);
	file = malloc(size);
	assert_non_null(file);
	assert_int_equal(fread(file, 1, size, f), size);
	fclose(f);
	return 0;
}

static int
free_odd(void **state)
{
	(void)state;
	free(file);
	return 0;
}

/* Where the module's structure stands in the file: version, minor version,
   then what is filled in at run time, zeros up to the magic number. */
static char *
place_of_module(void)
{
	const int version = GMOND_ABI_VERSION;
	const unsigned long magic = GMOND_ABI_MAGIC;
	size_t at = offsetof(struct gmond_abi_module, magic);
	char *p;

	for (p = file; p + sizeof(struct gmond_abi_module) <= file + size; p++)
		if (memcmp(p, &version, sizeof(version)) == 0 &&
		    memcmp(p + at, &magic, sizeof(magic)) == 0)
			return p;
	fail_msg("no module in %s", ODD);
	return NULL;
}

static void
test_good(void **state)
{
	struct error err;
	struct dso dso;

	(void)state;
	assert_int_equal(dso_look(ODD, NULL, &dso, &err), 0);
	assert_string_equal(dso.symbol, "odd_module");
	assert_int_equal(dso.minor_version, 0);
	assert_int_equal(dso_look(ODD, "odd_module", &dso, &err), 0);
}

static void
assert_refused(const char *path, const char *symbol, const char *want)
{
	struct dso dso = { .minor_version = -1 };
	struct error err;

	assert_int_equal(dso_look(path, symbol, &dso, &err), -1);
	assert_string_equal(err.text, want);
	assert_int_equal(dso.minor_version, -1);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *path;
		const char *symbol;
		const char *want;
	} cases[] = {
		{ "/nonexistent.so", NULL,
		    "/nonexistent.so: No such file or directory" },
		{ "/", NULL, "/: Is a directory" },
		{ "/etc/passwd", NULL,
		    "/etc/passwd: not a library of this machine" },
		{ TEST_MODULES "/good/hello.so", NULL,
		    TEST_MODULES "/good/hello.so: no module of gmond's" },
		{ ODD, "even_module",
		    ODD ": no module of gmond's: it exports no "
			"\"even_module\"" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_refused(cases[i].path, cases[i].symbol, cases[i].want);
}

/* Other bytes at the module's, and what is said then. */
static void
assert_changed(size_t at, const void *bytes, size_t n, const char *symbol,
    const char *want)
{
	char *place = place_of_module() + at, before[16];
	struct error err;
	struct dso dso;

	memcpy(before, place, n);
	memcpy(place, bytes, n);
	assert_int_equal(dso_read(file, size, symbol, &dso, &err), -1);
	assert_string_equal(err.text, want);
	memcpy(place, before, n);
	assert_int_equal(dso_read(file, size, symbol, &dso, &err), 0);
}

static void
test_versions(void **state)
{
	const unsigned long magic = 0x474d3331; /* GM31 */
	const int version = 20070918;

	(void)state;
	assert_changed(offsetof(struct gmond_abi_module, magic), &magic,
	    sizeof(magic), "odd_module",
	    "no module of gmond's: the magic number of odd_module is "
	    "0x474d3331, not 0x474d3332");
	assert_changed(offsetof(struct gmond_abi_module, magic), &magic,
	    sizeof(magic), NULL, "no module of gmond's");
	assert_changed(offsetof(struct gmond_abi_module, version), &version,
	    sizeof(version), "odd_module",
	    "built for another Ganglia: odd_module has version 20070918 of "
	    "the interface, 20080913 can be hosted");
}

/* Cut anywhere, with any bytes changed: never beyond the end. */
static void
test_damaged(void **state)
{
	uint64_t seed = 49;
	struct error err;
	struct dso dso;
	char *copy;
	size_t i, n, k;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		n = i % 2 == 0 ? size : (size_t)(seed >> 33) % size;
		copy = malloc(n + 1);
		assert_non_null(copy);
		memcpy(copy, file, n);
		for (k = 0; k < 4 && n > 0; k++) {
			seed = seed * 6364136223846793005u + 1;
			copy[(seed >> 33) % (k < 2 && n > 64 ? 64 : n)] =
			    (char)(seed >> 20);
		}
		(void)dso_read(copy, n, NULL, &dso, &err);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, read_odd, free_odd);
}
