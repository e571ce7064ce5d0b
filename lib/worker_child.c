#include "worker_child.h"

#include <errno.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "frame.h"

#define READ_BYTES (64 << 10)
/* Series pin their names on both sides as long as a stream lasts. */
#define STREAM_NS (600 * NS_PER_S)
#define FDS_MAX 32
#define TICK_MS 1000

struct worker_child {
	int fd;
	struct buffer in;
	size_t taken;     /* bytes of `in' that the caller has seen */
	bool may_leave;   /* what comes next may be for another program */
	int fds[FDS_MAX]; /* came, but no message has asked for them */
	size_t n_fds;
	pthread_mutex_t lock; /* of what follows */
	struct buffer out;
	struct series_table *table;
	struct frame_encoder *encoder;
	int64_t stream_mono_ns; /* when the stream began */
	/* Lifetimes that farmd was told of in it, by series. */
	int64_t *told;
	size_t n_told;
};

/* ------------------------------------------------------------- sending -- */

/* What is in `out'; a farmd that is gone shows when something is read. */
static void
send_out(struct worker_child *c)
{
	size_t sent = 0;
	ssize_t n;

	while (!buffer_failed(&c->out) && sent < c->out.size) {
		n = send(c->fd, c->out.data + sent, c->out.size - sent,
		    MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			break;
		sent += n > 0 ? (size_t)n : 0;
	}
	buffer_clear(&c->out);
}

static void
send_words(struct worker_child *c, enum worker_type type, uint32_t seat,
    int byte, const char *text)
{
	size_t length = strnlen(text, WORKER_TEXT_MAX), begin;

	pthread_mutex_lock(&c->lock);
	begin = worker_put_begin(&c->out, type, seat);
	buffer_putc(&c->out, (char)byte);
	buffer_put(&c->out, text, length);
	worker_put_end(&c->out, begin);
	send_out(c);
	pthread_mutex_unlock(&c->lock);
}

static void
send_bare(struct worker_child *c, enum worker_type type, uint32_t seat)
{
	pthread_mutex_lock(&c->lock);
	worker_put(&c->out, type, seat, NULL, 0);
	send_out(c);
	pthread_mutex_unlock(&c->lock);
}

void
worker_child_opened(struct worker_child *c, uint32_t seat, const char *why)
{
	send_words(c, WORKER_OPENED, seat, why != NULL, why != NULL ? why : "");
}

void
worker_child_closed(struct worker_child *c, uint32_t seat)
{
	send_bare(c, WORKER_CLOSED, seat);
}

void
worker_child_pong(struct worker_child *c)
{
	send_bare(c, WORKER_PONG, 0);
}

void
worker_child_log(struct worker_child *c, uint32_t seat, enum farm_level level,
    const char *text)
{
	send_words(c, WORKER_LOG, seat, (int)level, text);
}

/* ---------------------------------------------------------- lifetimes -- */

static int
remember(struct worker_child *c, uint32_t series, int64_t ns)
{
	size_t n = series + 1024;
	int64_t *grown;

	if (series >= c->n_told) {
		grown = reallocarray(c->told, n, sizeof(*grown));
		if (grown == NULL)
			return -1;
		memset(grown + c->n_told, 0, (n - c->n_told) * sizeof(*grown));
		c->told = grown;
		c->n_told = n;
	}
	c->told[series] = ns;
	return 0;
}

static void
put_lifetime(struct worker_child *c, uint32_t seat, uint32_t series)
{
	int64_t ns = series_lifetime(c->table, series);
	int64_t told = series < c->n_told ? c->told[series] : 0;
	const struct farm_series *s;

	if (ns == told || remember(c, series, ns) != 0)
		return;
	s = series_get(c->table, series);
	worker_put_lifetime(&c->out, seat,
	    &(struct worker_lifetime){ .ns = ns,
		.names = { s->farm, s->cluster, s->node, s->parameter } });
}

/* Behind the frame, which defines them. */
static void
put_lifetimes(
    struct worker_child *c, uint32_t seat, const struct farm_batch *batch)
{
	const struct farm_record *r = batch->records;
	const struct farm_record *end = r + batch->n_records;
	uint32_t i;

	for (; r < end; r++)
		for (i = 0; i < r->n_values; i++)
			put_lifetime(c, seat, r->values[i].series);
}

static void
begin_stream(struct worker_child *c, int64_t now_mono_ns)
{
	frame_encoder_reset(c->encoder);
	c->stream_mono_ns = now_mono_ns;
	free(c->told);
	c->told = NULL;
	c->n_told = 0;
}

int
worker_child_send(struct worker_child *c, uint32_t seat,
    const struct farm_batch *batch, struct error *err)
{
	int64_t now = clock_mono_ns();
	size_t begin;
	int rc;

	pthread_mutex_lock(&c->lock);
	if (now - c->stream_mono_ns > STREAM_NS)
		begin_stream(c, now);
	begin = worker_put_begin(&c->out, WORKER_FRAME, seat);
	rc = frame_encode(c->encoder, batch, &c->out, err);
	if (rc == 0) {
		worker_put_end(&c->out, begin);
		put_lifetimes(c, seat, batch);
	} else {
		worker_put_undo(&c->out, begin);
		begin_stream(c, now);
	}
	send_out(c);
	pthread_mutex_unlock(&c->lock);
	return rc;
}

void
worker_child_done(struct worker_child *c, uint32_t seat, uint32_t target,
    const char *why, uint64_t cpu_ns)
{
	struct worker_done done = { .target = target,
		.failed = why != NULL,
		.cpu_ns = cpu_ns,
		.why.text = why };

	if (why != NULL)
		done.why.length = strnlen(why, WORKER_TEXT_MAX);
	pthread_mutex_lock(&c->lock);
	worker_put_done(&c->out, seat, &done);
	send_out(c);
	pthread_mutex_unlock(&c->lock);
}

void
worker_child_ledger(
    struct worker_child *c, uint32_t seat, const struct worker_ledger *l)
{
	pthread_mutex_lock(&c->lock);
	worker_put_ledger(&c->out, seat, l);
	send_out(c);
	pthread_mutex_unlock(&c->lock);
}

void
worker_child_reply(struct worker_child *c, uint32_t id, bool failed,
    const char *text, size_t length)
{
	static const char too_long[] = "the answer is too long";
	size_t begin;

	if (length > WORKER_WORDS_MAX - 5) {
		failed = true;
		text = too_long;
		length = sizeof(too_long) - 1;
	}
	pthread_mutex_lock(&c->lock);
	begin = worker_put_begin(&c->out, WORKER_REPLY, 0);
	worker_put_u32(&c->out, id);
	buffer_putc(&c->out, (char)failed);
	buffer_put(&c->out, text, length);
	worker_put_end(&c->out, begin);
	send_out(c);
	pthread_mutex_unlock(&c->lock);
}

void
worker_child_refuse(struct worker_child *c,
    const struct worker_message *message, const char *why)
{
	struct arena *arena = arena_new(0);
	const struct farm_tree *tree;
	const char *id;

	if (arena != NULL &&
	    worker_read_tree(message, arena, &tree, NULL) == 0) {
		id = worker_tree_text(tree, "id");
		worker_child_reply(
		    c, (uint32_t)strtoul(id, NULL, 10), true, why, strlen(why));
	}
	arena_free(arena);
}

/* ------------------------------------------------------------- writers -- */

void
worker_child_verdict(
    struct worker_child *c, uint32_t seat, const struct worker_verdict *v)
{
	pthread_mutex_lock(&c->lock);
	worker_put_verdict(&c->out, seat, v);
	send_out(c);
	pthread_mutex_unlock(&c->lock);
}

void
worker_child_acknowledge(
    struct worker_child *c, uint32_t seat, uint64_t first, uint64_t last)
{
	size_t begin;

	pthread_mutex_lock(&c->lock);
	begin = worker_put_begin(&c->out, WORKER_ACKNOWLEDGE, seat);
	worker_put_u64(&c->out, first);
	worker_put_u64(&c->out, last);
	worker_put_end(&c->out, begin);
	send_out(c);
	pthread_mutex_unlock(&c->lock);
}

int
worker_child_answer(struct worker_child *c, uint32_t seat, uint32_t id,
    struct frame_encoder *encoder, const struct farm_batch *batch,
    struct error *err)
{
	size_t begin;
	int rc;

	pthread_mutex_lock(&c->lock);
	begin = worker_put_begin(&c->out, WORKER_ANSWER, seat);
	worker_put_u32(&c->out, id);
	rc = frame_encode(encoder, batch, &c->out, err);
	if (rc == 0)
		worker_put_end(&c->out, begin);
	else
		worker_put_undo(&c->out, begin);
	send_out(c);
	pthread_mutex_unlock(&c->lock);
	return rc;
}

void
worker_child_answered(
    struct worker_child *c, uint32_t seat, const struct worker_answered *a)
{
	pthread_mutex_lock(&c->lock);
	worker_put_answered(&c->out, seat, a);
	send_out(c);
	pthread_mutex_unlock(&c->lock);
}

/* ----------------------------------------------------------- receiving -- */

static void
keep_fds(struct worker_child *c, const struct cmsghdr *cm)
{
	size_t n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int), i;
	int fd;

	for (i = 0; i < n; i++) {
		memcpy(&fd, CMSG_DATA(cm) + i * sizeof(fd), sizeof(fd));
		if (c->n_fds < FDS_MAX)
			c->fds[c->n_fds++] = fd;
		else
			close(fd);
	}
}

/* So much is read at once.  What has been read is lost by execve(). */
static size_t
read_size(const struct worker_child *c)
{
	size_t missing;

	if (!c->may_leave)
		return READ_BYTES;
	missing = worker_missing(c->in.data, c->in.size);
	return missing < READ_BYTES ? missing : READ_BYTES;
}

/* More bytes behind those that are there: how many, 0 at the end. */
static ssize_t
read_more(struct worker_child *c)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control;
	struct iovec room;
	struct msghdr h = { .msg_iov = &room,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *cm;
	ssize_t n;

	room.iov_base = buffer_room(&c->in, READ_BYTES);
	room.iov_len = read_size(c);
	if (room.iov_base == NULL) {
		errno = ENOMEM;
		return -1;
	}
	do
		n = recvmsg(c->fd, &h, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n;
	for (cm = CMSG_FIRSTHDR(&h); cm != NULL; cm = CMSG_NXTHDR(&h, cm))
		if (cm->cmsg_level == SOL_SOCKET && cm->cmsg_type == SCM_RIGHTS)
			keep_fds(c, cm);
	buffer_added(&c->in, (size_t)n);
	return n;
}

/* What the caller has seen makes room. */
static void
drop_taken(struct worker_child *c)
{
	if (c->taken == 0)
		return;
	memmove(c->in.data, c->in.data + c->taken, c->in.size - c->taken);
	c->in.size -= c->taken;
	c->taken = 0;
}

static int
take_fd(struct worker_child *c)
{
	int fd;

	if (c->n_fds == 0)
		return -1;
	fd = c->fds[0];
	memmove(c->fds, c->fds + 1, --c->n_fds * sizeof(c->fds[0]));
	return fd;
}

/* Readable within the time, or closed. */
static bool
await_bytes(struct worker_child *c, int timeout_ms)
{
	struct pollfd fd = { .fd = c->fd, .events = POLLIN };

	return poll(&fd, 1, timeout_ms) > 0;
}

enum worker_child_got
worker_child_receive(struct worker_child *c, int timeout_ms,
    struct worker_message *ret, int *ret_fd, struct error *err)
{
	ssize_t n;
	long size;

	for (;;) {
		size = c->in.size == c->taken
			   ? 0
			   : worker_next(c->in.data + c->taken,
				 c->in.size - c->taken, ret, err);
		if (size < 0)
			return WORKER_CHILD_BAD;
		if (size > 0)
			break;
		drop_taken(c);
		if (!await_bytes(c, timeout_ms))
			return WORKER_CHILD_NOTHING;
		n = read_more(c);
		if (n < 0 && errno != ECONNRESET) {
			error_set(err, "the socket to farmd: %m");
			return WORKER_CHILD_BAD;
		}
		if (n <= 0)
			return WORKER_CHILD_END;
	}
	c->taken += (size_t)size;
	*ret_fd = ret->type == WORKER_SOCKET ? take_fd(c) : -1;
	return WORKER_CHILD_MESSAGE;
}

/* -------------------------------------------------------------- serving -- */

int
worker_child_serve(struct worker_child *c,
    void (*take)(void *cookie, const struct worker_message *),
    void (*tick)(void *cookie), void *cookie, struct error *err)
{
	enum worker_child_got got = WORKER_CHILD_MESSAGE;
	struct worker_message message;
	int fd;

	c->may_leave = true;
	while (got > WORKER_CHILD_END) {
		got = worker_child_receive(c, TICK_MS, &message, &fd, err);
		if (got == WORKER_CHILD_MESSAGE) {
			if (fd >= 0)
				close(fd);
			take(cookie, &message);
		}
		tick(cookie);
	}
	return got == WORKER_CHILD_BAD ? -1 : 0;
}

void
worker_child_begin_anew(struct worker_child *c, const char *name)
{
	char *const arguments[] = { (char *)name, NULL };

	/* A message of another thread is not to break off. */
	pthread_mutex_lock(&c->lock);
	(void)close_range(WORKER_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	(void)execv("/proc/self/exe", arguments);
	_exit(1);
}

/* ------------------------------------------------------------ lifetime -- */

static void
say_ready(struct worker_child *c)
{
	size_t begin = worker_put_begin(&c->out, WORKER_READY, 0);

	worker_put_u32(&c->out, WORKER_VERSION);
	worker_put_end(&c->out, begin);
	send_out(c);
}

bool
worker_child_wanted(int argc)
{
	int type;
	socklen_t size = sizeof(type);

	return argc == 1 &&
	       getsockopt(WORKER_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

struct worker_child *
worker_child_new(int fd, struct series_table *table)
{
	struct worker_child *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->fd = fd;
	pthread_mutex_init(&c->lock, NULL);
	c->table = table;
	c->encoder = frame_encoder_new(table);
	if (c->encoder == NULL) {
		worker_child_free(c);
		return NULL;
	}
	c->stream_mono_ns = clock_mono_ns();
	say_ready(c);
	return c;
}

void
worker_child_free(struct worker_child *c)
{
	if (c == NULL)
		return;
	while (c->n_fds > 0)
		close(c->fds[--c->n_fds]);
	close(c->fd);
	frame_encoder_free(c->encoder);
	buffer_free(&c->in);
	buffer_free(&c->out);
	free(c->told);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
