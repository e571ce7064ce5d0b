/*
 * farm/send.h - values and events from a program to a farm monitor: events as
 * lines of NetLogger's ULM, values as datagrams of ApMon.  Needs libc only.
 * Compile and link with what `pkg-config --cflags --libs farm-send' says.
 *
 * Rules that hold for every function below:
 *
 * Ownership  Every pointer that is passed is borrowed for the call.  What is
 *            opened is the caller's, until it is closed; NULL may be closed.
 * Threads    A logger or a sender is for one thread at a time; two of them
 *            never meet, so each thread may have its own.  There are no threads
 *            in the library, no signals and no global state.
 * fork()     is no business of the child's: it opens its own and does not use
 *            its parent's, whose numbers it would repeat.
 * Blocking   Names are looked up when something is opened, and when a sender's
 *            file has changed.  Besides, only loggers to files and over
 *            connections wait, ten seconds at most for a connection; see also
 *            FARM_LOGGER_NONBLOCK.  Datagrams never wait.
 * Errors     -1, and the logger or sender says why.  What could not be sent is
 *            lost and counted; the next call may go well again.
 */
#ifndef FARM_SEND_H
#define FARM_SEND_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* Why something could not be opened. */
struct farm_send_error {
	char text[256]; /* always ends in NUL */
};

/* -------------------------------------------------------------- events -- */

struct farm_logger;

/* What cannot be taken at once is dropped and counted.  A connection that broke
   is then made anew by flush() and close() alone, which wait for it. */
#define FARM_LOGGER_NONBLOCK 0x0001u

/*
 * Where events go:
 *
 *   memory:            kept for farm_logger_memory(), as many as there is room
 *   file:PATH          appended
 *   syslog:            to /dev/log; syslog:PATH is another such socket
 *   udp://HOST[:PORT]  in datagrams of at most 1400 bytes; port 14830
 *   tcp://HOST[:PORT]  over a connection, made anew when it breaks
 *
 * They wait in a buffer of so many bytes (0: 8192) until it is full, except
 * those for syslog.  `program' is their PROG.  NULL with the reason.
 */
struct farm_logger *farm_logger_open(const char *program, const char *to,
    size_t buffer, unsigned flags, struct farm_send_error *);

/*
 * Sends what waits, and closes.  -1 if something of it is lost; there is nobody
 * left to say why.
 */
int farm_logger_close(struct farm_logger *);

/*
 * One event, now.  `level' is its LVL (NULL: "Usage"), `event' its NL.EVNT
 * (NULL: none), `fields' the rest: names and values with a blank between two,
 * a value being a word or one conversion of printf() (no "*", no %n):
 *
 *   farm_logger_write(l, NULL, "WriteData", "SEND.SZ=%d FILE=%s", n, path);
 *
 * Texts are quoted where they have to be; NULL is "(null)".
 */
__attribute__((format(printf, 4, 5))) int farm_logger_write(
    struct farm_logger *, const char *level, const char *event,
    const char *fields, ...);

/* Send what waits.  -1 if not all of it went; what did not waits on. */
int farm_logger_flush(struct farm_logger *);

/* What a logger to memory holds: whole lines, ending in NUL, until the next
   call for it.  clear() makes room. */
const char *farm_logger_memory(const struct farm_logger *, size_t *ret_size);
void farm_logger_clear(struct farm_logger *);

/* Events that were taken, and of those and others that are lost. */
uint64_t farm_logger_written(const struct farm_logger *);
uint64_t farm_logger_lost(const struct farm_logger *);
/* Of the last call that failed; "" if none did. */
const char *farm_logger_error(const struct farm_logger *);

/* -------------------------------------------------------------- values -- */

struct farm_sender;

/* A client of ApMon without destinations.  NULL if memory is out. */
struct farm_sender *farm_sender_new(void);
void farm_sender_free(struct farm_sender *);

/* One more destination: "HOST[:PORT] [PASSWORD]"; port 8884. */
int farm_sender_add(struct farm_sender *, const char *destination);

/*
 * The destinations of a file of ApMon's, in place of all others: a line for
 * each, comments after "#", and settings:
 *
 *   xApMon_maxMsgRate = 20       calls that send in a second; the rest is
 *                                dropped
 *   xApMon_conf_recheck = on     read the file again when it has changed
 *   xApMon_recheck_interval = 600  and look so often (s)
 *
 * Other settings, which are about what the client would measure by itself, mean
 * nothing here.  A file that is changed and has become wrong is passed over.
 */
int farm_sender_read(struct farm_sender *, const char *path);

/* Calls that send in a second, in the long run; 0: any number.  20 if neither
   this nor a file says so. */
void farm_sender_rate(struct farm_sender *, double per_second);

/*
 * Values of one node at one time: begin, add, send.  NULL for the cluster is
 * "ApMon_UserSend", for the node the host's name; time 0 is none, for which
 * receivers take their own.  Names and texts are copied.
 */
int farm_sender_begin(struct farm_sender *, const char *cluster,
    const char *node, int32_t time_s);
int farm_sender_int32(struct farm_sender *, const char *name, int32_t);
/* Exact; farmd and MonALISA take it, though ApMon's own clients send doubles. */
int farm_sender_int64(struct farm_sender *, const char *name, int64_t);
int farm_sender_float(struct farm_sender *, const char *name, float);
int farm_sender_double(struct farm_sender *, const char *name, double);
int farm_sender_text(struct farm_sender *, const char *name, const char *);

/*
 * Send them to all destinations: 0, or 1 if that would be more than may be sent
 * now, or -1: at least one destination did not get all of it, or a value could
 * not be added.  The datagrams are those of ApMon's C client, but of 1400 bytes
 * at most: what does not fit goes in another, with the next number.
 */
int farm_sender_send(struct farm_sender *);

/* Datagrams sent, to all destinations; calls beyond the rate. */
uint64_t farm_sender_sent(const struct farm_sender *);
uint64_t farm_sender_dropped(const struct farm_sender *);
/* Of the last call that failed; "" if none did. */
const char *farm_sender_error(const struct farm_sender *);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
