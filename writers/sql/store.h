/*
 * store.h - what the writer asks of a database, whichever it is: sql.c knows
 * when, a dialect knows how.  Everything here may block on the database, up
 * to its busy timeout.  A store belongs to one thread at a time.
 */
#ifndef SQL_STORE_H
#define SQL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "buffer.h"
#include "error.h"

struct store; /* one open database; each dialect has its own */

struct store_settings {
	const char *url;
	const char *location; /* what follows "SCHEME:" in the URL */
	const char *password; /* NULL: what the URL or the library says */
	int64_t keep_ns;      /* raw values; 0: for ever */
	int sync;	      /* enum store_sync */
	int64_t busy_timeout_ns;
	int64_t max_bytes; /* of the database; 0: no bound */
};

/* The order of the option's choices. */
enum store_sync { STORE_SYNC_OFF, STORE_SYNC_NORMAL, STORE_SYNC_FULL };

/* All functions that return int return one of these, with an error set. */
enum store_status {
	STORE_OK = 0,
	STORE_AGAIN = -1, /* may work later; best after opening it anew */
	STORE_BAD = -2,	  /* what was given can never be stored */
};

/*
 * A series that write() has no id for, in the order of the batch.  Some
 * databases keep values of each type apart, so the type is part of the
 * question: `id' stands for this series with values of this type.
 */
struct stranger {
	const struct farm_series *names;
	const struct farm_record *record; /* where it was met first */
	uint32_t handle;
	uint32_t type; /* enum farm_type */
	int64_t id;    /* the answer; above 0 */
	int64_t series; /* likewise: in the table of series; 0: `id' is */
};

/* One value on its way in. */
struct sample {
	int64_t series; /* the id */
	const struct farm_record *record;
	const struct farm_value *value; /* one of the record's */
};

/* All that a batch brings. */
struct load {
	struct sample *samples; /* the store may change their order */
	size_t n_samples;
	const struct farm_record **records; /* that are not results */
	size_t n_records;
	int64_t now_ns;
	/* The answer. */
	size_t n_rows;	/* asked for */
	size_t n_added; /* of them; the others were there already */
	const struct farm_record *bad; /* after STORE_BAD; NULL: unknown */
};

/* What to read: exact names narrow the search, NULL does not. */
struct question {
	const char *farm;
	const char *cluster;
	const char *node;
	int64_t first_ns;
	int64_t last_ns; /* included */
	int64_t texts_before_ns; /* of what is before this, texts only */
};

/* Who takes the answer.  What is handed over is borrowed for the call. */
struct reader {
	void *context;
	/* At first, in the transaction: the question may change by it. */
	int (*begin)(void *context, struct store *, struct question *,
	    struct error *);
	/* 0: go on to its samples; 1: not wanted; -1: enough. */
	int (*series)(void *context, const struct farm_series *);
	/* What comes before its samples, by its id in the table. */
	int (*levels)(void *context, int64_t id, bool *enough, struct error *);
	/* 0: go on; -1: enough. */
	int (*sample)(void *context, int64_t time_ns, const struct farm_value *);
	/* All samples of the series were given. */
	void (*finish)(void *context);
};

/* How far the removal of old rows has come. */
struct expiry {
	int64_t before_ns;  /* of numbers */
	int64_t longest_ns; /* of texts, other records, series; as early */
	int64_t series; /* the last one looked at; 0 at first */
	size_t forgotten; /* series removed, as they had nothing left */
	bool done;
};

/* A column of a row, as its letter says: i(nteger) or d(ouble). */
union number {
	int64_t integer;
	double real; /* NaN: NULL */
};

/* The columns of `averages', in their order: an average on its way in. */
#define STORE_AVERAGE_COLUMNS "iiiiddddii"
enum { STORE_AVERAGE_MAX = 10 };
struct average {
	union number columns[STORE_AVERAGE_MAX];
};

/* As SQLite and PostgreSQL replace one. */
#define STORE_REPLACE_AVERAGE                                                  \
	" ON CONFLICT (step, series, time) DO UPDATE SET"                      \
	" count = excluded.count, mean = excluded.mean, min = excluded.min,"   \
	" max = excluded.max, last = excluded.last, held = excluded.held,"     \
	" position = excluded.position"

struct dialect {
	const char *scheme;
	/* Open for writing, made and migrated if need be, or for reading. */
	int (*open)(struct store **ret, const struct store_settings *,
	    bool writing, struct error *);
	void (*close)(struct store *); /* NULL is fine */
	/* Is it still what stands at the location? */
	bool (*in_place)(struct store *);

	/* A transaction; *ret_position is the last position stored. */
	int (*begin)(struct store *, uint64_t *ret_position, struct error *);
	/* Ids of series, made or brought up to date.  Ids given in a
	   transaction are void if it is rolled back. */
	int (*series)(struct store *, struct stranger *, size_t n,
	    struct error *);
	/* Which of these values, as sift.c sorts them, has the store at their
	   time?  Of those that are alike the first.  After series(). */
	int (*known)(struct store *, const struct sample *const *, size_t n,
	    bool *known, struct error *);
	/* Rows that are there already are left alone. */
	int (*add)(struct store *, struct load *, struct error *);
	int (*commit)(struct store *, uint64_t position, struct error *);
	void (*rollback)(struct store *); /* also after a failed commit() */

	/* In a transaction: averages, or others for those there. */
	int (*put)(struct store *, const struct average *, size_t n,
	    struct error *);
	/* Any statement that all databases have in common, without rows ... */
	int (*run)(struct store *, const char *sql, struct error *);
	/* ... and with rows of numbers; row() answers 0, or 1: enough. */
	int (*rows)(struct store *, const char *sql, const char *types,
	    int (*row)(void *context, const union number *), void *context,
	    struct error *);

	/* One bounded slice, in a transaction of its own. */
	int (*expire)(struct store *, struct expiry *, struct error *);

	/*
	 * All that matches, oldest first within a series.  *ret_position is
	 * the last position that the answer may hold.  Nothing is an error
	 * about a reader that had enough.
	 */
	int (*read)(struct store *, struct question *, const struct reader *,
	    uint64_t *ret_position, struct error *);
};

/* Where the value stands in its record: rows of one record differ in it. */
static inline size_t
sample_item(const struct sample *s)
{
	return (size_t)(s->value - s->record->values);
}

extern const struct dialect sqlite_dialect;
extern const struct dialect postgres_dialect;
extern const struct dialect mariadb_dialect;

/* By series, time, position and item, as the key of a table of rows goes:
   each of its pages is then touched once. */
void store_sort(struct load *);

/* Kinds of parameters as the schema writes them; NULL: no such kind. */
const char *store_kind_name(uint32_t kind);
uint32_t store_kind(const char *name); /* FARM_GAUGE if there is none */
/* Types of records likewise: a name, or the number written to `number'. */
const char *store_record_type(const struct farm_record *, char number[8]);
/* Is the payload text, as the contract says? */
bool store_payload_is_text(const struct farm_record *);
/* The labels as a JSON object. */
void store_put_labels(struct buffer *, const struct farm_series *);

#endif
