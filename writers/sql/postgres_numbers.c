/*
 * postgres_numbers.c - statements that are the same to all databases.
 */
#include "postgres.h"

#include <math.h>

enum { COLUMNS_MAX = 16 };

/* Within a transaction it is that of the transaction. */
static void
begin(struct store *s)
{
	if (PQtransactionStatus(s->conn) == PQTRANS_IDLE)
		pg_set_deadline(s, PG_PATIENCE_NS);
}

int
pg_run(struct store *s, const char *sql, struct error *err)
{
	begin(s);
	return pg_do(s, sql, err);
}

struct columns {
	const char *types;
	int (*each)(void *context, const union number *);
	void *context;
};

/* An int or a bigint; a double's bits are in the same order as the latter's. */
static int64_t
get_number(const PGresult *result, int column)
{
	const char *bytes = PQgetvalue(result, 0, column);

	return PQgetlength(result, 0, column) == 4 ? pg_get_int32(bytes)
						   : pg_get_int64(bytes);
}

static int
take_row(void *context, const PGresult *result)
{
	const struct columns *c = context;
	union number row[COLUMNS_MAX];

	for (int i = 0; c->types[i] != '\0'; i++) {
		if (!PQgetisnull(result, 0, i))
			row[i].integer = get_number(result, i);
		else if (c->types[i] == 'd')
			row[i].real = NAN;
		else
			row[i].integer = 0;
	}
	return c->each(c->context, row);
}

int
pg_numbers(struct store *s, const char *sql, const char *types,
    int (*each)(void *context, const union number *), void *context,
    struct error *err)
{
	struct columns columns = { types, each, context };

	begin(s);
	return pg_each(s, sql, 0, NULL, take_row, &columns, err);
}
