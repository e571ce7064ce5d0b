#include "stream.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "format.h"
#include "kept.h"

/* By ssh a program is begun anew so often: the other end does not notice that
   ours is gone. */
#define REMOTE_NS (86400 * NS_PER_S)
/* For all programs to end by themselves. */
#define DISMISS_NS NS_PER_S

struct stream {
	struct stream *next;
	struct farm_target target; /* copies of its names */
	struct kept program;
	struct format_memory memory;
	const char *shown; /* what messages call it */
	struct arena *arena;
	int watched;      /* the descriptor; -1: none */
	bool ask;         /* it is to be asked */
	int64_t asked_ns; /* when it was; 0: not, or it has answered */
	bool failed;      /* since the last collect() */
	struct error why;
	bool gone; /* its target is */
};

struct streams {
	pthread_mutex_t lock; /* of all below, and of each stream */
	struct stream *first;
	int wake;
	bool watched; /* the wake descriptor is */
};

/* ------------------------------------------------------ beginning and end --
 */

static void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	kept_dismiss(&s->program, 0);
	format_memory_free(&s->memory);
	arena_free(s->arena);
	free(s);
}

static struct stream *
stream_new(const struct exec *e, const struct farm_target *target)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->watched = -1;
	s->memory.table.columns = &e->columns;
	s->arena = arena_new(0);
	if (s->arena != NULL)
		s->target = (struct farm_target){
			.cluster = arena_strdup(s->arena, target->cluster),
			.node = arena_strdup(s->arena, target->node),
			.address = arena_strdup(s->arena, target->address)
		};
	if (s->target.cluster != NULL && s->target.node != NULL &&
	    s->target.address != NULL)
		return s;
	stream_free(s);
	return NULL;
}

int
streams_new(struct streams **ret, struct error *err)
{
	struct streams *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return error_set(err, "out of memory");
	all->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (all->wake < 0) {
		free(all);
		return error_set(err, "eventfd: %m");
	}
	pthread_mutex_init(&all->lock, NULL);
	*ret = all;
	return 0;
}

/* All of them end at the same time. */
void
streams_free(struct streams *all)
{
	int64_t until_ns = clock_mono_ns() + DISMISS_NS;
	struct stream *s;

	if (all == NULL)
		return;
	for (s = all->first; s != NULL; s = s->next)
		if (s->program.run != NULL)
			command_hang_up(s->program.run);
	while ((s = all->first) != NULL) {
		all->first = s->next;
		kept_dismiss(&s->program, until_ns - clock_mono_ns());
		stream_free(s);
	}
	pthread_mutex_destroy(&all->lock);
	close(all->wake);
	free(all);
}

static void
wake(const struct streams *all)
{
	const uint64_t one = 1;

	(void)!write(all->wake, &one, sizeof(one));
}

void
stream_leave(const struct exec *e, struct stream *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&e->streams->lock);
	s->gone = true;
	pthread_mutex_unlock(&e->streams->lock);
	wake(e->streams);
}

/* ------------------------------------- on the thread of collect(), locked --
 */

static int
need_stream(
    struct farm_host *host, const struct exec *e, struct farm_target *target)
{
	struct streams *all = e->streams;
	struct memory *m = target->state;

	if (!all->watched && farm_watch(host, all->wake, EPOLLIN, NULL) != 0)
		return -1;
	all->watched = true;
	if (m->stream != NULL)
		return 0;
	m->stream = stream_new(e, target);
	if (m->stream == NULL)
		return farm_fail(host, "out of memory");
	m->stream->next = all->first;
	all->first = m->stream;
	return 0;
}

/* A signal kills a program that has not come to expect it. */
static void
want_answer(const struct exec *e, struct stream *s)
{
	if (e->mode != MODE_PROMPTED)
		return;
	if (s->asked_ns != 0 && s->program.run != NULL && !s->failed) {
		s->failed = true;
		error_set(&s->why, "%s: has not answered", s->shown);
	}
	s->ask = e->prompt == PROMPT_STDIN || s->program.run != NULL;
}

static int
put_run_time(struct farm_host *host, const struct exec *e,
    const struct stream *s, struct farm_target *target)
{
	int64_t ns = clock_mono_ns() - s->program.started_ns;
	struct sink sink = { .host = host,
		.target = target,
		.arena = arena_new(0),
		.prefix = e->prefix };

	if (sink.arena == NULL)
		return farm_fail(host, "out of memory");
	sink_put(&sink,
	    (struct farm_spec){
		.parameter = "run_time", .kind = FARM_GAUGE, .unit = "s" },
	    farm_double((double)ns / NS_PER_S));
	arena_free(sink.arena);
	return sink.rc;
}

static int
report(struct farm_host *host, const struct exec *e, struct stream *s,
    struct farm_target *target)
{
	if (s->program.run != NULL && put_run_time(host, e, s, target) != 0)
		return -1;
	if (!s->failed)
		return 0;
	s->failed = false;
	return farm_fail(host, "%s", s->why.text);
}

int
stream_collect(
    struct farm_host *host, const struct exec *e, struct farm_target *target)
{
	struct memory *m = target->state;
	int rc;

	pthread_mutex_lock(&e->streams->lock);
	rc = need_stream(host, e, target);
	if (rc == 0) {
		want_answer(e, m->stream);
		rc = report(host, e, m->stream, target);
	}
	pthread_mutex_unlock(&e->streams->lock);
	wake(e->streams);
	return rc;
}

/* -------------------------------------- on the thread of listen(), locked --
 */

/* The first failure is told. */
static void
note_failure(struct stream *s, const char *why)
{
	if (!s->failed)
		error_set(&s->why, "%s", why);
	s->failed = true;
}

static void
stop(struct farm_host *host, struct stream *s)
{
	if (s->watched >= 0)
		farm_unwatch(host, s->watched);
	s->watched = -1;
	s->asked_ns = 0;
	format_memory_free(&s->memory);
	kept_end(&s->program);
}

static int
make_order(const struct exec *e, struct stream *s, struct arena *arena,
    struct command_order *ret, struct error *err)
{
	*ret = (struct command_order){ .output_max = (size_t)e->output_max,
		.deadline_ns = clock_mono_ns() + REMOTE_NS };
	if (order_make(&e->words, &s->target, arena, ret, err) != 0)
		return -1;
	if (remote_order(e->remote, arena, ret) != 0)
		return error_set(err, "out of memory");
	if (s->shown == NULL)
		s->shown = arena_strdup(s->arena, ret->shown);
	return s->shown != NULL ? 0 : error_set(err, "out of memory");
}

static void
start(struct farm_host *host, const struct exec *e, struct stream *s)
{
	struct command_order order;
	struct arena *arena;
	struct error err;
	int rc = 0;

	if (s->program.run != NULL || clock_mono_ns() < s->program.next_ns)
		return;
	arena = arena_new(0);
	if (arena == NULL || make_order(e, s, arena, &order, &err) != 0)
		rc = -1;
	else
		rc = kept_start(&s->program, &order, &err);
	if (rc < 0)
		note_failure(s, arena == NULL ? "out of memory" : err.text);
	arena_free(arena);
	if (rc <= 0)
		return;
	s->watched = command_fd(s->program.run);
	if (farm_watch(host, s->watched, EPOLLIN, s) != 0) {
		note_failure(s, "it cannot be listened to");
		s->watched = -1;
		stop(host, s);
	}
}

static void
ask(const struct exec *e, struct stream *s)
{
	static const int signals[] = {
		[PROMPT_USR1] = SIGUSR1,
		[PROMPT_USR2] = SIGUSR2,
		[PROMPT_HUP] = SIGHUP,
	};

	if (!s->ask || s->program.run == NULL)
		return;
	s->ask = false;
	s->asked_ns = clock_mono_ns();
	if (e->prompt != PROMPT_STDIN)
		command_signal(s->program.run, signals[e->prompt]);
	else
		(void)command_put(s->program.run, "\n", 1);
}

static void
take_lines(struct farm_host *host, const struct exec *e, struct stream *s)
{
	struct slice lines = kept_lines(&s->program);
	struct sink sink = { .host = host,
		.cluster = s->target.cluster,
		.node = s->target.node,
		.arena = arena_new(0),
		.prefix = e->prefix };

	if (lines.length == 0 || sink.arena == NULL) {
		arena_free(sink.arena);
		return;
	}
	s->asked_ns = 0;
	format_read((enum format)e->format, &s->memory, &sink, lines);
	if (sink.n_bad > 0) {
		error_prefix(&sink.first, "%s", s->shown);
		note_failure(s, sink.first.text);
	}
	kept_took(&s->program, lines.length);
	arena_free(sink.arena);
}

static void
log_said(struct farm_host *host, struct stream *s, bool last)
{
	struct buffer b = BUFFER_INIT;

	if (s->program.run != NULL && kept_complains(&s->program, last, &b))
		farm_log(host, FARM_WARNING, "%s: %s%s", s->target.node,
		    s->shown, buffer_text(&b));
	buffer_free(&b);
}

static void
hear(struct farm_host *host, const struct exec *e, struct stream *s)
{
	struct error err;
	bool ended;

	if (s->program.run == NULL)
		return;
	ended = kept_step(&s->program, &err) != 0;
	take_lines(host, e, s);
	log_said(host, s, ended);
	if (!ended)
		return;
	note_failure(s, err.text);
	stop(host, s);
}

static void
drop_gone(struct farm_host *host, struct streams *all)
{
	struct stream **at = &all->first, *s;

	while ((s = *at) != NULL) {
		if (!s->gone) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		if (s->program.run != NULL)
			stop(host, s);
		stream_free(s);
	}
}

static void
see_to_all(struct farm_host *host, const struct exec *e)
{
	struct stream *s;
	uint64_t times;

	(void)!read(e->streams->wake, &times, sizeof(times));
	drop_gone(host, e->streams);
	for (s = e->streams->first; s != NULL; s = s->next) {
		start(host, e, s);
		ask(e, s);
	}
}

void
streams_listen(struct farm_host *host, const struct exec *e, void *cookie)
{
	pthread_mutex_lock(&e->streams->lock);
	if (cookie == NULL)
		see_to_all(host, e);
	else
		hear(host, e, cookie);
	pthread_mutex_unlock(&e->streams->lock);
}

static void
end_silence(struct farm_host *host, const struct exec *e, struct stream *s)
{
	struct buffer time = BUFFER_INIT;
	struct error err;

	if (e->silence_ns == 0 || s->program.run == NULL ||
	    clock_mono_ns() - s->program.heard_ns < e->silence_ns)
		return;
	duration_print(&time, e->silence_ns);
	error_set(
	    &err, "%s: has said nothing for %s", s->shown, buffer_text(&time));
	buffer_free(&time);
	note_failure(s, err.text);
	log_said(host, s, true);
	stop(host, s);
}

void
streams_tick(struct farm_host *host, const struct exec *e)
{
	struct stream *s;

	pthread_mutex_lock(&e->streams->lock);
	drop_gone(host, e->streams);
	for (s = e->streams->first; s != NULL; s = s->next) {
		log_said(host, s, false);
		end_silence(host, e, s);
		start(host, e, s);
	}
	pthread_mutex_unlock(&e->streams->lock);
}
