#include "counts.h"

#include <stdio.h>
#include <string.h>

/* Outcomes in their order, then what gather() adds. */
static const struct {
	const char *name;
	uint32_t kind;
} table[COUNTS] = {
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
counts_open(struct counts *c, struct farm_host *host, const char *format,
    const char *cluster, const char *node)
{
	char name[64];

	for (size_t i = 0; i < COUNTS; i++) {
		snprintf(name, sizeof(name), "%s_%s", format, table[i].name);
		c->series[i] = farm_series(host, NULL, .cluster = cluster,
		    .node = node, .parameter = name, .unit = "1",
		    .kind = table[i].kind);
		if (c->series[i] == 0)
			return -1;
	}
	snprintf(name, sizeof(name), "%s_last_refused", format);
	c->refusal_series = farm_series(host, NULL, .cluster = cluster,
	    .node = node, .parameter = name, .unit = "", .kind = FARM_STATE);
	return c->refusal_series == 0 ? -1 : 0;
}

int
counts_emit(struct counts *c, struct farm_host *host, const struct receiver *r,
    const struct socket_counts *s, bool all)
{
	const char *refusal = r->refusal.text;
	struct farm_value rows[COUNTS + 1];
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
	if (n > 0 && farm_emit_rows(host, NULL, 0, 0, rows, n) != 0)
		return -1;
	memcpy(c->emitted, now, sizeof(now));
	memcpy(c->refusal, refusal, strlen(refusal) + 1);
	return 0;
}
