#include "get.h"

#include <stdlib.h>
#include <string.h>

#include "poll.h"

/* Names at most, and their bytes: an answer repeats them with their values,
   and is to fit a datagram of 1472 bytes. */
#define PACK 64
#define PACK_BYTES 1000

void
get_free(struct get *g)
{
	free(g->wants);
	*g = (struct get){ .wants = NULL };
}

void
get_begin(struct get *g, void (*name)(struct poll *, const struct want *),
    void (*take)(
	struct poll *, const struct want *, const struct snmp_varbind *))
{
	g->n = g->at = 0;
	g->pack = PACK;
	g->failed = false;
	g->silent = 0;
	g->name = name;
	g->take = take;
}

int
get_add(struct get *g, uint32_t what, uint32_t where)
{
	size_t capacity = g->capacity == 0 ? 16 : g->capacity * 2;
	struct want *grown;

	if (g->n == g->capacity) {
		grown = reallocarray(g->wants, capacity, sizeof(*grown));
		if (grown == NULL)
			return -1;
		g->wants = grown;
		g->capacity = capacity;
	}
	g->wants[g->n++] = (struct want){ what, where };
	return 0;
}

bool
get_next(struct poll *p)
{
	struct get *g = &p->get;
	struct ask *a = &p->ask;
	size_t i;

	ask_clear(a);
	if (g->failed)
		return false;
	for (i = g->at; i < g->n && a->n < g->pack; i++) {
		if (a->n > 0 && ask_size(a) > PACK_BYTES)
			break;
		g->name(p, &g->wants[i]);
	}
	ask_done(a, SNMP_GET, 0, 0);
	return a->n > 0 && !a->failed;
}

/* The first `n' wants under way are as they are. */
static void
take_next(struct poll *p, const struct snmp_varbind *v)
{
	/* Taking one may add others, and so move them all. */
	struct want want = p->get.wants[p->get.at++];

	p->get.take(p, &want, v);
}

/* The agent does not have, or will not say, number `index' (from 1). */
static void
drop(struct poll *p, size_t index)
{
	struct get *g = &p->get;
	struct want want = g->wants[g->at + index - 1];

	memmove(
	    g->wants + g->at + 1, g->wants + g->at, (index - 1) * sizeof(want));
	g->at++;
	g->take(p, &want, NULL);
}

/* Half as many; false if it is one already. */
static bool
pack_less(struct poll *p)
{
	if (p->ask.n <= 1)
		return false;
	p->get.pack = p->ask.n / 2;
	return true;
}

static void
take_error(struct poll *p, const struct snmp_pdu *pdu)
{
	size_t index = (size_t)pdu->error_index;

	if (pdu->error_status != SNMP_TOO_BIG && index >= 1 &&
	    index <= p->ask.n)
		drop(p, index);
	else if (!pack_less(p))
		drop(p, 1);
}

static void
take_silence(struct poll *p)
{
	struct get *g = &p->get;

	if (++g->silent <= 2 && pack_less(p))
		return;
	g->failed = true;
	poll_trouble(
	    p, "%zu values: %s", g->n - g->at, outcome_text(p->outcome));
}

static bool
is_asked(const struct poll *p, size_t i, struct ber_bytes name)
{
	const struct ber_bytes *asked = &p->ask.names[i];

	return asked->size == name.size &&
	       memcmp(asked->data, name.data, name.size) == 0;
}

void
get_take(struct poll *p, const struct answer *answer, struct ber *varbinds)
{
	struct snmp_varbind v;
	size_t i, n = p->ask.n;

	if (answer->outcome != ANSWERED) {
		take_silence(p);
		return;
	}
	if (answer->pdu.error_status != SNMP_NO_ERROR) {
		take_error(p, &answer->pdu);
		return;
	}
	for (i = 0; i < n; i++) {
		if (snmp_varbind_next(varbinds, &v, NULL) <= 0)
			break;
		if (is_asked(p, i, v.name) && !value_is_none(&v.value))
			take_next(p, &v);
		else
			take_next(p, NULL);
	}
	/* Nothing at all: a question that never gets anywhere. */
	if (i == 0 && !pack_less(p))
		drop(p, 1);
}
