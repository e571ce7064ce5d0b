/*
 * postgres.h - what the parts of the PostgreSQL dialect share: a connection
 * whose every wait has an end, its partitions, and its way to explain.
 */
#ifndef SQL_POSTGRES_H
#define SQL_POSTGRES_H

#include <libpq-fe.h>

#include "store.h"

/*
 * Values are stored in groups: series of one column type that came together
 * in a result have places beside each other, 1 to this many, so that they
 * make one row with an array.  A row of doubles then fits in a page without
 * being compressed.
 */
#define PLACES_MAX 200

/* The id of a series with values of one type is where its values go. */
static inline int64_t
pg_id(int64_t grp, int64_t place)
{
	return grp << 8 | place;
}

/* A partition of `results', [from, to). */
struct partition {
	int64_t from_ns;
	int64_t to_ns;
};

struct store {
	PGconn *conn;
	char *name;		  /* for errors: without the password */
	int64_t deadline_mono_ns; /* of the transaction under way */
	bool broken;		  /* in the middle of something: not usable */
	int64_t keep_ns;	  /* 0: for ever */
	int64_t slot_ns;	  /* how much time a new partition holds */
	struct partition *partitions; /* in no order */
	size_t n_partitions;
	struct buffer rows; /* what COPY will send */
};

/* -- postgres_call.c: one step each, until the deadline -- */

/* How long one transaction may take; less than the host waits for write(). */
#define PG_PATIENCE_NS (INT64_C(45) * 1000000000)

void pg_set_deadline(struct store *, int64_t patience_ns);
/* Connect, with the deadline; a failed one is explained. */
int pg_connect(struct store *, const char *const *keys,
    const char *const *values, struct error *);
/* Statements without arguments and answers; several by semicolon. */
int pg_do(struct store *, const char *sql, struct error *);
/* One statement, arguments as text; *ret, to be PQclear()ed, has its rows. */
int pg_ask(struct store *, const char *sql, int n, const char *const *arguments,
    PGresult **ret, struct error *);
/* The same, handing over the rows one by one as they come, in binary; 1 ends
   it, and then the connection with what it had still to say. */
int pg_each(struct store *, const char *sql, int n,
    const char *const *arguments, int (*row)(void *context, const PGresult *),
    void *context, struct error *);
/* Send rows of COPY ... FROM STDIN (FORMAT binary), header and end included,
   and forget them. */
int pg_copy(struct store *, const char *sql, struct buffer *rows,
    struct error *);
/* How many rows a statement changed. */
size_t pg_changed(const PGresult *);

/* -- postgres_rows.c: rows for COPY in binary -- */

void pg_rows_begin(struct buffer *);
void pg_row(struct buffer *, int n_fields);
void pg_put_end(struct buffer *);
void pg_put_null(struct buffer *);
void pg_put_int16(struct buffer *, int16_t);
void pg_put_int32(struct buffer *, int32_t);
void pg_put_int64(struct buffer *, int64_t);
void pg_put_bytes(struct buffer *, const void *, size_t);
void pg_put_text(struct buffer *, const char *);
/* The values of n samples beside each other as array fields: doubles,
   integers, texts, of which two are NULL. */
void pg_put_arrays(struct buffer *, const struct sample *, size_t n);
int16_t pg_get_int16(const void *);
int32_t pg_get_int32(const void *);
int64_t pg_get_int64(const void *);

/* -- postgres_numbers.c: see struct dialect -- */

int pg_run(struct store *, const char *sql, struct error *);
int pg_put(struct store *, const struct average *, size_t n, struct error *);
int pg_numbers(struct store *, const char *sql, const char *types,
    int (*row)(void *context, const union number *), void *context,
    struct error *);

/* -- postgres_schema.c -- */

/* Make and migrate the schema, in one transaction; refuses a newer one and
   one of somebody else's. */
int pg_migrate(struct store *, struct error *);
int pg_check_schema(struct store *, struct error *);

/* -- postgres_keep.c -- */

/* How much time a partition should hold if rows are kept for so long. */
int64_t pg_slot_ns(int64_t keep_ns);
int pg_load_partitions(struct store *, struct error *);
/* In a transaction: see that results of this time have a partition, unless
   they are so far from `now_ns' that they belong with the others. */
int pg_partition(struct store *, int64_t time_ns, int64_t now_ns,
    struct error *);
int pg_expire(struct store *, struct expiry *, struct error *);

/* -- postgres_write.c, postgres_known.c, postgres_read.c: see struct dialect -- */

int pg_progress(struct store *, const char *sql, uint64_t *ret,
    struct error *);
int pg_series(struct store *, struct stranger *, size_t n, struct error *);
int pg_known(struct store *, const struct sample *const *, size_t n,
    bool *known, struct error *);
int pg_add(struct store *, struct load *, struct error *);
int pg_read(struct store *, struct question *, const struct reader *,
    uint64_t *ret_position, struct error *);

#endif
