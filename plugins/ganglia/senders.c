#include "senders.h"

static const char *const parameters[FAULTS] = { "udp_source_malformed",
	"udp_source_limited" };

static void
drop(void *value, void *cookie)
{
	struct sender *s = value;

	for (size_t i = 0; i < FAULTS; i++)
		if (s->series[i] != 0)
			farm_release(cookie, s->series[i]);
}

int
senders_init(struct senders *s, size_t max)
{
	return peers_init(&s->peers, max, sizeof(struct sender), drop);
}

void
senders_free(struct senders *s, struct farm_host *host)
{
	peers_free(&s->peers, host);
}

struct sender *
senders_get(
    struct senders *all, struct farm_host *host, const struct place *from)
{
	return peers_get(&all->peers, from, host);
}

void
sender_fault(struct sender *s, enum fault fault)
{
	s->faults[fault]++;
	s->changed = true;
}

struct emitting {
	struct farm_host *host;
	const char *cluster;
	bool all;
	int status;
};

static void
emit_sender(void *value, void *cookie)
{
	struct emitting *e = cookie;
	struct sender *s = value;
	struct farm_value rows[FAULTS];
	size_t i, n = 0;

	if (!s->changed && !e->all)
		return;
	for (i = 0; i < FAULTS; i++) {
		if (s->faults[i] > 0 && s->series[i] == 0)
			s->series[i] = farm_series(e->host, NULL,
			    .cluster = e->cluster, .node = s->peer.node,
			    .parameter = parameters[i], .unit = "1",
			    .kind = FARM_COUNTER64);
		if (s->series[i] == 0)
			continue;
		rows[n] = farm_uint64(s->faults[i]);
		rows[n++].series = s->series[i];
	}
	if (n > 0 && farm_emit_rows(e->host, NULL, 0, 0, rows, n) != 0)
		e->status = -1;
	else
		s->changed = false;
}

int
senders_emit(struct senders *all, struct farm_host *host, bool every)
{
	struct emitting e = { host, all->cluster, every, 0 };

	lru_each(all->peers.known, emit_sender, &e);
	return e.status;
}
