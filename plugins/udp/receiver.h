/*
 * receiver.h - from a datagram to values: who may send, how much, and which
 * format takes it apart.  Knows no sockets.
 */
#ifndef UDP_RECEIVER_H
#define UDP_RECEIVER_H

#include <stdint.h>

#include <farm/module.h>

#include "allowed.h"
#include "buffer.h"
#include "error.h"
#include "peers.h"
#include "result.h"
#include "sequences.h"
#include "slice.h"
#include "tallies.h"

/* In the order of the option's choices. */
enum format {
	FORMAT_APMON,
	FORMAT_ULM,
	FORMAT_INFLUX,
	FORMAT_GRAPHITE,
	FORMAT_STATSD,
	FORMAT_FRAMES,
	FORMAT_COLLECTD,
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

/* Of collectd's packets alone. */
struct collectd_options {
	int security;	   /* at least: enum collectd_security */
	const char *users; /* lines USER: PASSWORD; NULL: no file */
	const char *types; /* types.db; NULL: where it usually is, if it is */
};

/* Configured by its owner; begins zeroed. */
struct receiver {
	enum format format;
	const char *cluster;
	const char *password; /* NULL: any */
	int64_t node_part;    /* of a Graphite path, from 1; 0: none */
	struct allowed allowed;
	struct peers sources;
	double rate, burst; /* of each */

	struct farm_host *host; /* of the call */
	struct sequences sequences;
	struct result result;
	struct tallies tallies; /* of StatsD */
	struct frames *frames;	/* NULL of all other formats, as this: */
	struct collectd *collectd;
	struct buffer node, name, text;
	uint64_t outcomes[OUTCOMES];
	struct error refusal; /* the last, with its address; "" at first */
};

/* A datagram on its way. */
struct intake {
	struct receiver *receiver;
	const struct peer *source;
	const struct place *from; /* all zeros: of this host, by a file */
	bool paced;		  /* the sender waits for its turn */
	struct slice bytes;
	int64_t mono_ns;
	struct error err;
};

/* 0, or -1 if memory is out. */
int receiver_init(struct receiver *, size_t max_series, size_t max_sources);
void receiver_free(struct receiver *, struct farm_host *);
/* May it send at all?  If not, that is counted. */
bool receiver_admits(struct receiver *, const struct place *from);
/* -1 if something was lost, explained to the host. */
int receiver_take(struct receiver *, struct farm_host *,
    const struct place *from, const void *bytes, size_t size,
    int64_t mono_ns);
/*
 * For those who can be made to wait: is it the source's turn?  What it is then
 * given takes no turn; receiver_pace() does.
 */
bool receiver_ready(struct receiver *, const struct place *from,
    int64_t mono_ns);
void receiver_pace(struct receiver *, const struct place *from,
    int64_t mono_ns);
int receiver_take_paced(struct receiver *, struct farm_host *,
    const struct place *from, const void *bytes, size_t size,
    int64_t mono_ns);

/* Now and then: what StatsD's lines added up to.  -1 if any was lost. */
int receiver_say(struct receiver *, struct farm_host *);

/* What each format makes of a datagram. */
enum outcome apmon_take(struct intake *);
enum outcome collectd_take(struct intake *);
enum outcome frames_take(struct intake *);
enum outcome graphite_take(struct intake *);
enum outcome influx_take(struct intake *);
enum outcome statsd_take(struct intake *);
enum outcome ulm_take(struct intake *);

/* What the frames' needs to remember.  -1 if memory is out; NULL is fine. */
int frames_open(struct frames **ret);
void frames_close(struct frames *);
/* Likewise collectd's, which reads the files; -1 with the reason. */
int collectd_open_intake(struct collectd **ret,
    const struct collectd_options *, struct error *);
void collectd_close_intake(struct collectd *);

/* For formats: a part was no good, as the intake's error says. */
void intake_refuse(struct intake *);
/* One more value; what is bad is counted.  -1: it was lost. */
int intake_add(struct intake *, struct slice parameter, struct farm_value);
/* The name of whoever sent it, and of the cluster of those who name none. */
struct slice intake_node(const struct intake *);
struct slice intake_cluster(const struct intake *);

#endif
