/*
 * composer.h - values as the bodies of requests, in one format.  It knows
 * nothing of HTTP.
 */
#ifndef HTTP_COMPOSER_H
#define HTTP_COMPOSER_H

#include <farm/module.h>

#include "buffer.h"
#include "error.h"
#include "influx.h"
#include "path.h"

/* In the order of the option's choices. */
enum http_format { HTTP_INFLUX, HTTP_REMOTE_WRITE, HTTP_FORMATS };

/* The options that are about what is said. */
struct composer_options {
	int format;
	const char *measurement;
	struct farm_map tags;
	bool labels;
	bool integers;
	bool gzip;
};

/* Why a value is in no request. */
enum left_out {
	LEFT_TEXT,     /* a text, where only numbers are stored */
	LEFT_NUMBER,   /* none that can be said */
	LEFT_NAME,     /* of the series, likewise */
	LEFT_DOUBLE,   /* another of the same series in the same millisecond */
	LEFT_OUTS
};

/* What a line or a series begins with: bytes of the format. */
struct known {
	char *head; /* NULL: not made yet, or refused */
	size_t size;
	bool refused;
	bool told; /* that values of it are left out for a name */
};

/* A number that waits for others of its series. */
struct waiting {
	uint32_t series;
	const struct known *known;
	int64_t time_ms;
	double value;
	size_t order; /* in which it came */
};

/* Zeroed but for its options. */
struct composer {
	const struct composer_options *options;
	struct path path;
	struct tags tags;
	struct buffer text; /* before it is made small */
	struct buffer body;
	struct buffer room, name;
	struct waiting *waiting;
	size_t n_waiting, waiting_capacity;
	struct influx_line line; /* under way */
	const struct known *last; /* what it began with; NULL: none is */
	int64_t last_ns;
	uint64_t left_out[LEFT_OUTS];
	struct error why; /* of the last name that cannot be */
};

struct format_ops {
	const char *type;	 /* the Content-Type */
	const char *packing;	 /* the Content-Encoding; NULL: as options say */
	const char *scheme;	 /* of a token */
	const char *const *more; /* headers besides, up to a NULL */
	/* What all of a series' values begin with, at the end of the buffer. */
	int (*head)(struct composer *, const struct farm_series *,
	    struct buffer *, struct error *);
	/* -1 if memory is out. */
	int (*put)(struct composer *, const struct known *,
	    const struct farm_series *, const struct farm_value *,
	    int64_t time_ns);
	/* What was put, as `text'; then that as `body'.  Both -1 likewise. */
	int (*gather)(struct composer *);
	int (*pack)(struct composer *);
};

extern const struct format_ops format_influx, format_remote_write;
extern const struct format_ops *const format_table[HTTP_FORMATS];

/* -1 with the reason, which begins with the option. */
int composer_check(const struct composer_options *, struct error *);
int composer_open(struct composer *, const struct composer_options *,
    struct error *);
void composer_close(struct composer *);
void composer_forget(struct known *);

/* Begin anew; add values of a record; then `body' is the request, and empty if
   there is nothing to say.  -1 if memory is out.  `known' is the state of the
   value's series. */
void composer_begin(struct composer *);
int composer_add(struct composer *, struct known *,
    const struct farm_series *, const struct farm_value *, int64_t time_ns);
int composer_finish(struct composer *);
/* A request without values, which a server that takes any takes as well. */
int composer_make_empty(struct composer *);
/* Bytes of what is gathered, about. */
size_t composer_size(const struct composer *);

#endif
