/*
 * mariadb.h - what the parts of the MariaDB dialect share: a connection, rows
 * sent many at a time, and its way to explain a failure.
 */
#ifndef SQL_MARIADB_H
#define SQL_MARIADB_H

#include <mysql.h>

#include "mariadb_url.h"
#include "store.h"

/* Rows sent at a time: these at most, and about so many bytes of texts,
   which stays below the smallest max_allowed_packet in use. */
#define BULK_ROWS 4096
#define BULK_BYTES (2u << 20)
#define BULK_COLUMNS 10

union cell {
	int64_t integer;
	double number;
	const char *bytes; /* borrowed until the rows are sent */
};

/* Rows on their way, column by column as the library wants them. */
struct bulk {
	MYSQL_STMT *stmt; /* INSERT with an argument per column */
	size_t n_columns;
	size_t n; /* rows that are complete */
	size_t n_bytes;
	size_t n_changed; /* by all that were sent so far */
	struct {
		enum enum_field_types type;
		bool nulls; /* there are some: indicators count */
		union cell cells[BULK_ROWS];
		unsigned long lengths[BULK_ROWS];
		char indicators[BULK_ROWS];
	} columns[BULK_COLUMNS];
};

struct store {
	MYSQL *conn;
	char *name;  /* for errors: without the password */
	bool broken; /* in the middle of something: not usable */
	struct bulk *bulk;
	MYSQL_STMT *read; /* values of a series; NULL: not prepared yet */
	char text[FARM_TEXT_MAX + 1]; /* of the value under its cursor */
};

/* -- mariadb.c -- */

/* Why the last call failed, as enum store_status. */
int my_failed(struct store *, struct error *);
int my_statement_failed(struct store *, MYSQL_STMT *, struct error *);
/* One statement without an answer. */
int my_do(struct store *, const char *sql, struct error *);
/* One with rows, all taken over; to be mysql_free_result()ed. */
int my_ask(struct store *, const char *sql, MYSQL_RES **ret, struct error *);
/* One number of one row; 0 if there is none. */
int my_number(struct store *, const char *sql, int64_t *ret, struct error *);
/* A text as a literal. */
void my_quote(struct store *, struct buffer *sql, const char *text);

/* -- mariadb_numbers.c: see struct dialect -- */

int my_put(struct store *, const struct average *, size_t n, struct error *);
int my_numbers(struct store *, const char *sql, const char *types,
    int (*row)(void *context, const union number *), void *context,
    struct error *);

/* -- mariadb_bulk.c -- */

/* `types': a letter per column: i(nteger), d(ouble), t(ext), b(ytes). */
int bulk_begin(struct store *, const char *sql, const char *types,
    struct error *);
/* The cells of the row to come. */
void bulk_null(struct bulk *, size_t column);
void bulk_integer(struct bulk *, size_t column, int64_t);
void bulk_number(struct bulk *, size_t column, double);
void bulk_bytes(struct bulk *, size_t column, const void *, size_t size);
/* The row is complete: send it when there are enough. */
int bulk_row(struct store *, struct error *);
/* Send what is left; *ret_changed, if not NULL: rows changed by all. */
int bulk_end(struct store *, size_t *ret_changed, struct error *);
/* After a failure; otherwise as bulk_end() left it. */
void bulk_abort(struct store *);

/* -- mariadb_schema.c -- */

int my_migrate(struct store *, struct error *);
int my_check_schema(struct store *, struct error *);

/* -- mariadb_write.c, mariadb_read.c, mariadb_expire.c: see struct dialect -- */

int my_series(struct store *, struct stranger *, size_t n, struct error *);
/* A row of the bulk with the columns of `samples'. */
int my_put_sample(struct store *, const struct sample *, int64_t item,
    struct error *);
int my_known(struct store *, const struct sample *const *, size_t n,
    bool *known, struct error *);
int my_add(struct store *, struct load *, struct error *);
int my_expire(struct store *, struct expiry *, struct error *);
int my_read(struct store *, struct question *, const struct reader *,
    uint64_t *ret_position, struct error *);

#endif
