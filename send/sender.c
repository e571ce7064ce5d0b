/* Values as datagrams of ApMon. */
#include <farm/send.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "bucket.h"
#include "clock.h"
#include "targets.h"

/* ApMon's own. */
#define CLUSTER "ApMon_UserSend"
#define RATE 20

struct farm_sender {
	struct targets targets;
	uint32_t instance;
	double rate; /* said by farm_sender_rate(); below 0: not said */
	struct bucket bucket;
	/* The file they come from. */
	char *path;
	struct file_mark mark;
	int64_t look_mono_ns; /* at it, again */
	/* What is to be sent. */
	struct arena *arena;
	struct apmon_message message;
	struct apmon_parameter *parameters;
	size_t room;
	bool bad; /* something could not be added */
	uint64_t sent;
	uint64_t dropped;
	struct error err;
};

/* --- a client and its destinations --- */

/* The time will do where the system has no random numbers yet. */
static uint32_t
draw_instance(void)
{
	uint32_t instance;

	if (getrandom(&instance, sizeof(instance), GRND_NONBLOCK) !=
	    sizeof(instance))
		instance = (uint32_t)clock_wall_ns();
	return instance;
}

struct farm_sender *
farm_sender_new(void)
{
	struct farm_sender *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->instance = draw_instance();
	s->targets.rate = s->rate = -1;
	return s;
}

void
farm_sender_free(struct farm_sender *s)
{
	if (s == NULL)
		return;
	targets_free(&s->targets);
	arena_free(s->arena);
	free(s->parameters);
	free(s->path);
	free(s);
}

int
farm_sender_add(struct farm_sender *s, const char *destination)
{
	return targets_add(&s->targets,
	    (struct slice){ destination, strlen(destination) }, s->instance,
	    &s->err);
}

/* Numbers go on where they were: receivers take less for a restart, and a gap
   for a loss.  Who is new may have been there before. */
static uint32_t
sequence_for(const struct targets *before, const char *name)
{
	uint32_t most = 0;
	size_t i;

	for (i = 0; i < before->n; i++) {
		if (strcmp(before->items[i].name, name) == 0)
			return before->items[i].apmon.sequence;
		if (before->items[i].apmon.sequence > most)
			most = before->items[i].apmon.sequence;
	}
	return most;
}

static void
replace(struct farm_sender *s, const struct targets *targets)
{
	size_t i;

	for (i = 0; i < targets->n; i++)
		targets->items[i].apmon.sequence = sequence_for(
		    &s->targets, targets->items[i].name);
	targets_free(&s->targets);
	s->targets = *targets;
	s->look_mono_ns = clock_mono_ns() + s->targets.recheck_ns;
}

int
farm_sender_read(struct farm_sender *s, const char *path)
{
	struct targets targets;
	char *copy = strdup(path);

	if (copy == NULL)
		return error_set(&s->err, "out of memory");
	if (targets_read(&targets, path, s->instance, &s->mark, &s->err) != 0) {
		free(copy);
		return -1;
	}
	free(s->path);
	s->path = copy;
	replace(s, &targets);
	return 0;
}

/* One that has become wrong, or names a host that cannot be found now, is read
   again at the next look. */
static void
look_again(struct farm_sender *s)
{
	struct targets targets;
	struct file_mark mark = s->mark;
	int64_t now_ns = clock_mono_ns();

	if (!s->targets.recheck || now_ns < s->look_mono_ns)
		return;
	s->look_mono_ns = now_ns + s->targets.recheck_ns;
	if (!targets_changed(s->path, &s->mark))
		return;
	if (targets_read(&targets, s->path, s->instance, &mark, &s->err) != 0)
		return;
	s->mark = mark;
	replace(s, &targets);
}

void
farm_sender_rate(struct farm_sender *s, double per_second)
{
	s->rate = per_second;
}

/* --- values --- */

static int
bad(struct farm_sender *s, const char *why)
{
	s->bad = true;
	return error_set(&s->err, "%s", why);
}

static bool
copy(struct farm_sender *s, const char *text, struct slice *ret)
{
	*ret = (struct slice){ arena_strdup(s->arena, text), strlen(text) };
	return ret->text != NULL;
}

int
farm_sender_begin(struct farm_sender *s, const char *cluster, const char *node,
    int32_t time_s)
{
	char host[HOST_NAME_MAX + 1] = "localhost";

	if (node == NULL && gethostname(host, sizeof(host)) != 0)
		return bad(s, "the host has no name");
	arena_free(s->arena);
	s->arena = arena_new(0);
	s->message = (struct apmon_message){ .time_s = time_s };
	s->bad = false;
	if (s->arena == NULL ||
	    !copy(
		s, cluster == NULL ? CLUSTER : cluster, &s->message.cluster) ||
	    !copy(s, node == NULL ? host : node, &s->message.node))
		return bad(s, "out of memory");
	return 0;
}

static int
add(struct farm_sender *s, const char *name, enum apmon_type type,
    struct farm_value value)
{
	size_t room = s->room == 0 ? 16 : 2 * s->room;
	struct apmon_parameter *p;

	if (s->arena == NULL)
		return bad(s, "nothing was begun");
	if (s->message.n == s->room) {
		p = realloc(s->parameters, room * sizeof(*p));
		if (p == NULL)
			return bad(s, "out of memory");
		s->parameters = p;
		s->room = room;
	}
	p = &s->parameters[s->message.n];
	*p = (struct apmon_parameter){ .type = type, .value = value };
	if (!copy(s, name, &p->name))
		return bad(s, "out of memory");
	s->message.n++;
	return 0;
}

int
farm_sender_int32(struct farm_sender *s, const char *name, int32_t value)
{
	return add(s, name, APMON_INT32, farm_int64(value));
}

int
farm_sender_int64(struct farm_sender *s, const char *name, int64_t value)
{
	return add(s, name, APMON_INT64, farm_int64(value));
}

int
farm_sender_float(struct farm_sender *s, const char *name, float value)
{
	return add(s, name, APMON_FLOAT, farm_double((double)value));
}

int
farm_sender_double(struct farm_sender *s, const char *name, double value)
{
	return add(s, name, APMON_DOUBLE, farm_double(value));
}

int
farm_sender_text(struct farm_sender *s, const char *name, const char *text)
{
	struct slice kept;

	if (s->arena == NULL)
		return bad(s, "nothing was begun");
	if (strlen(text) > FARM_TEXT_MAX)
		return bad(s, "a text is too long");
	if (!copy(s, text, &kept))
		return bad(s, "out of memory");
	return add(s, name, APMON_STRING, farm_text(kept.text, kept.length));
}

/* --- sending --- */

static bool
may_send(struct farm_sender *s)
{
	double rate = s->rate >= 0           ? s->rate
		      : s->targets.rate >= 0 ? s->targets.rate
					     : RATE;

	if (rate == 0 ||
	    bucket_take(&s->bucket, rate, rate < 1 ? 1 : rate, clock_mono_ns()))
		return true;
	s->dropped++;
	return false;
}

static int
send_datagram(struct farm_sender *s, const struct target *t, const void *bytes,
    size_t size)
{
	ssize_t n = send(t->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);

	/* Somebody did not listen a moment ago; now he may. */
	if (n < 0 && errno == ECONNREFUSED)
		n = send(t->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return error_set(&s->err, "%s: %m", t->name);
	s->sent++;
	return 0;
}

static int
send_to(struct farm_sender *s, struct target *t)
{
	uint8_t datagram[APMON_DATAGRAM_SIZE];
	size_t next = 0;
	ssize_t size;

	do {
		size = apmon_encode(&t->apmon, &s->message, &next, datagram,
		    sizeof(datagram), &s->err);
		if (size < 0 ||
		    send_datagram(s, t, datagram, (size_t)size) != 0)
			return -1;
	} while (next < s->message.n);
	return 0;
}

/* What was begun is over, whatever becomes of it. */
static void
finish(struct farm_sender *s)
{
	arena_free(s->arena);
	s->arena = NULL;
	s->message.n = 0;
}

int
farm_sender_send(struct farm_sender *s)
{
	int status = 0;
	size_t i;

	if (s->arena == NULL)
		return error_set(&s->err, "nothing was begun");
	look_again(s);
	s->message.parameters = s->parameters;
	if (s->bad)
		status = -1;
	else if (s->targets.n == 0)
		status = error_set(&s->err, "no destination");
	else if (!may_send(s))
		status = 1;
	for (i = 0; status != 1 && !s->bad && i < s->targets.n; i++)
		if (send_to(s, &s->targets.items[i]) != 0)
			status = -1;
	finish(s);
	return status;
}

uint64_t
farm_sender_sent(const struct farm_sender *s)
{
	return s->sent;
}

uint64_t
farm_sender_dropped(const struct farm_sender *s)
{
	return s->dropped;
}

const char *
farm_sender_error(const struct farm_sender *s)
{
	return s->err.text;
}
