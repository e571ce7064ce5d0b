/*
 * dump.h - a dump of gmond or gmetad, as it comes: each host that arrives whole
 * is emitted, and nothing else of it is kept.
 */
#ifndef GANGLIA_DUMP_H
#define GANGLIA_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "ganglia_xml.h"
#include "known.h"
#include "metric.h"
#include "path.h"

/* A value of a host that is not whole yet. */
struct pending {
	struct known *metric;
	struct farm_value value; /* of a text: `uint64' in dump->texts */
	int64_t age_s;
	int64_t time_ns;
};

struct dump_counts {
	uint64_t hosts;
	uint64_t down; /* of them, by gmond's rule */
	uint64_t metrics;
	uint64_t refused; /* metrics without a series or a value */
	uint64_t broken;  /* hosts that did not arrive whole */
};

struct dump {
	struct making how;
	struct knowns *knowns;
	const char *own_cluster; /* for clusters without a name */
	struct path path;
	struct ganglia_scanner scanner;
	struct dump_counts counts;
	struct error refusal; /* of the first that was refused */
	struct error wrong;   /* why the answer is none */
	bool ended;	      /* </GANGLIA_XML> was there */

	struct buffer cluster, node; /* strings */
	struct buffer texts;
	struct buffer room;
	struct buffer units;
	unsigned grids; /* that are open */
	struct known *last_host;
	struct known *last; /* metric, or its host before the first */
	struct known *host; /* being read; NULL: none */
	bool relabelled;    /* the last metric: to be defined again */
	bool summing;	    /* `host' is no host, but sums of all */
	int64_t local_s;    /* LOCALTIME of what is open; 0: not said */
	int64_t now_s;	    /* by the clock of the source */
	int64_t host_age_s;
	uint32_t host_tmax;
	uint64_t started;
	struct pending *pending;
	size_t n_pending;
	size_t room_pending;
	struct farm_value *rows;
	size_t room_rows;
};

/* `path' may be NULL: all that comes is welcome.  -1 if it is none. */
int dump_init(struct dump *, const struct making *, struct knowns *,
    const char *own_cluster, const char *path);
void dump_free(struct dump *);
/* -1: stop, for memory is out, the host wants no more, or see `wrong'. */
int dump_push(struct dump *, const void *bytes, size_t size);

#endif
