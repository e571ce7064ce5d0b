#include "exchange.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "pace.h"
#include "waiting.h"

/* Full buffers of the system are tried again after this. */
#define BLOCKED_NS NS_PER_MS
/* With a rate: what was to be sent before that is not made up for. */
#define BURST_NS (20 * NS_PER_MS)
/* The socket's error may be an earlier datagram's, so one counts only when it
   comes twice. */
#define FAILURES_MAX 2
/* More batches than the receive buffer holds. */
#define BEHIND_MAX 512

/* -------------------------------------------------------------- queues -- */

static void
put(struct queue *q, struct waiting *w)
{
	w->next = NULL;
	w->previous = q->tail;
	*(q->tail != NULL ? &q->tail->next : &q->head) = w;
	q->tail = w;
}

static void
put_first(struct queue *q, struct waiting *w)
{
	w->previous = NULL;
	w->next = q->head;
	*(q->head != NULL ? &q->head->previous : &q->tail) = w;
	q->head = w;
}

static void
take_out(struct queue *q, struct waiting *w)
{
	*(w->previous != NULL ? &w->previous->next : &q->head) = w->next;
	*(w->next != NULL ? &w->next->previous : &q->tail) = w->previous;
}

/* ----------------------------------------------------------- addresses -- */

bool
address_same(const union address *a, const union address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET)
		return a->ipv4.sin_port == b->ipv4.sin_port &&
		       a->ipv4.sin_addr.s_addr == b->ipv4.sin_addr.s_addr;
	return a->any.sa_family == AF_INET6 &&
	       a->ipv6.sin6_port == b->ipv6.sin6_port &&
	       (a->ipv6.sin6_scope_id == b->ipv6.sin6_scope_id ||
		   a->ipv6.sin6_scope_id == 0 || b->ipv6.sin6_scope_id == 0) &&
	       IN6_ARE_ADDR_EQUAL(&a->ipv6.sin6_addr, &b->ipv6.sin6_addr);
}

static struct waiting **
bucket(const struct exchange *e, const union address *a)
{
	uint64_t words[2] = { a->ipv4.sin_addr.s_addr, 0 };

	if (a->any.sa_family == AF_INET6)
		memcpy(words, &a->ipv6.sin6_addr, sizeof(words));
	words[0] += words[1] * UINT64_C(0x9e3779b97f4a7c15);
	words[0] += (uint64_t)a->ipv4.sin_port << 32; /* of both families */
	words[0] *= UINT64_C(0x9e3779b97f4a7c15);
	return &e->buckets[(words[0] >> 32) & (e->capacity - 1)];
}

static void
file(struct exchange *e, struct waiting *w)
{
	struct waiting **at = bucket(e, &w->address);

	w->link = at;
	w->neighbour = *at;
	if (*at != NULL)
		(*at)->link = &w->neighbour;
	*at = w;
}

static void
unfile(struct waiting *w)
{
	*w->link = w->neighbour;
	if (w->neighbour != NULL)
		w->neighbour->link = w->link;
}

struct waiting *
filed_under(const struct exchange *e, const union address *a)
{
	struct waiting *w = e->capacity > 0 ? *bucket(e, a) : NULL;

	while (w != NULL && !address_same(&w->address, a))
		w = w->neighbour;
	return w;
}

/* -------------------------------------------------------------- places -- */

static int
grow(struct exchange *e)
{
	uint32_t capacity = e->capacity == 0 ? 64 : e->capacity * 2, i;
	struct waiting **buckets;
	struct place *places;

	if (capacity > PLACES_MAX)
		return -1;
	places = reallocarray(e->places, capacity, sizeof(*places));
	if (places == NULL)
		return -1;
	e->places = places;
	buckets = calloc(capacity, sizeof(struct waiting *));
	if (buckets == NULL)
		return -1;
	memset(places + e->capacity, 0,
	    (capacity - e->capacity) * sizeof(*places));
	free(e->buckets);
	e->buckets = buckets;
	e->capacity = capacity;
	for (i = 0; i < e->n_places; i++)
		if (places[i].waiting != NULL)
			file(e, places[i].waiting);
	return 0;
}

int
exchange_join(struct exchange *e, struct agent *a)
{
	struct waiting *w;

	while (e->free_from < e->n_places &&
	       e->places[e->free_from].waiting != NULL)
		e->free_from++;
	if (e->free_from == e->capacity && grow(e) != 0)
		return -1;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return -1;
	w->agent = a;
	w->talk.known = &a->engine;
	w->address = a->address;
	a->waiting = w;
	a->slot = e->free_from;
	w->generation = e->places[a->slot].generation;
	e->places[a->slot].waiting = w;
	if (a->slot == e->n_places)
		e->n_places++;
	file(e, w);
	return 0;
}

void
exchange_leave(struct exchange *e, struct agent *a)
{
	struct waiting *w = a->waiting;

	if (w == NULL)
		return;
	waiting_stop(e, w);
	unfile(w);
	e->places[a->slot] = (struct place){ NULL, w->generation };
	if (a->slot < e->free_from)
		e->free_from = a->slot;
	engine_free(a->engine);
	a->engine = NULL;
	a->waiting = NULL;
	free(w);
}

/* -------------------------------------------------------- the exchange -- */

int
exchange_open(struct exchange **ret, const struct exchange_options *options,
    struct error *err)
{
	struct exchange *e = calloc(1, sizeof(*e));
	bool large = options->large_receive_buffer;
	int i, opened = 0;

	if (e == NULL)
		return error_set(err, "out of memory");
	e->options = *options;
	if (e->options.window == 0)
		e->options.window = 1;
	wheel_init(&e->wheel, clock_mono_ns());
	for (i = 0; i < 2; i++)
		opened += channel_open(&e->channels[i], i == 1, large) == 0;
	if (opened == 0) {
		error_set(err, "cannot open a socket: %s",
		    strerrordesc_np(e->channels[0].error));
		goto fail;
	}
	if (getrandom(&e->salt, sizeof(e->salt), 0) < 0) {
		error_set(err, "random numbers: %m");
		goto fail;
	}
	*ret = e;
	return 0;
fail:
	exchange_close(e);
	return -1;
}

void
exchange_close(struct exchange *e)
{
	uint32_t i;

	if (e == NULL)
		return;
	for (i = 0; i < e->n_places; i++)
		if (e->places[i].waiting != NULL)
			exchange_leave(e, e->places[i].waiting->agent);
	for (i = 0; i < 2; i++)
		channel_close(&e->channels[i]);
	free(e->buckets);
	free(e->places);
	free(e);
}

void
exchange_fds(const struct exchange *e, int ret[2])
{
	ret[0] = e->channels[0].fd;
	ret[1] = e->channels[1].fd;
}

/* With a rate: the next datagram's time; what was not sent is not made up for,
   but for a little. */
static int64_t
paced(const struct exchange *e)
{
	int64_t from_ns = e->now_ns - BURST_NS;

	return e->paced_ns > from_ns ? e->paced_ns : from_ns;
}

/* Would one behind `n' others not have to wait? */
static bool
is_paced(const struct exchange *e, size_t n)
{
	int64_t rate = e->options.rate;

	return rate == 0 ||
	       paced(e) + (int64_t)n * NS_PER_S / rate <= e->now_ns;
}

bool
exchange_has_room(const struct exchange *e)
{
	return e->in_flight + e->n_ready < e->options.window &&
	       is_paced(e, e->n_ready);
}

size_t
exchange_pending(const struct exchange *e)
{
	return e->pending;
}

int64_t
exchange_due(const struct exchange *e)
{
	int64_t ready_ns, due_ns = wheel_due(&e->wheel);

	if (e->over.head != NULL || e->full_batches > 0)
		return 0;
	if (e->ready.head == NULL || e->in_flight >= e->options.window)
		return due_ns;
	ready_ns = e->blocked_ns > e->paced_ns ? e->blocked_ns : e->paced_ns;
	return ready_ns < due_ns ? ready_ns : due_ns;
}

/* ----------------------------------------------------------- questions -- */

/* Leave its state's queue, and the window. */
static void
leave_state(struct exchange *e, struct waiting *w)
{
	if (w->state == STATE_READY) {
		take_out(&e->ready, w);
		e->n_ready--;
	} else if (w->state == STATE_OVER)
		take_out(&e->over, w);
	else if (w->state == STATE_FLYING)
		e->in_flight--;
}

void
waiting_stop(struct exchange *e, struct waiting *w)
{
	if (w->state == STATE_IDLE)
		return;
	leave_state(e, w);
	wheel_unset(&e->wheel, &w->timer);
	security_end(&w->talk);
	w->state = STATE_IDLE;
	w->answerable = 0;
	e->pending--;
}

/* To be sent when its turn comes, which may be too late. */
static void
make_ready(struct exchange *e, struct waiting *w)
{
	leave_state(e, w);
	w->state = STATE_READY;
	put(&e->ready, w);
	e->n_ready++;
	wheel_set(&e->wheel, &w->timer, w->limit_ns);
}

void
waiting_turn(struct exchange *e, struct waiting *w)
{
	w->tries = 0;
	w->answerable = 0;
	w->unreachable = 0;
	make_ready(e, w);
}

void
waiting_use(struct exchange *e, struct waiting *w, uint8_t number)
{
	const struct credentials *all = e->options.credentials;

	if (number >= all->n)
		number = 0; /* there were more once */
	w->talk.number = number;
	w->talk.credential = all->n > 0 ? &all->items[number] : NULL;
	w->talk.settings = 0;
	w->turns = 0;
	w->agent->credential = number;
	if (w->talk.credential != NULL)
		w->agent->version = (uint8_t)w->talk.credential->version;
}

void
exchange_ask(struct exchange *e, struct agent *a, const struct question *q,
    int64_t limit_ns)
{
	struct waiting *w = a->waiting;

	assert(w != NULL && w->state == STATE_IDLE);
	w->question = *q;
	w->limit_ns = limit_ns;
	w->tries_max = e->options.retries + 1;
	w->finding = w->large = false;
	w->error = 0;
	w->talk.anew = false;
	w->talk.ignored = NULL;
	waiting_use(e, w, a->credential);
	if (!address_same(&w->address, &a->address)) {
		unfile(w);
		w->address = a->address;
		file(e, w);
	}
	e->pending++;
	waiting_turn(e, w);
}

void
exchange_cancel(struct exchange *e, struct agent *a)
{
	if (a->waiting != NULL)
		waiting_stop(e, a->waiting);
}

bool
waiting_conclude(struct exchange *e, struct waiting *w, enum outcome outcome)
{
	struct agent *a = w->agent;

	if (w->finding && outcome != ANSWERED) {
		if (find_next(e, w, outcome) == 0) {
			waiting_turn(e, w);
			return false;
		}
		outcome = (enum outcome)w->outcome;
	}
	w->outcome = (uint8_t)outcome;
	if (outcome == ANSWERED)
		a->known = true;
	else if (outcome >= UNKNOWN_USER)
		a->known = false;
	else if (outcome == TIMED_OUT)
		a->timed_out++;
	waiting_stop(e, w);
	return true;
}

void
waiting_fail(struct exchange *e, struct waiting *w, enum outcome outcome)
{
	if (!waiting_conclude(e, w, outcome))
		return;
	w->state = STATE_OVER;
	put(&e->over, w);
	e->pending++;
}

/* -------------------------------------------------------------- sending -- */

/* The message, from the end of the room to where *out says. */
static int
write_message(struct exchange *e, struct waiting *w, struct ber_writer *out)
{
	const struct credential *c = w->talk.credential;
	const struct question *q = &w->question;
	bool discovers = c->version == SNMP_V3 && security_discovers(&w->talk);
	struct snmp_message m = { .version = (uint8_t)c->version };
	struct snmp_pdu pdu = {
		.type = discovers ? SNMP_GET : q->type,
		.request_id = (int32_t)((uint32_t)w->generation << PLACE_BITS |
					w->agent->slot),
	};

	if (pdu.type == SNMP_GET_BULK) {
		pdu.non_repeaters = q->non_repeaters;
		pdu.max_repetitions = q->max_repetitions;
	}
	snmp_question_encode(out, &pdu, q->names, discovers ? 0 : q->n);
	if (c->version == SNMP_V3)
		return security_seal(
		    &w->talk, out, pdu.request_id, e->salt++, e->now_ns, NULL);
	m.community = (struct ber_bytes){ (const uint8_t *)c->community,
		strlen(c->community) };
	snmp_message_encode(out, &m);
	return 0;
}

/* What cannot be asked at all; 0 if it can. */
static int
objection(const struct waiting *w, const struct channel *c)
{
	if (w->talk.credential == NULL)
		return ENOKEY;
	if (w->agent->family == 0)
		return EDESTADDRREQ;
	return c->fd < 0 ? c->error : 0;
}

static void
not_sent(struct exchange *e, struct waiting *w, int error)
{
	w->error = error;
	w->large = error == EMSGSIZE;
	if (error == ENETUNREACH || error == EHOSTUNREACH) {
		w->unreachable = error;
		waiting_fail(e, w, UNREACHABLE);
	} else {
		waiting_fail(e, w, NOT_SENT);
	}
}

static void
add(struct exchange *e, struct channel *c, struct waiting *w)
{
	struct ber_writer out;
	int error = objection(w, c);

	if (error != 0) {
		not_sent(e, w, error);
		return;
	}
	out = ber_writer(channel_room(c), EXCHANGE_DATAGRAM_MAX);
	w->generation = (w->generation + 1) & GENERATION_MASK;
	if (w->answerable < TRIES_KEPT)
		w->answerable++;
	if (write_message(e, w, &out) != 0 || out.failed) {
		not_sent(e, w, out.failed ? EMSGSIZE : ENOTSUP);
		return;
	}
	leave_state(e, w);
	w->state = STATE_SENDING;
	if (e->options.rate > 0)
		e->paced_ns = paced(e) + NS_PER_S / e->options.rate;
	channel_add(c, out.p, ber_written(&out), &w->agent->address, w);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Its times: to the end of its grace, of its try, and of the question. */
static void
sent(struct exchange *e, struct waiting *w)
{
	bool last = w->tries + 1 >= w->tries_max;
	int64_t grace_ns = e->now_ns + pace_grace(w->agent);

	w->timeout_ns = e->now_ns +
			pace_timeout(&e->options, w->agent, w->tries, last);
	w->sent_ns[w->generation % TRIES_KEPT] = e->now_ns;
	w->agent->retried += w->tries > 0;
	w->tries++;
	w->state = STATE_FLYING;
	e->in_flight++;
	wheel_set(&e->wheel, &w->timer,
	    earlier(grace_ns, earlier(w->timeout_ns, w->limit_ns)));
}

static void
read_errors(struct exchange *e, struct channel *c)
{
	union address to;
	int error;

	while (channel_error(c, &to, &error))
		answer_error(e, &to, error);
}

/* The system has no room now: those not sent yet keep their turn. */
static void
put_back(struct exchange *e, struct channel *c, unsigned first, int error)
{
	struct waiting *w;
	unsigned i;

	e->blocked_ns = e->now_ns + BLOCKED_NS;
	e->blocked = error;
	for (i = c->n_out; i > first; i--) {
		w = channel_added(c, i - 1);
		w->state = STATE_READY;
		put_first(&e->ready, w);
		e->n_ready++;
	}
}

static bool
is_full(int error)
{
	return error == EAGAIN || error == ENOBUFS || error == ENOMEM ||
	       error == EINTR;
}

static void
flush(struct exchange *e, struct channel *c)
{
	unsigned done = 0, n, i;
	int error, failures = 0;

	while (done < c->n_out) {
		n = channel_send(c, done, &error);
		for (i = done; i < done + n; i++)
			sent(e, channel_added(c, i));
		done += n;
		if (n > 0) {
			/* What stopped it is not told, and may be an error. */
			failures = e->blocked = 0;
			if (done < c->n_out)
				read_errors(e, c);
		} else if (is_full(error)) {
			put_back(e, c, done, error);
			break;
		} else if (++failures == FAILURES_MAX) {
			not_sent(e, channel_added(c, done++), error);
			failures = 0;
		} else {
			read_errors(e, c);
		}
	}
	c->n_out = 0;
}

static void
send_ready(struct exchange *e)
{
	struct channel *c;
	struct waiting *w;
	size_t n = 0;
	int i;

	while (e->in_flight + n < e->options.window && is_paced(e, 0)) {
		w = e->ready.head;
		if (w == NULL)
			break;
		c = &e->channels[w->agent->family == AF_INET6];
		if (c->io != NULL && channel_room(c) == NULL)
			break;
		add(e, c, w);
		n = e->channels[0].n_out + e->channels[1].n_out;
	}
	for (i = 0; i < 2; i++)
		flush(e, &e->channels[i]);
}

/* Errors that nobody told would keep the socket ready for ever: where nothing
   came, they are looked for. */
static void
receive(struct exchange *e, struct channel *c)
{
	if (c->fd < 0 || !c->used)
		return;
	if (channel_receive(c) != 0 || c->n_in == 0)
		read_errors(e, c);
}

void
exchange_step(struct exchange *e, int64_t now_ns)
{
	int i;

	e->now_ns = now_ns;
	if (now_ns >= e->blocked_ns)
		send_ready(e);
	for (i = 0; i < 2; i++)
		receive(e, &e->channels[i]);
	if (e->channels[0].n_in + e->channels[1].n_in > 0)
		e->wall_ns = clock_wall_ns();
	if (channel_more(&e->channels[0]) || channel_more(&e->channels[1]))
		e->full_batches++;
	else
		e->full_batches = 0;
}

/* ------------------------------------------------------------- time-outs -- */

/* The next of its times has come. */
static void
run_out(struct exchange *e, struct waiting *w)
{
	if (e->now_ns >= w->limit_ns) {
		if (w->state == STATE_READY && w->answerable == 0)
			not_sent(e, w, e->blocked != 0 ? e->blocked : EBUSY);
		else
			waiting_fail(e, w,
			    w->unreachable != 0 ? UNREACHABLE : TIMED_OUT);
	} else if (e->now_ns < w->timeout_ns) {
		leave_state(e, w);
		w->state = STATE_PATIENT;
		wheel_set(
		    &e->wheel, &w->timer, earlier(w->timeout_ns, w->limit_ns));
	} else if (w->tries < w->tries_max) {
		make_ready(e, w);
	} else {
		waiting_fail(
		    e, w, w->unreachable != 0 ? UNREACHABLE : TIMED_OUT);
	}
}

/*
 * What is still to be read may be the answer of one whose time is over; but
 * not for ever, for somebody may send without end.
 */
static bool
is_behind(const struct exchange *e)
{
	return e->full_batches > 0 && e->full_batches < BEHIND_MAX;
}

bool
exchange_answer(struct exchange *e, struct answer *ret)
{
	const union address *from;
	struct waiting *w;
	struct timer *t;
	uint8_t *bytes;
	size_t size;
	int i;

	for (i = 0; i < 2; i++)
		while ((bytes = channel_next(&e->channels[i], &size, &from)) !=
		       NULL)
			if (answer_take(e, from, bytes, size, ret))
				return true;
	while (!is_behind(e) && (t = wheel_pop(&e->wheel, e->now_ns)) != NULL)
		run_out(e, (struct waiting *)t);
	w = e->over.head;
	if (w == NULL)
		return false;
	answer_explain(e, w, ret);
	waiting_stop(e, w);
	return true;
}

const char *
outcome_text(enum outcome outcome)
{
	static const char *const texts[] = {
		[ANSWERED] = "ok",
		[TIMED_OUT] = "timeout",
		[REFUSED] = "port closed",
		[UNREACHABLE] = "unreachable",
		[NOT_SENT] = "not sent",
		[MALFORMED] = "malformed answer",
		[UNKNOWN_USER] = "unknown user",
		[WRONG_DIGEST] = "wrong digest",
		[WRONG_LEVEL] = "wrong security level",
		[NOT_IN_WINDOW] = "not in time window",
		[CANNOT_DECRYPT] = "cannot decrypt",
		[REPORTED] = "reported",
	};

	return texts[outcome];
}
