#include "inquiry.h"

#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "place.h"

/* A name server gets this much of an action's time. */
#define RESOLVE_NS (10 * NS_PER_S)

static void
wait_for(struct pollfd *fds, nfds_t n, int64_t until_ns)
{
	int64_t ns = until_ns - clock_mono_ns();
	struct timespec timeout = { 0 };

	if (ns <= 0)
		return;
	timeout.tv_sec = ns / NS_PER_S;
	timeout.tv_nsec = ns % NS_PER_S;
	(void)ppoll(fds, n, &timeout, NULL);
}

void
exchange_wait(const struct exchange *e, int64_t until_ns)
{
	struct pollfd fds[2];
	int64_t due_ns = exchange_due(e);
	int sockets[2];

	exchange_fds(e, sockets);
	fds[0] = (struct pollfd){ .fd = sockets[0], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = sockets[1], .events = POLLIN };
	wait_for(fds, 2, due_ns < until_ns ? due_ns : until_ns);
}

/* ----------------------------------------------------------- the address -- */

/* The answer, or NULL when time is up. */
static struct query *
await_name(struct resolver *r, const char *name, int wanted, int64_t until_ns)
{
	struct pollfd fd = { .fd = resolver_fd(r), .events = POLLIN };
	struct query *q, *asked = resolver_ask(r, name, wanted, NULL);

	if (asked == NULL)
		return NULL;
	while ((q = resolver_answer(r)) == NULL && clock_mono_ns() < until_ns)
		wait_for(&fd, 1, until_ns);
	if (q == NULL)
		resolver_drop(r, asked);
	return q;
}

static int
resolve(struct inquiry *i, struct place *place, struct error *err)
{
	int64_t until_ns = clock_mono_ns() + RESOLVE_NS;
	struct resolver *r = resolver_new();
	struct query *q;
	int result = 0;

	if (r == NULL)
		return error_set(err, "name resolver: %m");
	q = await_name(r, place->host, i->manner->family,
	    until_ns < i->limit_ns ? until_ns : i->limit_ns);
	if (q == NULL)
		result = error_set(
		    err, "%s: no answer from the name server", place->host);
	else if (q->family == 0)
		result = error_set(
		    err, "%s: %s", place->host, gai_strerror(q->error));
	else {
		place->address = q->address;
		place->family = q->family;
		place_set_port(&place->address, place->family, place->port);
	}
	free(q);
	resolver_free(r);
	return result;
}

static int
set_agent(struct inquiry *i, const char *address, struct error *err)
{
	struct place place;
	int result = 0;

	if (place_parse(&place, address, i->manner->port) != 0)
		return error_set(err, "\"%s\" is not an address", address);
	if (place.family == 0)
		result = resolve(i, &place, err);
	i->agent.address = place.address;
	i->agent.family = (uint8_t)place.family;
	place_free(&place);
	return result;
}

int
inquiry_open(struct inquiry *i, const struct manner *m, const char *address,
    uint8_t credential, int64_t limit_ns, struct error *err)
{
	struct exchange_options o = {
		.credentials = m->credentials,
		.timeout_ns = m->timeout_ns,
		.timeout_min_ns = m->timeout_min_ns,
		.retries = m->retries,
		.window = 1,
	};

	*i = (struct inquiry){ .manner = m, .limit_ns = limit_ns };
	if (set_agent(i, address, err) != 0 ||
	    exchange_open(&i->exchange, &o, err) != 0)
		return -1;
	i->agent.credential = credential < m->credentials->n ? credential : 0;
	if (exchange_join(i->exchange, &i->agent) != 0)
		return error_set(err, "out of memory");
	return 0;
}

void
inquiry_close(struct inquiry *i)
{
	if (i->exchange != NULL)
		exchange_leave(i->exchange, &i->agent);
	exchange_close(i->exchange);
	i->exchange = NULL;
}

/* ---------------------------------------------------------------- asking -- */

int
answer_fail(const struct answer *a, struct error *err)
{
	const char *outcome = outcome_text(a->outcome);

	if (a->why.text[0] == '\0')
		return error_set(err, "%s", outcome);
	/* What was tried says already what came of it. */
	if (strstr(a->why.text, outcome) != NULL)
		return error_set(err, "%s", a->why.text);
	return error_set(err, "%s: %s", outcome, a->why.text);
}

static int
await_answer(struct inquiry *i, struct answer *ret, struct error *err)
{
	int64_t asked_ns = clock_mono_ns();
	uint32_t retried = i->agent.retried;

	for (;;) {
		exchange_step(i->exchange, clock_mono_ns());
		if (exchange_answer(i->exchange, ret))
			break;
		exchange_wait(i->exchange, i->limit_ns);
	}
	if (ret->outcome != ANSWERED)
		return answer_fail(ret, err);
	/* The exchange counts in steps; that is too coarse for one agent. */
	i->rtt_ns = i->agent.retried == retried ? clock_mono_ns() - asked_ns
						: ret->rtt_ns;
	return 0;
}

int
inquiry_find(struct inquiry *i, struct error *err)
{
	struct answer a;

	exchange_find(
	    i->exchange, &i->agent, i->manner->retries + 1, i->limit_ns);
	return await_answer(i, &a, err);
}

int
inquiry_ask(struct inquiry *i, const struct question *q, struct answer *ret,
    struct error *err)
{
	exchange_ask(i->exchange, &i->agent, q, i->limit_ns);
	return await_answer(i, ret, err);
}
