/*
 * mariadb_bulk.c - one statement with the arguments of thousands of rows: a
 * server that is told so does them in one round trip.
 */
#include "mariadb.h"

#include <string.h>

void
bulk_abort(struct store *s)
{
	if (s->bulk->stmt != NULL)
		mysql_stmt_close(s->bulk->stmt);
	s->bulk->stmt = NULL;
}

static enum enum_field_types
type_of(char letter)
{
	switch (letter) {
	case 'i':
		return MYSQL_TYPE_LONGLONG;
	case 'd':
		return MYSQL_TYPE_DOUBLE;
	case 't':
		return MYSQL_TYPE_STRING;
	}
	return MYSQL_TYPE_BLOB;
}

int
bulk_begin(
    struct store *s, const char *sql, const char *types, struct error *err)
{
	struct bulk *b = s->bulk;

	bulk_abort(s);
	b->stmt = mysql_stmt_init(s->conn);
	if (b->stmt == NULL)
		return my_failed(s, err);
	b->n_columns = strlen(types);
	b->n = 0;
	b->n_bytes = 0;
	b->n_changed = 0;
	for (size_t i = 0; i < b->n_columns; i++) {
		b->columns[i].type = type_of(types[i]);
		b->columns[i].nulls = false;
	}
	if (mysql_stmt_prepare(b->stmt, sql, strlen(sql)) != 0)
		return my_statement_failed(s, b->stmt, err);
	return STORE_OK;
}

/* The library looks at indicators row by row, so a column without NULLs has
   none. */
static union cell *
cell(struct bulk *b, size_t column, char indicator)
{
	if (indicator != STMT_INDICATOR_NONE && !b->columns[column].nulls) {
		memset(
		    b->columns[column].indicators, STMT_INDICATOR_NONE, b->n);
		b->columns[column].nulls = true;
	}
	if (b->columns[column].nulls)
		b->columns[column].indicators[b->n] = indicator;
	return &b->columns[column].cells[b->n];
}

void
bulk_null(struct bulk *b, size_t column)
{
	cell(b, column, STMT_INDICATOR_NULL)->integer = 0;
	b->columns[column].lengths[b->n] = 0;
}

void
bulk_integer(struct bulk *b, size_t column, int64_t value)
{
	cell(b, column, STMT_INDICATOR_NONE)->integer = value;
}

void
bulk_number(struct bulk *b, size_t column, double value)
{
	cell(b, column, STMT_INDICATOR_NONE)->number = value;
}

void
bulk_bytes(struct bulk *b, size_t column, const void *bytes, size_t size)
{
	cell(b, column, STMT_INDICATOR_NONE)->bytes = size == 0 ? "" : bytes;
	b->columns[column].lengths[b->n] = size;
	b->n_bytes += size;
}

/* Numbers have the lengths of their types. */
static void
bind_column(struct bulk *b, size_t i, MYSQL_BIND *bind)
{
	bind->buffer_type = b->columns[i].type;
	bind->buffer = b->columns[i].cells;
	if (bind->buffer_type != MYSQL_TYPE_LONGLONG &&
	    bind->buffer_type != MYSQL_TYPE_DOUBLE)
		bind->length = b->columns[i].lengths;
	if (b->columns[i].nulls)
		bind->u.indicator = b->columns[i].indicators;
	b->columns[i].nulls = false;
}

static int
send_rows(struct store *s, struct error *err)
{
	MYSQL_BIND binds[BULK_COLUMNS] = { { .buffer = NULL } };
	struct bulk *b = s->bulk;
	unsigned int n = (unsigned int)b->n;

	for (size_t i = 0; i < b->n_columns; i++)
		bind_column(b, i, &binds[i]);
	if (mysql_stmt_attr_set(b->stmt, STMT_ATTR_ARRAY_SIZE, &n) != 0 ||
	    mysql_stmt_bind_param(b->stmt, binds) != 0 ||
	    mysql_stmt_execute(b->stmt) != 0)
		return my_statement_failed(s, b->stmt, err);
	b->n_changed += (size_t)mysql_stmt_affected_rows(b->stmt);
	b->n = 0;
	b->n_bytes = 0;
	return STORE_OK;
}

int
bulk_row(struct store *s, struct error *err)
{
	struct bulk *b = s->bulk;

	if (++b->n < BULK_ROWS && b->n_bytes < BULK_BYTES)
		return STORE_OK;
	return send_rows(s, err);
}

int
bulk_end(struct store *s, size_t *ret_changed, struct error *err)
{
	int status = STORE_OK;

	if (s->bulk->n > 0)
		status = send_rows(s, err);
	if (status == STORE_OK && ret_changed != NULL)
		*ret_changed = s->bulk->n_changed;
	bulk_abort(s);
	return status;
}
