#include "counts.h"

#include <string.h>

/* In the order of gather(). */
static const struct {
	const char *name;
	uint32_t kind;
} table[COUNTS] = {
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
counts_open(struct counts *c, struct farm_host *host)
{
	for (size_t i = 0; i < COUNTS; i++) {
		c->series[i] = farm_series(host, NULL, .cluster = c->cluster,
		    .node = c->node, .parameter = table[i].name, .unit = "1",
		    .kind = table[i].kind);
		if (c->series[i] == 0)
			return -1;
	}
	c->refusal_series = farm_series(host, NULL, .cluster = c->cluster,
	    .node = c->node, .parameter = "traps_last_refused", .unit = "",
	    .kind = FARM_STATE);
	return c->refusal_series == 0 ? -1 : 0;
}

int
counts_emit(struct counts *c, struct farm_host *host, const struct receiver *r,
    const struct socket_counts *s, bool all)
{
	struct farm_value rows[COUNTS + 1];
	const char *refusal = r->refusal.text;
	uint64_t now[COUNTS];
	size_t i, n = 0;

	gather(now, r, s);
	for (i = 0; i < COUNTS; i++) {
		if (!all && now[i] == c->emitted[i])
			continue;
		rows[n] = farm_uint64(now[i]);
		rows[n++].series = c->series[i];
	}
	if (*refusal != '\0' && (all || strcmp(refusal, c->refusal) != 0)) {
		rows[n] = farm_text(refusal, strlen(refusal));
		rows[n++].series = c->refusal_series;
	}
	if (n == 0)
		return 0;
	if (farm_emit_rows(host, NULL, 0, 0, rows, n) != 0)
		return -1;
	memcpy(c->emitted, now, sizeof(now));
	memcpy(c->refusal, refusal, strlen(refusal) + 1);
	return 0;
}
