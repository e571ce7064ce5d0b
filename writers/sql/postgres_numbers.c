/*
 * postgres_numbers.c - statements that are the same to all databases.
 */
#include "postgres.h"

#include <inttypes.h>
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

/* With an exponent, a number is a double. */
static void
print_average(struct buffer *sql, const struct average *a)
{
	for (size_t i = 0; i < STORE_AVERAGE_MAX; i++) {
		buffer_putc(sql, i == 0 ? '(' : ',');
		if (STORE_AVERAGE_COLUMNS[i] == 'i')
			buffer_printf(sql, "%" PRId64, a->columns[i].integer);
		else
			buffer_printf(sql, "%.17e", a->columns[i].real);
	}
	buffer_putc(sql, ')');
}

/* As text: for the few rows there are at once, COPY into a table of their own
   and from there would be three statements instead of one. */
int
pg_put(struct store *s, const struct average *rows, size_t n, struct error *err)
{
	struct buffer *sql = &s->rows;

	buffer_clear(sql);
	buffer_puts(sql, "INSERT INTO averages VALUES ");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buffer_putc(sql, ',');
		print_average(sql, &rows[i]);
	}
	buffer_puts(sql, STORE_REPLACE_AVERAGE);
	if (!buffer_failed(sql))
		return pg_run(s, sql->data, err);
	error_set(err, "%s: out of memory", s->name);
	return STORE_AGAIN;
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
