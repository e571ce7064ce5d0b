/*
 * sqlite_known.c - which of many values are stored: the rows of an instant are
 * read once, however many values of it are asked about.
 */
#include "sift.h"
#include "sqlite.h"

static bool
is_same_instant(const struct sample *a, const struct sample *b)
{
	return a->series == b->series &&
	       a->record->time_ns == b->record->time_ns;
}

/* All n are of one instant. */
static int
look(struct store *s, const struct sample *const *samples, size_t n,
    bool *known, struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, READ_INSTANT, err);
	struct farm_value v;
	int code, status = STORE_OK;
	size_t i;

	if (stmt == NULL)
		return STORE_AGAIN;
	sqlite3_bind_int64(stmt, 1, samples[0]->series);
	sqlite3_bind_int64(stmt, 2, samples[0]->record->time_ns);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		v = sqlite_value(stmt, sqlite3_column_int(stmt, 0), 1);
		i = sift_find(samples, n, &v);
		if (i < n)
			known[i] = true;
	}
	if (code != SQLITE_DONE)
		status = sqlite_failed(s, err);
	sqlite3_reset(stmt);
	return status;
}

int
sqlite_known(struct store *s, const struct sample *const *samples, size_t n,
    bool *known, struct error *err)
{
	int status = STORE_OK;
	size_t i, end;

	for (i = 0; status == STORE_OK && i < n; i = end) {
		for (end = i + 1; end < n; end++) {
			if (!is_same_instant(samples[i], samples[end]))
				break;
		}
		status = look(s, samples + i, end - i, known + i, err);
	}
	return status;
}
