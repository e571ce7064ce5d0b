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
