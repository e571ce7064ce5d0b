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

#include "error.h"

struct store; /* one open database; each dialect has its own */

struct store_settings {
	const char *location; /* what follows "SCHEME:" in the URL */
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

/* One value on its way in: rows of one record differ in `item'. */
struct sample {
	int64_t series; /* of series() */
	int64_t time_ns;
	uint64_t position;
	size_t item;
	const struct farm_value *value;
};

/* What to read: exact names narrow the search, NULL does not. */
struct question {
	const char *farm;
	const char *cluster;
	const char *node;
	int64_t first_ns;
	int64_t last_ns; /* included */
};

/* Who takes the answer.  What is handed over is borrowed for the call. */
struct reader {
	void *context;
	/* 0: go on to its samples; 1: not wanted; -1: enough. */
	int (*series)(void *context, const struct farm_series *);
	/* 0: go on; -1: enough. */
	int (*sample)(void *context, int64_t time_ns, const struct farm_value *);
	/* All samples of the series were given. */
	void (*finish)(void *context);
};

/* How far the removal of old rows has come. */
struct expiry {
	int64_t before_ns;
	int64_t series; /* the last one looked at; 0 at first */
	size_t forgotten; /* series removed, as they had nothing left */
	bool done;
};

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
	/* The id of a series, made or brought up to date.  Ids given in a
	   transaction are void if it is rolled back. */
	int (*series)(struct store *, const struct farm_series *, int64_t *ret,
	    struct error *);
	/* A row that is there already is left alone. */
	int (*sample)(struct store *, const struct sample *, struct error *);
	int (*record)(struct store *, const struct farm_record *,
	    struct error *);
	/* How many rows sample() and record() added since open(). */
	uint64_t (*added)(struct store *);
	int (*commit)(struct store *, uint64_t position, struct error *);
	void (*rollback)(struct store *); /* also after a failed commit() */

	/* One bounded slice, in a transaction of its own. */
	int (*expire)(struct store *, struct expiry *, struct error *);

	/*
	 * All that matches, oldest first within a series.  *ret_position is
	 * the last position that the answer may hold.  Nothing is an error
	 * about a reader that had enough.
	 */
	int (*read)(struct store *, const struct question *,
	    const struct reader *, uint64_t *ret_position, struct error *);
};

extern const struct dialect sqlite_dialect;

#endif
