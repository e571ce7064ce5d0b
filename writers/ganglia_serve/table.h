/*
 * table.h - last values as Ganglia shows them: clusters of hosts of metrics,
 * each in the order of their names.  One thread at a time.
 */
#ifndef GANGLIA_SERVE_TABLE_H
#define GANGLIA_SERVE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "error.h"
#include "gmond.h"
#include "intern.h"
#include "names.h"
#include "slice.h"

/* Clusters, hosts or metrics: what they point to begins with the name. */
struct sorted {
	struct named **items;
	size_t n;
	size_t capacity;
};

struct named {
	const char *name;
};

struct cluster {
	struct named named; /* behind the struct */
	struct sorted hosts;
};

struct host {
	struct named named; /* behind the struct */
	struct cluster *cluster;
	struct sorted metrics;
};

struct metric {
	struct named named;
	struct host *host; /* NULL: it is no more */
	struct metric_name *name;
	unsigned refs; /* the table's, and those of table_metric() */
	uint32_t series; /* that it was described by last; 0: none */
	enum gmond_type type;
	enum gmond_slope slope;
	const char *units;
	const char *extra; /* elements of EXTRA_DATA, as XML; "" if none */
	int64_t time_ns;
	int64_t gap_ns; /* between values, the longer of the last two */
	int64_t last_gap_ns;
	struct farm_value value; /* FARM_NONE: none to be shown */
	char *text;		 /* of the value; NULL if it is none */
};

struct table_options {
	int64_t tmax_ns; /* at least */
	int64_t dmax_ns; /* at least; 0: never */
	size_t bytes;	 /* at most */
};

struct table {
	struct table_options options;
	struct sorted clusters;
	struct names names;
	struct intern texts;
	size_t bytes; /* besides those of names and texts */
	size_t hosts;
	size_t metrics;
	uint64_t round; /* of sums */
};

void table_init(struct table *, const struct table_options *);
void table_free(struct table *); /* all that referred to metrics has let go */

/*
 * The metric of a series, found or made, and counted once more; NULL if there
 * is no room.
 */
struct metric *table_metric(struct table *, const struct farm_series *);
void table_unref(struct table *, struct metric *); /* NULL is fine */
/*
 * Its value at a time; an older one than it has is let be.  False if there is
 * no room: it has none then.
 */
bool table_set(struct table *, struct metric *, uint32_t series,
    const struct farm_series *, int64_t time_ns, const struct farm_value *);
/* Names down to a level, NULL below, are no more. */
void table_remove(struct table *, const char *cluster, const char *node,
    const char *parameter);
/* What has had no value for its DMAX goes; what is ahead of a clock that was
   set back is of now. */
void table_sweep(struct table *, int64_t now_ns);

/* By name; NULL if there is none. */
struct named *sorted_find(const struct sorted *, struct slice name);
/* The first behind this name, an index; all are behind "". */
size_t sorted_after(const struct sorted *, const char *name);

/* What readers go by, in seconds.  DMAX is 0 for never. */
uint32_t metric_tmax(const struct table *, const struct metric *);
uint32_t metric_dmax(const struct table *, const struct metric *);
/* The one whose value is when the host's gmond began, and no metric there. */
bool metric_is_heartbeat(const struct metric *);
uint32_t seconds_since(int64_t time_ns, int64_t now_ns);

/* Of a host, by its metrics. */
struct host_times {
	int64_t reported_ns; /* the last value; 0: none */
	int64_t started_s;   /* gmond, if it says so */
	uint32_t tmax;	     /* the shortest */
	uint32_t dmax;	     /* the longest */
};
void host_times(const struct table *, const struct host *,
    struct host_times *ret);

#endif
