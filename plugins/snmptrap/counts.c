#include "counts.h"

#include <string.h>

/* In the order of gather(). */
static const struct own_count table[COUNTS] = {
	{ "traps_taken", FARM_COUNTER64 },
	{ "traps_not_allowed", FARM_COUNTER64 },
	{ "traps_malformed", FARM_COUNTER64 },
	{ "traps_other_pdu", FARM_COUNTER64 },
	{ "traps_wrong_community", FARM_COUNTER64 },
	{ "traps_unknown_engine", FARM_COUNTER64 },
	{ "traps_unknown_user", FARM_COUNTER64 },
	{ "traps_wrong_level", FARM_COUNTER64 },
	{ "traps_wrong_digest", FARM_COUNTER64 },
	{ "traps_not_in_window", FARM_COUNTER64 },
	{ "traps_not_decrypted", FARM_COUNTER64 },
	{ "traps_storm", FARM_COUNTER64 },
	{ "traps_duplicate", FARM_COUNTER64 },
	{ "traps_lost", FARM_COUNTER64 },
	{ "traps_overflow", FARM_COUNTER64 },
	{ "informs_acknowledged", FARM_COUNTER64 },
	{ "reports_sent", FARM_COUNTER64 },
	{ "reports_withheld", FARM_COUNTER64 },
	{ "sources_known", FARM_GAUGE },
	{ "connections_open", FARM_GAUGE },
	{ "connections_closed", FARM_COUNTER64 },
};
_Static_assert(OUTCOMES == 14, "the table begins with all outcomes");

static void
gather(
    uint64_t n[COUNTS], const struct receiver *r, const struct socket_counts *s)
{
	const struct outcomes *o = &r->outcomes;
	size_t i = OUTCOMES;

	memcpy(n, o->n, sizeof(o->n));
	n[i++] = s->overflows;
	n[i++] = o->acknowledged;
	n[i++] = o->reports;
	n[i++] = o->unreported;
	n[i++] = lru_count(r->sources.known);
	n[i++] = s->connections;
	n[i] = s->turned_away;
}

int
counts_open(struct own_counts **ret, struct farm_host *host,
    const char *cluster, const char *node)
{
	return own_counts_open(
	    ret, host, cluster, node, "", table, COUNTS, "traps_last_refused");
}

int
counts_emit(struct own_counts *c, struct farm_host *host,
    const struct receiver *r, const struct socket_counts *s, bool all)
{
	uint64_t now[COUNTS];

	gather(now, r, s);
	return own_counts_emit(c, host, now, r->refusal.text, all);
}
