/*
 * answer.h - what a reader is told, made in pieces as it is read.  Between two
 * pieces the table may change: it remembers names, not places, and goes on
 * behind them.
 */
#ifndef GANGLIA_SERVE_ANSWER_H
#define GANGLIA_SERVE_ANSWER_H

#include <stdbool.h>

#include "buffer.h"
#include "ganglia_query.h"
#include "pattern.h"
#include "sums.h"
#include "table.h"

/* What stands at the top. */
struct answer_names {
	const char *grid;
	const char *authority;
	const char *owner;
	const char *latlong;
	const char *url;
};

enum answer_stage {
	ANSWER_CLUSTERS, /* between two of them */
	ANSWER_HOSTS,
	ANSWER_METRICS,
	ANSWER_SUMS, /* of all, or of a cluster */
	ANSWER_OVER,
};

/* Starts zeroed. */
struct answer {
	struct table *table;
	const struct answer_names *names;
	struct ganglia_query query;
	struct pattern *patterns[GANGLIA_QUERY_DEPTH]; /* NULL: a name */
	bool grid;    /* as gmetad, else as gmond */
	enum answer_stage stage;
	struct sums sums;
	size_t summed; /* of them, written */
	/* What was begun last; "": nothing yet. */
	char cluster[FARM_NAME_MAX + 1];
	char host[FARM_NAME_MAX + 1];
	char metric[FARM_NAME_MAX + 1];
	bool in_cluster;
	bool begun;
};

/* All, as gmond says it. */
void answer_gmond(struct answer *, struct table *,
    const struct answer_names *);
/*
 * What is asked of gmetad; the line must stay.  NULL: all.  -1: it says
 * nothing to that.
 */
int answer_gmetad(struct answer *, struct table *, const struct answer_names *,
    const char *line, size_t length);
void answer_free(struct answer *);

/*
 * More of it, until there are so many bytes; true when that was all.  A bounded
 * number of hosts is looked at, so there may be fewer.  Look if the buffer
 * failed.
 */
bool answer_more(struct answer *, struct buffer *, size_t bytes,
    int64_t now_ns);

#endif
