#include "listening.h"

#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "gmond.h"

/* What does not change is said again after this, so that it does not expire. */
#define REPEAT_NS (60 * NS_PER_S)

/* Whom is listened to, and what they are called. */
static int
read_options(struct farm_host *host, const struct listening_options *o,
    struct networks *allowed, struct networks *names)
{
	struct group ignored;
	struct error err;
	int status = 0;

	status |= networks_read(allowed, host, "allow", &o->allow);
	status |= networks_read_names(names, host, "hosts", &o->hosts);
	for (size_t i = 0; i < o->join.n; i++)
		if (group_parse(&ignored, o->join.items[i], &err) != 0)
			status = farm_fail(host, "join[%zu]: %s", i, err.text);
	return status;
}

int
listening_check(struct farm_host *host, const struct listening_options *o)
{
	struct networks allowed = { 0 }, names = { 0 };
	int status = read_options(host, o, &allowed, &names);

	networks_free(&allowed);
	networks_free(&names);
	return status;
}

static int
open_counts(struct listening *l, struct farm_host *host,
    const struct listening_options *o)
{
	const char *node = own_node(
	    host, o->own_node, l->host_name, sizeof(l->host_name));

	return node == NULL ? -1
			    : counts_open(&l->counts, host, o->cluster, node);
}

int
listening_open(struct listening **ret, struct farm_host *host, int fd,
    const struct listening_options *o, const struct making *making)
{
	struct listening *l = calloc(1, sizeof(*l));
	struct receiver *r;

	*ret = l;
	if (l == NULL)
		return farm_fail(host, "out of memory");
	r = &l->receiver;
	r->uses = making->uses;
	r->monalisa = making->monalisa;
	r->labels = making->labels;
	r->cluster = o->cluster;
	r->rate = (double)o->rate;
	r->burst = (double)o->burst;
	r->asks = o->requests;
	r->fd = fd;
	r->port = o->listen.port != 0 ? (uint16_t)o->listen.port : GMOND_PORT;
	if (receiver_init(r, (size_t)o->metrics, (size_t)o->sources) != 0)
		return farm_fail(host, "out of memory");
	if (read_options(host, o, &r->allowed, &r->senders.peers.names) != 0 ||
	    groups_join(&r->groups, host, fd, &o->join) != 0 ||
	    datagrams_open(&r->datagrams, host, fd, o->receive_buffer) != 0)
		return -1;
	return open_counts(l, host, o);
}

void
listening_close(struct listening *l, struct farm_host *host)
{
	if (l == NULL)
		return;
	receiver_free(&l->receiver, host);
	own_counts_close(l->counts);
	free(l);
}

void
listening_ready(struct listening *l, struct farm_host *host)
{
	receiver_ready(&l->receiver, host);
}

int
listening_tick(struct listening *l, struct farm_host *host)
{
	int64_t mono_ns = clock_mono_ns();
	bool all = mono_ns >= l->repeat_mono_ns;
	int status;

	if (all)
		l->repeat_mono_ns = mono_ns + REPEAT_NS;
	status = senders_emit(&l->receiver.senders, host, all);
	return counts_emit(l->counts, host, &l->receiver, all) | status;
}
