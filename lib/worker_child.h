/*
 * worker_child.h - the worker's end of the socket to farmd: messages in,
 * values and words out.  For farmd --worker and for every program that a
 * module names as its worker; docs/workers.md says what such a program does.
 *
 * Sending blocks while farmd does not read, which is how farmd slows a worker
 * down.  All of it may be called from any thread but worker_child_receive(),
 * which is one thread's.
 */
#ifndef LIB_WORKER_CHILD_H
#define LIB_WORKER_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/result.h>

#include "error.h"
#include "series.h"
#include "worker_protocol.h"

/* The descriptor farmd leaves a worker its socket at. */
#define WORKER_FD 3

struct worker_child;
struct frame_encoder;

/* Has farmd started this program, without arguments, as a worker? */
bool worker_child_wanted(int argc);

/*
 * Takes `fd' over and says READY.  `table' explains the handles of batches
 * and must outlive it.  NULL if memory is out.
 */
struct worker_child *worker_child_new(int fd, struct series_table *table);
void worker_child_free(struct worker_child *); /* NULL is fine */

enum worker_child_got {
	WORKER_CHILD_BAD = -1,	  /* the socket or what came is broken */
	WORKER_CHILD_END = 0,	  /* farmd has closed its end: end at once */
	WORKER_CHILD_MESSAGE = 1,
	WORKER_CHILD_NOTHING = 2, /* for so long */
};

/*
 * The next message; its payload holds until the next call.  *ret_fd is the
 * descriptor that came with a WORKER_SOCKET, the caller's, else -1.
 */
enum worker_child_got worker_child_receive(struct worker_child *,
    int timeout_ms, struct worker_message *ret, int *ret_fd, struct error *);

/*
 * Take every message until farmd closes its end; `tick' follows each, and comes
 * about once a second without any.  For programs that have no use for sockets of
 * options: those that come are closed.  -1 with the reason if what came is
 * broken.
 */
int worker_child_serve(struct worker_child *,
    void (*take)(void *cookie, const struct worker_message *),
    void (*tick)(void *cookie), void *cookie, struct error *);
/*
 * In `take': execute this program again, with the socket open, for one whose
 * guests leave behind what nothing can clear away.  It goes on with the next
 * message.
 */
_Noreturn void worker_child_begin_anew(struct worker_child *,
    const char *name);

/* How open() went; `why' NULL: well. */
void worker_child_opened(struct worker_child *, uint32_t seat,
    const char *why);
void worker_child_closed(struct worker_child *, uint32_t seat);
/* Records of the seat.  -1 with the reason if they cannot be put in a frame;
   they are lost then. */
int worker_child_send(struct worker_child *, uint32_t seat,
    const struct farm_batch *, struct error *);
/* The run of a target is over; `why' NULL: well. */
void worker_child_done(struct worker_child *, uint32_t seat, uint32_t target,
    const char *why, uint64_t cpu_ns);
void worker_child_log(struct worker_child *, uint32_t seat,
    enum farm_level level, const char *text);
void worker_child_ledger(struct worker_child *, uint32_t seat,
    const struct worker_ledger *);
void worker_child_reply(struct worker_child *, uint32_t id, bool failed,
    const char *text, size_t length);
/* Answers an ACTION of a program that has none. */
void worker_child_refuse(struct worker_child *, const struct worker_message *,
    const char *why);
void worker_child_pong(struct worker_child *);

/* Writers: the answer of WRITE and of TICK; positions that are stored now. */
void worker_child_verdict(struct worker_child *, uint32_t seat,
    const struct worker_verdict *);
void worker_child_acknowledge(struct worker_child *, uint32_t seat,
    uint64_t first, uint64_t last);
/*
 * Writers: a piece of the answer to a HISTORY, by an encoder of its own that
 * begins anew with each question; a MORE follows before the next one may be
 * sent.  Then that it is over.
 */
int worker_child_answer(struct worker_child *, uint32_t seat, uint32_t id,
    struct frame_encoder *, const struct farm_batch *, struct error *);
void worker_child_answered(struct worker_child *, uint32_t seat,
    const struct worker_answered *);

#endif
