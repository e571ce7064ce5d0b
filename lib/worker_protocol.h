/*
 * worker_protocol.h - what farmd and a worker say to each other over their
 * socket pair: messages of a header of 12 bytes and a payload.
 *
 *   0  size of the payload, u32      8  type, u16
 *   4  seat, u32                    10  reserved, u16 (0)
 *
 * Integers are little-endian.  A seat is an instance in the worker: a number
 * that farmd gives.  docs/workers.md has all of it.  Nothing here reads beyond
 * the bytes it is given, whatever they claim.
 */
#ifndef LIB_WORKER_PROTOCOL_H
#define LIB_WORKER_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "arena.h"
#include "buffer.h"
#include "error.h"

#define WORKER_VERSION 1
#define WORKER_HEADER 12
/* Larger payloads are refused by both sides: the largest frame, with room. */
#define WORKER_PAYLOAD_MAX ((16 << 20) + 4096)
/* What a worker may say besides frames. */
#define WORKER_WORDS_MAX (1 << 20)
/* Reasons and lines of the log are cut by their maker to this. */
#define WORKER_TEXT_MAX 1000

enum worker_type {
	/* To the worker. */
	WORKER_HELLO = 1,	/* tree: version, debug, exec */
	WORKER_CHECKPOINT = 2,	/* bytes, for the OPEN that follows */
	WORKER_SOCKET = 3,	/* option NUL address NUL, and a descriptor */
	WORKER_OPEN = 4,	/* tree: name, farm, cluster, node,
				   every_ns, role, module, path, ours,
				   options */
	WORKER_TARGET = 5,	/* u32 number, node NUL address NUL */
	WORKER_FORGET = 6,	/* u32 number of a target that goes */
	WORKER_RUN = 7,		/* struct worker_run, one or more */
	WORKER_CLOSE = 8,	/* nothing */
	WORKER_ACTION = 9,	/* tree: id, name, arguments */
	WORKER_PING = 10,	/* nothing */
	WORKER_WRITE = 11,	/* i64 deadline, one frame; of a writer */
	WORKER_TICK = 12,	/* i64 deadline; of a writer */
	WORKER_HISTORY = 13,	/* struct worker_question */
	WORKER_MORE = 14,	/* u32 id, u8 enough */
	/* From it. */
	WORKER_READY = 64,	/* u32 version */
	WORKER_OPENED = 65,	/* u8 failed, text */
	WORKER_CLOSED = 66,	/* nothing */
	WORKER_FRAME = 67,	/* one frame, see frame.h */
	WORKER_DONE = 68,	/* struct worker_done */
	WORKER_LOG = 69,	/* u8 enum farm_level, text */
	WORKER_LEDGER = 70,	/* struct worker_ledger */
	WORKER_REPLY = 71,	/* u32 id, u8 failed, JSON or text */
	WORKER_PONG = 72,	/* nothing */
	WORKER_LIFETIME = 73,	/* struct worker_lifetime */
	WORKER_VERDICT = 74,	/* struct worker_verdict */
	WORKER_ACKNOWLEDGE = 75, /* u64 first, u64 last position */
	WORKER_ANSWER = 76,	/* u32 id, one frame of the answer's stream */
	WORKER_ANSWERED = 77,	/* struct worker_answered */
};

/* One message; the payload is borrowed from the bytes it was found in. */
struct worker_message {
	uint16_t type;
	uint32_t seat;
	const uint8_t *payload;
	size_t size;
};

/* A text that is borrowed likewise; no NUL at its end. */
struct worker_text {
	const char *text;
	size_t length;
};

/* 12 bytes on the wire: u32, i64. */
#define WORKER_RUN_SIZE 12
struct worker_run {
	uint32_t target;
	int64_t deadline_mono_ns; /* CLOCK_MONOTONIC is of the machine */
};

/* u32 target, u8 failed, u64 cpu_ns, text: why. */
struct worker_done {
	uint32_t target;
	bool failed;
	uint64_t cpu_ns; /* spent since the last one of the seat */
	struct worker_text why;
};

/* u64 failures, u32 n, n times u64, text: the last error, "" for none; all
   counted since the last one of the seat. */
#define WORKER_REASONS_MAX 32
/* Reasons that a program of its own may give. */
#define WORKER_DROP_NAME 1    /* a name that cannot be */
#define WORKER_DROP_REFUSED 6 /* a value that the store cannot take */
struct worker_ledger {
	uint64_t failures; /* of calls that are no run of a target */
	uint32_t n_dropped;
	uint64_t dropped[WORKER_REASONS_MAX]; /* values, by reason */
	struct worker_text error;
};

/* i64 ns, farm NUL cluster NUL node NUL parameter NUL: how long this series
   of an earlier frame lives without a value; 0: as configured. */
struct worker_lifetime {
	int64_t ns;
	const char *names[4];
};

/* u8 enum farm_verdict, u64 record (UINT64_MAX: it cannot tell), u64 cpu_ns,
   text: why not.  Of WRITE and TICK. */
struct worker_verdict {
	uint8_t verdict;
	uint64_t record; /* of FARM_BAD, in the frame */
	uint64_t cpu_ns;
	struct worker_text why;
};

/* u32 id, u32 flags, i64 deadline, from, to, step and level, then the
   predicate's text and NUL; what its text says of times does not count. */
struct worker_question {
	uint32_t id;
	uint32_t flags;
	int64_t deadline_mono_ns;
	int64_t from_ns;
	int64_t to_ns;
	int64_t step_ns; /* these as in struct farm_predicate */
	int64_t level_ns;
	const char *predicate;
};

/* u32 id, u8 failed, u64 through, text: why. */
struct worker_answered {
	uint32_t id;
	bool failed;
	uint64_t through; /* the answer is complete up to this position */
	struct worker_text why;
};

/* ------------------------------------------------------------- writing -- */

/* Append a message.  The buffer's own failure says if memory is out. */
void worker_put(struct buffer *, enum worker_type, uint32_t seat,
    const void *payload, size_t size);
/* Or in two steps, around what appends the payload; begin() gives end() its
   place. */
size_t worker_put_begin(struct buffer *, enum worker_type, uint32_t seat);
void worker_put_end(struct buffer *, size_t begin);
/* Take back what was appended since begin(). */
void worker_put_undo(struct buffer *, size_t begin);

void worker_put_u32(struct buffer *, uint32_t);
void worker_put_u64(struct buffer *, uint64_t);
void worker_put_run(struct buffer *, uint32_t target, int64_t deadline_mono_ns);
void worker_put_done(struct buffer *, uint32_t seat,
    const struct worker_done *);
void worker_put_lifetime(struct buffer *, uint32_t seat,
    const struct worker_lifetime *);
void worker_put_ledger(struct buffer *, uint32_t seat,
    const struct worker_ledger *);
void worker_put_verdict(struct buffer *, uint32_t seat,
    const struct worker_verdict *);
void worker_put_question(struct buffer *, uint32_t seat,
    const struct worker_question *);
void worker_put_answered(struct buffer *, uint32_t seat,
    const struct worker_answered *);

/*
 * Trees: a mapping is begun with the number of its children, which follow,
 * each with its key ("" in a sequence).
 */
void worker_put_tree(struct buffer *, const char *key,
    const struct farm_tree *);
void worker_put_mapping(struct buffer *, const char *key, size_t n_children);
void worker_put_scalar(struct buffer *, const char *key, const char *value);

/* ------------------------------------------------------------- reading -- */

/*
 * The message that `bytes' begin with: its whole size, 0 if more bytes are
 * needed, -1 with the reason if none begins there.
 */
long worker_next(const void *bytes, size_t size, struct worker_message *ret,
    struct error *);
/* Where that is 0: how many more, of its header first. */
size_t worker_missing(const void *bytes, size_t size);

/* -1 with the reason if the payload is not what the type says. */
int worker_read_u32(const struct worker_message *, uint32_t *ret,
    struct error *);
int worker_read_run(const struct worker_message *, size_t i,
    struct worker_run *ret); /* number i; -1 if there is none */
int worker_read_done(const struct worker_message *, struct worker_done *ret,
    struct error *);
int worker_read_ledger(const struct worker_message *,
    struct worker_ledger *ret, struct error *);
int worker_read_lifetime(const struct worker_message *,
    struct worker_lifetime *ret, struct error *);
int worker_read_verdict(const struct worker_message *,
    struct worker_verdict *ret, struct error *);
int worker_read_question(const struct worker_message *,
    struct worker_question *ret, struct error *);
int worker_read_answered(const struct worker_message *,
    struct worker_answered *ret, struct error *);
/* ACKNOWLEDGE: two numbers; WRITE and TICK begin with one. */
int worker_read_u64(const struct worker_message *, size_t i, uint64_t *ret,
    struct error *);
/* OPENED and LOG: a byte and a text. */
int worker_read_words(const struct worker_message *, uint8_t *ret_byte,
    struct worker_text *ret, struct error *);
int worker_read_reply(const struct worker_message *, uint32_t *ret_id,
    bool *ret_failed, struct worker_text *ret, struct error *);
/* SOCKET and TARGET (behind its number): two texts that end in NUL. */
int worker_read_pair(const struct worker_message *, size_t skip,
    const char **ret_first, const char **ret_second, struct error *);
/* The tree goes to the arena. */
int worker_read_tree(const struct worker_message *, struct arena *,
    const struct farm_tree **ret, struct error *);
/* The value of a scalar child; "" if there is none. */
const char *worker_tree_text(const struct farm_tree *, const char *key);

#endif
