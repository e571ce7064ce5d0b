#include "counts.h"

#include <stdio.h>
#include <string.h>

/* Outcomes in their order, then what gather() adds. */
static const struct own_count table[COUNTS] = {
	{ "taken", FARM_COUNTER64 },
	{ "malformed", FARM_COUNTER64 },
	{ "wrong_password", FARM_COUNTER64 },
	{ "duplicate", FARM_COUNTER64 },
	{ "limited", FARM_COUNTER64 },
	{ "not_allowed", FARM_COUNTER64 },
	{ "lost", FARM_COUNTER64 },
	{ "missing", FARM_COUNTER64 },
	{ "late", FARM_COUNTER64 },
	{ "restarts", FARM_COUNTER64 },
	{ "values", FARM_COUNTER64 },
	{ "sources", FARM_GAUGE },
	{ "overflow", FARM_COUNTER64 },
	{ "connections", FARM_GAUGE },
	{ "turned_away", FARM_COUNTER64 },
	{ "held", FARM_COUNTER64 },
};
_Static_assert(OUTCOMES == 7, "the table begins with all outcomes");

static void
gather(
    uint64_t n[COUNTS], const struct receiver *r, const struct socket_counts *s)
{
	size_t i = OUTCOMES;

	memcpy(n, r->outcomes, sizeof(r->outcomes));
	n[i++] = r->sequences.gaps.missing;
	n[i++] = r->sequences.gaps.late;
	n[i++] = r->sequences.gaps.restarts;
	n[i++] = r->result.emitted;
	n[i++] = lru_count(r->sources.known);
	n[i++] = s->overflows;
	n[i++] = s->connections;
	n[i++] = s->turned_away;
	n[i] = s->held;
}

int
counts_open(struct own_counts **ret, struct farm_host *host, const char *format,
    const char *cluster, const char *node)
{
	char prefix[64];

	snprintf(prefix, sizeof(prefix), "%s_", format);
	return own_counts_open(
	    ret, host, cluster, node, prefix, table, COUNTS, "last_refused");
}

int
counts_emit(struct own_counts *c, struct farm_host *host,
    const struct receiver *r, const struct socket_counts *s, bool all)
{
	uint64_t now[COUNTS];

	gather(now, r, s);
	return own_counts_emit(c, host, now, r->refusal.text, all);
}
