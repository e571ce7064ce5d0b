/*
 * format.h - the formats of export and import-data: how one row is written,
 * and how it is read.  A format of text knows no files; SQLite's knows only
 * those.
 */
#ifndef CLI_DATA_FORMAT_H
#define CLI_DATA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "csv.h"
#include "row.h"

/* What reading a piece of text came to. */
enum piece {
	PIECE_ROW,   /* a row */
	PIECE_NOTHING, /* a header, a comment, an empty line */
	PIECE_MORE,  /* it does not end in these bytes */
	PIECE_BAD,
	PIECE_HOPELESS, /* and so is all that follows */
};

/* State of reading one file. */
struct parsing {
	struct arena *arena; /* of the row at hand */
	int columns[CSV_FIELDS_MAX]; /* what each field is; -1: nothing here */
	size_t n_columns; /* 0: the header has not come yet */
};

/* One of text. */
struct text_format {
	const char *name;
	const char *head; /* what a file begins with; NULL: nothing */
	/* Append the row; -1 with the reason if it cannot be said. */
	int (*put)(struct buffer *, const struct row *, struct error *);
	/*
	 * What `text' begins with: *ret_used bytes of it, unless it is bad or
	 * does not end.  `last': no bytes follow.  The row borrows from the
	 * text and from the arena.
	 */
	enum piece (*get)(struct parsing *, const char *text, size_t size,
	    bool last, size_t *ret_used, struct row *ret, struct error *);
};

extern const struct text_format csv_format, json_format, influx_format;

/* Where rows go. */
struct sink;
struct sink_ops {
	/* 1: this row cannot be said, and is left out; -1: nothing can. */
	int (*put)(struct sink *, const struct row *, struct error *);
	/* All that was put is there. */
	int (*end)(struct sink *, struct error *);
	void (*free)(struct sink *);
};
struct sink {
	const struct sink_ops *ops;
};

/* Where they come from. */
struct source;
struct source_ops {
	/* 1: a row, valid until the next call; 0: the end; -1: a bad row,
	   others may follow; -2: nothing follows. */
	int (*next)(struct source *, struct row *ret, struct error *);
	void (*free)(struct source *);
};
struct source {
	const struct source_ops *ops;
};

/* `fd' stays the caller's. */
int text_sink_open(struct sink **ret, const struct text_format *, int fd,
    struct error *);
/* `name' for messages: "NAME:LINE: why". */
int text_source_open(struct source **ret, const struct text_format *, int fd,
    const char *name, struct error *);
/* A fresh database; it is complete only after end(). */
int sqlite_sink_open(struct sink **ret, const char *path, struct error *);
int sqlite_source_open(struct source **ret, const char *path, struct error *);

/*
 * By its name, or (NULL) by the file's: "csv", "json", "influx", "sqlite".
 * *ret: NULL stands for SQLite.
 */
int format_find(const struct text_format **ret, const char *name,
    const char *path, struct error *);

#endif
