/* The thread of the workers: starts them, reads them, sees them end. */
#include "worker_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

/* A worker is started, says READY, or answers a PING within this. */
#define ANSWER_NS (20 * NS_PER_S)
/* Silent for so long, it is asked. */
#define SILENT_NS (10 * NS_PER_S)
/* From the end of its socket to the end of the process. */
#define GRACE_NS (1 * NS_PER_S)
/* The same of one that nobody needs: it may have much to tidy up. */
#define DISMISSAL_NS (4 * NS_PER_S)
#define LOOK_NS NS_PER_S
/* While one is not read, for its values fill the queue: look again after. */
#define HELD_UP_MS 5
/* Its size is that near to its limit of memory when it counts as a reason. */
#define NEAR_LIMIT(MEMORY) ((MEMORY) / 4 * 3)

/* --------------------------------------------------------------- starting */

static int
have_helper(struct workers *ws, struct error *err)
{
	if (ws->helper < 0)
		ws->helper = spawner_start(err);
	return ws->helper >= 0 ? 0 : -1;
}

/* Ours are pair[0] and pipe[0]; closed again on failure. */
static int
make_channels(int *pair, int *pipe, struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return error_set(err, "a socket: %m");
	if (pipe2(pipe, O_CLOEXEC) == 0) {
		(void)fcntl(pipe[0], F_SETFL, O_NONBLOCK);
		return 0;
	}
	error_set(err, "a pipe: %m");
	close(pair[0]);
	close(pair[1]);
	return -1;
}

static int
ask_for(struct worker *w, struct error *err)
{
	struct workers *ws = w->workers;
	int pair[2], pipe[2], rc;

	if (have_helper(ws, err) != 0 || make_channels(pair, pipe, err) != 0)
		return -1;
	w->id = ++ws->next_id;
	rc = spawner_ask(ws->helper, w->id, w->program, ws->config.cgroup,
	    &w->limits, pair[1], pipe[1], err);
	close(pair[1]);
	close(pipe[1]);
	w->fd = pair[0];
	w->output = pipe[0];
	return rc;
}

static void
start(struct worker *w)
{
	struct error err;

	w->ready = false;
	w->dismissed = false;
	w->heard_mono_ns = clock_mono_ns();
	w->asked_mono_ns = w->heard_mono_ns;
	w->starts++;
	if (ask_for(w, &err) == 0) {
		w->state = WORKER_STARTING;
		worker_send(w);
		return;
	}
	w->cause = strdup(err.text);
	w->state = WORKER_DEAD;
}

/* ----------------------------------------------------------------- ending */

static void
put_status(struct buffer *b, int status)
{
	int s = WTERMSIG(status);

	if (WIFEXITED(status))
		buffer_printf(b, "ended with status %d", WEXITSTATUS(status));
	else
		buffer_printf(b, "was killed by signal %d (%s)", s,
		    sigdescr_np(s) != NULL ? sigdescr_np(s) : "?");
}

/*
 * Who has no memory left mostly stumbles over something else.  The limit is one
 * of address space, of which the end tells only what was resident: besides
 * there is what was seen at the last look, stacks and pieces reserved.
 */
static void
put_memory(struct buffer *b, const struct worker *w, int64_t rss_bytes)
{
	int64_t reserved = w->size_bytes - w->rss_bytes;
	int64_t most = rss_bytes + reserved;

	if (most < w->size_bytes)
		most = w->size_bytes;
	if (w->limits.memory == 0)
		return;
	if (most >= NEAR_LIMIT(w->limits.memory))
		buffer_printf(b, ", near its limit of memory, %lld MiB",
		    (long long)(w->limits.memory >> 20));
	else
		buffer_printf(b, ", %lld MiB resident of a limit of %lld MiB",
		    (long long)(rss_bytes >> 20),
		    (long long)(w->limits.memory >> 20));
}

/* A module's doing, as far as one can tell: who is killed from outside, for its
   CPU time or the machine's memory did nothing at that moment. */
static char *
crash_of(int status)
{
	char *crash = NULL;
	int s = WTERMSIG(status), rc;

	if (WIFEXITED(status))
		rc = asprintf(
		    &crash, "ended with status %d", WEXITSTATUS(status));
	else if (s == SIGKILL || s == SIGTERM || s == SIGINT || s == SIGXCPU)
		rc = 0;
	else
		rc = asprintf(&crash, "crashed (SIG%s)",
		    sigabbrev_np(s) != NULL ? sigabbrev_np(s) : "?");
	return rc < 0 ? NULL : crash;
}

/* Why it ended: what it was killed for, or what the kernel says. */
static void
set_cause(struct worker *w, const struct spawner_report *r)
{
	struct buffer b = BUFFER_INIT;

	if (w->cause != NULL || w->dismissed)
		return;
	w->crash = crash_of(r->status);
	put_status(&b, r->status);
	put_memory(&b, w, r->rss_bytes);
	w->cause = strdup(buffer_text(&b));
	buffer_free(&b);
}

/* What it said before its end counts; not what breaks the protocol. */
static void
drain(struct worker *w)
{
	struct pollfd fd = { .fd = w->fd, .events = POLLIN };

	while (w->fd >= 0 && poll(&fd, 1, 0) > 0 && worker_read(w))
		;
	fd.fd = w->output;
	while (w->output >= 0 && poll(&fd, 1, 0) > 0)
		worker_read_output(w);
}

static void
close_channels(struct worker *w)
{
	if (w->fd >= 0)
		close(w->fd);
	if (w->output >= 0)
		close(w->output);
	w->fd = w->output = -1;
	w->in.size = 0;
	w->line.size = 0;
	worker_forget_out(w);
	frame_decoder_reset(w->decoder);
}

/* One that was not needed any more had none. */
static void
keep_cause(struct worker *w)
{
	if (w->cause == NULL)
		return;
	free(w->last_cause);
	w->last_cause = w->cause;
	w->cause = NULL;
	w->last_end_ns = clock_wall_ns();
}

/* It is gone: its instances hear why, in full.  The lock is given up for
   that, and held again. */
static void
settle(struct worker *w)
{
	struct workers *ws = w->workers;
	struct buffer why = BUFFER_INIT;
	char *crash = w->crash;
	struct seat *s;

	w->crash = NULL;
	pthread_mutex_unlock(&ws->lock);
	drain(w);
	pthread_mutex_lock(&ws->lock);
	buffer_printf(&why, "the worker of module %s ", w->module);
	buffer_puts(&why, w->cause != NULL ? w->cause : "ended");
	close_channels(w);
	keep_cause(w);
	w->kill_mono_ns = 0;
	w->pid = 0;
	w->rss_bytes = w->size_bytes = w->files = 0;
	w->state = WORKER_IDLE;
	workers_fail_actions(w);
	for (s = w->seats; s != NULL; s = s->next) {
		s->lost = s->open;
		s->open = false;
	}
	pthread_mutex_unlock(&ws->lock);
	worker_tell_lost(w, buffer_text(&why), crash);
	free(crash);
	pthread_mutex_lock(&ws->lock);
	buffer_free(&why);
}

/* The end of its stream: the process is to follow. */
static void
closed(struct worker *w)
{
	close(w->fd);
	w->fd = -1;
	if (w->kill_mono_ns == 0)
		w->kill_mono_ns = clock_mono_ns() + GRACE_NS;
}

/* Nobody needs it any more: it sees the end of its socket, and ends. */
static void
dismiss(struct worker *w)
{
	if (w->fd >= 0)
		(void)shutdown(w->fd, SHUT_WR);
	w->dismissed = true;
	w->state = WORKER_ENDING;
	w->kill_mono_ns = clock_mono_ns() + DISMISSAL_NS;
}

/* --------------------------------------------------------- looking after it */

static struct worker *
find(struct workers *ws, uint32_t id)
{
	struct worker *w;

	for (w = ws->list; w != NULL; w = w->next)
		if (w->id == id && w->state != WORKER_IDLE)
			return w;
	return NULL;
}

/* That it starts no programs is up to farmd --worker, which ends if it cannot
   see to that. */
static void
note_confinement(struct worker *w, const struct spawner_report *r)
{
	char *lacks = NULL;

	w->confined = r->confined;
	if (w->limits.no_exec && w->program[0] == '\0')
		w->confined |= CONFINED_EXEC;
	if (r->text[0] != '\0')
		lacks = strndup(r->text, sizeof(r->text));
	if (lacks != NULL && (w->lacks == NULL || strcmp(lacks, w->lacks) != 0))
		log_line(LOG_LEVEL_WARNING, w->label,
		    "its worker is not confined as it should be: %s", lacks);
	free(w->lacks);
	w->lacks = lacks;
}

static void
take_report(struct workers *ws, const struct spawner_report *r)
{
	struct worker *w = find(ws, r->id);

	if (w == NULL)
		return;
	if (r->event == SPAWNER_STARTED) {
		w->pid = r->pid;
		note_confinement(w, r);
		if (w->state == WORKER_STARTING)
			w->state = WORKER_UP;
		return;
	}
	if (r->event == SPAWNER_FAILED) {
		free(w->cause);
		if (asprintf(&w->cause, "could not be started: %.*s",
			(int)sizeof(r->text), r->text) < 0)
			w->cause = NULL;
	} else {
		w->cpu_ns = r->cpu_ns;
		set_cause(w, r);
	}
	w->state = WORKER_DEAD;
}

/* Without the helper, its children are gone, too. */
static void
lose_helper(struct workers *ws)
{
	struct worker *w;

	log_line(LOG_LEVEL_ERROR, "workers", "the spawn helper is gone");
	close(ws->helper);
	ws->helper = -1;
	for (w = ws->list; w != NULL; w = w->next)
		if (w->state == WORKER_STARTING || w->state == WORKER_UP ||
		    w->state == WORKER_ENDING) {
			if (w->cause == NULL)
				w->cause = strdup("ended with the spawn "
						  "helper");
			w->state = WORKER_DEAD;
		}
}

static void
read_reports(struct workers *ws)
{
	struct spawner_report r;
	int rc = 0;

	while (ws->helper >= 0 && (rc = spawner_next(ws->helper, &r)) > 0)
		take_report(ws, &r);
	if (rc < 0)
		lose_helper(ws);
}

/* Does it answer? */
static void
ask(struct worker *w, int64_t now)
{
	if (w->asked_mono_ns != 0 && now - w->asked_mono_ns > ANSWER_NS) {
		worker_end(w, w->ready ? "did not answer and was killed"
				       : "did not say READY and was killed");
		return;
	}
	if (w->state != WORKER_UP || w->asked_mono_ns != 0 ||
	    now - w->heard_mono_ns < SILENT_NS)
		return;
	w->asked_mono_ns = now;
	worker_put(&w->out, WORKER_PING, 0, NULL, 0);
	worker_send(w);
}

static void
look_after(struct worker *w, int64_t now, bool sample)
{
	bool alive = w->state == WORKER_UP || w->state == WORKER_STARTING;

	if (alive && worker_is_idle(w))
		dismiss(w);
	else if (alive && worker_is_held_up(w))
		w->heard_mono_ns = now; /* it is we who do not listen */
	else if (alive)
		ask(w, now);
	if (w->kill_mono_ns != 0 && now > w->kill_mono_ns) {
		w->kill_mono_ns = 0;
		worker_end(w, w->dismissed
				  ? "did not end and was killed"
				  : "closed its socket and was killed");
	}
	if (sample && w->pid != 0 && w->state != WORKER_DEAD)
		worker_sample(w);
}

/* One that nobody needs any more; of those that are gone. */
static void
free_left(struct workers *ws)
{
	struct worker **at = &ws->list, *w;

	while ((w = *at) != NULL) {
		if (w->seats != NULL || w->state != WORKER_IDLE) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		worker_free(w);
	}
}

static void
look_after_all(struct workers *ws)
{
	int64_t now = clock_mono_ns();
	bool sample = now - ws->looked_mono_ns >= LOOK_NS;
	struct worker *w;

	read_reports(ws);
	if (sample)
		ws->looked_mono_ns = now;
	/* New ones come at the head; only this thread takes any out. */
	for (w = ws->list; w != NULL; w = w->next) {
		look_after(w, now, sample);
		if (w->state == WORKER_WANTED && w->seats != NULL)
			start(w);
		else if (w->state == WORKER_WANTED)
			w->state = WORKER_DEAD;
		if (w->state == WORKER_DEAD)
			settle(w);
	}
	free_left(ws);
}

/* ---------------------------------------------------------------- the loop */

/* What is polled: wake, helper, then two of each worker. */
struct polled {
	struct pollfd *fds;
	struct worker **workers; /* of fds[2 + 2 * i] */
	size_t n;
	size_t room;
	int timeout_ms;
};

static void
count_room(struct polled *p, const struct workers *ws)
{
	const struct worker *w;
	struct worker **workers;
	struct pollfd *fds;
	size_t n = 0;

	for (w = ws->list; w != NULL; w = w->next)
		n++;
	if (n <= p->room)
		return;
	fds = reallocarray(p->fds, 2 + 2 * n, sizeof(*fds));
	if (fds != NULL)
		p->fds = fds;
	workers = reallocarray(p->workers, n, sizeof(*workers));
	if (workers != NULL)
		p->workers = workers;
	/* Without memory some wait until there is some. */
	if (fds != NULL && workers != NULL)
		p->room = n;
}

static void
add(struct polled *p, struct worker *w)
{
	struct pollfd *fd = &p->fds[2 + 2 * p->n];
	bool held_up = worker_is_held_up(w);

	fd[0] = (struct pollfd){ .fd = w->fd,
		.events = (short)((held_up ? 0 : POLLIN) |
				  (w->sent < w->out.size ? POLLOUT : 0)) };
	/* POLLHUP of one that is not read would not let us wait. */
	if (fd[0].events == 0)
		fd[0].fd = -1;
	if (held_up)
		p->timeout_ms = HELD_UP_MS;
	fd[1] = (struct pollfd){ .fd = w->output, .events = POLLIN };
	p->workers[p->n++] = w;
}

static void
prepare(struct polled *p, struct workers *ws)
{
	struct worker *w;

	count_room(p, ws);
	p->n = 0;
	p->timeout_ms = LOOK_NS / NS_PER_MS;
	p->fds[0] = (struct pollfd){ .fd = ws->wake, .events = POLLIN };
	p->fds[1] = (struct pollfd){ .fd = ws->helper, .events = POLLIN };
	for (w = ws->list; w != NULL && p->n < p->room; w = w->next)
		add(p, w);
}

static void
serve(struct worker *w, const struct pollfd *fds)
{
	struct workers *ws = w->workers;

	if ((fds[0].revents & POLLOUT) != 0) {
		pthread_mutex_lock(&ws->lock);
		worker_send(w);
		pthread_mutex_unlock(&ws->lock);
	}
	if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
	    !worker_read(w)) {
		pthread_mutex_lock(&ws->lock);
		closed(w);
		pthread_mutex_unlock(&ws->lock);
	}
	if ((fds[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		worker_read_output(w);
}

static void
wait_and_serve(struct workers *ws, struct polled *p)
{
	uint64_t count;
	size_t i;

	if (poll(p->fds, 2 + 2 * p->n, p->timeout_ms) <= 0)
		return;
	(void)!read(ws->wake, &count, sizeof(count));
	for (i = 0; i < p->n; i++)
		serve(p->workers[i], &p->fds[2 + 2 * i]);
}

/* The helper kills what is left when its socket closes. */
static void
end_all(struct workers *ws)
{
	struct worker *w;

	if (ws->helper >= 0)
		close(ws->helper);
	while ((w = ws->list) != NULL) {
		ws->list = w->next;
		worker_free(w);
	}
}

static bool
is_over(struct workers *ws)
{
	return ws->ending && (ws->list == NULL || ws->helper < 0);
}

void *
workers_main(void *arg)
{
	struct workers *ws = arg;
	struct polled p = { .room = 0 };

	p.fds = calloc(2, sizeof(*p.fds));
	pthread_mutex_lock(&ws->lock);
	for (;;) {
		look_after_all(ws);
		if (is_over(ws) || p.fds == NULL)
			break;
		prepare(&p, ws);
		pthread_mutex_unlock(&ws->lock);
		wait_and_serve(ws, &p);
		pthread_mutex_lock(&ws->lock);
	}
	end_all(ws);
	pthread_mutex_unlock(&ws->lock);
	free(p.fds);
	free(p.workers);
	return NULL;
}
