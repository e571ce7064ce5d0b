/*
 * composer.h - batches as messages of one format.  It knows no sockets.
 */
#ifndef UDP_COMPOSER_H
#define UDP_COMPOSER_H

#include <farm/module.h>

#include "apmon.h"
#include "buffer.h"
#include "error.h"
#include "influx.h"
#include "outgoing.h"
#include "path.h"

struct collectd;
struct frames;

/* In the order of the option's choices. */
enum format {
	FORMAT_APMON,
	FORMAT_ULM,
	FORMAT_INFLUX,
	FORMAT_GRAPHITE,
	FORMAT_STATSD,
	FORMAT_COLLECTD,
	FORMAT_FRAMES,
	FORMATS
};

/* The options that are about what is said. */
struct composer_options {
	int format;
	const char *password; /* of ApMon and collectd; NULL: none */
	const char *path;     /* NULL: as the format has it */
	struct farm_map tags;
	bool labels;
	bool times; /* of ApMon */
	bool exact;
	bool syslog; /* of ULM */
	int security; /* of collectd: enum collectd_security */
	const char *user;
	const char *types; /* NULL: where they usually are, if they are */
	int64_t interval_ns;
	int64_t max_age_ns;
};

/* What became of values that are not in any message. */
enum unsaid {
	UNSAID_NAME,  /* the name cannot be said in this format */
	UNSAID_VALUE, /* nor such a value */
	UNSAID_LARGE, /* it does not fit a datagram */
	UNSAID_OLD,
	UNSAIDS
};

struct composer_counts {
	uint64_t values; /* said */
	uint64_t unsaid[UNSAIDS];
};

/* Zeroed but for its options. */
struct composer {
	const struct composer_options *options;
	struct path path;
	struct tags tags;
	struct outgoing outgoing;
	struct apmon_sender sender;
	struct influx_line line; /* under way */
	struct collectd *collectd;
	struct frames *frames;
	struct buffer room, name;
	struct apmon_parameter *parameters; /* room for n_parameters */
	size_t n_parameters;
	struct composer_counts counts;
};

/* The state of a series. */
struct known {
	double last;		/* of a counter, for StatsD */
	uint32_t own;		/* its number in frames; 0: none yet */
	bool counted; /* there is a last one */
	bool warned;
};

/* One run of values of a record that are of the same node. */
struct group {
	struct farm_host *host;
	const struct farm_record *record;
	const struct farm_series *of; /* the first value's */
	const struct farm_value *values;
	size_t n;
};

struct format_ops {
	const char *name;
	uint32_t port;
	bool stream;	  /* can be said over TCP */
	bool timed;	  /* says when */
	bool alone;	  /* a message is a datagram */
	bool whole;	  /* the path is one text */
	const char *path; /* by default; NULL: it has none, nor tags */
	const struct farm_map *tags; /* likewise; NULL: none */
	/* The messages of a group.  -1 if memory is out. */
	int (*put)(struct composer *, const struct group *);
	/* NULL: no use for them.  A record that is no result. */
	int (*put_other)(struct composer *, struct farm_host *,
	    const struct farm_record *);
	/* NULL: nothing is left open.  At the end of a batch. */
	int (*finish)(struct composer *);
};

extern const struct format_ops format_apmon, format_collectd, format_frames,
    format_graphite, format_influx, format_statsd, format_ulm;
extern const struct format_ops *const format_table[FORMATS];

/* -1 with the reason, which begins with the option. */
int composer_check(const struct composer_options *, struct error *);
/* `limit': the longest message. */
int composer_open(struct composer *, const struct composer_options *,
    size_t limit, struct error *);
void composer_close(struct composer *);
/* Its series goes away. */
void composer_forget(struct composer *, struct known *);

/* The messages of a batch in `outgoing', until the next call.  -1 if memory is
   out. */
int composer_take(struct composer *, struct farm_host *,
    const struct farm_batch *);

/* ------------------------------------------------------- for the formats -- */

/* Of this many values nothing is said; of the first of a series for its name
   or size there is a warning. */
void composer_unsaid(struct composer *, const struct group *,
    const struct farm_value *, enum unsaid, const struct error *why);
/* The message is whole: one of `n' values from `v' on.  -1 if memory is out. */
int composer_end(struct composer *, const struct group *,
    const struct farm_value *v, size_t n);
/* Each tag of a series, and each label if wanted; empty ones are left out.
   Goes on until each() is not 0, which is what is returned. */
int composer_tags(struct composer *, const struct farm_series *,
    tags_fn *each, void *cookie, struct error *);

#endif
