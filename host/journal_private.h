/* journal_private.h - inside the journal, for its own files and reader.c. */
#ifndef HOST_JOURNAL_PRIVATE_H
#define HOST_JOURNAL_PRIVATE_H

#include <pthread.h>

#include "checkpoints.h"
#include "journal.h"
#include "segment.h"
#include "ranges.h"
#include "segment_file.h"
#include "segment_map.h"

struct reader;

/* One segment on disk. */
struct journal_segment {
	struct segment_sums sums;
	bool sealed;  /* nothing more comes */
	bool suspect; /* a reader found something bad in it */
	unsigned thinned; /* how often half of it was given up */
	unsigned mended; /* how often: its bytes are not what they were */
	uint64_t packed; /* bytes of its file, if that is packed; else 0 */
	bool stays;	 /* not to be packed */
};

/* Frames that are written together, and what is in them. */
struct journal_group {
	struct buffer bytes;
	struct segment_sums sums; /* frames 0: none */
	bool anew;     /* its first frame begins a stream */
	bool appended; /* in the file; perhaps not synced as it should be */
};

struct journal {
	char *folder;
	char *farm;
	struct journal_config config;
	uint64_t segment_bytes;
	struct memlog *tail;
	struct memlog_cursor cursor; /* of what it has taken from the tail */
	/* ---- its thread's */
	struct segment_file file; /* the last segment, if that is open */
	struct journal_group group;
	struct buffer frame;
	struct memlog_read read;
	bool ahead;	/* `frame' is the next, not yet in the group */
	bool unsynced;
	bool turning;	/* the file is to end where the next stream begins */
	bool broken;	/* the stream lacks frames: wait for the next one */
	bool refusing;	/* full, and the policy is to drop what is new */
	int64_t synced_mono_ns;
	int64_t kept_house_mono_ns;
	int64_t wrote_mono_ns;
	struct journal_packing *packing; /* under way; NULL: none */
	int64_t pack_mono_ns; /* when it goes on */
	struct checkpoints *checkpoints;
	/* ---- shared, under the lock */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool started;
	bool stopping;
	bool ended;
	int64_t deadline_mono_ns; /* of the stop */
	int64_t busy_mono_ns; /* since when it waits for the disk; 0: not */
	bool failing;
	struct error why; /* while it is */
	struct journal_segment *segments; /* in order */
	size_t n_segments;
	size_t segments_capacity;
	struct journal_stats stats;
	struct ranges lost; /* could not be read when it was opened */
	/* ---- under a lock of their own, which is taken first */
	pthread_mutex_t readers_lock;
	struct reader **readers;
	size_t n_readers;
};

/* journal.c: */
/* A failure is logged once, until journal_works(). */
void journal_failed(struct journal *, const struct error *);
void journal_works(struct journal *);
void journal_disk_begin(struct journal *); /* a call that may take long */
void journal_disk_end(struct journal *);

/* journal_segments.c: the list, with the lock held. */
int journal_add_segment(struct journal *, const struct journal_segment *);
void journal_drop_segment(struct journal *, uint64_t first_position);
/* The first that may hold `position' or what follows; NULL if none. */
struct journal_segment *journal_find(struct journal *, uint64_t position);
struct journal_segment *journal_segment(struct journal *,
    uint64_t first_position);
uint64_t journal_bytes(const struct journal *);

/* journal_recover.c: */
/* Fill the list from the folder. */
void journal_recover(struct journal *);
/* Read a segment through; what is bad in it is set aside or cut off, and *ret
   is what is left of it; the positions that are lost go to `lost'.  1, or 0 if
   nothing is left, or -1. */
int journal_mend(struct journal *, const char *path, struct segment_sums *ret,
    struct ranges *lost, struct error *);
/* Mend what readers complained of; they are told what they lost. */
void journal_mend_suspects(struct journal *);

/* journal_retain.c: */
/* Let go what is beyond the bounds. */
void journal_retain(struct journal *);
/* A segment that every writer has read; false if there is none. */
bool journal_free_room(struct journal *);

/* journal_thin.c: */
/* Half of the results of a complete segment go; -1 if that could not be. */
int journal_thin(struct journal *, uint64_t first_position);

/* journal_pack.c: */
/* Look for a segment to pack. */
void journal_pack_begin(struct journal *);
/* A piece of that, if it is due. */
void journal_pack_step(struct journal *);
void journal_pack_stop(struct journal *);

/* journal_write.c: */
/* Its thread's work; false once all is over. */
bool journal_step(struct journal *);
/* Its last work: the segment's end, cursors, checkpoints. */
void journal_end(struct journal *);
/* Give every reader's cursor to its file. */
void journal_save_cursors(struct journal *, bool sync);
char *journal_checkpoints_path(const struct journal *); /* free() it */
int journal_save_checkpoints(struct journal *, struct error *);

#endif
