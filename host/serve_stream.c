#include "serve_stream.h"

#include <pthread.h>
#include <stdlib.h>

#include "clock.h"
#include "wait.h"

/* What is sent at a time. */
#define BLOCK 32768
/* Whoever takes nothing for so long is gone. */
#define PATIENCE_NS (30 * NS_PER_S)

struct stream {
	struct streams *all;
	struct stream *next;
	struct outbox *outbox;
	void (*close)(void *context);
	void *context;
};

struct streams {
	pthread_mutex_t lock;
	pthread_cond_t gone;
	struct stream *first;
	bool ended;
};

struct streams *
streams_new(void)
{
	struct streams *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	pthread_mutex_init(&all->lock, NULL);
	wait_init(&all->gone);
	return all;
}

void
streams_free(struct streams *all)
{
	if (all == NULL)
		return;
	pthread_cond_destroy(&all->gone);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

/* ------------------------------------------------------- the server's side --
 */

static void
park(void *connection)
{
	MHD_suspend_connection(connection);
}

static void
wake(void *connection)
{
	MHD_resume_connection(connection);
}

static ssize_t
read_stream(void *context, uint64_t at, char *to, size_t size)
{
	struct stream *s = context;
	ssize_t n = outbox_take(s->outbox, to, size);

	(void)at;
	return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static void
unlink_stream(struct stream *s)
{
	struct streams *all = s->all;
	struct stream **at = &all->first;

	pthread_mutex_lock(&all->lock);
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	pthread_cond_signal(&all->gone);
	pthread_mutex_unlock(&all->lock);
}

static void
close_stream(void *context)
{
	struct stream *s = context;

	/* Nobody else looks at it then. */
	unlink_stream(s);
	outbox_close(s->outbox);
	if (s->close != NULL)
		s->close(s->context);
	outbox_unref(s->outbox);
	free(s);
}

static void
link_stream(struct stream *s)
{
	pthread_mutex_lock(&s->all->lock);
	if (s->all->ended)
		outbox_end(s->outbox, NULL, true);
	s->next = s->all->first;
	s->all->first = s;
	pthread_mutex_unlock(&s->all->lock);
}

struct MHD_Response *
streams_response(struct streams *all, struct MHD_Connection *connection,
    struct outbox *outbox, void (*close)(void *), void *context)
{
	const struct outbox_door door = { park, wake, connection };
	struct MHD_Response *response;
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		outbox_close(outbox);
		if (close != NULL)
			close(context);
		outbox_unref(outbox);
		return NULL;
	}
	*s = (struct stream){
		.all = all, .outbox = outbox, .close = close, .context = context
	};
	outbox_open(outbox, &door);
	link_stream(s);
	response = MHD_create_response_from_callback(
	    MHD_SIZE_UNKNOWN, BLOCK, read_stream, s, close_stream);
	if (response == NULL)
		close_stream(s);
	return response;
}

/* ---------------------------------------------------------------- feeding --
 */

/* False if nobody takes it any more. */
static bool
put(struct outbox *outbox, const struct buffer *b)
{
	struct piece *piece = piece_new(b->data, b->size);
	enum outbox_put result = OUTBOX_ENDED;

	if (piece != NULL && outbox_wait(outbox, PATIENCE_NS) == OUTBOX_TAKEN)
		result = outbox_put_over(outbox, piece);
	piece_unref(piece);
	return result == OUTBOX_TAKEN;
}

void
streams_feed(struct api_stream *stream, struct outbox *outbox)
{
	struct buffer b = BUFFER_INIT;
	bool more = true;

	while (more) {
		buffer_clear(&b);
		more = stream->more(stream, &b);
		if (buffer_failed(&b) || (b.size > 0 && !put(outbox, &b)))
			more = false;
	}
	outbox_end(outbox, NULL, false);
	stream->free(stream);
	buffer_free(&b);
}

/* -------------------------------------------------------------------- end --
 */

void
streams_end(struct streams *all)
{
	pthread_mutex_lock(&all->lock);
	all->ended = true;
	for (struct stream *s = all->first; s != NULL; s = s->next)
		outbox_end(s->outbox, NULL, true);
	pthread_mutex_unlock(&all->lock);
}

void
streams_wait(struct streams *all, int64_t deadline_mono_ns)
{
	bool in_time = true;

	pthread_mutex_lock(&all->lock);
	while (all->first != NULL && in_time)
		in_time = wait_until(&all->gone, &all->lock, deadline_mono_ns);
	pthread_mutex_unlock(&all->lock);
}
