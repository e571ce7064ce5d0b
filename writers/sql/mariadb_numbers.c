/*
 * mariadb_numbers.c - questions that are the same to all databases.
 */
#include "mariadb.h"

#include <math.h>
#include <stdlib.h>

enum { COLUMNS_MAX = 16 };

static void
take_columns(MYSQL_ROW texts, const char *types, union number row[COLUMNS_MAX])
{
	for (int i = 0; types[i] != '\0'; i++) {
		if (types[i] == 'i')
			row[i].integer = texts[i] == NULL
					     ? 0
					     : strtoll(texts[i], NULL, 10);
		else
			row[i].real = texts[i] == NULL ? NAN
						       : strtod(texts[i], NULL);
	}
}

int
my_put(struct store *s, const struct average *rows, size_t n, struct error *err)
{
	struct bulk *b = s->bulk;
	int status;

	status = bulk_begin(s,
	    "REPLACE INTO averages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    STORE_AVERAGE_COLUMNS, err);
	for (size_t i = 0; status == STORE_OK && i < n; i++) {
		for (size_t k = 0; k < STORE_AVERAGE_MAX; k++) {
			if (STORE_AVERAGE_COLUMNS[k] == 'i')
				bulk_integer(b, k, rows[i].columns[k].integer);
			else
				bulk_number(b, k, rows[i].columns[k].real);
		}
		status = bulk_row(s, err);
	}
	return status == STORE_OK ? bulk_end(s, NULL, err) : status;
}

/* What a row() that has enough does not want is read all the same. */
int
my_numbers(struct store *s, const char *sql, const char *types,
    int (*each)(void *context, const union number *), void *context,
    struct error *err)
{
	union number row[COLUMNS_MAX];
	MYSQL_RES *result;
	MYSQL_ROW texts;
	int status;

	status = my_do(s, sql, err);
	if (status != STORE_OK)
		return status;
	result = mysql_use_result(s->conn);
	if (result == NULL)
		return my_failed(s, err);
	while ((texts = mysql_fetch_row(result)) != NULL) {
		take_columns(texts, types, row);
		if (each(context, row) != 0)
			break;
	}
	if (texts == NULL && mysql_errno(s->conn) != 0)
		status = my_failed(s, err);
	mysql_free_result(result);
	return status;
}
