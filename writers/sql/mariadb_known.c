/*
 * mariadb_known.c - which of many values are stored: they go to a table of the
 * connection's own, and one question is asked.
 */
#include "mariadb.h"

#include <stdlib.h>

static int
ask_known(struct store *s, bool *known, struct error *err)
{
	MYSQL_RES *found;
	MYSQL_ROW row;
	int status;

	status = my_ask(s,
	    "SELECT a.item FROM asked AS a WHERE EXISTS (SELECT 1"
	    " FROM samples AS v WHERE v.series = a.series AND v.time = a.time"
	    " AND v.type = a.type AND v.number <=> a.number"
	    " AND v.bits <=> a.bits AND v.bytes <=> a.bytes)",
	    &found, err);
	if (status != STORE_OK)
		return status;
	while ((row = mysql_fetch_row(found)) != NULL)
		known[strtoull(row[0], NULL, 10)] = true;
	mysql_free_result(found);
	return STORE_OK;
}

int
my_known(struct store *s, const struct sample *const *samples, size_t n,
    bool *known, struct error *err)
{
	int status;

	status = my_do(s, "DELETE FROM asked", err);
	if (status == STORE_OK)
		status = bulk_begin(s,
		    "INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		    "iiiiidib", err);
	for (size_t i = 0; status == STORE_OK && i < n; i++)
		status = my_put_sample(s, samples[i], (int64_t)i, err);
	if (status == STORE_OK)
		status = bulk_end(s, NULL, err);
	return status == STORE_OK ? ask_known(s, known, err) : status;
}
