#include "resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Look-ups at a time: one dead server must not hold up the names of others. */
#define THREADS_MAX 8

struct list {
	struct query *head;
	struct query **tail;
};

struct resolver {
	pthread_mutex_t lock;
	pthread_cond_t asked;
	struct list open;
	struct list answered;
	int fd; /* eventfd: something is answered */
	int threads;
	int idle;
	bool closing;
};

static void
put(struct list *l, struct query *q)
{
	q->next = NULL;
	*l->tail = q;
	l->tail = &q->next;
}

/* The first that is still wanted; those that are not are freed. */
static struct query *
take(struct list *l)
{
	struct query *q;

	while ((q = l->head) != NULL) {
		l->head = q->next;
		if (l->head == NULL)
			l->tail = &l->head;
		if (!q->dropped)
			return q;
		free(q);
	}
	return NULL;
}

struct resolver *
resolver_new(void)
{
	struct resolver *r;

	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->fd < 0) {
		free(r);
		return NULL;
	}
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->asked, NULL);
	r->open.tail = &r->open.head;
	r->answered.tail = &r->answered.head;
	return r;
}

static void
destroy(struct resolver *r)
{
	struct query *q;

	while ((q = take(&r->open)) != NULL || (q = take(&r->answered)) != NULL)
		free(q);
	pthread_cond_destroy(&r->asked);
	pthread_mutex_destroy(&r->lock);
	close(r->fd);
	free(r);
}

/*
 * getaddrinfo() cannot be called off, so nobody waits for the threads: the
 * last one out puts out the light.
 */
void
resolver_free(struct resolver *r)
{
	bool last;

	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->closing = true;
	last = r->threads == 0;
	pthread_cond_broadcast(&r->asked);
	pthread_mutex_unlock(&r->lock);
	if (last)
		destroy(r);
}

int
resolver_fd(const struct resolver *r)
{
	return r->fd;
}

static void
take_address(const struct addrinfo *info, union address *ret, int *ret_family)
{
	for (; info != NULL; info = info->ai_next) {
		if (info->ai_family != AF_INET && info->ai_family != AF_INET6)
			continue;
		if (info->ai_addrlen > sizeof(*ret))
			continue;
		memcpy(ret, info->ai_addr, info->ai_addrlen);
		*ret_family = info->ai_family;
		return;
	}
}

static void
look_up(struct query *q)
{
	struct addrinfo hints = {
		.ai_family = q->wanted,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_ADDRCONFIG,
	};
	struct addrinfo *info = NULL;

	q->error = getaddrinfo(q->name, NULL, &hints, &info);
	if (q->error != 0)
		return;
	take_address(info, &q->address, &q->family);
	freeaddrinfo(info);
}

int
resolve_numeric(const char *text, union address *ret)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICHOST,
	};
	struct addrinfo *info = NULL;
	int family = 0;

	if (getaddrinfo(text, NULL, &hints, &info) != 0)
		return 0;
	take_address(info, ret, &family);
	freeaddrinfo(info);
	return family;
}

static void *
resolver_main(void *context)
{
	struct resolver *r = context;
	struct query *q;
	bool last;

	pthread_mutex_lock(&r->lock);
	while (!r->closing) {
		q = take(&r->open);
		if (q == NULL) {
			r->idle++;
			pthread_cond_wait(&r->asked, &r->lock);
			r->idle--;
			continue;
		}
		pthread_mutex_unlock(&r->lock);
		look_up(q);
		pthread_mutex_lock(&r->lock);
		put(&r->answered, q);
		(void)eventfd_write(r->fd, 1);
	}
	last = --r->threads == 0;
	pthread_mutex_unlock(&r->lock);
	if (last)
		destroy(r);
	return NULL;
}

/* One more thread; signals are not for it. */
static int
start_thread(struct resolver *r)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all;
	int rc;

	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setsigmask_np(&attr, &all);
	rc = pthread_create(&thread, &attr, resolver_main, r);
	pthread_attr_destroy(&attr);
	if (rc == 0)
		r->threads++;
	return rc == 0 ? 0 : -1;
}

struct query *
resolver_ask(struct resolver *r, const char *name, int wanted, void *cookie)
{
	size_t size = strlen(name) + 1;
	struct query *q;

	q = calloc(1, sizeof(*q) + size);
	if (q == NULL)
		return NULL;
	memcpy(q->name, name, size);
	q->wanted = wanted;
	q->cookie = cookie;
	pthread_mutex_lock(&r->lock);
	if (r->idle == 0 && r->threads < THREADS_MAX && start_thread(r) != 0 &&
	    r->threads == 0) {
		free(q);
		q = NULL;
	} else {
		put(&r->open, q);
		pthread_cond_signal(&r->asked);
	}
	pthread_mutex_unlock(&r->lock);
	return q;
}

struct query *
resolver_answer(struct resolver *r)
{
	eventfd_t ignored;
	struct query *q;

	pthread_mutex_lock(&r->lock);
	q = take(&r->answered);
	if (q == NULL)
		(void)eventfd_read(r->fd, &ignored);
	pthread_mutex_unlock(&r->lock);
	return q;
}

void
resolver_drop(struct resolver *r, struct query *q)
{
	if (q == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	q->dropped = true;
	pthread_mutex_unlock(&r->lock);
}
