/* Decimal numbers: those that are read at once as those that strtod() reads. */
#include "number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static bool
parse(const char *text, double *ret)
{
	return number_parse((struct slice){ text, strlen(text) }, ret);
}

static void
test_numbers(void **unused)
{
	static const char *const good[] = { "0", "-0", "7", "-7", "+7", "007",
		"1.5", "-1.5", ".5", "5.", "-.5", "0.1", "123456789012345",
		"1234567890123456", "0.00000000000001", "0.000000000000001",
		"9007199254740993", "0.3", "2.2250738585072014e-308", "1e3",
		"1E-3", "-1.5e+2", "99999999999999.9", "0000000000000000001",
		"0.1234567890123456789" };
	static const char *const bad[] = { "", "-", "+", ".", "-.", "1.2.3",
		"1-", "--1", "1 ", " 1", "e3", "1e", "nan", "inf", "0x1",
		"1e999", "1,5", "1a" };
	double got;

	(void)unused;
	for (size_t i = 0; i < COUNT(good); i++) {
		double want = strtod(good[i], NULL);

		if (!parse(good[i], &got) ||
		    memcmp(&got, &want, sizeof(got)) != 0)
			fail_msg("%s: %.17g", good[i], got);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		got = 42;
		if (parse(bad[i], &got) ||
		    memcmp(&got, &(double){ 42 }, 8) != 0)
			fail_msg("\"%s\" is a number, %g", bad[i], got);
	}
}

/* Digits and points as they come: the same double, or none for both. */
static void
test_as_strtod(void **unused)
{
	static const char alphabet[] = "0123456789012345678901234.-e";
	uint64_t state = 3;
	double got, want;
	char text[24], *end;

	(void)unused;
	for (int round = 0; round < 500000; round++) {
		size_t n = 1 + (state >> 40) % (sizeof(text) - 1);
		bool good;

		for (size_t i = 0; i < n; i++) {
			state = state * 6364136223846793005u + 1;
			text[i] =
			    alphabet[(state >> 33) % (sizeof(alphabet) - 1)];
		}
		text[n < sizeof(text) ? n : n - 1] = '\0';
		good = parse(text, &got);
		want = strtod(text, &end);
		if (!good)
			continue;
		if (*end != '\0' || memcmp(&got, &want, sizeof(got)) != 0)
			fail_msg("%s: %.17g, not %.17g", text, got, want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_as_strtod),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
