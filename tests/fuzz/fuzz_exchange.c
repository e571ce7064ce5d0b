/*
 * Two datagrams, one after the other, from an agent that was asked, with a
 * community or as a user of v3; the first byte says which, the second how long
 * the first datagram is.  The question's id is 0.
 */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#include "waiting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const union address home = {
	.ipv4 = { .sin_family = AF_INET, .sin_port = 1 },
};

static void
check(struct answer *a)
{
	struct snmp_varbind v;
	struct error err;

	if (a->outcome != ANSWERED && a->why.text[0] == '\0')
		abort();
	while (a->outcome == ANSWERED &&
	       snmp_varbind_next(&a->pdu.varbinds, &v, &err) > 0)
		;
}

/* As if the question had been sent just now. */
static void
hear(struct exchange *e, struct agent *agent, const uint8_t *data, size_t size)
{
	struct waiting *w = agent->waiting;
	uint8_t *copy = malloc(size + 1);
	struct answer a;

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	if (w->state != STATE_IDLE)
		w->answerable = 1;
	if (answer_take(e, &home, copy, size, &a))
		check(&a);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credential credentials[] = {
		{ .version = SNMP_V2C, .label = "v2c", .community = "public" },
		{ .version = SNMP_V3,
		    .label = "u",
		    .user = "u",
		    .context = "" },
	};
	struct credentials all = { credentials, 2 };
	struct question q = { .type = SNMP_GET };
	struct agent agent = { .address = home, .family = AF_INET };
	struct exchange *e;
	size_t first;

	if (size < 2)
		return 0;
	agent.credential = data[0] & 1;
	first = data[1] < size - 2 ? data[1] : size - 2;
	e = calloc(1, sizeof(*e)); /* without sockets */
	if (e == NULL || exchange_join(e, &agent) != 0)
		abort();
	e->options.credentials = &all;
	exchange_ask(e, &agent, &q, INT64_MAX);
	hear(e, &agent, data + 2, first);
	hear(e, &agent, data + 2 + first, size - 2 - first);
	exchange_close(e);
	return 0;
}
