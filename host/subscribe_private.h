/* subscribe_private.h - inside the hub, for its own files. */
#ifndef HOST_SUBSCRIBE_PRIVATE_H
#define HOST_SUBSCRIBE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "batch.h"
#include "memlog.h"
#include "subscribe.h"
#include "subscribe_names.h"
#include "subscribe_view.h"

/* Why a subscription ended. */
enum hub_end {
	END_SLOW,     /* it does not take what comes */
	END_BEHIND,   /* the hub itself missed something */
	END_MEMORY,
	END_LEASE,    /* not renewed */
	END_CANCELLED,
	END_COMPLETE, /* it did not want to go on */
	END_SHUTDOWN,
	ENDS
};

/* Those who ask the same: what they get is put into words once. */
struct group {
	struct group *next;
	struct view *view;
	char *key;
	struct subscription *members;
	struct buffer out;
};

struct subscription {
	atomic_uint refs;
	struct hub *hub;
	uint64_t id;
	struct subscription_order order;
	struct outbox *outbox;
	struct view *view; /* its own until it joins a group */
	char *key;	   /* of the group it will join */
	int64_t since_ns;
	/* ---- under the hub's lock */
	struct subscription *next; /* of all */
	struct subscription *peer; /* in its group */
	struct group *group;	   /* NULL: is being fed, or over */
	uint64_t position;	   /* where the hub was when it came */
	int64_t renewed_mono_ns;
	bool over; /* nothing more is put for it */
};

/* A frame that was, for those who come back soon. */
struct kept {
	struct batch *batch;
	uint64_t last_position;
	int64_t mono_ns;
};

struct hub {
	struct farm *farm;
	struct memlog *tail;
	struct frame_decoder *decoder;
	struct buffer frame; /* these are the thread's */
	struct memlog_read read;
	struct names *names;
	bool named; /* they are known */
	struct view_news *news; /* of the frame at hand */
	size_t n_news;
	size_t news_capacity;
	struct memlog_cursor cursor;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	pthread_t thread;
	bool started;
	bool stopping;
	bool open;	   /* frames are read */
	bool broken;	   /* until a stream begins */
	uint64_t position; /* all up to here was handed out */
	uint64_t next_id;
	struct group *groups;
	struct subscription *all;
	size_t n;
	int64_t alone_mono_ns; /* since when nobody is there */
	struct kept *ring; /* what was read, the oldest first, in a ring */
	size_t first;
	size_t n_kept;
	size_t kept_bytes;
	uint64_t kept_after; /* all behind this position is kept */
	uint64_t ends[ENDS];
	atomic_size_t history_bytes; /* of all that is being fed */
};

/* How long a consumer may take nothing while it is fed. */
#define PATIENCE_NS (30 * NS_PER_S)

const char *hub_end_word(enum hub_end);
/* With the lock held: frames are read from now on. */
int hub_open(struct hub *, struct error *);
void subscription_unref(struct subscription *);
/* With the lock held: nothing more is put for it, but that it has ended. */
void subscription_end(struct subscription *, enum hub_end why);
/* A piece of what was before; false if it has ended. */
bool subscription_put(struct subscription *, struct buffer *);
/* With the lock held: from now on it gets what comes. */
void subscription_join(struct subscription *, bool gap, const char *why);

/* subscribe_kept.c: what was read a while ago; with the lock held. */
#define KEPT_MAX 4096
int kept_open(struct hub *);
void kept_add(struct hub *, struct batch *, uint64_t last_position);
void kept_age(struct hub *, int64_t now_mono_ns);
/* All of it goes: nothing up to `after' is kept. */
void kept_clear(struct hub *, uint64_t after);
/* The first that goes beyond a position, counted in; NULL: there is none. */
struct batch *kept_find(struct hub *, uint64_t after, uint64_t *ret_last);

#endif
