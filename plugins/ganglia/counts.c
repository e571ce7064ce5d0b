#include "counts.h"

#include <string.h>

/* Outcomes in their order, then what gather() adds. */
static const struct {
	const char *name;
	uint32_t kind;
} table[COUNTS] = {
	{ "udp_values", FARM_COUNTER64 },
	{ "udp_metadata", FARM_COUNTER64 },
	{ "udp_refused", FARM_COUNTER64 },
	{ "udp_malformed", FARM_COUNTER64 },
	{ "udp_limited", FARM_COUNTER64 },
	{ "udp_not_allowed", FARM_COUNTER64 },
	{ "udp_lost", FARM_COUNTER64 },
	{ "udp_requests", FARM_COUNTER64 },
	{ "udp_overflow", FARM_COUNTER64 },
	{ "udp_sources", FARM_GAUGE },
	{ "udp_metrics", FARM_GAUGE },
};

static void
gather(uint64_t n[COUNTS], const struct receiver *r)
{
	memcpy(n, r->outcomes, sizeof(r->outcomes));
	n[OUTCOMES] = r->groups.requests;
	n[OUTCOMES + 1] = datagrams_overflows(r->datagrams);
	n[OUTCOMES + 2] = lru_count(r->senders.known);
	n[OUTCOMES + 3] = lru_count(r->metrics);
}

int
counts_open(struct counts *c, struct farm_host *host, const char *cluster,
    const char *node)
{
	size_t i;

	for (i = 0; i < COUNTS; i++) {
		c->series[i] = farm_series(host, NULL, .cluster = cluster,
		    .node = node, .parameter = table[i].name, .unit = "1",
		    .kind = table[i].kind);
		if (c->series[i] == 0)
			return -1;
	}
	c->refusal_series = farm_series(host, NULL, .cluster = cluster,
	    .node = node, .parameter = "udp_last_refused", .unit = "",
	    .kind = FARM_STATE);
	return c->refusal_series == 0 ? -1 : 0;
}

int
counts_emit(struct counts *c, struct farm_host *host, const struct receiver *r,
    bool all)
{
	const char *refusal = r->refusal.text;
	struct farm_value rows[COUNTS + 1];
	uint64_t now[COUNTS];
	size_t i, n = 0;

	gather(now, r);
	for (i = 0; i < COUNTS; i++)
		if (all || now[i] != c->emitted[i]) {
			rows[n] = farm_uint64(now[i]);
			rows[n++].series = c->series[i];
		}
	if (*refusal != '\0' && (all || strcmp(refusal, c->refusal) != 0)) {
		rows[n] = farm_text(refusal, strlen(refusal));
		rows[n++].series = c->refusal_series;
	}
	if (n > 0 && farm_emit_rows(host, NULL, 0, 0, rows, n) != 0)
		return -1;
	memcpy(c->emitted, now, sizeof(now));
	strcpy(c->refusal, refusal);
	return 0;
}
