/* worker_private.h - the inside of farmd's side of the workers. */
#ifndef HOST_WORKER_PRIVATE_H
#define HOST_WORKER_PRIVATE_H

#include <pthread.h>

#include "frame.h"
#include "spawner.h"
#include "worker.h"
#include "worker_protocol.h"

enum worker_state {
	WORKER_IDLE,	/* no process, none wanted */
	WORKER_WANTED,	/* the thread is to start it */
	WORKER_STARTING,
	WORKER_UP,
	WORKER_ENDING,	/* its socket is closed to it, or it was killed */
	WORKER_DEAD,	/* ended: the thread is to settle what is left */
};

/* A descriptor that goes with the byte of `out' at this place. */
struct worker_fd {
	size_t at;
	int fd;
};

/* One process at a time.  The thread alone touches what stands above the
   line; the rest is under the lock. */
struct worker {
	struct worker *next;
	struct workers *workers;
	char *name; /* "" unless instances share it */
	char *label; /* for the log: the name, or the instance's */
	char *module; /* of the first instance, for the reasons */
	char *program;
	struct spawner_limits limits;
	struct buffer in;
	struct frame_decoder *decoder;
	uint64_t refused; /* its values that were no series', so far */
	int fd;
	int output; /* its stderr */
	struct buffer line;
	int64_t heard_mono_ns;
	int64_t asked_mono_ns; /* a PING is out since then; 0: none is */
	int64_t second;	       /* which `lines' counts */
	unsigned lines;
	bool ready;
	bool dismissed; /* nobody needed it */
	/* ---- */
	uint32_t id; /* of the process, to the helper */
	enum worker_state state;
	struct buffer out;
	size_t sent; /* bytes of `out' */
	struct worker_fd *fds;
	size_t n_fds;
	bool dirty; /* runs wait for workers_flush() */
	struct seat *seats;
	char *cause; /* why it is being ended; NULL: nobody ends it */
	char *crash; /* how it ended by itself; NULL: it did not */
	int64_t kill_mono_ns; /* if it has not ended by then; 0: never */
	pid_t pid;
	uint32_t confined; /* a set of enum confinement */
	char *lacks;	   /* what of its limits cannot be; NULL: nothing */
	uint64_t starts;
	char *last_cause; /* of its last end; NULL: none yet */
	int64_t last_end_ns;
	int64_t size_bytes; /* address space */
	int64_t rss_bytes;
	int64_t cpu_ns;
	int64_t files;
};

struct seat {
	struct seat *next;
	struct worker *worker;
	struct instance *instance;
	const struct seat_events *events;
	uint32_t number;
	bool open;     /* OPEN was sent to the process that is there */
	bool lost;     /* ... that is gone, and nobody said so yet */
	char *hung;    /* history() is, and why it is to be ended; or NULL */
	bool resting;  /* no process is needed for it */
	bool busy;     /* an event of it is under way */
	unsigned users; /* by seat_use() */
};

/* An action that waits for its answer. */
struct action {
	struct action *next;
	struct seat *seat;
	uint32_t id;
	bool over;
	bool failed;
	struct buffer *reply;
	struct error *err;
};

/* A question to a store that waits for the next piece of its answer. */
struct seat_question {
	struct seat_question *next;
	struct seat *seat;
	uint32_t id;
	bool here; /* `piece' is one */
	bool over;
	bool failed;
	uint64_t through;
	struct buffer piece;
	struct error why;
};

struct workers {
	struct workers_config config;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool running;
	bool ending;
	int wake;
	int helper; /* -1: not started */
	struct worker *list;
	struct action *actions;
	struct seat_question *questions;
	uint32_t next_id; /* of processes, seats and actions */
	int64_t looked_mono_ns; /* the thread's: at /proc */
};

/* --- worker.c; with the lock held --- */

void workers_wake(struct workers *);
/* End it, saying why. */
void worker_end(struct worker *, const char *why);
/* Nobody sits in it, or all rest. */
bool worker_is_idle(const struct worker *);
void worker_free(struct worker *); /* without seats; NULL is fine */
/* Whoever waits for an answer of it gets none. */
void workers_fail_actions(struct worker *);

/* --- worker_history.c --- */

/* With the lock held: nobody answers any more. */
void seat_fail_questions(struct seat *);
/* ANSWER and ANSWERED; the thread. */
int worker_take_answer(struct worker *, const struct worker_message *,
    struct error *);
int worker_take_answered(struct worker *, const struct worker_message *,
    struct error *);

/* --- worker_out.c; with the lock held --- */

/* A message is complete in `out': send what can be sent. */
void worker_send(struct worker *);
/* A descriptor for the message that begins at the end of `out' now; it is
   duplicated.  -1 if that cannot be. */
int worker_attach(struct worker *, int fd);
void worker_forget_out(struct worker *);

/* --- worker_in.c; the thread, without the lock unless said --- */

/* What has come, in pieces; false at the end of the stream. */
bool worker_read(struct worker *);
/* Lines of its stderr. */
void worker_read_output(struct worker *);
/* Is one of its instances as deep in the queue as it may be?  With the
   lock. */
bool worker_is_held_up(struct worker *);
/* Tell its instances; those that leave meanwhile need not know. */
void worker_tell_lost(struct worker *, const char *why, const char *crash);

/* --- worker_thread.c --- */

void *workers_main(void *);

/* --- worker_sample.c --- */

/* What /proc says of it; with the lock held, it is quick. */
void worker_sample(struct worker *);

#endif
