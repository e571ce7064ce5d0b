#include "counts.h"

#include <string.h>

/* Outcomes in their order, then what gather() adds. */
static const struct own_count table[COUNTS] = {
	{ "values", FARM_COUNTER64 },
	{ "metadata", FARM_COUNTER64 },
	{ "refused", FARM_COUNTER64 },
	{ "malformed", FARM_COUNTER64 },
	{ "limited", FARM_COUNTER64 },
	{ "not_allowed", FARM_COUNTER64 },
	{ "lost", FARM_COUNTER64 },
	{ "requests", FARM_COUNTER64 },
	{ "overflow", FARM_COUNTER64 },
	{ "sources", FARM_GAUGE },
	{ "metrics", FARM_GAUGE },
};

static void
gather(uint64_t n[COUNTS], const struct receiver *r)
{
	memcpy(n, r->outcomes, sizeof(r->outcomes));
	n[OUTCOMES] = r->groups.requests;
	n[OUTCOMES + 1] = datagrams_overflows(r->datagrams);
	n[OUTCOMES + 2] = lru_count(r->senders.peers.known);
	n[OUTCOMES + 3] = lru_count(r->metrics);
}

int
counts_open(struct own_counts **ret, struct farm_host *host,
    const char *cluster, const char *node)
{
	return own_counts_open(
	    ret, host, cluster, node, "udp_", table, COUNTS, "last_refused");
}

int
counts_emit(struct own_counts *c, struct farm_host *host,
    const struct receiver *r, bool all)
{
	uint64_t now[COUNTS];

	gather(now, r);
	return own_counts_emit(c, host, now, r->refusal.text, all);
}
