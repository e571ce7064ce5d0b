/*
 * The helpers of collectd's interface against the answers of collectd 5.12
 * itself: tests/data/collectd/probe.txt, written by tests/collectd/record.
 */
#include "probe.h"
#include "types_db.h"

#include "unit.h"

/*
 * Lines where we mean to differ, with the reason: `conf' lines and what follows
 * them up to the next.
 */
static const char *const ours[] = {
	"A 1",         /* a last line without an end is a line */
	"A 1e+3\\012", /* words are not cut in two ... */
	"A 1e-3\\012", "A 1e+999\\012", "A 1.5e3\\012", "A 5-6\\012",
	"A a:b\\012", "A a.b\\012", "A a-b\\012", "a-b 1\\012", "a.b 1\\012",
	"A host.example.org\\012", "A x.1.2\\012", "A true.x\\012",
	"A 10.0.0\\012", "A 1.2.3\\012", "A 256.1.1.1\\012", "A 1:2\\012",
	"A 1.2.3.4:x\\012", "A x:80\\012", "A localhost:80\\012",
	"A example.org:80\\012", "A 5.5.\\012", "A --5\\012", "A a..b\\012",
	"A a.\\012", "A .a\\012", "A a--b\\012", "A -a\\012", "A -\\012",
	"A a:\\012", "A :\\012", "A a@b\\012", /* ... and no byte is dropped */
	"A a=b\\012", "A %x\\012", "A a,b\\012", "A 'x'\\012", "A 1;\\012",
	"A $x\\012", "A \\042open\\012", /* a string ends */
};

static bool
is_ours(const char *line)
{
	size_t i, n = strlen(line);

	if (n < 8 || strncmp(line, "conf \"", 6) != 0)
		return false;
	for (i = 0; i < COUNT(ours); i++)
		if (n == strlen(ours[i]) + 8 &&
		    strncmp(line + 6, ours[i], n - 8) == 0)
			return true;
	return false;
}

/* The next line to compare; an item, or a refusal, belongs to its text. */
static bool
next(FILE *f, char *line, int size, bool *skip)
{
	while (fgets(line, size, f) != NULL) {
		if (strncmp(line, "conf ", 5) == 0)
			*skip = is_ours(line);
		else if (strncmp(line, "option ", 7) == 0)
			*skip = false;
		if (!*skip)
			return true;
	}
	return false;
}

static void
compare(FILE *want, FILE *got)
{
	bool skip_want = false, skip_got = false, more;
	char a[2048], b[2048];
	unsigned n = 0, wrong = 0;

	for (;;) {
		more = next(want, a, sizeof(a), &skip_want);
		if (next(got, b, sizeof(b), &skip_got) != more)
			fail_msg(
			    "one has more lines than the other after %u", n);
		if (!more)
			break;
		n++;
		if (strcmp(a, b) == 0)
			continue;
		print_error("collectd: %sours:     %s", a, b);
		wrong++;
	}
	assert_true(n > 500);
	assert_int_equal(wrong, 0);
}

static void
test_probe(void **state)
{
	char folder[] = "/tmp/farm-probe-XXXXXX", path[64], command[64];
	struct error err;
	size_t skipped;
	FILE *want, *got;

	(void)state;
	if (types_db_read("/usr/share/collectd/types.db", &skipped, &err) != 0)
		skip();
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/answers", folder);
	got = fopen(path, "w+e");
	want = fopen(TEST_DATA "/collectd/probe.txt", "re");
	assert_non_null(got);
	assert_non_null(want);
	probe(got, folder);
	rewind(got);
	compare(want, got);
	fclose(got);
	fclose(want);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_probe) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
