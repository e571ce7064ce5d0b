#include "listen.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "collect.h"
#include "log.h"
#include "listen_socket.h"

#define EVENTS_MAX 64
#define TICK_NS NS_PER_S

/* A socket that belongs to an option. */
struct door {
	const char *option;
	const struct farm_address *address; /* in the state; also its cookie */
	int fd;
	bool lent; /* its file is somebody else's to remove */
};

/* What a descriptor is watched for.  The generation tells an event of an
   earlier use of the same number. */
struct watch {
	bool used;
	uint32_t generation;
	void *cookie;
};

struct listener {
	struct instance *instance;
	struct door *doors;
	size_t n_doors;
	int epoll;
	int stop_fd;
	pthread_mutex_t lock; /* of the watches and of `ended' */
	pthread_cond_t changed;
	struct watch *watches; /* by descriptor */
	size_t n_watches;
	pthread_t thread;
	bool later; /* the thread begins when something is watched */
	bool ready; /* it may begin */
	bool started;
	bool ended;
	bool failing;
	struct run run;
	struct name_cache *names;
	/* A writer emits nothing, and its series are its own thread's. */
	struct farm_host_ops writer_ops;
};

/* ----------------------------------------------------------------- watching */

static int
make_room(struct listener *l, int fd)
{
	size_t n = (size_t)fd + 16;
	struct watch *watches;

	if ((size_t)fd < l->n_watches)
		return 0;
	watches = reallocarray(l->watches, n, sizeof(*watches));
	if (watches == NULL)
		return -1;
	memset(
	    watches + l->n_watches, 0, (n - l->n_watches) * sizeof(*watches));
	l->watches = watches;
	l->n_watches = n;
	return 0;
}

static int
watch_locked(struct listener *l, int fd, uint32_t events, void *cookie)
{
	struct epoll_event event = { .events = events };
	struct watch *w;
	int op;

	if (make_room(l, fd) != 0)
		return -1;
	w = &l->watches[fd];
	op = w->used ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	event.data.u64 = (uint64_t)(w->generation + 1) << 32 | (uint32_t)fd;
	if (epoll_ctl(l->epoll, op, fd, &event) != 0)
		return -1;
	w->used = true;
	w->generation++;
	w->cookie = cookie;
	return 0;
}

static int
add_watch(struct listener *l, int fd, uint32_t events, void *cookie,
    struct error *err)
{
	int rc;

	if (l == NULL)
		return error_set(
		    err, "farm_watch() is for modules with listen()");
	if (fd < 0)
		return error_set(err, "farm_watch(): descriptor %d", fd);
	pthread_mutex_lock(&l->lock);
	rc = watch_locked(l, fd, events, cookie);
	pthread_mutex_unlock(&l->lock);
	if (rc != 0)
		return error_set(err, "farm_watch(): descriptor %d: %m", fd);
	return 0;
}

static void *listener_main(void *);

/* Is there reason for a thread, now? */
static bool
is_thread_due(const struct listener *l)
{
	return l->ready && !l->started && !l->later;
}

/* `ready': it may begin from now on; else something is watched. */
static int
begin_thread(struct listener *l, bool ready, struct error *err)
{
	sigset_t all, old;
	int rc = 0;

	sigfillset(&all);
	pthread_mutex_lock(&l->lock);
	l->ready |= ready;
	l->later &= ready;
	if (is_thread_due(l)) {
		pthread_sigmask(SIG_SETMASK, &all, &old);
		rc = pthread_create(&l->thread, NULL, listener_main, l);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
		l->started = rc == 0;
	}
	pthread_mutex_unlock(&l->lock);
	if (rc == 0)
		return 0;
	return error_set(err, "a thread to listen: %s", strerrordesc_np(rc));
}

static struct listener *
listener_of(struct farm_host *host)
{
	return ((struct call *)host)->instance->listener;
}

int
listen_watch(struct farm_host *host, int fd, uint32_t events, void *cookie)
{
	struct listener *l = listener_of(host);
	struct error err;

	if (add_watch(l, fd, events, cookie, &err) != 0 ||
	    begin_thread(l, false, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

void
listen_unwatch(struct farm_host *host, int fd)
{
	struct listener *l = listener_of(host);

	if (l == NULL || fd < 0)
		return;
	pthread_mutex_lock(&l->lock);
	if ((size_t)fd < l->n_watches && l->watches[fd].used) {
		(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
		l->watches[fd].used = false;
		l->watches[fd].generation++;
	}
	pthread_mutex_unlock(&l->lock);
}

int
listen_socket(struct farm_host *host, const char *option)
{
	const struct listener *l = listener_of(host);
	size_t i;

	for (i = 0; l != NULL && i < l->n_doors; i++)
		if (strcmp(l->doors[i].option, option) == 0)
			return l->doors[i].fd;
	return -1;
}

/* ---------------------------------------------------------------- the calls */

static void
report(struct listener *l, int rc)
{
	struct instance *in = l->instance;

	if (rc == 0) {
		l->failing = false;
		return;
	}
	atomic_fetch_add(&in->ledger.failures, 1);
	ledger_error(&in->ledger, clock_wall_ns(), l->run.call.error.text);
	log_line(LOG_LEVEL_WARNING, in->name, "%s", l->run.call.error.text);
	l->failing = true;
}

static void
begin_call(struct listener *l)
{
	run_init(&l->run, l->instance);
	l->run.names = &l->names;
	if (l->instance->module->role == FARM_WRITER)
		call_init(&l->run.call, &l->writer_ops, l->instance);
	instance_hold(l->instance);
}

static void
end_call(struct listener *l, int rc)
{
	instance_let_go(l->instance);
	report(l, run_finish(&l->run, rc));
}

/* False if it is watched no more, or anew. */
static bool
find_cookie(struct listener *l, const struct epoll_event *event, void **ret)
{
	uint32_t generation = (uint32_t)(event->data.u64 >> 32);
	int fd = (int)(uint32_t)event->data.u64;
	bool current;

	pthread_mutex_lock(&l->lock);
	current = (size_t)fd < l->n_watches && l->watches[fd].used &&
		  l->watches[fd].generation == generation;
	if (current)
		*ret = l->watches[fd].cookie;
	pthread_mutex_unlock(&l->lock);
	return current;
}

/* A writer's other calls may stop to watch it, until none of them runs. */
static void
call_listen(struct listener *l, const struct epoll_event *event)
{
	const struct farm_descriptor *d = &l->instance->module->descriptor;
	int fd = (int)(uint32_t)event->data.u64;
	void *cookie = NULL;
	int rc = 0;

	if (d->listen == NULL)
		return;
	begin_call(l);
	if (find_cookie(l, event, &cookie))
		rc = d->listen(&l->run.call.host, l->instance->state, fd,
		    event->events, cookie);
	end_call(l, rc);
}

static void
call_tick(struct listener *l)
{
	const struct farm_descriptor *d = &l->instance->module->descriptor;

	if (d->tick != NULL && l->instance->module->role == FARM_COLLECTOR) {
		begin_call(l);
		end_call(l, d->tick(&l->run.call.host, l->instance->state,
				clock_wall_ns()));
	}
	if (l->names != NULL)
		name_cache_run_done(l->names, l->instance->series);
}

/* Returns false when it is time to end. */
static bool
serve_once(struct listener *l, int timeout_ms)
{
	struct epoll_event events[EVENTS_MAX];
	int i, n = epoll_wait(l->epoll, events, EVENTS_MAX, timeout_ms);

	for (i = 0; i < n; i++)
		if ((int)(uint32_t)events[i].data.u64 == l->stop_fd)
			return false;
	for (i = 0; i < n; i++)
		call_listen(l, &events[i]);
	return true;
}

static void *
listener_main(void *arg)
{
	struct listener *l = arg;
	int64_t next = clock_mono_ns() + TICK_NS, now;
	bool going = true;

	while (going) {
		now = clock_mono_ns();
		if (now >= next) {
			call_tick(l);
			next = now + TICK_NS;
		}
		going = serve_once(l, (int)((next - now) / NS_PER_MS) + 1);
	}
	pthread_mutex_lock(&l->lock);
	l->ended = true;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

static void
close_socket(int fd, const struct farm_address *address, bool lent)
{
	if (lent)
		close(fd);
	else
		listen_socket_close(fd, address);
}

static void
listener_free(struct listener *l)
{
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; i < l->n_doors; i++)
		close_socket(
		    l->doors[i].fd, l->doors[i].address, l->doors[i].lent);
	if (l->epoll >= 0)
		close(l->epoll);
	if (l->stop_fd >= 0)
		close(l->stop_fd);
	name_cache_free(l->names, l->instance->series);
	pthread_cond_destroy(&l->changed);
	pthread_mutex_destroy(&l->lock);
	free(l->watches);
	free(l->doors);
	free(l);
}

static struct listener *
listener_new(struct instance *in)
{
	struct listener *l = calloc(1, sizeof(*l));
	pthread_condattr_t attr;

	if (l == NULL)
		return NULL;
	l->instance = in;
	l->writer_ops = call_ops;
	l->writer_ops.socket = listen_socket;
	l->writer_ops.watch = listen_watch;
	l->writer_ops.unwatch = listen_unwatch;
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->changed, &attr);
	pthread_condattr_destroy(&attr);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return l;
}

/* ------------------------------------------------------- over a reopening */

struct kept_socket {
	struct kept_socket *next;
	struct farm_address address; /* its texts lie behind the struct */
	char *option;
	int fd;
	bool lent;
};

/* Option number i, and its address in these options; false at the end.  An
   address of "" is of an option that is not set, or not for listening. */
static bool
address_at(const struct module *m, const void *options, size_t i,
    const struct farm_option **ret, const struct farm_address **ret_address)
{
	static const struct farm_address none = { .text = "" };
	const struct farm_option *option = option_at(m->options, i);

	if (option == NULL)
		return false;
	*ret = option;
	*ret_address = &none;
	if ((option->flags & FARM_LISTEN) != 0 &&
	    option->type == FARM_TYPE_ADDRESS)
		*ret_address = (const void *)((const char *)options +
					      option->offset);
	if ((*ret_address)->text == NULL)
		*ret_address = &none;
	return true;
}

bool
listener_same_addresses(
    const struct module *m, const void *options, const void *others)
{
	const struct farm_address *one, *other;
	const struct farm_option *option;
	size_t i;

	for (i = 0; address_at(m, options, i, &option, &one) &&
		    address_at(m, others, i, &option, &other);
	     i++)
		if (strcmp(one->text, other->text) != 0)
			return false;
	return true;
}

static int
keep(struct instance *in, const struct door *door)
{
	const struct farm_address *a = door->address;
	size_t n_option = strlen(door->option) + 1;
	size_t n_text = strlen(a->text) + 1;
	size_t n_path = a->path != NULL ? strlen(a->path) + 1 : 0;
	struct kept_socket *k = calloc(
	    1, sizeof(*k) + n_option + n_text + n_path);

	if (k == NULL)
		return -1;
	k->fd = door->fd;
	k->lent = door->lent;
	k->option = memcpy(k + 1, door->option, n_option);
	k->address.text = memcpy(k->option + n_option, a->text, n_text);
	if (n_path > 0)
		k->address.path = memcpy(
		    k->option + n_option + n_text, a->path, n_path);
	k->next = in->kept;
	in->kept = k;
	return 0;
}

int
listener_lend_socket(
    struct instance *in, const char *option, const char *address, int fd)
{
	struct farm_address a = { .text = address };
	struct door door = {
		.option = option, .address = &a, .fd = fd, .lent = true
	};

	if (keep(in, &door) == 0)
		return 0;
	close(fd);
	return -1;
}

int
listener_door(const struct listener *l, size_t i, const char **ret_option,
    const char **ret_address)
{
	if (l == NULL || i >= l->n_doors)
		return -1;
	*ret_option = l->doors[i].option;
	*ret_address = l->doors[i].address->text;
	return l->doors[i].fd;
}

static const struct door *
find_door(const struct listener *l, const char *option, const char *text)
{
	size_t i;

	for (i = 0; i < l->n_doors; i++)
		if (strcmp(l->doors[i].option, option) == 0 &&
		    strcmp(l->doors[i].address->text, text) == 0)
			return &l->doors[i];
	return NULL;
}

/* Is the door's address one of these options' too? */
static bool
is_wanted(const struct module *m, const void *options, const struct door *door)
{
	const struct farm_address *address;
	const struct farm_option *option;
	size_t i;

	for (i = 0; address_at(m, options, i, &option, &address); i++)
		if (strcmp(option->name, door->option) == 0)
			return strcmp(address->text, door->address->text) == 0;
	return false;
}

void
listener_keep_sockets(struct instance *in, const void *options)
{
	struct listener *l = in->listener;
	size_t i, n = 0;

	for (i = 0; l != NULL && i < l->n_doors; i++)
		if (!is_wanted(in->module, options, &l->doors[i]) ||
		    keep(in, &l->doors[i]) != 0)
			l->doors[n++] = l->doors[i];
	if (l != NULL)
		l->n_doors = n;
}

static int
prepare_one(struct instance *in, const struct farm_option *option,
    const struct farm_address *address, struct error *err)
{
	struct door door = { .option = option->name, .address = address };

	if (listen_socket_open(address, option->fallback, &door.fd, err) != 0)
		return error_prefix(err, "%s", option->name);
	if (keep(in, &door) == 0)
		return 0;
	listen_socket_close(door.fd, address);
	return error_set(err, "%s: out of memory", option->name);
}

int
listener_prepare(struct instance *in, const void *options,
    listener_freed_fn *freed, void *context, struct error *err)
{
	const struct farm_address *address;
	const struct farm_option *option;
	size_t i;

	for (i = 0; in->listener != NULL &&
		    address_at(in->module, options, i, &option, &address);
	     i++) {
		if (address->text[0] == '\0' ||
		    find_door(in->listener, option->name, address->text) !=
			NULL ||
		    freed(context, option, address))
			continue;
		if (prepare_one(in, option, address, err) != 0) {
			listener_forget_sockets(in);
			return -1;
		}
	}
	return 0;
}

void
listener_forget_sockets(struct instance *in)
{
	struct kept_socket *k;

	while ((k = in->kept) != NULL) {
		in->kept = k->next;
		close_socket(k->fd, &k->address, k->lent);
		free(k);
	}
}

/* The socket kept for this address; -1 if there is none. */
static int
take_kept(
    struct instance *in, const char *option, const char *text, bool *ret_lent)
{
	struct kept_socket **at = &in->kept;
	struct kept_socket *k;
	int fd;

	while (*at != NULL && (strcmp((*at)->option, option) != 0 ||
				  strcmp((*at)->address.text, text) != 0))
		at = &(*at)->next;
	k = *at;
	if (k == NULL)
		return -1;
	fd = k->fd;
	*ret_lent = k->lent;
	*at = k->next;
	free(k);
	return fd;
}

/* ------------------------------------------------------------- open, close */

static int
open_door(struct listener *l, const struct farm_option *option,
    const struct farm_address *address, struct error *err)
{
	struct door *doors;
	bool lent = false;
	int fd;

	doors = reallocarray(l->doors, l->n_doors + 1, sizeof(*doors));
	if (doors == NULL)
		return error_set(err, "%s: out of memory", option->name);
	l->doors = doors;
	fd = take_kept(l->instance, option->name, address->text, &lent);
	if (fd < 0 &&
	    listen_socket_open(address, option->fallback, &fd, err) != 0)
		return error_prefix(err, "%s", option->name);
	doors[l->n_doors++] = (struct door){
		.option = option->name,
		.address = address,
		.fd = fd,
		.lent = lent,
	};
	return add_watch(l, fd, EPOLLIN, (void *)address, err);
}

static int
open_doors(struct listener *l, struct error *err)
{
	const struct instance *in = l->instance;
	const struct farm_address *address;
	const struct farm_option *option;
	size_t i;

	for (i = 0; address_at(in->module, in->state, i, &option, &address);
	     i++)
		if (address->text[0] != '\0' &&
		    open_door(l, option, address, err) != 0)
			return -1;
	return 0;
}

static bool
is_for_later(const struct listener *l)
{
	const struct module *m = l->instance->module;

	return m->role == FARM_COLLECTOR && l->n_doors == 0 &&
	       (m->descriptor.flags & FARM_WATCHES_LATER) != 0;
}

int
listener_open(struct instance *in, struct error *err)
{
	const struct farm_descriptor *d = &in->module->descriptor;
	struct listener *l;

	if (d->listen == NULL &&
	    (d->tick == NULL || in->module->role == FARM_WRITER))
		return 0;
	l = listener_new(in);
	if (l == NULL)
		return error_set(err, "out of memory");
	if (l->epoll < 0 || l->stop_fd < 0) {
		error_set(err, "epoll: %m");
		goto fail;
	}
	if (add_watch(l, l->stop_fd, EPOLLIN, NULL, err) != 0 ||
	    open_doors(l, err) != 0)
		goto fail;
	l->later = is_for_later(l);
	listener_forget_sockets(in);
	in->listener = l;
	return 0;
fail:
	/* The next attempt finds them. */
	in->listener = l;
	listener_keep_sockets(in, in->state);
	listener_close(in);
	return -1;
}

int
listener_start(struct instance *in, struct error *err)
{
	return in->listener == NULL ? 0 : begin_thread(in->listener, true, err);
}

int
listener_stop(struct instance *in, int64_t deadline_mono_ns)
{
	struct listener *l = in->listener;
	struct timespec until = { .tv_sec = deadline_mono_ns / NS_PER_S,
		.tv_nsec = deadline_mono_ns % NS_PER_S };
	uint64_t one = 1;
	int rc = 0;

	if (l == NULL)
		return 0;
	(void)!write(l->stop_fd, &one, sizeof(one));
	pthread_mutex_lock(&l->lock);
	l->ready = false;
	l->ended |= !l->started;
	while (!l->ended && rc == 0)
		rc = pthread_cond_timedwait(&l->changed, &l->lock, &until);
	rc = l->ended ? 0 : -1;
	pthread_mutex_unlock(&l->lock);
	if (rc != 0)
		return -1;
	if (l->started)
		pthread_join(l->thread, NULL);
	l->started = false;
	return 0;
}

void
listener_close(struct instance *in)
{
	listener_free(in->listener);
	in->listener = NULL;
}
