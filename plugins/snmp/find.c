/*
 * find.c - which credential opens an agent: one after the other, beginning
 * with the one that worked last.
 */
#include "waiting.h"

/* sysUpTime.0, which every agent has. */
static const uint8_t uptime[] = { 43, 6, 1, 2, 1, 1, 3, 0 };
static const struct ber_bytes uptime_name = { uptime, sizeof(uptime) };

/* Does it say about the credential what silence does not? */
static bool
is_telling(enum outcome outcome)
{
	return outcome != TIMED_OUT;
}

/* Would another credential do better? */
static bool
is_final(enum outcome outcome)
{
	return outcome == REFUSED || outcome == UNREACHABLE ||
	       outcome == NOT_SENT;
}

int
find_next(struct exchange *e, struct waiting *w, enum outcome outcome)
{
	size_t next = w->talk.number + 1u;

	if (!is_telling((enum outcome)w->outcome)) {
		w->outcome = outcome;
		w->told = w->talk.number;
	}
	if (next >= e->options.credentials->n)
		next = 0;
	if (!is_final(outcome) && next != w->first && e->now_ns < w->limit_ns) {
		waiting_use(e, w, (uint8_t)next);
		return 0;
	}
	waiting_use(e, w, w->first);
	return -1;
}

void
exchange_find(struct exchange *e, struct agent *a, int tries, int64_t limit_ns)
{
	static const struct question question = {
		.type = SNMP_GET,
		.names = &uptime_name,
		.n = 1,
	};
	struct waiting *w = a->waiting;

	exchange_ask(e, a, &question, limit_ns);
	a->known = false;
	w->finding = true;
	w->first = w->talk.number;
	w->outcome = TIMED_OUT;
	w->told = w->first;
	w->tries_max = tries;
	/* What answers now may have another identity than what did once. */
	w->talk.anew = true;
}
