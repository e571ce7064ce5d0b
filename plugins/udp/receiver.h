/*
 * receiver.h - from a datagram to values: who may send, how much, and which
 * format takes it apart.  Knows no sockets.
 */
#ifndef UDP_RECEIVER_H
#define UDP_RECEIVER_H

#include <stdint.h>

#include <farm/module.h>

#include "buffer.h"
#include "error.h"
#include "networks.h"
#include "result.h"
#include "sequences.h"
#include "slice.h"
#include "sources.h"
#include "tallies.h"

/* In the order of the option's choices. */
enum format {
	FORMAT_APMON,
	FORMAT_ULM,
	FORMAT_INFLUX,
	FORMAT_GRAPHITE,
	FORMAT_STATSD,
};

enum outcome {
	TAKEN = 0,
	MALFORMED, /* datagrams; lines and parameters of them, too */
	WRONG_PASSWORD,
	DUPLICATE, /* its sequence number came before */
	LIMITED,   /* more than the source may send */
	NOT_ALLOWED,
	LOST, /* memory was out, or the host refused it */
	OUTCOMES
};

/* Configured by its owner; begins zeroed. */
struct receiver {
	enum format format;
	const char *cluster;
	const char *password; /* NULL: any */
	int64_t node_part;    /* of a Graphite path, from 1; 0: none */
	struct networks allowed; /* none: all */
	struct sources sources;

	struct farm_host *host; /* of the call */
	struct sequences sequences;
	struct result result;
	struct tallies tallies; /* of StatsD */
	struct buffer node, name, text;
	uint64_t outcomes[OUTCOMES];
	struct error refusal; /* the last, with its address; "" at first */
};

/* A datagram on its way. */
struct intake {
	struct receiver *receiver;
	const struct source *source;
	const struct place *from;
	struct slice bytes;
	int64_t mono_ns;
	struct error err;
};

/* 0, or -1 if memory is out. */
int receiver_init(struct receiver *, size_t max_series, size_t max_sources);
void receiver_free(struct receiver *, struct farm_host *);
/* -1 if something was lost, explained to the host. */
int receiver_take(struct receiver *, struct farm_host *,
    const struct place *from, const void *bytes, size_t size,
    int64_t mono_ns);

/* Now and then: what StatsD's lines added up to.  -1 if any was lost. */
int receiver_say(struct receiver *, struct farm_host *);

/* What each format makes of a datagram. */
enum outcome apmon_take(struct intake *);
enum outcome graphite_take(struct intake *);
enum outcome influx_take(struct intake *);
enum outcome statsd_take(struct intake *);
enum outcome ulm_take(struct intake *);

/* For formats: a part was no good, as the intake's error says. */
void intake_refuse(struct intake *);
/* One more value; what is bad is counted.  -1: it was lost. */
int intake_add(struct intake *, struct slice parameter, struct farm_value);
/* The name of whoever sent it, and of the cluster of those who name none. */
struct slice intake_node(const struct intake *);
struct slice intake_cluster(const struct intake *);

#endif
