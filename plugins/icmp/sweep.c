#include "sweep.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* The least pause of a probe that could not be sent. */
#define PUT_OFF_NS (10 * NS_PER_MS)

/*
 * Into the queue of `phase', in order of time.  What waits as long as all
 * others lands at the tail at once; only limits of its own make a peer step
 * forward.
 */
static void
enqueue(struct sweep *s, struct peer *p, enum phase phase, int64_t due_ns)
{
	struct queue *q = &s->queues[phase];
	struct peer *before = q->tail;

	while (before != NULL && before->due_ns > due_ns)
		before = before->previous;
	p->phase = phase;
	p->due_ns = due_ns;
	p->previous = before;
	p->next = before != NULL ? before->next : q->head;
	*(p->previous != NULL ? &p->previous->next : &q->head) = p;
	*(p->next != NULL ? &p->next->previous : &q->tail) = p;
}

static void
dequeue(struct sweep *s, struct peer *p)
{
	struct queue *q = &s->queues[p->phase];

	*(p->previous != NULL ? &p->previous->next : &q->head) = p->next;
	*(p->next != NULL ? &p->next->previous : &q->tail) = p->previous;
	p->next = p->previous = NULL;
}

static void
move(struct sweep *s, struct peer *p, enum phase phase, int64_t due_ns)
{
	dequeue(s, p);
	enqueue(s, p, phase, due_ns);
}

static void
idle(struct sweep *s, struct peer *p)
{
	dequeue(s, p);
	p->phase = PHASE_IDLE;
	s->running--;
}

static int
grow(struct sweep *s)
{
	uint32_t capacity = s->capacity == 0 ? 64 : s->capacity * 2;
	struct peer **peers;

	peers = reallocarray(s->peers, capacity, sizeof(*peers));
	if (peers == NULL)
		return -1;
	s->peers = peers;
	s->capacity = capacity;
	return 0;
}

int
sweep_join(struct sweep *s, struct peer *p)
{
	while (s->free_from < s->n_peers && s->peers[s->free_from] != NULL)
		s->free_from++;
	if (s->free_from == s->capacity && grow(s) != 0)
		return -1;
	p->times = calloc((size_t)s->count, sizeof(*p->times));
	if (p->times == NULL)
		return -1;
	p->slot = s->free_from;
	s->peers[p->slot] = p;
	if (p->slot == s->n_peers)
		s->n_peers++;
	return 0;
}

void
sweep_leave(struct sweep *s, struct peer *p)
{
	if (p->times == NULL)
		return;
	if (p->phase != PHASE_IDLE)
		idle(s, p);
	s->peers[p->slot] = NULL;
	if (p->slot < s->free_from)
		s->free_from = p->slot;
	free(p->times);
	p->times = NULL;
}

void
sweep_stop(struct sweep *s)
{
	int phase;

	for (phase = 0; phase < PHASES; phase++)
		while (s->queues[phase].head != NULL)
			idle(s, s->queues[phase].head);
}

void
sweep_free(struct sweep *s)
{
	free(s->peers);
	s->peers = NULL;
}

void
sweep_begin(struct sweep *s, struct peer *p, int64_t now_ns, int64_t limit_ns,
    bool one_answer)
{
	p->limit_ns = limit_ns;
	p->seen_before = p->seen;
	p->one_before = p->one_answer;
	p->one_answer = one_answer;
	p->answered = p->refused = p->seen = 0;
	p->sent = 0;
	p->reason = REASON_NONE;
	p->error = 0;
	p->serial++;
	s->running++;
	if (p->family == 0)
		enqueue(s, p, PHASE_NAMING, limit_ns);
	else
		enqueue(s, p, PHASE_FRESH, now_ns);
}

void
sweep_named(struct sweep *s, struct peer *p, int64_t now_ns)
{
	if (p->phase == PHASE_NAMING)
		move(s, p, p->family == 0 ? PHASE_OVER : PHASE_FRESH, now_ns);
}

static bool
in_time(const struct sweep *s, const struct peer *p, int64_t send_ns)
{
	return send_ns <= p->limit_ns - s->timeout_ns;
}

/* No more probes: wait for what is under way. */
static void
close_burst(struct sweep *s, struct peer *p, int64_t now_ns)
{
	uint64_t all;

	if (p->sent == 0) {
		move(s, p, PHASE_OVER, now_ns);
		return;
	}
	all = UINT64_MAX >> (64 - p->sent);
	if ((p->answered | p->refused) == all)
		move(s, p, PHASE_OVER, now_ns);
	else
		move(s, p, PHASE_LAST, p->times[p->sent - 1] + s->timeout_ns);
}

struct peer *
sweep_next(struct sweep *s, int64_t now_ns)
{
	struct peer *p;

	for (;;) {
		p = s->queues[PHASE_SPACED].head;
		if (p == NULL || p->due_ns > now_ns)
			p = s->queues[PHASE_FRESH].head;
		if (p == NULL)
			return NULL;
		if (in_time(s, p, now_ns)) {
			move(s, p, PHASE_SENDING, now_ns);
			return p;
		}
		close_burst(s, p, now_ns);
	}
}

/* slot (32 bits), serial (24), probe (8) */
struct cookie
sweep_cookie(const struct sweep *s, const struct peer *p)
{
	return (struct cookie){
		.token = s->token,
		.number = (uint64_t)p->slot << 32 |
			  (uint64_t)(p->serial & 0xffffff) << 8 | p->sent,
	};
}

/* What a cookie stands for. */
struct probe {
	struct peer *peer;
	int number;
	bool before; /* of the burst before this one */
};

static bool
is_open(const struct probe *probe)
{
	return !probe->before && probe->peer->phase >= PHASE_SENDING &&
	       probe->peer->phase <= PHASE_LAST;
}

/* False if nobody wants to know. */
static bool
find(const struct sweep *s, const struct cookie *cookie, struct probe *ret)
{
	uint32_t slot = (uint32_t)(cookie->number >> 32);
	uint32_t serial = (uint32_t)(cookie->number >> 8);
	const struct peer *p;
	uint32_t age;

	if (cookie->token != s->token || slot >= s->n_peers ||
	    s->peers[slot] == NULL)
		return false;
	p = ret->peer = s->peers[slot];
	ret->number = (int)(cookie->number & 0xff);
	age = (p->serial - serial) & 0xffffff;
	ret->before = age == 1;
	if (age > 1 || ret->number >= (ret->before ? s->count : p->sent))
		return false;
	return is_open(ret) || !(ret->before ? p->one_before : p->one_answer);
}

void
sweep_sent(struct sweep *s, struct peer *p, int64_t now_ns, int error)
{
	if (error != 0) {
		p->refused |= UINT64_C(1) << p->sent;
		p->reason = REASON_LOCAL;
		p->error = error;
	}
	p->times[p->sent++] = now_ns;
	if (p->sent < s->count && !sweep_forbidden(error) &&
	    in_time(s, p, now_ns + s->spacing_ns))
		move(s, p, PHASE_SPACED, now_ns + s->spacing_ns);
	else
		close_burst(s, p, now_ns);
}

void
sweep_put_off(struct sweep *s, struct peer *p, int64_t now_ns)
{
	int64_t pause_ns = s->spacing_ns;

	if (pause_ns < PUT_OFF_NS)
		pause_ns = PUT_OFF_NS;
	move(s, p, PHASE_SPACED, now_ns + pause_ns);
}

bool
sweep_forbidden(int error)
{
	return error == EPERM || error == EACCES;
}

void
sweep_reply(struct sweep *s, const struct cookie *cookie, int64_t when_ns,
    int64_t seen_ns)
{
	struct probe probe;
	struct peer *p;
	uint64_t bit, *seen;
	int64_t rtt;

	if (!find(s, cookie, &probe))
		return;
	p = probe.peer;
	seen = probe.before ? &p->seen_before : &p->seen;
	bit = UINT64_C(1) << probe.number;
	p->duplicates += (*seen & bit) != 0;
	if (*seen & bit)
		return;
	p->reordered += *seen >> probe.number != 0;
	*seen |= bit;
	if (when_ns <= p->times[probe.number])
		when_ns = seen_ns;
	rtt = when_ns - p->times[probe.number];
	if (!is_open(&probe) || rtt > s->timeout_ns) {
		p->late++;
		return;
	}
	p->answered |= bit;
	p->refused &= ~bit;
	p->times[probe.number] = rtt > 0 ? rtt : 0;
	if (p->one_answer && p->phase != PHASE_SENDING)
		move(s, p, PHASE_OVER, when_ns);
	else if (p->phase == PHASE_LAST)
		close_burst(s, p, when_ns);
}

void
sweep_refused(struct sweep *s, const struct cookie *cookie, enum reason reason)
{
	struct probe probe;
	struct peer *p;

	if (!find(s, cookie, &probe) || !is_open(&probe))
		return;
	p = probe.peer;
	if (p->answered >> probe.number & 1)
		return;
	p->refused |= UINT64_C(1) << probe.number;
	p->reason = reason;
	if (p->phase == PHASE_LAST)
		close_burst(s, p, p->due_ns);
}

struct peer *
sweep_over(struct sweep *s, int64_t now_ns)
{
	static const enum phase waiting[] = { PHASE_NAMING, PHASE_LAST };
	struct peer *p;
	size_t i;

	for (i = 0; i < 2; i++) {
		p = s->queues[waiting[i]].head;
		if (p != NULL && p->due_ns <= now_ns)
			move(s, p, PHASE_OVER, now_ns);
	}
	p = s->queues[PHASE_OVER].head;
	if (p != NULL)
		idle(s, p);
	return p;
}

static int64_t
head_due(const struct sweep *s, enum phase phase)
{
	const struct peer *p = s->queues[phase].head;

	return p != NULL ? p->due_ns : INT64_MAX;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t
sweep_due(const struct sweep *s, int64_t paced_ns)
{
	int64_t send_ns, over_ns;

	send_ns = earlier(head_due(s, PHASE_FRESH), head_due(s, PHASE_SPACED));
	if (send_ns < paced_ns)
		send_ns = paced_ns;
	over_ns = earlier(head_due(s, PHASE_NAMING), head_due(s, PHASE_LAST));
	return earlier(send_ns, earlier(over_ns, head_due(s, PHASE_OVER)));
}

/* The round trips of the answered probes, in order of sending; how many. */
static int
round_trips(const struct peer *p, double *ret)
{
	int i, n = 0;

	for (i = 0; i < p->sent; i++)
		if (p->answered >> i & 1)
			ret[n++] = (double)p->times[i] / NS_PER_MS;
	return n;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of one round trip or more; sorts them. */
static void
describe(double *ms, int n, struct figures *f)
{
	double squares = 0;
	int i;

	for (i = 0; i < n; i++) {
		f->mean += ms[i] / n;
		f->jitter += i > 0 ? fabs(ms[i] - ms[i - 1]) / (n - 1) : 0;
	}
	for (i = 0; i < n; i++)
		squares += (ms[i] - f->mean) * (ms[i] - f->mean);
	f->deviation = sqrt(squares / n);
	qsort(ms, (size_t)n, sizeof(*ms), by_size);
	f->min = ms[0];
	f->max = ms[n - 1];
	f->median = (ms[(n - 1) / 2] + ms[n / 2]) / 2;
}

void
sweep_figures(struct peer *p, struct figures *ret)
{
	struct figures f = {
		.sent = p->sent,
		.duplicates = p->duplicates,
		.reordered = p->reordered,
		.late = p->late,
	};
	double ms[SWEEP_COUNT_MAX];

	p->duplicates = p->reordered = p->late = 0;
	f.received = round_trips(p, ms);
	if (f.sent > 0)
		f.loss = 100.0 * (f.sent - f.received) / f.sent;
	if (f.received > 0)
		describe(ms, f.received, &f);
	*ret = f;
}
