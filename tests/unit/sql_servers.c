/* sql_servers.c - what may happen to any server, and what the writer makes of
   it. */
#include "sql_suite.h"

#include <stdlib.h>
#include <string.h>

/* What the database itself refuses for good. */
static void
test_constraint(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	const struct farm_value v[] = { of(s, farm_int64(1)),
		of(s, farm_int64(13)) };
	const struct farm_record r[] = { result(1, T0, v, 1),
		result(2, T0, v + 1, 1) };

	open_writer(f);
	expect(f, engine.forbid_13, "");
	assert_int_equal(put(f, r, 2), FARM_BAD);
	assert_true(f->writer->bad_record == SIZE_MAX);
	assert_non_null(strstr(fake_failure(f->writer), "luck"));
	expect(f, "SELECT count(*) FROM samples", "0");
	assert_int_equal(put(f, r, 1), FARM_DONE);
	assert_int_equal(put(f, r + 1, 1), FARM_BAD);
	expect(f, "SELECT count(*) FROM samples", "1");
}

/* What a version 1 left, as it left it: averages are made of it. */
static void
test_migrate(void **state)
{
	static const char *const undo[] = {
		"DROP VIEW levels",
		"DROP VIEW numbers",
		"DROP TABLE averages",
		"DROP TABLE rolled",
		"DELETE FROM version WHERE version = 2",
	};
	struct fixture *f = *state;

	open_writer(f);
	put_value(f, 1, T0, of(series(f, "n", "p"), farm_double(1.5)));
	for (size_t i = 0; i < COUNT(undo); i++)
		free(engine.query(f, undo[i]));
	assert_int_equal(ask_span(f, "*", 0, 0), -1);
	suite_keep(f, "{raw: 1d, 1m: 30d}");
	open_writer(f);
	expect(f, "SELECT max(version) FROM version", "2");
	put_value(f, 2, T0 + 60 * NS_PER_S,
	    of(series(f, "n", "p"), farm_double(1.5)));
	settle(f, T0 + 600 * NS_PER_S);
	expect(f, "SELECT count(*) FROM levels WHERE mean = 1.5", "2");
	ask(f);
	assert_int_equal(f->reader->n_values, 2);
}

static void
test_killed(void **state)
{
	struct fixture *f = *state;
	const struct farm_value v = of(series(f, "n", "p"), farm_int64(1));
	const struct farm_record r[] = { result(1, T0, &v, 1),
		result(2, T0 + 1, &v, 1) };

	open_writer(f);
	assert_int_equal(put(f, r, 1), FARM_DONE);
	ask(f);
	server_kill(engine.server);
	assert_int_equal(put(f, r + 1, 1), FARM_AGAIN);
	assert_int_equal(ask_span(f, "*", 0, 0), -1);
	assert_int_equal(put(f, r + 1, 1), FARM_AGAIN);
	assert_non_null(strstr(fake_failure(f->writer), f->name));
	server_restart(engine.server, engine.kind);
	assert_int_equal(put(f, r + 1, 1), FARM_DONE);
	ask(f);
	assert_int_equal(f->reader->n_values, 2);
	assert_int_equal(f->reader->answered_through, 2);
}

const struct CMUnitTest server_tests[] = {
	TEST(test_constraint),
	TEST(test_migrate),
	TEST(test_killed),
};
const size_t server_tests_size = COUNT(server_tests);
