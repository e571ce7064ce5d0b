/* docs/predicates.md: its examples are what they are said to be. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matched.h"
#include "unit.h"

#define CELLS 4

/* The cells of a row, without backquotes and with their bars; how many. */
static size_t
split_row(char *line, char *cells[CELLS])
{
	char *from = line + 1, *to = NULL;
	size_t n = 0;

	for (; *from != '\0' && *from != '\n'; from++) {
		if (to == NULL && (*from == ' ' || *from == '`'))
			continue;
		if (to == NULL) {
			assert_true(n < CELLS);
			to = cells[n++] = from;
		}
		if (*from == '|') {
			while (
			    to > cells[n - 1] && strchr(" `", to[-1]) != NULL)
				to--;
			*to = '\0';
			to = NULL;
			continue;
		}
		if (*from == '\\' && from[1] == '|')
			from++;
		*to++ = *from;
	}
	return n;
}

/* "farm/cluster/node/parameter[ NUMBER]", with \/ in names. */
static struct farm_series
read_series(char *text, struct farm_value *ret_value)
{
	const char *names[4] = { text };
	char *space = strchr(text, ' ');
	size_t n = 1;
	char *to;

	*ret_value = farm_double(space == NULL ? 0 : strtod(space, NULL));
	if (space != NULL)
		*space = '\0';
	for (to = text; *text != '\0'; text++) {
		if (*text == '/' && n < COUNT(names)) {
			*to++ = '\0';
			names[n++] = to;
			continue;
		}
		if (*text == '\\')
			text++;
		*to++ = *text;
	}
	*to = '\0';
	assert_int_equal(n, COUNT(names));
	return (struct farm_series){ .farm = names[0],
		.cluster = names[1],
		.node = names[2],
		.parameter = names[3],
		.unit = "" };
}

static bool
wants(const struct matcher *m, char *text)
{
	struct farm_value value;
	struct farm_series s = read_series(text, &value);
	struct matched *of;
	bool wants;

	assert_int_equal(matched_new(&of, m, &s), 0);
	wants = of != NULL && matched_value(of, 0, &value);
	matched_free(of);
	return wants;
}

static void
check_example(char *const cells[CELLS], size_t n)
{
	struct arena *arena = arena_new(0);
	struct farm_predicate *p;
	struct matcher *m;
	struct error err;
	size_t n_p;

	if (predicate_parse(arena, cells[0], 0, &p, &n_p, &err) != 0)
		fail_msg("%s: %s", cells[0], err.text);
	assert_int_equal(matcher_new(&m, p, n_p, &err), 0);
	if (!wants(m, cells[2]))
		fail_msg("%s does not want %s", cells[0], cells[2]);
	if (n > 3 && cells[3][0] != '\0' && wants(m, cells[3]))
		fail_msg("%s wants %s", cells[0], cells[3]);
	matcher_free(m);
	arena_free(arena);
}

static void
check_error(char *const cells[CELLS])
{
	struct arena *arena = arena_new(0);
	struct farm_predicate *p;
	struct error err;
	size_t n_p;

	assert_int_equal(
	    predicate_parse(arena, cells[0], 0, &p, &n_p, &err), -1);
	assert_string_equal(err.text, cells[1]);
	arena_free(arena);
}

/* Rows with an example are predicates, those of two cells are none. */
static void
test_page(void **state)
{
	char *cells[CELLS], *line = NULL;
	int examples = 0, errors = 0;
	size_t n, size = 0;
	FILE *f = fopen(TEST_DOCS "/predicates.md", "re");

	(void)state;
	assert_non_null(f);
	while (getline(&line, &size, f) > 0) {
		/* Keys of the mapping come last, in a table of their own. */
		if (strncmp(line, "## As a mapping", 15) == 0)
			break;
		if (strncmp(line, "| `", 3) != 0)
			continue;
		n = split_row(line, cells);
		if (n == 2) {
			check_error(cells);
			errors++;
		} else {
			check_example(cells, n);
			examples++;
		}
	}
	free(line);
	fclose(f);
	assert_true(examples >= 14);
	assert_true(errors >= 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
